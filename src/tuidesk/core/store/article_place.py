"""Where an article lies: its ticket and number, which a merge may have changed."""

from __future__ import annotations

import sqlalchemy as sa

from tuidesk.core.store import schema


def place_of(connection: sa.Connection, article_id: int) -> tuple[int, int] | None:
    """Return (ticket id, article number), None for an article that is not there."""
    article = schema.article.c
    row = connection.execute(
        sa.select(article.ticket_id, article.no).where(article.id == article_id)
    ).one_or_none()
    return (row.ticket_id, row.no) if row else None
