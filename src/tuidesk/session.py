"""What an open desk gives to all screens: the desk, who works at it, its configuration and her rights.

Used from thread workers. Must not import the desk itself: the first screen is painted before it is loaded.
Invariant: `config` and `viewer` belong together and are replaced as a pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuidesk.core.domain.actor import AgentActor, Cause, Door
from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.ops import Act, Change
from tuidesk.core.domain.viewer import Viewer, viewer_of

if TYPE_CHECKING:
    from tuidesk.core.desk import Desk
    from tuidesk.core.tickets.decision import ActDone


class Session:
    """An agent at an open desk."""

    def __init__(self, desk: Desk, agent: AgentActor) -> None:
        self.desk = desk
        self.agent = agent
        self._known: tuple[DeskConfig, Viewer]
        self.renew()

    @property
    def config(self) -> DeskConfig:
        """The configuration, as of the last `renew`."""
        return self._known[0]

    @property
    def viewer(self) -> Viewer:
        """What the agent may read, as of the last `renew`."""
        return self._known[1]

    def renew(self) -> None:
        """Read the configuration again; one small statement when nothing changed."""
        config = self.desk.config()
        known = getattr(self, "_known", None)
        if known is None or known[0] is not config:
            self._known = (config, viewer_of(config, self.agent.agent_id))

    def act(self, changes: Sequence[Change]) -> ActDone:
        """Make changes as this agent, through this door. Raises what `Desk.act` refuses."""
        return self.desk.act(self.agent, Act(tuple(changes), Cause(Door.TUI)))
