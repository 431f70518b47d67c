"""Moving in a list and marking its tickets; what acts on the ticket under the cursor, what on all marked ones.

Must not know where the rows come from. Invariant: marks are of tickets, not of rows; nothing but `U` and the
success of what was done to a ticket takes a mark away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import on

from tuidesk.actions import Action, Subject, why_not
from tuidesk.core.i18n import _, ngettext
from tuidesk.screens.presenting import subject_of_line
from tuidesk.screens.ticket_files import TicketFiles
from tuidesk.widgets.ticket_table import TicketTable


class ListMotion(TicketFiles):
    """A screen with a list of tickets, `#tickets`."""

    def __init__(self) -> None:
        super().__init__()
        self._bulk = False

    @property
    def table(self) -> TicketTable:
        """The list."""
        return self.query_one("#tickets", TicketTable)

    # --- what actions are about ---------------------------------------------------------------------

    def subject(self) -> Subject | None:
        """Return the ticket under the cursor."""
        current = self.table.current if self.is_mounted else None
        return subject_of_line(current) if current else None

    def subjects(self) -> list[Subject]:
        """Return the marked tickets after `;`, else the one under the cursor."""
        if not self._bulk:
            return super().subjects()
        return [subject_of_line(row) for row in self.table.window.rows if row.id in self.table.marks]

    def why_not(self, action: Action) -> str:
        """Ask the marked tickets after `;`: what can be done to one of them is worth a try."""
        if not self._bulk:
            return super().why_not(action)
        situation = self.situation()
        reasons = [why_not(action, replace(situation, subject=subject)) for subject in self.subjects()]
        return reasons[0] if reasons and all(reasons) else ""

    def do(self, action_id: str, count: int | None = None, digits: str = "") -> None:
        """Do an action; after `;` only what can be done to several tickets."""
        bulk = self._bulk and action_id not in ("list.bulk", "app.back")
        if bulk and not self.actions[action_id].bulk:
            self._set_bulk(False)
            self.say(_("{title}: not on several tickets").format(title=self.actions[action_id].title), error=True)
            return
        super().do(action_id, count, digits)
        if bulk:
            self._set_bulk(False)

    def acted(self, ticket_ids: Sequence[int]) -> None:
        """Unmark what was done; what failed stays marked."""
        if self.table.marks & set(ticket_ids):
            self.table.unmark(set(ticket_ids))

    def _set_bulk(self, bulk: bool) -> None:
        self._bulk = bulk
        self._show_marks()

    @on(TicketTable.MarksChanged)
    def _show_marks(self) -> None:
        count = len(self.table.marks)
        words = ngettext("{n} marked", "{n} marked", count).format(n=count) if count else ""
        self.status.set_marks(_("; on {words}").format(words=words) if self._bulk else words)

    def do_app_back(self) -> None:
        """Take `;` back first."""
        if self._bulk:
            self._set_bulk(False)
        else:
            super().do_app_back()

    # --- marks --------------------------------------------------------------------------------------

    def do_list_mark(self) -> None:
        """Mark the ticket under the cursor."""
        for _n in range(self.repeats()):
            self.table.toggle_mark()

    def do_list_mark_range(self) -> None:
        """Mark up to the cursor."""
        self.table.mark_range()

    def do_list_mark_all(self) -> None:
        """Mark all that are loaded."""
        self.table.mark_loaded()

    def do_list_unmark(self) -> None:
        """Unmark all."""
        self.table.unmark()

    def do_list_bulk(self) -> None:
        """Let the next key act on the marked tickets."""
        if not self.table.marks:
            self.say(_("No ticket is marked: Space marks one."), error=True)
            return
        self._set_bulk(not self._bulk)

    # --- motion -------------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Move the cursor by rows."""
        self.table.move(by)

    @property
    def page_rows(self) -> int:
        """How many rows the view has."""
        return max(2, self.table.size.height)

    def do_move_down(self) -> None:
        """Move down."""
        self.move(self.repeats())

    def do_move_up(self) -> None:
        """Move up."""
        self.move(-self.repeats())

    def do_move_half_down(self) -> None:
        """Move half a page down."""
        self.move(self.repeats() * (self.page_rows // 2))

    def do_move_half_up(self) -> None:
        """Move half a page up."""
        self.move(-self.repeats() * (self.page_rows // 2))

    def do_move_page_down(self) -> None:
        """Move a page down."""
        self.move(self.repeats() * max(1, self.page_rows - 2))

    def do_move_page_up(self) -> None:
        """Move a page up."""
        self.move(-self.repeats() * max(1, self.page_rows - 2))

    def do_move_first(self) -> None:
        """Go to the first ticket, or to the one at a place."""
        if self.count is not None:
            self.table.move_to(self.count - 1)
        else:
            self.table.move_first()

    def do_move_last(self) -> None:
        """Go to the last ticket."""
        self.table.move_last()
