"""Picking what stands in a line of a letter: the queue of a new ticket, and whom it is written to.

Invariant: a line changes only by what was picked; whoever leaves the list goes on typing where she was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuidesk.core.domain.states import Right
from tuidesk.core.i18n import _
from tuidesk.screens.letter import LetterScreen
from tuidesk.screens.queue_choices import queue_choices
from tuidesk.widgets.letter import LetterLine
from tuidesk.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from tuidesk.core.store.people import Person


class PickingScreen(LetterScreen):
    """A letter whose queue and recipients can be picked."""

    def offers(self, line: LetterLine) -> bool:
        """Say whether there is something to pick for a line."""
        return line.id in ("field-queue", "field-to", "field-cc")

    def pick(self, line: LetterLine) -> None:
        """Offer what may stand in a line."""
        if line.id == "field-queue":
            self._pick_queue(line)
        elif self.offers(line):
            self._pick_people(line)

    def _pick_queue(self, line: LetterLine) -> None:
        if (session := self.session) is not None:
            choices = queue_choices(session.config, self.desk_app.agent.agent_id, Right.CREATE)
            self._offer(_("Queue"), choices, line, current=line.value)

    def _pick_people(self, line: LetterLine) -> None:
        before, comma, wanted = line.value.rpartition(",")
        wanted = wanted.strip()
        if not wanted:
            self.say(_("Type some letters of a name or an address first."))
            return

        def found(people: Sequence[Person]) -> None:
            self.edit()
            choices = [
                Choice(one.address, f"{one.address}  {one.name}".rstrip(), note=one.customer_id) for one in people
            ]
            if choices:
                title = _("Customers with “{text}”").format(text=wanted)
                self._offer(title, choices, line, kept=f"{before}{comma} " if comma else "")
            else:
                self.forget_ahead()
                self.say(_("No customer is known by “{text}”.").format(text=wanted), error=True)

        def failed(error: Exception) -> None:
            self.forget_ahead()
            self.edit()
            self.show_error(error)

        self.wait(_("looking …"))
        self.read("people", lambda session: session.desk.people(session.viewer, wanted), found, failed)

    def _offer(
        self,
        title: str,
        choices: Sequence[Choice[str]],
        line: LetterLine,
        *,
        kept: str = "",
        current: str | None = None,
    ) -> None:
        def chosen(value: str | None) -> None:
            if value is not None:
                line.value = kept + value
                line.cursor_position = len(line.value)

        self.app.push_screen(Picker(title, choices, current=current), chosen)
        self.hand_ahead_over()
