"""Each agent's own state: what she has seen, where she is, her drafts. No part of any ticket's story."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tuidesk.core.store import schema
from tuidesk.core.store.fixed_sql import fixed
from tuidesk.core.store.metadata import from_micros, to_micros

_d = schema.draft.c
_p = schema.presence.c
_KNOWN_SO_FAR = fixed("update seen set article_no = ? where agent_id = ? and ticket_id = ? and article_no = ?")


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that is being written; `content` is what the composer keeps."""

    id: int
    ticket_id: int | None
    kind: str
    content: Mapping[str, Any]
    seen_version: int | None
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is in a ticket, doing what, since when."""

    agent_id: int
    doing: str
    since: datetime


def mark_seen(connection: sa.Connection, agent_id: int, ticket_id: int, article_no: int) -> None:
    """Record the highest article number that an agent has seen; it never goes down."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(
        f"insert into seen (agent_id, ticket_id, article_no) values ({mark}, {mark}, {mark})"
        " on conflict (agent_id, ticket_id) do update set article_no = excluded.article_no"
        " where seen.article_no < excluded.article_no",
        (agent_id, ticket_id, article_no),
    )


def mark_written(connection: sa.Connection, agent_id: int, ticket_id: int, first: int, last: int) -> None:
    """Record that an agent knows the articles `first` to `last`, being theirs, unless one before them is unseen."""
    if first == 1:
        mark_seen(connection, agent_id, ticket_id, last)
    else:
        _KNOWN_SO_FAR.run(connection, last, agent_id, ticket_id, first - 1)


def seen_article(connection: sa.Connection, agent_id: int, ticket_id: int) -> int:
    """Return the highest number of an article that an agent has seen, 0 for none."""
    seen = schema.seen.c
    query = sa.select(seen.article_no).where(seen.agent_id == agent_id, seen.ticket_id == ticket_id)
    return connection.execute(query).scalar() or 0


def mark_unseen(connection: sa.Connection, agent_id: int, ticket_id: int) -> None:
    """Forget that an agent has seen a ticket."""
    seen = schema.seen.c
    connection.execute(
        sa.delete(schema.seen).where(seen.agent_id == agent_id, seen.ticket_id == ticket_id)
    )


def enter(
    connection: sa.Connection, agent_id: int, ticket_id: int, doing: str, now: datetime, lasts: timedelta
) -> None:
    """Say that an agent reads or writes in a ticket, until she leaves or the time is over.

    Saying it again in time keeps the moment since when.
    """
    _ENTER.run(connection, ticket_id, agent_id, doing, to_micros(now), to_micros(now + lasts))


_ENTER = fixed(
    "insert into presence (ticket_id, agent_id, doing, since, until) values (?, ?, ?, ?, ?)"
    " on conflict (ticket_id, agent_id) do update set"
    " since = case when presence.doing = excluded.doing and presence.until >= excluded.since"
    " then presence.since else excluded.since end,"
    " doing = excluded.doing, until = excluded.until"
)


def leave(connection: sa.Connection, agent_id: int, ticket_id: int) -> None:
    """Say that an agent left a ticket."""
    connection.execute(
        sa.delete(schema.presence).where(_p.ticket_id == ticket_id, _p.agent_id == agent_id)
    )


def present(connection: sa.Connection, ticket_id: int, now: datetime) -> Sequence[Presence]:
    """Return who is in a ticket now."""
    query = sa.select(_p.agent_id, _p.doing, _p.since).where(
        _p.ticket_id == ticket_id, _p.until >= to_micros(now)
    )
    return [
        Presence(row.agent_id, row.doing, from_micros(row.since) or now) for row in connection.execute(query)
    ]


def save_draft(
    connection: sa.Connection,
    agent_id: int,
    draft_id: int | None,
    ticket_id: int | None,
    kind: str,
    content: Mapping[str, Any],
    seen_version: int | None,
    now: datetime,
) -> int:
    """Keep a draft, new when `draft_id` is None or no longer there; return its id."""
    text = json.dumps(content, ensure_ascii=False)
    if draft_id is not None:
        done = connection.execute(
            sa.update(schema.draft)
            .where(_d.id == draft_id, _d.agent_id == agent_id)
            .values(content=text, saved_at=to_micros(now), seen_version=seen_version)
        )
        if done.rowcount == 1:
            return draft_id
    made = connection.execute(
        sa.insert(schema.draft)
        .values(
            agent_id=agent_id,
            ticket_id=ticket_id,
            kind=kind,
            content=text,
            seen_version=seen_version,
            saved_at=to_micros(now),
        )
        .returning(_d.id)
    )
    return int(made.scalar_one())


def drafts(connection: sa.Connection, agent_id: int, ticket_id: int | None = None) -> Sequence[Draft]:
    """Return an agent's drafts, newest first, of one ticket if given."""
    query = sa.select(schema.draft).where(_d.agent_id == agent_id).order_by(_d.saved_at.desc())
    if ticket_id is not None:
        query = query.where(_d.ticket_id == ticket_id)
    return [
        Draft(
            row.id,
            row.ticket_id,
            row.kind,
            json.loads(row.content),
            row.seen_version,
            from_micros(row.saved_at) or datetime.min,  # noqa: DTZ901 - the column is never null
        )
        for row in connection.execute(query)
    ]


def drop_draft(connection: sa.Connection, agent_id: int, draft_id: int) -> None:
    """Throw a draft away."""
    connection.execute(sa.delete(schema.draft).where(_d.id == draft_id, _d.agent_id == agent_id))
