"""Mails as customers write them, for tests."""

from __future__ import annotations

from email.message import Message
from email.utils import make_msgid


def letter(
    subject: str = "Printer",
    *,
    sender: str = "Mia <mia@customer.test>",
    to: str = "support@desk.test",
    body: str = "It does not print.",
    answers: str = "",
    **headers: str,
) -> bytes:
    """Return a mail; `answers` is the Message-ID of the one it answers, other keywords are headers."""
    mail = Message()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = headers.pop("message_id", make_msgid(domain="customer.test"))
    if answers:
        mail["In-Reply-To"] = answers
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_payload(body, "utf-8")
    return mail.as_bytes()
