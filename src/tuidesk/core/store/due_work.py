"""What time has made due: pending tickets whose time has come, locks that may be stale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from tuidesk.core.domain.states import Lock
from tuidesk.core.store import schema
from tuidesk.core.store.metadata import from_micros, to_micros

_t = schema.ticket.c
_LIMIT = 1000


def pending_over(
    connection: sa.Connection, state_ids: Sequence[int], now: datetime
) -> list[tuple[int, int]]:
    """Return (ticket id, state id) of tickets in these states whose pending time is over, oldest first."""
    query = (
        sa.select(_t.id, _t.state_id)
        .where(_t.pending_until.is_not(None), _t.pending_until <= to_micros(now), _t.state_id.in_(state_ids))
        .order_by(_t.pending_until, _t.id)
        .limit(_LIMIT)
    )
    return [(row.id, row.state_id) for row in connection.execute(query)]


def locked_since(
    connection: sa.Connection, queue_ids: Sequence[int]
) -> list[tuple[int, int, datetime]]:
    """Return (ticket id, queue id, start of the timeout) of locked open tickets in these queues."""
    clock = schema.ticket_clock.c
    query = (
        sa.select(_t.id, _t.queue_id, clock.unlock_base_at)
        .join_from(schema.ticket, schema.ticket_clock, clock.ticket_id == _t.id)
        .where(
            _t.closed_at.is_(None),
            _t.queue_id.in_(queue_ids),
            _t.lock == int(Lock.LOCK),
            clock.unlock_base_at.is_not(None),
        )
        .order_by(clock.unlock_base_at)
        .limit(_LIMIT)
    )
    found = []
    for row in connection.execute(query):
        base = from_micros(row.unlock_base_at)
        if base is not None:
            found.append((row.id, row.queue_id, base))
    return found
