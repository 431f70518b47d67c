"""Two people at one ticket: which wishes collide, and what each is told of the other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.desk_fixture import (
    ANNA,
    BEN,
    CLOSED,
    CORA,
    MONDAY,
    OPEN,
    REMINDER,
    SALES,
    DeskOnTrial,
    anna,
    answer,
    ben,
    note,
)
from tuidesk.core.domain.ops import (
    Op,
    SetCustomer,
    SetOwner,
    SetPending,
    SetPriority,
    SetQueue,
    SetResponsible,
    SetState,
    SetTitle,
    UnlockTicket,
)
from tuidesk.core.errors import Conflict, StaleTicket

TOMORROW, LATER = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("theirs", "mine", "field", "words"),
    [
        (SetState(CLOSED), SetState(OPEN), "state", ("new", OPEN, "closed successful")),
        (SetPriority(5), SetPriority(4), "priority", ("3 normal", 4, "5 very high")),
        (SetTitle("Theirs"), SetTitle("Mine"), "title", ("Subject 1", "Mine", "Theirs")),
        (SetResponsible(BEN), SetResponsible(CORA), "responsible", ("-", CORA, "ben")),
        (SetOwner(BEN), SetOwner(CORA), "owner", ("-", CORA, "ben")),
        (SetQueue(SALES), SetQueue(2), "queue", ("Support", 2, "Sales")),
    ],
)
def test_a_field_that_others_changed_is_not_overwritten(
    desk: DeskOnTrial, theirs: Op, mine: Op, field: str, words: tuple[object, ...]
) -> None:
    ticket = desk.mail()
    desk.clock.advance(minutes=1)
    desk.do(ben, ticket, theirs, UnlockTicket())
    before = desk.dump()
    with pytest.raises(StaleTicket) as caught:
        desk.do(anna, ticket, mine, seen=1)
    assert caught.value.ticket_number == ticket.number
    at = MONDAY + timedelta(minutes=1)
    assert caught.value.conflicts == (Conflict(field, *words, by="agent:ben", at=at),)
    assert desk.dump() == before


def test_the_base_is_what_was_seen_and_theirs_is_what_is_there(desk: DeskOnTrial) -> None:
    ticket = desk.mail(subject="one")
    for title in ("two", "three", "four"):
        desk.do(ben, ticket, SetTitle(title))
    with pytest.raises(StaleTicket) as caught:
        desk.do(anna, ticket, SetTitle("mine"), seen=2)
    (conflict,) = caught.value.conflicts
    assert (conflict.base, conflict.mine, conflict.theirs) == ("two", "mine", "four")


def test_all_fields_in_conflict_are_told_at_once(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.do(ben, ticket, SetTitle("X"), SetState(OPEN), SetPriority(5), UnlockTicket())
    with pytest.raises(StaleTicket) as caught:
        desk.do(anna, ticket, SetTitle("Y"), SetState(CLOSED), SetResponsible(ANNA), seen=1)
    assert [conflict.field for conflict in caught.value.conflicts] == ["title", "state"]


@pytest.mark.parametrize(
    "mine",
    [
        note(),
        answer(),
        SetState(OPEN),  # the same wish
        SetResponsible(ANNA),  # a field that nobody touched
        SetCustomer("max@customer.test", "other.test"),
    ],
)
def test_what_does_not_touch_their_field_goes_through(desk: DeskOnTrial, mine: Op) -> None:
    ticket = desk.mail()
    desk.do(ben, ticket, SetState(OPEN), SetTitle("X"), note())
    desk.do(anna, ticket, mine, seen=1)


def test_a_field_that_came_back_to_what_it_was_still_conflicts(desk: DeskOnTrial) -> None:
    ticket = desk.mail(subject="one")
    desk.do(ben, ticket, SetTitle("two"))
    desk.do(ben, ticket, SetTitle("one"))
    with pytest.raises(StaleTicket):
        desk.do(anna, ticket, SetTitle("mine"), seen=1)


def test_who_saw_the_last_version_or_expects_nothing_has_no_conflict(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.do(ben, ticket, SetTitle("X"))
    desk.do(anna, ticket, SetTitle("Y"), seen=2)
    desk.do(anna, ticket, SetTitle("Z"))
    assert desk.ticket(ticket).title == "Z"


def test_the_company_of_the_same_customer_is_a_field_of_its_own(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.do(ben, ticket, SetCustomer("mia@customer.test", "theirs.test"))
    with pytest.raises(StaleTicket) as caught:
        desk.do(anna, ticket, SetCustomer("mia@customer.test", "mine.test"), seen=1)
    (conflict,) = caught.value.conflicts
    assert (conflict.field, conflict.base, conflict.theirs) == ("company", "customer.test", "theirs.test")


@pytest.mark.parametrize("mine", [SetState(REMINDER, LATER), SetPending(LATER)])
def test_a_pending_time_that_others_set_is_not_overwritten(desk: DeskOnTrial, mine: Op) -> None:
    ticket = desk.do(ben, desk.mail(), SetState(REMINDER, TOMORROW), UnlockTicket())
    desk.do(ben, ticket, SetPending(TOMORROW + timedelta(hours=1)), UnlockTicket())
    with pytest.raises(StaleTicket) as caught:
        desk.do(anna, ticket, mine, seen=2)
    assert [conflict.field for conflict in caught.value.conflicts] == ["pending"]
