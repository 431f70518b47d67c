"""The last line of every screen: keys that wait, the last message, hints, and how the mail is doing.

One line, drawn only when it changes. Invariant: what waits for a key shows before any message, a message
before the hints; an error stays until the next message. A hint is shown whole or not at all.
"""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tuidesk.widgets.safe import fit, one_line


class StatusLine(Widget):
    """Shows what the screen tells it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"status-line--error", "status-line--pending", "status-line--dim"}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pending = ""
        self._message = ""
        self._is_error = False
        self._hints = ""
        self._marks = ""
        self._right = ""
        self._trouble = ""

    def set_pending(self, text: str) -> None:
        """Show keys that wait for more; "" when none do."""
        self._put("_pending", text)

    def set_message(self, text: str, *, error: bool = False) -> None:
        """Show what was done or what went wrong; "" brings the hints back."""
        self._is_error = error
        self._put("_message", one_line(text), force=True)

    def set_hints(self, text: str) -> None:
        """Show which keys are of use here; two blanks part them, the last one is left out last."""
        self._put("_hints", text)

    def set_marks(self, text: str) -> None:
        """Show how many tickets are marked."""
        self._put("_marks", text)

    def set_background(self, text: str, *, trouble: str = "") -> None:
        """Show how mail and news are doing; `trouble` shows as an error."""
        self._trouble = one_line(trouble)
        self._put("_right", one_line(text), force=True)

    @property
    def message(self) -> str:
        """The message that is shown."""
        return self._message

    @property
    def text(self) -> str:
        """All that the line says, for tests and for reading aloud."""
        return " ".join(part for part in (self._left, self._trouble, self._right) if part)

    @property
    def _left(self) -> str:
        marks = f"{self._marks}  " if self._marks else ""
        if self._pending:
            return f"{marks}{self._pending}-"
        return marks + (self._message or self._hints)

    def _put(self, name: str, value: str, *, force: bool = False) -> None:
        if force or getattr(self, name) != value:
            setattr(self, name, value)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        width = self.size.width
        base = self.rich_style
        right, right_style = self._right, base + self._part("dim")
        if self._trouble:
            right, right_style = "! " + self._trouble, base + self._part("error")
        # hints give way to trouble, all but the last; news of the mail get only what a message leaves
        hinting = not (self._message or self._pending)
        kept = width * 2 // 3
        if hinting:
            kept = cell_len(self._marks) + cell_len(_last(self._hints)) + 3 if self._trouble else width * 3 // 4
        room = max(0, width - 2 - min(cell_len(self._left), kept))
        right = fit(right, room).rstrip() if cell_len(right) > room else right
        left_width = max(0, width - cell_len(right) - 2)
        style = base
        if self._pending:
            style += self._part("pending")
        elif self._message and self._is_error:
            style += self._part("error")
        elif not self._message:
            style += self._part("dim")
        left = self._left
        if hinting:
            marks = f"{self._marks}  " if self._marks else ""
            left = marks + fitting_hints(self._hints, left_width - cell_len(marks))
        return Strip(
            [Segment(" " + fit(left, left_width), style), Segment(" " if right or width else "", base),
             Segment(right, right_style)], width
        ).adjust_cell_length(width, base)  # fmt: skip

    def _part(self, name: str) -> Style:
        return self.get_component_styles(f"status-line--{name}").partial_rich_style


def _last(hints: str) -> str:
    return hints.rsplit("  ", 1)[-1]


def fitting_hints(hints: str, width: int) -> str:
    """Return as many hints as a width holds, each whole; the last one stays longest.

    >>> fitting_hints("Enter open  t take  ? more", 20), fitting_hints("t take  ? more", 3)
    ('Enter open  ? more', '')
    """
    *first, last = hints.split("  ")
    while first and cell_len("  ".join((*first, last))) > width:
        first.pop()
    return "  ".join((*first, last)) if first or cell_len(last) <= width else ""
