"""Revisions of the database: the check at every start, and the upgrade by Alembic.

An upgrade copies a SQLite file of an older revision first, drops the guards, migrates, puts the guards back
and checks references: batch alterations drop triggers, and with foreign keys on would delete child rows.
It is one transaction on both databases: one that fails leaves the database as it was, guards and all.
Alembic and the guards are imported only to upgrade: every command checks the revision.
"""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from tuidesk.core.errors import (
    AlreadyExists,
    DatabaseForeign,
    DatabaseTooNew,
    DatabaseTooOld,
    DatabaseUnavailable,
    Invalid,
)
from tuidesk.core.store import tx
from tuidesk.core.store.engine import Engines

REVISIONS = ("0001", "0002")
HEAD = REVISIONS[-1]
VERSION_FOLDERS = ("tuidesk.core.store:migrations/versions",)
"""Where Alembic finds the revisions, as package resources or paths."""

_UPGRADE_LOCK = 0x7475696465736B  # "tuidesk"


class Upgraded(NamedTuple):
    """What an upgrade did; equal revisions mean nothing. `backup` is the copy of the file as it was before."""

    before: str
    after: str
    backup: Path | None


def revision(connection: sa.Connection) -> str:
    """Return the revision of the database, empty for one that was never set up."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return connection.exec_driver_sql("select version_num from alembic_version").scalar() or ""


def check_revision(connection: sa.Connection) -> None:
    """Refuse a database that is not of this version. Raises DatabaseTooNew or DatabaseTooOld."""
    try:
        found = connection.exec_driver_sql("select version_num from alembic_version").scalar() or ""
    except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
        if "alembic_version" not in str(error.orig) or "permission denied" in str(error.orig):
            raise
        found = ""
    if found == HEAD:
        return
    if found and found not in REVISIONS:
        raise DatabaseTooNew(found, HEAD)
    raise DatabaseTooOld(found, HEAD)


def upgrade(engines: Engines) -> Upgraded:
    """Bring the database to this version, all of it or nothing.

    A SQLite file of an older revision is copied first, into its own folder, as `<name>-before-<revision>`.
    Copies of earlier upgrades are kept, that of one which fails is not. Raises DatabaseTooNew for a database of
    a later version, DatabaseForeign for one with tables of another program, and DatabaseUnavailable when it cannot be
    reached or copied.
    """
    if engines.is_sqlite:
        _make_private(Path(engines.url.database or ""))
    with tx.reachable(), engines.write.connect() as connection:
        if engines.is_sqlite:
            _foreign_keys_off(connection)
        try:
            with connection.begin():
                return _upgrade_within(connection, engines)
        finally:
            connection.invalidate()  # the next use gets its own settings again


def _make_private(file: Path) -> None:
    """Make a file that is not there for its owner alone: everybody's mail will be in it.

    What SQLite puts beside it gets the same mode. Raises DatabaseUnavailable when it cannot be written.
    """
    if file.exists():
        return
    try:
        file.touch(mode=0o600)
    except OSError as error:
        raise DatabaseUnavailable(str(error)) from error


def _upgrade_within(connection: sa.Connection, engines: Engines) -> Upgraded:
    if not engines.is_sqlite:  # there BEGIN IMMEDIATE makes others wait; here nothing yet would
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({_UPGRADE_LOCK})")
    before = revision(connection)  # now that nobody else upgrades
    if before and before not in REVISIONS:
        raise DatabaseTooNew(before, HEAD)
    if before == HEAD:
        return Upgraded(before, before, None)
    if not before:
        if sa.inspect(connection).get_table_names():
            raise DatabaseForeign(engines.url.database or "")
        _alter(connection)
        return Upgraded(before, HEAD, None)
    # nobody writes while this transaction is open, and another connection sees what was before it
    backup = _backup_before(Path(engines.url.database or "")) if engines.is_sqlite else None
    try:
        _drop_guards(connection)
        _alter(connection)
    except BaseException:
        if backup is not None:  # the database is as it was: tries that fail again and again must not fill the disk
            backup.unlink()
        raise
    return Upgraded(before, HEAD, backup)


def _drop_guards(connection: sa.Connection) -> None:
    from tuidesk.core.store.guards import drop_guards

    drop_guards(connection)


def _alter(connection: sa.Connection) -> None:
    from tuidesk.core.store.guards import create_guards

    _migrate(connection)
    create_guards(connection)
    if connection.dialect.name == "sqlite":
        _make_partial_indexes_last(connection)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise sa.exc.IntegrityError("foreign_key_check", None, ValueError(f"{len(broken)} rows refer to nothing"))


def _migrate(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "tuidesk.core.store:migrations")
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(VERSION_FOLDERS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _backup_before(source: Path) -> Path:
    """Copy a database file beside itself, under a name that is free. Raises DatabaseUnavailable."""
    for n in itertools.count(1):
        target = source.with_name(f"{source.stem}-before-{HEAD}{f'-{n}' if n > 1 else ''}.sqlite3")
        try:
            return _copy(source, target)
        except FileExistsError:
            continue
    raise AssertionError("unreachable")


def _make_partial_indexes_last(connection: sa.Connection) -> None:
    """Of two indexes that fit as well SQLite takes the newest: it must be the one of open tickets only."""
    partial = connection.exec_driver_sql(
        "select name, sql from sqlite_master where type = 'index' and lower(sql) like '% where %' order by name"
    ).fetchall()
    for name, text in partial:
        connection.exec_driver_sql(f'drop index "{name}"')
        connection.exec_driver_sql(text)


def _foreign_keys_off(connection: sa.Connection) -> None:
    raw = connection.connection.driver_connection  # the pragma has no effect inside a transaction
    if isinstance(raw, sqlite3.Connection):
        raw.execute("PRAGMA foreign_keys=OFF")


def backup_sqlite(engines: Engines, folder: Path, at: datetime) -> Path:
    """Copy a SQLite database while it is in use; return the copy's path.

    Raises AlreadyExists for a copy of the same second, Invalid for a folder that cannot be made, DatabaseUnavailable
    when the copy cannot be written.
    """
    source = Path(engines.url.database or "")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Invalid("folder", str(folder), f"a folder that can be written ({error.strerror})") from error
    target = folder / f"{source.stem}-{at:%Y%m%dT%H%M%SZ}.sqlite3"
    try:
        return _copy(source, target)
    except FileExistsError as error:
        raise AlreadyExists("backup", str(target)) from error


def _copy(source: Path, target: Path) -> Path:
    """Copy a database file as of one moment (SQLite's own backup); nobody else may ever read the copy.

    Raises FileExistsError, and DatabaseUnavailable when it cannot be written; then no part of it stays.
    """
    try:
        target.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise
    except OSError as error:
        raise DatabaseUnavailable(str(error)) from error
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise DatabaseUnavailable(f"{target}: {error}") from error
    return target
