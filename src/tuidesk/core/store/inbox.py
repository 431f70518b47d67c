"""The spool of incoming mail: stored raw and committed before anything else happens to it.

States: spooled → done | duplicate | failed. A claim takes a lease and counts an attempt in a
transaction of its own, so a mail that kills its process is noticed and set aside.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tuidesk.core.domain.numbers import NumberStyle
from tuidesk.core.store import schema
from tuidesk.core.store.fixed_sql import fixed, fixed_insert
from tuidesk.core.store.metadata import from_micros, to_micros
from tuidesk.core.store.numbers import draw_numbers

MAX_ATTEMPTS = 3
RAW_CHUNK_BYTES = 1 << 20

_m = schema.mail_in.c
_INSERT_RAW = fixed_insert(schema.mail_raw)
_RAW_CHUNKS = fixed("select bytes from mail_raw where mail_in_id = ? order by n")


@dataclass(frozen=True, slots=True)
class Spooled:
    """A mail as it comes from its source; `error` says why its bytes could not be had."""

    source_key: str
    received_at: datetime | None
    size_bytes: int
    sha256: bytes | None
    message_id: str
    old: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A spooled mail that this worker may take in, with a ticket number drawn for it."""

    id: int
    source_id: int
    source_key: str
    received_at: datetime | None
    arrived_at: datetime
    size_bytes: int
    sha256: bytes | None
    message_id: str
    old: bool
    attempts: int
    ticket_number: str
    reason: str


@dataclass(frozen=True, slots=True)
class FailedMail:
    """A mail that was set aside."""

    id: int
    source_id: int
    source_key: str
    arrived_at: datetime | None
    size_bytes: int
    message_id: str
    attempts: int
    reason: str


def spool_mail(
    connection: sa.Connection, source_id: int, mail: Spooled, chunks: Iterable[bytes], now: datetime
) -> int | None:
    """Store a mail with its raw bytes; return its id, None when that (source, key) is here already.

    The bytes are compressed chunk by chunk, so a large mail is never whole in memory here.
    """
    values = {
        "source_id": source_id,
        "source_key": mail.source_key,
        "arrived_at": to_micros(now),
        "received_at": to_micros(mail.received_at),
        "size_bytes": mail.size_bytes,
        "sha256": mail.sha256,
        "message_id": mail.message_id,
        "old": mail.old,
        "state": "spooled",
        "attempts": 0,
        "reason": mail.error,
    }
    mail_id: int | None = _INSERT_MAIL.run(connection, *values.values()).scalar_one_or_none()
    if mail_id is None:
        return None
    for n, part in enumerate(_compressed(chunks)):
        _INSERT_RAW.run(connection, [{"mail_in_id": mail_id, "n": n, "bytes": part}])
    return mail_id


_INSERT_MAIL = fixed(
    "insert into mail_in (source_id, source_key, arrived_at, received_at, size_bytes, sha256, message_id, old, state,"
    " attempts, reason) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " on conflict (source_id, source_key) do nothing returning id"
)


