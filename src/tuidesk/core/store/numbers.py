"""Drawing ticket numbers, in a short transaction of its own before the work.

Gaps are allowed: a number that was drawn and not used is gone. Inside the work's transaction the
counter row would make all writers wait for each other.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tuidesk.core.domain.numbers import NumberStyle, counter_key, format_number
from tuidesk.core.store import schema


def draw_numbers(
    connection: sa.Connection, style: NumberStyle, timezone: str, now: datetime, count: int
) -> list[str]:
    """Return so many ticket numbers that nobody else gets; `timezone` decides what day it is."""
    if count < 1:
        return []
    today = now.astimezone(ZoneInfo(timezone)).date()
    last = _advance(connection, counter_key(style, today), count)
    return [format_number(style, counter, today) for counter in range(last - count + 1, last + 1)]


def _advance(connection: sa.Connection, name: str, count: int) -> int:
    counter = schema.number_counter
    moved = connection.execute(
        sa.update(counter)
        .where(counter.c.name == name)
        .values(value=counter.c.value + count)
        .returning(counter.c.value)
    ).scalar_one_or_none()
    if moved is not None:
        return int(moved)
    made = connection.exec_driver_sql(
        "insert into number_counter (name, value) values ({0}, {0}) on conflict (name)"
        " do update set value = number_counter.value + excluded.value returning value".format(
            "?" if connection.dialect.name == "sqlite" else "%s"
        ),
        (name, count),
    ).scalar_one()
    return int(made)
