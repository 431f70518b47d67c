"""The clocks of tickets: derived rows, outside version and replay, written with every change."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tuidesk.core.domain.sla import Deadlines, EscalationFacts, facts_as_dict, facts_from_dict
from tuidesk.core.domain.states import SenderType
from tuidesk.core.store import schema
from tuidesk.core.store.fixed_sql import fixed, fixed_upsert
from tuidesk.core.store.metadata import from_micros, to_micros

_UPSERT = fixed_upsert(schema.ticket_clock)


@dataclass(frozen=True, slots=True)
class StoredClock:
    """What is kept of a ticket's clock."""

    facts: EscalationFacts
    unlock_base_at: datetime | None


def read_clocks(connection: sa.Connection, ticket_ids: Collection[int]) -> dict[int, StoredClock]:
    """Return the clocks of tickets by id."""
    marks = ", ".join("?" for _ in ticket_ids)
    query = fixed(f"select ticket_id, facts, unlock_base_at from ticket_clock where ticket_id in ({marks})")
    return {
        row.ticket_id: StoredClock(facts_from_dict(json.loads(row.facts)), from_micros(row.unlock_base_at))
        for row in query.run(connection, *sorted(ticket_ids))
    }


def write_clock(
    connection: sa.Connection,
    ticket_id: int,
    queue_id: int,
    clock: StoredClock,
    due: Deadlines,
    config_revision: int,
) -> None:
    """Write the clock of one ticket, new or not."""
    row = {
        "ticket_id": ticket_id,
        "queue_id": queue_id,
        "first_response_at": to_micros(due.first_response_at),
        "update_at": to_micros(due.update_at),
        "solution_at": to_micros(due.solution_at),
        "escalation_at": to_micros(due.escalation_at),
        "unlock_base_at": to_micros(clock.unlock_base_at),
        "facts": json.dumps(facts_as_dict(clock.facts), separators=(",", ":")),
        "config_revision": config_revision,
    }
    _UPSERT.run(connection, [row])


def article_story(connection: sa.Connection, ticket_id: int) -> Sequence[tuple[SenderType, bool, datetime]]:
    """Return (sender type, visible, time) of all articles in the order of their times, for a new reckoning."""
    article = schema.article.c
    query = (
        sa.select(article.sender_type, article.visible, article.at)
        .where(article.ticket_id == ticket_id)
        .order_by(article.at, article.no)
    )
    story = []
    for sender_type, visible, at in connection.execute(query):
        when = from_micros(at)
        if when is not None:
            story.append((SenderType(sender_type), bool(visible), when))
    return story


def outdated_clocks(connection: sa.Connection, revision: int, limit: int) -> list[int]:
    """Return open tickets whose clock was reckoned by an older configuration."""
    clock = schema.ticket_clock.c
    query = (
        sa.select(clock.ticket_id)
        .join_from(schema.ticket_clock, schema.ticket, schema.ticket.c.id == clock.ticket_id)
        .where(clock.config_revision < revision, schema.ticket.c.closed_at.is_(None))
        .order_by(clock.ticket_id)
        .limit(limit)
    )
    return list(connection.scalars(query))
