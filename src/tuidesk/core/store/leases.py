"""Leases: which process does a job that only one may do, and what each job last reported.

A holder carries a fencing number that grows with every change of holder, so one that slept too long
is told that it lost its place before it writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tuidesk.core.store import schema
from tuidesk.core.store.metadata import from_micros, to_micros

_l = schema.lease.c


@dataclass(frozen=True, slots=True)
class Status:
    """What a job last reported of itself."""

    at: datetime | None
    ok: bool
    detail: str


def take_lease(
    connection: sa.Connection, name: str, holder: str, now: datetime, lasts: timedelta
) -> int | None:
    """Take or renew a lease; return its fencing number, None while somebody else holds it."""
    query = sa.select(_l.holder, _l.fence, _l.until).where(_l.name == name)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    row = connection.execute(query).one_or_none()
    until = to_micros(now + lasts)
    if row is None:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        marks = ", ".join([mark] * 4)
        done = connection.exec_driver_sql(
            f"insert into lease (name, holder, fence, until) values ({marks}) on conflict (name) do nothing",
            (name, holder, 1, until),
        )
        return 1 if done.rowcount == 1 else None
    if row.holder != holder and row.until > (to_micros(now) or 0):
        return None
    fence = int(row.fence) if row.holder == holder else int(row.fence) + 1
    connection.execute(
        sa.update(schema.lease).where(_l.name == name).values(holder=holder, fence=fence, until=until)
    )
    return fence


def drop_leases(connection: sa.Connection, holder: str) -> None:
    """Give all leases of a holder up at once, on a clean stop: the next one need not wait for their end."""
    connection.execute(sa.update(schema.lease).where(_l.holder == holder).values(until=0))


def report(connection: sa.Connection, name: str, ok: bool, detail: str, now: datetime) -> None:
    """Keep what a job has to say of itself, for the status line and `db check`."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * 4)
    connection.exec_driver_sql(
        f"insert into work_status (name, at, ok, detail) values ({marks}) on conflict (name)"
        " do update set at = excluded.at, ok = excluded.ok, detail = excluded.detail",
        (name, to_micros(now), ok, detail[:1000]),
    )


def statuses(connection: sa.Connection) -> Mapping[str, Status]:
    """Return what each job last reported."""
    return {
        row.name: Status(from_micros(row.at), bool(row.ok), row.detail)
        for row in connection.execute(sa.select(schema.work_status))
    }
