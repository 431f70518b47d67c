"""What benchmarks share: their options, the large databases, and the bare driver beside each desk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import sqlalchemy as sa

from benchmarks import big_desk
from benchmarks.databases import Postgres, plain_url, postgres
from tuidesk.core.desk import Desk
from tuidesk.core.store import tx
from tuidesk.core.store.engine import Engines, open_engines


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. `mails` is a folder of *.eml, None for mails that the benchmark makes."""

    cache: Path
    tickets: int
    mails: Path | None
    mail_count: int
    seconds: float
    databases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LargeDesk:
    """A desk on the large database, and the bare driver on the same one; `bare` returns all rows."""

    name: str
    desk: Desk
    url: str
    bare: Callable[[str, tuple[Any, ...]], list[Any]]


@dataclass
class World:
    """Opens what a benchmark asks for, once, and closes it at the end."""

    options: Options
    stack: ExitStack = field(default_factory=ExitStack)
    _server: Postgres | None = None
    _desks: dict[str, LargeDesk] = field(default_factory=dict)

    def server(self) -> Postgres:
        """Return the PostgreSQL server, started at the first call."""
        if self._server is None:
            self._server = self.stack.enter_context(postgres(self.options.cache))
        return self._server

    def large_desks(self) -> Iterator[LargeDesk]:
        """Yield a desk on each kind of database."""
        for kind in self.options.databases:
            if kind not in self._desks:
                self._desks[kind] = self._open(kind)
            yield self._desks[kind]

    def large_url(self, kind: str) -> str:
        """Return the URL of the large database of a kind, built if it is not there."""
        if kind == "sqlite":
            return big_desk.sqlite_desk(self.options.cache, self.options.tickets)
        return big_desk.postgres_desk(self.server(), self.options.tickets)

    def _open(self, kind: str) -> LargeDesk:
        url = self.large_url(kind)
        engines = open_engines(url)
        self.stack.callback(engines.dispose)
        if kind == "sqlite":
            lite = self.stack.enter_context(closing(sqlite3.connect(sa.make_url(url).database or "", isolation_level=None)))
            lite.execute("pragma cache_size=-64000")
            return LargeDesk(kind, big_desk.desk_at(engines), url, lambda text, values: lite.execute(text, values).fetchall())
        served = self.stack.enter_context(psycopg.connect(plain_url(url), autocommit=True))
        return LargeDesk(
            kind, big_desk.desk_at(engines), url, lambda text, values: served.execute(text.encode(), values).fetchall()
        )


@contextmanager
def overheard(engine: sa.Engine) -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """Collect the statements of an engine with their parameters, the start of a transaction apart."""
    said: list[tuple[str, tuple[Any, ...]]] = []
    alone = tx.alone

    def hear(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            said.append((statement, tuple(values) if not isinstance(values, dict) else values))  # type: ignore[arg-type]

    def hear_alone(engines: Engines, text: str, params: Any, **how: Any) -> list[Any]:
        said.append((text, tuple(params)))
        return alone(engines, text, params, **how)

    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        with mock.patch.object(tx, "alone", hear_alone):
            yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)
