"""Rules: what follows from events by the desk's own wish.

A rule answers with ops or with None (it does not match); it never acts by itself. Hits and misses are
both recorded. The set of rules is empty until admins can write them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tuidesk.core.domain.events import Event
from tuidesk.core.domain.handlers import Context
from tuidesk.core.domain.ops import Op
from tuidesk.core.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule: `answer` looks at a ticket and what just happened to it."""

    id: int
    name: str
    answer: Callable[[Ticket, Sequence[Event], Context], Sequence[Op] | None]
