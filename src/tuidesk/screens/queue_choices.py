"""The queues that can be picked: of a ticket that moves, and of one that is made."""

from __future__ import annotations

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.states import Right
from tuidesk.core.domain.viewer import rights_on
from tuidesk.core.i18n import _
from tuidesk.widgets.picker import Choice


def queue_choices(config: DeskConfig, agent_id: int, right: Right) -> list[Choice[str]]:
    """Return all valid queues by name; one on which the agent lacks the right says so and cannot be picked."""
    return [
        Choice(
            queue.name,
            queue.name,
            why_not="" if right in rights_on(config, agent_id, queue.id) else _("no right there"),
        )
        for queue in sorted(config.queues.values(), key=lambda one: one.name.casefold())
        if queue.valid
    ]
