"""A tile of the dashboard: its rows, its cursor and what there is no room for."""

from __future__ import annotations

from typing import Any

from driving import drive, screen_text, shows, until
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tuidesk.widgets.tile import Tile, TileRow


class TileApp(App[None]):
    """One tile and nothing else."""

    def compose(self) -> ComposeResult:
        """Show it."""
        yield Tile("New", id="tile")


def test_rows_fill_the_room_that_there_is() -> None:
    app = TileApp()

    async def scenario(pilot: Pilot[Any]) -> None:
        tile = app.query_one(Tile)
        tile.styles.border = ("round", "ansi_default")
        tile.styles.height = 5
        tile.show("7", [TileRow(f"row {n}", value=n) for n in range(7)])
        tile.focus()
        await shows(pilot, "row 0", "row 2", "4 more")
        tile.move_end(last=True)
        await shows(pilot, "row 6")
        await until(pilot, lambda: "more" not in screen_text(app))
        assert "row 3" not in screen_text(app)
        tile.styles.height = 12
        await shows(pilot, *(f"row {n}" for n in range(7)))

    drive(app, scenario)
