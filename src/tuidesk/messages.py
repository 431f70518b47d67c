"""Messages that cross from threads and background work to screens. Data only, no behaviour.

Invariant: every field is a plain value; nothing of the database is in a message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.message import Message


class TicketsChanged(Message):
    """Tickets were changed by somebody; no ids means that something changed."""

    bubble = False

    def __init__(self, ticket_ids: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.ticket_ids = ticket_ids


class FeedState(Message):
    """The feed of changes broke (`reason`), or works again (no reason)."""

    bubble = False

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class Answered(Message):
    """A thread worker is done; exactly one of `error` and `result` counts.

    `number` tells an answer from one that a newer question of the same group has overtaken; 0 is
    never overtaken.
    """

    bubble = False

    def __init__(
        self,
        group: str,
        number: int,
        result: Any,
        error: Exception | None,
        done: Callable[[Any], None],
        failed: Callable[[Exception], None] | None,
    ) -> None:
        super().__init__()
        self.group = group
        self.number = number
        self.result = result
        self.error = error
        self.done = done
        self.failed = failed
