"""Revision 0001: the tables of what admins manage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tuidesk.core.store.migrations.revision_0001.columns import KEY, MICROS


def create_config_tables() -> None:
    """Make them, those that others refer to first."""
    op.create_table(
        "config_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_config_revision"),
    )

    op.create_table(
        "config_log",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MICROS, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.PrimaryKeyConstraint("revision", name="pk_config_log"),
    )

    op.create_table(
        "desk_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("id", name="pk_desk_group"),
        sa.UniqueConstraint("name_key", name="uq_desk_group_name_key"),
    )

    op.create_table(
        "agent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("login_key", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("system_admin", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("preferences", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("valid", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("id", name="pk_agent"),
        sa.UniqueConstraint("login_key", name="uq_agent_login_key"),
    )

    op.create_table(
        "system_account",
        sa.Column("system_user", sa.Text(), nullable=False, quote=True),  # reserved since PostgreSQL 16
        sa.Column("agent_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("system_user", "agent_id", name="pk_system_account"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_system_account_agent_id_agent"),
    )

    op.create_table(
        "agent_grant",
        sa.Column("agent_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "group_id", "rights", name="pk_agent_grant"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_agent_grant_agent_id_agent"),
        sa.ForeignKeyConstraint(["group_id"], ["desk_group.id"], name="fk_agent_grant_group_id_desk_group"),
    )

    op.create_table(
        "state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("id", name="pk_state"),
        sa.UniqueConstraint("name_key", name="uq_state_name_key"),
    )

    op.create_table(
        "priority",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("id", name="pk_priority"),
        sa.UniqueConstraint("name_key", name="uq_priority_name_key"),
    )

    op.create_table(
        "calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("id", name="pk_calendar"),
        sa.UniqueConstraint("name_key", name="uq_calendar_name_key"),
    )

    op.create_table(
        "queue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("realname", sa.Text(), nullable=False),
        sa.Column("follow_up", sa.Text(), nullable=False),
        sa.Column("follow_up_lock", sa.Boolean(), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("unlock_timeout_min", sa.Integer(), nullable=False),
        sa.Column("salutation", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("id", name="pk_queue"),
        sa.ForeignKeyConstraint(["group_id"], ["desk_group.id"], name="fk_queue_group_id_desk_group"),
        sa.UniqueConstraint("name_key", name="uq_queue_name_key"),
    )

    op.create_table(
        "auto_response",
        sa.Column("queue_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("queue_id", "type", name="pk_auto_response"),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name="fk_auto_response_queue_id_queue"),
    )

    op.create_table(
        "customer_company",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customer_company"),
    )

    op.create_table(
        "customer_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("login_key", KEY, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("id", name="pk_customer_user"),
        sa.UniqueConstraint("email_key", name="uq_customer_user_email_key"),
        sa.UniqueConstraint("login_key", name="uq_customer_user_login_key"),
    )

    op.create_table(
        "mail_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Integer()),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("position_started_at", MICROS),
        sa.Column("last_ok_at", MICROS),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("last_error_at", MICROS),
        sa.Column("valid", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("id", name="pk_mail_account"),
        sa.UniqueConstraint("name_key", name="uq_mail_account_name_key"),
    )

    op.create_table(
        "number_counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_number_counter"),
    )
