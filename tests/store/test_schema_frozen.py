"""The revisions make what the program works with: not a column more, not an index less."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import tuidesk.core.store.migrations as migrations
from servers.postgres import PostgresServer
from store.database_shape import Shape, shape_of
from tuidesk.core.store import schema, schema_indexes  # noqa: F401 - the indexes join the metadata
from tuidesk.core.store.engine import Engines, open_engines
from tuidesk.core.store.migrate import REVISIONS, upgrade

_MIGRATIONS = Path(migrations.__file__ or "").parent

_NOT_IN_METADATA: dict[str, Shape] = {
    "sqlite": {
        "alembic_version": frozenset(),
        "never": frozenset(),
        "open_change": frozenset(),
        **{f"doc_index{part}": frozenset() for part in ("", "_data", "_idx", "_docsize", "_config")},
    },
    "postgresql": {
        "alembic_version": frozenset(),
        "doc": frozenset(
            {
                "column index tsvector statistics 2000",
                "CREATE INDEX ix_doc_index ON public.doc USING gin (index) WITH (fastupdate=off)",
            }
        ),
        "sequences": frozenset(
            f"{name}_id_seq bigint 1 1" for name in ("act", "change", "ticket", "article", "outbox")
        ),
    },
}
"""What SQLAlchemy's tables cannot say; an empty set is a table that they do not know at all."""


@pytest.fixture
def migrated(database_url: str) -> Iterator[Engines]:
    """A database made by the revisions."""
    with _engines(database_url) as engines:
        upgrade(engines)
        yield engines


@contextmanager
def _engines(url: str) -> Iterator[Engines]:
    engines = open_engines(url)
    try:
        yield engines
    finally:
        engines.dispose()


@pytest.fixture
def made_at_once(migrated: Engines, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """A database of the same kind, made from the tables that the program uses."""
    server: PostgresServer | None = None
    url = f"sqlite:///{tmp_path / 'live.sqlite3'}"
    if not migrated.is_sqlite:
        server = request.getfixturevalue("postgres_server")
        url = server.create_database()
    try:
        with _engines(url) as engines:
            with engines.write.begin() as connection:
                schema.metadata.create_all(connection)
            yield engines
    finally:
        if server is not None:
            server.drop_database(url)


def _shape(engines: Engines) -> Shape:
    with engines.read.connect() as connection:
        return shape_of(connection)


def test_the_revisions_make_the_tables_that_the_program_uses(migrated: Engines, made_at_once: Engines) -> None:
    more = _NOT_IN_METADATA[migrated.write.dialect.name]
    made, live = _shape(migrated), _shape(made_at_once)
    assert live.keys() == schema.metadata.tables.keys() | ({"sequences"} if not migrated.is_sqlite else set())
    assert made.keys() == live.keys() | more.keys()
    for table, parts in live.items():
        assert made[table] ^ parts == more.get(table, frozenset()), table


def test_alembic_sees_no_difference_either(migrated: Engines) -> None:
    def ours(name: str | None, kind: str, parents: Any) -> bool:
        known = _NOT_IN_METADATA[migrated.write.dialect.name]
        return not (kind == "table" and name in known and name not in schema.metadata.tables)

    options = {"compare_type": True, "compare_server_default": True, "include_name": ours}
    with migrated.read.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata)
    assert [(one[0], one[-1].name) for one in found] == (
        [] if migrated.is_sqlite else [("remove_index", "ix_doc_index"), ("remove_column", "index")]
    )


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("create index ix_more on ticket (title)", "ticket"),
        ("drop index ix_ticket_pending", "ticket"),
        ("alter table seen add column more text", "seen"),
        ("create table more (id integer)", "more"),
    ],
)
def test_what_is_altered_shows(migrated: Engines, statement: str, table: str) -> None:
    """The comparison itself can fail."""
    before = _shape(migrated)
    with migrated.write.begin() as connection:
        connection.exec_driver_sql(statement)
    after = _shape(migrated)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == {table}


def test_another_predicate_of_an_index_shows(migrated: Engines) -> None:
    before = _shape(migrated)["ticket"]
    with migrated.write.begin() as connection:
        connection.exec_driver_sql("drop index ix_ticket_open_created")
        connection.exec_driver_sql("create index ix_ticket_open_created on ticket (created_at, id) where closed_at > 0")
    assert len(_shape(migrated)["ticket"] ^ before) == 2


def test_no_revision_hangs_on_what_the_program_uses_now() -> None:
    """Whoever alters a table of the program must not alter what an old revision made."""
    files = [path for path in _MIGRATIONS.rglob("*.py") if path.name != "env.py"]
    assert len(files) > len(REVISIONS)
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                own = name.startswith("tuidesk.core.store.migrations.revision_")
                assert own or not name.startswith("tuidesk"), f"{path.name} imports {name}"


def test_the_revisions_are_those_that_alembic_finds() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "tuidesk.core.store:migrations")
    config.set_main_option("path_separator", "newline")
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS


def test_new_rows_get_what_the_columns_say(migrated: Engines) -> None:
    with migrated.write.begin() as connection:
        connection.execute(sa.text("insert into priority (id, name, name_key) values (9, 'x', 'x')"))
        assert connection.execute(sa.select(schema.priority.c.valid).where(schema.priority.c.id == 9)).scalar() is True


def test_names_that_newer_servers_reserve_are_quoted() -> None:
    reserved = {"system_user", "any_value", "json_table", "merge", "absent"}  # what PostgreSQL 16, 17 and 18 added
    for table in schema.metadata.tables.values():
        for column in table.columns:
            assert column.name not in reserved or column.name.quote, f"{table.name}.{column.name}"
