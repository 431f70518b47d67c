"""Full text search over articles: newest first, scoped in the index, the same hits on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tuidesk.core.domain.search_words import query_words
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store.metadata import from_micros
from tuidesk.core.store.search_index import SCOPE_SIGN

MAX_TOKENS = 50
"""With more scope tokens than this, rights are checked after the match instead of in the index."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that holds all the words; `key` is what the next page starts after."""

    article_id: int
    ticket_id: int
    ticket_number: str
    title: str
    article_no: int
    subject: str
    sender: str
    at: datetime
    state_id: int
    queue_id: int
    priority_id: int
    owner_id: int
    lock: int
    customer_user: str
    version: int


def search(
    connection: sa.Connection, viewer: Viewer, text: str, *, limit: int = 50, before: int | None = None
) -> Sequence[Hit]:
    """Return articles that hold every word of `text`, newest first; `before` continues after an article id.

    A text without words finds nothing.
    """
    words = query_words(text)
    if not words:
        return []
    scope = None if viewer.sees_all or len(viewer.group_ids) >= MAX_TOKENS else _tokens(viewer)
    newest = before if before is not None else (1 << 62)
    if connection.dialect.name == "sqlite":
        match = "words : (" + " AND ".join(f'"{word}"' for word in words) + ")"
        if scope is not None:
            match += " AND scope : (" + " OR ".join(scope) + ")"
        inner = (
            "select rowid as id from doc_index where doc_index match ? and rowid < ?"
            " order by rowid desc limit ?"
        )
        mark = "?"
    else:
        match = " & ".join(f"'{word}'" for word in words)
        if scope is not None:
            match += " & (" + " | ".join(f"'{SCOPE_SIGN}{token}'" for token in scope) + ")"
        inner = (
            "select article_id as id from doc where index @@ cast(%s as tsquery) and article_id < %s"
            " order by article_id desc limit %s"
        )
        mark = "%s"
    checked = ""
    rights: tuple[int, ...] = ()
    if not viewer.sees_all:
        # the index may be behind while a queue changes its group: a page is checked against the rights of now
        queues = ", ".join(str(queue_id) for queue_id in viewer.queue_ids) or "0"
        checked = (
            f" and (t.queue_id in ({queues}) or t.owner_id = {mark} or t.responsible_id = {mark}"
            f" or exists (select 1 from ticket_watcher w where w.ticket_id = t.id and w.agent_id = {mark}))"
        )
        rights = (viewer.agent_id,) * 3
    if scope is None and not viewer.sees_all:
        # rights are joined in before the limit, else a page could come out empty
        inner = inner.replace(" order by", " and {rights} order by")
        inner = inner.replace(
            "{rights}",
            "exists (select 1 from article ra join ticket t on t.id = ra.ticket_id where ra.id = "
            + ("doc_index.rowid" if mark == "?" else "doc.article_id")
            + checked
            + ")",
        )
        params = (match, newest, *rights, limit)
        statement = _outer(inner, "")
    else:
        params = (match, newest, limit, *rights)
        statement = _outer(inner, checked)
    rows = connection.exec_driver_sql(statement, params)
    hits = []
    for article_id, ticket_id, number, title, no, subject, sender, micros, *facts in rows:
        at = from_micros(micros)
        if at is not None:
            hits.append(Hit(article_id, ticket_id, number, title, no, subject, sender, at, *facts))
    return hits


def _outer(inner: str, checked: str) -> str:
    return (
        "select a.id, a.ticket_id, t.number, t.title, a.no, a.subject, a.sender, a.at, t.state_id, t.queue_id,"
        " t.priority_id, t.owner_id, t.lock, t.customer_user, t.version"
        f" from ({inner}) h join article a on a.id = h.id join ticket t on t.id = a.ticket_id"
        f" where 1 = 1{checked} order by a.id desc"
    )


def _tokens(viewer: Viewer) -> list[str]:
    return [*(f"g{group_id}" for group_id in viewer.group_ids), f"p{viewer.agent_id}"]
