"""A database with many tickets, loaded in bulk once and kept in the cache folder.

Rows go past the path, so the guards are dropped for the load and stand again after it: what is measured runs
on the schema, the indexes and the guards of any desk.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql

from benchmarks import crowd
from benchmarks.databases import Postgres, plain_url
from tuidesk.core.clock import FrozenClock
from tuidesk.core.desk import Desk
from tuidesk.core.domain.numbers import NumberStyle
from tuidesk.core.domain.subject import SubjectStyle
from tuidesk.core.store import schema
from tuidesk.core.store.config_reads import ConfigSource
from tuidesk.core.store.engine import Engines, open_engines
from tuidesk.core.store.guards import create_guards, drop_guards
from tuidesk.core.store.migrate import upgrade
from tuidesk.core.store.search_index import SCOPE_SIGN
from tuidesk.core.tickets.path import ChangePath

FORM = 3
"""Part of the name of a database: raise it when the rows change."""


def sqlite_desk(cache: Path, tickets: int) -> str:
    """Return the URL of the SQLite database, built if it is not in the cache."""
    target = cache / f"desk-{FORM}-{tickets}.sqlite3"
    if not target.exists():
        started = _say(f"building {target} …")
        making = target.with_suffix(".making")
        for leftover in cache.glob(f"{making.name}*"):
            leftover.unlink()
        _load_sqlite(making, tickets)
        making.rename(target)
        _say(f"  {time.monotonic() - started:.0f} s, {target.stat().st_size / 1e9:.2f} GB")
    return f"sqlite:///{target}"


def postgres_desk(server: Postgres, tickets: int) -> str:
    """Return the URL of the PostgreSQL database, built if the server does not have it."""
    name = f"tuidesk_bench_{FORM}_{tickets}"
    if not server.exists(name):
        started = _say(f"building {name} …")
        _load_postgres(server.create(f"{name}_making"), tickets)
        server.rename(f"{name}_making", name)
        _say(f"  {time.monotonic() - started:.0f} s")
    return server.url(name)


def desk_at(engines: Engines) -> Desk:
    """Return a Desk whose clock stands at the end of the crowd's time."""
    configs = ConfigSource(
        subject_style=SubjectStyle(),
        number_style=NumberStyle(),
        timezone="Europe/Berlin",
        default_queue="Raw",
        auto_replies_per_day=1_000_000,
    )
    return Desk(ChangePath(engines, configs, FrozenClock(crowd.NOW), fqdn=lambda: "desk.example.com"))


def configure(connection: sa.Connection) -> None:
    """Write groups, queues, agents and their rights beside what a new desk brings."""
    groups = sorted({queue.group_id for queue in crowd.queues()} - {crowd.USERS_GROUP})
    connection.execute(
        sa.insert(schema.desk_group), [{"id": n, "name": f"group {n}", "name_key": f"group {n}"} for n in groups]
    )
    connection.execute(
        sa.insert(schema.queue),
        [
            {
                "id": queue.id, "name": f"Queue {queue.id}", "name_key": f"queue {queue.id}",
                "group_id": queue.group_id, "address": f"queue{queue.id}@desk.example.com",
                "realname": f"Queue {queue.id}", "follow_up": "possible", "follow_up_lock": False,
                "unlock_timeout_min": 0, "salutation": "", "signature": "",
                "targets": json.dumps({"first_response_min": 60, "solution_min": 4800} if queue.has_sla else {}),
            }
            for queue in crowd.queues()
            if queue.group_id != crowd.USERS_GROUP
        ],
    )  # fmt: skip
    connection.execute(
        sa.insert(schema.agent),
        [
            {"id": n, "login": f"agent{n}", "login_key": f"agent{n}", "name": f"Agent {n}",
             "email": f"agent{n}@desk.example.com", "password_hash": ""}
            for n in range(2, crowd.AGENTS + 1)
        ],
    )  # fmt: skip
    connection.execute(
        sa.insert(schema.agent_grant),
        [{"agent_id": agent, "group_id": group, "rights": right} for agent, group, right in crowd.grants()],
    )
    connection.execute(sa.insert(schema.number_counter).values(name="AutoIncrement", value=9_000_000))
    connection.execute(sa.update(schema.config_revision).values(revision=3))


def prepare(url: str) -> None:
    """Make the tables and the configuration of an empty database."""
    engines = open_engines(url, durable=False)
    try:
        upgrade(engines)
        with engines.write.begin() as connection:
            configure(connection)
    finally:
        engines.dispose()


def _guards(url: str, *, stand: bool) -> None:
    engines = open_engines(url, durable=False)
    try:
        with engines.write.begin() as connection:
            (create_guards if stand else drop_guards)(connection)
    finally:
        engines.dispose()


def _load_sqlite(file: Path, tickets: int) -> None:
    url = f"sqlite:///{file}"
    prepare(url)
    _guards(url, stand=False)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in ("journal_mode=DELETE", "synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            connection.execute(f"pragma {pragma}")
        indexes = connection.execute(
            "select name, sql from sqlite_master where type = 'index' and sql is not null order by rowid"
        ).fetchall()
        connection.execute("begin")
        for name, _ in indexes:
            connection.execute(f'drop index "{name}"')
        for rows in crowd.chunks(tickets):
            for table, found in rows.items():
                names = crowd.COLUMNS[table].split()
                marks = ", ".join("?" for _ in names)
                connection.executemany(f"insert into {table} ({', '.join(names)}) values ({marks})", found)
        for _, text in indexes:  # in their order: of two that fit SQLite takes the newest
            connection.execute(text)
        connection.execute("insert into doc_index (doc_index) values ('rebuild')")
        connection.execute("commit")
        connection.execute("pragma journal_mode=WAL")
    _guards(url, stand=True)


def _load_postgres(url: str, tickets: int) -> None:
    prepare(url)
    _guards(url, stand=False)
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # references hold by construction
        connection.execute("set synchronous_commit = off")
        indexes = connection.execute(
            "select i.indexname, i.indexdef from pg_indexes i where i.schemaname = current_schema()"
            " and not exists (select 1 from pg_constraint c where c.conname = i.indexname)"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
        for rows in crowd.chunks(tickets):
            for table, found in rows.items():
                names = crowd.COLUMNS[table].split()
                if table == "doc":
                    names = [*names, "index"]
                    found = [(*row, _vector(row[2], row[3])) for row in found]
                columns = sql.SQL(", ").join(map(sql.Identifier, names))
                statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), columns)
                with connection.cursor() as cursor, cursor.copy(statement) as copy:
                    for row in found:
                        copy.write_row(row)
        for _, text in indexes:
            connection.execute(text)  # type: ignore[call-overload]  # the database's own text
        for name in ("act", "change", "ticket", "article"):
            connection.execute("select setval(%s, %s)", (f"{name}_id_seq", tickets + 1))
        connection.execute("vacuum analyze")
    _guards(url, stand=True)


def _vector(words: str, scope: str) -> str:
    lexemes = {f"'{word}'" for word in words.split()} | {f"'{SCOPE_SIGN}{token}'" for token in scope.split()}
    return " ".join(lexemes)


def _say(text: str) -> float:
    print(text, file=sys.stderr, flush=True)
    return time.monotonic()
