"""Reading an IMAP folder: which messages are new, and how to get one whose neighbour is broken.

No connection is made here and IMAPClient is not imported: a `Session` does both. A message is read first
chunk by first chunk, several at once; when that fails, one by one.
Invariant: what is yielded is complete; one message that cannot be fetched holds up no other.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import IO, Any, Protocol

from tuidesk.core.errors import MailServerError
from tuidesk.core.i18n import _
from tuidesk.core.mail.imap_position import Mailbox, key_of
from tuidesk.core.mail.source import CHUNK_BYTES, Arrival, no_chunks

_log = logging.getLogger(__name__)

WINDOW = 40_000
"""How many UIDs one SEARCH may about return: imaplib refuses a line of over 1,000,000 bytes."""

_DESCRIBED_AT_ONCE = 100
_FETCHED_AT_ONCE = 50
_FETCHED_BYTES = 4 * CHUNK_BYTES
_SUSPECTS = 3
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(eq=False)
class ConnectionLost(MailServerError):
    """The server, not a message, failed: it is gone, silent or too slow."""


class Session(Protocol):
    """A connection with a selected folder."""

    server: str
    mailbox: Mailbox

    def revive(self) -> None:
        """Connect and select again if the connection was dropped; raise MailServerError if that fails."""
        ...

    def step(self, name: str) -> AbstractContextManager[Any]:
        """Give the IMAPClient for one operation with a deadline; failures become MailServerError."""
        ...


@dataclass(frozen=True, slots=True)
class _Message:
    """One message: all of its content (`whole` or `spool`), or why there is none."""

    uid: int
    size_bytes: int = 0
    received_at: datetime | None = None
    whole: bytes = b""
    spool: IO[bytes] | None = None
    error: str = ""
    gone: bool = False


class ImapReader:
    """Reads the session's folder; holds at most one long message, in a file of its own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._spool: IO[bytes] | None = None

    def close(self) -> None:
        """Remove the long message that was read last; its arrival's chunks end."""
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    # --- which messages -------------------------------------------------------------------------

    def newer(self, last: int, limit: int) -> list[int]:
        """Return the first `limit` UIDs above `last`, ascending."""
        top = self._session.mailbox.next_uid - 1
        if top >= 0:
            near = min(top, last + WINDOW)
            found = self._search(f"UID {last + 1}:{near}", last) if near > last else []
            if len(found) >= limit or near >= top or near <= last:
                return found[:limit]
        found = []
        for low, high in self._ranges(last + 1):
            found += self._search(f"UID {low}:{high}", last)
            if len(found) >= limit:
                break
        return found[:limit]

    def newest(self) -> int:
        """Return the highest UID that the folder has given out, 0 for none."""
        mailbox = self._session.mailbox
        if mailbox.next_uid:
            return mailbox.next_uid - 1
        return max(self._search("UID *"), default=0) if mailbox.count else 0

    def first_since(self, day: date) -> int:
        """Return the lowest UID received on `day` or later, 0 when there is none."""
        # strftime would take the month's name from the locale
        since = f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}"
        for low, high in self._ranges(1):
            if found := self._search(f"UID {low}:{high} {since}"):
                return found[0]
        return 0

    def _ranges(self, low: int) -> Iterator[tuple[int, str]]:
        """Yield ranges of UIDs from `low` on, each with at most about WINDOW messages, however large the gaps.

        Where they begin is asked for by sequence number. A search by sequence number would be shorter, but
        in UID SEARCH some servers (pymap) take such numbers for UIDs.
        """
        count = self._session.mailbox.count
        starts: list[int] = []
        if count > WINDOW:
            with self._session.step("fetch") as imap:
                imap.use_uid = False
                try:
                    answers = imap.fetch(range(WINDOW + 1, count + 1, WINDOW), ["UID"])
                finally:
                    imap.use_uid = True
                starts = sorted(items[b"UID"] for items in answers.values() if b"UID" in items)
        for start in starts:
            if start > low:
                yield low, str(start - 1)
                low = start
        if count:
            yield low, "*"

    def _search(self, criteria: str, above: int = 0) -> list[int]:
        # RFC 3501, 6.4.8: `n:*` always includes the last message, even when its UID is below n
        with self._session.step("fetch") as imap:
            return sorted({uid for uid in imap.search(criteria) if uid > above})

    # --- their content --------------------------------------------------------------------------

    def read(self, uids: Sequence[int]) -> Iterator[Arrival]:
        """Yield these messages in their order; those that are gone by now are left out.

        A message that breaks the connection twice is blamed once a later one could be read: until then the
        server may be at fault. Raises MailServerError only before the first message; after that, trouble
        ends the iteration, so that what was read can be kept, and shows at the next call.
        """
        yielded = False
        try:
            for message in self._messages(uids):
                if not message.gone:
                    yield self._arrival(message)
                    yielded = True
        except MailServerError as error:
            if not yielded:
                raise
            _log.warning("reading ends early: %s", error)

    def read_one(self, uid: int) -> Arrival | None:
        """Return that message, None when it is gone."""
        message = self._one(uid)
        return None if message.gone else self._arrival(message)

    def _arrival(self, message: _Message) -> Arrival:
        key = key_of(self._session.mailbox.uidvalidity, message.uid)
        if message.error:
            content = no_chunks
        elif message.spool is not None:
            content = partial(_read_spool, message.spool)
        else:
            content = partial(_read_whole, message.whole)
        return Arrival(key, message.size_bytes, content, message.received_at, message.error)

    def _messages(self, uids: Sequence[int]) -> Iterator[_Message]:
        suspects: list[_Message] = []
        for start in range(0, len(uids), _DESCRIBED_AT_ONCE):
            some = uids[start : start + _DESCRIBED_AT_ONCE]
            for group in _groups(some, self._sizes(some)):
                for message in self._group(group, suspects):
                    yield from suspects
                    suspects.clear()
                    yield message
        if suspects:
            raise ConnectionLost("fetch", self._session.server, suspects[-1].error)

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return the sizes that the server tells; a message that has none here is read alone."""
        sizes: dict[int, int] = {}
        self._session.revive()
        with contextlib.suppress(MailServerError), self._session.step("fetch") as imap:
            for uid, items in imap.fetch(uids, ["RFC822.SIZE"]).items():
                sizes[uid] = int(items[b"RFC822.SIZE"])
        return sizes

    def _group(self, uids: Sequence[int], suspects: list[_Message]) -> Iterator[_Message]:
        """Yield the messages; those that break the connection go to `suspects` instead."""
        messages: dict[int, _Message] = {}
        if len(uids) > 1:
            with contextlib.suppress(MailServerError):
                self._session.revive()
                messages = self._fetch(uids)
        for uid in uids:
            message = messages.get(uid)
            if message is not None and len(message.whole) < CHUNK_BYTES and not message.error:
                yield message
                continue
            try:
                yield self._one(uid)
            except ConnectionLost as error:
                if error.step != "fetch" or len(suspects) + 1 >= _SUSPECTS:
                    raise
                suspects.append(_Message(uid, error=error.reason))

    def _one(self, uid: int) -> _Message:
        """Read one message to its end; raises ConnectionLost (fetch) when that broke the connection twice."""
        for last_try in (False, True):
            self._session.revive()
            try:
                message = self._fetch([uid]).get(uid)
                if message is None:
                    gone = not self._search(f"UID {uid}")
                    return _Message(uid, gone=gone, error=_("the server does not hand the message over"))
                if len(message.whole) >= CHUNK_BYTES:
                    return self._long(message)
                return message
            except ConnectionLost:
                if last_try:
                    raise
            except MailServerError as error:
                return _Message(uid, error=error.reason)
        raise AssertionError("the second try returns or raises")

    def _fetch(self, uids: Sequence[int]) -> dict[int, _Message]:
        """Fetch the first chunk of each message. A message that the server leaves out is left out."""
        wanted = ["RFC822.SIZE", "INTERNALDATE", f"BODY.PEEK[]<0.{CHUNK_BYTES}>"]
        messages = {}
        with self._session.step("fetch") as imap:
            for uid, items in imap.fetch(uids, wanted).items():
                if b"RFC822.SIZE" not in items:
                    continue  # only new flags, which the server tells unasked
                received: datetime | None = items.get(b"INTERNALDATE")
                message = _Message(uid, int(items[b"RFC822.SIZE"]), received and received.astimezone(UTC))
                content = _content(items, 0)
                if content is None:
                    messages[uid] = replace(message, error=_("the server sends no content"))
                elif len(content) < CHUNK_BYTES:
                    messages[uid] = replace(message, whole=content, size_bytes=len(content))
                else:
                    messages[uid] = replace(message, whole=content)
        return messages

    def _long(self, message: _Message) -> _Message:
        """Read the rest of a message into a file."""
        # RFC822.SIZE is wrong on some servers (Exchange), so a message ends with a short chunk
        most_bytes = 2 * message.size_bytes + 16 * CHUNK_BYTES
        self.close()
        spool = self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives until the next long message
        chunk, size_bytes = message.whole, 0
        while True:
            spool.write(chunk)
            size_bytes += len(chunk)
            if len(chunk) != CHUNK_BYTES:
                return replace(message, whole=b"", spool=spool, size_bytes=size_bytes)
            if size_bytes > most_bytes:
                return replace(message, whole=b"", error=_("the server sends more than it announced"))
            with self._session.step("fetch") as imap:
                items = imap.fetch([message.uid], [f"BODY.PEEK[]<{size_bytes}.{CHUNK_BYTES}>"])
                chunk = _content(items.get(message.uid, {}), size_bytes) or b""


def _groups(uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
    """Put neighbours together as far as their first chunks fit into memory; a long message stays alone."""
    group: list[int] = []
    held_bytes = 0
    for uid in uids:
        size_bytes = sizes.get(uid, CHUNK_BYTES)
        alone = size_bytes >= CHUNK_BYTES
        if group and (alone or len(group) == _FETCHED_AT_ONCE or held_bytes + size_bytes > _FETCHED_BYTES):
            yield group
            group, held_bytes = [], 0
        group.append(uid)
        held_bytes += _FETCHED_BYTES if alone else size_bytes
    if group:
        yield group


def _content(items: dict[bytes, Any], offset: int) -> bytes | None:
    name = b"BODY[]<%d>" % offset
    content = items.get(name, items.get(b"BODY[]") if offset == 0 else None)
    if content is not None and not isinstance(content, bytes):
        raise ValueError(f"content is {type(content).__name__}, not text")
    return content


def _read_whole(content: bytes) -> Iterator[bytes]:
    if content:
        yield content


def _read_spool(spool: IO[bytes]) -> Iterator[bytes]:
    spool.seek(0)
    while chunk := spool.read(CHUNK_BYTES):
        yield chunk
