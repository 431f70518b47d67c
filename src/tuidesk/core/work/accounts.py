"""Mail accounts as the database describes them become sources and transports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from tuidesk.core.errors import Invalid
from tuidesk.core.mail.maildir import MaildirSource, MaildirTransport
from tuidesk.core.mail.source import EVERYTHING, MailSource
from tuidesk.core.mail.transport import Transport
from tuidesk.core.secrets import read_secret


def source_of(kind: str, settings: Mapping[str, Any], secret: str, secrets_file: Path) -> MailSource:
    """Return the mailbox of an incoming account, not opened yet.

    Raises SecretError when its password cannot be read, Invalid for a kind that brings no mail.
    """
    if kind == "maildir":
        move_to = settings.get("move_to")
        return MaildirSource(
            Path(settings["path"]), settings.get("after", "mark"), Path(move_to) if move_to else None
        )
    if kind == "imap":
        from tuidesk.core.mail.imap import ImapSettings, ImapSource  # slow to import, and not always needed

        ca_file = settings.get("ca_file")
        return ImapSource(
            ImapSettings(
                host=settings["host"],
                port=int(settings.get("port") or (993 if settings.get("security", "tls") == "tls" else 143)),
                security=settings.get("security", "tls"),
                user=settings["user"],
                folder=settings.get("folder") or "INBOX",
                after=settings.get("after", "mark"),
                move_to=settings.get("move_to") or "",
                ca_file=Path(ca_file) if ca_file else None,
            ),
            read_secret(secret, secrets_file).reveal(),
        )
    raise Invalid("account kind", kind, "imap or maildir")


def transport_of(kind: str, settings: Mapping[str, Any], secret: str, secrets_file: Path) -> Transport:
    """Return the way out of an outgoing account. Raises SecretError, and Invalid for a kind that sends none."""
    if kind == "maildir-out":
        return MaildirTransport(Path(settings["path"]))
    if kind == "smtp":
        from tuidesk.core.mail.smtp import SmtpSettings, SmtpTransport

        ca_file = settings.get("ca_file")
        return SmtpTransport(
            SmtpSettings(
                host=settings["host"],
                port=int(settings.get("port") or {"tls": 465, "starttls": 587}.get(settings["security"], 25)),
                security=settings.get("security", "starttls"),
                user=settings.get("user") or "",
                ca_file=Path(ca_file) if ca_file else None,
            ),
            read_secret(secret, secrets_file).reveal() if secret else None,
        )
    raise Invalid("account kind", kind, "smtp or maildir-out")


def first_position(source: MailSource, first: str) -> str:
    """Return where the first poll of a mailbox begins: `now`, `all` or `since:YYYY-MM-DD`.

    Raises MailServerError.
    """
    if first == "all":
        return EVERYTHING
    if first.startswith("since:"):
        return source.position_since(date.fromisoformat(first.removeprefix("since:")))
    return source.mark()
