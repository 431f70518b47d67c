"""The rows that taking mails in has written, read back, to be written once more by the bare driver."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import psycopg
import sqlalchemy as sa

from benchmarks.databases import plain_url
from tuidesk.core.store import schema
from tuidesk.core.store.engine import open_engines
from tuidesk.core.store.metadata import to_micros
from tuidesk.core.store.search_index import SCOPE_SIGN

Statement: TypeAlias = tuple[str, list[tuple[Any, ...]]]
"""SQL with `?` for each parameter, and the rows it is run for."""


class Writer(Protocol):
    """Writes statements in one durable transaction."""

    def write(self, statements: Iterable[Statement]) -> None:
        """Run and commit."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class SqliteWriter:
    """sqlite3 with the settings of a writer: WAL, synchronous=FULL, foreign keys."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(sa.make_url(url).database or "", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-64000", "temp_store=MEMORY", "foreign_keys=ON"):
            self._connection.execute(f"pragma {pragma}")

    def write(self, statements: Iterable[Statement]) -> None:
        """Run and commit."""
        connection = self._connection
        connection.execute("begin immediate")
        for text, rows in statements:
            if len(rows) == 1:
                connection.execute(text, rows[0])
            else:
                connection.executemany(text, rows)
        connection.execute("commit")

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


class PostgresWriter:
    """psycopg as it comes: it prepares what is run often, and sends many rows in a pipeline."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(plain_url(url))
        self._texts: dict[str, bytes] = {}

    def write(self, statements: Iterable[Statement]) -> None:
        """Run and commit."""
        with self._connection.cursor() as cursor:
            for text, rows in statements:
                known = self._texts.get(text)
                if known is None:
                    known = self._texts[text] = text.replace("?", "%s").encode()
                if len(rows) == 1:
                    cursor.execute(known, rows[0])
                else:
                    cursor.executemany(known, rows)
        self._connection.commit()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The statements of each mail, by its number from 0: into the spool, and into its ticket."""

    spool: Sequence[list[Statement]]
    ticket: Sequence[list[Statement]]
    keys: Sequence[str]
    numbers: Sequence[str]
    replies: int

    def acknowledgement(self, mails: range) -> Statement:
        """Return the statement that notes a chunk as acknowledged."""
        keys = [self.keys[n] for n in mails]
        marks = ", ".join("?" for _ in keys)
        return (f"update mail_in set acked_at = ? where source_id = 1 and source_key in ({marks})", [(1, *keys)])

    def claim(self, mails: range, until: datetime) -> list[Statement]:
        """Return the statements of one claim with its ticket numbers."""
        ids = [n + 1 for n in mails]
        marks = ", ".join("?" for _ in ids)
        lease = f"update mail_in set attempts = attempts + 1, leased_until = ?, lease_holder = ? where id in ({marks})"
        return [
            ("update number_counter set value = value + ? where name = ?", [(len(ids), "AutoIncrement")]),
            ("update mail_in set ticket_number = ? where id = ?", [(self.numbers[n], n + 1) for n in mails]),
            (lease, [(to_micros(until), "worker", *ids)]),
        ]


def recorded(url: str) -> Rewrite:
    """Read back all that was written for the mails of a desk that held nothing before."""
    engines = open_engines(url)
    try:
        with engines.read.connect() as connection:
            return _Recorder(connection).rewrite()
    finally:
        engines.dispose()


class _Recorder:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._blobs_done: set[bytes] = set()

    def rewrite(self) -> Rewrite:
        mails = self._rows(schema.mail_in)
        raw = self._grouped(schema.mail_raw, "mail_in_id")
        spool = [
            [
                _insert(schema.mail_in, [mail | _AS_SPOOLED]),
                _insert(schema.mail_raw, raw[mail["id"]]),
            ]
            for mail in mails
        ]
        return Rewrite(
            spool,
            self._tickets(mails),
            [mail["source_key"] for mail in mails],
            [mail["ticket_number"] for mail in mails],
            len(self._rows(schema.outbox)),
        )

    def _tickets(self, mails: Sequence[dict[str, Any]]) -> list[list[Statement]]:
        acts = self._grouped(schema.act, "id")
        changes = {row["id"]: row for row in self._rows(schema.change)}
        history = self._grouped(schema.history, "change_id")
        articles = self._grouped(schema.article, "change_id")
        first = {row["id"]: row for row in self._rows(schema.article)}
        attachments = self._grouped(schema.attachment, "article_id")
        blobs, chunks = self._grouped(schema.blob, "sha256"), self._grouped(schema.blob_chunk, "sha256")
        docs = self._grouped(schema.doc, "article_id")
        letters, people = self._grouped(schema.outbox, "article_id"), self._grouped(schema.outbox_recipient, "outbox_id")
        clocks, tickets = self._grouped(schema.ticket_clock, "ticket_id"), self._grouped(schema.ticket, "id")
        found = []
        for mail in mails:
            change = changes[first[mail["article_id"]]["change_id"]]
            said = articles[change["id"]]
            ids = [row["id"] for row in said]
            files = [row for n in ids for row in attachments[n]]
            mine = [row for n in ids for row in letters[n]]
            statements = [
                _insert(schema.act, acts[change["act_id"]]),
                _insert(schema.change, [change]),
                _insert(schema.history, history[change["id"]]),
                _insert(schema.article, said),
            ]
            new = [row["sha256"] for row in files if row["sha256"] not in self._blobs_done]
            self._blobs_done.update(new)
            if new:
                statements.append(_insert(schema.blob, [row for digest in dict.fromkeys(new) for row in blobs[digest]]))
                statements.append(
                    _insert(schema.blob_chunk, [row for digest in dict.fromkeys(new) for row in chunks[digest]])
                )
            if files:
                statements.append(_insert(schema.attachment, files))
            statements += self._documents([row for n in ids for row in docs[n]])
            if mine:
                statements.append(_insert(schema.outbox, mine))
                recipients = [row for one in mine for row in people[one["id"]]]
                statements.append(_insert(schema.outbox_recipient, recipients))
                statements.append((_COUNT, [("2026-11-20", row["address"]) for row in recipients]))
            ticket = tickets[change["ticket_id"]][0] | {"version": change["version"]}
            statements.append(_replace(schema.ticket_clock, clocks[change["ticket_id"]][0], "ticket_id"))
            if change["version"] == 1:
                statements.append(_insert(schema.ticket, [ticket]))
            else:
                statements.append(_update(schema.ticket, ticket))
            statements.append((_DONE, [(mail["article_id"], mail["message_id"], mail["id"])]))
            found.append(statements)
        return found

    def _documents(self, docs: Sequence[dict[str, Any]]) -> list[Statement]:
        if self._is_sqlite:
            words = [(doc["article_id"], doc["words"], doc["scope"]) for doc in docs]
            return [
                _insert(schema.doc, docs),
                ("insert into doc_index (rowid, words, scope) values (?, ?, ?)", words),
            ]
        text = "insert into doc (article_id, ticket_id, words, scope, index) values (?, ?, ?, ?, cast(? as tsvector))"
        return [(text, [(*doc.values(), _vector(doc["words"], doc["scope"])) for doc in docs])]

    def _rows(self, table: sa.Table) -> list[dict[str, Any]]:
        query = sa.select(table).order_by(*table.primary_key.columns)
        return [dict(row._mapping) for row in self._connection.execute(query)]

    def _grouped(self, table: sa.Table, column: str) -> dict[Any, list[dict[str, Any]]]:
        found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for row in self._rows(table):
            found[row[column]].append(row)
        return found


_AS_SPOOLED = {
    "acked_at": None, "state": "spooled", "attempts": 0, "leased_until": None, "lease_holder": None,
    "ticket_number": None, "article_id": None,
}  # fmt: skip
_DONE = (
    "update mail_in set state = 'done', article_id = ?, message_id = ?, leased_until = null, lease_holder = null"
    " where id = ?"
)
_COUNT = (
    "insert into auto_reply_count (day, address_key, n) values (?, ?, 1)"
    " on conflict (day, address_key) do update set n = auto_reply_count.n + 1"
)


def _insert(table: sa.Table, rows: Sequence[dict[str, Any]]) -> Statement:
    names = list(rows[0])
    text = f"insert into {table.name} ({', '.join(map(_quoted, names))}) values ({', '.join('?' for _ in names)})"
    return text, [tuple(row.values()) for row in rows]


def _replace(table: sa.Table, row: dict[str, Any], key: str) -> Statement:
    text, rows = _insert(table, [row])
    changed = ", ".join(f"{name} = excluded.{name}" for name in row if name != key)
    return f"{text} on conflict ({key}) do update set {changed}", rows


def _update(table: sa.Table, row: dict[str, Any]) -> Statement:
    changed = {name: value for name, value in row.items() if name not in ("id", "number", "created_at")}
    text = f"update {table.name} set {', '.join(f'{_quoted(name)} = ?' for name in changed)} where id = ? and version = ?"
    return text, [(*changed.values(), row["id"], row["version"] - 1)]


def _quoted(name: str) -> str:
    return f'"{name}"'


def _vector(words: str, scope: str) -> str:
    lexemes = {f"'{word}'" for word in words.split()} | {f"'{SCOPE_SIGN}{token}'" for token in scope.split()}
    return " ".join(lexemes)
