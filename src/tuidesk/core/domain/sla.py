"""Escalation: when a first response, an update and a solution are due, and when a lock runs out.

Of a ticket's story only `EscalationFacts` is kept, and each article or state is folded into it as it
comes, so no deadline ever needs the list of articles. Which targets and which calendar apply (OTRS
rule: those of the SLA if there is one, never mixed with the queue's) is decided by the caller.
Invariant: folding articles in the order of their times gives what OTRS finds by scanning them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tuidesk.core.domain.calendar import Calendar, add_working_time, working_seconds
from tuidesk.core.domain.states import SenderType, StateType


@dataclass(frozen=True, slots=True)
class Targets:
    """What is promised, in minutes of working time (0 = nothing), and from how many percent on to warn.

    A warning of 0 percent means none. Raises ValueError for negative minutes and for percents that
    are not 0 to 100.
    """

    first_response_min: int
    update_min: int
    solution_min: int
    first_response_notify: int = 0
    update_notify: int = 0
    solution_notify: int = 0

    def __post_init__(self) -> None:
        for minutes in (self.first_response_min, self.update_min, self.solution_min):
            if minutes < 0:
                raise ValueError(f"{minutes} minutes: allowed are 0 (none) and more")
        for percent in (self.first_response_notify, self.update_notify, self.solution_notify):
            if not 0 <= percent <= 100:
                raise ValueError(f"{percent} percent: allowed are 0 (none) to 100")


@dataclass(frozen=True, slots=True)
class EscalationFacts:
    """What deadlines need of a ticket's story.

    `first_response_at` is the first agent article that the customer can see. The update clock runs
    from `update_base_at`; `update_base_sender` is who set it, None while only articles that do not
    count (internal ones, or of the system) are there. `last_sender` wrote the last article, visible or
    not, that is not of the system. `ever_closed` stays true after a reopening.
    """

    created_at: datetime
    first_response_at: datetime | None = None
    update_base_at: datetime | None = None
    update_base_sender: SenderType | None = None
    last_sender: SenderType | None = None
    ever_closed: bool = False


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When something is due (UTC), None where nothing is; `escalation_at` is the earliest of the three."""

    first_response_at: datetime | None = None
    update_at: datetime | None = None
    solution_at: datetime | None = None
    escalation_at: datetime | None = None


NO_DEADLINES = Deadlines()


# --- the story, one thing at a time -------------------------------------------------------------


def new_facts(created_at: datetime) -> EscalationFacts:
    """Return the facts of a ticket that has no article yet."""
    return EscalationFacts(created_at)


def facts_after_article(
    facts: EscalationFacts, sender_type: str, visible: bool, at: datetime
) -> EscalationFacts:
    """Return the facts after an article of `sender_type` ('agent', 'customer' or 'system').

    OTRS rule: the update clock runs from the first customer article that no agent has answered, else
    from the last agent article; of those only visible ones count. While there are none it runs from the
    latest article of any kind. Articles come in the order of their times; when one changes its
    visibility, or a merge puts older ones in between, all must be folded again. Raises ValueError
    for another sender type.
    """
    sender = SenderType(sender_type)
    if sender is not SenderType.SYSTEM:
        facts = replace(facts, last_sender=sender)
    if sender is SenderType.SYSTEM or not visible:
        return facts if facts.update_base_sender else replace(facts, update_base_at=at)
    if sender is SenderType.AGENT:
        first = at if facts.first_response_at is None else facts.first_response_at
        return replace(facts, first_response_at=first, update_base_at=at, update_base_sender=sender)
    if facts.update_base_sender is SenderType.CUSTOMER:
        return facts
    return replace(facts, update_base_at=at, update_base_sender=sender)


def facts_after_state(facts: EscalationFacts, state_type: str) -> EscalationFacts:
    """Return the facts after the ticket was created in, or put into, a state of `state_type`.

    OTRS rule: the type 'closed' ends the solution clock for good; 'removed' and 'merged' only stop it.
    Raises ValueError for an unknown state type.
    """
    if StateType(state_type) is StateType.CLOSED and not facts.ever_closed:
        return replace(facts, ever_closed=True)
    return facts


def unlock_base_after_article(
    base: datetime | None, previous_sender: str | None, sender: str, at: datetime
) -> datetime | None:
    """Return from when the unlock timeout runs after an article of `sender`, visible or not.

    `previous_sender` wrote the last article before it that is not of the system: `last_sender` of the
    facts as they were before this article (None: there is none).
    OTRS rule: an agent's article starts the timeout again; a customer's does if it follows an agent's,
    so that a customer who writes twice does not give the agent more time; one of the system does
    not. (Locking starts it too, which is no matter of articles.) Raises ValueError for another sender type.
    """
    kind = SenderType(sender)
    if kind is SenderType.AGENT:
        return at
    if kind is SenderType.CUSTOMER and previous_sender == SenderType.AGENT:
        return at
    return base


