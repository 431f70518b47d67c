"""A Maildir as a source of mail, and as a place to deliver mail to.

The directory is ours: what is in `new/` has not been acknowledged. A mail program that opens the same Maildir
takes mails from `new/`, and tuidesk does not see those.
Invariant: a mail appears in `new/` complete and on disk, or not at all.
Source: https://cr.yp.to/proto/maildir.html
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import string
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote_from_bytes, unquote_to_bytes

from tuidesk.core.errors import Invalid, MailServerError
from tuidesk.core.mail.source import CHUNK_BYTES, EVERYTHING, Arrival, no_chunks
from tuidesk.core.mail.transport import RecipientResult

_POLL_S = 0.5
_PLAIN = string.punctuation.replace("%", "").replace("/", "")


def deliver(path: Path, raw: bytes) -> Path:
    """Put `raw` as a new mail into the Maildir at `path`, made if need be; return the mail's file.

    Raises:
        OSError: the mail could not be written; nothing of it is in `new/`.
    """
    _make(path)
    host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    name = f"{seconds}.M{rest // 1000:06}P{os.getpid()}R{secrets.token_hex(8)}.{host}"
    draft, final = path / "tmp" / name, path / "new" / name
    try:
        with draft.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(final)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    _sync_directory(path / "new")
    return final


class MaildirTransport:
    """Delivers what leaves into one Maildir, whoever the recipients are."""

    def __init__(self, path: Path) -> None:
        """Take the Maildir's path; it is made with the first mail."""
        self._path = path

    def send(
        self,
        envelope_from: str,
        recipients: Sequence[str],
        raw: bytes,
        *,
        before_data: Callable[[], None],
    ) -> list[RecipientResult]:
        """Deliver `raw` once; see `Transport.send`. A disk that fails means retry."""
        before_data()
        try:
            deliver(self._path, raw)
        except OSError as error:
            return [RecipientResult(address, "retry", 0, str(error)) for address in recipients]
        return [RecipientResult(address, "sent", 250, "delivered to a Maildir") for address in recipients]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One mail in `new/`: `changed_ns` is when it got there, `written_ns` when it was written."""

    key: str
    path: Path
    size_bytes: int
    written_ns: int
    changed_ns: int


class MaildirSource:
    """The mails in `new/`; the key of a mail is its file's name (bytes outside ASCII as %XX).

    A position says from when on mails count, and does not advance: a mail is known to be done because it
    left `new/`. Mails do not get there in the order of their names or times, so a position that advances
    would lose late ones.
    """

    def __init__(
        self, path: Path, after: Literal["mark", "move", "delete"] = "mark", move_to: Path | str | None = None
    ) -> None:
        """Take the Maildir, and what happens to a mail that was taken: to `cur/` as seen, moved, or deleted.

        `move_to` is another Maildir on the same file system.

        Raises:
            Invalid: `after` is "move", and there is no `move_to`.
        """
        if after == "move" and move_to is None:
            raise Invalid("move_to", "", "a Maildir, when mails are to be moved")
        self._path = path
        self._target = Path(move_to) if after == "move" and move_to is not None else path
        self._delete = after == "delete"
        self._position = EVERYTHING
        self._unreadable: set[str] = set()
        self._listed: set[str] = set()
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        """Open the Maildir; raises MailServerError (select) when there is none."""
        self._closed.clear()
        self._unreadable.clear()
        self._entries()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def mark(self) -> str:
        """Return the position after everything that is in `new/` now."""
        entries = self._entries()
        newest = max((entry.changed_ns for entry in entries), default=0)
        # several files can share one tick of the file system's clock
        return _position(newest, [entry.key for entry in entries if entry.changed_ns == newest])

    def position_since(self, day: date) -> str:
        """Return the position before the first mail that got here on `day` (UTC) or later."""
        midnight = datetime.combine(day, time_of_day(), UTC)
        return _position(int(midnight.timestamp()) * 1_000_000_000 - 1, [])

    def arrivals(self, position: str, limit: int) -> Iterator[Arrival]:
        """Yield the mails in `new/` that got there after `position`, in the order they were written.

        A mail is offered until it is acknowledged, one that cannot be read only once in a session.
        """
        self._position = position
        floor_ns, known = _read_position(position)
        entries = self._entries()
        self._listed = {entry.key for entry in entries}
        wanted = (
            entry
            for entry in sorted(entries, key=lambda entry: (entry.written_ns, entry.key))
            if entry.key not in self._unreadable
            and (entry.changed_ns > floor_ns or (entry.changed_ns == floor_ns and entry.key not in known))
        )
        for entry in islice(wanted, limit):
            arrival = self._arrival(entry)
            if arrival is not None:
                yield arrival

    def again(self, key: str) -> Arrival | None:
        """Return the mail once more, None when it has left `new/`."""
        for entry in self._entries():
            if entry.key == key:
                return self._arrival(entry)
        return None

    def position_after(self, key: str) -> str:
        """Return the position of the last `arrivals`: taken mails are known by having left `new/`."""
        return self._position

    def acknowledge(self, keys: Sequence[str]) -> None:
        """Take the mails out of `new/`; passed over are those that left it, and those that could not be read."""
        with self._step("mark"):
            if not self._delete:
                _make(self._target)
            for key in keys:
                if key in self._unreadable:
                    continue
                file = self._path / "new" / _name(key)
                # a message that is there twice (a crash while moving) is replaced, not doubled
                with suppress(FileNotFoundError):
                    if self._delete:
                        file.unlink()
                    else:
                        file.replace(self._target / "cur" / f"{file.name.partition(':')[0]}:2,S")
            for directory in {self._path / "new", self._target / "cur"}:
                _sync_directory(directory)

    def wait(self, seconds: float) -> bool:
        """Return True when `new/` holds a mail that the last `arrivals` did not see; looks twice a second."""
        deadline = time.monotonic() + seconds
        while not self._closed.is_set():
            if any(entry.key not in self._listed for entry in self._entries()):
                return True
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            self._closed.wait(min(_POLL_S, left_s))
        return False

    def close(self) -> None:
        """End a `wait`; nothing else is held open."""
        self._closed.set()

    def _entries(self) -> list[_Entry]:
        entries = []
        with self._step("select"), os.scandir(self._path / "new") as found:
            for item in found:
                if item.name.startswith(".") or not item.is_file(follow_symlinks=False):
                    continue
                with suppress(FileNotFoundError):
                    status = item.stat(follow_symlinks=False)
                    key = quote_from_bytes(os.fsencode(item.name), safe=_PLAIN)
                    times = status.st_mtime_ns, status.st_ctime_ns
                    entries.append(_Entry(key, Path(item.path), status.st_size, *times))
        return entries

    def _arrival(self, entry: _Entry) -> Arrival | None:
        received_at = datetime.fromtimestamp(entry.written_ns / 1e9, UTC)
        try:
            entry.path.open("rb").close()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._unreadable.add(entry.key)
            return Arrival(entry.key, entry.size_bytes, no_chunks, received_at, str(error))
        return Arrival(entry.key, entry.size_bytes, partial(self._chunks, entry.path), received_at)

    def _chunks(self, file: Path) -> Iterator[bytes]:
        with self._step("fetch"), file.open("rb") as opened:
            while chunk := opened.read(CHUNK_BYTES):
                yield chunk

    @contextmanager
    def _step(self, step: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise MailServerError(step, str(self._path), error.strerror or str(error)) from error


def _make(path: Path) -> None:
    for part in ("tmp", "new", "cur"):
        (path / part).mkdir(mode=0o700, parents=True, exist_ok=True)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _name(key: str) -> str:
    name = os.fsdecode(unquote_to_bytes(key))
    if "/" in name or name.startswith("."):
        raise OSError(f"not the key of a mail: {key!r}")
    return name


def _position(changed_ns: int, known: Sequence[str]) -> str:
    return json.dumps({"changed_ns": changed_ns, "known": sorted(known)})


def _read_position(position: str) -> tuple[int, frozenset[str]]:
    if position == EVERYTHING:
        return -1, frozenset()
    read = json.loads(position)
    return int(read["changed_ns"]), frozenset(read["known"])
