"""The list widget: pages of a long list, repaints, columns, signs."""

from __future__ import annotations

from typing import Any

import pytest
from driving import drive, screen_text, until
from test_row_window import NOON, answer, line
from textual import on
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tuidesk.widgets.row_window import Wanted
from tuidesk.widgets.ticket_line import columns_for, head_text, line_text
from tuidesk.widgets.ticket_table import TicketTable


class LongList(App[None]):
    """A list over many rows that are made as they are asked for."""

    CSS = "TicketTable { height: 1fr; }"

    def __init__(self, count: int) -> None:
        super().__init__()
        self.ids = list(range(count))
        self.asked: list[Wanted] = []
        self.drawn: list[int] = []

    def compose(self) -> ComposeResult:
        """Show the list, counting the lines that it draws."""
        app = self

        class Counting(TicketTable):
            def render_line(self, y: int) -> Any:
                app.drawn.append(y)
                return super().render_line(y)

        yield Counting(lambda: NOON, id="list")

    @property
    def table(self) -> TicketTable:
        """The list."""
        return self.query_one("#list", TicketTable)

    @on(TicketTable.NeedPage)
    def answer_page(self, message: TicketTable.NeedPage) -> None:
        """Answer at once."""
        self.asked.append(message.wanted)
        self.table.take_page(message.wanted, answer(self.ids, message.wanted))


def test_ten_thousand_rows_are_read_as_far_as_the_cursor_goes() -> None:
    app = LongList(10_000)

    async def scenario(pilot: Pilot[Any]) -> None:
        table = app.table
        table.start()
        table.set_total(10_000)
        await until(pilot, lambda: len(table.window.rows) == 200)
        assert len(app.asked) == 1
        for _n in range(60):
            table.move(20)
            await pilot.pause()
        assert table.current == line(1200)
        assert 1200 < len(table.window.rows) < 1700
        assert not any(wanted.limit > 2000 for wanted in app.asked)
        assert str(1_000_000 + 1200) in screen_text(app)
        table.move_last()
        await until(pilot, lambda: table.current == line(9999))
        assert len(table.window.rows) <= 400, "the end is read from the end"
        assert str(1_000_000 + 9999) in screen_text(app)
        table.move(-300)
        await until(pilot, lambda: table.current is not None and table.current.id <= 9800)
        table.move_first()
        await until(pilot, lambda: table.current == line(0))

    drive(app, scenario)


def test_rows_that_are_not_loaded_are_drawn_as_a_skeleton() -> None:
    app = LongList(10_000)

    async def scenario(pilot: Pilot[Any]) -> None:
        table = app.table
        table.start()
        table.set_total(10_000)
        await until(pilot, lambda: len(table.window.rows) == 200)
        app.ids = []  # the desk answers with nothing
        table.scroll_to(y=5000, animate=False)
        await until(pilot, lambda: ". ......" in screen_text(app) or table.window.complete)

    drive(app, scenario)


def test_a_move_of_the_cursor_draws_two_rows() -> None:
    app = LongList(500)

    async def scenario(pilot: Pilot[Any]) -> None:
        table = app.table
        table.start()
        await until(pilot, lambda: len(table.window.rows) == 200)
        table.focus()
        await pilot.pause()
        app.drawn.clear()
        table.move(1)
        await pilot.pause()
        assert set(app.drawn) == {1, 2}

    drive(app, scenario)


def test_at_the_edge_the_view_goes_on_by_half_a_page() -> None:
    app = LongList(500)

    async def scenario(pilot: Pilot[Any]) -> None:
        table = app.table
        table.start()
        await until(pilot, lambda: len(table.window.rows) == 200)
        shown = table.size.height - 1
        table.move_to(shown - 1)
        assert table.scroll_offset.y == 0
        table.move(1)
        assert table.scroll_offset.y == shown - shown // 2

    drive(app, scenario)


def test_marks_are_of_tickets_and_outlive_reading_again() -> None:
    app = LongList(300)

    async def scenario(pilot: Pilot[Any]) -> None:
        table = app.table
        table.start()
        await until(pilot, lambda: len(table.window.rows) == 200)
        table.toggle_mark()
        table.move_to(4)
        table.mark_range()
        assert table.marks == {0, 1, 2, 3, 4}
        app.ids = [-5, -4, *app.ids]
        table.read_again()
        await until(pilot, lambda: len(app.asked) >= 2 and table.window.rows[0].id == -5)
        assert table.marks == {0, 1, 2, 3, 4}
        assert table.current == line(4)
        table.unmark({0, 1})
        assert table.marks == {2, 3, 4}

    drive(app, scenario)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 160])
def test_the_columns_fit_any_width(width: int) -> None:
    from rich.cells import cell_len

    columns = columns_for(width, 16)
    text = line_text(line(7), columns, NOON)
    assert cell_len(text) + 5 <= max(width, 30)
    assert cell_len(head_text(columns)) <= max(width, 30)


def test_wide_lists_have_more_columns() -> None:
    assert columns_for(160, 7).queue > 0
    assert columns_for(80, 7).queue == 0
    assert columns_for(80, 7).customer > 0
    assert columns_for(50, 7).customer == 0
    assert columns_for(80, 16).number == 7, "a long number shows its last six"
