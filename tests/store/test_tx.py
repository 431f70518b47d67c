"""Readers: of one moment, unable to write, and not bothered by connections that were cut meanwhile."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa

from desk import desk_fixture
from desk.desk_fixture import DeskOnTrial
from tuidesk.core.errors import DatabaseUnavailable
from tuidesk.core.secrets import Secret
from tuidesk.core.store import tx
from tuidesk.core.store.engine import open_engines, without_password
from tuidesk.core.store.notify_postgres import Notifier, PostgresWaker

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
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(tx.read(own_desk.engines))  # as many connections as the pool keeps
    admin = sa.create_engine(own_desk.engines.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        cut = connection.exec_driver_sql(
            "select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        ).scalar_one()
    assert cut >= 2
    assert read(own_desk) == 0
    assert read(own_desk) == 0


@pytest.mark.parametrize("own_desk", ["postgresql"], indirect=True)
def test_a_kept_plan_is_given_up_when_its_tables_change(own_desk: DeskOnTrial) -> None:
    def asked() -> list[Any]:
        return tx.alone(own_desk.engines, "select version from ticket", (), prepared=True)

    own_desk.mail()
    assert asked() == asked() == [(1,)]
    with own_desk.engines.write.begin() as connection:
        connection.exec_driver_sql("alter table ticket alter column version type bigint")
    assert asked() == [(1,)]
    with own_desk.engines.write.begin() as connection:
        connection.exec_driver_sql("alter table ticket alter column version type integer")
    assert asked() == asked() == [(1,)]


@pytest.mark.parametrize("own_desk", ["postgresql"], indirect=True)
def test_an_option_that_the_driver_does_not_know_is_said_to_be_one(own_desk: DeskOnTrial) -> None:
    url = own_desk.engines.url.update_query_dict({"foo": "bar"}).render_as_string(hide_password=False)
    engines = open_engines(url)
    with pytest.raises(DatabaseUnavailable, match="foo"):
        tx.alone(engines, _COUNT, ())
    with pytest.raises(DatabaseUnavailable, match="foo"), tx.read(engines):
        pass


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


@pytest.mark.parametrize("own_desk", ["postgresql"], indirect=True)
def test_news_travel_whatever_the_password_is(own_desk: DeskOnTrial) -> None:
    url = own_desk.engines.url.set(username="tuidesk", password="p@ss/w:rd 1%").render_as_string(hide_password=False)
    engines = open_engines(url)
    waker, notifier = PostgresWaker(engines), Notifier(engines)
    assert waker.woken(0)
    notifier.send()
    assert notifier._connection is not None
    notifier.close()
    waker.close()


@pytest.mark.parametrize(
    ("url", "bare", "password"),
    [
        ("postgresql://desk:p%40s%3As@db:5432/desk?sslmode=require", "postgresql://desk@db:5432/desk?sslmode=require", "p@s:s"),
        ("postgresql://desk@db/desk?password=x%26y&sslmode=require", "postgresql://desk@db/desk?sslmode=require", "x&y"),
        ("postgresql://desk:one@db/desk?password=two", "postgresql://desk@db/desk", "two"),
        ("postgresql://desk@/desk?host=/run/postgresql", "postgresql://desk@/desk?host=/run/postgresql", ""),
        ("sqlite:////var/lib/desk.sqlite3", "sqlite:////var/lib/desk.sqlite3", ""),
    ],
)
def test_a_url_and_its_password(url: str, bare: str, password: str) -> None:
    assert without_password(url) == (bare, password)
    engines = open_engines(bare, password=Secret(password) if password else None)
    assert engines.url.password == (password or None)
    assert engines.read.url.password == engines.write.url.password == engines.url.password
