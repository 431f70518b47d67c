"""Revision 0001: the tables of running work and of each agent's own state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tuidesk.core.store.migrations.revision_0001.columns import BIG_ID, MICROS


def create_work_tables() -> None:
    """Make them; they refer to nothing."""
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until", MICROS, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )

    op.create_table(
        "work_status",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", MICROS, nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_work_status"),
    )

    op.create_table(
        "seen",
        sa.Column("agent_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ticket_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("article_no", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "ticket_id", name="pk_seen"),
    )

    op.create_table(
        "presence",
        sa.Column("ticket_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("doing", sa.Text(), nullable=False),
        sa.Column("since", MICROS, nullable=False),
        sa.Column("until", MICROS, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "agent_id", name="pk_presence"),
    )

    op.create_table(
        "draft",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", BIG_ID),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seen_version", sa.Integer()),
        sa.Column("saved_at", MICROS, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
    )
    op.create_index("ix_draft_agent", "draft", ["agent_id", "ticket_id"])
