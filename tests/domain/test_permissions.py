"""Who may do what: groups, owner and responsible, watchers, customers, and the desk's own parts."""

from __future__ import annotations

import pytest

from tuidesk.core.domain.actor import CLOCK, POSTMASTER, SENDER, Actor, AgentActor, CustomerActor, SystemActor
from tuidesk.core.domain.desk_config import DeskConfig, Queue
from tuidesk.core.domain.ops import (
    Absorb,
    AddArticle,
    Link,
    LockTicket,
    MergeInto,
    NoteDelivery,
    Op,
    SetCustomer,
    SetOwner,
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
from tuidesk.core.domain.permissions import check_create, check_op
from tuidesk.core.domain.states import Channel, Right, SenderType
from tuidesk.core.domain.ticket import NewArticle, Ticket
from tuidesk.core.domain.viewer import rights_on, viewer_of
from tuidesk.core.errors import Denied

ME = AgentActor(2, "anna")
NOTE = AddArticle(NewArticle("AddNote", SenderType.AGENT, Channel.INTERNAL, False))
MAIL = AddArticle(NewArticle("SendAnswer", SenderType.AGENT, Channel.EMAIL, True))
SAID = AddArticle(NewArticle("FollowUp", SenderType.CUSTOMER, Channel.EMAIL, True))
TICKET = Ticket(7, 1, "1000007", queue_id=1, customer_user="Mia@X.test")
RW_OPS: tuple[Op, ...] = (
    SetState(2), SetTitle("x"), SetCustomer("a", "b"), SetResponsible(2), LockTicket(), UnlockTicket(), MAIL,
    SetVisible(1, True), Link(8), Unlink(8), MergeInto(8), Absorb(8), StopSend(1), NoteDelivery(1, "", "dead", 0, ""),
    Watch(3), Unwatch(3),
)  # fmt: skip
NEEDS: list[tuple[Op, Right]] = [
    (SetOwner(3), Right.OWNER),
    (SetPriority(5), Right.PRIORITY),
    (NOTE, Right.NOTE),
    (Watch(2), Right.RO),
    *((op, Right.RW) for op in RW_OPS),
]


def _config(*rights: Right, elsewhere: tuple[Right, ...] = ()) -> DeskConfig:
    return DeskConfig(
        queues={1: Queue(1, "Support", 10), 2: Queue(2, "Sales", 20)},
        grants={2: {10: frozenset(rights), 20: frozenset(elsewhere)}},
    )


def _may(config: DeskConfig, actor: Actor, op: Op, ticket: Ticket = TICKET) -> bool:
    try:
        check_op(config, actor, ticket, op)
    except Denied:
        return False
    return True


@pytest.mark.parametrize(("op", "needed"), NEEDS)
def test_each_op_needs_its_right_and_rw_is_all_of_them(op: Op, needed: Right) -> None:
    for right in Right:
        assert _may(_config(right), ME, op) == (right in (needed, Right.RW)), right
    everything_else = [right for right in Right if right not in (needed, Right.RW)]
    assert not _may(_config(*everything_else), ME, op)


@pytest.mark.parametrize(("op", "needed"), NEEDS)
def test_owner_and_responsible_may_do_all_wherever_it_lies(op: Op, needed: Right) -> None:
    for ticket in (Ticket(7, 1, queue_id=1, owner_id=2), Ticket(7, 1, queue_id=1, responsible_id=2)):
        assert _may(_config(), ME, op, ticket)
    assert not _may(_config(), ME, op, Ticket(7, 1, queue_id=1, owner_id=3, responsible_id=3))


def test_a_move_needs_rw_here_and_move_into_there() -> None:
    for here in Right:
        for there in Right:
            may = here is Right.RW and there in (Right.MOVE_INTO, Right.RW)
            assert _may(_config(here, elsewhere=(there,)), ME, SetQueue(2)) == may
    mine = Ticket(7, 1, queue_id=1, owner_id=2)
    assert _may(_config(elsewhere=(Right.MOVE_INTO,)), ME, SetQueue(2), mine)
    assert not _may(_config(elsewhere=(Right.RO,)), ME, SetQueue(2), mine)
    assert not _may(_config(Right.RW), ME, SetQueue(99))


def test_whoever_watches_may_leave_whatever_became_of_her_rights() -> None:
    assert _may(_config(), ME, Unwatch(2))
    assert not _may(_config(Right.RO), ME, Unwatch(3))
    assert not _may(_config(), ME, Watch(2))


def test_a_refusal_says_what_right_is_missing_and_where() -> None:
    with pytest.raises(Denied) as caught:
        check_op(_config(Right.RW), ME, TICKET, SetQueue(2))
    assert (caught.value.op, caught.value.right, caught.value.queue) == ("SetQueue", "move_into", "Sales")


@pytest.mark.parametrize("right", Right)
def test_making_a_ticket_needs_create(right: Right) -> None:
    if right in (Right.CREATE, Right.RW):
        check_create(_config(right), ME, 1)
        return
    with pytest.raises(Denied):
        check_create(_config(right), ME, 1)


@pytest.mark.parametrize(
    "actor", [SENDER, CLOCK, SystemActor("unknown"), CustomerActor("mia@x.test"), AgentActor(9, "x")]
)
def test_nobody_else_makes_tickets_but_the_postmaster(actor: Actor) -> None:
    check_create(_config(), POSTMASTER, 1)
    with pytest.raises(Denied):
        check_create(_config(Right.RW), actor, 1)


def test_parts_of_the_desk_do_only_what_is_theirs() -> None:
    ops = [op for op, _ in NEEDS]
    may = {actor.name: {type(op) for op in ops if _may(_config(), actor, op)} for actor in (POSTMASTER, SENDER, CLOCK)}
    assert may["sender"] == {NoteDelivery}
    assert may["clock"] == {SetState, UnlockTicket}
    forbidden = {SetVisible, Watch, Unwatch, MergeInto, Absorb, StopSend, Unlink, SetResponsible}
    assert may["postmaster"] == {type(op) for op in ops} - forbidden
    assert not any(_may(_config(), SystemActor("unknown"), op) for op in ops)


@pytest.mark.parametrize(
    ("login", "op", "may"),
    [
        ("mia@x.test", SAID, True),
        ("MIA@X.TEST", SAID, True),
        ("max@x.test", SAID, False),
        ("", SAID, False),
        ("mia@x.test", NOTE, False),
        ("mia@x.test", SetState(2), False),
    ],
)
def test_a_customer_says_something_in_her_own_ticket(login: str, op: Op, may: bool) -> None:
    assert _may(_config(), CustomerActor(login), op) is may


def test_addresses_that_only_look_alike_are_two_customers() -> None:
    ticket = Ticket(7, 1, queue_id=1, customer_user="mia@straße.test")
    assert _may(_config(), CustomerActor("Mia@straße.test"), SAID, ticket)
    assert not _may(_config(), CustomerActor("mia@strasse.test"), SAID, ticket)
    assert not _may(_config(), CustomerActor(""), SAID, Ticket(7, 1, queue_id=1))


def test_a_viewer_is_what_may_be_read() -> None:
    some = viewer_of(_config(Right.RO, elsewhere=(Right.NOTE, Right.MOVE_INTO)), 2)
    assert (some.queue_ids, some.group_ids, some.sees_all) == ((1,), (10,), False)
    every = viewer_of(_config(Right.RO, elsewhere=(Right.RW,)), 2)
    assert (every.queue_ids, every.group_ids, every.sees_all) == ((1, 2), (10, 20), True)
    none = viewer_of(_config(), 9)
    assert (none.queue_ids, none.group_ids, none.sees_all) == ((), (), False)
    assert rights_on(_config(Right.RW), 2, 99) == frozenset()
