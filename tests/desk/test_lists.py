"""Lists of tickets: every page of every list is what a plain filter and sort would give."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa

from desk.desk_fixture import (
    ANNA,
    AUTO_CLOSE,
    BEN,
    CLOSED,
    CORA,
    MONDAY,
    NOOR,
    RAW,
    REMINDER,
    SALES,
    SECRET,
    SUPPORT,
    DeskOnTrial,
    anna,
    answer,
    ben,
    cora,
    noor,
    note,
)
from desk.desk_fixture import (
    OPEN as OPEN_STATE,
)
from tuidesk.core.domain.actor import AgentActor
from tuidesk.core.domain.filters import (
    EVERYTHING,
    OPEN,
    And,
    Compare,
    Field,
    Filter,
    Is,
    Not,
    OneOf,
    Or,
    both,
    equal,
)
from tuidesk.core.domain.ops import (
    Op,
    SetCustomer,
    SetOwner,
    SetPriority,
    SetQueue,
    SetResponsible,
    SetState,
    SetTitle,
    UnlockTicket,
    Watch,
)
from tuidesk.core.domain.search_words import query_words, search_words
from tuidesk.core.domain.states import NOBODY
from tuidesk.core.domain.text import address_key
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store import ticket_lists, tx
from tuidesk.core.store.engine import Engines
from tuidesk.core.store.metadata import to_micros
from tuidesk.core.store.ticket_lists import Page, Sort, TicketRow, count_tickets, page_query, ticket_page
from tuidesk.core.views import ALL, ESCALATED, MINE, MY_QUEUES, VIEWS

STRANGER = Viewer(99, (), (), sees_all=False)
NOW = MONDAY + timedelta(hours=2)


@pytest.fixture(scope="module")
def crowd(desk_of_module: DeskOnTrial) -> DeskOnTrial:
    """A desk with some seventy-six tickets of all kinds; several were made at the same moment."""
    desk, dice = desk_of_module, random.Random(7)
    desk.clock.at = MONDAY
    for n in range(60):
        if n % 3:
            desk.clock.advance(minutes=dice.choice((1, 5, 30)))
        sender = dice.choice(("mia@customer.test", "Max@Other.test", "under_score%@x.test"))
        ticket = desk.mail(
            dice.choice((SUPPORT, SUPPORT, SALES, SECRET, RAW)),
            subject=dice.choice(("Printer", "printer 50% off", "E_mail", "Ärger", "back\\slash")),
            body=dice.choice(("apple", "pear apple", "plum")),
            sender=sender,
        )
        for op in dice.sample(_ops(dice, desk.clock.now()), dice.randint(0, 4)):
            desk.do(anna, ticket, op, UnlockTicket())
    for person in (BEN, NOOR):  # hers in more ways than one, and still once in each list
        for ways in product((False, True), repeat=3):
            hers: tuple[Op, ...] = (SetOwner(person), SetResponsible(person), Watch(person))
            ticket = desk.mail(SECRET, subject="Hers")
            desk.do(anna, ticket, *(op for op, wanted in zip(hers, ways, strict=True) if wanted), UnlockTicket())
    for ticket_id in range(1, 60, 4):
        desk.desk.mark_seen(BEN, ticket_id, 1)
    return desk


def _ops(dice: random.Random, now: datetime) -> list[Op]:
    person = dice.choice((ANNA, BEN, CORA, NOOR))
    return [
        SetState(dice.choice((CLOSED, OPEN_STATE))),
        SetState(dice.choice((REMINDER, AUTO_CLOSE)), now + timedelta(hours=dice.randint(1, 3))),
        SetOwner(person),
        SetResponsible(dice.choice((ANNA, BEN, CORA, NOOR))),
        Watch(person),
        SetPriority(dice.randint(1, 5)),
        SetQueue(dice.choice((SUPPORT, SECRET))),
        SetTitle("Another title"),
        SetCustomer("late@customer.test", "late"),
        answer(),
        note("apple pie"),
    ]


# --- the plain way ------------------------------------------------------------------------------


def _stored(desk: DeskOnTrial) -> list[dict[str, Any]]:
    """Return all tickets as rows with their clock, watchers and words."""
    with tx.read(desk.engines) as connection:
        rows = connection.execute(
            sa.text("select t.*, k.escalation_at from ticket t join ticket_clock k on k.ticket_id = t.id")
        )
        tickets = [dict(row._mapping) for row in rows]
        watchers = connection.execute(sa.text("select ticket_id, agent_id from ticket_watcher")).all()
        articles = connection.execute(sa.text("select ticket_id, subject, sender, recipient, body from article")).all()
        seen = connection.execute(sa.text("select agent_id, ticket_id, article_no from seen")).all()
    for ticket in tickets:
        ticket["watchers"] = {agent for ticket_id, agent in watchers if ticket_id == ticket["id"]}
        ticket["texts"] = [set(search_words(" ".join(row[1:]))) for row in articles if row[0] == ticket["id"]]
        ticket["seen"] = {agent: no for agent, ticket_id, no in seen if ticket_id == ticket["id"]}
    return tickets


_COLUMNS = {
    Field.NUMBER: "number",
    Field.TITLE: "title",
    Field.QUEUE: "queue_id",
    Field.STATE: "state_id",
    Field.PRIORITY: "priority_id",
    Field.OWNER: "owner_id",
    Field.RESPONSIBLE: "responsible_id",
    Field.LOCK: "lock",
    Field.CUSTOMER_USER: "customer_key",
    Field.CUSTOMER_ID: "customer_id",
    Field.CREATED: "created_at",
    Field.CHANGED: "changed_at",
    Field.CLOSED: "closed_at",
    Field.PENDING: "pending_until",
    Field.ESCALATION: "escalation_at",
}


def _holds(tree: Filter, ticket: dict[str, Any]) -> bool:
    match tree:
        case And(terms):
            return all(_holds(term, ticket) for term in terms)
        case Or(terms):
            return any(_holds(term, ticket) for term in terms)
        case Not(term):
            return not _holds(term, ticket)
        case OneOf(Field.WATCHER, values):
            return bool(ticket["watchers"] & set(values))
        case OneOf(field, values):
            return ticket[_COLUMNS[field]] in values
        case Compare(Field.OPEN, _, value):
            return (ticket["closed_at"] is None) == value
        case Compare(Field.WATCHER, _, value):
            return value in ticket["watchers"]
        case Compare(Field.TEXT, _, value):
            words = set(query_words(str(value)))
            return bool(words) and any(words <= text for text in ticket["texts"])
        case Compare(field, how, value):
            return _compares(ticket[_COLUMNS[field]], how, value, field)
    raise AssertionError(tree)


def _compares(stored: Any, how: Is, value: Any, field: Field) -> bool:
    if stored is None:
        return False
    if field is Field.CUSTOMER_USER:
        value = address_key(str(value))
    wanted = to_micros(value) if isinstance(value, datetime) else value
    match how:
        case Is.CONTAINS:
            return str(wanted).lower() in str(stored).lower()
        case Is.EQUAL:
            return bool(stored == wanted)
        case Is.LESS:
            return bool(stored < wanted)
        case Is.AT_MOST:
            return bool(stored <= wanted)
        case Is.MORE:
            return bool(stored > wanted)
        case Is.AT_LEAST:
            return bool(stored >= wanted)


def _sees(viewer: Viewer, ticket: dict[str, Any]) -> bool:
    hers = viewer.agent_id in (ticket["owner_id"], ticket["responsible_id"]) or viewer.agent_id in ticket["watchers"]
    return viewer.sees_all or ticket["queue_id"] in viewer.queue_ids or hers


def _plain(tickets: list[dict[str, Any]], viewer: Viewer, tree: Filter, sort: Sort) -> list[tuple[int, ...]]:
    """Return the keys of a whole list in its order."""
    found = [
        tuple(ticket[column] for column in sort.columns)
        for ticket in tickets
        if _sees(viewer, ticket) and _holds(tree, ticket)
    ]
    return sorted((key for key in found if None not in key), reverse=sort.descending)


# --- every list against it ----------------------------------------------------------------------

TREES: dict[str, Filter] = {
    "everything": EVERYTHING,
    "open": OPEN,
    "closed": Not(OPEN),
    "nothing": Or(),
    "a queue": equal(Field.QUEUE, SUPPORT),
    "two queues": both(OPEN, OneOf(Field.QUEUE, (SALES, SECRET))),
    "no queue": OneOf(Field.QUEUE, ()),
    "another queue": Not(equal(Field.QUEUE, SUPPORT)),
    "queues in two ways": both(OneOf(Field.QUEUE, (SALES, SUPPORT)), Compare(Field.QUEUE, Is.MORE, 5)),
    "of ben": equal(Field.OWNER, BEN),
    "of noor": both(OPEN, OneOf(Field.OWNER, (NOOR,))),
    "of nobody": both(OPEN, equal(Field.OWNER, NOBODY)),
    "ben answers for": equal(Field.RESPONSIBLE, BEN),
    "ben watches": equal(Field.WATCHER, BEN),
    "noor watches": both(OPEN, equal(Field.WATCHER, NOOR)),
    "somebody watches": OneOf(Field.WATCHER, (ANNA, CORA)),
    "nobody watches": Not(OneOf(Field.WATCHER, (ANNA, BEN, CORA, NOOR))),
    "no watcher at all": OneOf(Field.WATCHER, ()),
    "urgent": Compare(Field.PRIORITY, Is.AT_LEAST, 4),
    "states": OneOf(Field.STATE, (CLOSED, REMINDER)),
    "unlocked": equal(Field.LOCK, 1),
    "number": equal(Field.NUMBER, "1000007"),
    "part of a number": Compare(Field.NUMBER, Is.CONTAINS, "00001"),
    "title": Compare(Field.TITLE, Is.CONTAINS, "PRINT"),
    "title with signs": Or(tuple(Compare(Field.TITLE, Is.CONTAINS, sign) for sign in ("50%", "E_m", "\\s"))),
    "whole title": equal(Field.TITLE, "Ärger"),
    "customer": equal(Field.CUSTOMER_USER, "max@OTHER.test"),
    "part of a customer": Compare(Field.CUSTOMER_USER, Is.CONTAINS, "Score%"),
    "company": equal(Field.CUSTOMER_ID, "late"),
    "lately": both(Compare(Field.CREATED, Is.MORE, NOW), Compare(Field.CHANGED, Is.LESS, NOW + timedelta(hours=4))),
    "closed lately": Compare(Field.CLOSED, Is.AT_LEAST, NOW),
    "not closed lately": Not(Compare(Field.CLOSED, Is.AT_LEAST, NOW)),
    "pending": Compare(Field.PENDING, Is.AT_MOST, NOW + timedelta(hours=3)),
    "escalated": both(OPEN, Compare(Field.ESCALATION, Is.AT_MOST, NOW)),
    "not escalated": Not(Compare(Field.ESCALATION, Is.LESS, NOW + timedelta(hours=1))),
    "escalated or urgent": Or((Compare(Field.ESCALATION, Is.LESS, NOW), equal(Field.PRIORITY, 5))),
    "text": equal(Field.TEXT, "apple"),
    "text and more": both(OPEN, Compare(Field.TEXT, Is.CONTAINS, "Pear APPLE"), equal(Field.QUEUE, SUPPORT)),
    "text without words": equal(Field.TEXT, "!"),
}
VIEWERS = {"anna": anna, "ben": ben, "cora": cora, "noor": noor, "stranger": None}


def _viewer(desk: DeskOnTrial, actor: AgentActor | None) -> Viewer:
    return desk.viewer(actor) if actor else STRANGER


def _walk(connection: sa.Connection, viewer: Viewer, tree: Filter, sort: Sort, *, backward: bool) -> list[TicketRow]:
    """Return a whole list, walked page by page from one end to the other."""
    whole: list[TicketRow] = []
    page = Page(limit=9, backward=backward)
    while rows := ticket_page(connection, viewer, tree, sort, page):
        whole = [*rows, *whole] if backward else [*whole, *rows]
        page = Page(limit=9, after=whole[0 if backward else -1].key, backward=backward)
        assert len(whole) < 200
    return whole


@pytest.mark.parametrize("who", VIEWERS)
def test_every_list_walked_either_way_is_the_plain_one(crowd: DeskOnTrial, who: str) -> None:
    viewer, tickets = _viewer(crowd, VIEWERS[who]), _stored(crowd)
    config, dice = crowd.desk.config(), random.Random(who)
    views = {f"view {name}": view.filter(viewer, config, NOW) for name, view in VIEWS.items()}
    sizes = []
    with tx.read(crowd.engines) as connection:
        for name, tree in {**TREES, **views}.items():
            # every order for what stands in the side bar, two at a time for the rest
            orders = list(Sort) if name in ("everything", "open") or name in views else dice.sample(list(Sort), 2)
            for sort in orders:
                plain = _plain(tickets, viewer, tree, sort)
                for backward in (False, True):
                    rows = _walk(connection, viewer, tree, sort, backward=backward)
                    assert [row.key for row in rows] == plain, (name, sort, backward)
                sizes.append(len(plain))
            total = sum(1 for ticket in tickets if _sees(viewer, ticket) and _holds(tree, ticket))
            assert count_tickets(connection, viewer, tree) == total, name
            assert count_tickets(connection, viewer, tree, cap=3) == min(total, 4), name
    assert (max(sizes) > 5) == (who != "stranger")


def test_more_queues_than_ranges_are_one_walk(crowd: DeskOnTrial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_lists, "MAX_RANGES", 1)
    tickets = _stored(crowd)
    for actor in (anna, ben):
        viewer = crowd.viewer(actor)
        with tx.read(crowd.engines) as connection:
            for tree in (EVERYTHING, TREES["two queues"], TREES["escalated"]):
                for sort in Sort:
                    rows = _walk(connection, viewer, tree, sort, backward=False)
                    assert [row.key for row in rows] == _plain(tickets, viewer, tree, sort)


def test_a_page_before_a_ticket_and_one_after_it_meet_there(crowd: DeskOnTrial) -> None:
    viewer = crowd.viewer(ben)
    for sort in (Sort.URGENT, Sort.NEWEST):
        whole = crowd.desk.page(viewer, OPEN, sort, Page(limit=500))
        middle = whole[len(whole) // 2]
        before = crowd.desk.page(viewer, OPEN, sort, Page(limit=5, after=middle.key, backward=True))
        after = crowd.desk.page(viewer, OPEN, sort, Page(limit=5, after=middle.key))
        at = whole.index(middle)
        assert before == whole[at - 5 : at]
        assert after == whole[at + 1 : at + 6]


def test_a_row_says_what_the_ticket_says(crowd: DeskOnTrial) -> None:
    tickets = {ticket["id"]: ticket for ticket in _stored(crowd)}
    for row in crowd.desk.page(crowd.viewer(ben), EVERYTHING, Sort.OLDEST, Page(limit=500)):
        ticket = tickets[row.id]
        for name in ("number", "title", "queue_id", "state_id", "priority_id", "owner_id", "lock", "customer_user"):
            assert getattr(row, name) == ticket[name]
        for name in ("created_at", "changed_at", "pending_until", "escalation_at", "last_customer_article_at"):
            assert to_micros(getattr(row, name)) == ticket[name]
        assert row.unread == ticket["last_article_no"] - ticket["seen"].get(BEN, 0)


# --- what a list costs --------------------------------------------------------------------------


@contextmanager
def _statements(engine: sa.Engine) -> Iterator[list[str]]:
    """Collect what is executed, the start of a transaction apart."""
    said: list[str] = []
    alone = tx.alone

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    def hear_alone(engines: Engines, text: str, params: Any, **how: Any) -> list[Any]:
        said.append(text)
        return alone(engines, text, params, **how)

    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        with mock.patch.object(tx, "alone", hear_alone):
            yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


def test_a_list_is_one_statement_and_its_count_another(crowd: DeskOnTrial) -> None:
    for actor in (anna, ben, noor):
        viewer = crowd.viewer(actor)
        for tree in TREES.values():
            for sort in (Sort.URGENT, Sort.ESCALATION):
                with _statements(crowd.engines.read) as said:
                    crowd.desk.page(viewer, tree, sort, Page())
                assert len(said) <= 1
            with _statements(crowd.engines.read) as said:
                crowd.desk.count(viewer, tree)
            assert len(said) <= 1


def _plan(desk: DeskOnTrial, actor: AgentActor, view: Any, page: Page) -> list[str]:
    viewer = desk.viewer(actor)
    tree = view.filter(viewer, desk.desk.config(), NOW)
    with tx.read(desk.engines) as connection:
        query = page_query(connection.dialect.name, viewer, tree, view.sort, page)
        assert query is not None
        rows = connection.exec_driver_sql("explain query plan " + query.text, query.params)
        return [row[3] for row in rows]


@pytest.mark.parametrize(
    ("actor", "view", "index"),
    [
        (anna, MINE, "ix_ticket_open_owner_created (owner_id=?"),
        (noor, MINE, "ix_ticket_open_owner_created (owner_id=?"),
        (anna, MY_QUEUES, "ix_ticket_open_queue_urgency (queue_id=?"),
        (ben, MY_QUEUES, "ix_ticket_open_queue_urgency (queue_id=?"),
        (anna, ESCALATED, "ix_ticket_clock_escalation (escalation_at"),
        (ben, ESCALATED, "ix_ticket_clock_queue_escalation (queue_id=? AND escalation_at"),
        (anna, ALL, "ix_ticket_created"),
        (ben, ALL, "ix_ticket_queue_created (queue_id=?"),
    ],
)
@pytest.mark.parametrize("deep", [False, True])
def test_sqlite_walks_the_index_that_was_made_for_the_list(
    crowd: DeskOnTrial, actor: AgentActor, view: Any, index: str, deep: bool
) -> None:
    if not crowd.is_sqlite:
        # PostgreSQL plans by its statistics; that each index is there is what a plan hangs on
        name = index.split(" ")[0]
        assert crowd.rows("select count(*) from pg_indexes where indexname = :name", name=name) == [(1,)]
        return
    viewer = crowd.viewer(actor)
    rows = crowd.desk.page(viewer, view.filter(viewer, crowd.desk.config(), NOW), view.sort, Page(limit=3))
    after = rows[-1].key if deep and rows else None
    plan = _plan(crowd, actor, view, Page(after=after))
    assert any(index in step for step in plan), plan
    assert not any(step.startswith("SCAN t") and "INDEX" not in step for step in plan), plan
    for walk, then in pairwise(plan):
        if index in walk:
            assert then != "USE TEMP B-TREE FOR ORDER BY", plan  # it would read the whole range for one page
