"""A queue that changes its group: search follows, in chunks that may be broken off."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from desk.desk_fixture import (
    BEN,
    MONDAY,
    SALES,
    SECRET,
    SECRET_GROUP,
    SUPPORT,
    SUPPORT_GROUP,
    DeskOnTrial,
    anna,
    ben,
    cora,
    desk_at,
    note,
)
from tuidesk.core.admin import queues
from tuidesk.core.domain.actor import AgentActor, Cause, Door
from tuidesk.core.domain.ops import Act, Change, SetOwner, SetQueue, Watch
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.store import schema, tx
from tuidesk.core.store.queue_rescope import SETTLES
from tuidesk.core.tickets.apply import apply
from tuidesk.core.work import rescope
from tuidesk.core.work.clock_work import ClockWork
from tuidesk.core.work.rescope import rescope_chunk


def _regroup(desk: DeskOnTrial, group: str, queue: str = "Support") -> None:
    queues.set_queue(desk.engines, desk.clock, "agent:anna", queue, group=group)


def _found(desk: DeskOnTrial, actor: AgentActor, text: str = "needle") -> set[int]:
    return {hit.ticket_id for hit in desk.desk.search(desk.viewer(actor), text, limit=1000)}


def _work_off(desk: DeskOnTrial, documents: int = 1000) -> int:
    """Do all there is to do now; return in how many chunks."""
    chunks = 0
    while rescope_chunk(desk.desk.path, documents):
        chunks += 1
        assert chunks < 100
    return chunks


def _asked(desk: DeskOnTrial) -> list[int]:
    return [row[0] for row in desk.rows("select queue_id from queue_rescope order by queue_id")]


def _groups(desk: DeskOnTrial, queue_id: int) -> set[str]:
    """Return the groups that the documents of a queue's tickets name."""
    doc, ticket = schema.doc.c, schema.ticket.c
    query = sa.select(doc.scope).join_from(schema.doc, schema.ticket, ticket.id == doc.ticket_id)
    return {scope.split()[0] for (scope,) in desk.rows(query.where(ticket.queue_id == queue_id))}


def _check_index(desk: DeskOnTrial) -> None:
    """Demand that the index holds what the documents say."""
    if desk.is_sqlite:
        with desk.engines.write.begin() as connection:
            connection.exec_driver_sql("insert into doc_index (doc_index, rank) values ('integrity-check', 1)")
        return
    rows = desk.rows("select scope, cast(index as text) from doc")
    assert rows
    for scope, index in rows:
        lexemes = {word.strip("'") for word in index.split()}
        assert {word.removeprefix("§") for word in lexemes if word.startswith("§")} == set(scope.split())


def _needles(desk: DeskOnTrial, count: int, queue: int = SUPPORT) -> list[Ticket]:
    return [desk.mail(queue, body=f"a needle {n}") for n in range(count)]


