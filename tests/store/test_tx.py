"""Readers: of one moment, unable to write, and not bothered by connections that were cut meanwhile."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from desk import desk_fixture
from desk.desk_fixture import DeskOnTrial
from tuidesk.core.errors import DatabaseUnavailable
from tuidesk.core.secrets import Secret
from tuidesk.core.store import tx
from tuidesk.core.store.engine import open_engines, without_password

databases, own_desk = desk_fixture.databases, desk_fixture.own_desk

_COUNT = "select count(*) from ticket"


def _alone(desk: DeskOnTrial) -> int:
    ((count,),) = tx.alone(desk.engines, _COUNT, ())
    return int(count)


def _within(desk: DeskOnTrial) -> int:
    with tx.read(desk.engines) as connection:
        return int(connection.exec_driver_sql(_COUNT).scalar_one())


def test_what_is_read_in_one_transaction_is_of_one_moment(own_desk: DeskOnTrial) -> None:
    with tx.read(own_desk.engines) as connection:
        assert connection.exec_driver_sql(_COUNT).scalar_one() == 0
        own_desk.mail()
        assert connection.exec_driver_sql(_COUNT).scalar_one() == 0
        assert _alone(own_desk) == 1
    assert _within(own_desk) == 1


def test_readers_cannot_write(own_desk: DeskOnTrial) -> None:
    statement = "update agent set login = 'mallory'"
    refused = pytest.raises((sa.exc.DBAPIError, DatabaseUnavailable), match=r"read-?only")
    with refused:
        tx.alone(own_desk.engines, statement, ())
    with refused, tx.read(own_desk.engines) as connection:
        connection.exec_driver_sql(statement)
    assert _alone(own_desk) == _within(own_desk) == 0


def test_a_refused_statement_leaves_the_readers_usable(own_desk: DeskOnTrial) -> None:
    for _ in range(10):  # more than there are connections
        with pytest.raises(sa.exc.DBAPIError, match="nowhere"):
            tx.alone(own_desk.engines, "select * from nowhere", ())
    assert _alone(own_desk) == _within(own_desk) == 0


@pytest.mark.parametrize("read", [_alone, _within])
@pytest.mark.parametrize("own_desk", ["postgresql"], indirect=True)
def test_connections_that_were_cut_are_replaced(own_desk: DeskOnTrial, read: object) -> None:
    assert callable(read)
    with tx.read(own_desk.engines), tx.read(own_desk.engines):
        pass  # two connections in the pool now
    admin = sa.create_engine(own_desk.engines.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        cut = connection.exec_driver_sql(
            "select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        ).scalar_one()
    assert cut >= 2
    assert read(own_desk) == 0
    assert read(own_desk) == 0


@pytest.mark.parametrize("read", [_alone, _within])
@pytest.mark.parametrize("own_desk", ["postgresql"], indirect=True)
def test_a_database_that_is_gone_is_said_to_be(own_desk: DeskOnTrial, read: object) -> None:
    assert callable(read)
    engines = open_engines(own_desk.engines.url.set(database="gone").render_as_string(hide_password=False))
    with pytest.raises(DatabaseUnavailable, match="gone"):
        tx.alone(engines, _COUNT, ())
    with pytest.raises(DatabaseUnavailable, match="gone"), tx.read(engines):
        pass
    engines.dispose()


@pytest.mark.parametrize(
    ("url", "bare", "password"),
    [
        ("postgresql://desk:p%40s%3As@db:5432/desk?sslmode=require", "postgresql://desk@db:5432/desk?sslmode=require", "p@s:s"),
        ("postgresql://desk@db/desk?password=x%26y&sslmode=require", "postgresql://desk@db/desk?sslmode=require", "x&y"),
        ("postgresql://desk@/desk?host=/run/postgresql", "postgresql://desk@/desk?host=/run/postgresql", ""),
        ("sqlite:////var/lib/desk.sqlite3", "sqlite:////var/lib/desk.sqlite3", ""),
    ],
)
def test_a_url_and_its_password(url: str, bare: str, password: str) -> None:
    assert without_password(url) == (bare, password)
    engines = open_engines(bare, password=Secret(password) if password else None)
    assert engines.url.password == (password or None)
    assert engines.read.url.password == engines.write.url.password == engines.url.password
