"""Working time: worked examples, both clock changes, and properties against a minute-by-minute count."""

from __future__ import annotations

import doctest
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuidesk.core.domain import calendar as calendar_module
from tuidesk.core.domain.calendar import (
    DEFAULT_CALENDAR,
    SEARCH_LIMIT,
    Calendar,
    Span,
    add_working_time,
    calendar_as_dict,
    calendar_from_dict,
    is_working_time,
    working_seconds,
)

HOUR = 3600.0
BERLIN = ZoneInfo("Europe/Berlin")
NEVER = Calendar("never", "UTC", ((),) * 7)
ALWAYS = Calendar("always", "Europe/Berlin", (((0, 1440),),) * 7)
OFFICE = Calendar("office", "Europe/Berlin", (((480, 720), (780, 1020)),) * 5 + ((), ()))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(calendar_module)
    assert (result.failed, result.attempted) == (0, 4)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        pytest.param("2026-06-02T09:00", 2, "2026-06-02T11:00", id="within a span"),
        pytest.param("2026-06-02T11:30", 1, "2026-06-02T13:30", id="over lunch"),
        pytest.param("2026-06-02T09:00", 3, "2026-06-02T12:00", id="to the very end of a span"),
        pytest.param("2026-06-02T12:00", 4, "2026-06-02T17:00", id="from between two spans"),
        pytest.param("2026-06-05T16:00", 2, "2026-06-08T09:00", id="over the weekend"),
        pytest.param("2026-06-06T10:00", 1, "2026-06-08T09:00", id="from the weekend"),
        pytest.param("2026-06-06T10:00", 0, "2026-06-06T10:00", id="nothing to add"),
        pytest.param("2026-03-27T16:00", 9, "2026-03-30T17:00", id="over the weekend of summer time"),
        pytest.param("2026-10-23T16:00", 9, "2026-10-26T17:00", id="over the weekend of winter time"),
        pytest.param("2026-06-01T08:00", 8 * 5 * 52, "2027-05-28T17:00", id="a year"),
    ],
)
def test_office_hours_in_berlin(start: str, hours: float, end: str) -> None:
    assert add_working_time(OFFICE, berlin(start), hours * HOUR) == berlin(end)
    assert working_seconds(OFFICE, berlin(start), berlin(end)) == hours * HOUR


def test_results_are_in_utc_whatever_came_in() -> None:
    start = datetime(2026, 6, 2, 9, 0, tzinfo=BERLIN)
    assert add_working_time(OFFICE, start, HOUR).tzinfo is UTC
    assert add_working_time(NEVER, start, HOUR).tzinfo is UTC


@pytest.mark.parametrize(
    ("at", "working"),
    [
        ("2026-06-02T07:59:59.999999", False),
        ("2026-06-02T08:00", True),
        ("2026-06-02T20:59:59.999999", True),
        ("2026-06-02T21:00", False),
        ("2026-06-06T10:00", False),
        ("2026-05-01T10:00", False),
        ("2026-12-24T10:00", False),
        ("2026-12-28T10:00", True),
        ("2026-12-31T10:00", False),
    ],
)
def test_default_calendar_is_that_of_otrs(at: str, working: bool) -> None:
    assert is_working_time(DEFAULT_CALENDAR, utc(at)) is working


def test_default_calendar_has_thirteen_hours_a_day() -> None:
    week = working_seconds(DEFAULT_CALENDAR, utc("2026-06-01T00:00"), utc("2026-06-08T00:00"))
    assert week == 5 * 13 * HOUR


def test_another_zone_moves_the_hours() -> None:
    tokyo = replace(DEFAULT_CALENDAR, zone="Asia/Tokyo")
    assert is_working_time(tokyo, utc("2026-06-01T23:00"))
    assert not is_working_time(tokyo, utc("2026-06-02T12:00"))


def test_holidays_are_skipped_yearly_and_single() -> None:
    one_off = replace(DEFAULT_CALENDAR, holidays=frozenset({date(2026, 12, 28)}))
    # Wednesday 23 December 20:00: one hour that day, then Christmas and the weekend.
    start = utc("2026-12-23T20:00")
    assert add_working_time(DEFAULT_CALENDAR, start, 2 * HOUR) == utc("2026-12-28T09:00")
    assert add_working_time(one_off, start, 2 * HOUR) == utc("2026-12-29T09:00")
    assert is_working_time(one_off, utc("2027-12-28T10:00")), "only in its own year"


# --- the two days on which the clock changes ----------------------------------------------------

NIGHT: tuple[Span, ...] = ((0, 360),)
SUNDAY_NIGHT = Calendar("sunday night", "Europe/Berlin", ((),) * 6 + (NIGHT,))


