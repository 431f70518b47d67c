"""From a mailbox into the spool: raw, committed, and only then acknowledged to the mailbox.

Crash anywhere and run again: the same mails end up in the spool once, because a row is unique by
(source, key). Mails are read outside any transaction, then a chunk of them is stored in one.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import sqlalchemy as sa

from tuidesk.core.clock import Clock
from tuidesk.core.mail.source import Arrival, MailSource
from tuidesk.core.store import inbox, tx
from tuidesk.core.store.engine import Engines

CHUNK_MAILS = 50
CHUNK_BYTES = 8 << 20
_IN_MEMORY_BYTES = 1 << 20
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)
_HEADER_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Held:
    """A mail that was read from its source and is not committed yet."""

    spooled: inbox.Spooled
    content: IO[bytes]

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes from the start."""
        self.content.seek(0)
        while part := self.content.read(inbox.RAW_CHUNK_BYTES):
            yield part


def fetch(
    source: MailSource,
    engines: Engines,
    clock: Clock,
    source_id: int,
    position: str,
    save_position: Callable[[sa.Connection, str], None],
    *,
    old_before: datetime | None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Spool all that is newer than `position`; return how many mails are new here.

    `save_position` is called inside the transaction that stores the mails. Mails that the source
    received before `old_before` are marked as old: they never cause an automatic reply. Raises
    MailServerError; what was committed by then stays, and what was not will be offered again.
    """
    new = 0
    while not stop():
        chunk, last_key = _read_chunk(source, position, old_before)
        try:
            if last_key is None:
                return new
            position = source.position_after(last_key)
            new += tx.write(engines, lambda c: _store(c, source_id, chunk, clock.now(), position, save_position))  # noqa: B023 - called at once
        finally:
            for held in chunk:
                held.content.close()
        # what could not be read stays at its source: nothing there may be deleted that is not safe here
        safe = [held.spooled.source_key for held in chunk if not held.spooled.error]
        acknowledge(source, engines, clock, source_id, safe)
    return new


def acknowledge(source: MailSource, engines: Engines, clock: Clock, source_id: int, keys: Sequence[str]) -> None:
    """Tell the source that mails are safe here, then note that it knows."""
    if keys:
        source.acknowledge(keys)
        tx.write(engines, lambda c: inbox.acknowledge(c, source_id, keys, clock.now()))


def acknowledge_rest(source: MailSource, engines: Engines, clock: Clock, source_id: int) -> None:
    """Tell the source of mails that were committed when an earlier run could not tell it any more."""
    while True:
        with tx.read(engines) as connection:
            keys = inbox.unacknowledged(connection, source_id, CHUNK_MAILS)
        if not keys:
            return
        acknowledge(source, engines, clock, source_id, keys)


def spool_bytes(engines: Engines, clock: Clock, source_id: int, key: str, raw: bytes) -> int | None:
    """Spool one mail that was handed over as bytes, as a mail server's alias does; None if known."""
    spooled = inbox.Spooled(
        source_key=key,
        received_at=clock.now(),
        size_bytes=len(raw),
        sha256=hashlib.sha256(raw).digest(),
        message_id=message_id_of(raw[:_HEADER_BYTES]),
        old=False,
    )
    return tx.write(engines, lambda c: inbox.spool_mail(c, source_id, spooled, [raw], clock.now()))


def message_id_of(head: bytes) -> str:
    """Return the Message-ID in a header block, empty when there is none."""
    block = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    found = _MESSAGE_ID.search(block)
    return found.group(1).decode("ascii", "replace") if found else ""


def _read_chunk(source: MailSource, position: str, old_before: datetime | None) -> tuple[list[Held], str | None]:
    chunk: list[Held] = []
    size, last_key = 0, None
    for arrival in source.arrivals(position, CHUNK_MAILS):
        held = _hold(arrival, old_before)
        chunk.append(held)
        last_key = arrival.key
        size += held.spooled.size_bytes
        if size >= CHUNK_BYTES:
            break
    return chunk, last_key


def _hold(arrival: Arrival, old_before: datetime | None) -> Held:
    content: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by fetch
    digest = hashlib.sha256()
    size, head = 0, b""
    if not arrival.error:
        for part in arrival.chunks():
            digest.update(part)
            content.write(part)
            size += len(part)
            if len(head) < _HEADER_BYTES:
                head += part[: _HEADER_BYTES - len(head)]
    # IMAP tells whole seconds: what came in the second in which reading began is not old
    floor = old_before.replace(microsecond=0) if old_before is not None else None
    old = floor is not None and arrival.received_at is not None and arrival.received_at < floor
    return Held(
        inbox.Spooled(
            source_key=arrival.key,
            received_at=arrival.received_at,
            size_bytes=size or arrival.size_bytes,
            sha256=None if arrival.error else digest.digest(),
            message_id=message_id_of(head),
            old=old,
            error=arrival.error,
        ),
        content,
    )


def _store(
    connection: sa.Connection,
    source_id: int,
    chunk: Sequence[Held],
    now: datetime,
    position: str,
    save_position: Callable[[sa.Connection, str], None],
) -> int:
    new = 0
    for held in chunk:
        if inbox.spool_mail(connection, source_id, held.spooled, held.chunks(), now) is not None:
            new += 1
    save_position(connection, position)
    return new
