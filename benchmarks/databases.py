"""The databases of a benchmark: SQLite files and one PostgreSQL server of our own, both below the cache folder.

The server is set up as shipped, so it is durable (fsync on). Its data folder stays in the cache: a database
of a million tickets is built once. TUIDESK_TEST_PG_URL names another server to use instead.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from servers.postgres import SYSTEM_ROOT, PostgresServer
from servers.supervise import Supervised, unprivileged

_SETTINGS = ("listen_addresses=", "shared_buffers=256MB", "max_wal_size=4GB", "maintenance_work_mem=256MB")


class Postgres:
    """A server and its databases by name."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def url(self, name: str) -> str:
        """Return the URL of a database, there or not."""
        return make_url(self._server.url).set(database=name).render_as_string(hide_password=False)

    def exists(self, name: str) -> bool:
        """Say whether a database is there."""
        with self._admin() as connection:
            return connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is not None

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database anew and return its URL; the template must have no open connection."""
        self.drop(name)
        with self._admin() as connection:
            statement = sql.SQL("create database {} template {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database if it is there."""
        with self._admin() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def rename(self, name: str, new_name: str) -> None:
        """Give a database another name."""
        with self._admin() as connection:
            statement = sql.SQL("alter database {} rename to {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(new_name)))

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(plain_url(self._server.url), autocommit=True)


def plain_url(url: str) -> str:
    """Return a URL as psycopg itself takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def postgres(cache: Path) -> Iterator[Postgres]:
    """Run the server of the cache folder for the time of the block."""
    given = os.environ.get("TUIDESK_TEST_PG_URL")
    if given:
        yield Postgres(PostgresServer(given))
        return
    binaries = max(SYSTEM_ROOT.glob("*/bin"), key=lambda path: float(path.parent.name), default=None)
    if binaries is None:
        raise SystemExit("no PostgreSQL below /usr/lib/postgresql: set TUIDESK_TEST_PG_URL")
    identity = unprivileged("postgres", "nobody")
    home = cache / f"postgres-{binaries.parent.name}"
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/tmp"}
    data = home / "data"
    if not (data / "PG_VERSION").exists():
        home.mkdir(parents=True, exist_ok=True)
        if identity:
            os.chown(home, *identity)
        uid, gid = identity or (None, None)
        initdb = (str(binaries / "initdb"), "-D", str(data), "-U", "tuidesk", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        groups = None if identity is None else []
        subprocess.run(
            initdb, check=True, capture_output=True, env=environment, cwd=home, user=uid, group=gid, extra_groups=groups
        )
    # what the supervisor removes at the end is the folder of the socket, never the data
    socket = Path(tempfile.mkdtemp(prefix="tdbench", dir="/tmp"))
    if identity:
        os.chown(socket, *identity)
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(socket)]
    command += [word for setting in _SETTINGS for word in ("-c", setting)]
    server = Supervised(command, socket, ending=signal.SIGINT, identity=identity, environment=environment)
    status = data / "postmaster.pid"
    try:
        server.wait_until(lambda: status.exists() and "ready" in status.read_text() and str(socket) in status.read_text())
        yield Postgres(PostgresServer(f"postgresql://tuidesk@/postgres?host={socket}"))
    finally:
        server.stop()
