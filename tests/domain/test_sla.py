"""Escalation: the fold against a scan of all articles, the table of OTRS rules, warnings and locks."""

from __future__ import annotations

import doctest
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuidesk.core.domain import sla as sla_module
from tuidesk.core.domain.calendar import DEFAULT_CALENDAR, Calendar
from tuidesk.core.domain.sla import (
    NO_DEADLINES,
    Deadlines,
    EscalationFacts,
    Targets,
    deadlines,
    facts_after_article,
    facts_after_state,
    facts_as_dict,
    facts_from_dict,
    needs_notice,
    new_facts,
    time_left,
    unlock_base_after_article,
)
from tuidesk.core.domain.states import SenderType, StateType

CREATED = datetime(2026, 6, 2, 9, 0, tzinfo=UTC)
"""A Tuesday."""
ALWAYS = Calendar("always", "UTC", (((0, 1440),),) * 7)
TARGETS = Targets(60, 120, 480)


def after(minutes: float) -> datetime:
    return CREATED + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Entry:
    """One article of a story: sender, visible for the customer, minutes after creation."""

    sender: str
    visible: bool
    minute: int

    @property
    def at(self) -> datetime:
        return after(self.minute)


def told(*entries: Entry) -> EscalationFacts:
    facts = new_facts(CREATED)
    for entry in entries:
        facts = facts_after_article(facts, entry.sender, entry.visible, entry.at)
    return facts


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(sla_module)
    assert result.failed == 0
    assert result.attempted > 0


# --- the fold equals the scan -------------------------------------------------------------------


def scanned_update_base(entries: Sequence[Entry]) -> datetime | None:
    """Find the start of the update clock in the way the rule is written: from the newest article back."""
    relevant = [entry for entry in entries if entry.visible and entry.sender in ("agent", "customer")]
    if not relevant:
        return entries[-1].at if entries else None
    if relevant[-1].sender == "agent":
        return relevant[-1].at
    unanswered = relevant[-1]
    for entry in reversed(relevant):
        if entry.sender == "agent":
            break
        unanswered = entry
    return unanswered.at


def scanned_first_response(entries: Sequence[Entry]) -> datetime | None:
    return next((entry.at for entry in entries if entry.visible and entry.sender == "agent"), None)


entry_lists = st.lists(
    st.tuples(st.sampled_from(["agent", "customer", "system"]), st.booleans(), st.integers(0, 300)),
    max_size=12,
).map(lambda rows: [Entry(*row) for row in sorted(rows, key=lambda row: row[2])])


@given(entry_lists)
@settings(deadline=None)
def test_fold_equals_scan(entries: list[Entry]) -> None:
    facts = told(*entries)
    assert facts.update_base_at == scanned_update_base(entries)
    assert facts.first_response_at == scanned_first_response(entries)
    assert facts.last_sender == next((e.sender for e in reversed(entries) if e.sender != "system"), None)
    assert facts.created_at == CREATED


