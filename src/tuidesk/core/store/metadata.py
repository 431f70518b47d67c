"""The one MetaData, its naming convention, and the column types that all tables share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A 64-bit key; on SQLite an INTEGER PRIMARY KEY must be called just that."""

Key = sa.Text(collation="C").with_variant(sa.Text(collation="BINARY"), "sqlite")
"""A folded text that is compared byte by byte, the same way on both databases."""

Micros = sa.BigInteger()
"""A time: microseconds since 1970 in UTC."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime | None) -> int | None:
    """Return a time as the store keeps it. Raises TypeError for a naive datetime."""
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def from_micros(value: int | None) -> datetime | None:
    """Return a stored time as an aware datetime in UTC."""
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def deferred(target: str) -> sa.ForeignKey:
    """Return a reference that is checked at commit, for rows that are written before their ticket."""
    return sa.ForeignKey(target, deferrable=True, initially="DEFERRED")