def _compressed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes deflated, each stored chunk complete in itself."""
    for chunk in chunks:
        for start in range(0, len(chunk), RAW_CHUNK_BYTES):
            yield zlib.compress(chunk[start : start + RAW_CHUNK_BYTES], 1)


def raw_chunks(connection: sa.Connection, mail_id: int) -> Iterator[bytes]:
    """Yield the raw bytes of a mail in order, as they came."""
    for (part,) in _RAW_CHUNKS.run(connection, mail_id):
        yield zlib.decompress(bytes(part))


def acknowledge(connection: sa.Connection, source_id: int, keys: Sequence[str], now: datetime) -> None:
    """Record that the source was told of mails that are safe here."""
    connection.execute(
        sa.update(schema.mail_in)
        .where(_m.source_id == source_id, _m.source_key.in_(list(keys)))
        .values(acked_at=to_micros(now))
    )


def unacknowledged(connection: sa.Connection, source_id: int, limit: int) -> list[str]:
    """Return keys of mails that are safe here and whose source was not told yet.

    Mails whose bytes could not be had are left out: they must stay where they are.
    """
    query = (
        sa.select(_m.source_key)
        .where(_m.source_id == source_id, _m.acked_at.is_(None), _m.sha256.is_not(None))
        .order_by(_m.id)
        .limit(limit)
    )
    return list(connection.scalars(query))


def claim_mails(
    connection: sa.Connection,
    holder: str,
    now: datetime,
    lease: timedelta,
    limit: int,
    style: NumberStyle,
    timezone: str,
) -> list[ClaimedMail]:
    """Lease spooled mails and draw a ticket number for each that has none; oldest first.

    Mails that were tried `MAX_ATTEMPTS` times are set aside here: whoever tried them last did not
    live to say why. One that was tried before is leased alone and when no fresh one waits, so that a mail
    that kills its process neither drags those down that were leased with it nor holds others up.
    """
    rows = _lock_free(connection, limit, now, _m.attempts == 0, _m.id)
    if not rows:
        tried = _lock_free(connection, limit, now, _m.attempts > 0, _m.attempts, _m.id)
        spent = [row.id for row in tried if row.attempts >= MAX_ATTEMPTS]
        if spent:
            fail_mails(connection, spent, "the reader died or timed out three times on this mail", now)
        rows = [row for row in tried if row.attempts < MAX_ATTEMPTS][:1]
    if not rows:
        return []
    new = [row.id for row in rows if not row.ticket_number]
    numbers = dict(zip(new, draw_numbers(connection, style, timezone, now, len(new)), strict=True))
    if numbers:
        connection.execute(
            _SET_NUMBER, [{"b_id": mail_id, "b_number": number} for mail_id, number in numbers.items()]
        )
    connection.execute(
        sa.update(schema.mail_in)
        .where(_m.id.in_([row.id for row in rows]))
        .values(attempts=_m.attempts + 1, leased_until=to_micros(now + lease), lease_holder=holder)
    )
    return [
        ClaimedMail(
            id=row.id,
            source_id=row.source_id,
            source_key=row.source_key,
            received_at=from_micros(row.received_at),
            arrived_at=from_micros(row.arrived_at) or now,
            size_bytes=row.size_bytes,
            sha256=bytes(row.sha256) if row.sha256 is not None else None,
            message_id=row.message_id,
            old=bool(row.old),
            attempts=row.attempts + 1,
            ticket_number=row.ticket_number or numbers[row.id],
            reason=row.reason,
        )
        for row in rows
    ]


def _lock_free(
    connection: sa.Connection, limit: int, now: datetime, which: sa.ColumnElement[bool], *order: sa.ColumnElement[int]
) -> Sequence[Any]:
    free = (
        sa.select(
            _m.id, _m.source_id, _m.source_key, _m.received_at, _m.arrived_at, _m.size_bytes, _m.sha256,
            _m.message_id, _m.old, _m.attempts, _m.ticket_number, _m.reason,
        )
        .where(
            _m.state == sa.literal_column("'spooled'"),
            _m.leased_until.is_(None) | (_m.leased_until < to_micros(now)),
            which,
        )
        .order_by(*order)
        .limit(limit)
    )  # fmt: skip
    if connection.dialect.name == "postgresql":
        free = free.with_for_update(skip_locked=True)
    return connection.execute(free).all()


_SET_NUMBER = (
    sa.update(schema.mail_in)
    .where(_m.id == sa.bindparam("b_id"))
    .values(ticket_number=sa.bindparam("b_number"))
)


def release_mails(connection: sa.Connection, mail_ids: Sequence[int], holder: str) -> None:
    """Give claimed mails back untried, on a clean stop."""
    connection.execute(
        sa.update(schema.mail_in)
        .where(_m.id.in_(list(mail_ids)), _m.state == "spooled", _m.lease_holder == holder)
        .values(leased_until=None, lease_holder=None, attempts=_m.attempts - 1)
    )


def still_mine(connection: sa.Connection, mail_id: int, holder: str) -> bool:
    """Say whether the claim still holds; the row stays locked until the transaction ends."""
    return _STILL_MINE.run(connection, mail_id, holder).scalar_one_or_none() is not None


_SPOOLED_BY = "select id from mail_in where id = ? and state = 'spooled' and lease_holder = ?"
_STILL_MINE = replace(fixed(_SPOOLED_BY), postgresql=fixed(f"{_SPOOLED_BY} for update").postgresql)


def finish_mail(connection: sa.Connection, mail_id: int, article_id: int, message_id: str) -> None:
    """Mark a mail as taken in, in the transaction that wrote its article."""
    _FINISH.run(connection, article_id, message_id, mail_id)


_FINISH = fixed(
    "update mail_in set state = 'done', article_id = ?, message_id = ?, leased_until = null, lease_holder = null"
    " where id = ?"
)


def twin_of(connection: sa.Connection, mail: ClaimedMail) -> int | None:
    """Return an earlier mail of the same source with the same Message-ID and the same bytes."""
    if not mail.message_id or mail.sha256 is None:
        return None
    found = _TWIN.run(connection, mail.source_id, mail.message_id, mail.sha256, mail.id)
    twin_id: int | None = found.scalar_one_or_none()
    return twin_id


_TWIN = fixed(
    "select id from mail_in where source_id = ? and message_id = ? and sha256 = ? and id < ? and state <> 'failed'"
    " order by id limit 1"
)


def mark_duplicate(connection: sa.Connection, mail_id: int, twin_id: int) -> None:
    """Mark a mail as the same as an earlier one; it makes no article."""
    connection.execute(
        sa.update(schema.mail_in)
        .where(_m.id == mail_id)
        .values(state="duplicate", duplicate_of=twin_id, leased_until=None, lease_holder=None)
    )


def fail_mails(connection: sa.Connection, mail_ids: Sequence[int], reason: str, now: datetime) -> None:
    """Set mails aside with the reason; their bytes stay."""
    connection.execute(
        sa.update(schema.mail_in)
        .where(_m.id.in_(list(mail_ids)))
        .values(state="failed", reason=reason[:2000], leased_until=None, lease_holder=None)
    )


def note_failure(connection: sa.Connection, mail_id: int, reason: str) -> None:
    """Keep the reason why a try failed; the mail stays claimed until its lease ends."""
    connection.execute(sa.update(schema.mail_in).where(_m.id == mail_id).values(reason=reason[:2000]))


def retry_mail(connection: sa.Connection, mail_id: int) -> bool:
    """Put a mail that was set aside back into the spool."""
    done = connection.execute(
        sa.update(schema.mail_in)
        .where(_m.id == mail_id, _m.state == "failed")
        .values(state="spooled", attempts=0, reason="", leased_until=None, lease_holder=None)
    )
    return done.rowcount == 1


def failed_mails(connection: sa.Connection, limit: int) -> list[FailedMail]:
    """Return mails that were set aside, newest first."""
    query = (
        sa.select(
            _m.id, _m.source_id, _m.source_key, _m.arrived_at, _m.size_bytes, _m.message_id, _m.attempts, _m.reason
        )
        .where(_m.state == sa.literal_column("'failed'"))
        .order_by(_m.id.desc())
        .limit(limit)
    )
    return [
        FailedMail(
            row.id, row.source_id, row.source_key, from_micros(row.arrived_at), row.size_bytes,
            row.message_id, row.attempts, row.reason,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def spool_depth(connection: sa.Connection) -> int:
    """Return how many mails wait to be taken in."""
    query = sa.select(sa.func.count()).select_from(schema.mail_in)
    return int(connection.execute(query.where(_m.state == sa.literal_column("'spooled'"))).scalar_one())
