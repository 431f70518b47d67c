"""Engines: how a connection to each database is set up.

Two engines lie over one database: writers, and readers whose connections the database itself keeps
from writing. SQLite: write-ahead log, synchronous=FULL on every writer (a reply that was sent must
not be forgotten on power loss), BEGIN IMMEDIATE for writes so that waiting happens at the start and
is governed by the busy timeout. PostgreSQL: psycopg 3, UTC, small pools.

Readers begin their transactions by a statement of ours: one that needs none (`tx.alone`) pays for none, and
on PostgreSQL it is what finds out that a connection of the pool is gone.
"""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from tuidesk.core.secrets import Secret

BUSY_TIMEOUT_S = 30
_POOLED, _MORE = 2, 4
POOLED_AT_MOST = _POOLED + _MORE
"""Connections of a pool to PostgreSQL, of which each may have been cut off meanwhile."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The writers' and the readers' engine of one database."""

    write: sa.Engine
    read: sa.Engine
    url: sa.URL

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.write.dialect.name

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.dialect == "sqlite"

    def dispose(self) -> None:
        """Close all connections."""
        self.write.dispose()
        self.read.dispose()


def without_password(url: str) -> tuple[str, str]:
    """Return a database URL without its password, and the password, "" when there is none.

    One among the parameters counts more, as it does for libpq.
    """
    parsed = sa.make_url(url)
    asked = parsed.query.get("password", "")
    password = (asked if isinstance(asked, str) else asked[-1]) or parsed.password
    if not password:
        return url, ""
    bare = sa.URL.create(
        parsed.drivername, parsed.username, None, parsed.host, parsed.port, parsed.database, parsed.query
    ).difference_update_query(["password"])
    return bare.render_as_string(hide_password=False), str(password)


def open_engines(url: str, *, password: Secret | None = None, durable: bool = True) -> Engines:
    """Return engines for a database URL; nothing is connected yet.

    `password` is for a URL that has none. `durable` false lets SQLite lose the last commits on power
    loss: for demos only.
    """
    parsed = sa.make_url(url)
    if password is not None:
        parsed = parsed.set(password=password.reveal())
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, durable)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return _postgres(parsed)


def _sqlite(url: sa.URL, durable: bool) -> Engines:
    arguments: dict[str, Any] = {
        "timeout": BUSY_TIMEOUT_S,
        "isolation_level": None,
        "check_same_thread": False,
    }
    common = (
        "journal_mode=WAL",
        f"synchronous={'FULL' if durable else 'NORMAL'}",
        "cache_size=-64000",
        "temp_store=MEMORY",
        "journal_size_limit=67108864",
    )
    write = sa.create_engine(url, connect_args=arguments)
    read = sa.create_engine(url, connect_args=arguments)
    _prepare(write, (*common, "foreign_keys=ON"))
    _prepare(read, (*common, "query_only=ON"))

    @event.listens_for(write, "begin")
    def _immediate(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(read, "begin")
    def _deferred(connection: sa.Connection) -> None:
        raw = connection.connection.driver_connection  # it touches no file, so there is no error to translate
        if raw is not None:
            raw.execute("BEGIN DEFERRED")

    return Engines(write, read, url)


def _prepare(engine: sa.Engine, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")


def _postgres(url: sa.URL) -> Engines:
    options = "-c timezone=UTC"
    write = sa.create_engine(
        url,
        pool_size=_POOLED,
        max_overflow=_MORE,
        pool_pre_ping=True,
        use_native_hstore=False,  # else each process asks for a type that no table has
        connect_args={"options": options},
    )
    read = sa.create_engine(
        url,
        pool_size=_POOLED,
        max_overflow=_MORE,
        isolation_level="AUTOCOMMIT",
        use_native_hstore=False,
        connect_args={
            "options": f"{options} -c default_transaction_read_only=on",
            # a plan that is kept must fit all values: `tx.alone` says for which statements it does, no count does
            "prepare_threshold": sys.maxsize,
        },
    )

    @event.listens_for(read, "begin")
    def _of_one_moment(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ")

    return Engines(write, read, url)
