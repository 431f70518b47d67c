"""Which queues changed their group, and how far the search documents of their tickets have followed.

A row is asked for by the edit of the queue, in its transaction, and goes when all is done. A walk goes over the
queue's tickets from the oldest to the newest; where it stands is written with what it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tuidesk.core.store import schema
from tuidesk.core.store.metadata import from_micros, to_micros

SETTLES = timedelta(minutes=5)
"""No transaction lasts longer than this: after it none is left that read the configuration before an edit.

On PostgreSQL such a one may commit an article with the old group behind a walk's back, so there is a second walk
then. On SQLite the edit and the articles are written one after the other, each by the configuration of its moment.
"""

_r = schema.queue_rescope.c
_t = schema.ticket.c


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk over the tickets of a queue: `after` is (created, id) of the last one done, `repeat_at` when again."""

    queue_id: int
    after: tuple[datetime, int] | None
    repeat_at: datetime | None


def ask_rescope(connection: sa.Connection, queue_id: int, now: datetime) -> None:
    """Have a queue's documents follow its new group; a walk that is under way begins anew."""
    repeat_at = to_micros(now + SETTLES) if connection.dialect.name == "postgresql" else None
    values = {"not_before": to_micros(now), "repeat_at": repeat_at, "after_created_at": None, "after_ticket_id": None}
    done = connection.execute(sa.update(schema.queue_rescope).where(_r.queue_id == queue_id).values(values))
    if done.rowcount == 0:  # edits of the configuration run one after the other: nobody else inserts it
        connection.execute(sa.insert(schema.queue_rescope).values(queue_id=queue_id, **values))


def due_walk(connection: sa.Connection, now: datetime) -> Walk | None:
    """Return a walk that is to go on, locked until the transaction ends; None when nothing is due."""
    query = sa.select(schema.queue_rescope).where(_r.not_before <= to_micros(now)).order_by(_r.queue_id).limit(1)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    created_at = from_micros(row.after_created_at)
    return Walk(
        row.queue_id,
        None if created_at is None else (created_at, row.after_ticket_id),
        from_micros(row.repeat_at),
    )


def tickets_ahead(connection: sa.Connection, walk: Walk, documents: int) -> list[tuple[datetime, int]]:
    """Return (created, id) of the tickets that come next and have about so many documents; one at least."""
    query = sa.select(_t.created_at, _t.id, _t.last_article_no).where(_t.queue_id == walk.queue_id)
    if walk.after is not None:
        last = (to_micros(walk.after[0]), walk.after[1])
        query = query.where(sa.tuple_(_t.created_at, _t.id) > sa.tuple_(*map(sa.literal, last)))
    ahead: list[tuple[datetime, int]] = []
    for micros, ticket_id, articles in connection.execute(query.order_by(_t.created_at, _t.id).limit(documents)):
        created_at = from_micros(micros)
        if documents <= 0 or created_at is None:
            break
        ahead.append((created_at, ticket_id))
        documents -= max(1, articles)
    return ahead


def advance(connection: sa.Connection, walk: Walk, done: tuple[datetime, int]) -> None:
    """Keep where a walk stands."""
    created_at, ticket_id = done
    _set(connection, walk, after_created_at=to_micros(created_at), after_ticket_id=ticket_id)


def finish(connection: sa.Connection, walk: Walk) -> None:
    """End a walk that came to the newest ticket: for good, or until it is repeated."""
    if walk.repeat_at is None:
        connection.execute(sa.delete(schema.queue_rescope).where(_r.queue_id == walk.queue_id))
        return
    repeat_at = to_micros(walk.repeat_at)
    _set(connection, walk, not_before=repeat_at, repeat_at=None, after_created_at=None, after_ticket_id=None)


def _set(connection: sa.Connection, walk: Walk, **values: int | None) -> None:
    connection.execute(sa.update(schema.queue_rescope).where(_r.queue_id == walk.queue_id).values(values))