def facts_as_dict(facts: EscalationFacts) -> dict[str, str | bool | None]:
    """Return the facts as strings (times in ISO 8601), a truth value and None, for storage as JSON."""
    return {
        "created_at": facts.created_at.isoformat(),
        "first_response_at": _as_text(facts.first_response_at),
        "update_base_at": _as_text(facts.update_base_at),
        "update_base_sender": facts.update_base_sender and facts.update_base_sender.value,
        "last_sender": facts.last_sender and facts.last_sender.value,
        "ever_closed": facts.ever_closed,
    }


def facts_from_dict(data: Mapping[str, object]) -> EscalationFacts:
    """Return the facts that `facts_as_dict` wrote; only `created_at` has to be there.

    Raises KeyError without it, and ValueError for a time (without a zone too) or a sender type that is none.
    """
    return EscalationFacts(
        created_at=_from_text(str(data["created_at"])),
        first_response_at=_stored_time(data.get("first_response_at")),
        update_base_at=_stored_time(data.get("update_base_at")),
        update_base_sender=_stored_sender(data.get("update_base_sender")),
        last_sender=_stored_sender(data.get("last_sender")),
        ever_closed=data.get("ever_closed") is True,
    )


def _as_text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _from_text(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.utcoffset() is None:
        raise ValueError(f"{text} has no zone: allowed are times with one")
    return at


def _stored_time(value: object) -> datetime | None:
    return None if value is None else _from_text(str(value))


def _stored_sender(value: object) -> SenderType | None:
    return None if value is None else SenderType(str(value))


# --- what is due --------------------------------------------------------------------------------


def deadlines(targets: Targets, calendar: Calendar, facts: EscalationFacts, state_type: str) -> Deadlines:
    """Return what is due for a ticket whose state is now of `state_type`.

    OTRS rules: nothing in a closed, removed or merged state. The first response is due until an agent
    has written something visible, the solution until the ticket was closed once, even if it was
    reopened. Pending states stop the update clock and no other. Raises ValueError for an unknown state type.
    """
    state = StateType(state_type)
    if state.is_closed:
        return NO_DEADLINES
    first_response_at = update_at = solution_at = None
    if facts.first_response_at is None:
        first_response_at = _due(calendar, facts.created_at, targets.first_response_min)
    if not state.is_pending:
        update_at = _due(calendar, facts.update_base_at, targets.update_min)
    if not facts.ever_closed:
        solution_at = _due(calendar, facts.created_at, targets.solution_min)
    escalation_at = min((at for at in (first_response_at, update_at, solution_at) if at), default=None)
    return Deadlines(first_response_at, update_at, solution_at, escalation_at)


def _due(calendar: Calendar, base: datetime | None, minutes: int) -> datetime | None:
    if base is None or minutes == 0:
        return None
    return add_working_time(calendar, base, minutes * 60)


def time_left(calendar: Calendar, deadline: datetime, now: datetime) -> tuple[float, float]:
    """Return (wall_s, working_s) until `deadline`; both negative, or 0, once it has passed.

    A deadline on Monday at 10:00, seen on Friday at 20:00 in the default calendar:

    >>> from datetime import UTC
    >>> from tuidesk.core.domain.calendar import DEFAULT_CALENDAR
    >>> monday, friday = datetime(2026, 6, 8, 10, tzinfo=UTC), datetime(2026, 6, 5, 20, tzinfo=UTC)
    >>> [seconds / 3600 for seconds in time_left(DEFAULT_CALENDAR, monday, friday)]
    [62.0, 3.0]
    """
    wall_s = (deadline - now).total_seconds()
    if wall_s < 0:
        return wall_s, -working_seconds(calendar, deadline, now)
    return wall_s, working_seconds(calendar, now, deadline)


def needs_notice(
    calendar: Calendar, deadline: datetime | None, now: datetime, target_min: int, notify_percent: int
) -> bool:
    """Return whether to warn of a deadline that is near: so many percent of its working time are gone.

    `target_min` and `notify_percent` are those of the same clock in `Targets`; 0 in either means
    never. A deadline that has come is missed, no longer near (OTRS rule: 100 - left / total * 100 >=
    percent, before the deadline only).
    """
    if deadline is None or target_min == 0 or notify_percent == 0 or deadline <= now:
        return False
    left_s = working_seconds(calendar, now, deadline)
    return left_s * 100 <= (100 - notify_percent) * target_min * 60
