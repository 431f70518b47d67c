"""The full text index: one document an article, scoped by who may read its ticket.

The scope is part of the index: `g7` is the group of the ticket's queue, `p3` an agent who sees the
ticket by herself. On PostgreSQL these lexemes begin with a sign that `search_words` never makes, so
no mail can forge one. SQLite's external content table needs the old words to forget them, hence
`doc.words`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tuidesk.core.domain.states import NOBODY
from tuidesk.core.store import schema

SCOPE_SIGN = "§"


@dataclass(frozen=True, slots=True)
class Document:
    """The searchable words of one article, folded and in order."""

    article_id: int
    ticket_id: int
    words: Sequence[str]


def scope_tokens(group_id: int, persons: Iterable[int]) -> str:
    """Return the scope of a ticket: its group, and who sees it by herself; nobody is no person."""
    people = sorted({person for person in persons if person != NOBODY})
    return " ".join([f"g{group_id}", *(f"p{person}" for person in people)])


def add_documents(connection: sa.Connection, documents: Sequence[Document], scope: str) -> None:
    """Index new articles of one ticket."""
    if not documents:
        return
    if connection.dialect.name == "sqlite":
        rows = [(d.article_id, d.ticket_id, " ".join(d.words), scope) for d in documents]
        connection.exec_driver_sql(
            "insert into doc (article_id, ticket_id, words, scope) values (?, ?, ?, ?)", rows
        )
        connection.exec_driver_sql(
            "insert into doc_index (rowid, words, scope) values (?, ?, ?)",
            [(article_id, words, scope) for article_id, _, words, scope in rows],
        )
        return
    connection.exec_driver_sql(
        "insert into doc (article_id, ticket_id, words, scope, index)"
        " values (%s, %s, %s, %s, cast(%s as tsvector))",
        [
            (d.article_id, d.ticket_id, " ".join(d.words), scope, _vector(d.words, scope.split()))
            for d in documents
        ],
    )


def rescope(connection: sa.Connection, ticket_id: int, scope: str, *, besides: Collection[int] = ()) -> None:
    """Give all documents of a ticket another scope; `besides` were just written with it."""
    doc = schema.doc.c
    query = sa.select(doc.article_id, doc.words, doc.scope).where(
        doc.ticket_id == ticket_id, doc.scope != scope
    )
    rows = [row for row in connection.execute(query) if row.article_id not in besides]
    _rewrite(connection, [(row, scope) for row in rows])


def outdated_tickets(connection: sa.Connection, scopes: Mapping[int, str]) -> list[int]:
    """Return which of these tickets have documents of another scope; `scopes` by ticket."""
    doc = schema.doc.c
    query = sa.select(doc.ticket_id, doc.scope).where(doc.ticket_id.in_(sorted(scopes))).distinct()
    return sorted({row.ticket_id for row in connection.execute(query) if row.scope != scopes[row.ticket_id]})


def rescope_tickets(connection: sa.Connection, scopes: Mapping[int, str]) -> None:
    """Give the documents of tickets their scope, `scopes` by ticket; the tickets are locked."""
    if not scopes:
        return
    doc = schema.doc.c
    query = sa.select(doc.article_id, doc.ticket_id, doc.words, doc.scope).where(doc.ticket_id.in_(sorted(scopes)))
    rows = [(row, scopes[row.ticket_id]) for row in connection.execute(query)]
    _rewrite(connection, [(row, scope) for row, scope in rows if row.scope != scope])


def _rewrite(connection: sa.Connection, rows: Sequence[tuple[Any, str]]) -> None:
    """Index documents, as they are stored, under another scope."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "insert into doc_index (doc_index, rowid, words, scope) values ('delete', ?, ?, ?)",
            [(row.article_id, row.words, row.scope) for row, _ in rows],
        )
        connection.exec_driver_sql(
            "update doc set scope = ? where article_id = ?", [(scope, row.article_id) for row, scope in rows]
        )
        connection.exec_driver_sql(
            "insert into doc_index (rowid, words, scope) values (?, ?, ?)",
            [(row.article_id, row.words, scope) for row, scope in rows],
        )
        return
    connection.exec_driver_sql(
        "update doc set scope = %s, index = cast(%s as tsvector) where article_id = %s",
        [(scope, _vector(row.words.split(), scope.split()), row.article_id) for row, scope in rows],
    )


def _vector(words: Iterable[str], scope: Iterable[str]) -> str:
    lexemes = {f"'{word}'" for word in words} | {f"'{SCOPE_SIGN}{token}'" for token in scope}
    return " ".join(lexemes)
