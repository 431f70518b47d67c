"""Full text search over articles: newest first, scoped in the index, the same hits on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tuidesk.core.domain.search_words import query_words
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store.filter_sql import id_list
from tuidesk.core.store.metadata import from_micros
from tuidesk.core.store.search_index import SCOPE_SIGN

FEW_TOKENS = 4
"""With so many scope tokens the index alone finds a page quickly, whatever the words are."""

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


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """The statement of a page of hits; `hits` makes them of what it returns."""

    text: str
    params: tuple[Any, ...]

    def hits(self, found: Iterable[Any]) -> list[Hit]:
        """Return the hits, newest first."""
        hits = []
        for article_id, ticket_id, number, title, no, subject, sender, micros, *facts in found:
            at = from_micros(micros)
            if at is not None:
                hits.append(Hit(article_id, ticket_id, number, title, no, subject, sender, at, *facts))
        return hits


def search_query(
    dialect: str, viewer: Viewer, text: str, *, limit: int = 50, before: int | None = None
) -> SearchQuery | None:
    """Return the statement that finds articles with every word of `text`, newest first.

    `before` continues after an article id. None for a text without words, which finds nothing.
    """
    words = query_words(text)
    if not words:
        return None
    index = _SQLITE if dialect == "sqlite" else _POSTGRESQL
    newest = before if before is not None else (1 << 62)
    anywhere = (index.match(words, ()), newest)
    if viewer.sees_all:
        return index.query(_hits(index.found()), (*anywhere, limit))
    # the index may be behind while a queue changes its group: what is shown is checked against the rights of now
    rights, me = _rights(viewer), (viewer.agent_id,) * 3
    scope = [*(f"g{group_id}" for group_id in viewer.group_ids), f"p{viewer.agent_id}"]
    within = (index.match(words, scope), newest)
    if len(scope) <= FEW_TOKENS:
        return index.query(_hits(index.found(), rights), (*within, limit, *me))
    # To look for many tokens beside each of few words takes a hundred times as long as to look at the articles.
    # So the newest that have the words come first, whatever their scope; the rest only if that gives no page.
    far_params: tuple[Any, ...]
    if len(scope) <= MAX_TOKENS:
        far, far_params = index.found(unless_enough=True), (*within, limit)
    else:
        allowed = (
            " and exists (select 1 from article ra join ticket t on t.id = ra.ticket_id"
            f" where ra.id = {index.key} and {rights})"
        )
        far, far_params = index.found(allowed, unless_enough=True), (*anywhere, *me, limit)
    steps = (
        f"with near(id) as materialized ({index.found()}),"
        " allowed(id) as materialized (select n.id from near n join article a on a.id = n.id"
        f" join ticket t on t.id = a.ticket_id where {rights} order by n.id desc limit ?),"
        " enough(yes) as materialized"
        " (select (select count(*) from near) < ? or (select count(*) from allowed) = ?),"
        f" far(id) as materialized ({far}) "
    )
    either = "select id from allowed where (select yes from enough) union all select id from far"
    params = (*anywhere, index.near, *me, limit, index.near, limit, *far_params, *me)
    return index.query(steps + _hits(either, rights), params)


def _hits(found: str, rights: str = "1 = 1") -> str:
    """Return the statement that shows the articles whose ids another one finds."""
    return (
        "select a.id, a.ticket_id, t.number, t.title, a.no, a.subject, a.sender, a.at, t.state_id, t.queue_id,"
        " t.priority_id, t.owner_id, t.lock, t.customer_user, t.version"
        f" from ({found}) h join article a on a.id = h.id join ticket t on t.id = a.ticket_id"
        f" where {rights} order by a.id desc"
    )


def _rights(viewer: Viewer) -> str:
    """Return the condition that a ticket is the viewer's to read; it takes her id three times."""
    return (
        f"(t.queue_id in ({id_list(viewer.queue_ids) or '0'}) or t.owner_id = ? or t.responsible_id = ?"
        " or exists (select 1 from ticket_watcher w where w.ticket_id = t.id and w.agent_id = ?))"
    )


@dataclass(frozen=True, slots=True)
class _Index:
    """How a database asks its full text index.

    `key` is what it calls an article's id, `near` how many articles cost less to look at than an index with many
    tokens. A statement that is not needed must not be run: SQLite does not run one that may yield no row,
    PostgreSQL one whose condition is false from the start.
    """

    mark: str
    key: str
    source: str
    near: int
    match: Callable[[Sequence[str], Sequence[str]], str]
    unless: str = ""
    limit: str = "?"

    def found(self, more: str = "", *, unless_enough: bool = False) -> str:
        """Return what yields ids, newest first; takes the match, the id to stay below, and the limit."""
        unless, limit = (self.unless, self.limit) if unless_enough else ("", "?")
        return (
            f"select {self.key} as id from {self.source} and {self.key} < ?{more}{unless}"
            f" order by {self.key} desc limit {limit}"
        )

    def query(self, text: str, params: tuple[Any, ...]) -> SearchQuery:
        """Return a statement as the driver takes it."""
        return SearchQuery(text if self.mark == "?" else text.replace("?", self.mark), params)


def _fts5(words: Sequence[str], scope: Sequence[str]) -> str:
    match = "words : (" + " AND ".join(f'"{word}"' for word in words) + ")"
    return match + (" AND scope : (" + " OR ".join(scope) + ")" if scope else "")


def _tsquery(words: Sequence[str], scope: Sequence[str]) -> str:
    match = " & ".join(f"'{word}'" for word in words)
    return match + (" & (" + " | ".join(f"'{SCOPE_SIGN}{token}'" for token in scope) + ")" if scope else "")


_SQLITE = _Index(
    "?",
    "doc_index.rowid",
    "doc_index where doc_index match ?",
    near=1000,
    match=_fts5,
    limit="(select case when yes then 0 else ? end from enough)",
)
_POSTGRESQL = _Index(
    "%s",
    "doc.article_id",
    "doc where doc.index @@ cast(? as tsquery)",
    near=200,
    match=_tsquery,
    unless=" and not (select yes from enough)",
)
