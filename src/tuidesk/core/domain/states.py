"""The small vocabularies of a ticket: state types, locks, senders, channels, follow-up policies.

Behaviour hangs on the *type* of a state; its name is free (OTRS rule 1.4). Values are those that
OTRS uses on the wire and in its database, so that exports and web services need no translation.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class StateType(StrEnum):
    """What a state means, whatever its name."""

    NEW = "new"
    OPEN = "open"
    PENDING_REMINDER = "pending reminder"
    PENDING_AUTO = "pending auto"
    CLOSED = "closed"
    REMOVED = "removed"
    MERGED = "merged"

    @property
    def is_closed(self) -> bool:
        """True when nobody works on the ticket any more: closed, removed or merged."""
        return self in _CLOSED

    @property
    def is_pending(self) -> bool:
        """True when the ticket waits for a time: pending reminder or pending auto."""
        return self in _PENDING

    @property
    def letter(self) -> str:
        """One letter for lists, so that colour never has to tell states apart."""
        return _LETTERS[self]


_CLOSED = frozenset({StateType.CLOSED, StateType.REMOVED, StateType.MERGED})
_PENDING = frozenset({StateType.PENDING_REMINDER, StateType.PENDING_AUTO})
_LETTERS = {
    StateType.NEW: "N",
    StateType.OPEN: "O",
    StateType.PENDING_REMINDER: "P",
    StateType.PENDING_AUTO: "A",
    StateType.CLOSED: "C",
    StateType.REMOVED: "X",
    StateType.MERGED: "M",
}


class Lock(IntEnum):
    """Whether somebody claims the ticket (OTRS ids)."""

    UNLOCK = 1
    LOCK = 2
    TMP_LOCK = 3


class SenderType(StrEnum):
    """Who wrote an article."""

    AGENT = "agent"
    SYSTEM = "system"
    CUSTOMER = "customer"


class Channel(StrEnum):
    """How an article came or went."""

    EMAIL = "Email"
    PHONE = "Phone"
    INTERNAL = "Internal"


class FollowUpPolicy(StrEnum):
    """What a mail to a closed ticket of the queue does (OTRS rule 1.5)."""

    POSSIBLE = "possible"
    REJECT = "reject"
    NEW_TICKET = "new ticket"


class AutoResponseType(StrEnum):
    """The automatic replies that a queue may have (OTRS rule 3.7)."""

    REPLY = "auto reply"
    REJECT = "auto reject"
    FOLLOW_UP = "auto follow up"
    NEW_TICKET = "auto reply/new ticket"


class LinkType(StrEnum):
    """How two tickets are linked; `PARENT_CHILD` runs from parent to child."""

    NORMAL = "Normal"
    PARENT_CHILD = "ParentChild"


class Right(StrEnum):
    """What a group grants on its queues (OTRS rule 1.9); `RW` implies all others."""

    RO = "ro"
    MOVE_INTO = "move_into"
    CREATE = "create"
    NOTE = "note"
    OWNER = "owner"
    PRIORITY = "priority"
    RW = "rw"


NOBODY = 1
"""The agent who owns what nobody owns (OTRS: user 1, never empty, never a person)."""