@given(entry_lists, st.sampled_from(StateType))
@settings(deadline=None)
def test_stored_form_gives_the_facts_back(entries: list[Entry], state_type: StateType) -> None:
    facts = facts_after_state(told(*entries), state_type)
    assert facts_from_dict(json.loads(json.dumps(facts_as_dict(facts)))) == facts


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"update_base_at": "soon"}, "isoformat"),
        ({"created_at": None}, "isoformat"),
        ({"created_at": "2026-06-02T09:00:00"}, "no zone"),
        ({"last_sender": "robot"}, "SenderType"),
        ({"update_base_sender": 7}, "SenderType"),
    ],
)
def test_stored_form_that_cannot_be_read(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        facts_from_dict(facts_as_dict(WAITING) | wrong)


CUSTOMER_0 = Entry("customer", True, 0)


@pytest.mark.parametrize(
    ("entries", "base_minute", "response_minute"),
    [
        pytest.param([], None, None, id="no article"),
        pytest.param([CUSTOMER_0], 0, None, id="customer waits"),
        pytest.param([CUSTOMER_0, Entry("customer", True, 9)], 0, None, id="writing twice gains nothing"),
        pytest.param([CUSTOMER_0, Entry("agent", False, 9)], 0, None, id="internal note answers nothing"),
        pytest.param([CUSTOMER_0, Entry("system", True, 9)], 0, None, id="auto response answers nothing"),
        pytest.param([CUSTOMER_0, Entry("agent", True, 9)], 9, 9, id="clock runs on from the answer"),
        pytest.param([Entry("agent", True, 3), Entry("agent", True, 9)], 9, 3, id="from the last answer"),
        pytest.param(
            [CUSTOMER_0, Entry("agent", True, 5), Entry("customer", True, 7), Entry("customer", True, 9)],
            7,
            5,
            id="first unanswered mail",
        ),
        pytest.param([Entry("system", True, 2), Entry("agent", False, 4)], 4, None, id="latest of any kind"),
        pytest.param(
            [Entry("agent", False, 2), Entry("customer", True, 4)], 4, None, id="then one that counts"
        ),
        pytest.param([Entry("customer", False, 4)], 4, None, id="hidden customer article"),
    ],
)
def test_stories(entries: list[Entry], base_minute: int | None, response_minute: int | None) -> None:
    facts = told(*entries)
    assert facts.update_base_at == (None if base_minute is None else after(base_minute))
    assert facts.first_response_at == (None if response_minute is None else after(response_minute))


def test_only_the_closed_type_ends_the_solution_clock() -> None:
    for state_type in StateType:
        closed = facts_after_state(new_facts(CREATED), state_type).ever_closed
        assert closed is (state_type == "closed"), state_type
    once = facts_after_state(new_facts(CREATED), "closed")
    assert facts_after_state(once, "open").ever_closed, "reopening does not start it again"


def test_unknown_words_are_refused() -> None:
    facts = new_facts(CREATED)
    with pytest.raises(ValueError, match="robot"):
        facts_after_article(facts, "robot", True, CREATED)
    with pytest.raises(ValueError, match="ajar"):
        facts_after_state(facts, "ajar")
    with pytest.raises(ValueError, match="ajar"):
        deadlines(TARGETS, ALWAYS, facts, "ajar")
    with pytest.raises(ValueError, match="robot"):
        unlock_base_after_article(None, None, "robot", CREATED)


@pytest.mark.parametrize(
    "wrong", [{"first_response_min": -1}, {"update_min": -5}, {"solution_min": -5}, {"update_notify": 101}]
)
def test_targets_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="allowed are 0"):
        replace(TARGETS, **wrong)


# --- deadlines ----------------------------------------------------------------------------------


def due(first: float | None, update: float | None, solution: float | None) -> Deadlines:
    minutes = [minute for minute in (first, update, solution) if minute is not None]
    return Deadlines(
        first_response_at=None if first is None else after(first),
        update_at=None if update is None else after(update),
        solution_at=None if solution is None else after(solution),
        escalation_at=after(min(minutes)) if minutes else None,
    )


WAITING = told(CUSTOMER_0)
ANSWERED = told(CUSTOMER_0, Entry("agent", True, 30))
REOPENED = facts_after_state(ANSWERED, "closed")


@pytest.mark.parametrize(
    ("facts", "state_type", "expected"),
    [
        pytest.param(WAITING, "new", due(60, 120, 480), id="new"),
        pytest.param(new_facts(CREATED), "new", due(60, None, 480), id="without an article"),
        pytest.param(ANSWERED, "open", due(None, 150, 480), id="answered"),
        pytest.param(REOPENED, "open", due(None, 150, None), id="reopened"),
        pytest.param(WAITING, "pending reminder", due(60, None, 480), id="pending reminder"),
        pytest.param(WAITING, "pending auto", due(60, None, 480), id="pending auto still escalates"),
        pytest.param(REOPENED, "pending auto", NO_DEADLINES, id="nothing left"),
        pytest.param(WAITING, "closed", NO_DEADLINES, id="closed"),
        pytest.param(WAITING, "removed", NO_DEADLINES, id="removed"),
        pytest.param(WAITING, "merged", NO_DEADLINES, id="merged"),
    ],
)
def test_what_is_due(facts: EscalationFacts, state_type: str, expected: Deadlines) -> None:
    assert deadlines(TARGETS, ALWAYS, facts, state_type) == expected


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (Targets(0, 0, 0), NO_DEADLINES),
        (Targets(60, 0, 0), due(60, None, None)),
        (Targets(0, 60, 0), due(None, 60, None)),
        (Targets(0, 0, 60), due(None, None, 60)),
        (Targets(90, 60, 30), due(90, 60, 30)),
    ],
)
def test_nothing_is_due_that_was_not_promised(targets: Targets, expected: Deadlines) -> None:
    assert deadlines(targets, ALWAYS, WAITING, "open") == expected


