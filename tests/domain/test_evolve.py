"""The fold and its replay: a ticket is its events in order, and what was erased equals anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tuidesk.core.domain.events import ARTICLE_KINDS, Event, Kind
from tuidesk.core.domain.evolve import evolve, evolve_kin, fold
from tuidesk.core.domain.replay import RecordedChange, differences, replay
from tuidesk.core.domain.states import Lock, StateType
from tuidesk.core.domain.ticket import Kin, Ticket

AT = datetime(2026, 6, 1, 10, tzinfo=UTC)
BORN = Event(
    Kind.NEW_TICKET,
    {
        "number": "1000007", "title": "Title", "queue": {"id": 1}, "priority": {"id": 3}, "owner": {"id": 1},
        "state": {"id": 1, "type": "new"}, "responsible": {"id": 1}, "lock": 1, "customer_user": "mia",
        "customer_id": "acme", "created_at": AT.isoformat(), "pending_until": None,
    },
)  # fmt: skip


def _state(kind: str, number: int = 2) -> Event:
    return Event(Kind.STATE, {"new": {"id": number, "type": kind}, "old": {"id": 1, "type": "new"}})


def _article(no: int, sender: str = "customer", visible: bool = True, **more: Any) -> Event:
    head = {"id": no * 10, "no": no, "sender_type": sender, "channel": "Email", "visible": visible}
    return Event(Kind.FOLLOW_UP, {"article": head, **more})


TICKET = fold(Ticket(7, 0), (BORN,), AT)


def test_the_first_event_makes_the_ticket() -> None:
    assert (TICKET.number, TICKET.title, TICKET.queue_id, TICKET.customer_user) == ("1000007", "Title", 1, "mia")
    assert (TICKET.created_at, TICKET.closed_at, TICKET.lock) == (AT, None, Lock.UNLOCK)
    closed = replace(BORN, data={**BORN.data, "state": {"id": 2, "type": "closed"}})
    assert evolve(Ticket(7, 0), closed, AT + timedelta(1)).closed_at == AT


@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        (Event(Kind.MOVE, {"new": {"id": 5}}), "queue_id", 5),
        (Event(Kind.PRIORITY, {"new": {"id": 5}}), "priority_id", 5),
        (Event(Kind.OWNER, {"new": {"id": 5}}), "owner_id", 5),
        (Event(Kind.RESPONSIBLE, {"new": {"id": 5}}), "responsible_id", 5),
        (Event(Kind.LOCK, {"by": "agent:x"}), "lock", Lock.LOCK),
        (Event(Kind.TITLE, {"new": "x"}), "title", "x"),
        (Event(Kind.PENDING, {"new": AT.isoformat()}), "pending_until", AT),
        (Event(Kind.CUSTOMER, {"new": {"customer_user": "max", "customer_id": "acme"}}), "customer_user", "max"),
        (_article(9, "agent"), "last_article_no", 9),
        (Event(Kind.MERGED, {"role": "merged", "main": {"id": 8}}), "merged_into", 8),
    ],
)
def test_an_event_alters_its_own_field_only(event: Event, field: str, value: object) -> None:
    assert evolve(TICKET, event, AT) == replace(TICKET, **{field: value})


@pytest.mark.parametrize(
    "kind", [Kind.MISC, Kind.LOOP_PROTECTION, Kind.SEND_STOPPED, Kind.SEND_ERROR, Kind.RULE_FAILED, Kind.ERASED]
)
def test_events_of_the_path_leave_the_ticket_as_it_is(kind: Kind) -> None:
    assert evolve(TICKET, Event(kind, {}), AT) == TICKET
    assert evolve_kin(Kin(), Event(kind, {})) == Kin()


def test_the_time_of_closing_is_kept_until_it_is_opened() -> None:
    hour = timedelta(hours=1)
    closed = evolve(TICKET, _state("closed"), AT + hour)
    assert (closed.state_type, closed.closed_at) == (StateType.CLOSED, AT + hour)
    assert evolve(closed, _state("removed", 5), AT + 2 * hour).closed_at == AT + hour
    opened = evolve(closed, _state("open", 4), AT + 2 * hour)
    assert opened.closed_at is None
    assert evolve(opened, _state("closed"), AT + 3 * hour).closed_at == AT + 3 * hour


def test_the_customer_was_last_heard_at_her_latest_visible_article() -> None:
    hour = timedelta(hours=1)
    heard = evolve(TICKET, _article(1), AT + hour)
    assert heard.last_customer_article_at == AT + hour
    for event in (_article(2, "agent"), _article(2, visible=False), _article(2, at=AT.isoformat())):
        assert evolve(heard, event, AT + 2 * hour).last_customer_article_at == AT + hour
    assert evolve(heard, _article(2), AT + 2 * hour).last_customer_article_at == AT + 2 * hour


def test_a_merge_never_lowers_the_last_number() -> None:
    told = {"role": "main", "articles": [], "last_customer_article_at": None}
    assert evolve(replace(TICKET, last_article_no=4), Event(Kind.MERGED, told), AT).last_article_no == 4


def test_kin_follow_their_events() -> None:
    link = {"source": 7, "target": 8, "type": "Normal"}
    kin = Kin()
    for event in (
        _article(1), Event(Kind.SUBSCRIBE, {"agent": {"id": 3}}), Event(Kind.LINK_ADD, link),
        Event(Kind.VISIBLE, {"no": 1, "new": False}),
    ):  # fmt: skip
        kin = evolve_kin(kin, event)
    assert (kin.watchers, kin.links) == ({3}, {(7, 8, "Normal")})
    assert [(head.no, head.visible) for head in kin.articles] == [(1, False)]
    gone = Event(Kind.MERGED, {"role": "merged", "articles": [{"id": 10}]})
    for event in (Event(Kind.UNSUBSCRIBE, {"agent": {"id": 3}}), Event(Kind.LINK_DELETE, link), gone):
        kin = evolve_kin(kin, event)
    assert kin == Kin()


STORY = (
    BORN, _article(1), _article(2, "agent"), _state("open", 4), Event(Kind.MOVE, {"new": {"id": 5}}),
    Event(Kind.PRIORITY, {"new": {"id": 5}}), Event(Kind.OWNER, {"new": {"id": 5}}),
    Event(Kind.RESPONSIBLE, {"new": {"id": 5}}), Event(Kind.TITLE, {"new": "x"}),
    Event(Kind.PENDING, {"new": AT.isoformat()}), Event(Kind.SUBSCRIBE, {"agent": {"id": 3}}),
    Event(Kind.LINK_ADD, {"source": 7, "target": 8, "type": "Normal"}),
    Event(Kind.CUSTOMER, {"new": {"customer_user": "max", "customer_id": "other"}}),
    Event(Kind.VISIBLE, {"no": 1, "new": False}),
)  # fmt: skip


def _stored() -> tuple[Ticket, Kin]:
    kin = Kin()
    for event in STORY:
        kin = evolve_kin(kin, event)
    return replace(fold(Ticket(7, 0), STORY, AT), version=1, changed_at=AT), kin


def test_replay_of_the_whole_story_agrees() -> None:
    assert differences(*_stored(), replay(7, [RecordedChange(1, AT, STORY)])) == []


@pytest.mark.parametrize("n", range(len(STORY)))
def test_an_erased_event_equals_anything_and_a_lost_one_does_not(n: int) -> None:
    stored, kin = _stored()
    blanked = (*STORY[:n], replace(STORY[n], data=None), *STORY[n + 1 :])
    assert differences(stored, kin, replay(7, [RecordedChange(1, AT, blanked)])) == []
    lost = (*STORY[:n], *STORY[n + 1 :])
    assert differences(stored, kin, replay(7, [RecordedChange(1, AT, lost)]))


def test_an_erased_event_hides_only_what_it_told() -> None:
    stored, kin = _stored()
    blanked = tuple(replace(event, data=None) if event.kind is Kind.TITLE else event for event in STORY)
    told = replay(7, [RecordedChange(1, AT, blanked)])
    assert told.erased
    assert [one.what for one in differences(replace(stored, title="", queue_id=9), kin, told)] == ["queue_id"]
    assert [one.what for one in differences(stored, replace(kin, watchers=frozenset()), told)] == ["watchers"]


def test_a_blanked_name_is_fine_only_after_an_erasure() -> None:
    stored, kin = _stored()
    blank = replace(stored, title="", customer_user="")
    assert differences(blank, kin, replay(7, [RecordedChange(1, AT, STORY)]))
    erased = (*STORY, Event(Kind.ERASED, {}))
    assert differences(blank, kin, replay(7, [RecordedChange(1, AT, erased)])) == []
    assert differences(replace(stored, title="forged"), kin, replay(7, [RecordedChange(1, AT, erased)]))


def test_every_kind_is_known_to_the_fold() -> None:
    assert set(ARTICLE_KINDS) < set(Kind)
    for kind in Kind:
        if kind in (Kind.NEW_TICKET, Kind.MERGED, *ARTICLE_KINDS):
            continue
        data = {"new": {"id": 1, "type": "open", "customer_user": "", "customer_id": ""}}
        evolve(TICKET, Event(kind, {"new": None} if kind in (Kind.PENDING, Kind.TITLE) else data), AT)
