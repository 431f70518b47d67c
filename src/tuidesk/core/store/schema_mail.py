"""Tables of mail: the spool of what came, the outbox of what must leave, and the blobs of both."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Table, UniqueConstraint

from tuidesk.core.store.metadata import BigId, Key, Micros, metadata

blob = Table(
    "blob",
    metadata,
    Column("sha256", sa.LargeBinary, primary_key=True),
    Column("size_bytes", sa.BigInteger, nullable=False),
)

blob_chunk = Table(
    "blob_chunk",
    metadata,
    Column("sha256", sa.LargeBinary, ForeignKey("blob.sha256"), primary_key=True),
    Column("n", sa.Integer, primary_key=True, autoincrement=False),
    Column("bytes", sa.LargeBinary, nullable=False),
)

mail_in = Table(
    "mail_in",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("source_id", sa.Integer, nullable=False),
    Column("source_key", Key, nullable=False),
    Column("arrived_at", Micros, nullable=False),
    Column("received_at", Micros),
    Column("size_bytes", sa.BigInteger, nullable=False),
    Column("sha256", sa.LargeBinary),
    Column("message_id", Key, nullable=False),
    Column("old", sa.Boolean, nullable=False),
    Column("state", sa.Text, nullable=False),
    Column("acked_at", Micros),
    Column("attempts", sa.Integer, nullable=False),
    Column("leased_until", Micros),
    Column("lease_holder", sa.Text),
    Column("ticket_number", sa.Text),
    Column("reason", sa.Text, nullable=False),
    Column("article_id", BigId),
    Column("duplicate_of", BigId),
    UniqueConstraint("source_id", "source_key"),
)

mail_raw = Table(
    "mail_raw",
    metadata,
    Column("mail_in_id", BigId, ForeignKey("mail_in.id"), primary_key=True, autoincrement=False),
    Column("n", sa.Integer, primary_key=True, autoincrement=False),
    Column("bytes", sa.LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("article_id", BigId, ForeignKey("article.id"), nullable=False),
    Column("message_id", Key, nullable=False),
    Column("envelope_from", sa.Text, nullable=False),
    Column("raw", sa.LargeBinary, nullable=False),
    Column("queued_at", Micros, nullable=False),
    Column("not_before", Micros, nullable=False),
    Column("state", sa.Text, nullable=False),
    Column("attempts", sa.Integer, nullable=False),
    Column("leased_until", Micros),
    Column("lease_holder", sa.Text),
    Column("in_data_at", Micros),
    Column("maybe_sent", sa.Boolean, nullable=False),
    Column("done_at", Micros),
    Column("reason", sa.Text, nullable=False),
)

outbox_recipient = Table(
    "outbox_recipient",
    metadata,
    Column("outbox_id", BigId, ForeignKey("outbox.id"), primary_key=True, autoincrement=False),
    Column("n", sa.Integer, primary_key=True, autoincrement=False),
    Column("address", sa.Text, nullable=False),
    Column("state", sa.Text, nullable=False),
    Column("code", sa.Integer, nullable=False),
    Column("reply", sa.Text, nullable=False),
)

auto_reply_count = Table(
    "auto_reply_count",
    metadata,
    Column("day", sa.Text, primary_key=True),
    Column("address_key", Key, primary_key=True),
    Column("n", sa.Integer, nullable=False),
)
