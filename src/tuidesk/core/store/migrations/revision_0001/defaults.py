"""Revision 0001: what a new desk holds, the groups, states, priorities and queues that OTRS ships (rules 1.4, 1.5)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_GROUPS = ("users", "admin", "stats")
_STATES = (
    (1, "new", "new"),
    (2, "closed successful", "closed"),
    (3, "closed unsuccessful", "closed"),
    (4, "open", "open"),
    (5, "removed", "removed"),
    (6, "pending reminder", "pending reminder"),
    (7, "pending auto close+", "pending auto"),
    (8, "pending auto close-", "pending auto"),
    (9, "merged", "merged"),
)
_PRIORITIES = ("1 very low", "2 low", "3 normal", "4 high", "5 very high")
_QUEUES = ("Postmaster", "Raw", "Junk", "Misc")


def insert_defaults() -> None:
    """Fill the tables of configuration."""
    op.execute("insert into config_revision (id, revision) values (1, 1)")
    op.bulk_insert(
        _table("desk_group", "name", "name_key", "valid"),
        [{"name": name, "name_key": name, "valid": True} for name in _GROUPS],
    )
    op.bulk_insert(
        _table("state", "id", "name", "name_key", "type", "valid"),
        [{"id": n, "name": name, "name_key": name, "type": kind, "valid": True} for n, name, kind in _STATES],
    )
    op.bulk_insert(
        _table("priority", "id", "name", "name_key", "valid"),
        [{"id": n, "name": name, "name_key": name, "valid": True} for n, name in enumerate(_PRIORITIES, 1)],
    )
    # id 1 is nobody: it owns what no agent owns, and cannot log in
    nobody = {"id": 1, "login": "-", "login_key": "-", "name": "nobody", "email": "", "password_hash": ""}
    op.bulk_insert(_table("agent", *nobody, "valid"), [{**nobody, "valid": False}])
    queues = [_queue(name) for name in _QUEUES]
    op.bulk_insert(_table("queue", *queues[0]), queues)
    if op.get_bind().dialect.name == "postgresql":
        for table in ("state", "priority", "agent"):
            op.execute(f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))")


def _queue(name: str) -> dict[str, object]:
    """Return a queue that nobody has configured yet."""
    return {
        "name": name,
        "name_key": name.casefold(),
        "group_id": 1,
        "address": "",
        "realname": "",
        "follow_up": "possible",
        "follow_up_lock": False,
        "targets": "{}",
        "calendar_id": 0,
        "unlock_timeout_min": 0,
        "salutation": "",
        "signature": "",
        "valid": True,
    }


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))
