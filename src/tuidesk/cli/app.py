"""The command line: its commands and its global options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from tuidesk.cli.context import GLOBAL
from tuidesk.cli.lazy_group import LazyGroup, Part
from tuidesk.core.i18n import _

_EPILOG = _(
    "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 not found, 4 not allowed, 5 conflict with somebody"
    " else's change, 6 database or mail server not reachable, 7 wrong settings; mail read: 75 not stored, try again."
)

class _Commands(LazyGroup):
    parts: ClassVar[Mapping[str, Part]] = {
        "ticket": Part(_("List, read and change tickets."), "tuidesk.cli.ticket"),
        "mail": Part(_("Mail accounts, fetching, failed mail."), "tuidesk.cli.mail"),
        "outbox": Part(_("Mail that waits to leave."), "tuidesk.cli.outbox"),
        "db": Part(_("Upgrade, check and back up the database."), "tuidesk.cli.database"),
        "queue": Part(_("Queues."), "tuidesk.cli.admin.queue"),
        "agent": Part(_("Agents."), "tuidesk.cli.admin.agent"),
        "group": Part(_("Groups: they carry rights on queues."), "tuidesk.cli.admin.group"),
        "customer": Part(_("Customers."), "tuidesk.cli.admin.customer"),
        "calendar": Part(_("Calendars: zone, working hours and holidays."), "tuidesk.cli.admin.calendar"),
        "config": Part(_("Settings of this program."), "tuidesk.cli.setup", "config_app"),
        "init": Part(_("Write the settings file, make the database, add the first agent."), "tuidesk.cli.setup", "init"),
        "daemon": Part(_("Fetch and send mail and keep the clocks."), "tuidesk.cli.daemon", "daemon"),
        "demo": Part(_("Open a temporary desk with tickets and customers."), "tuidesk.cli.demo", "demo"),
    }


app = typer.Typer(
    name="tuidesk",
    cls=_Commands,
    help=_("The ticket system for people who live in a terminal. Without a command it opens the desk."),
    epilog=_EPILOG,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help=_("Read this settings file first."))] = None,
    database: Annotated[str | None, typer.Option(help=_("Database URL, instead of the configured one."))] = None,
    agent: Annotated[
        str | None, typer.Option(help=_("Act as this agent; your system account must be mapped to it."))
    ] = None,
    version: Annotated[bool, typer.Option("--version", help=_("Show the version and end."))] = False,
) -> None:
    """Set what all commands share; open the terminal application when there is no command."""
    GLOBAL.config, GLOBAL.database, GLOBAL.agent = config, database, agent
    if version:
        from tuidesk import __version__
        from tuidesk.cli.output import say

        say(f"tuidesk {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from tuidesk.cli.tui import open_desk

        raise typer.Exit(open_desk())
