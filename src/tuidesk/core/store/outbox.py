"""The outbox: what must leave, as final bytes, with the fate of each recipient.

States of a mail: queued → sending → done | dead, or queued → stopped. A lease that ends after
`in_data_at` was set leaves a mail that was maybe sent: it is repeated under the same Message-ID and
marked so, since a mail twice is better than none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tuidesk.core.store import schema
from tuidesk.core.store.fixed_sql import fixed_insert
from tuidesk.core.store.metadata import from_micros, to_micros

_INSERT_MAIL = fixed_insert(
    schema.outbox,
    columns=(
        "id", "article_id", "message_id", "envelope_from", "raw", "queued_at", "not_before", "state", "attempts",
        "maybe_sent", "reason",
    ),
)  # fmt: skip
_INSERT_RECIPIENT = fixed_insert(schema.outbox_recipient)
_o = schema.outbox.c
_r = schema.outbox_recipient.c


@dataclass(frozen=True, slots=True)
class MailToSend:
    """A new mail of the outbox."""

    id: int
    article_id: int
    message_id: str
    envelope_from: str
    recipients: tuple[str, ...]
    raw: bytes
    not_before: datetime


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that this worker may send now, with the recipients that still wait."""

    id: int
    article_id: int
    message_id: str
    envelope_from: str
    raw: bytes
    attempts: int
    maybe_sent: bool
    newly_uncertain: bool
    recipients: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class RecipientFate:
    """What became of one recipient in one try: sent, retry or dead, with the server's answer."""

    n: int
    state: str
    code: int
    reply: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A mail of the outbox for lists."""

    id: int
    state: str
    ticket_id: int
    article_no: int
    recipients: str
    queued_at: datetime | None
    not_before: datetime | None
    attempts: int
    maybe_sent: bool
    reason: str
    held_until: datetime | None
    """Until when it is left to the process that sends it now; what dies meanwhile sends it later."""


def insert_mails(connection: sa.Connection, mails: Sequence[MailToSend], now: datetime) -> None:
    """Queue mails; they become claimable when their time has come."""
    _INSERT_MAIL.run(
        connection,
        [
            {
                "id": mail.id,
                "article_id": mail.article_id,
                "message_id": mail.message_id,
                "envelope_from": mail.envelope_from,
                "raw": mail.raw,
                "queued_at": to_micros(now),
                "not_before": to_micros(mail.not_before),
                "state": "queued",
                "attempts": 0,
                "maybe_sent": False,
                "reason": "",
            }
            for mail in mails
        ],
    )
    _INSERT_RECIPIENT.run(
        connection,
        [
            {"outbox_id": mail.id, "n": n, "address": address, "state": "queued", "code": 0, "reply": ""}
            for mail in mails
            for n, address in enumerate(mail.recipients)
        ],
    )


def stop_mail(connection: sa.Connection, outbox_id: int, now: datetime) -> bool:
    """Stop a mail that still waits; False when sending won."""
    done = connection.execute(
        sa.update(schema.outbox)
        .where(_o.id == outbox_id, _o.state == "queued")
        .values(state="stopped", done_at=to_micros(now))
    )
    return done.rowcount == 1


def claim_mails(
    connection: sa.Connection, holder: str, now: datetime, lease: timedelta, limit: int
) -> list[ClaimedMail]:
    """Lease mails whose time has come, and those whose lease of another worker ended.

    One that was claimed before is leased alone and when no fresh one is due: a sender that dies again and
    again must not use up the tries of all that it had claimed and never came to.
    """
    uncertain = _lock_due(connection, now, limit, _o.attempts == 0) or _lock_due(connection, now, 1, _o.attempts > 0)
    if not uncertain:
        return []
    connection.execute(
        sa.update(schema.outbox)
        .where(_o.id.in_(list(uncertain)))
        .values(
            state="sending",
            attempts=_o.attempts + 1,
            leased_until=to_micros(now + lease),
            lease_holder=holder,
            maybe_sent=_o.maybe_sent | ((_o.state == "sending") & _o.in_data_at.is_not(None)),
            in_data_at=None,
        )
    )
    waiting: dict[int, list[tuple[int, str]]] = {outbox_id: [] for outbox_id in uncertain}
    for row in connection.execute(
        sa.select(_r.outbox_id, _r.n, _r.address)
        .where(_r.outbox_id.in_(list(uncertain)), _r.state.in_(["queued", "retry"]))
        .order_by(_r.outbox_id, _r.n)
    ):
        waiting[row.outbox_id].append((row.n, row.address))
    rows = connection.execute(
        sa.select(_o.id, _o.article_id, _o.message_id, _o.envelope_from, _o.raw, _o.attempts, _o.maybe_sent)
        .where(_o.id.in_(list(uncertain)))
        .order_by(_o.id)
    )
    return [
        ClaimedMail(
            row.id,
            row.article_id,
            row.message_id,
            row.envelope_from,
            bytes(row.raw),
            row.attempts,
            bool(row.maybe_sent),
            uncertain[row.id],
            tuple(waiting[row.id]),
        )
        for row in rows
    ]


def _lock_due(
    connection: sa.Connection, now: datetime, limit: int, which: sa.ColumnElement[bool]
) -> dict[int, bool]:
    """Return which mails may be claimed, and whether each was maybe sent by its last sender."""
    micros = to_micros(now)
    due = (
        sa.select(_o.id, _o.state, _o.in_data_at)
        .where(
            _o.state.in_([sa.literal_column("'queued'"), sa.literal_column("'sending'")]),
            _o.not_before <= micros,
            _o.leased_until.is_(None) | (_o.leased_until < micros),
            which,
        )
        .order_by(_o.not_before, _o.id)
        .limit(limit)
    )
    if connection.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    return {row.id: row.state == "sending" and row.in_data_at is not None for row in connection.execute(due)}


def release_mails(connection: sa.Connection, outbox_ids: Sequence[int], holder: str) -> None:
    """Give claimed mails back for which DATA has not begun; others are as they were."""
    connection.execute(
        sa.update(schema.outbox)
        .where(
            _o.id.in_(list(outbox_ids)),
            _o.state == "sending",
            _o.lease_holder == holder,
            _o.in_data_at.is_(None),
        )
        .values(state="queued", leased_until=None, lease_holder=None, attempts=_o.attempts - 1)
    )


def renew_leases(
    connection: sa.Connection, outbox_ids: Sequence[int], holder: str, now: datetime, lease: timedelta
) -> None:
    """Hold claimed mails longer; those that somebody else took over stay with her."""
    connection.execute(
        sa.update(schema.outbox)
        .where(_o.id.in_(list(outbox_ids)), _o.state == "sending", _o.lease_holder == holder)
        .values(leased_until=to_micros(now + lease))
    )


def enter_data(connection: sa.Connection, outbox_id: int, holder: str, now: datetime) -> bool:
    """Record that DATA begins; False when the lease was lost, and then nothing may be sent."""
    done = connection.execute(
        sa.update(schema.outbox)
        .where(
            _o.id == outbox_id,
            _o.state == "sending",
            _o.lease_holder == holder,
            _o.leased_until >= to_micros(now),
        )
        .values(in_data_at=to_micros(now))
    )
    return done.rowcount == 1


def settle_mail(
    connection: sa.Connection,
    outbox_id: int,
    holder: str,
    fates: Sequence[RecipientFate],
    *,
    retry_at: datetime | None,
    reason: str,
    now: datetime,
    uncertain: bool = False,
) -> str:
    """Record one try; return the mail's new state: queued (again), done or dead; '' when the lease is lost.

    `retry_at` None gives waiting recipients up. `uncertain` says that the server broke off after DATA.
    """
    held = sa.select(_o.id).where(_o.id == outbox_id, _o.state == "sending", _o.lease_holder == holder)
    if connection.dialect.name == "postgresql":
        held = held.with_for_update()  # nobody may take the mail over while its fate is written
    if connection.execute(held).scalar_one_or_none() is None:
        return ""
    for fate in fates:
        connection.execute(
            sa.update(schema.outbox_recipient)
            .where(_r.outbox_id == outbox_id, _r.n == fate.n)
            .values(state=fate.state, code=fate.code, reply=fate.reply[:1000])
        )
    states = set(connection.scalars(sa.select(_r.state).where(_r.outbox_id == outbox_id)))
    waits = bool(states & {"queued", "retry"})
    if waits and retry_at is not None:
        state = "queued"
    elif waits or "dead" in states:
        state = "dead"
    else:
        state = "done"
    connection.execute(
        sa.update(schema.outbox)
        .where(_o.id == outbox_id)
        .values(
            state=state,
            not_before=to_micros(retry_at) if state == "queued" and retry_at else _o.not_before,
            leased_until=None,
            lease_holder=None,
            in_data_at=None,
            maybe_sent=_o.maybe_sent | sa.literal(uncertain),
            done_at=None if state == "queued" else to_micros(now),
            reason=reason[:1000],
        )
    )
    return state


def retry_mail(connection: sa.Connection, outbox_id: int, now: datetime) -> bool:
    """Queue a dead or waiting mail again, at once, for its recipients that did not get it."""
    done = connection.execute(
        sa.update(schema.outbox)
        .where(_o.id == outbox_id, _o.state.in_(["dead", "queued"]))
        .values(state="queued", not_before=to_micros(now), attempts=0, done_at=None, reason="")
    )
    if done.rowcount == 1:
        connection.execute(
            sa.update(schema.outbox_recipient)
            .where(_r.outbox_id == outbox_id, _r.state == "dead")
            .values(state="queued")
        )
    return done.rowcount == 1


def next_due(connection: sa.Connection) -> datetime | None:
    """Return when the next waiting mail may be sent."""
    query = sa.select(sa.func.min(_o.not_before)).where(
        _o.state.in_([sa.literal_column("'queued'"), sa.literal_column("'sending'")])
    )
    return from_micros(connection.execute(query).scalar())


def raw_of(connection: sa.Connection, outbox_id: int) -> bytes:
    """Return a mail of the outbox as it is sent."""
    return bytes(connection.execute(sa.select(_o.raw).where(_o.id == outbox_id)).scalar_one())


def outbox_rows(connection: sa.Connection, *, only_waiting: bool, limit: int) -> list[OutboxRow]:
    """Return mails of the outbox, newest first; `only_waiting` leaves out what left or was stopped."""
    query = (
        sa.select(*_o, schema.article.c.ticket_id, schema.article.c.no)
        .join_from(schema.outbox, schema.article, schema.article.c.id == _o.article_id)
        .order_by(_o.id.desc())
        .limit(limit)
    )
    if only_waiting:
        query = query.where(_o.state.in_(["queued", "sending", "dead"]))
    rows = connection.execute(query).all()
    people: dict[int, list[str]] = {row.id: [] for row in rows}
    for row in connection.execute(
        sa.select(_r.outbox_id, _r.address).where(_r.outbox_id.in_(list(people))).order_by(_r.outbox_id, _r.n)
    ):
        people[row.outbox_id].append(row.address)
    return [
        OutboxRow(
            row.id,
            row.state,
            row.ticket_id,
            row.no,
            ", ".join(people[row.id]),
            from_micros(row.queued_at),
            from_micros(row.not_before),
            row.attempts,
            bool(row.maybe_sent),
            row.reason,
            from_micros(row.leased_until) if row.state == "sending" else None,
        )
        for row in rows
    ]
