"""`tuidesk init` and `tuidesk config …`: the first steps of a real desk."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuidesk.cli.context import GLOBAL, account_label
from tuidesk.core.i18n import _

if TYPE_CHECKING:
    from tuidesk.core.settings import Settings

config_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


def init(
    database: Annotated[str | None, typer.Option(help=_("Database URL: sqlite:///path or postgresql://…"))] = None,
    address: Annotated[str | None, typer.Option(help=_("Mail address of the desk."))] = None,
    agent: Annotated[str | None, typer.Option(help=_("Login of the first agent."))] = None,
    agent_name: Annotated[str | None, typer.Option(help=_("Name of the first agent."))] = None,
    system_user: Annotated[str | None, typer.Option(help=_("System account that may act as this agent; yours without it."))] = None,
    timezone: Annotated[str | None, typer.Option(help=_("Zone of the desk, e.g. Europe/Berlin."))] = None,
    config_file: Annotated[Path | None, typer.Option(help=_("Settings file to write; the user's without it."))] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=_("Replace a settings file that is there."))] = False,
) -> None:
    """Write the settings file, make or upgrade the database, and add the first agent.

    Asks for what no option says, unless there is no terminal. What exists already is kept.
    """
    from sqlalchemy import make_url

    from tuidesk.bootstrap import assemble
    from tuidesk.cli.output import say
    from tuidesk.core.admin.agents import add_agent, list_agents
    from tuidesk.core.admin.auto_responses import give_default_responses
    from tuidesk.core.admin.queues import set_queue
    from tuidesk.core.auth.passwords import hash_password
    from tuidesk.core.auth.system_account import system_user as this_account
    from tuidesk.core.errors import Invalid
    from tuidesk.core.settings import load_settings, user_file, write_config
    from tuidesk.core.store.engine import without_password
    from tuidesk.core.store.migrate import upgrade

    path = config_file or GLOBAL.config or user_file()
    there = path.exists() and not overwrite  # then it is a desk already, and what it has is kept
    defaults = load_settings({}, os.environ, (path,) if path.exists() else ())
    url = database or GLOBAL.database or _asked(_("Database"), defaults.database_url, _checked_url)
    bare_url, password = without_password(_checked_url(url))
    known_url = without_password(defaults.database_url)[0]
    known = make_url(bare_url) == make_url(known_url)
    if there and not known:
        raise Invalid("database", bare_url, _("{url}, which {path} names, or --overwrite").format(url=known_url, path=path))
    address = address or _asked(_("Mail address of the desk"), "", _checked_address)
    login = agent or ("" if there else _asked_login())
    if there and timezone and timezone != defaults.desk.timezone:
        known_zone = defaults.desk.timezone
        raise Invalid("timezone", timezone, _("{zone}, which {path} names, or --overwrite").format(zone=known_zone, path=path))
    values = {"database_url": url}
    if timezone:
        values["desk.timezone"] = timezone
    if known and not password and defaults.database_password:
        values["database_password"] = defaults.database_password
    settings = load_settings(values, os.environ, (path,) if there else ())
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    assembly = assemble(settings, check=False)
    try:
        before, after, copy = upgrade(assembly.engines)
        if copy is not None:
            say(_("The database as it was before is in {path}.").format(path=copy))
        if not there:  # only now: settings that name no desk would help nobody
            path.parent.mkdir(parents=True, exist_ok=True)
            values["database_url"] = bare_url
            if password:
                values["database_password"] = _kept(password, bare_url, settings)
            write_config(path, values, overwrite=overwrite)
            say(_("Settings are in {path}.").format(path=path))
        elif password and (reference := _kept(password, bare_url, settings)) != defaults.database_password:
            say(_("{path} stays as it is; it should say: database_password = “{reference}”").format(path=path, reference=reference))
        say(_("Database: {before} → {after}.").format(before=before or _("new"), after=after))
        where = (assembly.engines, assembly.desk.clock, account_label())
        if address:
            set_queue(*where, settings.mail.default_queue, address=address)
            say(_("Mail to {address} goes to queue {queue}.").format(address=address, queue=settings.mail.default_queue))
            if give_default_responses(*where, settings.mail.default_queue):
                say(_("It sends an automatic reply with the ticket number; tuidesk queue response changes it."))
        agents = list_agents(assembly.engines)
        login = login or ("" if agents else _asked_login())
        if not (agents if agent is None else any(one.login == login for one in agents)):
            account = system_user or this_account()
            add_agent(
                *where, login, agent_name or login, address, system_user=account,
                groups={"users": ["rw"], "admin": ["rw"], "stats": ["rw"]}, admin=True, hash_password=hash_password,
            )  # fmt: skip
            say(_("Agent {login} works here; the system account {account} may act as her.").format(login=login, account=account))
    finally:
        assembly.close()
    say(_("Next: tuidesk mail account add, then tuidesk daemon, then tuidesk."))


def _asked_login() -> str:
    from tuidesk.core.auth.system_account import system_user

    return _asked(_("Login of the first agent"), system_user(), str.strip)


def _kept(password: str, url: str, settings: Settings) -> str:
    """Keep the password of a database in the file of secrets; return what names it there."""
    from tuidesk.cli.output import say
    from tuidesk.core.secrets import Secret, store_secret

    name = _secret_name(url)
    store_secret(settings.secrets_file, name, Secret(password))
    say(_("The password of the database is in {path}.").format(path=settings.secrets_file))
    return f"secret:{name}"


def _secret_name(url: str) -> str:
    """Return the name of a database's password: several desks may share a file of secrets."""
    from sqlalchemy import make_url

    parsed = make_url(url)
    where = f"{parsed.username or ''}@{parsed.host or parsed.query.get('host', '')}:{parsed.port or ''}-{parsed.database}"
    return re.sub(r"[^A-Za-z0-9_.@+-]", "_", f"database-{where}")[:100]