@pytest.mark.parametrize(
    ("sunday", "day_hours", "night_hours"),
    [("2026-03-22", 24, 6), ("2026-03-29", 23, 5), ("2026-10-18", 24, 6), ("2026-10-25", 25, 7)],
)
def test_days_have_the_hours_that_pass_on_them(sunday: str, day_hours: int, night_hours: int) -> None:
    start = berlin(f"{sunday}T00:00")
    end = berlin((date.fromisoformat(sunday) + timedelta(days=1)).isoformat())
    assert working_seconds(ALWAYS, start, end) == day_hours * HOUR
    assert working_seconds(SUNDAY_NIGHT, start, end) == night_hours * HOUR
    assert add_working_time(SUNDAY_NIGHT, start, night_hours * HOUR) == berlin(f"{sunday}T06:00")


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        pytest.param("2026-03-28T12:00", 1.5, "2026-03-29T00:30", id="before the lost hour"),
        pytest.param("2026-03-28T12:00", 3, "2026-03-29T02:00", id="after the lost hour: 04:00 local"),
        pytest.param("2026-03-28T12:00", 6, "2026-04-04T23:00", id="the sixth hour is a week later"),
        pytest.param("2026-10-24T12:00", 3, "2026-10-25T01:00", id="the first 03:00 shows as 02:00"),
        pytest.param("2026-10-24T12:00", 4, "2026-10-25T02:00", id="the hour counted twice: 03:00 local"),
        pytest.param("2026-10-24T12:00", 7.5, "2026-10-31T23:30", id="seven hours, then a week later"),
    ],
)
def test_adding_through_a_night_in_which_the_clock_changes(start: str, hours: float, end: str) -> None:
    assert add_working_time(SUNDAY_NIGHT, utc(start), hours * HOUR) == utc(end)


def test_a_span_that_ends_in_the_lost_or_the_doubled_hour() -> None:
    half_past_two = Calendar("half", "Europe/Berlin", ((),) * 6 + (((0, 150),),))
    spring, autumn = utc("2026-03-28T12:00"), utc("2026-10-24T12:00")
    day = timedelta(days=1)
    # 02:00 to 02:30 never shows in spring, and shows twice in autumn.
    assert working_seconds(half_past_two, spring, spring + day) == 2 * HOUR
    assert working_seconds(half_past_two, autumn, autumn + day) == 3 * HOUR
    assert is_working_time(half_past_two, utc("2026-10-25T00:15"))
    assert not is_working_time(half_past_two, utc("2026-10-25T00:45"))
    assert is_working_time(half_past_two, utc("2026-10-25T01:15"))


def test_a_day_that_a_zone_left_out() -> None:
    samoa = replace(ALWAYS, zone="Pacific/Apia")
    friday_only = replace(samoa, hours=((),) * 4 + (((0, 1440),), (), ()))
    start, end = utc("2011-12-26T00:00"), utc("2012-01-02T00:00")
    assert working_seconds(samoa, start, end) == 7 * 24 * HOUR
    assert working_seconds(friday_only, start, end) == 0, "30 December 2011 was no day in Samoa"


# --- where nothing can be found -----------------------------------------------------------------


def test_without_any_hours_the_start_comes_back() -> None:
    at = utc("2026-06-06T10:00")
    assert add_working_time(NEVER, at, 100 * HOUR) == at
    assert working_seconds(NEVER, at, at + timedelta(days=900)) == 0


def test_search_ends_after_ten_years() -> None:
    at = utc("2026-06-06T10:00")
    every_day = frozenset(
        (day.month, day.day) for day in (date(2000, 1, 1) + timedelta(n) for n in range(366))
    )
    never_open = replace(DEFAULT_CALENDAR, yearly_holidays=every_day)
    assert add_working_time(never_open, at, 1) == at + SEARCH_LIMIT
    assert add_working_time(ALWAYS, at, 100 * 365 * 24 * HOUR) == at + SEARCH_LIMIT


def test_rare_hours_are_found() -> None:
    # One minute on a Tuesday, if that is 29 February: so it is in 2028.
    but_leap_day = frozenset(
        (day.month, day.day)
        for day in (date(2000, 1, 1) + timedelta(n) for n in range(366))
        if (day.month, day.day) != (2, 29)
    )
    rare = Calendar("rare", "UTC", ((), ((60, 61),), (), (), (), (), ()), but_leap_day)
    assert add_working_time(rare, utc("2026-06-06T10:00"), 30) == utc("2028-02-29T01:00:30")


def test_end_not_after_start_has_no_working_time() -> None:
    at = utc("2026-06-02T10:00")
    assert working_seconds(ALWAYS, at, at) == 0
    assert working_seconds(ALWAYS, at, at - timedelta(days=3)) == 0


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"zone": "Europe/Nowhere"}, "IANA"),
        ({"zone": "Europe"}, "IANA"),
        ({"zone": "../etc/passwd"}, "IANA"),
        ({"zone": ""}, "IANA"),
        ({"hours": ((),) * 6}, "allowed are 7"),
        ({"hours": (((-1, 5),),) + ((),) * 6}, "0 <= begin < end <= 1440"),
        ({"hours": (((0, 1441),),) + ((),) * 6}, "0 <= begin < end <= 1440"),
        ({"hours": (((60, 60),),) + ((),) * 6}, "0 <= begin < end <= 1440"),
        ({"hours": (((60, 120), (119, 200)),) + ((),) * 6}, "not overlapping"),
        ({"hours": (((600, 660), (0, 60)),) + ((),) * 6}, "in order"),
        ({"yearly_holidays": frozenset({(13, 1)})}, "yearly holiday"),
        ({"yearly_holidays": frozenset({(2, 30)})}, "yearly holiday"),
    ],
)
def test_what_is_no_calendar_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(DEFAULT_CALENDAR, **changes)


