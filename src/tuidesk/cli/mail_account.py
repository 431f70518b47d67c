"""`tuidesk mail account …`: where mail is fetched from, and the way out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tuidesk.cli.context import GLOBAL, admin_label, opened
from tuidesk.core.i18n import _

app = typer.Typer(help=_("Mail accounts."), no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help=_("One JSON object a line."))]
Name = Annotated[str, typer.Argument(help=_("Name of the account."))]
Host = Annotated[str | None, typer.Option(help=_("Host of the mail server."))]
Port = Annotated[int | None, typer.Option(help=_("Port; the usual one of the protocol without it."))]
Security = Annotated[str | None, typer.Option(help=_("tls, starttls or none."))]
User = Annotated[str | None, typer.Option(help=_("Login at the mail server."))]
PasswordFile = Annotated[str | None, typer.Option(help=_("Read the password from this file."))]
PasswordEnv = Annotated[str | None, typer.Option(help=_("Read the password from this environment variable."))]
PasswordCommand = Annotated[str | None, typer.Option(help=_("Read the password from the output of this command."))]
Folder = Annotated[str | None, typer.Option(help=_("IMAP folder; INBOX without it."))]
Maildir = Annotated[str | None, typer.Option(help=_("Maildir."))]
After = Annotated[str | None, typer.Option(help=_("What to do with read mail: mark, move or delete."))]
MoveTo = Annotated[str | None, typer.Option(help=_("Folder for read mail, with --after move."))]
First = Annotated[str | None, typer.Option(help=_("What to take at first: now, all or since:YYYY-MM-DD."))]
CaFile = Annotated[str | None, typer.Option(help=_("Certificates to trust instead of the system's."))]
Queue = Annotated[str | None, typer.Option(help=_("Put all its mail into this queue, whatever its address."))]


@app.command()
def add(
    name: Name,
    kind: Annotated[str, typer.Option(help=_("imap, maildir (mail in), smtp or maildir-out (mail out)."))],
    host: Host = None,
    port: Port = None,
    security: Security = None,
    user: User = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_command: PasswordCommand = None,
    folder: Folder = None,
    path: Maildir = None,
    after: After = None,
    move_to: MoveTo = None,
    first: First = None,
    ca_file: CaFile = None,
    queue: Queue = None,
) -> None:
    """Add a mail account. The password itself is never given as an option, and never shown."""
    from tuidesk.cli.output import say
    from tuidesk.core.admin.account_settings import checked_settings
    from tuidesk.core.admin.accounts import add_account
    from tuidesk.core.admin.accounts import list_accounts as accounts
    from tuidesk.core.errors import AlreadyExists

    settings = _given(host=host, port=port, security=security, user=user, folder=folder, path=_absolute(path),
                      after=after, move_to=move_to, first=first, ca_file=_readable(ca_file))  # fmt: skip
    secret = _reference(password_file, password_env, password_command)
    with opened() as assembly:
        # before anybody is asked for a password, which is kept by the account's name
        checked_settings(kind, settings)
        if any(row.name.casefold() == name.casefold() for row in accounts(assembly.engines)):
            raise AlreadyExists("mail account", name)
        if not secret and (kind == "imap" or (kind == "smtp" and user)):
            secret = _asked_for(name)
        add_account(
            assembly.engines, assembly.desk.clock, admin_label(assembly), name, kind, settings, secret=secret, queue=queue
        )
        say(_("Account {name} is added. Try it with: tuidesk mail account test {name}").format(name=name))


@app.command(name="set")
def set_fields(
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", help=_("New name."))] = None,
    host: Host = None,
    port: Port = None,
    security: Security = None,
    user: User = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_command: PasswordCommand = None,
    password: Annotated[bool, typer.Option("--password", help=_("Ask for a new password, and keep it."))] = False,
    folder: Folder = None,
    path: Maildir = None,
    after: After = None,
    move_to: MoveTo = None,
    ca_file: CaFile = None,
    queue: Queue = None,
    enable: Annotated[bool | None, typer.Option("--enable/--disable", help=_("Whether it is used."))] = None,
) -> None:
    """Change an account; an empty value goes back to the usual one. Which mailbox is read stays once it was read."""
    from tuidesk.cli.output import say
    from tuidesk.core.admin.accounts import set_account

    settings = _given(host=host, port=port, security=security, user=user, folder=folder, path=_absolute(path),
                      after=after, move_to=move_to, ca_file=_readable(ca_file))  # fmt: skip
    secret = _reference(password_file, password_env, password_command) or (_asked_for(new_name or name) if password else None)
    with opened() as assembly:
        changed = set_account(
            assembly.engines, assembly.desk.clock, admin_label(assembly), name, new_name=new_name, settings=settings,
            secret=secret, queue=queue, valid=enable,
        )  # fmt: skip
        say(_("Account {name} is changed. Try it with: tuidesk mail account test {name}").format(name=changed.name))


@app.command(name="list")
def list_accounts(json: Json = False) -> None:
    """List mail accounts and how their last try went."""
    from tuidesk.cli.output import show_json, show_table
    from tuidesk.core.admin.accounts import list_accounts as accounts

    with opened() as assembly:
        rows = accounts(assembly.engines)
        if json:
            for row in rows:
                show_json({"name": row.name, "kind": row.kind, "settings": dict(row.settings), "valid": row.valid,
                           "last_ok": row.last_ok_at, "last_error": row.last_error})  # fmt: skip
        else:
            show_table(
                (_("Account"), _("Kind"), _("Used"), _("Where"), _("Last good"), _("Last error")),
                [
                    (
                        row.name,
                        row.kind,
                        _("yes") if row.valid else _("no"),
                        str(row.settings.get("host") or row.settings.get("path") or ""),
                        f"{row.last_ok_at:%Y-%m-%d %H:%M}" if row.last_ok_at else "",
                        row.last_error,
                    )
                    for row in rows
                ],
            )


@app.command()
def remove(name: Name) -> None:
    """Remove an account; one whose mail was taken in is only disabled."""
    from tuidesk.cli.output import say
    from tuidesk.core.admin.accounts import remove_account, show_account
    from tuidesk.core.secrets import remove_secret

    with opened() as assembly:
        account = show_account(assembly.engines, name)
        removed = remove_account(assembly.engines, assembly.desk.clock, admin_label(assembly), name)
        if removed.deleted and account.secret == f"secret:{account.name}":
            remove_secret(assembly.settings.secrets_file, account.name)
    if removed.deleted:
        say(_("Account {name} is removed.").format(name=name))
    else:
        say(
            _("Account {name} is used no more. It stays, since mail came from it; mail account set --enable uses it again.")
            .format(name=name)
        )  # fmt: skip


@app.command()
def test(name: Name) -> None:
    """Try an account step by step, and say which step failed and why."""
    from tuidesk.cli.output import complain, say
    from tuidesk.core.admin.accounts import show_account
    from tuidesk.core.work.account_check import check_account

    with opened() as assembly:
        account = show_account(assembly.engines, name)
        if not account.valid:
            complain(_("This account is not used; mail account set {name} --enable uses it.").format(name=account.name))
        good = True
        for step in check_account(account.kind, account.settings, account.secret, assembly.settings.secrets_file):
            good = good and step.ok
            (say if step.ok else complain)(f"{step.step}: {step.detail}")
    if not good:
        complain(_("Change it with: tuidesk mail account set {name} …").format(name=name))
        raise typer.Exit(6)


def _given(**settings: object) -> dict[str, object]:
    return {key: value for key, value in settings.items() if value is not None}


def _absolute(path: str | None) -> str | None:
    """Return a path as the daemon, which works in another folder, will find it."""
    return str(Path(path).expanduser().absolute()) if path else path


def _readable(path: str | None) -> str | None:
    from tuidesk.core.errors import Invalid

    absolute = _absolute(path)
    if absolute and not Path(absolute).is_file():
        raise Invalid("ca-file", absolute, _("a file that exists"))
    return absolute


def _reference(file: str | None, environment: str | None, command: str | None) -> str:
    """Return where the password is, empty when nothing says so. Raises Invalid when several options do."""
    from tuidesk.core.errors import Invalid

    said = [f"{scheme}:{value}" for scheme, value in (("file", _absolute(file)), ("env", environment), ("command", command)) if value]
    if len(said) > 1:
        raise Invalid("password", ", ".join(said), _("one of --password-file, --password-env and --password-command"))
    if environment and not environment.isidentifier():
        raise Invalid("password-env", environment, _("the name of an environment variable"))
    return said[0] if said else ""


def _asked_for(name: str) -> str:
    """Ask for the password and keep it in the secrets file; return where it is."""
    from tuidesk.core.errors import Invalid
    from tuidesk.core.secrets import Secret, store_secret

    if not sys.stdin.isatty():
        raise Invalid("password", "", _("one of --password-file, --password-env and --password-command, without a terminal"))
    password: Any = typer.prompt(_("Password"), hide_input=True)
    store_secret(GLOBAL.settings().secrets_file, name, Secret(password))
    return f"secret:{name}"
