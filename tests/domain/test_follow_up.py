"""What a mail to an existing ticket does (OTRS rules 3.5 and 1.5)."""

from __future__ import annotations

import pytest

from tuidesk.core.domain.desk_config import Agent, DeskConfig, Queue, State
from tuidesk.core.domain.follow_up import REJECTED, STRANGER, FollowUp, follow_up, is_stranger
from tuidesk.core.domain.ops import LockTicket, SetState, UnlockTicket
from tuidesk.core.domain.states import AutoResponseType, FollowUpPolicy, Lock, StateType
from tuidesk.core.domain.ticket import Ticket

OPEN = 4
CONFIG = DeskConfig(
    queues={
        1: Queue(1, "possible", 1),
        2: Queue(2, "reject", 1, follow_up=FollowUpPolicy.REJECT),
        3: Queue(3, "new ticket", 1, follow_up=FollowUpPolicy.NEW_TICKET),
        4: Queue(4, "locks", 1, follow_up_lock=True),
    },
    states={OPEN: State(OPEN, "open", StateType.OPEN), 3: State(3, "old open", StateType.OPEN, valid=False)},
    agents={1: Agent(1, "-", "nobody", valid=False), 2: Agent(2, "anna", "Anna"), 3: Agent(3, "gone", "", valid=False)},
)
NORMAL = AutoResponseType.FOLLOW_UP
OPENS = (SetState(OPEN),)


def _decide(ticket: Ticket, *, stranger: bool = False, automatic: bool = False) -> FollowUp:
    return follow_up(CONFIG, ticket, stranger=stranger, automatic=automatic)


def _ticket(kind: StateType, queue_id: int = 1, owner_id: int = 2, lock: Lock = Lock.UNLOCK) -> Ticket:
    return Ticket(7, 1, queue_id=queue_id, state_type=kind, owner_id=owner_id, lock=lock)


@pytest.mark.parametrize(
    ("kind", "ops"),
    [
        (StateType.NEW, ()),
        (StateType.OPEN, ()),
        (StateType.MERGED, ()),
        (StateType.PENDING_REMINDER, OPENS),
        (StateType.PENDING_AUTO, OPENS),
        (StateType.CLOSED, OPENS),
        (StateType.REMOVED, OPENS),
    ],
)
def test_new_stays_new_and_the_rest_opens(kind: StateType, ops: tuple[SetState, ...]) -> None:
    assert _decide(_ticket(kind)) == FollowUp(False, True, (), ops, NORMAL)


@pytest.mark.parametrize("kind", StateType)
def test_policies_are_for_closed_tickets_only(kind: StateType) -> None:
    closed = kind in (StateType.CLOSED, StateType.REMOVED)
    reject, new = _decide(_ticket(kind, 2)), _decide(_ticket(kind, 3))
    if closed:
        assert reject == FollowUp(False, True, (REJECTED,), (), AutoResponseType.REJECT)
        assert new == FollowUp(True, True, (), (), AutoResponseType.NEW_TICKET)
    else:
        assert reject == new == _decide(_ticket(kind))


@pytest.mark.parametrize("kind", StateType)
@pytest.mark.parametrize("queue_id", [1, 2, 3, 4])
def test_strangers_and_machines_change_nothing(kind: StateType, queue_id: int) -> None:
    ticket = _ticket(kind, queue_id)
    hidden = FollowUp(False, False, (STRANGER,), (), None)
    assert _decide(ticket, stranger=True) == _decide(ticket, stranger=True, automatic=True) == hidden
    assert _decide(ticket, automatic=True) == FollowUp(False, True, (), (), None)


def test_a_closed_ticket_goes_back_to_its_owner_where_the_queue_says_so() -> None:
    assert _decide(_ticket(StateType.CLOSED, 4)).ops == (LockTicket(), *OPENS)
    assert _decide(_ticket(StateType.PENDING_AUTO, 4)).ops == OPENS
    assert _decide(_ticket(StateType.CLOSED, 1)).ops == OPENS


@pytest.mark.parametrize("owner_id", [1, 3, 99])
def test_a_lock_of_nobody_or_of_one_who_left_is_opened(owner_id: int) -> None:
    assert _decide(_ticket(StateType.OPEN, owner_id=owner_id, lock=Lock.LOCK)).ops == (UnlockTicket(),)
    assert _decide(_ticket(StateType.CLOSED, 4, owner_id=owner_id)).ops == OPENS


def test_a_queue_that_is_gone_lets_follow_ups_through() -> None:
    assert _decide(_ticket(StateType.CLOSED, 99)).ops == OPENS


@pytest.mark.parametrize(
    ("sender", "by_reference", "stranger"),
    [("mia@x.test", False, False), ("max@x.test", False, True), ("max@x.test", True, False), ("", False, True)],
)
def test_a_stranger_only_quotes_a_number(sender: str, by_reference: bool, stranger: bool) -> None:
    assert is_stranger(sender, {"mia@x.test"}, by_reference=by_reference) is stranger
