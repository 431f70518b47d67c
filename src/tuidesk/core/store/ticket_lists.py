"""Lists of tickets: one statement a page, by keyset, scoped by what the viewer may see.

A list is a union of index ranges: one for each queue the viewer reads, and one for each way a ticket
may be hers by person. Each range yields at most a page in the list's order, so the whole costs as
much as a few pages, however many tickets there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from tuidesk.core.domain.filters import EVERYTHING, Field, Filter, asks_escalation, asks_open, fields, pinned
from tuidesk.core.domain.states import NOBODY
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store.filter_sql import Sql, add_filter, id_list
from tuidesk.core.store.metadata import from_micros

_ANY_PLAN = frozenset(
    {Field.QUEUE, Field.STATE, Field.PRIORITY, Field.OWNER, Field.RESPONSIBLE, Field.WATCHER, Field.LOCK, Field.OPEN}
    | {Field.ESCALATION}
)

MAX_RANGES = 200
"""More queues than this are filtered in one walk over the list's order instead."""


class Sort(Enum):
    """The orders a list may have; each ends in the id and has its index."""

    OLDEST = ("created_at", False)
    NEWEST = ("created_at", True)
    URGENT = ("urgency, created_at", False)
    CHANGED = ("changed_at", True)
    ESCALATION = ("escalation_at", False)
    PENDING = ("pending_until", False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the order, the id last."""
        return (*self.value[0].split(", "), "id")

    @property
    def descending(self) -> bool:
        """True when all columns run downward."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: at most `limit` rows after the key of a row, or before it when `backward`.

    `after` None starts at the first row (at the last one when `backward`). A key is `TicketRow.key`.
    """

    limit: int = 50
    after: tuple[int, ...] | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket in a list; `key` is its place in the order, `unread` counts articles not yet seen."""

    id: int
    version: int
    number: str
    title: str
    queue_id: int
    state_id: int
    priority_id: int
    owner_id: int
    lock: int
    customer_user: str
    created_at: datetime
    changed_at: datetime
    pending_until: datetime | None
    last_customer_article_at: datetime | None
    escalation_at: datetime | None
    unread: int
    key: tuple[int, ...]


_COLUMNS = (
    "id", "version", "number", "title", "queue_id", "state_id", "priority_id", "owner_id", "lock",
    "customer_user", "created_at", "changed_at", "pending_until", "last_customer_article_at",
    "last_article_no", "urgency",
)  # fmt: skip
_SHOWN = ", ".join(f"t.{column}" for column in _COLUMNS) + ", k.escalation_at, s.article_no"


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The statement of a page; `rows` makes of what it returns what a list shows.

    `fits_all` says that one plan is good whatever the parameters are; words and customers are rare or common.
    """

    text: str
    params: tuple[Any, ...]
    fits_all: bool
    sort: Sort
    backward: bool

    def rows(self, found: Iterable[Any]) -> list[TicketRow]:
        """Return the rows of the page, in the list's order."""
        key = _KEYS[self.sort]
        rows = [_row(row, key(row)) for row in found]
        if self.backward:
            rows.reverse()
        return rows


def page_query(dialect: str, viewer: Viewer, tree: Filter, sort: Sort, page: Page) -> PageQuery | None:
    """Return the statement of a page, None when the viewer can see nothing of it."""
    shape = _page_shape(dialect, viewer, tree, sort, page.limit, page.backward, keyed=page.after is not None)
    if shape is None:
        return None
    text, params = shape
    if page.after is not None:
        params = tuple(value for param in params for value in (page.after if param is _KEY else (param,)))
    return PageQuery(text, params, fields(tree) <= _ANY_PLAN, sort, page.backward)


def ticket_page(
    connection: sa.Connection, viewer: Viewer, tree: Filter, sort: Sort, page: Page
) -> list[TicketRow]:
    """Return a page of a list in its order, as of the connection's transaction; one statement."""
    query = page_query(connection.dialect.name, viewer, tree, sort, page)
    return [] if query is None else query.rows(connection.exec_driver_sql(query.text, query.params))


def count_tickets(connection: sa.Connection, viewer: Viewer, tree: Filter, cap: int = 1000) -> int:
    """Return how many tickets a list holds, at most `cap` + 1; one statement."""
    return count_lists(connection, viewer, [tree], cap)[0]


def count_lists(connection: sa.Connection, viewer: Viewer, trees: Sequence[Filter], cap: int = 1000) -> list[int]:
    """Return how many tickets each of several lists holds, at most `cap` + 1; one statement for all."""
    sql = Sql("?" if connection.dialect.name == "sqlite" else "%s")
    for n, tree in enumerate(trees):
        sql.add(", (" if n else "select (")
        _add_count(sql, viewer, tree, cap)
        sql.add(")")
    return [int(count) for count in connection.exec_driver_sql(sql.text, tuple(sql.params)).one()]


def _add_count(sql: Sql, viewer: Viewer, tree: Filter, cap: int) -> None:
    sql.clock_joined = asks_escalation(tree)
    branches = _branches(viewer, tree, by_clock=sql.clock_joined)
    if not branches:
        sql.add("select 0")
        return
    limit = f"limit {int(cap) + 1}"
    sql.add("select count(*) from (")
    _add_ranges(sql, branches, tree, "t.id", "", (), limit)
    sql.add(f"{limit}) counted")


_KEY = object()
"""Stands among parameters for those of the key that a page starts after."""


@lru_cache(maxsize=32)
def _page_shape(
    dialect: str, viewer: Viewer, tree: Filter, sort: Sort, limit: int, backward: bool, *, keyed: bool
) -> tuple[str, tuple[Any, ...]] | None:
    """Return text and parameters of a page; kept, since whoever turns pages asks for the same text each time."""
    escalating = sort is Sort.ESCALATION
    branches = _branches(viewer, tree, by_clock=escalating)
    if not branches:
        return None
    sql = Sql("?" if dialect == "sqlite" else "%s", clock_joined=escalating)
    descending = sort.descending != backward
    direction = " desc" if descending else ""
    # each range in the order of one index: that of clocks ends in the ticket as the clock names it
    names = ["ticket_id" if escalating and column == "id" else column for column in sort.columns]
    places = [f"{'k' if escalating else 't'}.{name}" for name in names]
    order = ", ".join(f"{place}{direction}" for place in places)
    outer = ", ".join(f"p.{column}{direction}" for column in sort.columns)
    conditions = ["and k.escalation_at is not null"] if escalating else []
    if sort is Sort.PENDING:
        conditions.append("and t.pending_until is not null")
    if keyed:
        marks = ", ".join("?" for _ in places)
        conditions.append(f"and ({', '.join(places)}) {'<' if descending else '>'} ({marks})")
    # a range yields keys alone, which its index holds: only the rows of the page are read
    shown = ", ".join(f"{place} as {column}" for place, column in zip(places, sort.columns, strict=True))
    sql.add(f"select {_SHOWN} from (")
    if len(branches) > 1:
        sql.add("select * from (")
    ending = f"order by {order} limit {int(limit)}"
    _add_ranges(sql, branches, tree, shown, " ".join(conditions), (_KEY,) if keyed else (), ending)
    if len(branches) > 1:
        sql.add(f") p order by {outer} limit {int(limit)}")
    sql.add(") p join ticket t on t.id = p.id left join ticket_clock k on k.ticket_id = p.id")
    sql.add("left join seen s on s.ticket_id = p.id and s.agent_id = ?", viewer.agent_id)
    sql.add(f"order by {outer}")
    return sql.text, tuple(sql.params)


@dataclass(frozen=True, slots=True)
class _Branch:
    """One index range: what is read, and the conditions that make its tickets the viewer's."""

    source: str
    conditions: tuple[str, ...]
    by_person: bool = False


def _branches(viewer: Viewer, tree: Filter, *, by_clock: bool = False) -> list[_Branch]:
    """Return the ranges that together hold each ticket of the list once."""
    clock = "ticket_clock k join ticket t on t.id = k.ticket_id"
    source, queue = (clock, "k.queue_id") if by_clock else ("ticket t", "t.queue_id")
    wanted = pinned(tree, Field.QUEUE)
    owners = pinned(tree, Field.OWNER)
    watchers = pinned(tree, Field.WATCHER)
    if watchers is not None and watchers == {viewer.agent_id}:
        # her own watch list: she may read every ticket on it
        return [_watched(viewer, ())]
    if owners is not None and owners == {viewer.agent_id}:
        return [_Branch("ticket t", (f"t.owner_id = {viewer.agent_id}",), by_person=True)]
    if viewer.sees_all:
        if wanted is None or len(wanted) > MAX_RANGES:
            return [_Branch(source, ())]
        return [_Branch(source, (f"{queue} = {queue_id}",)) for queue_id in sorted(wanted)]
    visible = [queue_id for queue_id in viewer.queue_ids if wanted is None or queue_id in wanted]
    if len(visible) > MAX_RANGES:
        branches = [_Branch(source, (f"{queue} in ({id_list(visible)})",))]
    else:
        branches = [_Branch(source, (f"{queue} = {queue_id}",)) for queue_id in visible]
    me = viewer.agent_id
    if me == NOBODY or (wanted is not None and wanted <= set(viewer.queue_ids)):
        return branches  # what is hers by person in other queues is not asked for
    unseen = (f"t.queue_id not in ({id_list(viewer.queue_ids)})",) if viewer.queue_ids else ()
    branches.append(_Branch("ticket t", (f"t.owner_id = {me}", *unseen), by_person=True))
    branches.append(
        _Branch(
            "ticket t",
            (f"t.responsible_id = {me}", "t.responsible_id <> 1", f"t.owner_id <> {me}", *unseen),
            by_person=True,
        )
    )
    branches.append(_watched(viewer, (f"t.owner_id <> {me}", f"t.responsible_id <> {me}", *unseen)))
    return branches


def _watched(viewer: Viewer, conditions: tuple[str, ...]) -> _Branch:
    return _Branch(
        "ticket_watcher w join ticket t on t.id = w.ticket_id",
        (f"w.agent_id = {viewer.agent_id}", *conditions),
        by_person=True,
    )


def _add_ranges(
    sql: Sql,
    branches: Sequence[_Branch],
    tree: Filter,
    shown: str,
    more: str,
    more_params: tuple[Any, ...],
    ending: str,
) -> None:
    """Append the union of what `branches` hold of a filter; `more` conditions and the `ending` are each range's."""
    shared: dict[bool, tuple[str, list[Any]]] = {}
    for n, branch in enumerate(branches):
        if branch.by_person not in shared:
            rest = Sql(sql.mark, clock_joined=sql.clock_joined, by_person=branch.by_person)
            if asks_open(tree):
                # the predicate of the partial indexes, spelled as they spell it
                rest.add("and t.closed_at is null")
            if tree != EVERYTHING:
                rest.add("and")
                add_filter(rest, tree)
            shared[branch.by_person] = rest.add(f"{more} {ending}", *more_params).text, rest.params
        text, params = shared[branch.by_person]
        clock = sql.clock_joined and "ticket_clock" not in branch.source
        sql.add(
            f"{'union all ' if n else ''}select * from (select {shown} from {branch.source}"
            f"{' join ticket_clock k on k.ticket_id = t.id' if clock else ''}"
            f" where {' and '.join(branch.conditions) or '1 = 1'} {text}) b{n}",
            *params,
        )


_KEYS = {
    sort: itemgetter(*((*_COLUMNS, "escalation_at").index(column) for column in sort.columns)) for sort in Sort
}


def _row(row: Any, key: tuple[int, ...]) -> TicketRow:
    """Return a row of `_SHOWN`; places, not names: a page is drawn while somebody waits."""
    (
        ticket_id, version, number, title, queue_id, state_id, priority_id, owner_id, lock, customer_user, created_at,
        changed_at, pending_until, last_customer_article_at, last_article_no, _urgency, escalation_at, seen_no,
    ) = row  # fmt: skip
    created, changed = from_micros(created_at), from_micros(changed_at)
    if created is None or changed is None:
        raise AssertionError("a ticket row has its times")
    unread = max(0, last_article_no - (seen_no or 0))
    return TicketRow(
        ticket_id, version, number, title, queue_id, state_id, priority_id, owner_id, lock, customer_user, created,
        changed, from_micros(pending_until), from_micros(last_customer_article_at), from_micros(escalation_at), unread,
        key,
    )  # fmt: skip
