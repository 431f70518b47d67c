"""A list of tickets: its source, page by page, with the views and queues and a preview beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container

from tuidesk.actions import Context
from tuidesk.core.i18n import _
from tuidesk.screens.list_preview import ListPreview
from tuidesk.screens.list_source import ListSource, ViewSource, sort_titles
from tuidesk.screens.views_pane import Entry, count_entries, entries, view_rows
from tuidesk.session import Session
from tuidesk.widgets.dialogs import Prompt
from tuidesk.widgets.picker import Choice, Picker
from tuidesk.widgets.row_window import Wanted
from tuidesk.widgets.ticket_line import TicketLine
from tuidesk.widgets.ticket_table import TicketTable
from tuidesk.widgets.view_list import ViewList

TICK_S = 60.0


class TicketListScreen(ListPreview):
    """Shows a source; the cursor stays on its ticket whatever happens to the list."""

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.APP, Context.MOTION, Context.TICKETS, Context.LIST)
    HINTS: ClassVar[tuple[str, ...]] = (
        "move.open", "list.mark", "ticket.take", "ticket.state", "ticket.reply", "list.limit", "list.views",
    )  # fmt: skip

    def __init__(self, source: ListSource) -> None:
        super().__init__()
        self.source = source
        self._total: int | None = None
        self._counted = False
        self._counts: dict[ViewSource, int] = {}
        self._open_when_read = False

    def compose_body(self) -> ComposeResult:
        """Show the list between the views and the preview."""
        with Container(id="split"):
            yield ViewList(id="views")
            yield TicketTable(self.desk_app.clock.now, id="tickets")
            yield from self.compose_preview()

    def on_mount(self) -> None:
        """Begin in the list."""
        self.table.empty_words = (self.waiting_text, self.empty_text)
        self.table.focus()
        self.set_interval(TICK_S, self.table.tick)
        self._show_title()

    @property
    def waiting_text(self) -> str:
        """What stands in a list until its first page is here."""
        return _("reading …")

    @property
    def empty_text(self) -> str:
        """What stands in a list that holds nothing."""
        return _("nothing here")

    def desk_ready(self, session: Session) -> None:
        """Read the first page."""
        self.show_source(self.source)

    def show_source(self, source: ListSource, *, at: int | None = None) -> None:
        """Show another source; marks stay, and so does the cursor if the first page has the ticket `at`."""
        self.source = source
        self._counted, self._total, self._open_when_read = False, None, False
        self.table.start(at=at)
        self._show_title()
        self._count()
        self._show_views()

    def reload(self) -> None:
        """Read the loaded rows again; the cursor stays on its ticket."""
        if self.session is None:
            return
        self.table.read_again()
        self._count()
        self._count_views()
        self.preview_again()

    def _count(self) -> None:
        source = self.source
        self.read("count", lambda session: source.count(session), self._counted_came)

    def _counted_came(self, total: int | None) -> None:
        self._counted, self._total = True, total
        self.table.set_total(total)
        self._show_title()

    @on(TicketTable.NeedPage)
    def _need_page(self, message: TicketTable.NeedPage) -> None:
        wanted, source = message.wanted, self.source
        self.read(
            "page",
            lambda session: source.page(session, wanted),
            partial(self._page_came, wanted),
            partial(self._page_failed, wanted),
        )

    def _page_came(self, wanted: Wanted, rows: Sequence[TicketLine]) -> None:
        self.table.take_page(wanted, rows)
        self._show_title()
        if not rows and wanted.whole:
            self.preview_again()  # what was shown beside another list
        if not self._counts:
            self._count_views()  # only now: the list comes first
        if self._open_when_read:
            self._open_when_read = False
            self.do_move_open()

    def _page_failed(self, wanted: Wanted, error: Exception) -> None:
        self._open_when_read = False
        self.table.page_failed(wanted)
        self.show_error(error)

    def _show_title(self) -> None:
        right = self._place_words()
        if isinstance(self.source, ViewSource) and self.source.order:
            right = f"{right}   {sort_titles()[self.source.order]}"
        self.title_line.set(f"tuidesk  {self.source.title}", right)

    def _place_words(self) -> str:
        window = self.table.window
        if not window.loaded:
            return ""
        total = self._total if self._total is not None else len(window.rows) if window.complete else None
        if total is not None:
            return _("{n} of {total}").format(n=min(window.cursor_y + 1, total), total=total)
        return _("{n}+ tickets").format(n=max(len(window.rows), 1000 if self._counted else 0))

    @on(TicketTable.CursorMoved)
    def _moved(self) -> None:
        self._show_title()
        self.preview_soon()

    # --- views and queues ---------------------------------------------------------------------------

    @property
    def views(self) -> ViewList:
        """The views and queues beside the list."""
        return self.query_one("#views", ViewList)

    def on_resize(self) -> None:
        """Count what there was no room for."""
        if self.session is not None and self.is_mounted:
            self.call_after_refresh(self._show_views)
            if not self._counts:
                self.call_after_refresh(self._count_views)

    def _show_views(self) -> None:
        session = self.session
        if session is not None and self.views.display:
            here = replace(self.source, limit="", order="") if isinstance(self.source, ViewSource) else None
            self.views.show(view_rows(entries(session), self._counts), here)

    def _count_views(self) -> None:
        if self.views.display:
            self.read("views", lambda session: count_entries(session, entries(session)), self._views_counted)

    def _views_counted(self, counts: dict[ViewSource, int]) -> None:
        self._counts = counts
        self._show_views()

    @on(ViewList.Chosen)
    def _view_chosen(self, message: ViewList.Chosen) -> None:
        self.go_to_view(message.value)

    def go_to_view(self, source: ViewSource) -> None:
        """Show a view in this list."""
        self.table.focus()
        self.show_source(source)

    def do_list_views(self) -> None:
        """Go to the views and queues, or back; where they are not shown, pick one."""
        session = self.session
        if session is None:
            return
        if self.views.display:
            self.set_focus(self.table if self.views.has_focus else self.views)
            return

        def counted(counts: dict[ViewSource, int]) -> None:
            rows = view_rows(entries(session), counts)
            choices = [Choice(row.value, row.text, note=row.count) for row in rows if row.value is not None]

            def chosen(source: ViewSource | None) -> None:
                if source is not None:
                    self.go_to_view(source)

            self.app.push_screen(Picker(_("Views and queues"), choices), chosen)

        found: Sequence[Entry] = entries(session)
        self.read("views", lambda session: count_entries(session, found), counted)

    async def on_key(self, event: events.Key) -> None:
        """In the views, a digit opens the view of that number at once."""
        if self.is_current and self.views.has_focus and event.key in "123456789" and not self.keys_wait:
            event.stop()
            event.prevent_default()
            self.views.choose(int(event.key))

    # --- actions of lists ---------------------------------------------------------------------------

    def _current_id(self) -> int | None:
        current = self.table.current
        return current.id if current is not None else None

    def do_list_limit(self) -> None:
        """Limit the list to tickets with some words."""
        source = self.source
        if not isinstance(source, ViewSource):
            self.say(_("Only views and queues can be limited."), error=True)
            return

        def answered(text: str | None) -> None:
            if text is not None and text.strip() != source.limit:
                self.show_source(replace(source, limit=" ".join(text.split())), at=self._current_id())

        hint = _("words in title, customer or number; empty shows all")
        self.app.push_screen(Prompt(_("Limit to"), value=source.limit, hint=hint), answered)

    def do_list_sort(self) -> None:
        """Choose the order."""
        source = self.source
        if not isinstance(source, ViewSource):
            self.say(_("Hits are always newest first."), error=True)
            return

        from tuidesk.core.views import VIEWS

        def chosen(order: str | None) -> None:
            if order is not None:
                self.show_source(replace(source, order=order), at=self._current_id())

        choices = [Choice(name, title) for name, title in sort_titles().items()]
        self.app.push_screen(Picker(_("Order"), choices, current=source.order or VIEWS[source.view].sort.name), chosen)

    def do_app_back(self) -> None:
        """Leave the views first, then clear the limit, then leave; marks stay with the list."""
        if self.views.has_focus:
            self.table.focus()
        elif not self._bulk and isinstance(self.source, ViewSource) and self.source.limit:
            self.show_source(replace(self.source, limit=""), at=self._current_id())
        else:
            super().do_app_back()

    # --- motion and opening -------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Move the cursor of what has the keys."""
        if self.views.has_focus:
            self.views.move(by)
        else:
            super().move(by)

    def do(self, action_id: str, count: int | None = None, digits: str = "") -> None:
        """Do an action; it is what counts, not the opening that an earlier key asked for."""
        self._open_when_read = False
        super().do(action_id, count, digits)

    def do_move_open(self) -> None:
        """Open the ticket under the cursor, as soon as it is read; the one whose number was typed; or the view."""
        if self.digits:
            self.desk_app.open_number(self.digits)
        elif self.views.has_focus:
            self.views.choose()
        elif (current := self.table.current) is not None:
            self._open(current)
        elif not self.table.window.loaded:
            self._open_when_read = True

    @on(TicketTable.RowChosen)
    def _row_chosen(self, message: TicketTable.RowChosen) -> None:
        current = self.table.current
        if current is not None and current.id == message.ticket_id:
            self._open(current)

    def _open(self, line: TicketLine) -> None:
        self.desk_app.open_ticket(line.id, neighbour=self._neighbour, place=self._place, unread=line.unread)

    def _neighbour(self, ticket_id: int, by: int) -> TicketLine | None:
        """Return the next ticket of this list; the cursor goes there, so that leaving ends on it."""
        found = self.table.neighbour(ticket_id, by)
        if found is not None:
            self.table.go_to_ticket(found.id)
        return found

    def _place(self, ticket_id: int) -> str:
        """Return where the ticket is in this list, as `3/34`."""
        window = self.table.window
        index = window.index_of(ticket_id)
        if index is None:
            return ""
        total = self._total if self._total is not None else f"{len(window.rows)}+"
        return f"{window.before + index + 1}/{total}"
