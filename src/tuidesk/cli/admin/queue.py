"""`tuidesk queue …`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuidesk.cli.context import admin_label, body_given, opened
from tuidesk.core.i18n import _

if TYPE_CHECKING:
    from tuidesk.bootstrap import Assembly

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help=_("Full name of the queue, e.g. Support::L1."))]
Json = Annotated[bool, typer.Option("--json", help=_("One JSON object a line."))]
Group = Annotated[str | None, typer.Option(help=_("Group whose rights count here."))]
Address = Annotated[str | None, typer.Option(help=_("Mail address: mail to it comes here, mail from here carries it."))]
Realname = Annotated[str | None, typer.Option(help=_("Name beside the address."))]
FollowUp = Annotated[str | None, typer.Option(help=_("Mail to a closed ticket: possible, reject or “new ticket”."))]
FollowUpLock = Annotated[bool | None, typer.Option(help=_("Lock a closed ticket to its old owner when mail comes."))]
FirstResponse = Annotated[int | None, typer.Option(min=0, help=_("Working minutes until the first answer, 0 for none."))]
Update = Annotated[int | None, typer.Option(min=0, help=_("Working minutes until the next answer, 0 for none."))]
Solution = Annotated[int | None, typer.Option(min=0, help=_("Working minutes until the solution, 0 for none."))]
Calendar = Annotated[str | None, typer.Option(help=_("Calendar in which working time is reckoned."))]
UnlockTimeout = Annotated[int | None, typer.Option(min=0, help=_("Working minutes after which a lock ends, 0 for never."))]
Salutation = Annotated[str | None, typer.Option(help=_("First words of every answer."))]
SignatureFile = Annotated[Path | None, typer.Option(help=_("File with the signature."), exists=True)]


@app.command()
def add(
    name: Name,
    group: Annotated[str, typer.Option(help=_("Group whose rights count here."))] = "users",
    address: Address = None,
    realname: Realname = None,
    follow_up: FollowUp = None,
    follow_up_lock: FollowUpLock = None,
    first_response: FirstResponse = None,
    update: Update = None,
    solution: Solution = None,
    calendar: Calendar = None,
    unlock_timeout: UnlockTimeout = None,
    salutation: Salutation = None,
    signature_file: SignatureFile = None,
    silent: Annotated[bool, typer.Option("--silent", help=_("Without the automatic replies that a new queue begins with."))] = False,
    json: Json = False,
) -> None:
    """Add a queue; mail to its address gets an automatic reply with the ticket number."""
    from tuidesk.core.admin.auto_responses import give_default_responses
    from tuidesk.core.admin.queues import add_queue, targets_value

    values = _values(address, realname, follow_up, follow_up_lock, calendar, unlock_timeout, salutation, signature_file)
    minutes = _minutes(first_response, update, solution)
    if minutes:
        values["targets"] = targets_value(minutes)
    with opened() as assembly:
        where = (assembly.engines, assembly.desk.clock, admin_label(assembly))
        made = add_queue(*where, name, group, **values)
        if not silent:
            give_default_responses(*where, made.name)
        _show(assembly, made.name, json=json)


@app.command(name="list")
def list_all(json: Json = False) -> None:
    """List queues."""
    from tuidesk.cli.admin.shown import show_rows
    from tuidesk.core.admin.queues import list_queues

    with opened() as assembly:
        columns = {
            _("Queue"): lambda row: row.name if row.valid else f"({row.name})",
            _("Group"): lambda row: row.group,
            _("Address"): lambda row: row.address,
            _("Follow-up"): lambda row: str(row.follow_up),
        }
        show_rows(list_queues(assembly.engines), columns, json=json)


@app.command()
def show(name: Name, json: Json = False) -> None:
    """Show a queue."""
    with opened() as assembly:
        _show(assembly, name, json=json)


def _show(assembly: Assembly, name: str, *, json: bool) -> None:
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.auto_responses import list_auto_responses
    from tuidesk.core.admin.queues import show_queue

    kinds = [one.type.value for one in list_auto_responses(assembly.engines, name)]
    show_row(show_queue(assembly.engines, name), json=json, more={"responses": kinds})


@app.command(name="set")
def set_fields(
    name: Name,
    rename: Annotated[str | None, typer.Option(help=_("New name; queues below it follow."))] = None,
    group: Group = None,
    address: Address = None,
    realname: Realname = None,
    follow_up: FollowUp = None,
    follow_up_lock: FollowUpLock = None,
    first_response: FirstResponse = None,
    update: Update = None,
    solution: Solution = None,
    calendar: Calendar = None,
    unlock_timeout: UnlockTimeout = None,
    salutation: Salutation = None,
    signature_file: SignatureFile = None,
    enable: Annotated[bool | None, typer.Option("--enable/--disable", help=_("Whether it is in use."))] = None,
    json: Json = False,
) -> None:
    """Change a queue."""
    from dataclasses import replace

    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.queues import set_queue, show_queue

    values = _values(address, realname, follow_up, follow_up_lock, calendar, unlock_timeout, salutation, signature_file)
    minutes = _minutes(first_response, update, solution)
    with opened() as assembly:
        if minutes:
            values["targets"] = replace(show_queue(assembly.engines, name).targets, **minutes)
        changed = set_queue(
            assembly.engines, assembly.desk.clock, admin_label(assembly), name, new_name=rename, group=group, valid=enable, **values
        )
        show_row(changed, json=json)


@app.command()
def disable(name: Name) -> None:
    """Take a queue out of use; its tickets stay."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.queues import disable_queue

    with opened() as assembly:
        show_row(disable_queue(assembly.engines, assembly.desk.clock, admin_label(assembly), name), json=False)


@app.command()
def response(
    name: Name,
    kind: Annotated[str, typer.Argument(help=_("“auto reply”, “auto reject”, “auto follow up” or “auto reply/new ticket”."))],
    subject: Annotated[str, typer.Option(help=_("Subject; the ticket number is put before it."))] = "<OTRS_CUSTOMER_SUBJECT[80]>",
    body: Annotated[str | None, typer.Option(help=_("The text; without it standard input is read."))] = None,
    remove: Annotated[bool, typer.Option("--remove", help=_("Send none of this kind any more."))] = False,
) -> None:
    """Set an automatic reply of a queue, or take it away."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.auto_responses import remove_auto_response, set_auto_response

    with opened() as assembly:
        where = (assembly.engines, assembly.desk.clock, admin_label(assembly), name, kind)
        show_row(remove_auto_response(*where) if remove else set_auto_response(*where, subject, body_given(body)), json=False)


def _text_of(path: Path) -> str:
    from tuidesk.core.errors import Invalid

    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise Invalid("signature-file", str(path), _("a file of text in UTF-8")) from error


def _minutes(first_response: int | None, update: int | None, solution: int | None) -> dict[str, int]:
    named = {"first_response_min": first_response, "update_min": update, "solution_min": solution}
    return {key: value for key, value in named.items() if value is not None}


def _values(
    address: str | None,
    realname: str | None,
    follow_up: str | None,
    follow_up_lock: bool | None,
    calendar: str | None,
    unlock_timeout: int | None,
    salutation: str | None,
    signature_file: Path | None,
) -> dict[str, Any]:
    named = {
        "address": address,
        "realname": realname,
        "follow_up": follow_up,
        "follow_up_lock": follow_up_lock,
        "calendar": calendar,
        "unlock_timeout_min": unlock_timeout,
        "salutation": salutation,
        "signature": _text_of(signature_file) if signature_file else None,
    }
    return {key: value for key, value in named.items() if value is not None}
