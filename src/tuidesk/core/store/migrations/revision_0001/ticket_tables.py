"""Revision 0001: the tables of the one path."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tuidesk.core.store.migrations.revision_0001.columns import BIG_ID, KEY, MICROS, partial_index


def create_ticket_tables() -> None:
    """Make them; blobs must be there."""
    op.create_table(
        "act",
        sa.Column("id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("at", MICROS, nullable=False),
        sa.Column("recorded_at", MICROS, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("undoes", BIG_ID),
        sa.PrimaryKeyConstraint("id", name="pk_act"),
        sa.ForeignKeyConstraint(["undoes"], ["act.id"], name="fk_act_undoes_act"),
    )

    op.create_table(
        "ticket",
        sa.Column("id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("state_id", sa.Integer(), nullable=False),
        sa.Column("priority_id", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("responsible_id", sa.Integer(), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("customer_user", sa.Text(), nullable=False),
        sa.Column("customer_key", KEY, nullable=False),
        sa.Column("pending_until", MICROS),
        sa.Column("created_at", MICROS, nullable=False),
        sa.Column("changed_at", MICROS, nullable=False),
        sa.Column("closed_at", MICROS),
        sa.Column("last_article_no", sa.Integer(), nullable=False),
        sa.Column("last_customer_article_at", MICROS),
        sa.Column("merged_into", BIG_ID),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        sa.UniqueConstraint("number", name="uq_ticket_number"),
    )
    op.create_index("ix_ticket_company", "ticket", ["customer_id", "created_at", "id"])
    op.create_index("ix_ticket_created", "ticket", ["created_at", "id"])
    op.create_index("ix_ticket_customer", "ticket", ["customer_key", "created_at", "id"])
    partial_index("ix_ticket_open_changed", "ticket", ["changed_at", "id"], "closed_at IS NULL")
    partial_index("ix_ticket_open_created", "ticket", ["created_at", "id"], "closed_at IS NULL")
    partial_index("ix_ticket_open_owner_created", "ticket", ["owner_id", "created_at", "id"], "closed_at IS NULL")
    partial_index("ix_ticket_open_queue_changed", "ticket", ["queue_id", "changed_at", "id"], "closed_at IS NULL")
    partial_index("ix_ticket_open_queue_created", "ticket", ["queue_id", "created_at", "id"], "closed_at IS NULL")
    partial_index("ix_ticket_open_queue_state", "ticket", ["queue_id", "state_id", "closed_at"], "closed_at IS NULL")
    partial_index(
        "ix_ticket_open_queue_urgency", "ticket", ["queue_id", "urgency", "created_at", "id"], "closed_at IS NULL"
    )
    partial_index("ix_ticket_open_urgency", "ticket", ["urgency", "created_at", "id"], "closed_at IS NULL")
    op.create_index("ix_ticket_owner_created", "ticket", ["owner_id", "created_at", "id"])
    partial_index("ix_ticket_closed", "ticket", ["closed_at", "queue_id"], "closed_at IS NOT NULL")
    partial_index("ix_ticket_pending", "ticket", ["pending_until", "id"], "pending_until IS NOT NULL")
    op.create_index("ix_ticket_queue_created", "ticket", ["queue_id", "created_at", "id"])
    partial_index("ix_ticket_responsible", "ticket", ["responsible_id", "created_at", "id"], "responsible_id != 1")

    op.create_table(
        "change",
        sa.Column("id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("act_id", BIG_ID, nullable=False),
        sa.Column("ticket_id", BIG_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parent_id", BIG_ID),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name="fk_change_act_id_act"),
        sa.ForeignKeyConstraint(["parent_id"], ["change.id"], name="fk_change_parent_id_change"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_change_ticket_id_ticket", deferrable=True, initially="DEFERRED"
        ),
        sa.UniqueConstraint("ticket_id", "version", name="uq_change_ticket_id_version"),
    )
    op.create_index("ix_change_act", "change", ["act_id"])

    op.create_table(
        "history",
        sa.Column("change_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.Text()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("rule_id", BIG_ID),
        sa.Column("because_seq", sa.Integer()),
        sa.PrimaryKeyConstraint("change_id", "seq", name="pk_history"),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name="fk_history_change_id_change"),
    )

    op.create_table(
        "article",
        sa.Column("id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("ticket_id", BIG_ID, nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("change_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sender_type", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("cc", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("refs", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("at", MICROS, nullable=False),
        sa.Column("mail_in_id", BIG_ID),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name="fk_article_change_id_change"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_article_ticket_id_ticket", deferrable=True, initially="DEFERRED"
        ),
        sa.UniqueConstraint("ticket_id", "no", name="uq_article_ticket_id_no"),
    )
    op.create_index("ix_article_change", "article", ["change_id"])
    partial_index("ix_article_message_id", "article", ["message_id"], "message_id != ''")

    op.create_table(
        "attachment",
        sa.Column("article_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("content_id", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "n", name="pk_attachment"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_attachment_article_id_article"),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name="fk_attachment_sha256_blob"),
    )
    op.create_index("ix_attachment_blob", "attachment", ["sha256"])

    op.create_table(
        "ticket_watcher",
        sa.Column("ticket_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "agent_id", name="pk_ticket_watcher"),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name="fk_ticket_watcher_ticket_id_ticket",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index("ix_ticket_watcher_agent", "ticket_watcher", ["agent_id", "ticket_id"])

    op.create_table(
        "ticket_link",
        sa.Column("source_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("target_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "target_id", "type", name="pk_ticket_link"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["ticket.id"], name="fk_ticket_link_source_id_ticket", deferrable=True, initially="DEFERRED"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["ticket.id"], name="fk_ticket_link_target_id_ticket", deferrable=True, initially="DEFERRED"
        ),
    )
    op.create_index("ix_ticket_link_target", "ticket_link", ["target_id"])

    op.create_table(
        "ticket_clock",
        sa.Column("ticket_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("first_response_at", MICROS),
        sa.Column("update_at", MICROS),
        sa.Column("solution_at", MICROS),
        sa.Column("escalation_at", MICROS),
        sa.Column("unlock_base_at", MICROS),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("config_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_ticket_clock"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_ticket_clock_ticket_id_ticket", deferrable=True, initially="DEFERRED"
        ),
    )
    partial_index(
        "ix_ticket_clock_escalation", "ticket_clock", ["escalation_at", "ticket_id"], "escalation_at IS NOT NULL"
    )
    partial_index(
        "ix_ticket_clock_queue_escalation",
        "ticket_clock",
        ["queue_id", "escalation_at", "ticket_id"],
        "escalation_at IS NOT NULL",
    )

    op.create_table(
        "doc",
        sa.Column("article_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("ticket_id", BIG_ID, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", name="pk_doc"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_doc_article_id_article"),
    )
    op.create_index("ix_doc_ticket", "doc", ["ticket_id"])

    op.create_table(
        "erasure",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("change_id", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name="fk_erasure_change_id_change"),
    )

    op.create_table(
        "erasure_item",
        sa.Column("erasure_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "row_id", name="pk_erasure_item"),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasure.id"], name="fk_erasure_item_erasure_id_erasure"),
    )
