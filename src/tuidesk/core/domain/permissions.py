"""Who may do what (OTRS rule 1.9): rights of groups on queues, owners, watchers, system policies.

Rights that no group knows (close, compose, pending …) mean `rw`. Owner and responsible may do anything to
their ticket, wherever it lies; a watcher may read. What an agent may read at all is in `viewer`.
"""

from __future__ import annotations

from tuidesk.core.domain.actor import Actor, AgentActor, CustomerActor, SystemActor
from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.ops import (
    Absorb,
    AddArticle,
    Link,
    LockTicket,
    MergeInto,
    NoteDelivery,
    Op,
    SetCustomer,
    SetOwner,
    SetPending,
    SetPriority,
    SetQueue,
    SetResponsible,
    SetState,
    SetTitle,
    SetVisible,
    StopSend,
    Unlink,
    UnlockTicket,
    Unwatch,
    Watch,
)
from tuidesk.core.domain.states import Channel, Right, SenderType
from tuidesk.core.domain.text import address_key
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.domain.viewer import rights_on
from tuidesk.core.errors import Denied

_SYSTEM_POLICIES: dict[str, tuple[type, ...]] = {
    "postmaster": (AddArticle, SetState, SetPending, UnlockTicket, LockTicket, SetOwner, SetQueue,
                   SetPriority, SetTitle, SetCustomer, Link, NoteDelivery),
    "sender": (NoteDelivery,),
    "clock": (SetState, UnlockTicket),
}  # fmt: skip


def right_for(op: Op, config: DeskConfig) -> Right:
    """Return the right that an op needs on the ticket's queue (OTRS rule 2.2)."""
    match op:
        case SetOwner():
            return Right.OWNER
        case SetPriority():
            return Right.PRIORITY
        case Watch() | Unwatch():
            return Right.RO
        case AddArticle(article) if article.channel is Channel.INTERNAL:
            return Right.NOTE
        case (
            SetState() | SetPending() | SetQueue() | SetResponsible() | SetTitle() | SetCustomer()
            | LockTicket() | UnlockTicket() | AddArticle() | SetVisible() | Link() | Unlink()
            | MergeInto() | Absorb() | StopSend() | NoteDelivery()
        ):  # fmt: skip
            return Right.RW


def check_op(config: DeskConfig, actor: Actor, ticket: Ticket, op: Op) -> None:
    """Refuse an op that the actor may not do to the ticket as it is. Raises Denied."""
    match actor:
        case SystemActor(name):
            if not isinstance(op, _SYSTEM_POLICIES.get(name, ())):
                raise _denied(config, op, Right.RW, ticket.queue_id)
        case CustomerActor(login):
            own = login != "" and address_key(ticket.customer_user) == address_key(login)
            says = isinstance(op, AddArticle) and op.article.sender_type is SenderType.CUSTOMER
            if not (own and says):
                raise _denied(config, op, Right.RW, ticket.queue_id)
        case AgentActor(agent_id):
            if isinstance(op, Unwatch) and op.agent_id == agent_id:
                return  # whoever lost her right on the queue must still be able to leave
            right = right_for(op, config)
            if isinstance(op, Watch | Unwatch) and op.agent_id != agent_id:
                right = Right.RW  # a watcher may read: making one is to give a right away
            hers = agent_id in (ticket.owner_id, ticket.responsible_id)
            if not hers and right not in rights_on(config, agent_id, ticket.queue_id):
                raise _denied(config, op, right, ticket.queue_id)
            if isinstance(op, SetQueue):
                target = rights_on(config, agent_id, op.queue_id)
                if Right.MOVE_INTO not in target:
                    raise _denied(config, op, Right.MOVE_INTO, op.queue_id)


def check_create(config: DeskConfig, actor: Actor, queue_id: int) -> None:
    """Refuse a new ticket in a queue where the actor may not make one. Raises Denied."""
    match actor:
        case SystemActor("postmaster"):
            return
        case AgentActor(agent_id) if Right.CREATE in rights_on(config, agent_id, queue_id):
            return
    queue = config.queues.get(queue_id)
    raise Denied("NewTicket", Right.CREATE.value, queue.name if queue else f"#{queue_id}")


def _denied(config: DeskConfig, op: Op, right: Right, queue_id: int) -> Denied:
    queue = config.queues.get(queue_id)
    return Denied(type(op).__name__, right.value, queue.name if queue else f"#{queue_id}")
