"""What every place that mail comes from can do, whatever protocol it speaks.

Here live the words between a source and whoever spools its mails; no protocol, no store, no socket.
Invariant: a source never hides a mail. One that cannot be read is handed over as an `Arrival` with `error`;
a source that cannot be used at all raises `MailServerError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import Protocol, Self

EVERYTHING = ""
"""The position before the first mail: with it, `arrivals` starts at the oldest."""

CHUNK_BYTES = 1 << 20
"""Largest piece of a mail that is held in memory or asked for at once."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail at its source.

    `key` names it for ever within the source: `uidvalidity/uid`, or a file's name. `chunks()` starts at the
    first byte each time it is called, and is valid until the next arrival is asked for. `received_at` is
    what the source says, aware, UTC. With an `error` the mail is there but could not be read: no chunks.
    """

    key: str
    size_bytes: int
    chunks: Callable[[], Iterator[bytes]]
    received_at: datetime | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step of testing an account: `step` as in `MailServerError`, `detail` for people."""

    step: str
    ok: bool
    detail: str


class MailSource(Protocol):
    """A mailbox. All methods raise `MailServerError` when it cannot be used.

    A position is JSON text that only the source understands; it says up to where mails are known, and the
    caller stores it. `close` may be called from another thread: it ends a `wait` and cuts what is running.
    """

    def __enter__(self) -> Self:
        """Open the mailbox."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def mark(self) -> str:
        """Return the position "everything that is here now is known"."""
        ...

    def position_since(self, day: date) -> str:
        """Return a position before the first mail received on `day` or later."""
        ...

    def arrivals(self, position: str, limit: int) -> Iterator[Arrival]:
        """Yield at most `limit` mails that are newer than `position`, oldest first."""
        ...

    def position_after(self, key: str) -> str:
        """Return the position "this mail and all before it are known"."""
        ...

    def again(self, key: str) -> Arrival | None:
        """Return the mail of that key once more, None when it is no longer there."""
        ...

    def acknowledge(self, keys: Sequence[str]) -> None:
        """Mark, move or delete mails that the caller has committed. Repeating it does no harm."""
        ...

    def wait(self, seconds: float) -> bool:
        """Return True as soon as something may have arrived, False after `seconds` or when closed."""
        ...

    def close(self) -> None:
        """Give the mailbox up."""
        ...


def no_chunks() -> Iterator[bytes]:
    """Return the content of a mail that could not be read."""
    return iter(())