def test_due_times_are_working_time() -> None:
    # Friday 20:30, and a Monday: half an hour is left before the weekend.
    friday = datetime(2026, 6, 5, 20, 30, tzinfo=UTC)
    facts = facts_after_article(new_facts(friday), "customer", True, friday)
    assert deadlines(Targets(60, 0, 0), DEFAULT_CALENDAR, facts, "new").escalation_at == datetime(
        2026, 6, 8, 8, 30, tzinfo=UTC
    )


def test_without_working_hours_everything_is_due_at_once() -> None:
    never = Calendar("never", "UTC", ((),) * 7)
    assert deadlines(TARGETS, never, WAITING, "new") == due(0, 0, 0)


@given(entry_lists, st.sampled_from(StateType), st.booleans())
@settings(deadline=None)
def test_escalation_is_the_earliest(entries: list[Entry], state_type: StateType, ever_closed: bool) -> None:
    found = deadlines(TARGETS, DEFAULT_CALENDAR, replace(told(*entries), ever_closed=ever_closed), state_type)
    times = {at for at in (found.first_response_at, found.update_at, found.solution_at) if at}
    assert found.escalation_at == (min(times) if times else None)


# --- time left and warnings ---------------------------------------------------------------------


def test_time_left_is_signed() -> None:
    friday, monday = datetime(2026, 6, 5, 20, tzinfo=UTC), datetime(2026, 6, 8, 10, tzinfo=UTC)
    assert time_left(DEFAULT_CALENDAR, monday, friday) == (62 * 3600, 3 * 3600)
    assert time_left(DEFAULT_CALENDAR, friday, monday) == (-62 * 3600, -3 * 3600)
    assert time_left(DEFAULT_CALENDAR, friday, friday) == (0, 0)
    saturday = datetime(2026, 6, 6, 10, tzinfo=UTC)
    assert time_left(DEFAULT_CALENDAR, saturday + timedelta(hours=1), saturday) == (3600, 0)


@pytest.mark.parametrize(
    ("minute", "percent", "warns"),
    [(47, 80, False), (48, 80, True), (59, 80, True), (60, 80, False), (90, 80, False), (59, 0, False)],
)
def test_warning_from_the_percent_on_until_the_deadline(minute: float, percent: int, warns: bool) -> None:
    assert needs_notice(ALWAYS, after(60), after(minute), 60, percent) is warns


def test_warning_counts_working_time() -> None:
    # Ten hours promised on Friday at 18:00: three pass on that day, so a weekend later 30 % are gone.
    deadline = datetime(2026, 6, 8, 15, tzinfo=UTC)
    sunday = datetime(2026, 6, 7, 12, tzinfo=UTC)
    assert needs_notice(DEFAULT_CALENDAR, deadline, sunday, 600, 30)
    assert not needs_notice(DEFAULT_CALENDAR, deadline, sunday, 600, 31)


def test_no_warning_without_a_deadline_or_a_target() -> None:
    assert not needs_notice(ALWAYS, None, CREATED, 60, 80)
    assert not needs_notice(ALWAYS, after(1), CREATED, 0, 80)


# --- the lock's clock ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("previous", "sender", "restarts"),
    [
        (None, "agent", True),
        ("agent", "agent", True),
        ("customer", "agent", True),
        (None, "customer", False),
        ("customer", "customer", False),
        ("agent", "customer", True),
        (SenderType.AGENT, SenderType.CUSTOMER, True),
        ("agent", "system", False),
        ("customer", "system", False),
    ],
)
def test_what_restarts_the_unlock_timeout(previous: str | None, sender: str, restarts: bool) -> None:
    expected = after(30) if restarts else CREATED
    assert unlock_base_after_article(CREATED, previous, sender, after(30)) == expected
