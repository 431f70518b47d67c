"""Checking a database: guards, references, and whether every ticket is what its history says.

What a program without foreign keys or without our guards has done to the file is found here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.replay import differences, replay
from tuidesk.core.store import schema
from tuidesk.core.store.guards import guard_faults
from tuidesk.core.store.ticket_reads import kin_of, recorded_changes, tickets_by_id

CHUNK = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong: `area` is guards, references, history, mail or search."""

    area: str
    what: str


def faults(connection: sa.Connection, config: DeskConfig) -> Iterator[Fault]:
    """Yield all that is wrong with the database; nothing when it is sound."""
    for name in guard_faults(connection):
        yield Fault("guards", f"{name} is missing or altered")
    yield from _broken_references(connection)
    yield from _unreplayable(connection, config)
    yield from _lost_mail(connection)
    yield from _unsearchable(connection)


def _broken_references(connection: sa.Connection) -> Iterator[Fault]:
    if connection.dialect.name == "sqlite":
        for table, rowid, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield Fault("references", f"row {rowid} of {table} refers to a {parent} that is not there")
    change, ticket = schema.change.c, schema.ticket.c
    dangling = (
        sa.select(change.id, change.ticket_id, change.version)
        .join_from(schema.change, schema.ticket, ticket.id == change.ticket_id, isouter=True)
        .where(ticket.id.is_(None) | (ticket.version < change.version))
    )
    for row in connection.execute(dangling):
        yield Fault(
            "references", f"change {row.id} made version {row.version} of ticket {row.ticket_id}, which is not there"
        )


def _unreplayable(connection: sa.Connection, config: DeskConfig) -> Iterator[Fault]:
    last = 0
    while True:
        ids = list(
            connection.scalars(
                sa.select(schema.ticket.c.id).where(schema.ticket.c.id > last).order_by(schema.ticket.c.id).limit(CHUNK)
            )
        )
        if not ids:
            return
        last = ids[-1]
        stored, kin = tickets_by_id(connection, ids, config), kin_of(connection, ids)
        story = recorded_changes(connection, ids)
        for ticket_id in ids:
            told = replay(ticket_id, story.get(ticket_id, []))
            for one in differences(stored[ticket_id], kin[ticket_id], told):
                yield Fault(
                    "history",
                    f"ticket {stored[ticket_id].number}: {one.what} is {one.stored!r},"
                    f" its history says {one.replayed!r}",
                )


def _lost_mail(connection: sa.Connection) -> Iterator[Fault]:
    mail, raw, article = schema.mail_in.c, schema.mail_raw.c, schema.article.c
    without = sa.select(mail.id).where(
        mail.sha256.is_not(None),
        mail.size_bytes > 0,
        ~sa.exists().where(raw.mail_in_id == mail.id),
    )
    for mail_id in connection.scalars(without):
        yield Fault("mail", f"mail {mail_id} has lost its raw bytes")
    nowhere = sa.select(mail.id).where(mail.state == "done", ~sa.exists().where(article.id == mail.article_id))
    for mail_id in connection.scalars(nowhere):
        yield Fault("mail", f"mail {mail_id} was taken in, but its article is not there")


def _unsearchable(connection: sa.Connection) -> Iterator[Fault]:
    doc, article = schema.doc.c, schema.article.c
    missing = sa.select(article.id).where(~sa.exists().where(doc.article_id == article.id))
    for article_id in connection.scalars(missing):
        yield Fault("search", f"article {article_id} is not in the index")
    if connection.dialect.name == "sqlite":
        (docs,) = connection.exec_driver_sql("select count(*) from doc").one()
        (indexed,) = connection.exec_driver_sql("select count(*) from doc_index_docsize").one()
        if docs != indexed:
            yield Fault("search", f"{docs} documents, {indexed} in the index")
