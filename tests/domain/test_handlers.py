"""What each op makes happen, as pure functions: one event for a change, none for what is so already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tuidesk.core.domain.actor import AgentActor
from tuidesk.core.domain.desk_config import Agent, DeskConfig, Priority, Queue, State
from tuidesk.core.domain.events import Kind
from tuidesk.core.domain.evolve import evolve_kin, fold
from tuidesk.core.domain.handlers import NOTHING, Context, QueuedMail, created, reduce_op
from tuidesk.core.domain.ops import (
    Absorb,
    AddArticle,
    Link,
    LockTicket,
    MergeInto,
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
    StopSend,
    Unlink,
    UnlockTicket,
    Unwatch,
    Watch,
)
from tuidesk.core.domain.states import NOBODY, Channel, LinkType, Lock, SenderType, StateType
from tuidesk.core.domain.ticket import ArticleHead, Kin, NewArticle, OutgoingMail, Ticket
from tuidesk.core.errors import Invalid, NotFound

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
CONFIG = DeskConfig(
    queues={1: Queue(1, "Raw", 1), 2: Queue(2, "Support", 1)},
    states={
        1: State(1, "new", StateType.NEW),
        2: State(2, "closed", StateType.CLOSED),
        4: State(4, "open", StateType.OPEN),
        6: State(6, "pending reminder", StateType.PENDING_REMINDER),
        9: State(9, "merged", StateType.MERGED),
    },
    priorities={3: Priority(3, "normal"), 5: Priority(5, "very high")},
    agents={
        1: Agent(1, "-", "nobody", valid=False),
        2: Agent(2, "anna", "Anna"),
        3: Agent(3, "ben", "Ben"),
        8: Agent(8, "gone", "Gone", valid=False),
    },
)
TICKET = Ticket(
    7, 3, "1000007", "Title", queue_id=1, state_id=1, customer_user="mia", created_at=NOW, last_article_no=2
)
OTHER = Ticket(8, 1, "1000008", "Other", queue_id=1, state_id=1, created_at=NOW, last_article_no=4)
HEADS = (
    ArticleHead(70, 1, SenderType.CUSTOMER, Channel.EMAIL, True),
    ArticleHead(71, 2, SenderType.AGENT, Channel.INTERNAL, False),
)
KIN = {
    7: Kin(frozenset({3}), frozenset({(7, 8, "Normal")}), HEADS),
    8: Kin(frozenset({2}), frozenset({(7, 8, "Normal")}), ()),
}
MAILS = {1: QueuedMail(1, 2, "queued", 7), 2: QueuedMail(2, 2, "stopped", 7), 3: QueuedMail(3, 2, "sending", 7),
         4: QueuedMail(4, 2, "queued", 8)}  # fmt: skip
CONTEXT = Context(CONFIG, AgentActor(2, "anna"), NOW, {7: TICKET, 8: OTHER}, KIN, MAILS)


@pytest.mark.parametrize(
    ("op", "kind", "new", "old"),
    [
        (SetQueue(2), Kind.MOVE, {"id": 2, "name": "Support"}, {"id": 1, "name": "Raw"}),
        (SetOwner(3), Kind.OWNER, {"id": 3, "name": "ben"}, {"id": 1, "name": "-"}),
        (SetResponsible(2), Kind.RESPONSIBLE, {"id": 2, "name": "anna"}, {"id": 1, "name": "-"}),
        (SetPriority(5), Kind.PRIORITY, {"id": 5, "name": "very high"}, {"id": 3, "name": "normal"}),
        (SetTitle("  New \n title "), Kind.TITLE, "New title", "Title"),
        (SetState(4), Kind.STATE, {"id": 4, "name": "open", "type": "open"}, {"id": 1, "name": "new", "type": "new"}),
        (
            SetCustomer("max", "acme"),
            Kind.CUSTOMER,
            {"customer_user": "max", "customer_id": "acme"},
            {"customer_user": "mia", "customer_id": ""},
        ),
        (SetVisible(2, True), Kind.VISIBLE, True, False),
    ],
)
def test_a_field_that_is_set_tells_new_and_old(op: Op, kind: Kind, new: object, old: object) -> None:
    (event,) = reduce_op(TICKET, op, CONTEXT).events
    assert (event.kind, event.data["new"], event.data["old"]) == (kind, new, old)
    assert reduce_op(fold(TICKET, (event,), NOW), op, CONTEXT) == NOTHING or kind is Kind.VISIBLE


@pytest.mark.parametrize(
    "op",
    [
        SetQueue(1),
        SetPriority(3),
        SetTitle("Title"),
        SetState(1),
        SetCustomer("mia", ""),
        UnlockTicket(),
        SetVisible(1, True),
        Watch(3),
        Unwatch(2),
        Unwatch(8),
        Link(8),
        Unlink(8, LinkType.PARENT_CHILD),
        StopSend(2),
    ],
)
def test_what_is_so_already_gives_no_event(op: Op) -> None:
    assert reduce_op(TICKET, op, CONTEXT) == NOTHING


@pytest.mark.parametrize(
    ("op", "error"),
    [
        (SetQueue(9), NotFound),
        (SetState(99), NotFound),
        (SetState(9), Invalid),
        (SetState(6), Invalid),
        (SetState(6, NOW), Invalid),
        (SetPending(LATER), Invalid),
        (SetPriority(9), NotFound),
        (SetOwner(8), Invalid),
        (SetOwner(77), NotFound),
        (SetResponsible(NOBODY), Invalid),
        (SetTitle("\n"), Invalid),
        (SetVisible(3, True), NotFound),
        (Watch(8), Invalid),
        (Link(7), Invalid),
        (Link(99), NotFound),
        (Unlink(99), NotFound),
        (MergeInto(7), Invalid),
        (MergeInto(99), NotFound),
        (Absorb(99), NotFound),
        (StopSend(3), Invalid),
        (StopSend(4), NotFound),
        (StopSend(9), NotFound),
    ],
)
def test_impossible_values_are_refused(op: Op, error: type[Exception]) -> None:
    with pytest.raises(error):
        reduce_op(TICKET, op, CONTEXT)


def test_titles_are_cut_at_191_characters() -> None:
    (event,) = reduce_op(TICKET, SetTitle("x" * 400), CONTEXT).events
    assert len(event.data["new"]) == 191
    assert event.data["new"].endswith(" [...]")


def test_a_pending_state_sets_its_time_and_another_state_forgets_it() -> None:
    step = reduce_op(TICKET, SetState(6, LATER), CONTEXT)
    assert [event.kind for event in step.events] == [Kind.STATE, Kind.PENDING]
    waiting = fold(TICKET, step.events, NOW)
    assert waiting.pending_until == LATER
    assert [event.kind for event in reduce_op(waiting, SetState(4), CONTEXT).events] == [Kind.STATE, Kind.PENDING]
    assert fold(waiting, reduce_op(waiting, SetState(4), CONTEXT).events, NOW).pending_until is None
    late = Context(CONFIG, CONTEXT.actor, LATER)
    assert reduce_op(waiting, SetState(6), late) == NOTHING
    with pytest.raises(Invalid):
        reduce_op(waiting, SetPending(LATER), late)


def test_locking_says_who() -> None:
    (event,) = reduce_op(TICKET, LockTicket(), CONTEXT).events
    assert (event.kind, event.data) == (Kind.LOCK, {"by": "agent:anna"})
    locked = fold(TICKET, (event,), NOW)
    assert locked.lock is Lock.LOCK
    assert reduce_op(locked, LockTicket(), CONTEXT) == NOTHING
    assert reduce_op(locked, UnlockTicket(), CONTEXT).events[0].kind is Kind.UNLOCK


def test_an_article_gets_the_next_number_and_keeps_its_words_out_of_history() -> None:
    send = OutgoingMail(("a@x.test",), "me@desk.test")
    article = NewArticle(
        "SendAnswer", SenderType.AGENT, Channel.EMAIL, True, "me", body="secret", send=send, flags=("f",)
    )
    step = reduce_op(TICKET, AddArticle(article), CONTEXT)
    (event,) = step.events
    head = {"id": None, "no": 3, "sender_type": "agent", "channel": "Email", "visible": True}
    assert event.data == {"article": head, "from": "me", "to": ["a@x.test"], "flags": ["f"]}
    assert [(item.no, item.article) for item in step.articles] == [(3, article)]


@pytest.mark.parametrize("kind", ["Move", "", "FollowUp ", "NewTicket"])
def test_an_article_of_a_kind_that_is_none_is_refused(kind: str) -> None:
    with pytest.raises(Invalid):
        reduce_op(TICKET, AddArticle(NewArticle(kind, SenderType.AGENT, Channel.INTERNAL, False)), CONTEXT)


def test_links_run_from_source_to_target_whoever_tells_them() -> None:
    child = LinkType.PARENT_CHILD
    (one,) = reduce_op(TICKET, Link(8, child), CONTEXT).events
    (other,) = reduce_op(OTHER, Link(7, child, reverse=True), CONTEXT).events
    for event, far in ((one, 8), (other, 7)):
        assert (event.data["source"], event.data["target"], event.data["type"]) == (7, 8, "ParentChild")
        assert event.data["other"]["id"] == far
    (gone,) = reduce_op(OTHER, Unlink(7), CONTEXT).events
    assert (gone.data["source"], gone.data["target"]) == (7, 8)


def test_both_sides_of_a_merge_tell_of_the_same_articles() -> None:
    ends, takes = reduce_op(TICKET, MergeInto(8), CONTEXT).events, reduce_op(OTHER, Absorb(7), CONTEXT).events
    assert [event.kind for event in ends] == [Kind.MERGED, Kind.STATE, Kind.UNSUBSCRIBE]
    assert [event.kind for event in takes] == [Kind.MERGED, Kind.SUBSCRIBE]
    moved = [(item["id"], item["old_no"], item["no"]) for item in takes[0].data["articles"]]
    assert moved == [(70, 1, 5), (71, 2, 6)]
    assert moved == [(item["id"], item["old_no"], item["no"]) for item in ends[0].data["articles"]]
    merged, main = fold(TICKET, ends, NOW), fold(OTHER, takes, NOW)
    assert (merged.merged_into, merged.state_type, merged.closed_at) == (8, StateType.MERGED, NOW)
    assert main.last_article_no == 6
    kin = KIN[8]
    for event in takes:
        kin = evolve_kin(kin, event)
    assert (kin.watchers, [head.no for head in kin.articles]) == ({2, 3}, [5, 6])
    with pytest.raises(Invalid):
        again = Context(CONFIG, CONTEXT.actor, NOW, {7: merged, 8: main}, KIN)
        reduce_op(main, Absorb(7), again)


def test_deliveries_are_told_without_touching_the_ticket() -> None:
    for outcome, kind in (("dead", Kind.SEND_ERROR), ("bounced", Kind.SEND_ERROR), ("maybe-sent", Kind.SEND_UNCERTAIN)):
        (event,) = reduce_op(TICKET, NoteDelivery(2, "a@x\0", outcome, 550, "no\ud800"), CONTEXT).events
        assert (event.kind, event.data["address"], event.data["reply"]) == (kind, "a@x", "no\ufffd")
        assert fold(TICKET, (event,), NOW) == TICKET


def test_a_new_ticket_tells_all_of_itself() -> None:
    (event,) = created(NewTicket("1000009", 2, " A  b", "mia", "acme", state_id=6, pending_until=LATER), CONTEXT).events
    ticket = fold(Ticket(0, 0), (event,), NOW)
    assert (ticket.number, ticket.title, ticket.queue_id, ticket.state_type) == (
        "1000009", "A b", 2, StateType.PENDING_REMINDER,
    )  # fmt: skip
    assert (ticket.owner_id, ticket.lock, ticket.pending_until, ticket.created_at) == (NOBODY, Lock.UNLOCK, LATER, NOW)


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (NewTicket("1", 9, "t"), NotFound),
        (NewTicket("1", 1, "t", owner_id=8), Invalid),
        (NewTicket("1", 1, "t", owner_id=99), NotFound),
        (NewTicket("1", 1, "t", state_id=9), Invalid),
        (NewTicket("1", 1, "t", state_id=6), Invalid),
    ],
)
def test_a_new_ticket_of_impossible_values_is_refused(new: NewTicket, error: type[Exception]) -> None:
    with pytest.raises(error):
        created(new, CONTEXT)
