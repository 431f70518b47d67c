"""`tuidesk outbox …`: what waits to leave, what could not."""

from __future__ import annotations

from typing import Annotated

import typer

from tuidesk.cli.context import agent_of, opened
from tuidesk.core.i18n import _

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

OutboxId = Annotated[int, typer.Argument(help=_("Number of the mail in the outbox."))]


@app.command(name="list")
def list_mails(
    everything: Annotated[bool, typer.Option("--all", help=_("Also what left or was stopped."))] = False,
    json: Annotated[bool, typer.Option("--json", help=_("One JSON object a line."))] = False,
) -> None:
    """List mails that wait, are on their way, or could not be delivered."""
    from dataclasses import asdict

    from tuidesk.cli.output import complain, show_json, show_table
    from tuidesk.core.admin.accounts import list_accounts

    with opened() as assembly:
        agent_of(assembly)
        rows = assembly.desk.outbox(only_waiting=not everything)
        if any(row.state == "queued" for row in rows) and not any(
            account.valid and account.kind in ("smtp", "maildir-out") for account in list_accounts(assembly.engines)
        ):
            complain(_("No account sends mail. Add one: tuidesk mail account add out --kind smtp --host …"))
        if json:
            for row in rows:
                show_json(asdict(row))
        else:
            show_table(
                (_("Mail"), _("State"), _("To"), _("Not before"), _("Tries"), _("Reason")),
                [
                    (
                        str(row.id),
                        row.state + (_(" (maybe sent)") if row.maybe_sent else ""),
                        row.recipients,
                        f"{when:%Y-%m-%d %H:%M}" if (when := row.held_until or row.not_before) else "",
                        str(row.attempts),
                        row.reason,
                    )
                    for row in rows
                ],
            )


@app.command()
def retry(mail: OutboxId) -> None:
    """Send a mail again, at once, to those who did not get it."""
    from tuidesk.cli.output import say

    with opened() as assembly:
        agent_of(assembly)
        assembly.desk.retry_outbox(mail)
        say(_("Mail {mail} is queued.").format(mail=mail))


@app.command()
def stop(mail: OutboxId) -> None:
    """Stop a mail that still waits; its article stays, marked as not sent."""
    from tuidesk.cli.output import say
    from tuidesk.cli.ticket import CAUSE
    from tuidesk.core.domain.ops import Act, Change, StopSend
    from tuidesk.core.errors import NotFound

    with opened() as assembly:
        agent = agent_of(assembly)
        row = next((one for one in assembly.desk.outbox(only_waiting=False, limit=10_000) if one.id == mail), None)
        if row is None:
            raise NotFound("outbox mail", str(mail))
        assembly.desk.act(agent, Act((Change(row.ticket_id, (StopSend(mail),)),), CAUSE))
        say(_("Mail {mail} is stopped.").format(mail=mail))
