"""What was made of mails that were taken in, beside the mails themselves: for reading them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tuidesk.core.store import schema
from tuidesk.core.store.metadata import to_micros


@dataclass(frozen=True, slots=True)
class TakenIn:
    """An article that came from a mail; `files` are (name, type, SHA-256)."""

    mail_id: int
    size_bytes: int
    ticket_number: str
    article_no: int
    sender: str
    to: str
    cc: str
    subject: str
    body: str
    flags: tuple[str, ...]
    files: tuple[tuple[str, str, bytes], ...]


def taken_in(connection: sa.Connection, after_id: int, since: datetime | None, limit: int) -> Sequence[TakenIn]:
    """Return the next mails with their articles by id, those that arrived since a time; two statements."""
    mail, article, ticket, file = schema.mail_in.c, schema.article.c, schema.ticket.c, schema.attachment.c
    query = (
        sa.select(
            mail.id, mail.size_bytes, ticket.number, article.id.label("article_id"), article.no, article.sender,
            article.recipient, article.cc, article.subject, article.body, article.flags,
        )
        .join_from(schema.mail_in, schema.article, article.id == mail.article_id)
        .join(schema.ticket, ticket.id == article.ticket_id)
        .where(mail.id > after_id, mail.state == "done", mail.sha256.is_not(None))
        .order_by(mail.id)
        .limit(limit)
    )  # fmt: skip
    if since is not None:
        query = query.where(mail.arrived_at >= to_micros(since))
    rows = connection.execute(query).all()
    files: dict[int, list[tuple[str, str, bytes]]] = {}
    if rows:
        for row in connection.execute(
            sa.select(file.article_id, file.name, file.content_type, file.sha256)
            .where(file.article_id.in_([row.article_id for row in rows]))
            .order_by(file.article_id, file.n)
        ):
            files.setdefault(row.article_id, []).append((row.name, row.content_type, bytes(row.sha256)))
    return [
        TakenIn(
            row.id, row.size_bytes, row.number, row.no, row.sender, row.recipient, row.cc, row.subject, row.body,
            tuple(row.flags.split()), tuple(files.get(row.article_id, ())),
        )
        for row in rows
    ]  # fmt: skip
