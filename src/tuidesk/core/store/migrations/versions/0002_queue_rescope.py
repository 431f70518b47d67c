"""How far the search documents of queues that changed their group have followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what was indexed before is as it should be."""
    op.create_table(
        "queue_rescope",
        sa.Column("queue_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("repeat_at", sa.BigInteger()),
        sa.Column("after_created_at", sa.BigInteger()),
        sa.Column("after_ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.PrimaryKeyConstraint("queue_id", name="pk_queue_rescope"),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name="fk_queue_rescope_queue_id_queue"),
    )
