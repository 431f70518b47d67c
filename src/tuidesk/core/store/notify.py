"""News of commits between processes: PostgreSQL's NOTIFY after commit, SQLite's data version.

A NOTIFY inside each transaction would serialise all commits; so each process sends its own, after the
commit, at most ten a second.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Protocol

import sqlalchemy as sa

from tuidesk.core.errors import DatabaseUnavailable
from tuidesk.core.store import schema, tx
from tuidesk.core.store.engine import Engines

_SPACING_S = 0.1
_POLL_S = 0.25
_OVERLAP = 500


class Announcer:
    """Tells other processes that something was committed; needed on PostgreSQL only."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._pending = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self) -> None:
        """Say that something was committed; returns at once."""
        if self._engines.is_sqlite:
            return
        self._pending.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="tuidesk-announcer", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Send what is pending and end."""
        self._closed.set()
        self._pending.set()
        if self._thread is not None:
            self._thread.join(5)

    def _run(self) -> None:
        from tuidesk.core.store.notify_postgres import Notifier

        notifier = Notifier(self._engines)
        while True:
            self._pending.wait()
            self._pending.clear()
            notifier.send()
            if self._closed.wait(_SPACING_S):
                break
        notifier.close()


class Waker(Protocol):
    """What says that something may have been committed."""

    def woken(self, timeout_s: float) -> bool:
        """Wait, at most so long; say whether it is worth looking."""

    def close(self) -> None:
        """Close what is held open."""


class SqliteWaker:
    """Watches the data version, which every commit of another connection changes."""

    def __init__(self, engines: Engines, closed: threading.Event) -> None:
        self._file = engines.url.database or ""
        self._closed = closed
        self._connection: sqlite3.Connection | None = None
        self._version = -1

    def woken(self, timeout_s: float) -> bool:
        """Wait for a commit; true at the first call."""
        if self._connection is None:
            self._connection = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        until = time.monotonic() + timeout_s
        while not self._closed.is_set():
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                self._version = version
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            self._closed.wait(min(_POLL_S, left))
        return False

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()


class ChangeFeed:
    """Says which tickets changed since it was last asked; one for each reader, used from one thread."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._closed = threading.Event()
        self._waker: Waker | None = None
        self._seen: set[int] = set()
        self._last = -1

    def wait(self, timeout_s: float) -> tuple[int, ...] | None:
        """Return ids of tickets that changed, as soon as there are any; None when there were none in time.

        The first call sets the starting point. Raises DatabaseUnavailable.
        """
        try:
            if self._last < 0:
                self._start()
            if self._waker is None:
                self._waker = self._make_waker()
            deadline = time.monotonic() + timeout_s
            while not self._closed.is_set():
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                if self._waker.woken(min(left, 5.0)):
                    changed = self._news()
                    if changed:
                        return changed
            return None
        except DatabaseUnavailable:
            self.close_connections()
            raise
        except (sqlite3.Error, sa.exc.SQLAlchemyError) as error:
            self.close_connections()
            raise DatabaseUnavailable(str(error).splitlines()[0]) from error

    def close(self) -> None:
        """End a wait from another thread; the waiting thread closes the connections."""
        self._closed.set()

    def close_connections(self) -> None:
        """Close what this feed holds open; it starts again by itself when asked again."""
        if self._waker is not None:
            self._waker.close()
        self._waker = None

    def _make_waker(self) -> Waker:
        if self._engines.is_sqlite:
            return SqliteWaker(self._engines, self._closed)
        from tuidesk.core.store.notify_postgres import PostgresWaker

        return PostgresWaker(self._engines)

    def _start(self) -> None:
        with tx.read(self._engines) as connection:
            self._last = connection.execute(sa.select(sa.func.max(schema.change.c.id))).scalar() or 0
            # one that is still open now may have a lower id than the last; it is told apart by not being here
            known = sa.select(schema.change.c.id).where(schema.change.c.id > self._last - _OVERLAP)
            self._seen = set(connection.scalars(known))

    def _news(self) -> tuple[int, ...]:
        """Return the tickets of changes not seen before; ids of PostgreSQL become visible out of order."""
        change = schema.change.c
        overlap = 0 if self._engines.is_sqlite else _OVERLAP
        with tx.read(self._engines) as connection:
            rows = connection.execute(
                sa.select(change.id, change.ticket_id).where(change.id > self._last - overlap)
            ).all()
        fresh = [row for row in rows if row.id not in self._seen]
        if rows:
            self._last = max(self._last, *(row.id for row in rows))
        self._seen = {row.id for row in rows}
        return tuple(dict.fromkeys(row.ticket_id for row in fresh))
