"""A ticket as one line of a list, and the columns that fit a width.

Here lives what a line says and how wide its parts are; nothing about scrolling or colours. Invariant:
every text of a `TicketLine` is safe to draw within one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tuidesk.core.i18n import _
from tuidesk.widgets.ages import due_span, short_span
from tuidesk.widgets.safe import fit

SIGNS = 5
"""Width of the signs before the first column: cursor, mark, unread, escalated, and a blank."""


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket of a list; `key` is its place in the list's order, `gone` says that it left the list."""

    id: int
    key: tuple[int, ...]
    version: int
    number: str
    title: str
    state_letter: str
    state: str
    closed: bool
    pending: bool
    queue: str
    queue_id: int
    state_id: int
    priority_id: int
    owner_id: int
    owner: str
    locked: bool
    customer: str
    unread: int
    created_at: datetime
    pending_until: datetime | None
    escalation_at: datetime | None
    gone: bool = False

    def escalated(self, now: datetime) -> bool:
        """Say whether a deadline has passed."""
        return self.escalation_at is not None and self.escalation_at <= now and not self.closed


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns of a list; 0 leaves one out. What remains is the subject's."""

    number: int
    age: int
    due: int
    priority: int
    owner: int
    queue: int
    customer: int
    subject: int


def columns_for(width: int, number_width: int) -> Columns:
    """Return the columns for a width in cells: the narrower, the fewer; the subject stays longest."""
    number = min(max(6, number_width), 16) if width >= 100 else min(max(6, number_width), 7)
    age, due, priority = (5 if width >= 44 else 0), (6 if width >= 72 else 0), (1 if width >= 60 else 0)
    owner = (10 if width >= 100 else 7) if width >= 60 else 0
    customer = (24 if width >= 120 else 18 if width >= 88 else 14) if width >= 74 else 0
    queue = 16 if width >= 100 else 0
    used = sum(size + 1 for size in (number, age, due, priority, owner, customer, queue) if size)
    # the letter of the state follows the signs
    return Columns(number, age, due, priority, owner, queue, customer, max(0, width - SIGNS - 2 - used))


def head_text(columns: Columns) -> str:
    """Return the line above a list."""
    return (
        " " * SIGNS
        + "S "
        + _cells(
            columns,
            (_("Number"), _("Age"), _("Due"), _("P"), _("Owner"), _("Queue"), _("Customer"), _("Subject")),
        )
    )


def line_text(line: TicketLine, columns: Columns, now: datetime) -> str:
    """Return the cells of a ticket, without the signs before them."""
    number = line.number if len(line.number) <= columns.number else "…" + line.number[-(columns.number - 1) :]
    due = due_span(line.escalation_at, now) if line.escalation_at is not None and not line.closed else ""
    if not due and line.pending and line.pending_until is not None:
        due = due_span(line.pending_until, now)
    return f"{line.state_letter} " + _cells(
        columns,
        (
            number,
            short_span(now - line.created_at),
            due,
            str(line.priority_id) if line.priority_id else "",
            line.owner,
            line.queue,
            line.customer,
            line.title,
        ),
    )


def _cells(columns: Columns, texts: tuple[str, ...]) -> str:
    widths = (columns.number, columns.age, columns.due, columns.priority, columns.owner, columns.queue,
              columns.customer, columns.subject)  # fmt: skip
    right = (1, 2)  # ages and spans end where the next column begins
    parts = []
    for n, (text, width) in enumerate(zip(texts, widths, strict=True)):
        if width:
            parts.append(text.rjust(width) if n in right and len(text) <= width else fit(text, width))
    return " ".join(parts)
