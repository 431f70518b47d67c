"""Upgrading a database that is in use: copied first, and as it was when a revision fails."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from desk import desk_fixture
from desk.desk_fixture import DeskOnTrial, anna, note
from store.database_shape import shape_of
from tuidesk.core.errors import DatabaseUnavailable
from tuidesk.core.store import migrate, tx
from tuidesk.core.store.guards import guard_faults
from tuidesk.core.store.migrate import HEAD, Upgraded, revision, upgrade

databases, own_desk = desk_fixture.databases, desk_fixture.own_desk

NEXT = "next"
_REVISION = f'''
from alembic import op
import sqlalchemy as sa

revision = "{NEXT}"
down_revision = "{HEAD}"

def upgrade():
    op.add_column("seen", sa.Column("more", sa.Text(), nullable=False, server_default="x"))
    with op.batch_alter_table("ticket", recreate="always" if op.get_bind().dialect.name == "sqlite" else "auto") as batch:
        batch.alter_column("title", nullable=True)
    op.execute("update ticket set title = 'altered'")
'''
_BROKEN = _REVISION + "    op.execute('insert into no_such_table values (1)')\n"
_DANGLING = _REVISION + "    op.execute('insert into ticket_watcher values (4711, 2)')\n"

Forge = Callable[[str], None]


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Forge:
    """Makes a next revision of this text, so that every database is of an older one."""

    def make(text: str) -> None:
        folder = tmp_path / "later 100% versions"
        folder.mkdir(exist_ok=True)
        (folder / "next.py").write_text(text)
        monkeypatch.setattr(migrate, "VERSION_FOLDERS", (*migrate.VERSION_FOLDERS[:1], str(folder)))
        monkeypatch.setattr(migrate, "REVISIONS", (*migrate.REVISIONS[: migrate.REVISIONS.index(HEAD) + 1], NEXT))
        monkeypatch.setattr(migrate, "HEAD", NEXT)

    return make


def _state(desk: DeskOnTrial) -> object:
    """Return all that an upgrade could touch."""
    with tx.read(desk.engines) as connection:
        return revision(connection), shape_of(connection), guard_faults(connection), desk.dump()


def _copies(desk: DeskOnTrial) -> list[Path]:
    return sorted(Path(desk.engines.url.database or "").parent.glob("*before*")) if desk.is_sqlite else []


def test_an_older_database_is_copied_and_upgraded(own_desk: DeskOnTrial, forge: Forge) -> None:
    desk = own_desk
    ticket = desk.mail()
    before = _state(desk)
    forge(_REVISION)
    done = upgrade(desk.engines)
    assert done == Upgraded(HEAD, NEXT, _copies(desk)[0] if desk.is_sqlite else None)
    with tx.read(desk.engines) as connection:
        assert (revision(connection), guard_faults(connection)) == (NEXT, [])
    assert desk.rows("select title from ticket") == [("altered",)]
    assert desk.do(anna, ticket, note()).version == 2
    with desk.engines.write.connect() as connection:  # the upgrade's own settings are gone
        assert not desk.is_sqlite or connection.exec_driver_sql("pragma foreign_keys").scalar() == 1
    if not desk.is_sqlite:
        return
    assert done.backup is not None
    assert done.backup.name == f"desk-before-{NEXT}.sqlite3"
    assert stat.S_IMODE(done.backup.stat().st_mode) == 0o600
    with desk_fixture.on_trial(f"sqlite:///{done.backup}") as copy:
        assert _state(copy) == before
        assert copy.check_stories() == 1


def test_nothing_is_copied_when_nothing_is_done(own_desk: DeskOnTrial) -> None:
    assert upgrade(own_desk.engines) == (HEAD, HEAD, None)
    assert _copies(own_desk) == []


@pytest.mark.parametrize("text", [_BROKEN, _DANGLING])
def test_an_upgrade_that_fails_midway_leaves_all_as_it_was(own_desk: DeskOnTrial, forge: Forge, text: str) -> None:
    desk = own_desk
    ticket = desk.mail()
    before = _state(desk)
    forge(text)
    for _ in range(2):  # what failed once may be tried again
        with pytest.raises(sa.exc.DBAPIError):
            upgrade(desk.engines)
        assert _state(desk) == before
        assert _copies(desk) == []
    with pytest.raises(sa.exc.DBAPIError, match="tuidesk guard"), desk.engines.write.begin() as connection:
        connection.exec_driver_sql("delete from history")
    if desk.is_sqlite:
        with desk.engines.write.connect() as connection:
            assert connection.exec_driver_sql("pragma foreign_keys").scalar() == 1
    desk.do(anna, ticket, note())
    desk.check_stories()
    forge(_REVISION)
    assert upgrade(desk.engines)[:2] == (HEAD, NEXT)


def test_an_earlier_copy_is_kept(databases: desk_fixture.Databases, tmp_path: Path, forge: Forge) -> None:
    with desk_fixture.on_trial(databases.sqlite_copy(tmp_path)) as desk:
        earlier = tmp_path / f"desk-before-{NEXT}.sqlite3"
        earlier.write_text("mine")
        forge(_REVISION)
        assert upgrade(desk.engines).backup == tmp_path / f"desk-before-{NEXT}-2.sqlite3"
        assert earlier.read_text() == "mine"


def test_without_a_copy_nothing_is_upgraded(
    databases: desk_fixture.Databases, tmp_path: Path, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk_fixture.on_trial(databases.sqlite_copy(tmp_path)) as desk:
        before = _state(desk)
        forge(_REVISION)

        def full(path: Path, **options: object) -> None:
            raise OSError(28, "No space left on device", str(path))

        with monkeypatch.context() as patch:
            patch.setattr(Path, "touch", full)
            with pytest.raises(DatabaseUnavailable, match="No space left"):
                upgrade(desk.engines)
        assert _state(desk) == before
        assert upgrade(desk.engines).after == NEXT
