"""The change path end to end: what an act makes of a ticket, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.desk_fixture import (
    AUTO_CLOSE,
    BEN,
    CLOSED,
    CORA,
    MONDAY,
    NEW,
    NOOR,
    OPEN,
    REMINDER,
    REMOVED,
    SALES,
    SECRET,
    SUPPORT,
    DeskOnTrial,
    anna,
    answer,
    ben,
    cora,
    file,
    noor,
    note,
)
from tuidesk.core.domain.actor import CLOCK, POSTMASTER, SENDER, CustomerActor, Door
from tuidesk.core.domain.ops import (
    AddArticle,
    Change,
    LockTicket,
    NewTicket,
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
    UnlockTicket,
    Unwatch,
    Watch,
)
from tuidesk.core.domain.states import NOBODY, Channel, Lock, SenderType, StateType
from tuidesk.core.errors import Denied, Invalid, LockedByOther, NotFound

LATER = MONDAY + timedelta(days=1)


# --- making tickets -----------------------------------------------------------------------------


def test_a_mail_becomes_a_ticket_with_its_article_and_file(desk: DeskOnTrial) -> None:
    done = desk.receive(subject="Printer on fire", body="Help", attachments=(file("log.txt", b"\0\xff"),))
    ticket = desk.ticket(done.changes[0].ticket)
    assert ticket == done.changes[0].ticket
    assert (ticket.version, ticket.title, ticket.queue_id) == (1, "Printer on fire", SUPPORT)
    assert (ticket.state_type, ticket.owner_id, ticket.lock) == (StateType.NEW, NOBODY, Lock.UNLOCK)
    assert ticket.last_customer_article_at == ticket.created_at == MONDAY
    view = desk.desk.ticket(desk.viewer(anna), ticket.id)
    assert [(one.no, one.body, one.at) for one in view.articles] == [(1, "Help", MONDAY)]
    assert desk.desk.file(desk.viewer(anna), ticket.id, 1, 1) == ("log.txt", b"\0\xff")
    assert desk.kinds(ticket) == ["NewTicket", "EmailCustomer"]


def test_the_title_is_the_first_subject_when_none_is_given(desk: DeskOnTrial) -> None:
    new = NewTicket(desk.desk.new_number(), SUPPORT, "  ")
    done = desk.act(anna, Change(new, (note(subject="What it is about"),)))
    assert done.changes[0].ticket.title == "What it is about"


def test_text_that_no_database_takes_is_made_storable(desk: DeskOnTrial) -> None:
    new = NewTicket(desk.desk.new_number(), SUPPORT, "a\0b \ud800", "us\0er", "com\udfffpany")
    ticket = desk.act(anna, Change(new, ())).changes[0].ticket
    desk.do(anna, ticket, SetTitle("c\0d"), SetCustomer("x\0", "y\ud800"))
    desk.do(SENDER, ticket, NoteDelivery(1, "a\0@x.test", "dead", 550, "no\0 \ud800"))
    assert desk.ticket(ticket).title == "cd"
    desk.check_stories()


def test_a_time_in_the_past_orders_the_story_of_an_old_mail(desk: DeskOnTrial) -> None:
    ticket = desk.mail(at=MONDAY - timedelta(days=9))
    assert ticket.created_at == ticket.last_customer_article_at == MONDAY - timedelta(days=9)
    desk.do(anna, ticket, answer())
    desk.follow_up(ticket, at=MONDAY - timedelta(days=8))
    desk.follow_up(ticket, at=MONDAY - timedelta(days=12), visible=False)
    assert desk.ticket(ticket).last_customer_article_at == MONDAY - timedelta(days=8)
    desk.check_stories()


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (NewTicket("77", 99, "t"), Denied),
        (NewTicket("77", SUPPORT, "t", state_id=99), NotFound),
        (NewTicket("77", SUPPORT, "t", state_id=9), Invalid),
        (NewTicket("77", SUPPORT, "t", priority_id=99), NotFound),
        (NewTicket("77", SUPPORT, "t", owner_id=99), NotFound),
        (NewTicket("77", SUPPORT, "t", state_id=REMINDER), Invalid),
        (NewTicket("77", SUPPORT, "t", state_id=REMINDER, pending_until=MONDAY), Invalid),
    ],
)
def test_a_ticket_of_impossible_values_is_refused(desk: DeskOnTrial, new: NewTicket, error: type[Exception]) -> None:
    before = desk.dump()
    with pytest.raises(error):
        desk.act(anna, Change(new, ()))
    assert desk.dump() == before


# --- nothing to do ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "op",
    [
        SetTitle("Subject  1 "),
        SetState(NEW),
        SetQueue(SUPPORT),
        SetPriority(3),
        SetCustomer("mia@customer.test", "customer.test"),
        UnlockTicket(),
        Unwatch(BEN),
        SetVisible(1, True),
    ],
)
def test_what_changes_nothing_leaves_nothing(desk: DeskOnTrial, op: Op) -> None:
    ticket = desk.mail()
    # a priority needs the lock, and taking it is a change
    desk.do(anna, ticket, LockTicket())
    if isinstance(op, SetQueue | UnlockTicket):
        desk.do(anna, ticket, UnlockTicket())
    before = desk.dump()
    done = desk.act(anna, Change(ticket.id, (op,)))
    assert (done.act_id, done.changes[0].change_id, done.changes[0].events) == (None, None, ())
    assert desk.dump() == before


def test_no_ops_beside_a_change_leave_no_history(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.do(anna, ticket, SetTitle("Other"), SetState(NEW), SetCustomer("mia@customer.test", "customer.test"))
    assert desk.kinds(ticket, after=1) == ["TitleUpdate"]


def test_an_act_with_two_tickets_changes_only_the_one_that_differs(desk: DeskOnTrial) -> None:
    one, two = desk.mail(), desk.mail()
    done = desk.act(anna, Change(one.id, (SetTitle("X"),)), Change(two.id, (SetTitle(two.title),)))
    assert [change.change_id is None for change in done.changes] == [False, True]
    assert (desk.ticket(one).version, desk.ticket(two).version) == (2, 1)


def test_a_second_op_sees_what_the_first_did(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.do(anna, ticket, Watch(BEN), Watch(BEN), SetVisible(1, False), SetVisible(1, True), Unwatch(BEN), Watch(CORA))
    kin = desk.kin(ticket)
    assert kin.watchers == {CORA}
    assert kin.articles[0].visible
    desk.check_stories()


# --- refusals leave nothing ---------------------------------------------------------------------


def test_one_refused_change_refuses_the_whole_act(desk: DeskOnTrial) -> None:
    fine, secret = desk.mail(), desk.mail(SECRET)
    before = desk.dump()
    with pytest.raises(Denied):
        desk.act(ben, Change(fine.id, (SetTitle("X"),)), Change(secret.id, (SetTitle("X"),)))
    assert desk.dump() == before


def test_one_act_changes_a_ticket_once(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    with pytest.raises(Invalid):
        desk.act(anna, Change(ticket.id, (SetTitle("X"),)), Change(ticket.id, (SetTitle("Y"),)))


@pytest.mark.parametrize(
    ("op", "error"),
    [
        (SetState(99), NotFound),
        (SetState(9), Invalid),
        (SetPriority(99), NotFound),
        (SetOwner(99), NotFound),
        (SetOwner(NOBODY), Invalid),
        (SetTitle(" "), Invalid),
        (SetVisible(5, True), NotFound),
        (Watch(99), NotFound),
        (SetPending(LATER), Invalid),
        (note(kind="Move"), Invalid),
        (note(kind="nothing"), Invalid),
    ],
)
def test_impossible_values_are_refused(desk: DeskOnTrial, op: Op, error: type[Exception]) -> None:
    ticket = desk.mail()
    before = desk.dump()
    with pytest.raises(error):
        desk.do(anna, ticket, op)
    assert desk.dump() == before


def test_a_ticket_that_is_not_there_is_not_found(desk: DeskOnTrial) -> None:
    with pytest.raises(NotFound):
        desk.do(anna, 4711, SetTitle("X"))


# --- the required lock --------------------------------------------------------------------------


@pytest.mark.parametrize("op", [SetPriority(5), SetState(REMINDER, LATER), answer()])
def test_an_op_that_needs_the_lock_claims_a_free_ticket(desk: DeskOnTrial, op: Op) -> None:
    ticket = desk.do(ben, desk.mail(), op)
    assert (ticket.lock, ticket.owner_id) == (Lock.LOCK, BEN)
    assert desk.kinds(ticket, after=1)[:2] == ["OwnerUpdate", "Lock"]


@pytest.mark.parametrize("op", [SetTitle("X"), note(), SetState(OPEN), Watch(BEN), SetResponsible(BEN)])
def test_an_op_that_needs_no_lock_claims_nothing(desk: DeskOnTrial, op: Op) -> None:
    ticket = desk.do(ben, desk.mail(), op)
    assert (ticket.lock, ticket.owner_id) == (Lock.UNLOCK, NOBODY)


@pytest.mark.parametrize("op", [SetPriority(5), SetState(CLOSED), SetQueue(SALES), LockTicket(), answer()])
def test_a_ticket_locked_by_somebody_else_is_refused(desk: DeskOnTrial, op: Op) -> None:
    ticket = desk.do(ben, desk.mail(), LockTicket())
    before = desk.dump()
    with pytest.raises(LockedByOther) as caught:
        desk.do(anna, ticket, op)
    assert (caught.value.ticket_number, caught.value.owner) == (ticket.number, "ben")
    assert desk.dump() == before


def test_a_note_needs_no_lock_and_a_take_over_does_not_ask(desk: DeskOnTrial) -> None:
    ticket = desk.do(ben, desk.mail(), LockTicket())
    desk.do(anna, ticket, note())
    taken = desk.do(anna, ticket, SetOwner(anna.agent_id), SetPriority(5))
    assert (taken.owner_id, taken.lock, taken.priority_id) == (anna.agent_id, Lock.LOCK, 5)


def test_the_responsible_agent_need_not_be_the_owner(desk: DeskOnTrial) -> None:
    ticket = desk.do(ben, desk.mail(), LockTicket(), SetResponsible(anna.agent_id))
    assert desk.do(anna, ticket, SetPriority(5)).owner_id == BEN


def test_closing_unlocks(desk: DeskOnTrial) -> None:
    ticket = desk.do(ben, desk.mail(), LockTicket())
    closed = desk.do(ben, ticket, SetState(CLOSED))
    assert (closed.lock, closed.owner_id, closed.closed_at) == (Lock.UNLOCK, BEN, MONDAY)
    assert desk.kinds(ticket, after=2) == ["StateUpdate", "Unlock"]


def test_closing_again_keeps_the_first_time_and_opening_forgets_it(desk: DeskOnTrial) -> None:
    ticket = desk.do(ben, desk.mail(), SetState(CLOSED))
    desk.clock.advance(hours=1)
    assert desk.do(ben, ticket, SetState(REMOVED)).closed_at == MONDAY
    assert desk.do(ben, ticket, SetState(OPEN)).closed_at is None


def test_moving_unlocks_and_claims_nothing_first(desk: DeskOnTrial) -> None:
    free = desk.do(ben, desk.mail(), SetQueue(SALES))
    assert desk.kinds(free, after=1) == ["Move"]
    held = desk.do(ben, desk.mail(), LockTicket())
    moved = desk.do(ben, held, SetQueue(SALES))
    assert (moved.lock, moved.queue_id, moved.owner_id) == (Lock.UNLOCK, SALES, BEN)
    desk.check_stories()


# --- waiting ------------------------------------------------------------------------------------


@pytest.mark.parametrize("until", [None, MONDAY, MONDAY - timedelta(seconds=1)])
@pytest.mark.parametrize("state", [REMINDER, AUTO_CLOSE])
def test_a_pending_state_needs_a_time_to_come(desk: DeskOnTrial, state: int, until: object) -> None:
    ticket = desk.mail()
    with pytest.raises(Invalid):
        desk.do(ben, ticket, SetState(state, until))  # type: ignore[arg-type]
    assert desk.ticket(ticket).version == 1


def test_leaving_a_pending_state_forgets_its_time(desk: DeskOnTrial) -> None:
    ticket = desk.do(ben, desk.mail(), SetState(REMINDER, LATER))
    assert ticket.pending_until == LATER
    later = desk.do(ben, ticket, SetPending(LATER + timedelta(days=1)))
    assert later.pending_until == LATER + timedelta(days=1)
    assert desk.do(ben, ticket, SetState(OPEN)).pending_until is None
    assert desk.kinds(ticket, after=3) == ["StateUpdate", "SetPendingTime"]


def test_a_pending_ticket_whose_time_has_passed_may_be_set_to_what_it_is(desk: DeskOnTrial) -> None:
    ticket = desk.do(ben, desk.mail(), SetState(REMINDER, LATER))
    desk.clock.advance(days=2)
    assert desk.act(ben, Change(ticket.id, (SetState(REMINDER),))).act_id is None
    with pytest.raises(Invalid):
        desk.do(ben, ticket, SetState(AUTO_CLOSE))


# --- rights -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "op",
    [SetTitle("X"), SetState(OPEN), SetPriority(5), SetOwner(CORA), note(), answer(), SetQueue(SUPPORT), LockTicket()],
)
def test_reading_is_not_writing(desk: DeskOnTrial, op: Op) -> None:
    ticket = desk.mail(SECRET)
    before = desk.dump()
    with pytest.raises(Denied) as caught:
        desk.do(cora, ticket, op)
    assert caught.value.queue == "Secret"
    assert desk.dump() == before


def test_moving_needs_the_right_to_move_there(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    with pytest.raises(Denied) as caught:
        desk.do(ben, ticket, SetQueue(SECRET))
    assert (caught.value.right, caught.value.queue) == ("move_into", "Secret")
    desk.do(anna, ticket, SetResponsible(CORA))
    assert desk.do(cora, ticket, SetQueue(SECRET)).queue_id == SECRET


def test_owner_and_responsible_may_do_anything_to_their_ticket(desk: DeskOnTrial) -> None:
    for give in (SetOwner(NOOR), SetResponsible(NOOR)):
        ticket = desk.do(anna, desk.mail(), give, UnlockTicket())
        desk.do(noor, ticket, SetTitle("Mine"), note())
        with pytest.raises(Denied):
            desk.do(noor, ticket, SetQueue(SALES))  # what is not hers yet she may not fill


def test_a_watcher_only_reads(desk: DeskOnTrial) -> None:
    ticket = desk.do(anna, desk.mail(), Watch(NOOR))
    assert desk.desk.ticket(desk.viewer(noor), ticket.id).ticket == ticket
    for op in (SetTitle("X"), note(), Watch(CORA)):
        with pytest.raises(Denied):
            desk.do(noor, ticket, op)
    desk.do(noor, ticket, Unwatch(NOOR))
    with pytest.raises(NotFound):
        desk.desk.ticket(desk.viewer(noor), ticket.id)


def test_who_only_reads_may_watch_but_not_make_others_watch(desk: DeskOnTrial) -> None:
    ticket = desk.mail(SECRET)
    desk.do(cora, ticket, Watch(CORA))
    with pytest.raises(Denied):
        desk.do(cora, ticket, Watch(NOOR))


def test_nobody_makes_tickets_where_she_may_not(desk: DeskOnTrial) -> None:
    for actor in (cora, noor, CustomerActor("mia@customer.test"), CLOCK):
        with pytest.raises(Denied):
            desk.act(actor, Change(NewTicket("77", SECRET, "X"), (note(),)))


def test_a_customer_writes_to_her_own_ticket_and_no_more(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    says = AddArticle(desk.article(kind="FollowUp"))
    desk.act(CustomerActor("Mia@Customer.test"), Change(ticket.id, (says,)), door=Door.PORTAL)
    for who, op in (("max@customer.test", says), ("", says), ("mia@customer.test", SetTitle("X"))):
        with pytest.raises(Denied):
            desk.do(CustomerActor(who), ticket, op)


@pytest.mark.parametrize(
    ("actor", "op", "may"),
    [
        (POSTMASTER, SetState(OPEN), True),
        (POSTMASTER, SetVisible(1, False), False),
        (POSTMASTER, Watch(BEN), False),
        (POSTMASTER, NoteDelivery(1, "a@x.test", "bounced", 0, ""), True),
        (SENDER, NoteDelivery(1, "a@x.test", "dead", 550, "no"), True),
        (SENDER, SetState(OPEN), False),
        (SENDER, note(), False),
        (CLOCK, SetState(OPEN), True),
        (CLOCK, SetTitle("X"), False),
        (CLOCK, note(), False),
    ],
)
def test_each_part_of_the_desk_has_its_policy(desk: DeskOnTrial, actor: object, op: Op, may: bool) -> None:
    ticket = desk.mail()
    if may:
        assert desk.do(actor, ticket, op).version == 2  # type: ignore[arg-type]
    else:
        with pytest.raises(Denied):
            desk.do(actor, ticket, op)  # type: ignore[arg-type]


# --- what is told -------------------------------------------------------------------------------


def test_history_says_who_when_and_through_which_door(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.clock.advance(minutes=5)
    desk.act(ben, Change(ticket.id, (SetState(OPEN),)), door=Door.CLI)
    row = desk.desk.history(desk.viewer(ben), ticket.id)[-1]
    assert (row.actor, row.at, row.door, row.version) == ("agent:ben", MONDAY + timedelta(minutes=5), "cli", 2)
    assert row.event.data["old"]["name"] == "new"
    assert row.event.data["new"] == {"id": OPEN, "name": "open", "type": "open"}


def test_a_phone_call_of_the_agent_is_her_first_response(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    viewer = desk.viewer(ben)
    assert desk.desk.facts(viewer, ticket.id).due.first_response_at is not None
    call = answer(channel=Channel.PHONE, kind="PhoneCallAgent", send=None, sender_type=SenderType.AGENT)
    desk.do(ben, ticket, call)
    due = desk.desk.facts(viewer, ticket.id).due
    assert due.first_response_at is None
    assert due.solution_at is not None
    desk.check_stories()


def test_a_move_reckons_the_deadlines_of_the_other_queue(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.do(anna, ticket, SetQueue(SALES))
    assert desk.desk.facts(desk.viewer(anna), ticket.id).due.escalation_at is None
    desk.do(anna, ticket, SetQueue(SECRET))
    due = desk.desk.facts(desk.viewer(anna), ticket.id).due
    assert due.escalation_at == due.update_at != None  # noqa: E711 - a chain
    desk.check_stories()
