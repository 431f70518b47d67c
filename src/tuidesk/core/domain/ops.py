"""Ops: one small frozen dataclass for each intent. What they do is in `handlers`.

An `Act` is what somebody did; a `Change` is its part on one ticket and makes one new version of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from tuidesk.core.domain.actor import Cause
from tuidesk.core.domain.states import LinkType
from tuidesk.core.domain.ticket import NewArticle


@dataclass(frozen=True, slots=True)
class SetState:
    """Set the state; a pending state needs `pending_until`."""

    state_id: int
    pending_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SetPending:
    """Set the time that a pending ticket waits for."""

    until: datetime


@dataclass(frozen=True, slots=True)
class SetQueue:
    """Move the ticket; a move unlocks it (OTRS rule: ForceUnlockOnMove)."""

    queue_id: int


@dataclass(frozen=True, slots=True)
class SetOwner:
    """Give the ticket to an agent."""

    agent_id: int


@dataclass(frozen=True, slots=True)
class SetResponsible:
    """Make an agent accountable."""

    agent_id: int


@dataclass(frozen=True, slots=True)
class SetPriority:
    """Set the priority."""

    priority_id: int


@dataclass(frozen=True, slots=True)
class SetTitle:
    """Set the title (at most 191 characters are kept, OTRS rule)."""

    title: str


@dataclass(frozen=True, slots=True)
class SetCustomer:
    """Set the customer user (login or bare address) and the company."""

    customer_user: str
    customer_id: str


@dataclass(frozen=True, slots=True)
class LockTicket:
    """Claim the ticket; the claimer becomes its owner."""


@dataclass(frozen=True, slots=True)
class UnlockTicket:
    """Give the claim up; the owner stays."""


@dataclass(frozen=True, slots=True)
class AddArticle:
    """Add an article; never conflicts with what others do."""

    article: NewArticle


@dataclass(frozen=True, slots=True)
class SetVisible:
    """Show an article to the customer, or hide it."""

    article_no: int
    visible: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Link this ticket (source, parent) to another (target, child)."""

    other_id: int
    type: LinkType = LinkType.NORMAL
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Unlink:
    """Take a link away, whatever its direction."""

    other_id: int
    type: LinkType = LinkType.NORMAL


@dataclass(frozen=True, slots=True)
class Watch:
    """Make an agent a watcher."""

    agent_id: int


@dataclass(frozen=True, slots=True)
class Unwatch:
    """End watching."""

    agent_id: int


@dataclass(frozen=True, slots=True)
class MergeInto:
    """This ticket ends as a part of `main_id`; its act must hold `Absorb` for the other side."""

    main_id: int


@dataclass(frozen=True, slots=True)
class Absorb:
    """This ticket takes over the articles, watchers and links of `merged_id`."""

    merged_id: int


@dataclass(frozen=True, slots=True)
class StopSend:
    """Stop a mail that still waits: its article stays, marked as not sent."""

    outbox_id: int


@dataclass(frozen=True, slots=True)
class NoteDelivery:
    """Record what became of a mail: `outcome` is dead, maybe-sent or bounced."""

    article_no: int
    address: str
    outcome: str
    code: int
    reply: str


Op: TypeAlias = (
    SetState
    | SetPending
    | SetQueue
    | SetOwner
    | SetResponsible
    | SetPriority
    | SetTitle
    | SetCustomer
    | LockTicket
    | UnlockTicket
    | AddArticle
    | SetVisible
    | Link
    | Unlink
    | Watch
    | Unwatch
    | MergeInto
    | Absorb
    | StopSend
    | NoteDelivery
)


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket that is to be made; `number` was drawn before, `title` defaults to the first subject."""

    number: str
    queue_id: int
    title: str
    customer_user: str = ""
    customer_id: str = ""
    state_id: int | None = None
    priority_id: int = 3
    owner_id: int | None = None
    pending_until: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The ops for one ticket; `seen_version` is what the actor looked at (None: expects nothing)."""

    ticket: int | NewTicket
    ops: tuple[Op, ...]
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did; all its changes are made in one transaction or none is."""

    changes: tuple[Change, ...]
    cause: Cause
    undoes: int | None = None
