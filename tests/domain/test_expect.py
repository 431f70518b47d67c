"""Three ways to look at a field: only the same field, changed to something else, is a conflict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tuidesk.core.domain.events import Event, Kind
from tuidesk.core.domain.expect import LaterEvent, conflicts
from tuidesk.core.domain.ops import (
    AddArticle,
    LockTicket,
    Op,
    SetCustomer,
    SetOwner,
    SetPending,
    SetPriority,
    SetQueue,
    SetResponsible,
    SetState,
    SetTitle,
    Watch,
)
from tuidesk.core.domain.states import Channel, SenderType
from tuidesk.core.domain.ticket import NewArticle, Ticket
from tuidesk.core.errors import Conflict

AT = datetime(2026, 6, 1, tzinfo=UTC)
TICKET = Ticket(
    7, 5, "1000007", "theirs", queue_id=2, state_id=4, priority_id=5, owner_id=3, responsible_id=3,
    customer_user="mia", customer_id="theirs", pending_until=AT,
)  # fmt: skip


def _named(number: int, name: str) -> dict[str, object]:
    return {"id": number, "name": name}


def _later(kind: Kind, old: object, new: object, by: str = "agent:ben") -> LaterEvent:
    return LaterEvent(Event(kind, {"old": old, "new": new}), by, AT)


def _customer(user: str, company: str) -> dict[str, str]:
    return {"customer_user": user, "customer_id": company}


CHANGES = {
    "queue": (_later(Kind.MOVE, _named(1, "a"), _named(2, "b")), SetQueue(3), SetQueue(2), ("a", 3, "b")),
    "state": (_later(Kind.STATE, _named(1, "new"), _named(4, "open")), SetState(2), SetState(4), ("new", 2, "open")),
    "priority": (_later(Kind.PRIORITY, _named(3, "n"), _named(5, "h")), SetPriority(4), SetPriority(5), ("n", 4, "h")),
    "owner": (_later(Kind.OWNER, _named(1, "-"), _named(3, "ben")), SetOwner(2), SetOwner(3), ("-", 2, "ben")),
    "responsible": (
        _later(Kind.RESPONSIBLE, _named(1, "-"), _named(3, "ben")),
        SetResponsible(2),
        SetResponsible(3),
        ("-", 2, "ben"),
    ),
    "title": (_later(Kind.TITLE, "base", "theirs"), SetTitle("mine"), SetTitle("theirs"), ("base", "mine", "theirs")),
    "pending": (
        _later(Kind.PENDING, None, AT.isoformat()),
        SetPending(AT + timedelta(1)),
        SetPending(AT),
        (None, AT + timedelta(1), AT.isoformat()),
    ),
    "company": (
        _later(Kind.CUSTOMER, _customer("mia", "base"), _customer("mia", "theirs")),
        SetCustomer("mia", "mine"),
        SetCustomer("max", "theirs"),
        ("base", "mine", "theirs"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("field", CHANGES)
def test_another_wish_for_a_changed_field_conflicts_and_the_same_one_does_not(field: str) -> None:
    later, mine, same, words = CHANGES[field]
    assert conflicts(TICKET, (mine,), [later]) == (Conflict(field, *words, by="agent:ben", at=AT),)
    assert conflicts(TICKET, (same,), [later]) == ()
    assert conflicts(TICKET, (mine,), []) == ()
    for other, (another, *_) in CHANGES.items():
        if other != field:
            assert conflicts(TICKET, (mine,), [another]) == ()


def test_the_first_change_gives_the_base_and_the_last_one_theirs() -> None:
    story = [_later(Kind.TITLE, "base", "x", "agent:anna"), _later(Kind.TITLE, "x", "theirs", "agent:ben")]
    (found,) = conflicts(TICKET, (SetTitle("mine"),), story)
    assert (found.base, found.theirs, found.by) == ("base", "theirs", "agent:ben")


def test_a_state_with_a_time_conflicts_in_both() -> None:
    story = [CHANGES["state"][0], CHANGES["pending"][0]]
    found = conflicts(TICKET, (SetState(6, AT + timedelta(2)),), story)
    assert [one.field for one in found] == ["state", "pending"]
    assert [one.field for one in conflicts(TICKET, (SetState(6),), story)] == ["state"]


@pytest.mark.parametrize(
    "op", [AddArticle(NewArticle("AddNote", SenderType.AGENT, Channel.INTERNAL, False)), Watch(2), LockTicket()]
)
def test_adding_never_conflicts(op: Op) -> None:
    everything = [later for later, *_ in CHANGES.values()]
    assert conflicts(TICKET, (op,), everything) == ()
