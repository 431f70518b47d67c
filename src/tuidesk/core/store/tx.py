"""Transactions: the only place where anything is committed.

A write is a function that may be run again: serialisation failures, deadlocks and a busy database
are retried, so it must have no effect outside the database.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import exc

from tuidesk.core.errors import DatabaseUnavailable
from tuidesk.core.store.engine import POOLED_AT_MOST, Engines

_Result = TypeVar("_Result")
_RETRIED_STATES = frozenset({"40001", "40P01"})
_NO_RIGHT = "42501"
_PLAN_IS_STALE = frozenset({"0A000", "26000", "42P05"})
"""What PostgreSQL says of a kept plan after its tables changed, or after its connection was made to forget it."""
_ATTEMPTS = 8
_UNUSABLE = (
    *("unable to open database file", "file is not a database", "database disk image is malformed"),
    *("disk I/O error", "database or disk is full", "attempt to write a readonly database"),
)
"""How SQLite says that a file cannot be used as a database, or not any more."""


def write(engines: Engines, work: Callable[[sa.Connection], _Result]) -> _Result:
    """Run `work` in one transaction and commit it; nothing of it stays when it raises.

    Raises DatabaseUnavailable when the database cannot be reached or stays busy for all attempts.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with engines.write.begin() as connection:
                return work(connection)
        except sqlite3.DatabaseError as error:  # while a connection is set up
            if not _is_unusable(str(error)):
                raise
            raise DatabaseUnavailable(str(error)) from error
        except exc.DBAPIError as error:
            if not _may_retry(error):
                raise
            if attempt == _ATTEMPTS or _is_lost(error):
                raise DatabaseUnavailable(_reason(error)) from error
            time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
    raise AssertionError("unreachable")


@contextmanager
def read(engines: Engines) -> Iterator[sa.Connection]:
    """Give a connection that cannot write, in one transaction, so all it reads is of one moment."""
    with reachable(), _begun(engines) as connection:
        yield connection
        connection.commit()  # psycopg forgets its prepared statements at a rollback


def _begun(engines: Engines) -> sa.Connection:
    """Return a connection of the readers in a transaction; what the pool held may have been cut off long ago."""
    for again in (True, False):
        connection = engines.read.connect()
        try:
            connection.begin()
        except exc.DBAPIError as error:
            connection.close()
            if not (again and error.connection_invalidated):
                raise
        else:
            return connection
    raise AssertionError("unreachable")


def alone(engines: Engines, text: str, params: Sequence[Any], *, prepared: bool = False) -> list[Any]:
    """Return the rows of one reading statement, which needs no transaction to be of one moment.

    Past the layers of SQLAlchemy, which take ten times what the database needs for a page with few rows.
    `prepared` lets PostgreSQL keep its plan for the next time: for statements whose plan is good whatever the
    values are. Raises DatabaseUnavailable.
    """
    with reachable():
        for _stale in range(POOLED_AT_MOST):
            try:
                return _fetched(engines, text, params, prepared)
            except exc.DBAPIError as error:
                if not error.connection_invalidated:
                    raise
        return _fetched(engines, text, params, prepared)


def _fetched(engines: Engines, text: str, params: Sequence[Any], prepared: bool) -> list[Any]:
    dialect = engines.read.dialect
    any_error = dialect.loaded_dbapi.Error
    pooled = driver = None
    try:
        pooled = engines.read.raw_connection()
        driver = cast("Any", pooled.driver_connection)
        if engines.is_sqlite:
            return list(driver.execute(text, params))
        return list(driver.execute(text, params, prepare=prepared))
    except any_error as error:
        lost = driver is not None and (
            dialect.is_disconnect(error, driver, None)
            or (prepared and getattr(error, "sqlstate", None) in _PLAN_IS_STALE)
        )
        if lost and pooled is not None:
            pooled.invalidate(error)
        raise exc.DBAPIError.instance(
            text, tuple(params), error, any_error, connection_invalidated=lost, dialect=dialect
        ) from error
    finally:
        if pooled is not None:
            pooled.close()


@contextmanager
def reachable() -> Iterator[None]:
    """Say DatabaseUnavailable for a database that cannot be reached or used at all; every other error stays."""
    try:
        yield
    except exc.DBAPIError as error:
        if _is_lost(error) or _may_retry(error):
            raise DatabaseUnavailable(_reason(error)) from error
        raise
    except sqlite3.DatabaseError as error:  # while a connection is set up
        if not _is_unusable(str(error)):
            raise
        raise DatabaseUnavailable(str(error)) from error


def _may_retry(error: exc.DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state in _RETRIED_STATES or _is_lost(error) or "database is locked" in str(error.orig)


def _is_lost(error: exc.DBAPIError) -> bool:
    """Say whether the server is gone: then waiting here helps nobody, the caller decides."""
    if error.connection_invalidated:
        return True
    message = str(error.orig)
    state = getattr(error.orig, "sqlstate", None) or ""
    return (
        state.startswith(("08", "57P"))
        or _is_unusable(message)
        or state == _NO_RIGHT
        # psycopg's own errors, before any server answered: unknown host, refused, wrong password
        or (isinstance(error, exc.OperationalError) and not state and type(error.orig).__module__.startswith("psycopg"))
        or message.startswith("invalid connection option")  # something in the URL that libpq does not know
    )


def _is_unusable(message: str) -> bool:
    return any(words in message for words in _UNUSABLE)


def _reason(error: exc.DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
