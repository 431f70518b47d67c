"""Words to times: `mo9`, `morgen 14`, `+3d`, `next fri`, `2026-12-24 9:30`. Pure; English and German words.

Invariant: what comes back is in the future, or nothing comes back.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MORNING = time(9, 0)

_LONG = {
    "mo": 0, "mon": 0, "monday": 0, "montag": 0, "tu": 1, "tue": 1, "tues": 1, "tuesday": 1, "di": 1, "die": 1,
    "dienstag": 1, "we": 2, "wed": 2, "wednesday": 2, "mi": 2, "mit": 2, "mittwoch": 2, "th": 3, "thu": 3,
    "thurs": 3, "thursday": 3, "do": 3, "don": 3, "donnerstag": 3, "fr": 4, "fri": 4, "friday": 4, "fre": 4,
    "freitag": 4, "sa": 5, "sat": 5, "saturday": 5, "sam": 5, "samstag": 5, "su": 6, "sun": 6, "sunday": 6,
    "so": 6, "son": 6, "sonntag": 6,
}  # fmt: skip
_NEAR = {"today": 0, "heute": 0, "tomorrow": 1, "tom": 1, "morgen": 1, "übermorgen": 2, "uebermorgen": 2}
_UNITS = {
    "m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "std": timedelta(hours=1),
    "d": timedelta(days=1), "t": timedelta(days=1), "w": timedelta(weeks=1),
}  # fmt: skip
_SPAN = re.compile(r"\+\s*(\d{1,4})\s*([a-z]+)")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|uhr|h)?")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?")


def parse_when(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """Return the time, in UTC, that words mean in `zone`; None when they mean none or one that is past.

    A day without a time means 9:00; a time without a day means its next occurrence.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
    >>> [f"{parse_when(words, noon, UTC):%m-%d %H:%M}" for words in ("mo9", "+3d", "morgen 14", "8:30")]
    ['11-30 09:00', '11-27 12:00', '11-25 14:00', '11-25 08:30']
    """
    words = " ".join(text.casefold().split())
    if not words or len(words) > 60:
        return None
    local = now.astimezone(zone)
    try:
        at = _read(words, local, zone)
    except (ValueError, OverflowError):
        return None
    return at.astimezone(UTC) if at is not None and at > now else None


def _read(words: str, now: datetime, zone: tzinfo) -> datetime | None:
    if span := _SPAN.fullmatch(words):
        unit = _UNITS.get(span[2])
        if unit is None:
            return None
        if unit >= timedelta(days=1):  # a day later on the clock, not 24 hours: summer time begins and ends
            return _at((now + int(span[1]) * unit).date(), now.time().replace(second=0, microsecond=0), zone)
        return now + int(span[1]) * unit
    if whole := _CLOCK.fullmatch(words):
        today = _at(now.date(), _time(whole), zone)
        return today if today > now else _at(now.date() + timedelta(days=1), _time(whole), zone)
    if day := _DATE.match(words):
        return _with_time(_date(day, now), words[day.end() :], zone)
    later = re.match(r"(next|nächsten?|naechsten?|kommenden?) ", words)
    words = re.sub(r"^(next|nächsten?|naechsten?|kommenden?|on|am) ", "", words)
    name = re.match(r"[a-zäöü]+", words)
    if name is None:
        return None
    rest = words[name.end() :]
    if name[0] in _NEAR:
        return _with_time(now.date() + timedelta(days=_NEAR[name[0]]), rest, zone)
    if name[0] in _LONG:
        ahead = (_LONG[name[0]] - now.weekday()) % 7
        if later and not ahead:
            ahead = 7  # nobody who says “next Friday” on a Friday means today
        at = _with_time(now.date() + timedelta(days=ahead), rest, zone)
        return at if at is None or at > now else _with_time(now.date() + timedelta(days=ahead + 7), rest, zone)
    return None


def _with_time(day: date, rest: str, zone: tzinfo) -> datetime | None:
    rest = re.sub(r"^\s*(at |um |[,t])?\s*", "", rest)
    if not rest:
        return _at(day, MORNING, zone)
    clock = _CLOCK.fullmatch(rest)
    return _at(day, _time(clock), zone) if clock else None


def _time(clock: re.Match[str]) -> time:
    hour, minute = int(clock[1]), int(clock[2] or 0)
    if clock[3] == "pm" and hour < 12:
        hour += 12
    if clock[3] == "am" and hour == 12:
        hour = 0
    return time(hour, minute)


def _date(day: re.Match[str], now: datetime) -> date:
    if day[1]:
        return date(int(day[1]), int(day[2]), int(day[3]))
    if day[6]:
        year = int(day[6])
        return date(year + 2000 if year < 100 else year, int(day[5]), int(day[4]))
    this_year = date(now.year, int(day[5]), int(day[4]))
    return this_year if this_year >= now.date() else date(now.year + 1, int(day[5]), int(day[4]))


def _at(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone)
