"""A tile of the dashboard: a title with a count, and rows of which one can be chosen.

Must not know what its rows are; each carries a value that goes back in `Chosen`. Invariant: dimmed rows
are figures of an earlier run, shown until fresh ones are here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tuidesk.core.i18n import ngettext
from tuidesk.widgets.safe import fit, one_line, plain


@dataclass(frozen=True, slots=True)
class TileRow:
    """A row: text at the left, text at the right, `urgent` for what must not wait, what choosing it gives."""

    left: str
    right: str = ""
    value: Any = None
    urgent: bool = False


class Tile(Widget, can_focus=True):
    """Shows rows; Enter on one gives its value, Enter on the title (no row chosen) gives None."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tile--cursor", "tile--urgent", "tile--dim"}

    class Chosen(Message):
        """Enter was pressed: `value` of the row, None for the tile as a whole."""

        def __init__(self, tile: Tile, value: Any) -> None:
            super().__init__()
            self.tile = tile
            self.value = value

        @property
        def control(self) -> Tile:
            """The tile."""
            return self.tile

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = title
        self._rows: Sequence[TileRow] = ()
        self._count = ""
        self._cursor = -1
        self._top = 0
        self._dimmed = True
        self._empty = ""
        self._set_title()

    def show(self, count: str, rows: Sequence[TileRow], *, dimmed: bool = False, empty: str = "") -> None:
        """Show rows, and the count of all that there are."""
        value = self._rows[self._cursor].value if 0 <= self._cursor < len(self._rows) else None
        places = {row.value: n for n, row in enumerate(rows)}
        self._rows, self._count, self._dimmed, self._empty = rows, count, dimmed, empty
        self._cursor = places.get(value, min(self._cursor, len(rows) - 1)) if value is not None else -1
        self._set_title()
        self.move(0)
        self.refresh()

    def _set_title(self) -> None:
        sign = ">" if self.has_focus else " "
        self.border_title = plain(f"{sign}{self._title} {self._count}".rstrip() + " ")

    def on_focus(self) -> None:
        """Show the cursor."""
        self._set_title()

    def on_blur(self) -> None:
        """Show no cursor."""
        self._set_title()

    def move(self, by: int) -> bool:
        """Move among the rows, from the title down; say whether there was anywhere to go."""
        before = self._cursor
        self._cursor = min(max(-1, self._cursor + by), len(self._rows) - 1)
        height = max(1, self.size.height)
        top, last_top = self._top, max(0, len(self._rows) - height)  # no row is hidden while there is room for it
        self._top = min(last_top, max(0, min(max(self._top, self._cursor - height + 1), max(0, self._cursor))))
        if (before, top) != (self._cursor, self._top):
            self.refresh()
        below = len(self._rows) - self._top - height
        self.border_subtitle = plain(ngettext("{n} more", "{n} more", below).format(n=below)) if below > 0 else ""
        return before != self._cursor

    def move_end(self, *, last: bool) -> None:
        """Go to the title or to the last row."""
        self.move(len(self._rows) if last else -len(self._rows) - 1)

    def choose(self) -> None:
        """Say what is under the cursor."""
        row = self._rows[self._cursor] if 0 <= self._cursor < len(self._rows) else None
        self.post_message(self.Chosen(self, row.value if row else None))

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a row, a second one chooses."""
        place = self._top + event.y - 1
        if 0 <= place < len(self._rows):
            self.move(place - self._cursor)
        if event.chain == 2:
            self.choose()

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self.move(0)

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width = self.size.width
        place = y + self._top
        base = self.rich_style
        dim = base + self.get_component_styles("tile--dim").partial_rich_style
        if not self._rows and y == 0 and self._empty:
            return Strip([Segment(fit(" " + self._empty, width), dim)])
        if place >= len(self._rows):
            return Strip.blank(width, base)
        row = self._rows[place]
        style = dim if self._dimmed else base
        if row.urgent:
            style += self.get_component_styles("tile--urgent").partial_rich_style
        at_cursor = place == self._cursor and self.has_focus
        if at_cursor:
            style += self.get_component_styles("tile--cursor").partial_rich_style
        right = one_line(row.right)
        right = f" {right}" if right else ""
        left = fit((">" if at_cursor else " ") + one_line(row.left), max(0, width - cell_len(right)))
        return Strip([Segment(left + right, style)]).adjust_cell_length(width, style)
