"""Which rows of a long list are loaded, and where the cursor is among them. Pure: no drawing, no asking.

The window begins at one end of the list and grows away from it page by page, by keyset; rows beyond it
count but are not here. Invariant: the cursor stays on its *ticket* whatever is loaded, and a ticket that
left the list under the cursor stays as a `gone` row until the cursor leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tuidesk.widgets.ticket_line import TicketLine

Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page to be read: `limit` rows after the key, before it when `backward`.

    `after` None begins at an end. `whole` says that the answer replaces what is loaded.
    """

    limit: int
    after: Key | None
    backward: bool
    whole: bool


class RowWindow:
    """The loaded part of a list and its cursor."""

    def __init__(self) -> None:
        self.rows: list[TicketLine] = []
        self.total: int | None = None
        self.from_end = False
        self.complete = False
        self.loaded = False
        self.cursor = 0
        self._at: dict[int, int] = {}

    # --- sizes: rows that are not loaded lie before or after those that are ------------------------

    @property
    def before(self) -> int:
        """How many rows lie above the loaded ones; one stands for an unknown number."""
        return self._beyond if self.from_end else 0

    @property
    def height(self) -> int:
        """How many rows the whole list has, as far as is known."""
        return len(self.rows) + self._beyond

    @property
    def _beyond(self) -> int:
        if self.complete:
            return 0
        return max(1, self.total - len(self.rows)) if self.total is not None else 1

    def line(self, y: int) -> TicketLine | None:
        """Return the row at a place of the whole list, None when it is not loaded."""
        n = y - self.before
        return self.rows[n] if 0 <= n < len(self.rows) else None

    @property
    def cursor_y(self) -> int:
        """The cursor's place in the whole list."""
        return self.before + self.cursor

    @property
    def current(self) -> TicketLine | None:
        """The ticket under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def index_of(self, ticket_id: int) -> int | None:
        """Return the index of a loaded ticket."""
        return self._at.get(ticket_id)

    # --- what to read -------------------------------------------------------------------------------

    def first_page(self, size: int) -> Wanted:
        """Return the page at the beginning of the list."""
        return Wanted(size, None, backward=False, whole=True)

    def last_page(self, size: int) -> Wanted:
        """Return the page at the end of the list."""
        return Wanted(size, None, backward=True, whole=True)

    def again(self, size: int) -> Wanted:
        """Return the page that renews what is loaded, and a little more."""
        return Wanted(max(size, len(self.rows) + 50), None, backward=self.from_end, whole=True)

    def next_page(self, first_y: int, last_y: int, size: int, limit: int = 2000) -> Wanted | None:
        """Return the page needed to show the rows from `first_y` to `last_y`, None when there is enough."""
        if not self.rows or self.complete:
            return None
        if self.from_end:
            missing = self.before - first_y
            edge = self.rows[0].key
        else:
            missing = last_y - len(self.rows) + 1
            edge = self.rows[-1].key
        if missing <= 0:
            return None
        return Wanted(min(limit, max(size, missing)), edge, backward=self.from_end, whole=False)

    # --- what came ----------------------------------------------------------------------------------

    def take(self, wanted: Wanted, rows: Sequence[TicketLine]) -> int:
        """Take a page in; return by how many rows the cursor moved in the whole list."""
        y = self.cursor_y
        short = len(rows) < wanted.limit
        if wanted.whole:
            self._replace(wanted, list(rows), short)
        elif wanted.backward:
            fresh = [row for row in rows if row.id not in self._at]
            self.rows[:0] = fresh
            self.cursor += len(fresh)
            self.complete = short
        else:
            self.rows += [row for row in rows if row.id not in self._at]
            self.complete = short
        self.loaded = True
        self._number()
        return self.cursor_y - y

    def _replace(self, wanted: Wanted, rows: list[TicketLine], short: bool) -> None:
        current, index = self.current, self.cursor
        same_end = self.loaded and wanted.backward == self.from_end
        self.rows, self.from_end, self.complete = rows, wanted.backward, short
        if current is None or not same_end:
            self.cursor = len(rows) - 1 if wanted.backward and rows else 0
            return
        for n, row in enumerate(rows):
            if row.id == current.id:
                self.cursor = n
                return
        if index > len(rows) and not short:
            self.cursor = max(0, len(rows) - 1)  # it lies beyond what was read again, and is not gone
            return
        self.cursor = min(index, len(rows))
        rows.insert(self.cursor, replace(current, gone=True))

    def set_total(self, total: int | None) -> None:
        """Say how many rows the list has; None when that is not known."""
        self.total = total

    # --- the cursor ---------------------------------------------------------------------------------

    def move_to(self, index: int) -> int | None:
        """Put the cursor on a loaded row (clamped); return the index a gone row was taken from, if any."""
        if not self.rows:
            return None
        index = min(max(0, index), len(self.rows) - 1)
        current = self.current
        if current is None or not current.gone or index == self.cursor:
            self.cursor = index
            return None
        left = self.cursor
        del self.rows[left]
        self.cursor = min(max(0, index - 1 if index > left else index), max(0, len(self.rows) - 1))
        self._number()
        return left

    def _number(self) -> None:
        self._at = {row.id: n for n, row in enumerate(self.rows)}
