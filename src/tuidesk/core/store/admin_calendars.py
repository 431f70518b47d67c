"""SQL of calendars; what a definition may say is `domain.calendar`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tuidesk.core.domain.text import text_key
from tuidesk.core.errors import AlreadyExists, NotFound
from tuidesk.core.store import schema

_c = schema.calendar.c


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar; `definition` is what `domain.calendar.calendar_as_dict` makes."""

    id: int
    name: str
    definition: Mapping[str, Any]
    valid: bool


def all_calendars(connection: sa.Connection) -> Sequence[CalendarRow]:
    """Return all calendars by name, disabled ones too."""
    return [_row(row) for row in connection.execute(sa.select(schema.calendar).order_by(_c.name_key))]


def calendar_named(connection: sa.Connection, name: str) -> CalendarRow:
    """Return a calendar by name, whatever its case. Raises NotFound."""
    query = sa.select(schema.calendar).where(_c.name_key == text_key(name.strip()))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("calendar", name)
    return _row(row)


def insert_calendar(connection: sa.Connection, name: str, definition: Mapping[str, Any]) -> CalendarRow:
    """Make a calendar. Raises AlreadyExists."""
    _check_free(connection, name, 0)
    values = {"name": name, "name_key": text_key(name), "definition": json.dumps(definition), "valid": True}
    made = connection.execute(sa.insert(schema.calendar).values(values).returning(_c.id)).scalar_one()
    return CalendarRow(int(made), name, definition, True)


def update_calendar(connection: sa.Connection, calendar: CalendarRow) -> None:
    """Write a calendar. Raises AlreadyExists when another has the name."""
    _check_free(connection, calendar.name, calendar.id)
    connection.execute(
        sa.update(schema.calendar)
        .where(_c.id == calendar.id)
        .values(
            name=calendar.name,
            name_key=text_key(calendar.name),
            definition=json.dumps(calendar.definition),
            valid=calendar.valid,
        )
    )


def _check_free(connection: sa.Connection, name: str, own_id: int) -> None:
    query = sa.select(_c.id).where(_c.name_key == text_key(name), _c.id != own_id)
    if connection.execute(query).first() is not None:
        raise AlreadyExists("calendar", name)


def _row(row: sa.Row[Any]) -> CalendarRow:
    return CalendarRow(row.id, row.name, json.loads(row.definition), bool(row.valid))
