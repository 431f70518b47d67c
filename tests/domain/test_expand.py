"""The required lock, and what closing and moving release (OTRS rules 1.8 and 2.1)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tuidesk.core.domain.actor import POSTMASTER, AgentActor
from tuidesk.core.domain.desk_config import Agent, DeskConfig, State
from tuidesk.core.domain.expand import expand
from tuidesk.core.domain.ops import (
    AddArticle,
    Link,
    LockTicket,
    MergeInto,
    Op,
    SetOwner,
    SetPending,
    SetPriority,
    SetQueue,
    SetState,
    SetTitle,
    UnlockTicket,
    Watch,
)
from tuidesk.core.domain.states import Channel, Lock, SenderType, StateType
from tuidesk.core.domain.ticket import NewArticle, Ticket
from tuidesk.core.errors import LockedByOther

LATER = datetime(2026, 6, 2, tzinfo=UTC)
ANNA = AgentActor(2, "anna")
CONFIG = DeskConfig(
    states={
        2: State(2, "closed", StateType.CLOSED),
        4: State(4, "open", StateType.OPEN),
        6: State(6, "pending", StateType.PENDING_REMINDER),
        5: State(5, "removed", StateType.REMOVED),
    },
    agents={2: Agent(2, "anna", "Anna"), 3: Agent(3, "ben", "Ben")},
)
FREE = Ticket(7, 1, "1000007", queue_id=1)
HERS = Ticket(7, 1, "1000007", queue_id=1, owner_id=2, lock=Lock.LOCK)
HIS = Ticket(7, 1, "1000007", queue_id=1, owner_id=3, lock=Lock.LOCK)
MAIL = AddArticle(NewArticle("SendAnswer", SenderType.AGENT, Channel.EMAIL, True))
CALL = AddArticle(NewArticle("PhoneCallAgent", SenderType.AGENT, Channel.PHONE, True))
CALLED = AddArticle(NewArticle("PhoneCallCustomer", SenderType.CUSTOMER, Channel.PHONE, True))
NOTE = AddArticle(NewArticle("AddNote", SenderType.AGENT, Channel.INTERNAL, False))
CLAIM = (SetOwner(2), LockTicket())
NEEDY = (SetPriority(5), SetPending(LATER), SetState(6, LATER), MAIL, CALL, MergeInto(9))


@pytest.mark.parametrize("op", NEEDY)
def test_what_needs_the_lock_claims_a_free_ticket(op: Op) -> None:
    assert expand(CONFIG, ANNA, FREE, (op,)) == (*CLAIM, op)
    half_free = Ticket(7, 1, "1000007", lock=Lock.TMP_LOCK)
    assert expand(CONFIG, ANNA, half_free, (op,)) == (*CLAIM, op)


@pytest.mark.parametrize("op", [*NEEDY, SetQueue(2), SetState(2), LockTicket()])
def test_what_needs_the_lock_is_refused_while_somebody_else_holds_it(op: Op) -> None:
    with pytest.raises(LockedByOther) as caught:
        expand(CONFIG, ANNA, HIS, (op,))
    assert caught.value.owner == "ben"
    assert op in expand(CONFIG, ANNA, HIS, (SetOwner(2), op))  # to take it over is the way
    assert op in expand(CONFIG, ANNA, HERS, (op,))
    assert op in expand(CONFIG, ANNA, Ticket(7, 1, owner_id=3, responsible_id=2, lock=Lock.LOCK), (op,))


@pytest.mark.parametrize("op", [SetTitle("x"), NOTE, CALLED, SetState(4), Watch(2), Link(9), UnlockTicket()])
def test_what_needs_no_lock_asks_nobody(op: Op) -> None:
    for ticket in (FREE, HERS, HIS):
        assert expand(CONFIG, ANNA, ticket, (op,)) == (op,)


@pytest.mark.parametrize("state", [2, 5])
def test_closing_claims_and_releases(state: int) -> None:
    op = SetState(state)
    assert expand(CONFIG, ANNA, FREE, (op,)) == (*CLAIM, op, UnlockTicket())
    assert expand(CONFIG, ANNA, HERS, (op,)) == (op, UnlockTicket())


def test_moving_releases_and_claims_nothing() -> None:
    assert expand(CONFIG, ANNA, FREE, (SetQueue(2),)) == (SetQueue(2), UnlockTicket())
    assert expand(CONFIG, ANNA, HERS, (SetQueue(2), NOTE)) == (SetQueue(2), NOTE, UnlockTicket())
    assert expand(CONFIG, ANNA, HERS, (SetQueue(1),)) == (SetQueue(1),)


def test_a_lock_or_an_owner_that_was_asked_for_is_not_added_twice() -> None:
    assert expand(CONFIG, ANNA, FREE, (LockTicket(),)) == (SetOwner(2), LockTicket())
    assert expand(CONFIG, ANNA, FREE, (SetOwner(3),)) == (LockTicket(), SetOwner(3))


def test_the_desk_itself_and_new_tickets_need_no_claim() -> None:
    assert expand(CONFIG, POSTMASTER, HIS, (SetPriority(5),)) == (SetPriority(5),)
    assert expand(CONFIG, ANNA, Ticket(0, 0), (SetPriority(5), MAIL)) == (SetPriority(5), MAIL)
