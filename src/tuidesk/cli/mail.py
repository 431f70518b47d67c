"""`tuidesk mail …`: fetching once, reading again, and the door for a mail server's alias."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tuidesk.cli.context import log_as_daemon, opened
from tuidesk.cli.mail_account import app as account_app
from tuidesk.core.i18n import _, ngettext

if TYPE_CHECKING:
    from tuidesk.bootstrap import Assembly
    from tuidesk.core.mail.intake import Taken

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(account_app, name="account")

PIPE_SOURCE = 0
Json = Annotated[bool, typer.Option("--json", help=_("One JSON object a line."))]


@app.command()
def poll() -> None:
    """Fetch all mailboxes once, take the mail in, and send what is due."""
    from tuidesk.background import Background
    from tuidesk.cli.exit_codes import REFUSED, UNAVAILABLE
    from tuidesk.cli.output import complain, say
    from tuidesk.core.work.poll_once import poll_once

    with opened() as assembly:
        log_as_daemon(assembly.settings)
        background = Background(assembly)
        try:
            report = poll_once(assembly.path, assembly.settings.secrets_file)
            taken = background.intake().run()
            background.sender().run_once(lambda: False)
        finally:
            background.stop()
        for account, reason in report.failures:
            complain(f"{account}: {reason}")
        say(ngettext("{n} mail fetched", "{n} mails fetched", report.new).format(n=report.new))
        for one in taken:
            say(f"{one.outcome}  {one.ticket_number}")
    broken = sum(1 for one in taken if one.outcome == "failed")
    if broken:
        words = ngettext("{n} mail could not be taken in", "{n} mails could not be taken in", broken).format(n=broken)
        complain(_("{what}; what fails three times is listed by: tuidesk mail failed list").format(what=words))
    if report.failures:
        raise typer.Exit(UNAVAILABLE)
    if broken:
        raise typer.Exit(REFUSED)


@app.command()
def read() -> None:
    """Take in one mail from standard input, as a mail server's alias hands it over.

    The exit code is 0 once the mail is stored; then it is safe, even if its ticket comes later. It is 75 as long
    as it is not: mail servers then keep the mail and try again, whatever was wrong.
    """
    from tuidesk.cli.exit_codes import TRY_AGAIN
    from tuidesk.cli.output import complain, say
    from tuidesk.core.errors import TuideskError
    from tuidesk.error_words import sentence

    raw = sys.stdin.buffer.read()
    if not raw.strip():
        complain(_("No mail on standard input."))
        raise typer.Exit(TRY_AGAIN)
    stored = False
    try:
        with opened() as assembly:
            mail_id = _spool(assembly, raw)
            stored = True
            if mail_id is None:
                say(_("This very mail is here already."))
                return
            taken = [one for one in _take_in(assembly) if one.mail_id == mail_id]
            for one in taken:
                say(f"{one.outcome}  {one.ticket_number}")
            if not taken:
                say(_("The mail is stored; the daemon makes its ticket."))
    except TuideskError as error:
        complain(sentence(error))
        if not stored:
            raise typer.Exit(TRY_AGAIN) from error
        complain(_("The mail is stored; the daemon makes its ticket."))


@app.command()
def reparse(
    diff: Annotated[bool, typer.Option("--diff", help=_("Show each change, line by line."))] = False,
    since: Annotated[str | None, typer.Option(help=_("Only mails that arrived since this day, YYYY-MM-DD."))] = None,
    json: Json = False,
) -> None:
    """Read the stored mails again, and show what would be read otherwise. Nothing is changed."""
    from dataclasses import asdict

    from tuidesk.cli.mail_differences import day, difference_lines
    from tuidesk.cli.output import say, say_lines, show_json
    from tuidesk.core.mail.html_child import HtmlReader
    from tuidesk.core.mail.reread import reread

    with opened() as assembly, HtmlReader() as reader:
        start = day(since, assembly.settings.desk.timezone) if since is not None else None
        read = differ = 0
        for one in reread(
            assembly.engines,
            since=start,
            max_size_bytes=assembly.settings.mail.max_size_bytes,
            html_to_text=reader.read,
        ):
            read += 1
            if not one.changes:
                continue
            differ += 1
            if json:
                show_json(asdict(one))
            else:
                say_lines((line, False) for line in difference_lines(one, diff=diff))
        if not json:
            words = ngettext("{n} mail read again, {m} would differ", "{n} mails read again, {m} would differ", read)
            say(words.format(n=read, m=differ))


def _spool(assembly: Assembly, raw: bytes) -> int | None:
    import hashlib

    from tuidesk.core.mail.spool import spool_bytes

    return spool_bytes(assembly.engines, assembly.desk.clock, PIPE_SOURCE, hashlib.sha256(raw).hexdigest(), raw)


def _take_in(assembly: Assembly) -> list[Taken]:
    from tuidesk.background import Background

    log_as_daemon(assembly.settings)
    background = Background(assembly)
    try:
        return background.intake().run()
    finally:
        background.stop()


failed_app = typer.Typer(help=_("Mail that could not be taken in."), no_args_is_help=True, rich_markup_mode=None)
app.add_typer(failed_app, name="failed")


@failed_app.command(name="list")
def list_failed(json: Json = False) -> None:
    """List mails that were set aside, with the reason."""
    from dataclasses import asdict

    from tuidesk.cli.output import show_json, show_table

    with opened() as assembly:
        rows = assembly.desk.failed_mails()
        if json:
            for row in rows:
                show_json(asdict(row))
        else:
            show_table(
                (_("Mail"), _("Arrived"), _("Bytes"), _("Tries"), _("Reason")),
                [
                    (str(row.id), f"{row.arrived_at:%Y-%m-%d %H:%M}" if row.arrived_at else "",
                     str(row.size_bytes), str(row.attempts), row.reason)
                    for row in rows
                ],
            )  # fmt: skip


@failed_app.command(name="retry")
def retry_failed(mail: Annotated[int, typer.Argument(help=_("Number of the mail."))]) -> None:
    """Put a mail back into the spool."""
    with opened() as assembly:
        assembly.desk.retry_failed(mail)
