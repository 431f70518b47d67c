"""Tables of what admins manage: groups, agents, queues, states, calendars, customers, mail accounts.

Every edit draws a new `config_revision` and leaves a `config_log` row, so old deadlines and
decisions can be explained by the configuration of their time.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Table

from tuidesk.core.store.metadata import Key, Micros, metadata


def _valid() -> Column[bool]:
    return Column("valid", sa.Boolean, nullable=False, server_default=sa.true())


config_revision = Table(
    "config_revision",
    metadata,
    Column("id", sa.Integer, primary_key=True, autoincrement=False),
    Column("revision", sa.Integer, nullable=False),
)

config_log = Table(
    "config_log",
    metadata,
    Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    Column("at", Micros, nullable=False),
    Column("actor", sa.Text, nullable=False),
    Column("what", sa.Text, nullable=False),
    Column("before", sa.Text),
    Column("after", sa.Text),
)

desk_group = Table(
    "desk_group",
    metadata,
    Column("id", sa.Integer, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("name_key", Key, nullable=False, unique=True),
    _valid(),
)

agent = Table(
    "agent",
    metadata,
    Column("id", sa.Integer, primary_key=True),
    Column("login", sa.Text, nullable=False),
    Column("login_key", Key, nullable=False, unique=True),
    Column("name", sa.Text, nullable=False),
    Column("email", sa.Text, nullable=False),
    Column("password_hash", sa.Text, nullable=False),
    Column("system_admin", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("preferences", sa.Text, nullable=False, server_default="{}"),
    _valid(),
)

system_account = Table(
    "system_account",
    metadata,
    Column("system_user", sa.Text, primary_key=True, quote=True),  # reserved since PostgreSQL 16
    Column("agent_id", sa.Integer, ForeignKey("agent.id"), primary_key=True, autoincrement=False),
)

agent_grant = Table(
    "agent_grant",
    metadata,
    Column("agent_id", sa.Integer, ForeignKey("agent.id"), primary_key=True, autoincrement=False),
    Column("group_id", sa.Integer, ForeignKey("desk_group.id"), primary_key=True, autoincrement=False),
    Column("rights", sa.Text, primary_key=True),
)

state = Table(
    "state",
    metadata,
    Column("id", sa.Integer, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("name_key", Key, nullable=False, unique=True),
    Column("type", sa.Text, nullable=False),
    _valid(),
)

priority = Table(
    "priority",
    metadata,
    Column("id", sa.Integer, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("name_key", Key, nullable=False, unique=True),
    _valid(),
)

calendar = Table(
    "calendar",
    metadata,
    Column("id", sa.Integer, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("name_key", Key, nullable=False, unique=True),
    Column("definition", sa.Text, nullable=False),
    _valid(),
)

queue = Table(
    "queue",
    metadata,
    Column("id", sa.Integer, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("name_key", Key, nullable=False, unique=True),
    Column("group_id", sa.Integer, ForeignKey("desk_group.id"), nullable=False),
    Column("address", sa.Text, nullable=False),
    Column("realname", sa.Text, nullable=False),
    Column("follow_up", sa.Text, nullable=False),
    Column("follow_up_lock", sa.Boolean, nullable=False),
    Column("targets", sa.Text, nullable=False),
    Column("calendar_id", sa.Integer, nullable=False, server_default="0"),
    Column("unlock_timeout_min", sa.Integer, nullable=False),
    Column("salutation", sa.Text, nullable=False),
    Column("signature", sa.Text, nullable=False),
    _valid(),
)

auto_response = Table(
    "auto_response",
    metadata,
    Column("queue_id", sa.Integer, ForeignKey("queue.id"), primary_key=True, autoincrement=False),
    Column("type", sa.Text, primary_key=True),
    Column("subject", sa.Text, nullable=False),
    Column("body", sa.Text, nullable=False),
)

customer_company = Table(
    "customer_company",
    metadata,
    Column("customer_id", sa.Text, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("comment", sa.Text, nullable=False),
    _valid(),
)

customer_user = Table(
    "customer_user",
    metadata,
    Column("id", sa.Integer, primary_key=True),
    Column("login", sa.Text, nullable=False),
    Column("login_key", Key, nullable=False, unique=True),
    Column("email", sa.Text, nullable=False),
    Column("email_key", Key, nullable=False, unique=True),
    Column("name", sa.Text, nullable=False),
    Column("customer_id", sa.Text, nullable=False),
    Column("phone", sa.Text, nullable=False),
    Column("comment", sa.Text, nullable=False),
    _valid(),
)

mail_account = Table(
    "mail_account",
    metadata,
    Column("id", sa.Integer, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("name_key", Key, nullable=False, unique=True),
    # imap, maildir (in) or smtp, maildir-out
    Column("kind", sa.Text, nullable=False),
    Column("settings", sa.Text, nullable=False),
    Column("secret", sa.Text, nullable=False),
    Column("queue_id", sa.Integer),
    # where reading stands, and how the last tries went: written by the poller only
    Column("position", sa.Text, nullable=False),
    Column("position_started_at", Micros),
    Column("last_ok_at", Micros),
    Column("last_error", sa.Text, nullable=False),
    Column("last_error_at", Micros),
    _valid(),
)

number_counter = Table(
    "number_counter",
    metadata,
    Column("name", sa.Text, primary_key=True),
    Column("value", sa.BigInteger, nullable=False),
)
