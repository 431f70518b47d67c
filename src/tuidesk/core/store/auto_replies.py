"""How many automatic replies each address got today: the brake against mail loops (OTRS rule 3.7)."""

from __future__ import annotations

import sqlalchemy as sa

from tuidesk.core.store.fixed_sql import fixed

_REPLIES = fixed("select n from auto_reply_count where day = ? and address_key = ?")
_COUNT = fixed(
    "insert into auto_reply_count (day, address_key, n) values (?, ?, 1)"
    " on conflict (day, address_key) do update set n = auto_reply_count.n + 1"
)


def replies_on(connection: sa.Connection, day: str, address_key: str) -> int:
    """Return how many automatic replies an address got on a day (ISO date in the desk's zone)."""
    return _REPLIES.run(connection, day, address_key).scalar() or 0


def count_reply(connection: sa.Connection, day: str, address_key: str) -> None:
    """Count one more automatic reply to an address."""
    _COUNT.run(connection, day, address_key)
