"""How customers' programs write mail: each language with a charset people really use, some with HTML.

Headers are folded and encoded as RFC 2047 says; whatever does not fit the old charset goes as UTF-8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import Header
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from html import escape
from random import Random
from typing import Any

from tuidesk.core.domain.ticket import Attachment
from tuidesk.demo import attachments
from tuidesk.demo.people import Person

_CHARSETS = {
    "de": "iso-8859-1",
    "fr": "iso-8859-15",
    "es": "iso-8859-1",
    "pl": "iso-8859-2",
    "ru": "koi8-r",
    "ja": "iso-2022-jp",
    "zh": "gb2312",
    "el": "iso-8859-7",
}
_PROGRAMS = ("Postbote 4.1", "Mailwerk for Desktop", "Kuriér 2.0 (mobile)", "Webmail")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail that a customer is about to send; `files` are kind:name, see `demo.attachments`."""

    person: Person
    to: str
    subject: str
    body: str
    message_id: str
    date: datetime
    in_reply_to: str = ""
    references: Sequence[str] = ()
    files: Sequence[str] = ()


def write_mail(mail: Outgoing, rng: Random) -> bytes:
    """Return the bytes of the mail, with CRLF line ends; `rng` decides about charset and form."""
    charset = _charset(mail, rng)
    message: Message = MIMEText(mail.body, "plain", charset)
    if rng.random() < 0.25:
        both = MIMEMultipart("alternative", _boundary(rng))
        both.attach(message)
        both.attach(MIMEText(_html(mail.body), "html", charset))
        message = both
    if mail.files:
        whole = MIMEMultipart("mixed", _boundary(rng))
        whole.attach(message)
        for spec in mail.files:
            whole.attach(_part(attachments.make(spec, rng, mail.date)))
        message = whole
    headers: list[tuple[str, Any]] = [
        ("From", formataddr((mail.person.name, mail.person.email), "utf-8")),
        ("To", mail.to),
        ("Subject", Header(mail.subject, _header_charset(mail.subject, charset), header_name="Subject")),
        ("Date", format_datetime(mail.date)),
        ("Message-ID", mail.message_id),
        ("In-Reply-To", mail.in_reply_to),
        ("References", "\r\n ".join(dict.fromkeys(one for one in mail.references if one))),
        ("X-Mailer", Header(rng.choice(_PROGRAMS), "utf-8")),
    ]
    for name, value in headers:
        if value:
            message[name] = value
    return message.as_bytes(policy=policy.compat32.clone(linesep="\r\n"))


def _boundary(rng: Random) -> str:
    """Return a boundary; the library's own would be another one each time."""
    return f"=_{rng.getrandbits(96):024x}"


def _charset(mail: Outgoing, rng: Random) -> str:
    old = _CHARSETS.get(mail.person.language)
    if mail.body.isascii():
        return "us-ascii"
    return old if old and rng.random() < 0.6 and _fits(mail.body, old) else "utf-8"


def _header_charset(text: str, charset: str) -> str:
    return "us-ascii" if text.isascii() else charset if _fits(text, charset) else "utf-8"


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _html(text: str) -> str:
    paragraphs = (escape(part).replace("\n", "<br>\n") for part in text.strip().split("\n\n"))
    inner = "\n".join(f"<p>{part}</p>" for part in paragraphs)
    return f'<html><body style="font-family: sans-serif">\n{inner}\n</body></html>\n'


def _part(file: Attachment) -> Message:
    part = MIMEApplication(file.data)
    part.replace_header("Content-Type", file.content_type)
    name = file.name if file.name.isascii() else ("utf-8", "", file.name)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part
