"""The figures of the dashboard: how many tickets lie where, and what came and went by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store.filter_sql import id_list
from tuidesk.core.store.metadata import to_micros


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How many open tickets of one state a queue holds."""

    queue_id: int
    state_id: int
    count: int


@dataclass(frozen=True, slots=True)
class Day:
    """How many tickets were created and closed on a day of the desk's zone."""

    day: date
    created: int
    closed: int


def queue_counts(connection: sa.Connection, viewer: Viewer) -> Sequence[QueueCount]:
    """Return open tickets by queue and state of the queues a viewer reads; one statement over one index."""
    text = (
        "select t.queue_id, t.state_id, count(*) from ticket t where t.closed_at is null"
        f"{_readable(viewer)} group by t.queue_id, t.state_id"
    )
    return [QueueCount(*row) for row in connection.exec_driver_sql(text)]


def days(
    connection: sa.Connection, viewer: Viewer, now: datetime, timezone: str, count: int = 14
) -> Sequence[Day]:
    """Return the last days, oldest first, today last; one statement, bounded by its two time indexes."""
    zone = ZoneInfo(timezone)
    first = now.astimezone(zone).date() - timedelta(days=count - 1)
    dates = [first + timedelta(days=n) for n in range(count + 1)]
    starts = [to_micros(datetime.combine(day, time.min, zone)) for day in dates]
    # a count for each day: each walks its stretch of an index, and nothing is grouped
    text = ", ".join(
        f"(select count(*) from ticket t where t.{column} >= {since} and t.{column} < {until}"
        f"{_readable(viewer, queue)})"
        # + keeps SQLite from walking whole queues: few tickets were closed of late
        for column, queue in (("created_at", "t.queue_id"), ("closed_at", "+t.queue_id"))
        for since, until in pairwise(starts)
    )
    found = connection.exec_driver_sql(f"select {text}").one()
    return [Day(dates[n], found[n], found[count + n]) for n in range(count)]


def _readable(viewer: Viewer, queue: str = "t.queue_id") -> str:
    """Return the condition that leaves the queues a viewer reads."""
    if viewer.sees_all:
        return ""
    return f" and {queue} in ({id_list(viewer.queue_ids)})" if viewer.queue_ids else " and 1 = 0"
