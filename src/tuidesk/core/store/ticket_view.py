"""One ticket as a screen or a pipe shows it: articles, files, deliveries, links, history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from tuidesk.core.domain.events import Event
from tuidesk.core.domain.states import Channel, SenderType
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store import schema
from tuidesk.core.store.blobs import read_blob
from tuidesk.core.store.metadata import from_micros
from tuidesk.core.store.ticket_reads import event_of

_a = schema.article.c


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of an article, without its bytes."""

    n: int
    name: str
    content_type: str
    disposition: str
    size_bytes: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the mail of an article stands; `state` is the outbox state."""

    outbox_id: int
    state: str
    not_before: datetime | None
    maybe_sent: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Article:
    """An article with its text; `raw` says whether the mail it came from is kept."""

    id: int
    no: int
    kind: str
    sender_type: SenderType
    channel: Channel
    visible: bool
    sender: str
    to: str
    cc: str
    reply_to: str
    subject: str
    message_id: str
    references: tuple[str, ...]
    body: str
    flags: tuple[str, ...]
    at: datetime
    mail_in_id: int | None
    files: tuple[FileRow, ...]
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A linked ticket: how, and which end it is."""

    ticket_id: int
    number: str
    title: str
    state_id: int
    type: str
    is_source: bool


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One event with who did it, when, and through which door."""

    change_id: int
    version: int
    seq: int
    at: datetime
    actor: str
    door: str
    event: Event


@dataclass(frozen=True, slots=True)
class Due:
    """The deadlines of a ticket."""

    first_response_at: datetime | None
    update_at: datetime | None
    solution_at: datetime | None
    escalation_at: datetime | None


def may_see(connection: sa.Connection, viewer: Viewer, ticket_id: int) -> bool:
    """Say whether a viewer may read a ticket: by its queue, or by person."""
    if viewer.sees_all:
        return True
    ticket = schema.ticket.c
    query = sa.select(ticket.id).where(ticket.id == ticket_id, readable_by(viewer, ticket))
    return connection.execute(query).scalar_one_or_none() is not None


def readable_by(viewer: Viewer, ticket: ReadOnlyColumnCollection[str, Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a viewer may read a ticket: by its queue, or by person."""
    if viewer.sees_all:
        return sa.true()
    watcher = schema.ticket_watcher.c
    return sa.or_(
        ticket.queue_id.in_(viewer.queue_ids),
        ticket.owner_id == viewer.agent_id,
        ticket.responsible_id == viewer.agent_id,
        sa.exists().where(watcher.ticket_id == ticket.id, watcher.agent_id == viewer.agent_id),
    )


def articles(
    connection: sa.Connection, ticket_id: int, *, limit: int = 500, only_no: int | None = None
) -> Sequence[Article]:
    """Return the newest `limit` articles of a ticket in order, with files and deliveries: three statements."""
    query = sa.select(schema.article).where(_a.ticket_id == ticket_id).order_by(_a.no.desc()).limit(limit)
    if only_no is not None:
        query = query.where(_a.no == only_no)
    rows = list(reversed(connection.execute(query).all()))
    ids = [row.id for row in rows]
    files: dict[int, list[FileRow]] = {}
    deliveries: dict[int, Delivery] = {}
    if ids:
        attachment, outbox = schema.attachment.c, schema.outbox.c
        for row in connection.execute(
            sa.select(schema.attachment)
            .where(attachment.article_id.in_(ids))
            .order_by(attachment.article_id, attachment.n)
        ):
            files.setdefault(row.article_id, []).append(
                FileRow(
                    row.n, row.name, row.content_type, row.disposition, row.size_bytes, bytes(row.sha256)
                )
            )
        for row in connection.execute(
            sa.select(
                outbox.id, outbox.article_id, outbox.state, outbox.not_before, outbox.maybe_sent, outbox.reason
            ).where(outbox.article_id.in_(ids))
        ):
            deliveries[row.article_id] = Delivery(
                row.id, row.state, from_micros(row.not_before), bool(row.maybe_sent), row.reason
            )
    return [_article(row, files.get(row.id, ()), deliveries.get(row.id)) for row in rows]


