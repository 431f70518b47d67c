"""Calendars: the working time that queues reckon in. What one may say is `domain.calendar`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tuidesk.core.admin.values import name_value
from tuidesk.core.clock import Clock
from tuidesk.core.domain.calendar import calendar_as_dict, calendar_from_dict
from tuidesk.core.errors import Invalid
from tuidesk.core.store import admin_calendars, tx
from tuidesk.core.store.admin_calendars import CalendarRow
from tuidesk.core.store.admin_log import Connection, Edited, edit_config
from tuidesk.core.store.engine import Engines

_KEYS = ("name", "zone", "hours", "yearly_holidays", "holidays")


def list_calendars(engines: Engines) -> Sequence[CalendarRow]:
    """Return all calendars by name, disabled ones too; the default one is not among them."""
    with tx.read(engines) as connection:
        return admin_calendars.all_calendars(connection)


def show_calendar(engines: Engines, name: str) -> CalendarRow:
    """Return a calendar. Raises NotFound."""
    with tx.read(engines) as connection:
        return admin_calendars.calendar_named(connection, name)


def add_calendar(
    engines: Engines, clock: Clock, actor_label: str, name: str, definition: Mapping[str, Any]
) -> CalendarRow:
    """Make a calendar of zone, hours and holidays as `calendar_from_dict` reads them.

    A name inside of the definition counts for nothing. Raises Invalid and AlreadyExists.
    """
    checked = name_value("name", name)
    checked_definition = _definition(checked, definition)

    def work(connection: Connection) -> Edited[CalendarRow]:
        made = admin_calendars.insert_calendar(connection, checked, checked_definition)
        return Edited(made, f"calendar {made.name}", None, made)

    return edit_config(engines, clock, actor_label, work)


def set_calendar(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    name: str,
    *,
    new_name: str | None = None,
    definition: Mapping[str, Any] | None = None,
    valid: bool | None = None,
) -> CalendarRow:
    """Change a calendar; None leaves a value, a definition replaces the whole one.

    Queues that use a calendar go on using it when it is disabled; it can only not be chosen any more.
    Raises NotFound, Invalid, AlreadyExists.
    """
    checked = None if new_name is None else name_value("name", new_name)

    def work(connection: Connection) -> Edited[CalendarRow]:
        old = admin_calendars.calendar_named(connection, name)
        called = old.name if checked is None else checked
        new = replace(
            old,
            name=called,
            definition=_definition(called, old.definition if definition is None else definition),
            valid=old.valid if valid is None else valid,
        )
        admin_calendars.update_calendar(connection, new)
        return Edited(new, f"calendar {old.name}", old, new)

    return edit_config(engines, clock, actor_label, work)


def _definition(name: str, definition: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = [key for key in definition if key not in _KEYS]
    if unknown:
        raise Invalid("definition", str(unknown[0]), ", ".join(_KEYS[1:]))
    try:
        return calendar_as_dict(calendar_from_dict({**definition, "name": name}))
    except ValueError as wrong:
        raise Invalid("definition", name, str(wrong)) from wrong
