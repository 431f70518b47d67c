"""INSERT and UPDATE on the tables of the path: importable by `tickets.apply` alone.

The order matters to the guards: acts, changes, history, then articles and their kin, and all ticket
rows last. Ids are drawn before, so nothing has to be read back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tuidesk.core.domain.events import Event
from tuidesk.core.domain.text import address_key
from tuidesk.core.domain.ticket import NewArticle, Ticket
from tuidesk.core.store import schema
from tuidesk.core.store.fixed_sql import fixed_insert, fixed_update
from tuidesk.core.store.metadata import to_micros

_INSERT_ACT = fixed_insert(schema.act)
_INSERT_CHANGE = fixed_insert(schema.change)
_INSERT_HISTORY = fixed_insert(schema.history)
_INSERT_TICKET = fixed_insert(schema.ticket)
_INSERT_ARTICLE = fixed_insert(schema.article)
_INSERT_ATTACHMENT = fixed_insert(schema.attachment)
_INSERT_WATCHER = sa.insert(schema.ticket_watcher)
_INSERT_LINK = sa.insert(schema.ticket_link)
_UPDATE_TICKET = fixed_update(
    schema.ticket,
    [column.name for column in schema.ticket.c if column.name not in ("id", "number", "created_at")],
    {"id": "id", "version": "version_before"},
)
_UPDATE_PLACE = (
    sa.update(schema.article)
    .where(schema.article.c.id == sa.bindparam("b_id"))
    .values(ticket_id=sa.bindparam("ticket_id"), no=sa.bindparam("no"))
)
_UPDATE_DOC_TICKET = (
    sa.update(schema.doc)
    .where(schema.doc.c.article_id == sa.bindparam("b_id"))
    .values(ticket_id=sa.bindparam("ticket_id"))
)


@dataclass(frozen=True, slots=True)
class DrawnIds:
    """The ids of one act: one of each for `act`, as many as asked for of the others."""

    act: int
    changes: Sequence[int]
    tickets: Sequence[int]
    articles: Sequence[int]
    mails: Sequence[int]


class LostUpdate(Exception):
    """A ticket row was not at the version that was locked: nothing may be committed."""


def draw_ids(
    connection: sa.Connection, *, changes: int, tickets: int, articles: int, mails: int
) -> DrawnIds:
    """Return fresh ids; on SQLite the transaction holds the only write lock, so max + 1 is free."""
    if connection.dialect.name == "sqlite":
        row = connection.exec_driver_sql(_SQLITE_MAXIMA).one()
        act, change, ticket, article, mail = (value + 1 for value in row)
        return DrawnIds(
            act,
            range(change, change + changes),
            range(ticket, ticket + tickets),
            range(article, article + articles),
            range(mail, mail + mails),
        )
    rows = connection.execute(_POSTGRES_IDS, {"c": changes, "t": tickets, "a": articles, "m": mails})
    drawn: dict[str, list[int]] = {"act": [], "change": [], "ticket": [], "article": [], "mail": []}
    for name, value in rows:
        drawn[name].append(value)
    for values in drawn.values():
        values.sort()
    return DrawnIds(drawn["act"][0], drawn["change"], drawn["ticket"], drawn["article"], drawn["mail"])


_SQLITE_MAXIMA = "select " + ", ".join(
    f"(select coalesce(max(id), 0) from {table})" for table in ("act", "change", "ticket", "article", "outbox")
)
_POSTGRES_IDS = sa.text(
    "select 'act', nextval('act_id_seq')"
    " union all select 'change', nextval('change_id_seq') from generate_series(1, :c)"
    " union all select 'ticket', nextval('ticket_id_seq') from generate_series(1, :t)"
    " union all select 'article', nextval('article_id_seq') from generate_series(1, :a)"
    " union all select 'mail', nextval('outbox_id_seq') from generate_series(1, :m)"
)


def insert_act(
    connection: sa.Connection,
    act_id: int,
    *,
    at: datetime,
    recorded_at: datetime,
    actor: str,
    door: str,
    undoes: int | None,
) -> None:
    """Write who did something, when and through which door."""
    row = {
        "id": act_id,
        "at": to_micros(at),
        "recorded_at": to_micros(recorded_at),
        "actor": actor,
        "door": door,
        "undoes": undoes,
    }
    _INSERT_ACT.run(connection, [row])


def insert_change(
    connection: sa.Connection,
    change_id: int,
    act_id: int,
    ticket: Ticket,
    parent_id: int | None,
    events: Sequence[Event],
    actor: str,
) -> None:
    """Write a change and all of its history; `ticket` is the ticket at its new version."""
    row = {
        "id": change_id,
        "act_id": act_id,
        "ticket_id": ticket.id,
        "version": ticket.version,
        "parent_id": parent_id,
    }
    _INSERT_CHANGE.run(connection, [row])
    _INSERT_HISTORY.run(
        connection,
        [
            {
                "change_id": change_id,
                "seq": seq,
                "kind": event.kind.value,
                "data": json.dumps(event.data, ensure_ascii=False, separators=(",", ":")),
                "actor": actor,
                "rule_id": event.rule_id,
                "because_seq": event.because_seq,
            }
            for seq, event in enumerate(events)
        ],
    )


def insert_articles(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write articles made by `article_row`."""
    _INSERT_ARTICLE.run(connection, rows)


