"""Time is passed in: whatever needs to know what time it is takes a `Clock`.

Invariant: every datetime that tuidesk handles is aware and in UTC; a zone is applied only where a
person reads it (the viewer's) or where working time is reckoned (the calendar's).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """Return the present as an aware datetime in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present as an aware datetime in UTC."""
        return datetime.now(UTC)


@dataclass
class FrozenClock:
    """A clock that stands still until it is moved; for tests and made-up history."""

    at: datetime

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.at

    def advance(self, **delta: float) -> None:
        """Move on by a `timedelta` given as keywords, e.g. `advance(hours=2)`."""
        self.at += timedelta(**delta)
