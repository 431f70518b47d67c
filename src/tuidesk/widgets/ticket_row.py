"""A ticket of a list as a strip of cells: its signs, its columns, and how it looks. No list, no cursor motion.

Invariant: whatever a colour says of a ticket is also said by a sign before its number or by a letter.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuidesk.widgets.safe import fit
from tuidesk.widgets.ticket_line import SIGNS, Columns, TicketLine, line_text

LOOKS = ("cursor", "unread", "escalated", "dim", "gone", "marked")
"""Names of the looks that a row may have."""


def row_strip(
    line: TicketLine,
    columns: Columns,
    now: datetime,
    width: int,
    *,
    at_cursor: bool,
    has_focus: bool,
    marked: bool,
    base: Style,
    look: Callable[[str], Style],
) -> Strip:
    """Return a ticket as a row of `width` cells; `look` gives the style behind one of `LOOKS`."""
    escalated = line.escalated(now)
    signs = (
        (">" if at_cursor else " ")
        + ("x" if marked else " ")
        + ("*" if line.unread else " ")
        + ("!" if escalated else " ")
        + " "
    )
    style = base
    for wanted, name in (
        (line.closed or line.pending, "dim"),
        (line.unread, "unread"),
        (escalated, "escalated"),
        (marked, "marked"),
        (line.gone, "gone"),
        (at_cursor and has_focus, "cursor"),
    ):
        if wanted:
            style += look(name)
    return Strip([Segment(fit(signs + line_text(line, columns, now), width), style)], width)


def words_strip(text: str, width: int, style: Style) -> Strip:
    """Return a row that holds a sentence in place of a ticket."""
    return Strip([Segment(fit(" " * SIGNS + text, width), style)], width)
