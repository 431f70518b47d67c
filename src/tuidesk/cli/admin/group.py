"""`tuidesk group …`"""

from __future__ import annotations

from typing import Annotated

import typer

from tuidesk.cli.context import admin_label, opened
from tuidesk.core.i18n import _

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help=_("Name of the group."))]
Json = Annotated[bool, typer.Option("--json", help=_("One JSON object a line."))]


@app.command()
def add(name: Name, json: Json = False) -> None:
    """Add a group."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.groups import add_group

    with opened() as assembly:
        show_row(add_group(assembly.engines, assembly.desk.clock, admin_label(assembly), name), json=json)


@app.command(name="list")
def list_all(json: Json = False) -> None:
    """List groups."""
    from tuidesk.cli.admin.shown import show_rows
    from tuidesk.core.admin.groups import list_groups

    with opened() as assembly:
        columns = {_("Group"): lambda row: row.name if row.valid else f"({row.name})"}
        show_rows(list_groups(assembly.engines), columns, json=json)


@app.command()
def show(name: Name, json: Json = False) -> None:
    """Show who has which rights by a group."""
    from tuidesk.cli.output import show_json, show_table
    from tuidesk.core.admin.agents import list_agents
    from tuidesk.core.admin.groups import list_groups
    from tuidesk.core.errors import NotFound

    with opened() as assembly:
        group = next((one for one in list_groups(assembly.engines) if one.name.casefold() == name.casefold()), None)
        if group is None:
            raise NotFound("group", name)
        members = [
            (one.login, sorted(str(right) for right in one.groups[group.name]))
            for one in list_agents(assembly.engines)
            if group.name in one.groups
        ]
        if json:
            show_json({"name": group.name, "valid": group.valid, "members": dict(members)})
        else:
            show_table((_("Agent"), _("Rights")), [(login, " ".join(rights)) for login, rights in members])


@app.command(name="set")
def set_fields(
    name: Name,
    rename: Annotated[str | None, typer.Option(help=_("New name."))] = None,
    enable: Annotated[bool | None, typer.Option("--enable/--disable", help=_("Whether it is in use."))] = None,
    json: Json = False,
) -> None:
    """Change a group."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.groups import set_group

    with opened() as assembly:
        changed = set_group(assembly.engines, assembly.desk.clock, admin_label(assembly), name, new_name=rename, valid=enable)
        show_row(changed, json=json)


@app.command()
def disable(name: Name) -> None:
    """Take a group out of use."""
    set_fields(name, rename=None, enable=False, json=False)
