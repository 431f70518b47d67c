"""A short list of places to go, with counts: views and queues beside a list of tickets.

Must not know what its rows stand for; each carries a value that goes back in `Chosen`. Invariant: the cursor
is never on a heading.
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

from tuidesk.widgets.safe import fit, one_line


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A row: its words, its count ("" while that is not known), its value; a heading has None."""

    text: str
    count: str = ""
    value: Any = None


class ViewList(Widget, can_focus=True):
    """Shows rows; Enter or a click says which one is wanted."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"view-list--cursor", "view-list--here", "view-list--heading"}

    class Chosen(Message):
        """A row was chosen."""

        def __init__(self, value: Any) -> None:
            super().__init__()
            self.value = value

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: Sequence[ViewRow] = ()
        self._here: Any = None
        self._cursor = 0
        self._top = 0

    @property
    def rows(self) -> Sequence[ViewRow]:
        """All rows, headings too."""
        return self._rows

    def show(self, rows: Sequence[ViewRow], here: Any) -> None:
        """Show rows; `here` is the value of the one that the list beside it shows."""
        moved = here != self._here or not self._rows
        self._rows, self._here = rows, here
        self._cursor = min(self._cursor, max(0, len(rows) - 1))
        if moved:
            self._cursor = next((n for n, row in enumerate(rows) if row.value == here and row.value is not None), 0)
        self.move(0)
        self.refresh()

    def move(self, by: int) -> None:
        """Move the cursor, over headings."""
        places = [n for n, row in enumerate(self._rows) if row.value is not None]
        if not places:
            return
        at = next((n for n, place in enumerate(places) if place >= self._cursor), len(places) - 1)
        self._cursor = places[min(max(0, at + by), len(places) - 1)]
        if height := self.size.height:  # 0 before the first layout, which ends here once more
            top = min(max(self._top, self._cursor - height + 1), self._cursor)
            self._top = max(0, min(top, len(self._rows) - height))
        self.refresh()

    def choose(self, number: int | None = None) -> None:
        """Say which row is wanted: the one under the cursor, or the one of a number from 1 on."""
        values = [row.value for row in self._rows if row.value is not None]
        if number is not None:
            value = values[number - 1] if 0 < number <= len(values) else None
        else:
            value = self._rows[self._cursor].value if self._cursor < len(self._rows) else None
        if value is not None:
            self.post_message(self.Chosen(value))

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        place = self._top + event.y
        if place < len(self._rows) and self._rows[place].value is not None:
            self._cursor = place
            self.choose()

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self.move(0)

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width, place = self.size.width, y + self._top
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[place]
        here = row.value is not None and row.value == self._here
        at_cursor = self.has_focus and place == self._cursor
        style = self.rich_style
        for wanted, name in ((row.value is None, "heading"), (here, "here"), (at_cursor, "cursor")):
            if wanted:
                style += self.get_component_styles(f"view-list--{name}").partial_rich_style
        count = one_line(row.count)
        sign = ">" if at_cursor else "▸" if here else " "
        left = fit(f"{sign}{one_line(row.text)}", max(0, width - cell_len(count) - 1))
        return Strip([Segment(f"{left} {count}", style)]).adjust_cell_length(width, style)
