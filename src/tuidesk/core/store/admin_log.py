"""Edits of the configuration: one transaction, one new revision, one row that says who changed what.

Invariant: edits of one database run one after the other, from their first read to their commit, so a
name that was free when it was looked up is still free when it is taken. An edit that changes nothing
draws no revision and leaves no row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeAlias, TypeVar

import sqlalchemy as sa

from tuidesk.core.clock import Clock
from tuidesk.core.domain.text import storable
from tuidesk.core.store import schema, tx
from tuidesk.core.store.engine import Engines
from tuidesk.core.store.metadata import from_micros, to_micros

Connection: TypeAlias = sa.Connection
"""What an edit works on; admin modules name the type without importing SQLAlchemy."""

_Result = TypeVar("_Result")
_r = schema.config_revision.c
_l = schema.config_log.c


@dataclass(frozen=True, slots=True)
class Edited(Generic[_Result]):
    """What an edit did to `what`, and what its caller gets.

    `before` and `after` are dataclasses or plain values without secrets; None means "was not there"
    or "is gone". Equal ones mean that nothing was changed.
    """

    result: _Result
    what: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class ConfigEdit:
    """One row of the log; `before` and `after` as JSON gives them back."""

    revision: int
    at: datetime
    actor: str
    what: str
    before: Any
    after: Any


def edit_config(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    work: Callable[[sa.Connection], Edited[_Result]],
) -> _Result:
    """Run `work` as one edit of the configuration; return its result.

    `work` may be run again, so it has no effect outside the database. Raises what `work` raises, and
    DatabaseUnavailable.
    """
    at = to_micros(clock.now())

    def run(connection: sa.Connection) -> _Result:
        # the lock comes before the first read: what `work` finds cannot change until the commit
        connection.execute(sa.select(_r.revision).where(_r.id == 1).with_for_update())
        done = work(connection)
        if done.before != done.after:
            revision = connection.execute(
                sa.update(schema.config_revision)
                .where(_r.id == 1)
                .values(revision=_r.revision + 1)
                .returning(_r.revision)
            ).scalar_one()
            connection.execute(
                sa.insert(schema.config_log).values(
                    revision=revision,
                    at=at,
                    actor=storable(actor_label),
                    what=done.what,
                    before=_as_json(done.before),
                    after=_as_json(done.after),
                )
            )
        return done.result

    return tx.write(engines, run)


def config_edits(
    connection: sa.Connection, *, about: str = "", before_revision: int | None = None, limit: int = 50
) -> Sequence[ConfigEdit]:
    """Return edits, newest first; `about` is how `what` begins, `before_revision` continues a page."""
    query = sa.select(schema.config_log).order_by(_l.revision.desc()).limit(limit)
    if about:
        # not LIKE: SQLite would ignore the case of ASCII letters there, PostgreSQL would not
        query = query.where(sa.func.substr(_l.what, 1, len(about)) == about)
    if before_revision is not None:
        query = query.where(_l.revision < before_revision)
    found = []
    for row in connection.execute(query):
        at = from_micros(row.at)
        if at is not None:
            found.append(ConfigEdit(row.revision, at, row.actor, row.what, _read(row.before), _read(row.after)))
    return found


def _as_json(value: object) -> str | None:
    if value is None:
        return None
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the log")


def _read(text: str | None) -> Any:
    return None if text is None else json.loads(text)
