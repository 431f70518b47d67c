"""`tuidesk calendar …`"""

from __future__ import annotations

import json as json_module
from typing import Annotated, Any

import typer

from tuidesk.cli.context import admin_label, body_given, opened
from tuidesk.core.i18n import _

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help=_("Name of the calendar."))]
Json = Annotated[bool, typer.Option("--json", help=_("One JSON object a line."))]


@app.command(name="list")
def list_all(json: Json = False) -> None:
    """List calendars."""
    from tuidesk.cli.admin.shown import show_rows
    from tuidesk.core.admin.calendars import list_calendars

    with opened() as assembly:
        columns = {_("Calendar"): lambda row: row.name if row.valid else f"({row.name})"}
        show_rows(list_calendars(assembly.engines), columns, json=json)


@app.command()
def show(name: Name) -> None:
    """Write a calendar's definition as JSON, in the form that `calendar set` reads."""
    from tuidesk.cli.output import show_json
    from tuidesk.core.admin.calendars import show_calendar

    with opened() as assembly:
        show_json(dict(show_calendar(assembly.engines, name).definition))


@app.command(name="set")
def set_definition(name: Name) -> None:
    """Set a calendar from JSON on standard input; a new name makes a new calendar."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.calendars import add_calendar, list_calendars, set_calendar

    definition = _definition()
    with opened() as assembly:
        where = (assembly.engines, assembly.desk.clock, admin_label(assembly), name)
        known = any(one.name.casefold() == name.casefold() for one in list_calendars(assembly.engines))
        show_row(set_calendar(*where, definition=definition) if known else add_calendar(*where, definition), json=False)


def _definition() -> dict[str, Any]:
    from tuidesk.core.errors import Invalid

    text = body_given(None)
    try:
        value = json_module.loads(text)
    except ValueError as error:
        raise Invalid("calendar", text[:80], _("a JSON object as `calendar show` writes it")) from error
    if not isinstance(value, dict):
        raise Invalid("calendar", text[:80], _("a JSON object as `calendar show` writes it"))
    return value