@config_app.command()
def show(
    origin: Annotated[bool, typer.Option("--origin", help=_("Also say where each value comes from."))] = False,
) -> None:
    """Show the settings in force."""
    from tuidesk.cli.output import show_table
    from tuidesk.core.settings import origins, settings_files

    flags = dict(GLOBAL.flags)
    if GLOBAL.database:
        flags["database_url"] = GLOBAL.database
    rows = origins(flags, os.environ, settings_files(GLOBAL.config))
    if origin:
        cells = [(row.key, row.text, f"{row.source}:{row.line}" if row.line else row.source) for row in rows]
        show_table((_("Setting"), _("Value"), _("From")), cells)
    else:
        show_table((_("Setting"), _("Value")), [(row.key, row.text) for row in rows])


def _asked(question: str, default: str, checked: Callable[[str], str]) -> str:
    """Return what the user answers, asked again until it can be used; the default where there is no terminal."""
    from tuidesk.core.errors import TuideskError
    from tuidesk.core.secrets import mask_urls
    from tuidesk.error_words import sentence

    if not sys.stdin.isatty():
        return default

    shown = mask_urls(default, whole=True)

    def read(answer: str) -> str:
        try:
            return checked(default if answer == shown else answer)
        except TuideskError as error:
            raise typer.BadParameter(sentence(error)) from error

    answer: str = typer.prompt(question, default=shown, show_default=bool(default), value_proc=read)
    return answer


def _checked_url(url: str) -> str:
    from tuidesk.core.settings import load_settings

    return load_settings({"database_url": url}, {}, ()).database_url


def _checked_address(address: str) -> str:
    from tuidesk.core.errors import Invalid
    from tuidesk.core.mail.recipients import recipients

    found = recipients("address", address)
    if len(found) > 1:
        raise Invalid("address", address, _("one mail address"))
    return found[0] if found else ""
