"""What people call queues, states, agents and priorities, whatever the letter case. Unknown names raise NotFound."""

from __future__ import annotations

from tuidesk.core.domain.desk_config import DeskConfig, Queue
from tuidesk.core.errors import NotFound


def queue_named(config: DeskConfig, name: str) -> Queue:
    """Return the valid queue of that name, whatever its letter case, or the only one that ends so.

    Raises NotFound.
    """
    wanted = name.strip().casefold()
    valid = [queue for queue in config.queues.values() if queue.valid]
    exact = [queue for queue in valid if queue.name.casefold() == wanted]
    found = exact or [queue for queue in valid if queue.name.casefold().endswith(f"::{wanted}")]
    if len(found) != 1:
        raise NotFound("queue", name)
    return found[0]


def state_named(config: DeskConfig, name: str) -> int:
    """Return the id of a valid state."""
    for state in config.states.values():
        if state.valid and state.name.casefold() == name.strip().casefold():
            return state.id
    raise NotFound("state", name)


def agent_named(config: DeskConfig, login: str, me: int) -> int:
    """Return the id of an agent; `me` is the one who asks."""
    wanted = login.strip().casefold()
    if wanted == "me":
        return me
    for agent in config.agents.values():
        if agent.login.casefold() == wanted:
            return agent.id
    raise NotFound("agent", login)


def priority_named(config: DeskConfig, name: str) -> int:
    """Return the id of a priority, by number or name."""
    wanted = name.strip().casefold()
    for priority in config.priorities.values():
        if priority.valid and wanted in (str(priority.id), priority.name.casefold()):
            return priority.id
    raise NotFound("priority", name)
