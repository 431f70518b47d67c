"""The first line of every screen: where one is on the left, figures on the right."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tuidesk.widgets.safe import fit, one_line


class TitleLine(Widget):
    """Shows two texts, parted by two blanks at least; each has half of the line if it needs it."""

    def __init__(self, left: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left = one_line(left)
        self._right = ""

    @property
    def text(self) -> str:
        """All that the line says."""
        return f"{self._left} {self._right}".strip()

    def set(self, left: str, right: str = "") -> None:
        """Show new texts."""
        left, right = one_line(left), one_line(right)
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        width = self.size.width
        room = width - 2 - min(cell_len(self._left), width // 2)  # where one is matters more when there is no room
        right = "  " + fit(self._right, min(cell_len(self._right), max(0, room))) if self._right and room > 0 else ""
        left = fit(" " + self._left, max(0, width - cell_len(right) - 1))
        return Strip([Segment(f"{left}{right} ", self.rich_style)]).adjust_cell_length(width, self.rich_style)