def test_the_new_group_finds_and_the_old_one_does_not(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    tickets = _needles(desk, 3)
    other = desk.mail(SALES, body="another needle")
    watched = desk.do(anna, tickets[1], Watch(BEN))
    owned = desk.do(anna, tickets[2], SetOwner(BEN))
    everything = {ticket.id for ticket in (*tickets, other)}
    assert (_found(desk, ben), _found(desk, cora)) == (everything, set())
    _regroup(desk, "secret")
    hers = {watched.id, owned.id, other.id}
    assert _found(desk, ben) <= hers  # what the index still says is checked against the rights of now
    assert _work_off(desk) == 2
    assert _found(desk, ben) == hers
    assert _found(desk, cora) == {ticket.id for ticket in tickets}
    assert (_groups(desk, SUPPORT), _groups(desk, SALES)) == ({f"g{SECRET_GROUP}"}, {f"g{SUPPORT_GROUP}"})
    _check_index(desk)
    desk.check_stories()
    assert all(desk.ticket(ticket).version <= 2 for ticket in tickets)  # no ticket was changed by it


@pytest.mark.parametrize("documents", [1, 2, 3, 100])
def test_chunks_are_of_about_so_many_documents_and_miss_no_ticket(own_desk: DeskOnTrial, documents: int) -> None:
    desk = own_desk
    tickets = _needles(desk, 4)  # all of the same moment
    desk.clock.advance(seconds=1)
    tickets += _needles(desk, 3)
    for _ in range(4):
        desk.do(anna, tickets[2], note("more needle"))
    _regroup(desk, "secret")
    # one more finds that nothing is left, and ends the walk
    assert _work_off(desk, documents) == {1: 7, 2: 4, 3: 3, 100: 1}[documents] + 1
    assert _groups(desk, SUPPORT) == {f"g{SECRET_GROUP}"}
    assert _found(desk, cora) == {ticket.id for ticket in tickets}
    _check_index(desk)


def test_what_was_broken_off_goes_on(own_desk: DeskOnTrial, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = own_desk
    tickets = _needles(desk, 6)
    _regroup(desk, "secret")
    assert rescope_chunk(desk.desk.path, 2)

    class Killed(Exception):
        pass

    really = rescope.advance

    def killed(*args: object) -> None:
        raise Killed

    monkeypatch.setattr(rescope, "advance", killed)
    with pytest.raises(Killed):
        rescope_chunk(desk.desk.path, 2)
    monkeypatch.setattr(rescope, "advance", really)
    assert _found(desk, cora) == {ticket.id for ticket in tickets[:2]}  # what the killed chunk did is undone
    told: list[list[int]] = []
    outdated = rescope.outdated_tickets
    monkeypatch.setattr(
        rescope, "outdated_tickets", lambda c, scopes: told.append(sorted(scopes)) or outdated(c, scopes)
    )
    later = desk_at(desk.url, desk.clock)  # as another process does
    try:
        while rescope_chunk(later.path, 2):
            pass
    finally:
        later.engines.dispose()
    assert told == [[one.id, two.id] for one, two in ((tickets[2], tickets[3]), (tickets[4], tickets[5]))]
    assert _found(desk, cora) == {ticket.id for ticket in tickets}
    _check_index(desk)


def test_another_edit_on_the_way_begins_anew(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    _needles(desk, 4)
    _regroup(desk, "secret")
    assert rescope_chunk(desk.desk.path, 2)
    _regroup(desk, "users")
    _regroup(desk, "secret", "Sales")
    assert _asked(desk) == [SUPPORT, SALES]
    _work_off(desk, 2)
    assert _groups(desk, SUPPORT) == {"g1"}
    _check_index(desk)


def test_what_happens_on_the_way_is_right_at_once(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    first, second, third = _needles(desk, 3)
    _regroup(desk, "secret")
    assert rescope_chunk(desk.desk.path, 1)
    desk.follow_up(third, body="a late needle")
    new = desk.mail(body="a new needle")
    desk.do(anna, second, SetQueue(SALES))
    assert _found(desk, ben) == {second.id}
    _work_off(desk, 1)
    assert _found(desk, ben) == {second.id}
    assert _found(desk, cora) == {first.id, third.id, new.id}
    _check_index(desk)


def test_other_edits_ask_for_nothing(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    queues.set_queue(desk.engines, desk.clock, "a", "Support", new_name="Help", realname="Help", group="Support")
    queues.set_queue(desk.engines, desk.clock, "a", "Sales", valid=False)
    assert _asked(desk) == []
    assert rescope_chunk(desk.desk.path) is False
    _regroup(desk, "users", "Secret")  # a queue without tickets
    assert _asked(desk) == [SECRET]
    assert _work_off(desk) == 1


def test_an_article_committed_behind_the_walk_is_found_by_the_second_one(own_desk: DeskOnTrial) -> None:
    """Its transaction had read the configuration before the edit; only PostgreSQL lets both run at once."""
    desk = own_desk
    (ticket,) = _needles(desk, 1)
    if desk.is_sqlite:
        _regroup(desk, "secret")
        _work_off(desk)
        assert _asked(desk) == []
        return
    with desk.engines.write.begin() as connection:
        around = desk.desk.path.around(connection)
        _regroup(desk, "secret")
        _work_off(desk)
        act = Act((Change(ticket.id, (note("a sewing machine"),)),), Cause(Door.TUI))
        apply(connection, anna, act, around)
    assert _found(desk, cora) == {ticket.id}
    assert _found(desk, cora, "sewing") == set()
    desk.clock.advance(seconds=SETTLES.total_seconds() - 1)
    assert rescope_chunk(desk.desk.path) is False
    desk.clock.advance(seconds=1)
    assert _work_off(desk) == 2
    assert _asked(desk) == []
    assert _found(desk, cora, "sewing") == {ticket.id}
    _check_index(desk)


def test_the_daemon_does_it_and_stops_between_chunks(own_desk: DeskOnTrial, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = own_desk
    tickets = _needles(desk, 4)
    monkeypatch.setattr(rescope.rescope_chunk, "__defaults__", (2,))
    job, other = ClockWork(desk.desk.path, "one"), ClockWork(desk.desk.path, "two")
    job.run_once(lambda: False)
    _regroup(desk, "secret")
    other.run_once(lambda: False)  # the other one holds the lease
    assert _found(desk, cora) == set()
    rounds = iter((False, False, True))  # reckons the clocks, finds them done, then stops
    job.run_once(lambda: next(rounds, True))
    assert _found(desk, cora) == set()
    stops = iter((False, False, True))  # the clocks, one chunk, stop
    job.run_once(lambda: next(stops, True))
    assert _found(desk, cora) == {ticket.id for ticket in tickets[:2]}
    job.run_once(lambda: False)
    assert _found(desk, cora) == {ticket.id for ticket in tickets}
    assert desk.clock.now() == MONDAY


def test_the_walk_takes_the_index_of_the_queue(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    statement = (
        "select created_at, id, last_article_no from ticket where queue_id = 5 and (created_at, id) > (1, 1)"
        " order by created_at, id limit 1000"
    )
    if desk.is_sqlite:
        plan = desk.rows(f"explain query plan {statement}")
    else:
        with tx.read(desk.engines) as connection:
            connection.exec_driver_sql("set local enable_seqscan = off")
            plan = [tuple(row) for row in connection.exec_driver_sql(f"explain {statement}")]
    assert "ix_ticket_queue_created" in str(plan)
    assert "temp b-tree" not in str(plan).lower()
