"""NOTIFY and LISTEN of PostgreSQL, each on a connection of its own. Imported only where that database is in use."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import psycopg

from tuidesk.core.errors import DatabaseUnavailable
from tuidesk.core.store.engine import Engines

CHANNEL = "tuidesk"
_CONNECT_S = 10
_log = logging.getLogger(__name__)


class Notifier:
    """Sends news; used from one thread."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def send(self) -> None:
        """Wake all listeners; a failure costs them some seconds and is only logged."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = _connected(self._engines)
            self._connection.execute(f"NOTIFY {CHANNEL}")
        except psycopg.Error as error:
            _log.warning("news could not be sent, others will see it a little later: %s", error)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()


class PostgresWaker:
    """Waits for news; used from one thread."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def woken(self, timeout_s: float) -> bool:
        """Wait for news, at most so long; always true: a lost NOTIFY costs seconds, never news.

        Raises DatabaseUnavailable.
        """
        try:
            if self._connection is None or self._connection.closed:
                self._connection = _connected(self._engines)
                self._connection.execute(f"LISTEN {CHANNEL}")
                return True
            next(self._connection.notifies(timeout=timeout_s, stop_after=1), None)
        except psycopg.Error as error:
            raise DatabaseUnavailable(str(error).splitlines()[0]) from error
        return True

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()


def _connected(engines: Engines) -> psycopg.Connection[tuple[object, ...]]:
    """Connect as the pools do: in values, of which no error can quote a line with a password in it."""
    options: Mapping[str, Any] = engines.write.dialect.create_connect_args(engines.url)[1]
    return psycopg.connect(**{**options, "autocommit": True, "connect_timeout": _CONNECT_S})
