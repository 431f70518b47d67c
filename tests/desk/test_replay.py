"""Whatever is done to tickets, in whatever order: each is what its history tells, and its clock too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.desk_fixture import (
    ANNA,
    AUTO_CLOSE,
    BEN,
    CLOSED,
    CORA,
    MONDAY,
    NEW,
    OPEN,
    REMINDER,
    REMOVED,
    SALES,
    SECRET,
    SUPPORT,
    UNSOLVED,
    DeskOnTrial,
    anna,
    answer,
    ben,
    cora,
    file,
    note,
)
from tuidesk.core.domain.actor import CLOCK, POSTMASTER, SENDER, Actor
from tuidesk.core.domain.ops import (
    Absorb,
    AddArticle,
    Change,
    Link,
    LockTicket,
    MergeInto,
    NoteDelivery,
    Op,
    SetCustomer,
    SetOwner,
    SetPending,
    SetPriority,
    SetQueue,
    SetResponsible,
    SetState,
    SetTitle,
    SetVisible,
    StopSend,
    Unlink,
    UnlockTicket,
    Unwatch,
    Watch,
)
from tuidesk.core.domain.replay import RecordedChange, differences, replay
from tuidesk.core.domain.states import AutoResponseType, LinkType
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.errors import Refused
from tuidesk.core.store import tx
from tuidesk.core.store.ticket_reads import recorded_changes

_BOUNDED = settings(
    max_examples=20,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Deed:
    """Something that an actor tries with the tickets of an example, named by their place."""

    what: str
    changes: Callable[[DeskOnTrial, list[Ticket]], tuple[Change, ...]]
    actor: Actor

    def __repr__(self) -> str:
        return f"{self.actor.label} {self.what}"


_places = st.integers(0, 2)
_agents = st.sampled_from((ANNA, BEN, CORA))
_hours = st.integers(-2, 30).map(lambda hours: MONDAY + timedelta(hours=hours))
_words = st.text(max_size=12)
_ops: st.SearchStrategy[Op] = st.one_of(
    st.builds(SetState, st.sampled_from((NEW, OPEN, CLOSED, UNSOLVED, REMOVED))),
    st.builds(SetState, st.sampled_from((REMINDER, AUTO_CLOSE)), st.none() | _hours),
    st.builds(SetPending, _hours),
    st.builds(SetQueue, st.sampled_from((SUPPORT, SALES, SECRET))),
    st.builds(SetOwner, _agents),
    st.builds(SetResponsible, _agents),
    st.builds(SetPriority, st.integers(1, 5)),
    st.builds(SetTitle, _words),
    st.builds(SetCustomer, _words, _words),
    st.builds(LockTicket),
    st.builds(UnlockTicket),
    st.builds(SetVisible, st.integers(1, 5), st.booleans()),
    st.builds(Watch, _agents),
    st.builds(Unwatch, _agents),
    st.builds(StopSend, st.integers(1, 9)),
    st.builds(NoteDelivery, st.integers(1, 3), _words, st.sampled_from(("dead", "maybe-sent")), st.just(550), _words),
    st.builds(note, st.just("noted"), visible=st.booleans()),
    st.builds(answer, delay_s=st.sampled_from((0, 60))),
)


_Changes: TypeAlias = Callable[[DeskOnTrial, list[Ticket]], tuple[Change, ...]]


def _on_one(place: int, ops: list[Op], seen: int | None) -> _Changes:
    return lambda desk, tickets: (Change(tickets[place].id, tuple(ops), seen),)


def _mail(place: int, visible: bool, at_hours: int | None, reply: AutoResponseType | None, ops: list[Op]) -> _Changes:
    def changes(desk: DeskOnTrial, tickets: list[Ticket]) -> tuple[Change, ...]:
        at = None if at_hours is None else MONDAY - timedelta(hours=at_hours)
        article = desk.article(kind="FollowUp", visible=visible, at=at, auto_response=reply, attachments=(file(),))
        return (Change(tickets[place].id, (AddArticle(article), *ops)),)

    return changes


def _merge(one: int, other: int, more: list[Op], first: bool) -> _Changes:
    def changes(desk: DeskOnTrial, tickets: list[Ticket]) -> tuple[Change, ...]:
        merged, main = tickets[one].id, tickets[other].id
        both = (Change(merged, (MergeInto(main), *more)), Change(main, (Absorb(merged), *more)))
        return both if first else both[::-1]

    return changes


def _link(one: int, other: int, kind: LinkType, away: bool) -> _Changes:
    def changes(desk: DeskOnTrial, tickets: list[Ticket]) -> tuple[Change, ...]:
        source, target = tickets[one].id, tickets[other].id
        if away:
            return Change(source, (Unlink(target, kind),)), Change(target, (Unlink(source, kind),))
        return Change(source, (Link(target, kind),)), Change(target, (Link(source, kind, reverse=True),))

    return changes


_few = st.lists(_ops, min_size=1, max_size=3)
_people = st.sampled_from((anna, anna, ben, cora))
_deeds = st.one_of(
    st.builds(Deed, st.just("acts"), st.builds(_on_one, _places, _few, st.none() | st.integers(1, 4)), _people),
    st.builds(Deed, st.just("acts"), st.builds(_on_one, _places, _few, st.none()), st.sampled_from((SENDER, CLOCK))),
    st.builds(
        Deed,
        st.just("mails"),
        st.builds(
            _mail,
            _places,
            st.booleans(),
            st.none() | st.integers(0, 40),
            st.none() | st.sampled_from(AutoResponseType),
            st.lists(st.builds(SetState, st.just(OPEN)), max_size=1),
        ),
        st.just(POSTMASTER),
    ),
    st.builds(
        Deed,
        st.just("merges"),
        st.builds(_merge, _places, _places, st.lists(_ops, max_size=2), st.booleans()),
        st.just(anna),
    ),
    st.builds(
        Deed,
        st.just("links"),
        st.builds(_link, _places, _places, st.sampled_from(LinkType), st.booleans()),
        st.sampled_from((anna, ben)),
    ),
)


@_BOUNDED
@given(deeds=st.lists(_deeds, min_size=1, max_size=14), minutes=st.integers(0, 200))
def test_history_tells_every_ticket_whatever_was_done(
    desk_of_module: DeskOnTrial, deeds: list[Deed], minutes: int
) -> None:
    desk = desk_of_module
    desk.clock.at = MONDAY
    tickets = [desk.mail(queue) for queue in (SUPPORT, SALES, SECRET)]
    known = {ticket.id: ticket for ticket in tickets}
    for deed in deeds:
        desk.clock.advance(minutes=minutes)
        try:
            done = desk.act(deed.actor, *deed.changes(desk, tickets))
        except Refused:
            continue
        for change in done.changes:
            step = 0 if change.change_id is None else 1
            assert change.ticket.version == known[change.ticket.id].version + step
            known[change.ticket.id] = change.ticket
    assert {number: desk.ticket(number) for number in known} == known
    assert desk.check_stories(list(known)) == 3


def test_replay_notices_a_history_that_tells_something_else(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.do(ben, ticket, SetTitle("New title"), Watch(BEN), SetPriority(5))
    with tx.read(desk.engines) as connection:
        told = recorded_changes(connection, [ticket.id])[ticket.id]
    stored, kin = desk.ticket(ticket), desk.kin(ticket)
    assert differences(stored, kin, replay(ticket.id, told)) == []
    for n, what in ((0, "owner_id"), (1, "lock"), (2, "title"), (3, "watchers"), (4, "priority_id")):
        last = told[-1]
        less = RecordedChange(last.version, last.at, (*last.events[:n], *last.events[n + 1 :]))
        found = differences(stored, kin, replay(ticket.id, [*told[:-1], less]))
        assert [one.what for one in found] == [what]
    found = differences(stored, kin, replay(ticket.id, told[:-1]))
    assert {"version", "title", "watchers", "owner_id"} <= {one.what for one in found}
