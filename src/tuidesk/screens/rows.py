"""Screens that are one plain list of a few hundred rows: history, outbox, failed mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from tuidesk.actions import Context
from tuidesk.core.i18n import _
from tuidesk.screens.base import DeskScreen
from tuidesk.session import Session
from tuidesk.widgets.picker import Choice, PickList
from tuidesk.widgets.safe import plain_lines


class RowsScreen(DeskScreen):
    """A list of rows with a few lines about the one under the cursor."""

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.APP, Context.MOTION)

    def compose_body(self) -> ComposeResult:
        """Show the rows, and what there is to say of one."""
        rows: PickList[Any] = PickList(())
        rows.id = "rows"
        rows.can_focus = True
        yield rows
        yield Static("", id="row-detail")

    @property
    def rows(self) -> PickList[Any]:
        """The list."""
        return self.query_one("#rows", PickList)

    def on_mount(self) -> None:
        """Begin in the list."""
        self.query_one("#row-detail").display = False
        self.rows.focus()

    def desk_ready(self, session: Session) -> None:
        """Ask for the rows."""
        self.reload()

    def show_rows(self, choices: Sequence[Choice[Any]], empty: str, *, at_end: bool = False) -> None:
        """Show rows; the cursor stays where it was as far as there are rows."""
        rows = self.rows
        first = not rows.has_rows
        rows.replace(choices or [Choice(None, empty, why_not=" ")])
        if at_end and first:
            rows.move(len(choices))
        self._show_detail()

    def detail(self, value: Any) -> str:
        """Return what there is to say of a row, "" for nothing more."""
        return ""

    def _show_detail(self) -> None:
        current = self.rows.current
        text = self.detail(current.value) if current is not None and current.value is not None else ""
        box = self.query_one("#row-detail", Static)
        box.display = bool(text)
        if text:
            box.update(plain_lines(text))

    def move(self, by: int) -> None:
        """Move the cursor."""
        self.rows.move(by)
        self._show_detail()

    def open_row(self, value: Any) -> None:
        """Do what Enter means for a row."""

    def do_move_down(self) -> None:
        """Move down."""
        self.move(self.repeats())

    def do_move_up(self) -> None:
        """Move up."""
        self.move(-self.repeats())

    def do_move_half_down(self) -> None:
        """Move half a page down."""
        self.move(max(1, self.rows.size.height // 2))

    def do_move_half_up(self) -> None:
        """Move half a page up."""
        self.move(-max(1, self.rows.size.height // 2))

    def do_move_page_down(self) -> None:
        """Move a page down."""
        self.move(max(1, self.rows.size.height - 1))

    def do_move_page_up(self) -> None:
        """Move a page up."""
        self.move(-max(1, self.rows.size.height - 1))

    def do_move_first(self) -> None:
        """Go to the first row."""
        self.move(-1_000_000)

    def do_move_last(self) -> None:
        """Go to the last row."""
        self.move(1_000_000)

    def do_move_open(self) -> None:
        """Do what Enter means here, or open the ticket whose number was typed."""
        current = self.rows.current
        if self.digits:
            self.desk_app.open_number(self.digits)
        elif current is not None and current.value is not None:
            self.open_row(current.value)


class RetryScreen(RowsScreen):
    """Rows that can be tried again."""

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.APP, Context.MOTION, Context.RETRY)
    HINTS: ClassVar[tuple[str, ...]] = ("mail.retry", "move.open", "app.back")

    def retry(self, session: Session, value: Any) -> None:
        """Try a row again; called in a thread."""
        raise NotImplementedError

    def do_mail_retry(self) -> None:
        """Try what is under the cursor again."""
        current = self.rows.current
        if current is None or current.value is None:
            self.say(_("There is nothing to try again."), error=True)
            return
        value = current.value

        def done(_nothing: None) -> None:
            self.say(_("will be tried again now"))
            self.reload()

        self.write(lambda session: self.retry(session, value), done)
