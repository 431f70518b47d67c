"""Writing what hangs on a ticket and follows from its events: watchers, links, moves, scope, clock."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from tuidesk.core.domain.events import ARTICLE_KINDS, Event, Kind
from tuidesk.core.domain.sla import (
    EscalationFacts,
    deadlines,
    facts_after_article,
    facts_after_state,
    new_facts,
    unlock_base_after_article,
)
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.store.clocks import StoredClock, article_story, read_clocks, write_clock
from tuidesk.core.store.outbox import stop_mail
from tuidesk.core.store.search_index import rescope
from tuidesk.core.store.ticket_writes import (
    delete_link,
    delete_watcher,
    insert_link,
    insert_watcher,
    move_articles,
    set_visible,
)
from tuidesk.core.tickets.decision import PlacedChange, Surroundings
from tuidesk.core.tickets.scope import MOVES_SCOPE, scope_of

_RETELLS = frozenset({Kind.MERGED, Kind.VISIBLE})


def write_kin(connection: sa.Connection, change: PlacedChange, around: Surroundings) -> None:
    """Write everything of a change but its history, articles, clock and ticket row."""
    scope = (
        scope_of(connection, change, around.config)
        if change.before.version and any(event.kind in MOVES_SCOPE for event in change.events)
        else None
    )
    for event in change.events:
        _write_event(connection, change.after.id, event, around.now)
    if scope is not None:
        rescope(connection, change.after.id, scope)


def _write_event(connection: sa.Connection, ticket_id: int, event: Event, now: datetime) -> None:
    data = event.data
    match event.kind:
        case Kind.SUBSCRIBE:
            insert_watcher(connection, ticket_id, data["agent"]["id"])
        case Kind.UNSUBSCRIBE:
            delete_watcher(connection, ticket_id, data["agent"]["id"])
        case Kind.LINK_ADD if ticket_id == data["source"]:  # both ends tell the story, one writes the row
            insert_link(connection, data["source"], data["target"], data["type"])
        case Kind.LINK_DELETE if ticket_id == data["source"]:
            delete_link(connection, data["source"], data["target"], data["type"])
        case Kind.MERGED if data["role"] == "main":
            move_articles(connection, ticket_id, ((item["id"], item["no"]) for item in data["articles"]))
        case Kind.VISIBLE:
            set_visible(connection, data["id"], data["new"])
        case Kind.SEND_STOPPED:
            stop_mail(connection, data["outbox_id"], now)
        case _:
            pass


def reckon(connection: sa.Connection, change: PlacedChange, around: Surroundings) -> None:
    """Write the clock of a ticket anew: from its facts, or from all articles.

    From all of them when some moved, were shown or hidden, or when one is older than what is there:
    facts fold in the order of time. The articles of the whole act must be in their place.
    """
    ticket = change.after
    if ticket.created_at is None:
        raise AssertionError("a written ticket has a beginning")
    if change.before.version == 0:
        clock = StoredClock(facts_after_state(new_facts(ticket.created_at), _first_state(change)), None)
    else:
        clock = read_clocks(connection, [ticket.id])[ticket.id]
    facts, base = clock.facts, clock.unlock_base_at
    known = (change.before.changed_at, change.before.last_customer_article_at)
    latest = max((at for at in known if at), default=None)
    retell = any(event.kind in _RETELLS for event in change.events)
    for event in change.events:
        if event.kind is Kind.STATE:
            facts = facts_after_state(facts, event.data["new"]["type"])
        elif event.kind is Kind.LOCK:
            base = around.now
        elif event.kind in ARTICLE_KINDS:
            head = event.data["article"]
            at = datetime.fromisoformat(event.data["at"]) if "at" in event.data else around.now
            base = unlock_base_after_article(base, facts.last_sender, head["sender_type"], at)
            facts = facts_after_article(facts, head["sender_type"], head["visible"], at)
            retell = retell or (latest is not None and at < latest)
            latest = at if latest is None else max(latest, at)
    if retell:
        facts = _retold(connection, ticket, facts.ever_closed)
    write_reckoning(connection, ticket, StoredClock(facts, base), around)


def write_reckoning(
    connection: sa.Connection, ticket: Ticket, clock: StoredClock, around: Surroundings
) -> None:
    """Write the deadlines that follow from a ticket's facts by the present configuration."""
    config = around.config
    targets = config.queues[ticket.queue_id].targets
    due = deadlines(targets, config.calendar_of(ticket.queue_id), clock.facts, ticket.state_type)
    write_clock(connection, ticket.id, ticket.queue_id, clock, due, config.revision)


def _retold(connection: sa.Connection, ticket: Ticket, ever_closed: bool) -> EscalationFacts:
    facts = new_facts(ticket.created_at) if ticket.created_at else None
    if facts is None:
        raise AssertionError("a written ticket has a beginning")
    for sender_type, visible, at in article_story(connection, ticket.id):
        facts = facts_after_article(facts, sender_type, visible, at)
    return facts_after_state(facts, "closed") if ever_closed else facts


def _first_state(change: PlacedChange) -> str:
    return next(
        (event.data["state"]["type"] for event in change.events if event.kind is Kind.NEW_TICKET), "new"
    )
