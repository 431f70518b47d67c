"""The fold: what an event makes of a ticket.

Invariant: a ticket row is nothing but its events folded in order. The change path writes what this
module computes, and replay computes it again, so both agree by construction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from tuidesk.core.domain.events import ARTICLE_KINDS, Event, Kind
from tuidesk.core.domain.states import Lock, SenderType, StateType
from tuidesk.core.domain.ticket import ArticleHead, Kin, Ticket


def evolve(ticket: Ticket, event: Event, at: datetime) -> Ticket:
    """Return the ticket after one event; `at` is when the act happened.

    Events that say nothing of the row (deliveries, notes of the path) leave it as it is.
    """
    data = event.data
    match event.kind:
        case Kind.NEW_TICKET:
            return _created(ticket, data)
        case kind if kind in ARTICLE_KINDS:
            return _with_article(ticket, data, at)
        case Kind.STATE:
            new = StateType(data["new"]["type"])
            closed_at = (ticket.closed_at or at) if new.is_closed else None
            return replace(ticket, state_id=data["new"]["id"], state_type=new, closed_at=closed_at)
        case Kind.PENDING:
            return replace(ticket, pending_until=_time(data["new"]))
        case Kind.MOVE:
            return replace(ticket, queue_id=data["new"]["id"])
        case Kind.PRIORITY:
            return replace(ticket, priority_id=data["new"]["id"])
        case Kind.OWNER:
            return replace(ticket, owner_id=data["new"]["id"])
        case Kind.RESPONSIBLE:
            return replace(ticket, responsible_id=data["new"]["id"])
        case Kind.LOCK:
            return replace(ticket, lock=Lock.LOCK)
        case Kind.UNLOCK:
            return replace(ticket, lock=Lock.UNLOCK)
        case Kind.TITLE:
            return replace(ticket, title=data["new"])
        case Kind.CUSTOMER:
            return replace(
                ticket, customer_user=data["new"]["customer_user"], customer_id=data["new"]["customer_id"]
            )
        case Kind.MERGED:
            return _merged(ticket, data)
        case _:
            return ticket


def evolve_kin(kin: Kin, event: Event) -> Kin:
    """Return who watches, what is linked and the heads of the articles after one event."""
    data = event.data
    match event.kind:
        case kind if kind in ARTICLE_KINDS:
            return replace(kin, articles=(*kin.articles, _head(data["article"])))
        case Kind.VISIBLE:
            heads = tuple(
                replace(head, visible=data["new"]) if head.no == data["no"] else head for head in kin.articles
            )
            return replace(kin, articles=heads)
        case Kind.SUBSCRIBE:
            return replace(kin, watchers=kin.watchers | {data["agent"]["id"]})
        case Kind.UNSUBSCRIBE:
            return replace(kin, watchers=kin.watchers - {data["agent"]["id"]})
        case Kind.LINK_ADD:
            return replace(kin, links=kin.links | {(data["source"], data["target"], data["type"])})
        case Kind.LINK_DELETE:
            return replace(kin, links=kin.links - {(data["source"], data["target"], data["type"])})
        case Kind.MERGED if data["role"] == "main":
            return replace(kin, articles=(*kin.articles, *(_head(item) for item in data["articles"])))
        case Kind.MERGED:
            gone = {item["id"] for item in data["articles"]}
            return replace(kin, articles=tuple(head for head in kin.articles if head.id not in gone))
        case _:
            return kin


def fold(ticket: Ticket, events: Iterable[Event], at: datetime) -> Ticket:
    """Return the ticket after several events of one act."""
    for event in events:
        ticket = evolve(ticket, event, at)
    return ticket


def _created(ticket: Ticket, data: Any) -> Ticket:
    kind = StateType(data["state"]["type"])
    created = _time(data["created_at"])
    return replace(
        ticket,
        number=data["number"],
        title=data["title"],
        queue_id=data["queue"]["id"],
        state_id=data["state"]["id"],
        state_type=kind,
        priority_id=data["priority"]["id"],
        owner_id=data["owner"]["id"],
        responsible_id=data["responsible"]["id"],
        lock=Lock(data["lock"]),
        customer_user=data["customer_user"],
        customer_id=data["customer_id"],
        pending_until=_time(data["pending_until"]),
        created_at=created,
        closed_at=created if kind.is_closed else None,
    )


def _with_article(ticket: Ticket, data: Any, at: datetime) -> Ticket:
    article = data["article"]
    written = _time(data.get("at")) or at
    latest = ticket.last_customer_article_at
    if article["sender_type"] == SenderType.CUSTOMER and article["visible"]:
        latest = max(latest, written) if latest else written  # an old mail may come late
    return replace(ticket, last_article_no=article["no"], last_customer_article_at=latest)


def _merged(ticket: Ticket, data: Any) -> Ticket:
    if data["role"] == "merged":
        return replace(ticket, merged_into=data["main"]["id"])
    numbers = [item["no"] for item in data["articles"]]
    latest = [
        when for when in (ticket.last_customer_article_at, _time(data["last_customer_article_at"])) if when
    ]
    return replace(
        ticket,
        last_article_no=max([ticket.last_article_no, *numbers]),
        last_customer_article_at=max(latest, default=None),
    )


def _head(item: Any) -> ArticleHead:
    return ArticleHead(
        id=item["id"],
        no=item["no"],
        sender_type=item["sender_type"],
        channel=item["channel"],
        visible=item["visible"],
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
