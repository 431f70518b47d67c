"""Finding tickets by number: whole, or by a unique ending."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from tuidesk.core.store import schema

_t = schema.ticket.c


def ids_by_number(connection: sa.Connection, numbers: Sequence[str]) -> dict[str, int]:
    """Return the ids of tickets by number; unknown numbers are left out."""
    query = sa.select(_t.number, _t.id).where(_t.number.in_(list(numbers)))
    return {row.number: row.id for row in connection.execute(query)}


def numbers_ending(connection: sa.Connection, ending: str, limit: int) -> list[int]:
    """Return the newest tickets whose number ends so; at least two digits, else nothing.

    Newest first and bounded: an ending that people type is one of lately.
    """
    if len(ending) < 2 or not ending.isdigit():
        return []
    recent = sa.select(_t.id, _t.number).order_by(_t.id.desc()).limit(100_000).subquery()
    query = sa.select(recent.c.id).where(recent.c.number.endswith(ending)).order_by(recent.c.id.desc())
    return list(connection.scalars(query.limit(limit)))
