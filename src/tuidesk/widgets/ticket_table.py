"""The list of tickets: draws the loaded rows, moves the cursor, says when more rows are needed.

A line-API widget, because every other list of Textual slows down with its length. Must not ask the desk:
whoever holds it answers `NeedPage`. Invariant: moving the cursor within the view repaints two rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tuidesk.widgets.row_window import RowWindow, Wanted
from tuidesk.widgets.safe import fit
from tuidesk.widgets.ticket_line import Columns, TicketLine, columns_for, head_text, line_text
from tuidesk.widgets.ticket_row import LOOKS, row_strip, words_strip

PAGE_ROWS = 200


class TicketTable(ScrollView, can_focus=True):
    """A list of tickets; see the messages for what it says."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"ticket-table--{name}" for name in ("head", *LOOKS)}

    class RowChosen(Message):
        """A ticket was chosen, by Enter or a double click."""

        def __init__(self, ticket_id: int) -> None:
            super().__init__()
            self.ticket_id = ticket_id

    class CursorMoved(Message):
        """The cursor came to another ticket; None when the list is empty."""

        def __init__(self, line: TicketLine | None) -> None:
            super().__init__()
            self.line = line

    class NeedPage(Message):
        """Rows are needed; whoever reads them answers with `take_page`."""

        def __init__(self, wanted: Wanted) -> None:
            super().__init__()
            self.wanted = wanted

    class MarksChanged(Message):
        """Tickets were marked or unmarked."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    def __init__(self, now: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.window = RowWindow()
        self.marks: set[int] = set()
        self._mark_anchor: int | None = None
        self._now = now
        self._asked: Wanted | None = None
        self._begin_at: int | None = None
        self._begin_by = 0
        self._columns: Columns = columns_for(80, 6)
        self._shown_now = now()

    # --- what came ----------------------------------------------------------------------------------

    @property
    def page_rows(self) -> int:
        """How many rows a page should have."""
        return max(PAGE_ROWS, 4 * self.size.height)

    def start(self, *, at: int | None = None) -> None:
        """Forget all rows and ask for the first page; marks stay.

        The cursor goes to the ticket with the id `at` if the first page has it, else to the first one.
        """
        self.window = RowWindow()
        self._begin_at, self._begin_by = at, 0
        self._scroll(0)
        self._ask(self.window.first_page(self.page_rows))
        self.refresh()

    def read_again(self) -> None:
        """Ask for the loaded rows again."""
        self._ask(self.window.again(self.page_rows))

    def take_page(self, wanted: Wanted, rows: Sequence[TicketLine]) -> None:
        """Take a page that was asked for; one that nobody waits for any more is dropped."""
        if wanted is not self._asked:
            return
        self._asked = None
        before = self.window.current
        moved = self.window.take(wanted, rows)
        if self._begin_at is not None and (index := self.window.index_of(self._begin_at)) is not None:
            self.window.move_to(index)
        if self._begin_by:
            self.window.move_to(self.window.cursor + self._begin_by)
        self._begin_at, self._begin_by = None, 0
        self._fit(moved)
        current = self.window.current
        if current is not before:
            self.post_message(self.CursorMoved(current))
        self._ask_for_more()

    def page_failed(self, wanted: Wanted) -> None:
        """Take note that a page could not be read; the next move asks again."""
        if wanted is self._asked:
            self._asked = None

    def set_total(self, total: int | None) -> None:
        """Say how many tickets the list has; None when there are too many to count."""
        y = self.window.cursor_y
        self.window.set_total(total)
        self._fit(self.window.cursor_y - y)

    def tick(self) -> None:
        """Repaint the visible rows whose age reads differently now."""
        then, self._shown_now = self._shown_now, self._now()
        for y in range(self.scroll_offset.y, self.scroll_offset.y + self._rows_shown):
            line = self.window.line(y)
            if line is None:
                continue
            old, new = (line_text(line, self._columns, at) for at in (then, self._shown_now))
            if old != new or line.escalated(then) != line.escalated(self._shown_now):
                self._repaint(y)

    # --- the cursor ---------------------------------------------------------------------------------

    @property
    def current(self) -> TicketLine | None:
        """The ticket under the cursor."""
        return self.window.current

    def move(self, by: int) -> None:
        """Move the cursor by rows; before the first page is here, as soon as it comes."""
        if self.window.loaded:
            self.move_to(self.window.cursor + by)
        else:
            self._begin_by += by

    def move_to(self, index: int) -> None:
        """Put the cursor on a loaded row; the view follows by half a page, so that few moves repaint it all."""
        before = self.window.current
        old_y = self.window.cursor_y
        left = self.window.move_to(index)
        new_y = self.window.cursor_y
        if left is not None:
            self._fit(0)
        elif new_y != old_y:
            self._repaint(old_y)
            self._repaint(new_y)
        self._keep_in_view()
        if self.window.current is not before:
            self.post_message(self.CursorMoved(self.window.current))
        self._ask_for_more()

    def move_first(self) -> None:
        """Go to the first ticket of the list, which may have to be read."""
        if self.window.before:
            self._ask(self.window.first_page(self.page_rows))
        else:
            self.move_to(0)

    def move_last(self) -> None:
        """Go to the last ticket of the list, which may have to be read."""
        if not self.window.complete and not self.window.from_end:
            self._ask(self.window.last_page(self.page_rows))
        else:
            self.move_to(len(self.window.rows) - 1)

    def go_to_ticket(self, ticket_id: int) -> bool:
        """Put the cursor on a ticket if it is loaded; say whether it is."""
        index = self.window.index_of(ticket_id)
        if index is None:
            return False
        self.move_to(index)
        return True

    def neighbour(self, ticket_id: int, by: int) -> TicketLine | None:
        """Return the loaded ticket some rows from another one, None at the end."""
        index = self.window.index_of(ticket_id)
        if index is None or not 0 <= index + by < len(self.window.rows):
            return None
        return self.window.rows[index + by]

    # --- marks --------------------------------------------------------------------------------------

    def toggle_mark(self) -> None:
        """Mark the ticket under the cursor, or unmark it, and go on."""
        current = self.window.current
        if current is None:
            return
        self.marks ^= {current.id}
        self._mark_anchor = current.id
        self._repaint(self.window.cursor_y)
        self.move(1)
        self.post_message(self.MarksChanged(len(self.marks)))

    def mark_range(self) -> None:
        """Mark everything from the ticket last marked to the cursor."""
        anchor = self.window.index_of(self._mark_anchor) if self._mark_anchor is not None else None
        if anchor is None:
            anchor = self.window.cursor
        low, high = sorted((anchor, self.window.cursor))
        self._set_marks(self.marks | {row.id for row in self.window.rows[low : high + 1]})

    def mark_loaded(self) -> None:
        """Mark every loaded ticket."""
        self._set_marks(self.marks | {row.id for row in self.window.rows if not row.gone})

    def unmark(self, ticket_ids: set[int] | None = None) -> None:
        """Take marks away: those of some tickets, or all."""
        self._set_marks(self.marks - ticket_ids if ticket_ids is not None else set())

    def _set_marks(self, marks: set[int]) -> None:
        self.marks = marks
        self.refresh()
        self.post_message(self.MarksChanged(len(marks)))

    # --- asking -------------------------------------------------------------------------------------

    def _ask(self, wanted: Wanted) -> None:
        self._asked = wanted
        self.post_message(self.NeedPage(wanted))

    def _ask_for_more(self) -> None:
        if self._asked is not None:
            return
        screen = self._rows_shown
        first, last = self.scroll_offset.y, self.scroll_offset.y + screen
        first, last = min(first, self.window.cursor_y), max(last, self.window.cursor_y)
        wanted = self.window.next_page(first - screen, last + screen, self.page_rows)
        if wanted is not None:
            self._ask(wanted)

    # --- drawing ------------------------------------------------------------------------------------

    @property
    def _width(self) -> int:
        """How many cells a row has: the scroll bar keeps its own, shown or not."""
        return self.scrollable_content_region.width

    @property
    def _rows_shown(self) -> int:
        return max(1, self.size.height - 1)

    def _fit(self, moved: int) -> None:
        """Fit the scroll range to the rows, keep the cursor on its screen row, and draw it all again."""
        self._shown_now = self._now()
        width = max((len(row.number) for row in self.window.rows), default=6)
        self._columns = columns_for(self._width, width)
        self.virtual_size = Size(self._width, self.window.height + 1)
        if moved:
            self._scroll(max(0, self.scroll_offset.y + moved))
        self._keep_in_view()
        self.refresh()

    def _scroll(self, y: float) -> None:
        # forced: a scroll bar that is about to be shown would else forbid it
        self.scroll_to(y=y, animate=False, force=True)

    def _keep_in_view(self) -> None:
        top, shown, y = self.scroll_offset.y, self._rows_shown, self.window.cursor_y
        if top <= y < top + shown:
            return
        self._scroll(max(0, y - shown // 2))

    def _repaint(self, y: int) -> None:
        self.refresh(Region(0, y - self.scroll_offset.y + 1, self.size.width, 1))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for rows that came into view, also when the view was dragged there."""
        super().watch_scroll_y(old_value, new_value)
        if self.window.loaded:
            self._ask_for_more()

    def on_resize(self) -> None:
        """Choose the columns again."""
        self._fit(0)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view: the head stands still, the rows scroll under it."""
        width = self._width
        if y == 0:
            style = self.get_component_rich_style("ticket-table--head")
            return Strip([Segment(fit(head_text(self._columns), width), style)], width)
        row = y - 1 + self.scroll_offset.y
        line = self.window.line(row)
        if line is not None:
            return row_strip(
                line, self._columns, self._shown_now, width,
                at_cursor=row == self.window.cursor_y, has_focus=self.has_focus, marked=line.id in self.marks,
                base=self.rich_style, look=self._part,
            )  # fmt: skip
        dim = self.get_component_rich_style("ticket-table--dim")
        if self.window.loaded and row < self.window.height:
            return words_strip(". ......" + " ·" * 20, width, dim)
        if y == 1 and not (self.window.loaded and self.window.rows):
            return words_strip(self.empty_words[self.window.loaded], width, dim)
        return Strip.blank(width, self.rich_style)

    empty_words: tuple[str, str] = ("…", "-")
    """What stands in an empty list: while it is read, and when there is nothing."""

    def _part(self, name: str) -> Style:
        return self.get_component_styles(f"ticket-table--{name}").partial_rich_style

    # --- the mouse ----------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there, a double one opens."""
        index = event.y - 1 + self.scroll_offset.y - self.window.before
        if event.y < 1 or not 0 <= index < len(self.window.rows):
            return
        self.move_to(index)
        current = self.window.current
        if event.chain == 2 and current is not None:
            self.post_message(self.RowChosen(current.id))
