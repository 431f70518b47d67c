"""When made-up people do things: agents in office hours, customers whenever, mostly by day."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tuidesk.core.domain.calendar import Calendar, add_working_time

ZONE = ZoneInfo("Europe/Berlin")
OFFICE = Calendar("office", "Europe/Berlin", (((8 * 60, 18 * 60),),) * 5 + ((), ()))

# How likely a mail comes in each hour of a local day, from midnight on; weekends see a tenth of it.
_BY_HOUR = (1, 1, 1, 1, 1, 2, 5, 14, 30, 40, 38, 34, 22, 30, 36, 34, 28, 20, 12, 8, 7, 6, 4, 2)
_PEAK = max(_BY_HOUR)


def office_moment(rng: Random, start: datetime, hours: float) -> datetime:
    """Return a moment in office hours about so many working hours after `start`, a minute at least."""
    seconds = max(60.0, rng.gammavariate(2.0, hours / 2) * 3600)
    return _whole(add_working_time(OFFICE, start, seconds) - timedelta(seconds=rng.randint(0, 40)))


def customer_moment(rng: Random, start: datetime, hours: float) -> datetime:
    """Return a moment about so many hours after `start` at which a customer might write."""
    at = start + timedelta(hours=max(0.05, rng.gammavariate(1.5, hours / 1.5)))
    for _ in range(60):
        if rng.random() < _likely(at):
            break
        at += timedelta(minutes=rng.randint(20, 90))
    return _whole(at)


def arrival(rng: Random, first: datetime, last: datetime) -> datetime:
    """Return a moment from `first` to `last` at which a new matter might come in."""
    span_s = (last - first).total_seconds()
    while True:
        at = first + timedelta(seconds=rng.uniform(0, span_s))
        if rng.random() < _likely(at) ** 0.8:
            return _whole(at)


def _likely(at: datetime) -> float:
    local = at.astimezone(ZONE)
    return _BY_HOUR[local.hour] / _PEAK * (0.1 if local.weekday() >= 5 else 1.0)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
