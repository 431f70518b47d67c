"""Search: a line of words above a list of tickets."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input

from tuidesk.core.i18n import _
from tuidesk.screens.list_source import SearchSource, ViewSource
from tuidesk.screens.ticket_list import TicketListScreen
from tuidesk.session import Session
from tuidesk.widgets.type_ahead import Field


class SearchScreen(TicketListScreen):
    """A list whose source is what was asked for."""

    def __init__(self, text: str = "") -> None:
        super().__init__(SearchSource(text))
        self._before = -1

    @property
    def waiting_text(self) -> str:
        """What stands in the list before the hits come: nothing while nothing was asked for."""
        return _("searching …") if self.source != SearchSource("") else ""

    @property
    def empty_text(self) -> str:
        """What stands in a list without hits."""
        return _("no article holds all these words") if self.source != SearchSource("") else ""

    def compose_body(self) -> ComposeResult:
        """Show the line, then the list."""
        hint = _("words that an article must hold, then Enter")
        field = Field(id="query", placeholder=hint, special=self._key)
        yield field
        yield from super().compose_body()

    def on_mount(self) -> None:
        """Begin in the line."""
        self.call_after_refresh(self.query_one("#query").focus)

    def desk_ready(self, session: Session) -> None:
        """Search only once there are words."""
        if self.source != SearchSource(""):
            super().desk_ready(session)

    def reload(self) -> None:
        """Search again."""
        if self.source != SearchSource(""):
            super().reload()

    def _key(self, key: str) -> bool:
        """In the line, Enter asks, Up brings earlier searches, Down and Esc go to the list."""
        field = self.query_one("#query", Input)
        if key == "enter":
            self._ask(" ".join(field.value.split()))
        elif key == "up" and self.desk_app.searches:
            self._before = max(-len(self.desk_app.searches), self._before - (field.value != ""))
            field.value = self.desk_app.searches[self._before]
            field.cursor_position = len(field.value)
        elif key == "down" or (key == "escape" and self.table.window.rows):
            self.set_focus(self.table)
        else:
            return False
        return True

    def _ask(self, text: str) -> None:
        if not text:
            return
        history = self.desk_app.searches
        if text in history:
            history.remove(text)
        history.append(text)
        self._before = -1
        self.show_source(SearchSource(text))
        self.table.empty_words = (self.waiting_text, self.empty_text)
        self.set_focus(self.table)

    def go_to_view(self, source: ViewSource) -> None:
        """Show a view in a list of its own: above this one stands what was searched for."""
        self.desk_app.open_list(source)

    def do_go_search(self) -> None:
        """Go back to the line."""
        self.set_focus(self.query_one("#query"))
