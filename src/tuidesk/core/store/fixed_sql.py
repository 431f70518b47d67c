"""Statements whose text is fixed: written once for each database, never compiled at run time.

For the rows that every mail and every change writes: SQLAlchemy's expressions would cost several times what the
database needs to run them. Values are always parameters. Must not know what the rows mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from tuidesk.core.store import tx
from tuidesk.core.store.engine import Engines


@dataclass(frozen=True, slots=True)
class FixedText:
    """SQL with `?` for each parameter, as each driver takes it."""

    sqlite: str
    postgresql: str

    def run(self, connection: sa.Connection, *params: Any) -> sa.CursorResult[Any]:
        """Run it once."""
        return connection.exec_driver_sql(self._of(connection), params)

    def run_alone(self, engines: Engines, *params: Any) -> list[Any]:
        """Return the rows of a reading one, in no transaction. Raises DatabaseUnavailable."""
        return tx.alone(engines, self.sqlite if engines.is_sqlite else self.postgresql, params, prepared=True)

    def run_all(self, connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run it for each row of parameters."""
        if rows:
            connection.exec_driver_sql(self._of(connection), rows[0] if len(rows) == 1 else list(rows))

    def _of(self, connection: sa.Connection) -> str:
        return self.sqlite if connection.dialect.name == "sqlite" else self.postgresql


@dataclass(frozen=True, slots=True)
class FixedRows:
    """A statement that takes named values, as many rows as there are. Raises KeyError for a missing name."""

    text: FixedText
    values_of: Callable[[Mapping[str, Any]], tuple[Any, ...]]

    def run(self, connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it for each row; none is no error."""
        self.text.run_all(connection, [self.values_of(row) for row in rows])


def fixed(text: str) -> FixedText:
    """Return a statement; `?` may stand for parameters only."""
    return FixedText(text, text.replace("%", "%%").replace("?", "%s"))


def fixed_insert(table: sa.Table, ending: str = "", columns: Sequence[str] = ()) -> FixedRows:
    """Return the INSERT of some columns of a table, of all when none is named; `ending` follows the values."""
    names = columns or [column.name for column in table.columns]
    marks = ", ".join("?" for _ in names)
    text = f"insert into {table.name} ({', '.join(map(_quoted, names))}) values ({marks}) {ending}"
    return FixedRows(fixed(text), itemgetter(*names))


def fixed_upsert(table: sa.Table) -> FixedRows:
    """Return the INSERT of all columns of a table that replaces the values of a row with the same primary key."""
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in keys]
    changed = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in others)
    return fixed_insert(table, f"on conflict ({', '.join(map(_quoted, keys))}) do update set {changed}")


def fixed_update(table: sa.Table, columns: Sequence[str], where: Mapping[str, str]) -> FixedRows:
    """Return the UPDATE of some columns; `where` gives the name of the value by column."""
    changed = ", ".join(f"{_quoted(name)} = ?" for name in columns)
    found = " and ".join(f"{_quoted(name)} = ?" for name in where)
    text = f"update {table.name} set {changed} where {found}"
    return FixedRows(fixed(text), itemgetter(*columns, *where.values()))


def _quoted(name: str) -> str:
    return f'"{name}"'
