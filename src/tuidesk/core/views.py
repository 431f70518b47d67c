"""The standing views of every desk: what `My tickets`, `Escalated` and the others hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.filters import OPEN, Compare, Field, Filter, Is, OneOf, both, equal
from tuidesk.core.domain.states import NOBODY, StateType
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store.ticket_lists import Sort


@dataclass(frozen=True, slots=True)
class View:
    """A named list: what it holds for a viewer at a time, and its order."""

    name: str
    filter: Callable[[Viewer, DeskConfig, datetime], Filter]
    sort: Sort


def _states(config: DeskConfig, *kinds: StateType) -> OneOf:
    return OneOf(Field.STATE, tuple(state.id for state in config.states.values() if state.type in kinds))


def _mine(viewer: Viewer, config: DeskConfig, now: datetime) -> Filter:
    return both(OPEN, equal(Field.OWNER, viewer.agent_id))


def _queues(viewer: Viewer, config: DeskConfig, now: datetime) -> Filter:
    return both(OPEN, OneOf(Field.QUEUE, viewer.queue_ids))


def _escalated(viewer: Viewer, config: DeskConfig, now: datetime) -> Filter:
    return both(OPEN, Compare(Field.ESCALATION, Is.AT_MOST, now))


def _new(viewer: Viewer, config: DeskConfig, now: datetime) -> Filter:
    return both(OPEN, _states(config, StateType.NEW))


def _reminders(viewer: Viewer, config: DeskConfig, now: datetime) -> Filter:
    return both(OPEN, _states(config, StateType.PENDING_REMINDER), equal(Field.OWNER, viewer.agent_id))


def _unassigned(viewer: Viewer, config: DeskConfig, now: datetime) -> Filter:
    return both(OPEN, equal(Field.OWNER, NOBODY))


def _watched(viewer: Viewer, config: DeskConfig, now: datetime) -> Filter:
    return both(OPEN, equal(Field.WATCHER, viewer.agent_id))


def _open(viewer: Viewer, config: DeskConfig, now: datetime) -> Filter:
    return OPEN


def _all(viewer: Viewer, config: DeskConfig, now: datetime) -> Filter:
    return both()


MINE = View("mine", _mine, Sort.OLDEST)
MY_QUEUES = View("queues", _queues, Sort.URGENT)
ESCALATED = View("escalated", _escalated, Sort.ESCALATION)
NEW = View("new", _new, Sort.OLDEST)
REMINDERS = View("reminders", _reminders, Sort.PENDING)
UNASSIGNED = View("unassigned", _unassigned, Sort.URGENT)
WATCHED = View("watched", _watched, Sort.CHANGED)
OPEN_TICKETS = View("open", _open, Sort.URGENT)
ALL = View("all", _all, Sort.NEWEST)

VIEWS = {
    view.name: view for view in (MINE, MY_QUEUES, ESCALATED, NEW, REMINDERS, UNASSIGNED, WATCHED, OPEN_TICKETS, ALL)
}
