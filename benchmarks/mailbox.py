"""A mailbox in memory: what a mail server costs is not measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Self

from tuidesk.core.mail.source import CHUNK_BYTES, Arrival


class Mailbox:
    """Mails by number; a position is the number of the next one."""

    def __init__(self, mails: Sequence[bytes], received_at: datetime) -> None:
        self._mails = mails
        self._received_at = received_at
        self.acknowledged: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def mark(self) -> str:
        """Return the position behind all mails."""
        return str(len(self._mails))

    def position_since(self, day: date) -> str:
        """Return the position before all mails."""
        return ""

    def arrivals(self, position: str, limit: int) -> Iterator[Arrival]:
        """Yield the next mails."""
        first = int(position or 0)
        for n in range(first, min(first + limit, len(self._mails))):
            yield self._arrival(n)

    def position_after(self, key: str) -> str:
        """Return the position behind a mail."""
        return str(int(key) + 1)

    def again(self, key: str) -> Arrival | None:
        """Return a mail once more."""
        return self._arrival(int(key))

    def acknowledge(self, keys: Sequence[str]) -> None:
        """Keep what was acknowledged."""
        self.acknowledged += keys

    def wait(self, seconds: float) -> bool:
        """Nothing more comes."""
        return False

    def close(self) -> None:
        """Nothing is open."""

    def _arrival(self, n: int) -> Arrival:
        raw = self._mails[n]

        def chunks() -> Iterator[bytes]:
            for start in range(0, len(raw), CHUNK_BYTES):
                yield raw[start : start + CHUNK_BYTES]

        return Arrival(str(n), len(raw), chunks, self._received_at)
