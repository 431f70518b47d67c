"""What a database is made of, as text: tables, columns, constraints, indexes and sequences, not their rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlalchemy as sa

Shape = dict[str, frozenset[str]]
"""For each table (and `sequences`) what it consists of; order is left out."""


def shape_of(connection: sa.Connection) -> Shape:
    """Return what a database is made of."""
    parts = _sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection)
    found: dict[str, set[str]] = {}
    for table, text in parts:
        found.setdefault(table, set()).add(text)
    return {table: frozenset(texts) for table, texts in found.items()}


def _sqlite(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """SQLite keeps the statements: those of tables are cut at the commas of their first level."""
    rows = connection.exec_driver_sql(
        "select type, tbl_name, sql from sqlite_master where type in ('table', 'index') and sql is not null"
    )
    for kind, table, text in rows:
        words = " ".join(text.split())
        if kind == "index":
            yield table, words
            continue
        yield table, words.partition("(")[0].strip()
        for part in _at_commas(words[words.index("(") + 1 : words.rindex(")")]):
            yield table, part
        yield table, words[words.rindex(")") + 1 :].strip()


def _at_commas(text: str) -> list[str]:
    parts, depth = [""], 0
    for piece in re.findall(r"'[^']*'|.", text):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _postgresql(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    for statement in _CATALOGUE:
        yield from ((table, text) for table, text in connection.exec_driver_sql(statement))


_CATALOGUE = (
    "select c.relname, 'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)"
    " || case when a.attnotnull then ' not null' else '' end"
    " || coalesce(' collate ' || l.collname, '')"
    " || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')"
    " || coalesce(' statistics ' || nullif(a.attstattarget, -1), '')"
    " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
    " left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum"
    " left join pg_collation l on l.oid = a.attcollation and l.collname <> 'default'"
    " where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'",
    "select c.relname, 'constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid)"
    " from pg_constraint k join pg_class c on c.oid = k.conrelid"
    " where c.relnamespace = current_schema()::regnamespace and k.contype <> 't'",
    "select tablename, indexdef from pg_indexes where schemaname = current_schema()",
    "select 'sequences', sequencename || ' ' || data_type || ' ' || start_value || ' ' || increment_by"
    " from pg_sequences where schemaname = current_schema()",
)
