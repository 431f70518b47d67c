"""Tables of the one path: acts, changes, history, tickets, articles and what hangs on them.

They are guarded (see `guards`): only a change that leaves history may touch them.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from tuidesk.core.store.metadata import BigId, Key, Micros, deferred, metadata

act = Table(
    "act",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("at", Micros, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("actor", sa.Text, nullable=False),
    Column("door", sa.Text, nullable=False),
    Column("undoes", BigId, ForeignKey("act.id")),
)

change = Table(
    "change",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("act_id", BigId, ForeignKey("act.id"), nullable=False),
    Column("ticket_id", BigId, deferred("ticket.id"), nullable=False),
    Column("version", sa.Integer, nullable=False),
    Column("parent_id", BigId, ForeignKey("change.id")),
    UniqueConstraint("ticket_id", "version"),
    Index("ix_change_act", "act_id"),
)

history = Table(
    "history",
    metadata,
    Column("change_id", BigId, ForeignKey("change.id"), primary_key=True, autoincrement=False),
    Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    Column("kind", sa.Text, nullable=False),
    Column("data", sa.Text),
    Column("actor", sa.Text, nullable=False),
    Column("rule_id", BigId),
    Column("because_seq", sa.Integer),
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("version", sa.Integer, nullable=False),
    Column("number", Key, nullable=False, unique=True),
    Column("title", sa.Text, nullable=False),
    Column("queue_id", sa.Integer, nullable=False),
    Column("state_id", sa.Integer, nullable=False),
    Column("priority_id", sa.Integer, nullable=False),
    # -priority: with it every sort runs in one direction, which a keyset comparison needs
    Column("urgency", sa.Integer, nullable=False),
    Column("owner_id", sa.Integer, nullable=False),
    Column("responsible_id", sa.Integer, nullable=False),
    Column("lock", sa.Integer, nullable=False),
    Column("customer_id", sa.Text, nullable=False),
    Column("customer_user", sa.Text, nullable=False),
    Column("customer_key", Key, nullable=False),
    Column("pending_until", Micros),
    Column("created_at", Micros, nullable=False),
    Column("changed_at", Micros, nullable=False),
    Column("closed_at", Micros),
    Column("last_article_no", sa.Integer, nullable=False),
    Column("last_customer_article_at", Micros),
    Column("merged_into", BigId),
)

article = Table(
    "article",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("ticket_id", BigId, deferred("ticket.id"), nullable=False),
    Column("no", sa.Integer, nullable=False),
    Column("change_id", BigId, ForeignKey("change.id"), nullable=False),
    Column("kind", sa.Text, nullable=False),
    Column("sender_type", sa.Text, nullable=False),
    Column("channel", sa.Text, nullable=False),
    Column("visible", sa.Boolean, nullable=False),
    Column("sender", sa.Text, nullable=False),
    Column("recipient", sa.Text, nullable=False),
    Column("cc", sa.Text, nullable=False),
    Column("reply_to", sa.Text, nullable=False),
    Column("subject", sa.Text, nullable=False),
    Column("message_id", Key, nullable=False),
    Column("refs", sa.Text, nullable=False),
    Column("body", sa.Text, nullable=False),
    Column("flags", sa.Text, nullable=False),
    Column("at", Micros, nullable=False),
    Column("mail_in_id", BigId),
    UniqueConstraint("ticket_id", "no"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("article_id", BigId, ForeignKey("article.id"), primary_key=True, autoincrement=False),
    Column("n", sa.Integer, primary_key=True, autoincrement=False),
    Column("name", sa.Text, nullable=False),
    Column("content_type", sa.Text, nullable=False),
    Column("disposition", sa.Text, nullable=False),
    Column("content_id", sa.Text, nullable=False),
    Column("size_bytes", sa.BigInteger, nullable=False),
    Column("sha256", sa.LargeBinary, ForeignKey("blob.sha256"), nullable=False),
    Index("ix_attachment_blob", "sha256"),
)

ticket_watcher = Table(
    "ticket_watcher",
    metadata,
    Column("ticket_id", BigId, deferred("ticket.id"), primary_key=True, autoincrement=False),
    Column("agent_id", sa.Integer, primary_key=True, autoincrement=False),
    Index("ix_ticket_watcher_agent", "agent_id", "ticket_id"),
)

ticket_link = Table(
    "ticket_link",
    metadata,
    Column("source_id", BigId, deferred("ticket.id"), primary_key=True, autoincrement=False),
    Column("target_id", BigId, deferred("ticket.id"), primary_key=True, autoincrement=False),
    Column("type", sa.Text, primary_key=True),
    Index("ix_ticket_link_target", "target_id"),
)

ticket_clock = Table(
    "ticket_clock",
    metadata,
    Column("ticket_id", BigId, deferred("ticket.id"), primary_key=True, autoincrement=False),
    # a copy of the ticket's queue, so that escalated lists of few queues walk one index
    Column("queue_id", sa.Integer, nullable=False),
    Column("first_response_at", Micros),
    Column("update_at", Micros),
    Column("solution_at", Micros),
    Column("escalation_at", Micros),
    Column("unlock_base_at", Micros),
    # what of the story the deadlines hang on (see domain.sla.EscalationFacts), as JSON
    Column("facts", sa.Text, nullable=False),
    Column("config_revision", sa.Integer, nullable=False),
)

doc = Table(
    "doc",
    metadata,
    Column("article_id", BigId, ForeignKey("article.id"), primary_key=True, autoincrement=False),
    Column("ticket_id", BigId, nullable=False),
    Column("words", sa.Text, nullable=False),
    Column("scope", sa.Text, nullable=False),
    Index("ix_doc_ticket", "ticket_id"),
)

erasure = Table(
    "erasure",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("change_id", BigId, ForeignKey("change.id"), nullable=False),
)

erasure_item = Table(
    "erasure_item",
    metadata,
    Column("erasure_id", BigId, ForeignKey("erasure.id"), nullable=False),
    Column("kind", sa.Text, primary_key=True),
    Column("row_id", sa.Text, primary_key=True),
)
