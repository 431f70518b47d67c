"""The one tree of errors. An error carries data; the door that shows it renders the words.

Invariant: whatever a user can cause is a `TuideskError`; anything else that escapes is a defect.
`str(error)` is for logs and tests only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class TuideskError(Exception):
    """Root of everything that tuidesk refuses or fails at knowingly."""

    def __str__(self) -> str:
        values = ", ".join(f"{key}={value!r}" for key, value in vars(self).items())
        return f"{type(self).__name__}({values})"


# --- a change was refused -----------------------------------------------------------------------


@dataclass(eq=False)
class Refused(TuideskError):
    """A change that was understood and not made."""


@dataclass(eq=False)
class Denied(Refused):
    """The actor lacks a right: `right` on the group of queue `queue` for the op named `op`."""

    op: str
    right: str
    queue: str


@dataclass(eq=False)
class NotAdmin(Refused):
    """The configuration is for admins: `agents` are none, `admins` are."""

    agents: tuple[str, ...]
    admins: tuple[str, ...]


@dataclass(eq=False)
class LockedByOther(Refused):
    """The ticket is locked by `owner`, and the op needs the lock (OTRS rule: required lock)."""

    ticket_number: str
    owner: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that somebody else changed meanwhile: `base` was seen, `mine` is wanted, `theirs` is there."""

    field: str
    base: object
    mine: object
    theirs: object
    by: str
    at: datetime


@dataclass(eq=False)
class StaleTicket(Refused):
    """Fields that were changed by others since the version the actor saw."""

    ticket_number: str
    conflicts: tuple[Conflict, ...]


@dataclass(eq=False)
class Invalid(Refused):
    """A value that can never be right: `field` has `value`; `allowed` says what would be."""

    field: str
    value: object
    allowed: str


@dataclass(eq=False)
class NotFound(Refused):
    """Nothing of that `kind` is known under `name` (or the viewer may not know of it)."""

    kind: str
    name: str


@dataclass(eq=False)
class AlreadyExists(Refused):
    """There is one of that `kind` under `name` already."""

    kind: str
    name: str


# --- the desk itself ----------------------------------------------------------------------------


@dataclass(eq=False)
class ConfigError(TuideskError):
    """A setting that cannot be used: file, key, line (0 = not from a file) and the allowed form."""

    source: str
    key: str
    line: int
    value: str
    allowed: str


@dataclass(eq=False)
class DatabaseTooNew(TuideskError):
    """The database was made by a newer tuidesk: `found` is its revision, `known` ours."""

    found: str
    known: str


@dataclass(eq=False)
class DatabaseTooOld(TuideskError):
    """The database must be upgraded first: `found` is its revision (empty = none), `known` ours."""

    found: str
    known: str


@dataclass(eq=False)
class DatabaseForeign(TuideskError):
    """The database named `name` holds tables of another program; nothing was written."""

    name: str


@dataclass(eq=False)
class DatabaseUnavailable(TuideskError):
    """The database could not be reached or stayed busy; nothing was written."""

    reason: str


@dataclass(eq=False)
class LoginFailed(TuideskError):
    """Unknown login or wrong password; it is never told which."""

    login: str


@dataclass(eq=False)
class NotMapped(TuideskError):
    """A system account may not act as the agent `wanted`, or, with "" wanted, as exactly one agent."""

    system_user: str
    wanted: str
    allowed: tuple[str, ...]


# --- mail ---------------------------------------------------------------------------------------


@dataclass(eq=False)
class MailServerError(TuideskError):
    """A mail server could not be used: `step` is connect, tls, login, select, fetch, mark or send."""

    step: str
    server: str
    reason: str


@dataclass(eq=False)
class SecretError(TuideskError):
    """A password could not be read from where the account says; never carries the secret."""

    reference: str
    reason: str
