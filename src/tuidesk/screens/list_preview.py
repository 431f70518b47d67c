"""The preview of the ticket under the cursor: read once the cursor rests, dropped when it moves on.

Invariant: what the preview shows is the ticket under the cursor, or nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from tuidesk.core.i18n import _, ngettext
from tuidesk.screens.list_motion import ListMotion
from tuidesk.screens.presenting import article_texts
from tuidesk.widgets.article_view import ArticleView
from tuidesk.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from tuidesk.core.desk import TicketView

REST_S = 0.12
"""How long the cursor rests on a ticket before its preview is read."""


class ListPreview(ListMotion):
    """A list with a preview."""

    def __init__(self) -> None:
        super().__init__()
        self._rest: Timer | None = None
        self._previewed: int | None = None

    def compose_preview(self) -> ComposeResult:
        """Yield the preview."""
        with Vertical(id="preview"):
            yield TitleLine(id="preview-title")
            yield ArticleView(id="conversation")

    @property
    def conversation(self) -> ArticleView:
        """The preview's text."""
        return self.query_one("#conversation", ArticleView)

    def on_mount(self) -> None:
        """Leave the keys to the list."""
        self.conversation.can_focus = False

    def preview_again(self) -> None:
        """Read the preview again, soon."""
        self._previewed = None
        self.preview_soon()

    def preview_soon(self) -> None:
        """Read the preview once the cursor rests."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST_S, self._preview)

    def on_resize(self) -> None:
        """Read what there was no room for."""
        if self.session is not None and self.is_mounted:
            self.preview_soon()

    def _preview(self) -> None:
        current = self.table.current
        if current is None:
            self._previewed = None
            self.conversation.say("")
            self.query_one("#preview-title", TitleLine).set("")
            return
        if not self.query_one("#preview").display or current.id == self._previewed:
            return
        ticket_id = current.id
        self.read(
            "preview",
            lambda session: session.desk.ticket(session.viewer, ticket_id),
            self._preview_came,
            self._preview_failed,
        )

    def _preview_came(self, view: TicketView) -> None:
        current = self.table.current
        if current is None or current.id != view.ticket.id:
            return
        app = self.desk_app
        shown = self._shown
        self._previewed = self._shown = current.id
        seen = view.ticket.last_article_no - current.unread
        texts = article_texts(view.articles, view.readable, seen, app.clock.now(), app.zone)
        self.conversation.show(texts, keep_place=shown == current.id)
        count = len(view.articles)
        self.query_one("#preview-title", TitleLine).set(
            f"── {current.number} {current.title}",
            ngettext("{n} article", "{n} articles", count).format(n=count) + " ──",
        )

    _shown: int | None = None
    """The ticket whose text stands in the preview, fresh or not."""

    def _preview_failed(self, error: Exception) -> None:
        self._previewed = self._shown = None
        self.conversation.say("")
        self.show_error(error)

    # --- keys ---------------------------------------------------------------------------------------

    def do_list_preview(self) -> None:
        """Show the preview or hide it."""
        self.toggle_class("-no-preview")
        hidden = self.has_class("-no-preview")
        if not hidden and not self.query_one("#preview").display:
            self.say(_("The terminal is too low for a preview."), error=True)
        self.preview_soon()

    def do_list_preview_down(self) -> None:
        """Scroll the preview down."""
        self.conversation.scroll_pages(0.5)

    def do_list_preview_up(self) -> None:
        """Scroll the preview up."""
        self.conversation.scroll_pages(-0.5)