def _article(row: Any, files: Sequence[FileRow], delivery: Delivery | None) -> Article:
    at = from_micros(row.at)
    if at is None:
        raise AssertionError("an article has its time")
    return Article(
        id=row.id,
        no=row.no,
        kind=row.kind,
        sender_type=SenderType(row.sender_type),
        channel=Channel(row.channel),
        visible=bool(row.visible),
        sender=row.sender,
        to=row.recipient,
        cc=row.cc,
        reply_to=row.reply_to,
        subject=row.subject,
        message_id=row.message_id,
        references=tuple(row.refs.split()),
        body=row.body,
        flags=tuple(row.flags.split()),
        at=at,
        mail_in_id=row.mail_in_id,
        files=tuple(files),
        delivery=delivery,
    )


def links(connection: sa.Connection, ticket_id: int) -> Sequence[LinkRow]:
    """Return the tickets linked to one, both ways; one statement."""
    link, ticket = schema.ticket_link.c, schema.ticket.c
    columns = (ticket.id, ticket.number, ticket.title, ticket.state_id, link.type)
    outward = (
        sa.select(*columns, sa.literal(False).label("is_source"))
        .join_from(schema.ticket_link, schema.ticket, ticket.id == link.target_id)
        .where(link.source_id == ticket_id)
    )
    inward = (
        sa.select(*columns, sa.literal(True).label("is_source"))
        .join_from(schema.ticket_link, schema.ticket, ticket.id == link.source_id)
        .where(link.target_id == ticket_id)
    )
    return [
        LinkRow(row.id, row.number, row.title, row.state_id, row.type, bool(row.is_source))
        for row in connection.execute(outward.union_all(inward))
    ]


def due(connection: sa.Connection, ticket_id: int) -> Due:
    """Return the deadlines of a ticket."""
    clock = schema.ticket_clock.c
    row = connection.execute(
        sa.select(clock.first_response_at, clock.update_at, clock.solution_at, clock.escalation_at).where(
            clock.ticket_id == ticket_id
        )
    ).one_or_none()
    return Due(*(from_micros(value) for value in row)) if row else Due(None, None, None, None)


def history(connection: sa.Connection, ticket_id: int) -> Sequence[HistoryRow]:
    """Return what happened to a ticket, oldest first; one statement."""
    act, change, event = schema.act.c, schema.change.c, schema.history.c
    query = (
        sa.select(
            change.id, change.version, event.seq, act.at, event.actor, act.door, event.kind, event.data,
            event.rule_id, event.because_seq,
        )
        .join_from(schema.change, schema.history, event.change_id == change.id)
        .join(schema.act, act.id == change.act_id)
        .where(change.ticket_id == ticket_id)
        .order_by(change.version, event.seq)
    )  # fmt: skip
    rows = []
    for change_id, version, seq, at, actor, door, kind, data, rule_id, because in connection.execute(query):
        when = from_micros(at)
        if when is not None:
            rows.append(
                HistoryRow(
                    change_id, version, seq, when, actor, door, event_of(kind, data, rule_id, because)
                )
            )
    return rows


def file_bytes(connection: sa.Connection, ticket_id: int, article_no: int, n: int) -> tuple[str, bytes] | None:
    """Return name and content of a file of a ticket, None when there is none of that number."""
    attachment = schema.attachment.c
    row = connection.execute(
        sa.select(attachment.name, attachment.sha256)
        .join_from(schema.attachment, schema.article, _a.id == attachment.article_id)
        .where(_a.ticket_id == ticket_id, _a.no == article_no, attachment.n == n)
    ).one_or_none()
    return (row.name, b"".join(read_blob(connection, bytes(row.sha256)))) if row else None
