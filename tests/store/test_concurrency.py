"""Several processes write to one database at once: nothing is lost, nothing fails, all is told."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier

from desk import desk_fixture
from desk.desk_fixture import MONDAY, SALES, SUPPORT, DeskOnTrial, anna, ben, desk_at, note
from tuidesk.core.clock import FrozenClock
from tuidesk.core.domain.actor import POSTMASTER, Cause, Door
from tuidesk.core.domain.ops import Act, AddArticle, Change, NewTicket, SetTitle
from tuidesk.core.domain.states import AutoResponseType, Channel, SenderType
from tuidesk.core.domain.ticket import NewArticle

databases, own_desk = desk_fixture.databases, desk_fixture.own_desk

WRITERS, ROUNDS = 4, 8

_start: Barrier | None = None


def _begin(start: Barrier) -> None:
    global _start
    _start = start


def _write(url: str, writer: int, ticket_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Do one writer's acts; return (ticket id, version) of every change it made."""
    desk = desk_at(url, FrozenClock(MONDAY))
    actor = (anna, ben)[writer % 2]
    made: list[tuple[int, int]] = []

    def act(*changes: Change) -> None:
        done = desk.act(actor, Act(changes, Cause(Door.CLI)))
        made.extend((change.ticket.id, change.ticket.version) for change in done.changes)

    try:
        assert _start is not None
        _start.wait(timeout=120)
        for n in range(ROUNDS):
            said = f"writer{writer} round{n}"
            one, other = ticket_ids[n % len(ticket_ids)], ticket_ids[(n + 1 + writer) % len(ticket_ids)]
            act(Change(one, (note(said), SetTitle(said))))
            if one != other:  # both orders, so that two writers want the same two tickets the other way round
                act(Change(other, (SetTitle(f"{said} other"),)), Change(one, (note(f"{said} again"),)))
            mail = NewArticle(
                "EmailCustomer", SenderType.CUSTOMER, Channel.EMAIL, True, f"w{writer}@customer.test",
                subject=said, body=said, auto_response=AutoResponseType.REPLY,
            )  # fmt: skip
            new = NewTicket(desk.new_number(), SUPPORT, said)
            done = desk.act(POSTMASTER, Act((Change(new, (AddArticle(mail),)),), Cause(Door.MAIL)))
            made.append((done.changes[0].ticket.id, 1))
    finally:
        desk.engines.dispose()
    return made


def test_writers_of_several_processes_do_not_lose_each_others_changes(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    shared = [desk.mail(queue).id for queue in (SUPPORT, SALES, SUPPORT)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WRITERS, context, _begin, (context.Barrier(WRITERS),)) as pool:
        futures = [pool.submit(_write, desk.url, writer, shared) for writer in range(WRITERS)]
        made = [change for future in futures for change in future.result(timeout=180)]

    assert len(made) == len(set(made))  # no version twice
    for ticket_id in shared:
        versions = sorted(version for number, version in made if number == ticket_id)
        assert versions == list(range(2, desk.ticket(ticket_id).version + 1))
    assert len(made) == len(desk.rows("select id from change")) - len(shared)

    notes = [row[0] for row in desk.rows("select body from article where kind = 'AddNote' order by body")]
    assert len(notes) == len(set(notes)) == _notes_made(shared)
    numbers = desk.rows("select distinct number from ticket")
    assert len(numbers) == len(shared) + WRITERS * ROUNDS
    replies = desk.rows("select address_key, n from auto_reply_count order by address_key")
    assert replies == [(f"w{writer}@customer.test", 3) for writer in range(WRITERS)]  # the limit of a day
    assert desk.check_stories() == len(numbers)


def _notes_made(shared: Sequence[int]) -> int:
    """Return how many notes all writers add together."""
    pairs = [(n, (n + 1 + writer) % len(shared)) for writer in range(WRITERS) for n in range(ROUNDS)]
    return len(pairs) + sum(1 for n, other in pairs if n % len(shared) != other)
