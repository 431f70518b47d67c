"""Who acts, through which door: never optional, never implied.

A system actor has a policy (see `permissions`), not a bypass.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Door(StrEnum):
    """Where an act came in."""

    TUI = "tui"
    CLI = "cli"
    MAIL = "mail"
    REST = "rest"
    SOAP = "soap"
    PORTAL = "portal"
    TRIGGER = "trigger"
    JOB = "job"
    PROCESS = "process"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class AgentActor:
    """An agent, by id."""

    agent_id: int
    login: str

    @property
    def label(self) -> str:
        """The name that history keeps."""
        return f"agent:{self.login}"


@dataclass(frozen=True, slots=True)
class CustomerActor:
    """A customer user, by login or bare address."""

    login: str

    @property
    def label(self) -> str:
        """The name that history keeps."""
        return f"customer:{self.login}"


@dataclass(frozen=True, slots=True)
class SystemActor:
    """A named part of tuidesk itself: `postmaster`, `sender`, `clock`."""

    name: str

    @property
    def label(self) -> str:
        """The name that history keeps."""
        return f"system:{self.name}"


Actor: TypeAlias = AgentActor | CustomerActor | SystemActor

POSTMASTER = SystemActor("postmaster")
SENDER = SystemActor("sender")
CLOCK = SystemActor("clock")


@dataclass(frozen=True, slots=True)
class Cause:
    """The door an act came through; `parent_change` is set for a change set off on another ticket."""

    door: Door
    parent_change: int | None = None
