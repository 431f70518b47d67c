"""Revision 0001: the tables of mail, the spool before the tickets and the outbox after them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tuidesk.core.store.migrations.revision_0001.columns import BIG_ID, KEY, MICROS, partial_index


def create_spool_tables() -> None:
    """Make the tables of blobs and of mail that came."""
    op.create_table(
        "blob",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_blob"),
    )

    op.create_table(
        "blob_chunk",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "n", name="pk_blob_chunk"),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name="fk_blob_chunk_sha256_blob"),
    )

    op.create_table(
        "mail_in",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("source_key", KEY, nullable=False),
        sa.Column("arrived_at", MICROS, nullable=False),
        sa.Column("received_at", MICROS),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary()),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("old", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("acked_at", MICROS),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", MICROS),
        sa.Column("lease_holder", sa.Text()),
        sa.Column("ticket_number", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("article_id", BIG_ID),
        sa.Column("duplicate_of", BIG_ID),
        sa.PrimaryKeyConstraint("id", name="pk_mail_in"),
        sa.UniqueConstraint("source_id", "source_key", name="uq_mail_in_source_id_source_key"),
    )
    partial_index("ix_mail_in_failed", "mail_in", ["id"], "state = 'failed'")
    op.create_index("ix_mail_in_message_id", "mail_in", ["source_id", "message_id"])
    partial_index("ix_mail_in_spooled", "mail_in", ["id"], "state = 'spooled'")
    partial_index("ix_mail_in_unacked", "mail_in", ["source_id", "id"], "acked_at IS NULL")

    op.create_table(
        "mail_raw",
        sa.Column("mail_in_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("mail_in_id", "n", name="pk_mail_raw"),
        sa.ForeignKeyConstraint(["mail_in_id"], ["mail_in.id"], name="fk_mail_raw_mail_in_id_mail_in"),
    )


def create_outbox_tables() -> None:
    """Make the tables of mail that leaves; articles must be there."""
    op.create_table(
        "outbox",
        sa.Column("id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("article_id", BIG_ID, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("envelope_from", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("queued_at", MICROS, nullable=False),
        sa.Column("not_before", MICROS, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", MICROS),
        sa.Column("lease_holder", sa.Text()),
        sa.Column("in_data_at", MICROS),
        sa.Column("maybe_sent", sa.Boolean(), nullable=False),
        sa.Column("done_at", MICROS),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_outbox_article_id_article"),
    )
    op.create_index("ix_outbox_article", "outbox", ["article_id"])
    partial_index("ix_outbox_waiting", "outbox", ["not_before", "id"], "state IN ('queued', 'sending')")

    op.create_table(
        "outbox_recipient",
        sa.Column("outbox_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", "n", name="pk_outbox_recipient"),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_outbox_recipient_outbox_id_outbox"),
    )

    op.create_table(
        "auto_reply_count",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("address_key", KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "address_key", name="pk_auto_reply_count"),
    )
