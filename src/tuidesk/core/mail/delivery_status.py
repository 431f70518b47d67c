"""What a mail system reports about each recipient of a mail of ours (RFC 3464).

Must not decide what follows from it. Invariants: nothing raises, at most `REPORTS_MAX` reports, every text is
one storable line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tuidesk.core.mail.headers import decode_words, line_feeds, plain, single_line, unfold

DELIVERY_STATUS = ("message/delivery-status", "message/global-delivery-status")
"""Media types of such a report; the second one may name addresses beyond ASCII (RFC 6533)."""
REPORTS_MAX = 100
BYTES_MAX = 256 * 1024

_GROUP = re.compile(rb"\n[ \t]*+\n")
_FIELD = re.compile(r"^([A-Za-z-]{1,60})[ \t]*:[ \t]*((?:.*)(?:\n[ \t].*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """The fate of one recipient: `action` is failed, delayed, delivered, relayed or expanded, `status` like 5.1.1."""

    recipient: str
    action: str
    status: str
    diagnostic: str

    @property
    def is_final(self) -> bool:
        """Whether this recipient will not get the mail."""
        return self.action == "failed"


def read_delivery_status(data: bytes) -> tuple[DeliveryReport, ...]:
    """Return the reports of a message/delivery-status part, those that name a recipient."""
    found: list[DeliveryReport] = []
    for group in _GROUP.split(line_feeds(data[:BYTES_MAX])):
        fields: dict[str, str] = {}
        text = group.decode("ascii", "surrogateescape")
        for name, value in _FIELD.findall(text):
            fields.setdefault(name.lower(), value)
        recipient = fields.get("final-recipient") or fields.get("original-recipient")
        if not recipient:
            continue
        found.append(
            DeliveryReport(
                recipient=_typed(recipient).strip("<> ")[:320],
                action=single_line(_words(fields.get("action", "")), 20).lower(),
                status=single_line(_words(fields.get("status", "")).partition(" ")[0], 20),
                diagnostic=_typed(fields.get("diagnostic-code", ""))[:500],
            )
        )
        if len(found) >= REPORTS_MAX:
            break
    return tuple(found)


def _words(value: str) -> str:
    return decode_words(plain(unfold(value)))


def _typed(value: str) -> str:
    """Return a value without its type: `rfc822; mia@example.test` (RFC 3464, 2.1.2)."""
    kind, semicolon, rest = _words(value).partition(";")
    return single_line(rest if semicolon else kind, 500)
