"""The column types and the partial index of revision 0001, as they were then."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.Text(collation="C").with_variant(sa.Text(collation="BINARY"), "sqlite")
MICROS = sa.BigInteger()


def partial_index(name: str, table: str, columns: Sequence[str], where: str) -> None:
    """Make an index of the rows for which `where` holds."""
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
