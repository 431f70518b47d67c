"""Writing mail: an article becomes the final bytes of a message (RFC 5322, RFC 2045, RFC 3834).

What is composed is what is stored and what leaves, byte for byte. Header values come from people, so
line ends are taken out of every one of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import charset as email_charset
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import Compat32
from email.utils import format_datetime, formataddr, getaddresses

from tuidesk.core.domain.ticket import Attachment

_LINE_ENDS = re.compile(r"[\r\n\x00]+")
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_UTF8 = email_charset.Charset("utf-8")
_UTF8.body_encoding = email_charset.QP
_REFERENCES_KEPT = 20


class _Policy(Compat32):
    """Writes a short header of one ASCII line as it is, which is all that folding would do to it, slowly."""

    def fold_binary(self, name: str, value: str) -> bytes:
        fits = isinstance(value, str) and len(name) + len(value) <= _PLAIN_HEADER_MAX
        if fits and _PLAIN_HEADER.fullmatch(value):
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_PLAIN_HEADER_MAX = 70
_PLAIN_HEADER = re.compile(r"[!-~]+(?: [!-~]+)*")
_POLICY = _Policy()
_PLAIN_ADDRESS = re.compile(
    r"(?P<name>[A-Za-z0-9]+(?: [A-Za-z0-9]+)* <)?[A-Za-z0-9]+(?:[.+_-][A-Za-z0-9]+)*"
    r"@[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*(?(name)>)"
)

QUOTED_LINES, QUOTED_CHARACTERS = 500, 100_000

@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says; `sender`, `to` and `cc` are address lists as people write them."""

    sender: str
    to: str
    subject: str
    body: str
    message_id: str
    date: datetime
    cc: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    attachments: Sequence[Attachment] = ()
    automatic: bool = False


def compose(letter: Letter) -> bytes:
    """Return the bytes of a mail with CRLF line ends.

    Automatic mail carries `Auto-Submitted` (RFC 3834 section 5), `Precedence: bulk` and `X-Loop`, so
    that no other system answers it.
    """
    text = MIMENonMultipart("text", "plain", policy=_POLICY)
    text.set_payload(letter.body.replace("\r\n", "\n"), _charset_for(letter.body))
    message: Message = text
    if letter.attachments:
        message = MIMEMultipart("mixed", policy=_POLICY)
        message.attach(text)
        for attachment in letter.attachments:
            message.attach(_part(attachment))
    headers = [
        ("From", _addresses(letter.sender)),
        ("To", _addresses(letter.to)),
        ("Cc", _addresses(letter.cc)),
        ("Subject", _words(letter.subject, "Subject")),
        ("Date", format_datetime(letter.date)),
        ("Message-ID", letter.message_id),
        ("In-Reply-To", _ids([letter.in_reply_to])),
        ("References", _ids(letter.references)),
    ]
    if letter.automatic:
        headers += [("Auto-Submitted", "auto-replied"), ("Precedence", "bulk"), ("X-Loop", "yes")]
    for name, value in headers:
        if value:
            message[name] = value  # type: ignore[assignment]  # a Header is encoded when the mail is written
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def quoted(body: str, attribution: str, max_lines: int = QUOTED_LINES) -> str:
    """Return the beginning of a text quoted for an answer: the attribution, then each line behind `> `."""
    lines = beginning(body, max_lines, QUOTED_CHARACTERS)
    return "\n".join([attribution, *(f"> {line}".rstrip() for line in lines)])


def beginning(body: str, max_lines: int, max_characters: int) -> list[str]:
    """Return the lines that a text begins with, and `[...]` when there are more: an editor must bear them."""
    whole = body.rstrip()
    lines = whole[:max_characters].splitlines()
    cut = len(whole) > max_characters or len(lines) > max_lines
    return [*lines[:max_lines], "[...]"] if cut else lines


def mail_addresses(text: str) -> list[str]:
    """Return the bare addresses of an address list, in order and without doubles."""
    found = [address for _, address in getaddresses([_LINE_ENDS.sub(" ", text)]) if "@" in address]
    return list(dict.fromkeys(found))


def _charset_for(body: str) -> email_charset.Charset | str:
    long_line = any(len(line) > 900 for line in body.splitlines())
    return "us-ascii" if body.isascii() and not long_line else _UTF8


def _addresses(text: str) -> str:
    if not text or _PLAIN_ADDRESS.fullmatch(text):
        return text  # as reading and writing it again would give it
    clean = _LINE_ENDS.sub(" ", text)
    return ",\r\n ".join(formataddr((name, address)) for name, address in getaddresses([clean]) if address)


def _words(text: str, name: str) -> Header | str:
    clean = _LINE_ENDS.sub(" ", text).strip()
    return clean if clean.isascii() and len(clean) < 200 else Header(clean, "utf-8", header_name=name)


def _ids(ids: Sequence[str]) -> str:
    found = [match for text in ids for match in _MESSAGE_ID.findall(text)]
    unique = list(dict.fromkeys(found))
    if len(unique) > _REFERENCES_KEPT:  # the first names the thread, the last ones its present end
        unique = [unique[0], *unique[1 - _REFERENCES_KEPT :]]
    return "\r\n ".join(unique)


def _part(attachment: Attachment) -> MIMEBase:
    main, _, sub = attachment.content_type.partition("/")
    if main == "multipart" or not re.fullmatch(r"[\w.+-]+/[\w.+-]+", attachment.content_type):
        main, sub = "application", "octet-stream"
    part = MIMEBase(main, sub)
    part.set_payload(attachment.data)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=_LINE_ENDS.sub(" ", attachment.name))
    return part
