"""What the options of changing commands name becomes ops and files. Unknown names raise NotFound."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tuidesk.core.domain.actor import AgentActor
from tuidesk.core.domain.named import agent_named, priority_named, queue_named, state_named
from tuidesk.core.domain.ops import (
    LockTicket,
    Op,
    SetCustomer,
    SetOwner,
    SetPending,
    SetPriority,
    SetQueue,
    SetResponsible,
    SetState,
    SetTitle,
    UnlockTicket,
    Unwatch,
    Watch,
)
from tuidesk.core.domain.ticket import Attachment, Ticket
from tuidesk.core.errors import Invalid

if TYPE_CHECKING:
    from tuidesk.bootstrap import Assembly


def ops_for(
    assembly: Assembly,
    agent: AgentActor,
    ticket: Ticket,
    *,
    state: str | None,
    until: datetime | None,
    queue: str | None,
    owner: str | None,
    responsible: str | None,
    priority: str | None,
    title: str | None,
    customer: str | None,
    lock: bool | None,
    watch: bool | None,
) -> tuple[Op, ...]:
    """Return the ops that the options of `ticket set` ask for; at least one."""
    config = assembly.desk.config()
    when = until.replace(tzinfo=ZoneInfo(config.timezone)).astimezone(UTC) if until else None
    ops: list[Op] = []
    if title is not None:
        ops.append(SetTitle(title))
    if priority is not None:
        ops.append(SetPriority(priority_named(config, priority)))
    if owner is not None:
        ops.append(SetOwner(agent_named(config, owner, agent.agent_id)))
    if responsible is not None:
        ops.append(SetResponsible(agent_named(config, responsible, agent.agent_id)))
    if customer is not None:
        found = assembly.desk.customer(customer)
        ops.append(SetCustomer(found.login, found.customer_id))
    if state is not None:
        ops.append(SetState(state_named(config, state), when))
    elif when is not None:
        ops.append(SetPending(when))
    if lock is not None:
        ops.append(LockTicket() if lock else UnlockTicket())
    if watch is not None:
        ops.append(Watch(agent.agent_id) if watch else Unwatch(agent.agent_id))
    if queue is not None:
        ops.append(SetQueue(queue_named(config, queue).id))
    if not ops:
        raise Invalid("set", ticket.number, "at least one field to set, see --help")
    return tuple(ops)


def attachments(paths: Sequence[Path] | None) -> tuple[Attachment, ...]:
    """Read files that are to be attached. Raises Invalid for one that cannot be read."""
    found = []
    for path in paths or ():
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Invalid("attach", str(path), f"a file that can be read ({error.strerror})") from error
        found.append(Attachment(path.name, kind, data))
    return tuple(found)
