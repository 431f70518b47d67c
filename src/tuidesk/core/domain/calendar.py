"""Working time: a week's hours and holidays in one zone, and sums over them.

Here is only the reckoning; which calendar a ticket uses and what a deadline is for belongs to `sla`.
Invariant: an instant is working time exactly when the local clock of the calendar's zone then shows a
minute of one of that local day's spans. So a day of 23 or 25 hours has the working time that passes
on it, and an hour that the clock shows twice counts twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Span: TypeAlias = tuple[int, int]
"""Local minutes of the day from 0 to 1440: first minute, and the minute that is no longer in it."""

SEARCH_LIMIT = timedelta(days=3653)
"""How far `add_working_time` looks ahead: ten years."""

_MINUTES_A_DAY = 24 * 60
# Sums run over whole microseconds since the epoch: floats would not give back what was put in.
_MICROSECOND = timedelta(microseconds=1)
_SECOND_US = 1_000_000
_MINUTE_US = 60 * _SECOND_US
_DAY_US = _MINUTES_A_DAY * _MINUTE_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
# A zone's offset is probed in steps of this length. No zone has changed it and back again within less
# than seven days since 2000, so no change is stepped over.
_PROBE_US = 4 * _DAY_US


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    # OSError: the name of a directory of zones, such as "Europe".
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"zone {zone!r}: allowed is an IANA name such as Europe/Berlin") from unknown


def _check_spans(spans: tuple[Span, ...]) -> None:
    free_from = 0
    for begin, end in spans:
        if not free_from <= begin < end <= _MINUTES_A_DAY:
            raise ValueError(
                f"hours {spans}: allowed are (begin, end) in minutes, 0 <= begin < end <= {_MINUTES_A_DAY},"
                " in order and not overlapping"
            )
        free_from = end


def _check_yearly_holiday(month: int, day: int) -> None:
    try:
        date(2000, month, day)  # a leap year: 29 February is a day, if a rare one
    except ValueError as wrong:
        raise ValueError(f"yearly holiday {(month, day)}: allowed is (month, day) of a year") from wrong


@dataclass(frozen=True, slots=True)
class Calendar:
    """When people work: `hours` has the spans of Monday to Sunday, in local minutes of `zone`.

    `yearly_holidays` are (month, day) of every year, `holidays` single days. Raises ValueError for
    anything that is not a calendar, saying what is allowed.
    """

    name: str
    zone: str
    hours: tuple[tuple[Span, ...], ...]
    yearly_holidays: frozenset[tuple[int, int]] = frozenset()
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        _check_zone(self.zone)
        if len(self.hours) != 7:
            raise ValueError(f"hours of {len(self.hours)} days: allowed are 7, Monday to Sunday")
        for spans in self.hours:
            _check_spans(spans)
        for month, day in self.yearly_holidays:
            _check_yearly_holiday(month, day)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """Return the working spans of one local day; none on a holiday."""
        spans = self.hours[day.weekday()]
        if spans and ((day.month, day.day) in self.yearly_holidays or day in self.holidays):
            return ()
        return spans


_OFFICE_DAY: tuple[Span, ...] = ((8 * 60, 21 * 60),)

DEFAULT_CALENDAR = Calendar(
    name="default",
    zone="UTC",
    hours=(_OFFICE_DAY,) * 5 + ((), ()),
    yearly_holidays=frozenset({(1, 1), (5, 1), (12, 24), (12, 25), (12, 26), (12, 31)}),
)
"""OTRS rule: Monday to Friday in the hours 8 to 20 inclusive, so until 21:00; six yearly holidays.

`dataclasses.replace(DEFAULT_CALENDAR, zone=...)` gives the same week somewhere else.
"""


def add_working_time(calendar: Calendar, start: datetime, seconds: float) -> datetime:
    """Return the instant (UTC) at which `seconds` of working time have passed since `start`.

    The end of a span is reached at its end, not at the beginning of the next one. A calendar without
    any hours returns `start` (OTRS rule). Where the time does not fit into the next ten years
    (`SEARCH_LIMIT`; rare hours, holidays on all of them), the end of those ten years is returned: such
    a deadline is as good as none, while an early one would be a false alarm. Raises ValueError for
    negative seconds and for a `start` without a zone.

    Thursday 20:00 and four hours: one is left of Thursday, Friday 1 May is a holiday, and the weekend
    is free, so the other three end on Monday:

    >>> add_working_time(DEFAULT_CALENDAR, datetime(2026, 4, 30, 20, 0, tzinfo=UTC), 4 * 3600).isoformat()
    '2026-05-04T11:00:00+00:00'
    """
    left = round(seconds * _SECOND_US)
    if left < 0:
        raise ValueError(f"{seconds} seconds of working time: allowed are 0 and more")
    begin = _to_micros(start)
    if left == 0 or not any(calendar.hours):
        return _from_micros(begin)
    limit = begin + SEARCH_LIMIT // _MICROSECOND
    for span_begin, span_end in _working_spans(calendar, begin, limit):
        if span_begin + left <= span_end:
            return _from_micros(span_begin + left)
        left -= span_end - span_begin
    return _from_micros(limit)


def working_seconds(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Return how many seconds of working time lie between `start` and `end`; 0 if `end` is not later.

    Raises ValueError for a time without a zone.

    In Berlin the clock goes forward at 02:00 on 29 March 2026, so a night shift has an hour less:

    >>> night = Calendar("night", "Europe/Berlin", ((), (), (), (), (), (), ((0, 360),)))
    >>> working_seconds(night, datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)) / 3600
    5.0
    """
    spans = _working_spans(calendar, _to_micros(start), _to_micros(end))
    return sum(span_end - span_begin for span_begin, span_end in spans) / _SECOND_US


