"""Who may find a ticket by search: the group of its queue, and the people it belongs to."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.events import Kind
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.store.search_index import scope_tokens
from tuidesk.core.store.ticket_reads import watchers_by_ticket, watchers_of
from tuidesk.core.tickets.decision import PlacedChange

MOVES_SCOPE = frozenset({Kind.MOVE, Kind.OWNER, Kind.RESPONSIBLE, Kind.SUBSCRIBE, Kind.UNSUBSCRIBE, Kind.MERGED})


def scope_of(connection: sa.Connection, change: PlacedChange, config: DeskConfig) -> str:
    """Return the scope of a ticket's search documents after a change."""
    ticket = change.after
    watchers: set[int] = set()
    if change.before.version > 0:
        watchers.update(watchers_of(connection, ticket.id))
    for event in change.events:
        if event.kind is Kind.SUBSCRIBE:
            watchers.add(event.data["agent"]["id"])
        elif event.kind is Kind.UNSUBSCRIBE:
            watchers.discard(event.data["agent"]["id"])
    queue = config.queues[ticket.queue_id]
    return scope_tokens(queue.group_id, {ticket.owner_id, ticket.responsible_id, *watchers})


def scopes_of(connection: sa.Connection, tickets: Collection[Ticket], config: DeskConfig) -> dict[int, str]:
    """Return the scope of the search documents of tickets as they are stored now, by ticket."""
    watchers = watchers_by_ticket(connection, [ticket.id for ticket in tickets])
    return {
        ticket.id: scope_tokens(
            config.queues[ticket.queue_id].group_id, {ticket.owner_id, ticket.responsible_id, *watchers[ticket.id]}
        )
        for ticket in tickets
    }