def test_spans_may_touch() -> None:
    touching = Calendar("touching", "UTC", (((0, 60), (60, 120)),) + ((),) * 6)
    assert working_seconds(touching, utc("2026-06-01T00:00"), utc("2026-06-02T00:00")) == 2 * HOUR


def test_times_without_a_zone_and_negative_amounts_are_refused() -> None:
    aware, naive = utc("2026-06-02T10:00"), utc("2026-06-02T10:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match="no zone"):
        add_working_time(ALWAYS, naive, 1)
    with pytest.raises(ValueError, match="no zone"):
        working_seconds(ALWAYS, aware, naive)
    with pytest.raises(ValueError, match="no zone"):
        is_working_time(ALWAYS, naive)
    with pytest.raises(ValueError, match="0 and more"):
        add_working_time(ALWAYS, aware, -1)


# --- properties ---------------------------------------------------------------------------------


@st.composite
def day_spans(draw: st.DrawFn) -> tuple[Span, ...]:
    marks = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    return tuple(zip(marks[::2], marks[1::2], strict=False))


# Zones with changes by an hour, by half an hour, at midnight, and with an offset of 45 minutes.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Havana",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/St_Johns",
)

calendars = st.builds(
    Calendar,
    name=st.text(max_size=10),
    zone=st.sampled_from(ZONES),
    hours=st.tuples(*[day_spans()] * 7),
    yearly_holidays=st.sets(st.sampled_from([(1, 1), (2, 29), (3, 29), (10, 25), (12, 24)])).map(frozenset),
    holidays=st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5).map(frozenset),
)
instants = st.datetimes(datetime(2005, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(calendars, instants, st.integers(0, 90 * 24 * 3600))
@settings(deadline=None)
def test_adding_and_measuring_agree(calendar: Calendar, start: datetime, seconds: int) -> None:
    end = add_working_time(calendar, start, seconds)
    if not any(calendar.hours):
        assert end == start
    elif end == start + SEARCH_LIMIT:
        assert working_seconds(calendar, start, end) <= seconds
    else:
        assert working_seconds(calendar, start, end) == seconds
        moment = timedelta(microseconds=1)
        assert seconds == 0 or is_working_time(calendar, end - moment), "the last moment was worked"


@given(calendars, instants, instants, instants)
@settings(max_examples=50, deadline=None)
def test_stretches_add_up(calendar: Calendar, one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    parts = working_seconds(calendar, first, middle) + working_seconds(calendar, middle, last)
    assert parts == pytest.approx(working_seconds(calendar, first, last), abs=1e-3)


# The days around clock changes, among them one back over midnight (St John's, 00:01 to 23:01, 2010).
CHANGES = tuple(
    utc(day) for day in ("2026-03-28", "2026-10-24", "2026-03-07", "2026-11-01", "2010-11-06", "2026-04-04")
)


@given(calendars, st.sampled_from(CHANGES), st.integers(0, 3 * 1440), st.integers(1, 1440))
@settings(max_examples=60, deadline=None)
def test_measuring_equals_counting_minutes(
    calendar: Calendar, near: datetime, skip: int, minutes: int
) -> None:
    start = near + timedelta(minutes=skip)
    counted = sum(is_working_time(calendar, start + timedelta(minutes=n)) for n in range(minutes))
    assert working_seconds(calendar, start, start + timedelta(minutes=minutes)) == counted * 60


# --- stored form --------------------------------------------------------------------------------


@given(calendars)
@settings(deadline=None)
def test_stored_form_gives_the_calendar_back(calendar: Calendar) -> None:
    assert calendar_from_dict(json.loads(json.dumps(calendar_as_dict(calendar)))) == calendar


def test_stored_form() -> None:
    stored = calendar_as_dict(replace(DEFAULT_CALENDAR, holidays=frozenset({date(2026, 12, 28)})))
    assert stored == {
        "name": "default",
        "zone": "UTC",
        "hours": [[[480, 1260]]] * 5 + [[], []],
        "yearly_holidays": [[1, 1], [5, 1], [12, 24], [12, 25], [12, 26], [12, 31]],
        "holidays": ["2026-12-28"],
    }


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"name": "x", "zone": "UTC"}, "'hours'"),
        ({"name": "x", "zone": "UTC", "hours": 7}, "wrong form"),
        ({"name": "x", "zone": "UTC", "hours": [[[480]]] * 7}, "pair"),
        ({"name": "x", "zone": "UTC", "hours": [[["8", "9"]]] * 7}, "pair"),
        ({"name": "x", "zone": "UTC", "hours": [[]] * 7, "holidays": ["soon"]}, "isoformat"),
        ({"name": "x", "zone": "UTC", "hours": [[]] * 7, "holidays": [20261228]}, "wrong form"),
    ],
)
def test_stored_form_that_cannot_be_read(data: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        calendar_from_dict(data)
