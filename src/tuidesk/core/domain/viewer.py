"""What an agent may read, and her rights on a queue (OTRS rule 1.9): what its group grants; `rw` implies all others."""

from __future__ import annotations

from dataclasses import dataclass

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.states import Right

_EVERYTHING = frozenset(Right)
_NOTHING: frozenset[Right] = frozenset()


@dataclass(frozen=True, slots=True)
class Viewer:
    """What somebody may read: mandatory for every list, ticket and search.

    `queue_ids` are the queues whose group grants `ro` (or `rw`); tickets that are hers by person
    (owner, responsible, watcher) come on top. `sees_all` is true when no queue is missing.
    """

    agent_id: int
    queue_ids: tuple[int, ...]
    group_ids: tuple[int, ...]
    sees_all: bool


def rights_on(config: DeskConfig, agent_id: int, queue_id: int) -> frozenset[Right]:
    """Return the effective rights of an agent on a queue."""
    queue = config.queues.get(queue_id)
    if queue is None:
        return _NOTHING
    group = config.groups.get(queue.group_id)
    if group is not None and not group.valid:
        return _NOTHING
    granted = config.grants.get(agent_id, {}).get(queue.group_id, _NOTHING)
    return _EVERYTHING if Right.RW in granted else granted


def viewer_of(config: DeskConfig, agent_id: int) -> Viewer:
    """Return what an agent may read."""
    readable = tuple(
        sorted(queue_id for queue_id in config.queues if Right.RO in rights_on(config, agent_id, queue_id))
    )
    groups = tuple(sorted({config.queues[queue_id].group_id for queue_id in readable}))
    return Viewer(agent_id, readable, groups, sees_all=len(readable) == len(config.queues))
