"""The desk's configuration as the rules see it: one frozen snapshot of what admins manage.

Every change of configuration makes a new revision; a snapshot belongs to one revision and is never
altered, so a rule that was given one cannot see half of a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tuidesk.core.domain.calendar import DEFAULT_CALENDAR, Calendar
from tuidesk.core.domain.numbers import NumberStyle
from tuidesk.core.domain.sla import Targets
from tuidesk.core.domain.states import AutoResponseType, FollowUpPolicy, Right, StateType
from tuidesk.core.domain.subject import SubjectStyle

_NO_TARGETS = Targets(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """Carries rights on queues."""

    id: int
    name: str
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Queue:
    """Where tickets wait; `name` is the full path (`Support::L1`)."""

    id: int
    name: str
    group_id: int
    address: str = ""
    realname: str = ""
    follow_up: FollowUpPolicy = FollowUpPolicy.POSSIBLE
    follow_up_lock: bool = False
    targets: Targets = _NO_TARGETS
    calendar_id: int = 0
    unlock_timeout_min: int = 0
    salutation: str = ""
    signature: str = ""
    valid: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """A named state; only its type has behaviour."""

    id: int
    name: str
    type: StateType
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Priority:
    """A priority; a higher id is more urgent (OTRS: 1 very low … 5 very high)."""

    id: int
    name: str
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who works on tickets; id 1 is nobody."""

    id: int
    login: str
    name: str
    email: str = ""
    valid: bool = True
    system_admin: bool = False


@dataclass(frozen=True, slots=True)
class AutoResponse:
    """The text of an automatic reply; `<OTRS_…>` tags are filled in when it is sent."""

    subject: str
    body: str


@dataclass(frozen=True)
class DeskConfig:
    """All that admins manage and rules need, by id.

    `grants` maps agent id → group id → rights. `auto_responses` maps (queue id, type) → text.
    `addresses` maps an own address (key form) → the queue that its mail goes to.
    """

    revision: int = 0
    groups: Mapping[int, Group] = field(default_factory=dict)
    queues: Mapping[int, Queue] = field(default_factory=dict)
    states: Mapping[int, State] = field(default_factory=dict)
    priorities: Mapping[int, Priority] = field(default_factory=dict)
    agents: Mapping[int, Agent] = field(default_factory=dict)
    grants: Mapping[int, Mapping[int, frozenset[Right]]] = field(default_factory=dict)
    calendars: Mapping[int, Calendar] = field(default_factory=dict)
    auto_responses: Mapping[tuple[int, AutoResponseType], AutoResponse] = field(default_factory=dict)
    addresses: Mapping[str, int] = field(default_factory=dict)
    subject_style: SubjectStyle = field(default_factory=SubjectStyle)
    number_style: NumberStyle = field(default_factory=NumberStyle)
    timezone: str = "UTC"
    default_queue: str = "Raw"
    auto_replies_per_day: int = 40

    def calendar_of(self, queue_id: int) -> Calendar:
        """Return the calendar in which a queue's working time is reckoned."""
        queue = self.queues.get(queue_id)
        return self.calendars.get(queue.calendar_id if queue else 0, DEFAULT_CALENDAR)

    @cached_property
    def queue_ids(self) -> Mapping[str, int]:
        """Queue ids by name."""
        return {queue.name: queue.id for queue in self.queues.values()}

    @cached_property
    def state_ids(self) -> Mapping[str, int]:
        """State ids by name."""
        return {state.name: state.id for state in self.states.values()}

    @cached_property
    def agent_ids(self) -> Mapping[str, int]:
        """Agent ids by login."""
        return {agent.login: agent.id for agent in self.agents.values()}

    def first_state(self, kind: StateType) -> State:
        """Return the valid state of that type with the lowest id. Raises LookupError when there is none."""
        for state in sorted(self.states.values(), key=lambda state: state.id):
            if state.type is kind and state.valid:
                return state
        raise LookupError(f"no valid state of type {kind!r}")

    def agent_name(self, agent_id: int) -> str:
        """Return the login of an agent, or `#id` for one that is not known."""
        agent = self.agents.get(agent_id)
        return agent.login if agent else f"#{agent_id}"