def is_working_time(calendar: Calendar, at: datetime) -> bool:
    """Return whether somebody works at that instant; the first minute of a span counts, its end does not.

    Raises ValueError for a time without a zone.

    >>> is_working_time(DEFAULT_CALENDAR, datetime(2026, 12, 24, 10, 0, tzinfo=UTC))
    False
    """
    _check_aware(at)
    local = at.astimezone(ZoneInfo(calendar.zone))
    minute = local.hour * 60 + local.minute
    return any(begin <= minute < end for begin, end in calendar.spans_on(local.date()))


# --- stored form --------------------------------------------------------------------------------


def calendar_as_dict(calendar: Calendar) -> dict[str, Any]:
    """Return the calendar as lists, numbers and strings (dates as YYYY-MM-DD), the same for equal ones."""
    return {
        "name": calendar.name,
        "zone": calendar.zone,
        "hours": [[list(span) for span in spans] for spans in calendar.hours],
        "yearly_holidays": [list(day) for day in sorted(calendar.yearly_holidays)],
        "holidays": [day.isoformat() for day in sorted(calendar.holidays)],
    }


def calendar_from_dict(data: Mapping[str, Any]) -> Calendar:
    """Return the calendar that `calendar_as_dict` wrote; holidays may be missing.

    Raises ValueError when something else is missing, of the wrong form, or not allowed in a calendar.
    """
    try:
        return Calendar(
            name=str(data["name"]),
            zone=str(data["zone"]),
            hours=tuple(tuple(_pair(span) for span in spans) for spans in data["hours"]),
            yearly_holidays=frozenset(_pair(day) for day in data.get("yearly_holidays", ())),
            holidays=frozenset(date.fromisoformat(day) for day in data.get("holidays", ())),
        )
    except KeyError as missing:
        raise ValueError(f"calendar without {missing}: name, zone and hours are needed") from missing
    except TypeError as wrong:
        raise ValueError(f"calendar of the wrong form: {wrong}") from wrong


def _pair(value: Any) -> tuple[int, int]:
    match value:
        case [int(first), int(second)]:
            return first, second
    raise ValueError(f"{value!r}: allowed is a pair of whole numbers")


# --- instants -----------------------------------------------------------------------------------


def _check_aware(at: datetime) -> None:
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no zone: allowed are times with one")


def _to_micros(at: datetime) -> int:
    _check_aware(at)
    return (at - _EPOCH) // _MICROSECOND


def _from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _working_spans(calendar: Calendar, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of working time from `begin` to `end`, in order, all in UTC microseconds."""
    for first, last, offset in _offsets(ZoneInfo(calendar.zone), begin, end):
        # While the offset stays, local time is plain arithmetic.
        local_first, local_last = first + offset, last + offset
        for day in range(local_first // _DAY_US, -(-local_last // _DAY_US)):
            midnight = day * _DAY_US
            for span_begin, span_end in calendar.spans_on(date.fromordinal(_EPOCH_ORDINAL + day)):
                low = max(midnight + span_begin * _MINUTE_US, local_first)
                high = min(midnight + span_end * _MINUTE_US, local_last)
                if low < high:
                    yield low - offset, high - offset


def _offsets(zone: ZoneInfo, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (first, last, offset): the stretches from `begin` to `end` in which the zone's offset stays."""
    offset = _offset_at(zone, begin)
    while begin < end:
        stays, after = begin, min(begin + _PROBE_US, end)
        offset_after = _offset_at(zone, after)
        if offset_after != offset:
            while after - stays > 1:
                middle = (stays + after) // 2
                if _offset_at(zone, middle) == offset:
                    stays = middle
                else:
                    after = middle
            offset_after = _offset_at(zone, after)
        yield begin, after, offset
        begin, offset = after, offset_after


def _offset_at(zone: ZoneInfo, micros: int) -> int:
    offset = _from_micros(micros).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // _MICROSECOND
