"""Picking one of a list by typing a few letters of it: agents, queues, states, priorities, commands.

Invariant: the cursor is a sign as well as a colour; what cannot be picked says why and is never returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from tuidesk.core.i18n import _, ngettext
from tuidesk.widgets.fuzzy import ranked
from tuidesk.widgets.safe import fit, one_line, plain
from tuidesk.widgets.type_ahead import Field, handed_over

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """Something to pick; `note` stands at the right, `why_not` says why it cannot be picked."""

    value: T
    text: str
    note: str = ""
    why_not: str = ""


class PickList(Widget, Generic[T]):
    """The choices that answer what was typed, with a cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pick-list--cursor", "pick-list--dim"}

    def __init__(self, choices: Sequence[Choice[T]]) -> None:
        super().__init__()
        self._choices = list(choices)
        self._shown = list(range(len(choices)))
        self._cursor = 0
        self._top = 0

    @property
    def shown(self) -> int:
        """How many choices answer what was typed."""
        return len(self._shown)

    @property
    def has_rows(self) -> bool:
        """True once there is something to choose from."""
        return bool(self._choices)

    def replace(self, choices: Sequence[Choice[T]]) -> None:
        """Show other choices; the cursor stays where it was as far as there are any."""
        self._choices = list(choices)
        self._shown = list(range(len(choices)))
        self.move(0)

    def narrow(self, wanted: str) -> None:
        """Show the choices that answer what was typed."""
        self._shown = ranked(wanted, [choice.text for choice in self._choices])
        self._cursor = self._top = 0
        self.refresh()

    def move(self, by: int) -> None:
        """Move the cursor."""
        self._cursor = min(max(0, self._cursor + by), max(0, len(self._shown) - 1))
        self._top = min(max(self._top, self._cursor - self.size.height + 1), self._cursor)
        self.refresh()

    def move_to_value(self, value: T) -> None:
        """Put the cursor on a choice."""
        for place, n in enumerate(self._shown):
            if self._choices[n].value == value:
                self._cursor = place
        self.refresh()

    @property
    def current(self) -> Choice[T] | None:
        """The choice under the cursor."""
        return self._choices[self._shown[self._cursor]] if self._cursor < len(self._shown) else None

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self.move(0)

    def render_line(self, y: int) -> Strip:
        """Draw one choice."""
        width, place = self.size.width, y + self._top
        if not self._shown and self._choices and y == 0:
            dim = self.rich_style + self.get_component_styles("pick-list--dim").partial_rich_style
            return Strip([Segment(fit("  " + _("nothing matches"), width), dim)])
        if place >= len(self._shown):
            return Strip.blank(width, self.rich_style)
        choice = self._choices[self._shown[place]]
        style = self.rich_style
        if choice.why_not:
            style += self.get_component_styles("pick-list--dim").partial_rich_style
        if place == self._cursor:
            style += self.get_component_styles("pick-list--cursor").partial_rich_style
        note = one_line(choice.why_not or choice.note)
        note = fit(note, min(len(note), width // 2)) if note else ""
        text = fit((">" if place == self._cursor else " ") + " " + one_line(choice.text), width - len(note) - 1)
        return Strip([Segment(f"{text} {note}", style)]).adjust_cell_length(width, style)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there."""
        self._cursor = min(self._top + event.y, max(0, len(self._shown) - 1))
        self.refresh()


class Picker(ModalScreen[T | None], Generic[T]):
    """Asks for one of some choices; the answer is its value, None for none."""

    def __init__(self, title: str, choices: Sequence[Choice[T]], *, current: T | None = None) -> None:
        super().__init__()
        self._title = title
        self._list = PickList(choices)
        self._current = current
        self._rows = len(choices)
        self._wanted = ""

    def compose(self) -> ComposeResult:
        """Put the field above the choices."""
        box = Vertical(classes="dialog")
        box.border_title = plain(self._title)
        with box:
            field = Field(special=self._key, placeholder=_("type some letters of it"), id="wanted")
            yield field
            yield self._list

    def on_mount(self) -> None:
        """Begin at what is set now."""
        self._list.styles.height = min(self._rows, max(3, self.app.size.height - 8)) or 1
        self._count()
        if self._current is not None:
            self._list.move_to_value(self._current)
        self.query_one("#wanted").focus()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._narrow()

    def _narrow(self) -> None:
        wanted = self.query_one("#wanted", Input).value.strip()
        if wanted != self._wanted:
            self._wanted = wanted
            self._list.narrow(wanted)
            self._count()

    def _count(self) -> None:
        """Say how many choices there are once they need not all be in sight."""
        shown, height = self._list.shown, self._list.styles.height
        room = int(height.value) if height is not None else 0
        words = ngettext("{n} choice", "{n} choices", shown).format(n=shown) if self._rows > room else ""
        self.query_one(".dialog").border_subtitle = plain(words)

    def on_key(self, event: events.Key) -> None:
        """Take keys also when the field lost the focus to a click."""
        if not handed_over(event, self) and self._key(event.key):
            event.stop()
            event.prevent_default()

    def _key(self, key: str) -> bool:
        """Move and answer; say whether the key was for that."""
        self._narrow()  # the field's message about its letters may still be on its way
        moves = {"down": 1, "up": -1, "ctrl+n": 1, "ctrl+p": -1, "pagedown": 10, "pageup": -10, "tab": 1,
                 "shift+tab": -1}  # fmt: skip
        if key in moves:
            self._list.move(moves[key])
        elif key == "enter":
            current = self._list.current
            if current is not None and not current.why_not:
                self.dismiss(current.value)
        elif key == "escape":
            self.dismiss(None)
        else:
            return False
        return True