def article_row(
    article_id: int, ticket_id: int, no: int, change_id: int, article: NewArticle, message_id: str, at: datetime
) -> dict[str, Any]:
    """Return the row of a new article."""
    return {
        "id": article_id,
        "ticket_id": ticket_id,
        "no": no,
        "change_id": change_id,
        "kind": article.kind,
        "sender_type": article.sender_type.value,
        "channel": article.channel.value,
        "visible": article.visible,
        "sender": article.sender,
        "recipient": article.to,
        "cc": article.cc,
        "reply_to": article.reply_to,
        "subject": article.subject,
        "message_id": message_id,
        "refs": " ".join(dict.fromkeys((*article.references, article.in_reply_to))).strip(),
        "body": article.body,
        "flags": " ".join(article.flags),
        "at": to_micros(article.at or at),
        "mail_in_id": article.mail_in_id,
    }


def insert_attachments(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what articles carry; their blobs must be there."""
    _INSERT_ATTACHMENT.run(connection, rows)


def move_articles(connection: sa.Connection, target_id: int, moved: Iterable[tuple[int, int]]) -> None:
    """Give articles, as (id, new number), and their search documents to another ticket."""
    rows = [{"b_id": article_id, "ticket_id": target_id, "no": no} for article_id, no in moved]
    if rows:
        connection.execute(_UPDATE_PLACE, rows)
        connection.execute(
            _UPDATE_DOC_TICKET, [{"b_id": row["b_id"], "ticket_id": target_id} for row in rows]
        )


def set_visible(connection: sa.Connection, article_id: int, visible: bool) -> None:
    """Show an article to the customer, or hide it."""
    connection.execute(
        sa.update(schema.article).where(schema.article.c.id == article_id).values(visible=visible)
    )


def insert_watcher(connection: sa.Connection, ticket_id: int, agent_id: int) -> None:
    """Write a watcher."""
    connection.execute(_INSERT_WATCHER, {"ticket_id": ticket_id, "agent_id": agent_id})


def delete_watcher(connection: sa.Connection, ticket_id: int, agent_id: int) -> None:
    """Take a watcher away."""
    watcher = schema.ticket_watcher.c
    connection.execute(
        sa.delete(schema.ticket_watcher).where(watcher.ticket_id == ticket_id, watcher.agent_id == agent_id)
    )


def insert_link(connection: sa.Connection, source_id: int, target_id: int, kind: str) -> None:
    """Write a link between two tickets; both have an open change."""
    connection.execute(_INSERT_LINK, {"source_id": source_id, "target_id": target_id, "type": kind})


def delete_link(connection: sa.Connection, source_id: int, target_id: int, kind: str) -> None:
    """Take a link away."""
    link = schema.ticket_link.c
    connection.execute(
        sa.delete(schema.ticket_link).where(
            link.source_id == source_id, link.target_id == target_id, link.type == kind
        )
    )


def write_ticket(connection: sa.Connection, ticket: Ticket) -> None:
    """Write a ticket row at its new version, the last step of a change.

    Raises LostUpdate when the row is not at the version before.
    """
    row = _ticket_row(ticket)
    if ticket.version == 1:
        _INSERT_TICKET.run(connection, [row])
        return
    values = _UPDATE_TICKET.values_of(row | {"version_before": ticket.version - 1})
    done = _UPDATE_TICKET.text.run(connection, *values)
    if done.rowcount != 1:
        raise LostUpdate(f"ticket {ticket.id} is not at version {ticket.version - 1}")


def _ticket_row(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "version": ticket.version,
        "number": ticket.number,
        "title": ticket.title,
        "queue_id": ticket.queue_id,
        "state_id": ticket.state_id,
        "priority_id": ticket.priority_id,
        "urgency": -ticket.priority_id,
        "owner_id": ticket.owner_id,
        "responsible_id": ticket.responsible_id,
        "lock": int(ticket.lock),
        "customer_id": ticket.customer_id,
        "customer_user": ticket.customer_user,
        "customer_key": address_key(ticket.customer_user),
        "pending_until": to_micros(ticket.pending_until),
        "created_at": to_micros(ticket.created_at),
        "changed_at": to_micros(ticket.changed_at),
        "closed_at": to_micros(ticket.closed_at),
        "last_article_no": ticket.last_article_no,
        "last_customer_article_at": to_micros(ticket.last_customer_article_at),
        "merged_into": ticket.merged_into,
    }
