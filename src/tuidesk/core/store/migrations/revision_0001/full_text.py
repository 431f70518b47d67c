"""Revision 0001: what one database has and the other has not, full text above all."""

from __future__ import annotations

from alembic import op

_SQLITE = (
    "create virtual table doc_index using fts5(words, scope, content='doc', content_rowid='article_id',"
    " tokenize='unicode61 remove_diacritics 0')",
)
_POSTGRESQL = (
    "alter table doc add column index tsvector",
    "alter table doc alter column index set statistics 2000",
    "create index ix_doc_index on doc using gin (index) with (fastupdate = off)",
    # ids are drawn before their rows are written; SQLite's single writer takes the highest + 1
    "create sequence act_id_seq",
    "create sequence change_id_seq",
    "create sequence ticket_id_seq",
    "create sequence article_id_seq",
    "create sequence outbox_id_seq",
)


def create_full_text() -> None:
    """Make the full text index and, on PostgreSQL, the sequences; `doc` must be there."""
    for text in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(text)
