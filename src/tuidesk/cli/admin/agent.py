"""`tuidesk agent …`"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tuidesk.cli.context import admin_label, opened
from tuidesk.core.i18n import _

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Login = Annotated[str, typer.Argument(help=_("Login of the agent."))]
Json = Annotated[bool, typer.Option("--json", help=_("One JSON object a line."))]


@app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help=_("Name of the agent."))],
    email: Annotated[str, typer.Option(help=_("Mail address of the agent."))] = "",
    group: Annotated[list[str] | None, typer.Option(help=_("Group and rights, e.g. users:rw or users:ro,note. May be repeated."))] = None,
    system_user: Annotated[str | None, typer.Option(help=_("System account that may act as this agent."))] = None,
    admin: Annotated[bool, typer.Option("--admin", help=_("May manage the desk."))] = False,
    password: Annotated[bool, typer.Option("--password", help=_("Ask for a password."))] = False,
    json: Json = False,
) -> None:
    """Add an agent."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.agents import add_agent
    from tuidesk.core.auth.passwords import hash_password

    with opened() as assembly:
        made = add_agent(
            assembly.engines, assembly.desk.clock, admin_label(assembly), login, name, email,
            password=_asked() if password else None, system_user=system_user,
            groups=dict(_grant(one) for one in group or ["users:rw"]), admin=admin, hash_password=hash_password,
        )  # fmt: skip
        show_row(made, json=json)


@app.command(name="list")
def list_all(json: Json = False) -> None:
    """List agents."""
    from tuidesk.cli.admin.shown import show_rows, words
    from tuidesk.core.admin.agents import list_agents

    with opened() as assembly:
        columns = {
            _("Login"): lambda row: row.login if row.valid else f"({row.login})",
            _("Name"): lambda row: row.name,
            _("Mail"): lambda row: row.email,
            _("Groups"): lambda row: words({name: sorted(map(str, rights)) for name, rights in row.groups.items()}),
            _("Accounts"): lambda row: " ".join(row.system_users),
        }
        show_rows(list_agents(assembly.engines), columns, json=json)


@app.command()
def show(login: Login, json: Json = False) -> None:
    """Show an agent."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.agents import show_agent

    with opened() as assembly:
        show_row(show_agent(assembly.engines, login), json=json)


@app.command(name="set")
def set_fields(
    login: Login,
    rename: Annotated[str | None, typer.Option(help=_("New login."))] = None,
    name: Annotated[str | None, typer.Option(help=_("New name."))] = None,
    email: Annotated[str | None, typer.Option(help=_("New mail address."))] = None,
    admin: Annotated[bool | None, typer.Option("--admin/--no-admin", help=_("May manage the desk."))] = None,
    enable: Annotated[bool | None, typer.Option("--enable/--disable", help=_("Whether she works here."))] = None,
    grant: Annotated[list[str] | None, typer.Option(help=_("Give rights, e.g. users:rw. May be repeated."))] = None,
    revoke: Annotated[list[str] | None, typer.Option(help=_("Take rights, e.g. users:rw, or all: users. May be repeated."))] = None,
    map_account: Annotated[str | None, typer.Option(help=_("Let this system account act as her."))] = None,
    unmap_account: Annotated[str | None, typer.Option(help=_("Let it no longer."))] = None,
    password: Annotated[bool, typer.Option("--password", help=_("Ask for a new password."))] = False,
    json: Json = False,
) -> None:
    """Change an agent: fields, rights, system accounts, password."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin import agents, groups
    from tuidesk.core.auth.passwords import hash_password

    with opened() as assembly:
        where = (assembly.engines, assembly.desk.clock, admin_label(assembly))
        for one in grant or ():
            group, rights = _grant(one)
            groups.grant(*where, login, group, rights)
        for one in revoke or ():
            group, rights = _grant(one) if ":" in one else (one, [])
            groups.revoke(*where, login, group, rights or None)
        if map_account:
            agents.map_system_account(*where, login, map_account)
        if unmap_account:
            agents.unmap_system_account(*where, login, unmap_account)
        if password:
            agents.set_password(*where, login, _asked(), hash_password=hash_password)
        if any(value is not None for value in (rename, name, email, admin, enable)):
            agents.set_agent(*where, login, new_login=rename, name=name, email=email, admin=admin, valid=enable)
        show_row(agents.show_agent(assembly.engines, rename or login), json=json)


@app.command()
def disable(login: Login) -> None:
    """Let an agent work no more; what she did stays."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.agents import disable_agent

    with opened() as assembly:
        show_row(disable_agent(assembly.engines, assembly.desk.clock, admin_label(assembly), login), json=False)


def _asked() -> str:
    from tuidesk.core.errors import Invalid

    if not sys.stdin.isatty():
        raise Invalid("password", "", _("one that is typed at a terminal"))
    password: str = typer.prompt(_("Password"), hide_input=True, confirmation_prompt=True)
    return password


def _grant(text: str) -> tuple[str, list[str]]:
    """Return (group, rights) of `group:right,right`; without rights it is rw."""
    group, _colon, rights = text.rpartition(":") if ":" in text else (text, "", "rw")
    return group, [one.strip() for one in rights.split(",") if one.strip()]
