"""SQL of queues and of their automatic replies.

Invariant: no two valid queues have the same address, since mail to an address goes to one queue.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from tuidesk.core.domain.sla import Targets
from tuidesk.core.domain.states import AutoResponseType, FollowUpPolicy
from tuidesk.core.domain.text import address_key, text_key
from tuidesk.core.errors import AlreadyExists, NotFound
from tuidesk.core.store import schema

_q = schema.queue.c
_r = schema.auto_response.c
_NO_TARGETS = asdict(Targets(0, 0, 0))


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue with the names of its group and calendar; an empty `calendar` is the default one."""

    id: int
    name: str
    group: str
    address: str
    realname: str
    follow_up: FollowUpPolicy
    follow_up_lock: bool
    targets: Targets
    calendar: str
    unlock_timeout_min: int
    salutation: str
    signature: str
    valid: bool


@dataclass(frozen=True, slots=True)
class AutoResponseRow:
    """The automatic reply of one type that a queue sends."""

    queue: str
    type: AutoResponseType
    subject: str
    body: str


def all_queues(connection: sa.Connection) -> Sequence[QueueRow]:
    """Return all queues by name, disabled ones too."""
    return [_row(row) for row in connection.execute(_SELECT.order_by(_q.name_key))]


def queue_named(connection: sa.Connection, name: str) -> QueueRow:
    """Return a queue by its full name, whatever its case. Raises NotFound."""
    row = connection.execute(_SELECT.where(_q.name_key == text_key(name.strip()))).one_or_none()
    if row is None:
        raise NotFound("queue", name)
    return _row(row)


def insert_queue(connection: sa.Connection, queue: QueueRow, group_id: int, calendar_id: int) -> int:
    """Make a queue; return its id. Raises AlreadyExists for a name or address that is taken."""
    _check_name_free(connection, queue.name)
    check_address_free(connection, queue)
    values = _values(queue, group_id, calendar_id)
    return int(connection.execute(sa.insert(schema.queue).values(values).returning(_q.id)).scalar_one())


def update_queue(connection: sa.Connection, queue: QueueRow, group_id: int, calendar_id: int) -> None:
    """Write all of a queue but its name. Raises AlreadyExists for an address that is taken."""
    check_address_free(connection, queue)
    values = _values(queue, group_id, calendar_id)
    del values["name"], values["name_key"]
    connection.execute(sa.update(schema.queue).where(_q.id == queue.id).values(values))


def rename_queue(connection: sa.Connection, queue: QueueRow, name: str) -> dict[str, str]:
    """Give a queue and all below it a new path; return the new names by the old ones.

    The new path is not below the old one. Raises AlreadyExists when one of the names is taken.
    """
    below = text_key(queue.name) + "::"
    depth = len(queue.name.split("::"))
    moved: list[tuple[int, str, str]] = [(queue.id, queue.name, name)]
    moving = {text_key(queue.name)}
    taken = set()
    for other in connection.execute(sa.select(_q.id, _q.name, _q.name_key)):
        if other.name_key.startswith(below):
            rest = other.name.split("::")[depth:]
            moved.append((other.id, other.name, "::".join((name, *rest))))
            moving.add(other.name_key)
        else:
            taken.add(other.name_key)
    for _id, _old, new in moved:
        if text_key(new) in taken - moving:
            raise AlreadyExists("queue", new)
    # parents first: one that moves up may take the place that its parent has just left
    for queue_id, _old, new in sorted(moved, key=lambda one: len(text_key(one[1]))):
        connection.execute(sa.update(schema.queue).where(_q.id == queue_id).values(name=new, name_key=text_key(new)))
    return {old: new for _id, old, new in moved}


def check_address_free(connection: sa.Connection, queue: QueueRow) -> None:
    """Refuse a valid queue whose address another valid queue has. Raises AlreadyExists."""
    if not (queue.valid and queue.address):
        return
    key = address_key(queue.address)
    query = sa.select(_q.address, _q.name).where(_q.valid.is_(sa.true()), _q.address != "", _q.id != queue.id)
    for row in connection.execute(query):
        if address_key(row.address) == key:
            raise AlreadyExists("queue address", f"{queue.address} ({row.name})")


def _check_name_free(connection: sa.Connection, name: str) -> None:
    if connection.execute(sa.select(_q.id).where(_q.name_key == text_key(name))).first() is not None:
        raise AlreadyExists("queue", name)


def _values(queue: QueueRow, group_id: int, calendar_id: int) -> dict[str, Any]:
    return {
        "name": queue.name,
        "name_key": text_key(queue.name),
        "group_id": group_id,
        "address": queue.address,
        "realname": queue.realname,
        "follow_up": queue.follow_up.value,
        "follow_up_lock": queue.follow_up_lock,
        "targets": json.dumps(asdict(queue.targets)),
        "calendar_id": calendar_id,
        "unlock_timeout_min": queue.unlock_timeout_min,
        "salutation": queue.salutation,
        "signature": queue.signature,
        "valid": queue.valid,
    }


_SELECT = (
    sa.select(
        schema.queue,
        schema.desk_group.c.name.label("group_name"),
        sa.func.coalesce(schema.calendar.c.name, "").label("calendar_name"),
    )
    .join_from(schema.queue, schema.desk_group, schema.desk_group.c.id == _q.group_id)
    .join(schema.calendar, schema.calendar.c.id == _q.calendar_id, isouter=True)
)


def _row(row: sa.Row[Any]) -> QueueRow:
    return QueueRow(
        id=row.id,
        name=row.name,
        group=row.group_name,
        address=row.address,
        realname=row.realname,
        follow_up=FollowUpPolicy(row.follow_up),
        follow_up_lock=bool(row.follow_up_lock),
        targets=Targets(**{**_NO_TARGETS, **json.loads(row.targets)}),
        calendar=row.calendar_name,
        unlock_timeout_min=row.unlock_timeout_min,
        salutation=row.salutation,
        signature=row.signature,
        valid=bool(row.valid),
    )


# --- automatic replies --------------------------------------------------------------------------


def auto_responses(connection: sa.Connection, queue_id: int | None = None) -> Sequence[AutoResponseRow]:
    """Return the automatic replies by queue and type, of one queue if given."""
    query = (
        sa.select(_q.name, _r.type, _r.subject, _r.body)
        .join_from(schema.auto_response, schema.queue, _q.id == _r.queue_id)
        .order_by(_q.name_key, _r.type)
    )
    if queue_id is not None:
        query = query.where(_r.queue_id == queue_id)
    return [
        AutoResponseRow(row.name, AutoResponseType(row.type), row.subject, row.body)
        for row in connection.execute(query)
    ]


def put_auto_response(
    connection: sa.Connection, queue_id: int, kind: AutoResponseType, subject: str, body: str
) -> None:
    """Write the automatic reply of one type, new or not."""
    changed = connection.execute(
        sa.update(schema.auto_response)
        .where(_r.queue_id == queue_id, _r.type == kind.value)
        .values(subject=subject, body=body)
    )
    if changed.rowcount == 0:
        connection.execute(
            sa.insert(schema.auto_response).values(queue_id=queue_id, type=kind.value, subject=subject, body=body)
        )


def delete_auto_response(connection: sa.Connection, queue_id: int, kind: AutoResponseType) -> None:
    """Take the automatic reply of one type away."""
    connection.execute(sa.delete(schema.auto_response).where(_r.queue_id == queue_id, _r.type == kind.value))
