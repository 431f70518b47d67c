"""Making and upgrading a database, and refusing one that is not of this version."""

from __future__ import annotations

import multiprocessing
import stat
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from desk import desk_fixture
from desk.desk_fixture import MONDAY, DeskOnTrial, desk_at, note
from desk.desk_fixture import anna as somebody
from tuidesk.core.clock import FrozenClock
from tuidesk.core.errors import DatabaseTooNew, DatabaseTooOld, DatabaseUnavailable
from tuidesk.core.store import schema, tx
from tuidesk.core.store.engine import Engines, open_engines
from tuidesk.core.store.guards import guard_faults
from tuidesk.core.store.migrate import HEAD, backup_sqlite, check_revision, revision, upgrade

databases, own_desk = desk_fixture.databases, desk_fixture.own_desk


@contextmanager
def _engines(url: str) -> Iterator[Engines]:
    engines = open_engines(url)
    try:
        yield engines
    finally:
        engines.dispose()


def _check(engines: Engines) -> None:
    with tx.read(engines) as connection:
        check_revision(connection)


def test_an_empty_database_becomes_one_of_this_version(database_url: str) -> None:
    with _engines(database_url) as engines:
        with pytest.raises(DatabaseTooOld) as caught:
            _check(engines)
        assert (caught.value.found, caught.value.known) == ("", HEAD)
        assert upgrade(engines) == ("", HEAD, None)
        _check(engines)
        with tx.read(engines) as connection:
            assert revision(connection) == HEAD
            assert guard_faults(connection) == []
            found = set(sa.inspect(connection).get_table_names())
        assert set(schema.metadata.tables) <= found


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(own_desk: DeskOnTrial) -> None:
    own_desk.mail()
    before = own_desk.dump()
    assert upgrade(own_desk.engines) == (HEAD, HEAD, None)
    assert own_desk.dump() == before
    own_desk.do(somebody, 1, note())
    own_desk.check_stories()


def test_a_database_of_a_later_version_is_left_alone(own_desk: DeskOnTrial) -> None:
    with own_desk.engines.write.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    for refused in (_check, upgrade):
        with pytest.raises(DatabaseTooNew) as caught:
            refused(own_desk.engines)
        assert (caught.value.found, caught.value.known) == ("9999", HEAD)


def _start(url: str) -> str:
    with _engines(url) as engines:
        after = upgrade(engines).after
        _check(engines)
        return after


def test_several_terminals_may_start_on_an_empty_database_at_once(database_url: str) -> None:
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_start, [database_url] * 3, timeout=180)) == [HEAD] * 3
    with _engines(database_url) as engines, tx.read(engines) as connection:
        assert guard_faults(connection) == []
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.state)).scalar() == 9


def test_what_ships_is_there_and_ids_go_on_after_it(database_url: str) -> None:
    with _engines(database_url) as engines:
        upgrade(engines)
        desk = desk_at(database_url, FrozenClock(MONDAY))
        config = desk.config()
        desk.engines.dispose()
        assert [queue.name for queue in config.queues.values()] == ["Postmaster", "Raw", "Junk", "Misc"]
        assert [agent.login for agent in config.agents.values() if agent.valid] == []
        values = {"login": "a", "login_key": "a", "name": "A", "email": "", "password_hash": ""}
        with engines.write.begin() as connection:
            made = connection.execute(sa.insert(schema.agent).values(**values))
            assert made.inserted_primary_key == (2,)


def test_indexes_of_open_tickets_are_younger_than_those_of_all(own_desk: DeskOnTrial) -> None:
    """SQLite takes the youngest of two that fit as well; PostgreSQL knows how large they are."""
    if not own_desk.is_sqlite:
        partial = "select count(*) from pg_indexes where indexname like 'ix_ticket_open%' and indexdef like '%WHERE%'"
        assert own_desk.rows(partial) == [(8,)]
        return
    rows = own_desk.rows(
        "select name from sqlite_master where type = 'index' and name like 'ix_ticket%' order by rowid"
    )
    names = [name for (name,) in rows]
    for partial, whole in (
        ("ix_ticket_open_owner_created", "ix_ticket_owner_created"),
        ("ix_ticket_open_queue_created", "ix_ticket_queue_created"),
        ("ix_ticket_open_created", "ix_ticket_created"),
    ):
        assert names.index(partial) > names.index(whole)


def test_a_copy_is_whole_private_and_of_one_moment(databases: desk_fixture.Databases, tmp_path: Path) -> None:
    url = databases.sqlite_copy(tmp_path)
    with desk_fixture.on_trial(url) as desk:
        desk.mail()
        with desk.engines.write.begin() as connection:
            connection.exec_driver_sql("update config_revision set revision = 4711")
            copy = backup_sqlite(desk.engines, tmp_path / "backups", MONDAY)
        assert copy.name == "desk-20260601T100000Z.sqlite3"
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with desk_fixture.on_trial(f"sqlite:///{copy}") as restored:
        assert restored.check_stories() == 1
        assert restored.rows("select revision from config_revision") != [(4711,)]
        with tx.read(restored.engines) as connection:
            assert guard_faults(connection) == []


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with _engines(f"sqlite:///{tmp_path}/none/desk.db") as engines:
        with pytest.raises(DatabaseUnavailable):
            _check(engines)
        with pytest.raises(DatabaseUnavailable):
            tx.write(engines, lambda c: c.exec_driver_sql("select 1"))


def test_what_is_read_in_one_transaction_is_of_one_moment(own_desk: DeskOnTrial) -> None:
    count = sa.select(sa.func.count()).select_from(schema.ticket)
    with tx.read(own_desk.engines) as connection:
        assert connection.execute(count).scalar() == 0
        own_desk.mail()
        assert connection.execute(count).scalar() == 0
    with tx.read(own_desk.engines) as connection:
        assert connection.execute(count).scalar() == 1


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    engines = open_engines(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    upgrade(engines)
    with engines.write.begin() as connection:
        connection.exec_driver_sql("update config_revision set revision = revision")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    engines.dispose()
    assert set(modes.values()) == {0o600}, modes
