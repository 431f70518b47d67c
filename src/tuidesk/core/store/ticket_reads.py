"""Reading single tickets: locked for a change, or whole for a screen. Plain rows into dataclasses."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.events import Event, Kind
from tuidesk.core.domain.expect import LaterEvent
from tuidesk.core.domain.handlers import QueuedMail
from tuidesk.core.domain.replay import RecordedChange
from tuidesk.core.domain.states import Channel, Lock, SenderType
from tuidesk.core.domain.ticket import ArticleHead, Kin, Ticket
from tuidesk.core.store import schema
from tuidesk.core.store.metadata import from_micros

_t = schema.ticket.c
_TICKET = sa.select(
    _t.id, _t.version, _t.number, _t.title, _t.queue_id, _t.state_id, _t.priority_id, _t.owner_id,
    _t.responsible_id, _t.lock, _t.customer_id, _t.customer_user, _t.pending_until, _t.created_at,
    _t.changed_at, _t.closed_at, _t.last_article_no, _t.last_customer_article_at, _t.merged_into,
)  # fmt: skip


def ticket_of(row: Any, config: DeskConfig) -> Ticket:
    """Return a ticket row as a value."""
    return Ticket(
        id=row.id,
        version=row.version,
        number=row.number,
        title=row.title,
        queue_id=row.queue_id,
        state_id=row.state_id,
        state_type=config.states[row.state_id].type,
        priority_id=row.priority_id,
        owner_id=row.owner_id,
        responsible_id=row.responsible_id,
        lock=Lock(row.lock),
        customer_id=row.customer_id,
        customer_user=row.customer_user,
        pending_until=from_micros(row.pending_until),
        created_at=from_micros(row.created_at),
        changed_at=from_micros(row.changed_at),
        closed_at=from_micros(row.closed_at),
        last_article_no=row.last_article_no,
        last_customer_article_at=from_micros(row.last_customer_article_at),
        merged_into=row.merged_into,
    )


def lock_tickets(
    connection: sa.Connection, ids: Collection[int], config: DeskConfig
) -> dict[int, Ticket]:
    """Return tickets by id, locked in ascending id until the transaction ends.

    PostgreSQL: FOR NO KEY UPDATE, since FOR UPDATE would block every row that refers to a ticket.
    """
    if not ids:
        return {}
    query = _TICKET.where(_t.id.in_(sorted(ids))).order_by(_t.id)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(key_share=True)
    return {row.id: ticket_of(row, config) for row in connection.execute(query)}


def tickets_by_id(
    connection: sa.Connection, ids: Collection[int], config: DeskConfig
) -> dict[int, Ticket]:
    """Return tickets by id without locking them."""
    rows = connection.execute(_TICKET.where(_t.id.in_(sorted(ids)))) if ids else ()
    return {row.id: ticket_of(row, config) for row in rows}


def ticket_by_number(connection: sa.Connection, number: str, config: DeskConfig) -> Ticket | None:
    """Return the ticket with exactly that number."""
    row = connection.execute(_TICKET.where(_t.number == number)).one_or_none()
    return ticket_of(row, config) if row else None


def kin_of(connection: sa.Connection, ids: Collection[int]) -> dict[int, Kin]:
    """Return watchers, links and article heads of tickets."""
    wanted = sorted(ids)
    watcher, link, article = schema.ticket_watcher.c, schema.ticket_link.c, schema.article.c
    watchers: dict[int, set[int]] = {ticket_id: set() for ticket_id in wanted}
    links: dict[int, set[tuple[int, int, str]]] = {ticket_id: set() for ticket_id in wanted}
    heads: dict[int, list[ArticleHead]] = {ticket_id: [] for ticket_id in wanted}
    for ticket_id, agent_id in connection.execute(
        sa.select(watcher.ticket_id, watcher.agent_id).where(watcher.ticket_id.in_(wanted))
    ):
        watchers[ticket_id].add(agent_id)
    for source, target, kind in connection.execute(
        sa.select(link.source_id, link.target_id, link.type).where(
            link.source_id.in_(wanted) | link.target_id.in_(wanted)
        )
    ):
        for end in (source, target):
            if end in links:
                links[end].add((source, target, kind))
    columns = (article.ticket_id, article.id, article.no, article.sender_type, article.channel, article.visible)
    query = sa.select(*columns).where(article.ticket_id.in_(wanted)).order_by(article.ticket_id, article.no)
    for ticket_id, article_id, no, sender_type, channel, visible in connection.execute(query):
        heads[ticket_id].append(
            ArticleHead(article_id, no, SenderType(sender_type), Channel(channel), bool(visible))
        )
    return {
        ticket_id: Kin(frozenset(watchers[ticket_id]), frozenset(links[ticket_id]), tuple(heads[ticket_id]))
        for ticket_id in wanted
    }


def linked_to(connection: sa.Connection, ids: Collection[int]) -> set[int]:
    """Return the tickets that are linked to any of these."""
    link, wanted = schema.ticket_link.c, sorted(ids)
    rows = connection.execute(
        sa.select(link.source_id, link.target_id).where(link.source_id.in_(wanted) | link.target_id.in_(wanted))
    )
    return {end for row in rows for end in row}


def watchers_of(connection: sa.Connection, ticket_id: int) -> list[int]:
    """Return the agents who watch a ticket."""
    return list(connection.scalars(_WATCHERS, {"b_id": ticket_id}))


def watchers_by_ticket(connection: sa.Connection, ids: Collection[int]) -> dict[int, list[int]]:
    """Return the agents who watch, for each of these tickets."""
    watcher, found = schema.ticket_watcher.c, {ticket_id: list[int]() for ticket_id in ids}
    query = sa.select(watcher.ticket_id, watcher.agent_id).where(watcher.ticket_id.in_(sorted(ids)))
    for ticket_id, agent_id in connection.execute(query) if ids else ():
        found[ticket_id].append(agent_id)
    return found


_WATCHERS = (
    sa.select(schema.ticket_watcher.c.agent_id)
    .where(schema.ticket_watcher.c.ticket_id == sa.bindparam("b_id"))
    .order_by(schema.ticket_watcher.c.agent_id)
)


def event_of(kind: str, data: str | None, rule_id: int | None, because_seq: int | None) -> Event:
    """Return a history row as an event; its data is None once erased."""
    return Event(Kind(kind), json.loads(data) if data is not None else None, rule_id, because_seq)


def later_events(connection: sa.Connection, ticket_id: int, seen_version: int) -> Sequence[LaterEvent]:
    """Return what happened to a ticket after a version, oldest first; erased rows are left out."""
    act, change, history = schema.act.c, schema.change.c, schema.history.c
    query = (
        sa.select(history.kind, history.data, history.rule_id, history.because_seq, act.actor, act.at)
        .join_from(schema.change, schema.history, history.change_id == change.id)
        .join(schema.act, act.id == change.act_id)
        .where(change.ticket_id == ticket_id, change.version > seen_version, history.data.is_not(None))
        .order_by(change.version, history.seq)
    )
    found = []
    for kind, data, rule_id, because, actor, at in connection.execute(query):
        when = from_micros(at)
        if when is not None:
            found.append(LaterEvent(event_of(kind, data, rule_id, because), actor, when))
    return found


def recorded_changes(connection: sa.Connection, ticket_ids: Iterable[int]) -> Mapping[int, list[RecordedChange]]:
    """Return the whole history of tickets, oldest first, for replay."""
    act, change, history = schema.act.c, schema.change.c, schema.history.c
    query = (
        sa.select(
            change.ticket_id, change.version, act.at, history.kind, history.data, history.rule_id,
            history.because_seq,
        )
        .join_from(schema.change, schema.history, history.change_id == change.id)
        .join(schema.act, act.id == change.act_id)
        .where(change.ticket_id.in_(list(ticket_ids)))
        .order_by(change.ticket_id, change.version, history.seq)
    )  # fmt: skip
    grouped: dict[tuple[int, int, int], list[Event]] = {}
    for ticket_id, version, at, kind, data, rule_id, because in connection.execute(query):
        grouped.setdefault((ticket_id, version, at), []).append(event_of(kind, data, rule_id, because))
    result: dict[int, list[RecordedChange]] = {}
    for (ticket_id, version, at), events in grouped.items():
        when = from_micros(at)
        if when is not None:
            result.setdefault(ticket_id, []).append(RecordedChange(version, when, tuple(events)))
    return result


def queued_mails(connection: sa.Connection, outbox_ids: Collection[int]) -> dict[int, QueuedMail]:
    """Return mails of the outbox by id, locked, so that stopping and sending cannot both win."""
    if not outbox_ids:
        return {}
    outbox, article = schema.outbox.c, schema.article.c
    query = (
        sa.select(outbox.id, article.no, outbox.state, article.ticket_id)
        .join_from(schema.outbox, schema.article, article.id == outbox.article_id)
        .where(outbox.id.in_(sorted(outbox_ids)))
        .order_by(outbox.id)
    )
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(of=schema.outbox)
    return {row.id: QueuedMail(row.id, row.no, row.state, row.ticket_id) for row in connection.execute(query)}


def participants(connection: sa.Connection, ticket_id: int) -> list[tuple[str, str, str, str]]:
    """Return (sender, recipient, cc, reply-to) of all articles that the customer may see."""
    article = schema.article.c
    query = sa.select(article.sender, article.recipient, article.cc, article.reply_to).where(
        article.ticket_id == ticket_id, article.visible.is_(True)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def article_with_message(connection: sa.Connection, ticket_id: int, message_id: str) -> int:
    """Return the number of the article of a ticket with a Message-ID, 0 when there is none or several."""
    article = schema.article.c
    query = sa.select(article.no).where(article.ticket_id == ticket_id, article.message_id == message_id).limit(2)
    found = list(connection.scalars(query))
    return found[0] if len(found) == 1 else 0


def tickets_with_messages(connection: sa.Connection, message_ids: Sequence[str]) -> dict[str, set[int]]:
    """Return, for each known Message-ID, the tickets that hold an article with it."""
    if not message_ids:
        return {}
    article = schema.article.c
    query = sa.select(article.message_id, article.ticket_id).where(
        article.message_id.in_(list(message_ids)), article.message_id != sa.literal_column("''")
    )
    found: dict[str, set[int]] = {}
    for message_id, ticket_id in connection.execute(query):
        found.setdefault(message_id, set()).add(ticket_id)
    return found
