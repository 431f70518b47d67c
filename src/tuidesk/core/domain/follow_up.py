"""What a mail to an existing ticket does (OTRS rules 3.5 and 1.5), and who may join in.

`new` stays new; every other open state goes to open, pending ones too; a closed ticket follows the
policy of its queue. Automatic mail is stored and changes nothing. Somebody who only quotes a number
is a stranger: her mail is kept in the ticket, flagged, hidden from the customer and not answered.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.ops import LockTicket, Op, SetState, UnlockTicket
from tuidesk.core.domain.states import NOBODY, AutoResponseType, FollowUpPolicy, Lock, StateType
from tuidesk.core.domain.ticket import Ticket

STRANGER = "unverified-sender"
REJECTED = "follow-up-rejected"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What to do with a mail that belongs to `ticket`.

    `new_ticket` true: the queue wants a new ticket, linked to the old one. Otherwise the article is
    added with `visible` and `flags`, the `ops` follow it, and `auto_response` may be sent.
    """

    new_ticket: bool
    visible: bool
    flags: tuple[str, ...]
    ops: tuple[Op, ...]
    auto_response: AutoResponseType | None


def is_stranger(sender_key: str, participants: Collection[str], *, by_reference: bool) -> bool:
    """Say whether a sender only quotes a number: not a participant, and answering none of our mails.

    `participants` are the addresses (key form) that wrote or received articles of the ticket.
    """
    return not by_reference and sender_key not in participants


def follow_up(config: DeskConfig, ticket: Ticket, *, stranger: bool, automatic: bool) -> FollowUp:
    """Decide what a mail to an existing ticket does."""
    queue = config.queues.get(ticket.queue_id)
    policy = queue.follow_up if queue else FollowUpPolicy.POSSIBLE
    if stranger:
        return FollowUp(False, False, (STRANGER,), (), None)
    if automatic:
        return FollowUp(False, True, (), (), None)
    closed = ticket.state_type in (StateType.CLOSED, StateType.REMOVED)
    if closed and policy is FollowUpPolicy.NEW_TICKET:
        return FollowUp(True, True, (), (), AutoResponseType.NEW_TICKET)
    if closed and policy is FollowUpPolicy.REJECT:
        return FollowUp(False, True, (REJECTED,), (), AutoResponseType.REJECT)
    ops = (*_lock_ops(config, ticket, closed), *_state_ops(config, ticket))
    return FollowUp(False, True, (), ops, AutoResponseType.FOLLOW_UP)


def _state_ops(config: DeskConfig, ticket: Ticket) -> tuple[Op, ...]:
    if ticket.state_type in (StateType.NEW, StateType.OPEN, StateType.MERGED):
        return ()
    return (SetState(config.first_state(StateType.OPEN).id),)


def _lock_ops(config: DeskConfig, ticket: Ticket, closed: bool) -> tuple[Op, ...]:
    owner = config.agents.get(ticket.owner_id)
    if owner is None or not owner.valid or owner.id == NOBODY:
        return (UnlockTicket(),) if ticket.lock is Lock.LOCK else ()
    queue = config.queues.get(ticket.queue_id)
    if closed and queue is not None and queue.follow_up_lock:
        return (LockTicket(),)
    return ()
