"""Business cards (vCard 2.1 of RFC 2425's time, RFC 2426, RFC 6350): who, where, how to reach. For reading only.

Invariants: nothing raises; linear; at most `CARDS_MAX` cards of at most `BYTES_MAX` bytes; every text is one
storable line.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from tuidesk.core.mail.charset import decode
from tuidesk.core.mail.headers import single_line

CARDS = ("text/vcard", "text/x-vcard", "text/directory", "application/vcard")
"""Media types of cards."""

BYTES_MAX = 256 * 1024
CARDS_MAX = 20
VALUES_MAX = 20
TEXT_MAX = 300

_FOLD = re.compile(rb"\r?\n[ \t]")
_SOFT_BREAK = re.compile(rb"=\r?\n")
_LINE = re.compile(rb"(?:[\w-]+\.)?([\w-]+)((?:;[^:\"\r\n]*(?:\"[^\"\r\n]*\"[^:\"\r\n]*)*)?):([^\r\n]*)")
_ESCAPE = re.compile(r"\\([nN,;:\\])")


@dataclass(frozen=True, slots=True)
class Card:
    """A business card; what it does not say is ''."""

    name: str
    organisation: str
    title: str
    mails: tuple[str, ...]
    phones: tuple[str, ...]
    address: str
    site: str


def read_card(data: bytes) -> tuple[Card, ...]:
    """Return the cards of a file, those that say anything."""
    if len(data) > BYTES_MAX or b"BEGIN:VCARD" not in data[:4096].upper():
        return ()
    if b"QUOTED-PRINTABLE" in data.upper():
        data = _SOFT_BREAK.sub(b"", data)  # there a line ends with = and goes on without a blank
    found: list[Card] = []
    values: dict[str, list[str]] = {}
    for hit in _LINE.finditer(_FOLD.sub(b"", data)):
        name = hit[1].decode("ascii", "replace").lower()
        if name == "end":
            found.append(_card(values))
            values = {}
            if len(found) >= CARDS_MAX:
                break
        elif len(kept := values.setdefault(name, [])) < VALUES_MAX:
            kept.append(_value(hit[2].decode("ascii", "replace").upper(), hit[3]))
    return tuple(card for card in found if any((card.name, card.organisation, card.mails, card.phones)))


def _value(parameters: str, data: bytes) -> str:
    if "QUOTED-PRINTABLE" in parameters:
        data = binascii.a2b_qp(data)
    charset = re.search(r"CHARSET=\"?([\w.:-]{2,40})", parameters)
    return decode(data[: 8 * TEXT_MAX], charset[1] if charset else "utf-8").text


def _card(values: dict[str, list[str]]) -> Card:
    def first(name: str) -> str:
        return _plain(values[name][0]) if name in values else ""

    def several(name: str) -> tuple[str, ...]:
        return tuple(filter(None, (_plain(value) for value in values.get(name, ()))))

    family, _, given = values.get("n", [""])[0].partition(";")
    return Card(
        name=first("fn") or single_line(f"{_plain(given.partition(';')[0])} {_plain(family)}", TEXT_MAX),
        organisation=first("org"),
        title=first("title"),
        mails=several("email"),
        phones=tuple(phone.removeprefix("tel:") for phone in several("tel")),
        address=first("adr"),
        site=first("url"),
    )


def _plain(value: str) -> str:
    """Return a value as one line: its fields behind each other, escapes undone."""
    fields = (field.strip() for field in re.split(r"(?<!\\);", value))
    joined = ", ".join(field for field in fields if field)
    return single_line(_ESCAPE.sub(lambda hit: " " if hit[1] in "nN" else hit[1], joined), TEXT_MAX)
