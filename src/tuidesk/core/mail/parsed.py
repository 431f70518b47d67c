"""What a mail says, as plain data: the one shape in which a parsed mail is handed on.

Invariants: every text is storable (`domain.text.storable`), everything is bounded by the limits in `parse`,
and every text but `ParsedMail.text` is a single line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tuidesk.core.mail.classify import Automatic
from tuidesk.core.mail.delivery_status import DeliveryReport
from tuidesk.core.mail.protection import Protection


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: `name` decoded ('' when none), `address` bare with its domain in lower case."""

    name: str
    address: str


NOBODY = Address("", "")
"""Stands for a sender that cannot be found."""


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment: `data` after transfer decoding; `charset` lower-case, '' unless it is text.

    `disposition` is 'inline' or 'attachment'; `content_id` has no angle brackets and may be a
    Content-Location, which some programs use for the same purpose. `is_body` marks a text of the mail that is
    kept as it came beside what is shown of it: its html, or a plain one that was too long. `from_text` marks a
    file that stood uuencoded in the text.
    """

    name: str
    content_type: str
    charset: str
    disposition: str
    content_id: str
    data: bytes
    is_body: bool = False
    from_text: bool = False


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail. `date` is aware and in UTC; ids carry their angle brackets; '' stands for what is missing.

    `delivered_to` holds Resent-To, Envelope-To, Delivered-To and X-Original-To in that order (OTRS rule for
    the queue by address; To and Cc belong between the second and the third). `text_from` is 'plain', 'html'
    or 'none'. `headers` has the first value of each name in lower case. `bounce_of` is the id of our mail
    that came back, `delivery_reports` what became of its recipients. `protection` says how the mail is signed or
    encrypted; nothing was checked. `parts_found` counts leaves of the tree, `parts_kept` those that are text or
    attachment here; the first is one more when the last part holds what was not divided further. `problems` are
    machine words such as 'charset:unknown-8bit', 'depth' or 'date'.
    """

    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: Address
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[Address, ...]
    subject: str
    date: datetime | None
    text: str
    text_from: str
    attachments: tuple[Part, ...]
    automatic: Automatic
    bounce_of: str
    delivery_reports: tuple[DeliveryReport, ...]
    protection: Protection
    headers: Mapping[str, str]
    parts_found: int
    parts_kept: int
    problems: tuple[str, ...]
