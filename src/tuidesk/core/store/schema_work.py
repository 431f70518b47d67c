"""Tables of running work and of each agent's own state: leases, status, drafts, what was seen, presence.

None of them is part of a ticket's story, so none is guarded or replayed.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from tuidesk.core.store.metadata import BigId, Micros, metadata

lease = Table(
    "lease",
    metadata,
    Column("name", sa.Text, primary_key=True),
    Column("holder", sa.Text, nullable=False),
    # grows with every change of holder: a late writer of an old holder is told by it
    Column("fence", sa.BigInteger, nullable=False),
    Column("until", Micros, nullable=False),
)

work_status = Table(
    "work_status",
    metadata,
    Column("name", sa.Text, primary_key=True),
    Column("at", Micros, nullable=False),
    Column("ok", sa.Boolean, nullable=False),
    Column("detail", sa.Text, nullable=False),
)

queue_rescope = Table(
    "queue_rescope",
    metadata,
    Column("queue_id", sa.Integer, ForeignKey("queue.id"), primary_key=True, autoincrement=False),
    Column("not_before", Micros, nullable=False),
    # a walk that ends before this time is gone over once more
    Column("repeat_at", Micros),
    # the last ticket of the queue whose documents are done
    Column("after_created_at", Micros),
    Column("after_ticket_id", BigId),
)

seen = Table(
    "seen",
    metadata,
    Column("agent_id", sa.Integer, primary_key=True, autoincrement=False),
    Column("ticket_id", BigId, primary_key=True, autoincrement=False),
    Column("article_no", sa.Integer, nullable=False),
)

presence = Table(
    "presence",
    metadata,
    Column("ticket_id", BigId, primary_key=True, autoincrement=False),
    Column("agent_id", sa.Integer, primary_key=True, autoincrement=False),
    Column("doing", sa.Text, nullable=False),
    Column("since", Micros, nullable=False),
    Column("until", Micros, nullable=False),
)

draft = Table(
    "draft",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("agent_id", sa.Integer, nullable=False),
    Column("ticket_id", BigId),
    Column("kind", sa.Text, nullable=False),
    Column("content", sa.Text, nullable=False),
    Column("seen_version", sa.Integer),
    Column("saved_at", Micros, nullable=False),
    Index("ix_draft_agent", "agent_id", "ticket_id"),
)
