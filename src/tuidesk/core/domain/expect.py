"""Three ways to look at a field: what was seen, what is wanted, what is there.

Adding never conflicts. Setting a field conflicts only if *that* field was changed by others since
the version the actor saw, and is not already what she wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from tuidesk.core.domain.events import Event, Kind
from tuidesk.core.domain.ops import (
    Op,
    SetCustomer,
    SetOwner,
    SetPending,
    SetPriority,
    SetQueue,
    SetResponsible,
    SetState,
    SetTitle,
)
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.errors import Conflict


@dataclass(frozen=True, slots=True)
class LaterEvent:
    """An event of a change that the actor had not seen."""

    event: Event
    by: str
    at: datetime


def conflicts(ticket: Ticket, ops: Iterable[Op], later: Sequence[LaterEvent]) -> tuple[Conflict, ...]:
    """Return one conflict for each field that an op sets and others changed meanwhile to something else."""
    found = []
    for op in ops:
        for kind, field, wanted, present, part in _wishes(ticket, op):
            changes = [item for item in later if item.event.kind is kind and _differs(item.event, part)]
            if not changes or present == wanted:
                continue
            first, last = changes[0], changes[-1]
            base, theirs = _word(first.event.data["old"], part), _word(last.event.data["new"], part)
            found.append(Conflict(field, base, wanted, theirs, last.by, last.at))
    return tuple(found)


_Wish: TypeAlias = tuple[Kind, str, Any, Any, str]


def _wishes(ticket: Ticket, op: Op) -> tuple[_Wish, ...]:
    """Return what an op sets: (kind of event, field for people, wanted, present, part of the event's value)."""
    match op:
        case SetState(value, until):
            state: _Wish = (Kind.STATE, "state", value, ticket.state_id, "name")
            if until is None:
                return (state,)
            return state, (Kind.PENDING, "pending", until, ticket.pending_until, "")
        case SetQueue(value):
            return ((Kind.MOVE, "queue", value, ticket.queue_id, "name"),)
        case SetOwner(value):
            return ((Kind.OWNER, "owner", value, ticket.owner_id, "name"),)
        case SetResponsible(value):
            return ((Kind.RESPONSIBLE, "responsible", value, ticket.responsible_id, "name"),)
        case SetPriority(value):
            return ((Kind.PRIORITY, "priority", value, ticket.priority_id, "name"),)
        case SetPending(until):
            return ((Kind.PENDING, "pending", until, ticket.pending_until, ""),)
        case SetTitle(title):
            return ((Kind.TITLE, "title", title, ticket.title, ""),)
        case SetCustomer(user, company):
            return (
                (Kind.CUSTOMER, "customer", user, ticket.customer_user, "customer_user"),
                (Kind.CUSTOMER, "company", company, ticket.customer_id, "customer_id"),
            )
        case _:
            return ()


def _differs(event: Event, part: str) -> bool:
    return bool(_word(event.data["old"], part) != _word(event.data["new"], part))


def _word(value: Any, part: str) -> Any:
    """Return the named part of a history value, or the value itself when it is plain text."""
    return value[part] if part else value
