"""Invitations to meetings (RFC 5545, RFC 5546): what, when, where, who. For reading only; nothing is accepted here.

Must be given bytes: the library opens a file when it is handed a name as text. Invariants: nothing raises; at most
`EVENTS_MAX` events of at most `BYTES_MAX` bytes are read; every text is storable.
"""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tuidesk.core.mail.headers import single_line

INVITATIONS = ("text/calendar", "application/ics")
"""Media types of invitations."""

BYTES_MAX = 256 * 1024
EVENTS_MAX = 20
PEOPLE_MAX = 50
TEXT_MAX = 500

_READER_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
_EVENTS = ("VEVENT", "VTODO")
_JUNK_LINE = re.compile(rb"^(?![ \t]|[A-Za-z0-9-]{1,60}[:;])[^\n]*+\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Invitation:
    """One event.

    `method` is request, cancel, reply … in lower case ('' when unsaid). `begins` and `ends` are whole days, or times
    in UTC; with `floating` such a time is meant wherever its reader is, and UTC only stands for that. `rule` is what
    it says of repetition, `answers` are people with their answer such as ('Bo', 'accepted').
    """

    method: str
    what: str
    begins: datetime | date | None
    ends: datetime | date | None
    floating: bool
    where: str
    organizer: str
    people: tuple[tuple[str, str], ...]
    rule: str
    cancelled: bool


def read_invitation(data: bytes) -> tuple[Invitation, ...]:
    """Return the events of a calendar file, none for one that cannot be read."""
    if len(data) > BYTES_MAX or b"BEGIN:VCALENDAR" not in data[:4096].upper():
        return ()
    from icalendar import Calendar

    found: list[Invitation] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library prints some, and a terminal application has no place for them
        for text in (data, _JUNK_LINE.sub(b"", data)):
            try:
                events = [
                    (event, _line(calendar.get("method", "")).lower())
                    for calendar in Calendar.from_ical(text, multiple=True)
                    for event in calendar.walk()
                    if event.name in _EVENTS
                ]
                break
            except _READER_FAULTS:
                # The library raises most of these on damaged files; the file itself is still there to be saved.
                events = []
        for event, method in events[:EVENTS_MAX]:
            with suppress(*_READER_FAULTS):
                found.append(_invitation(event, method))
    return tuple(found)


def _times(event: Any) -> tuple[datetime | date | None, datetime | date | None, bool]:
    """Return when an event begins and ends, and whether that is floating; None for what cannot be read."""
    try:
        begins, floating = _moment(event.get("dtstart"))
        ends, _ = _moment(event.get("dtend") or event.get("due"))
        length = getattr(event.get("duration"), "dt", None)
        if ends is None and begins is not None and isinstance(length, timedelta):
            ends = begins + length
        if type(ends) is date and type(begins) is date and ends > begins:
            ends -= timedelta(days=1)  # the first day that no longer belongs to it (RFC 5545, 3.6.1)
    except _READER_FAULTS:
        return None, None, False
    return begins, ends, floating


def _invitation(event: Any, method: str) -> Invitation:
    begins, ends, floating = _times(event)
    rule = next(iter(_several(event.get("rrule"))), None)
    return Invitation(
        method=method,
        what=_line(event.get("summary", "")),
        begins=begins,
        ends=ends,
        floating=floating,
        where=_line(event.get("location", "")),
        organizer=_person(event.get("organizer")),
        people=tuple(_answer(one) for one in _several(event.get("attendee"))[:PEOPLE_MAX]),
        rule=_line(rule.to_ical().decode("utf-8", "replace")) if rule is not None else "",
        cancelled=method == "cancel" or _line(event.get("status", "")).lower() == "cancelled",
    )


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _moment(value: Any) -> tuple[datetime | date | None, bool]:
    at = getattr(_several(value)[0] if value is not None else None, "dt", None)
    if isinstance(at, datetime):
        floating = at.tzinfo is None
        return (at.replace(tzinfo=UTC) if floating else at.astimezone(UTC)), floating
    return (at if isinstance(at, date) else None), False


def _person(value: Any) -> str:
    if value is None:
        return ""
    one = _several(value)[0]
    address = _line(one)
    if address[:7].lower() == "mailto:":
        address = address[7:]
    name = _line(getattr(one, "params", {}).get("CN", "")).strip("\"'")
    return f"{name} <{address}>" if name and name != address else address


def _answer(value: Any) -> tuple[str, str]:
    return _person(value), _line(getattr(value, "params", {}).get("PARTSTAT", "")).lower()


def _line(value: Any) -> str:
    return single_line(str(value), TEXT_MAX)
