"""Ops that follow from ops: the required lock, unlock on closing and on moving.

OTRS rules 2.1 and 1.8. On submit, an op that needs the lock claims a free ticket for the actor; a
ticket that somebody else holds is refused, unless the op is to take it over.
"""

from __future__ import annotations

from tuidesk.core.domain.actor import Actor, AgentActor
from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.ops import (
    AddArticle,
    LockTicket,
    MergeInto,
    Op,
    SetOwner,
    SetPending,
    SetPriority,
    SetQueue,
    SetState,
    UnlockTicket,
)
from tuidesk.core.domain.states import Channel, Lock, SenderType
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.errors import LockedByOther


def expand(config: DeskConfig, actor: Actor, ticket: Ticket, ops: tuple[Op, ...]) -> tuple[Op, ...]:
    """Return all that a submit does: what it claims, what was asked, what it releases.

    An op that asks for what is so already claims and releases nothing.
    Raises LockedByOther when the lock is needed and somebody else holds it.
    """
    return (*claims(config, actor, ticket, ops), *ops, *releases(config, ticket, ops))


def claims(config: DeskConfig, actor: Actor, ticket: Ticket, ops: tuple[Op, ...]) -> tuple[Op, ...]:
    """Return what the required lock adds. Raises LockedByOther."""
    if not isinstance(actor, AgentActor) or ticket.version == 0:
        return ()
    if not any(_needs_lock(config, op) and not _is_so(ticket, op) for op in ops):
        return ()
    gives = any(isinstance(op, SetOwner) for op in ops)
    locks = any(isinstance(op, LockTicket) for op in ops)
    if ticket.lock is Lock.LOCK:
        if gives or actor.agent_id in (ticket.owner_id, ticket.responsible_id):
            return ()
        raise LockedByOther(ticket.number, config.agent_name(ticket.owner_id))
    if any(isinstance(op, SetQueue | UnlockTicket) for op in ops):
        return ()  # the ticket ends unlocked: claiming it first would only make noise in its history
    owner: tuple[Op, ...] = () if gives else (SetOwner(actor.agent_id),)  # locking takes ownership
    return owner if locks else (*owner, LockTicket())


def releases(config: DeskConfig, ticket: Ticket, ops: tuple[Op, ...]) -> tuple[Op, ...]:
    """Return the unlock that closing and moving bring."""
    closes = any(
        isinstance(op, SetState)
        and not _is_so(ticket, op)
        and (state := config.states.get(op.state_id)) is not None
        and state.type.is_closed
        for op in ops
    )
    moves = any(isinstance(op, SetQueue) and op.queue_id != ticket.queue_id for op in ops)
    return (UnlockTicket(),) if closes or moves else ()


def _is_so(ticket: Ticket, op: Op) -> bool:
    """Say whether the ticket is already as the op wants it."""
    match op:
        case SetState(state_id, until):
            return state_id == ticket.state_id and until in (None, ticket.pending_until)
        case SetPending(until):
            return until == ticket.pending_until
        case SetPriority(priority_id):
            return priority_id == ticket.priority_id
        case SetQueue(queue_id):
            return queue_id == ticket.queue_id
        case _:
            return False


def _needs_lock(config: DeskConfig, op: Op) -> bool:
    match op:
        case SetState(state_id):
            state = config.states.get(state_id)
            return state is not None and (state.type.is_closed or state.type.is_pending)
        case SetPending() | SetPriority() | SetQueue() | SetOwner() | MergeInto() | LockTicket():
            return True
        case AddArticle(article):
            return article.sender_type is SenderType.AGENT and article.channel is not Channel.INTERNAL
        case _:
            return False
