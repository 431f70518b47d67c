"""Short questions: yes or no, a line of text, a time. Each answers None when it is left by Esc."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tuidesk.core.i18n import _
from tuidesk.widgets.ages import full_date
from tuidesk.widgets.date_words import parse_when
from tuidesk.widgets.safe import plain, plain_lines
from tuidesk.widgets.type_ahead import Field, handed_over


class Confirm(ModalScreen[bool]):
    """Asks before something that cannot be taken back; only `y` means yes."""

    def __init__(self, title: str, text: str, *, yes: str = "", no: str = "") -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._yes = yes or _("yes")
        self._no = no or _("no")

    def compose(self) -> ComposeResult:
        """Show the question."""
        box = Vertical(classes="dialog")
        box.border_title = plain(self._title)
        with box:
            yield Static(plain_lines(self._text), classes="words")
            yield Static(plain(f"y {self._yes}    n {self._no}"), classes="hint")

    def on_key(self, event: events.Key) -> None:
        """Take the answer; any key but `y` is no answer or no."""
        if handed_over(event, self):
            return
        if event.key in ("y", "n", "escape", "q"):
            self.dismiss(event.key == "y")
        event.stop()
        event.prevent_default()


class Prompt(ModalScreen[str | None]):
    """Asks for a line of text; `check` returns what is wrong with it, "" for nothing."""

    def __init__(
        self, title: str, *, value: str = "", hint: str = "", check: Callable[[str], str] = lambda text: ""
    ) -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._hint = hint
        self._check = check

    def compose(self) -> ComposeResult:
        """Show the field."""
        box = Vertical(classes="dialog")
        box.border_title = plain(self._title)
        with box:
            field = Field(self._value, special=self._key, id="line")
            yield field
            yield Static(plain(self._hint), id="hint", classes="hint")

    def on_mount(self) -> None:
        """Begin at the end of the line."""
        field = self.query_one("#line", Input)
        field.focus()
        field.cursor_position = len(self._value)

    def _key(self, key: str) -> bool:
        if key == "enter":
            text = self.query_one("#line", Input).value
            wrong = self._check(text)
            if wrong:
                self.query_one("#hint", Static).update(plain("! " + wrong))
            else:
                self.dismiss(text)
        elif key == "escape":
            self.dismiss(None)
        else:
            return False
        return True

    def on_key(self, event: events.Key) -> None:
        """Take keys also when the field lost the focus to a click."""
        if not handed_over(event, self) and self._key(event.key):
            event.stop()


class AskTime(ModalScreen[datetime | None]):
    """Asks for a time in words and says which time it understood; the answer is in UTC and in the future."""

    def __init__(self, title: str, now: Callable[[], datetime], zone: tzinfo, *, value: str = "") -> None:
        super().__init__()
        self._title = title
        self._now = now
        self._zone = zone
        self._value = value

    @property
    def quick(self) -> list[tuple[str, str]]:
        """Words behind the digits 1 to 6, each with its name."""
        return [
            ("+1h", _("in an hour")),
            ("tomorrow 9", _("tomorrow 9:00")),  # untranslated: the first word is parsed
            ("+3d", _("in three days")),
            ("next mon 9", _("Monday 9:00")),  # untranslated: the first word is parsed
            ("+1w", _("in a week")),
            ("+30d", _("in 30 days")),
        ]

    def compose(self) -> ComposeResult:
        """Show the field, the echo and the quick picks."""
        box = Vertical(classes="dialog")
        box.border_title = plain(self._title)
        with box:
            field = Field(self._value, special=self._key, id="words")
            yield field
            yield Static("", id="echo", classes="words")
            picks = [f"{n} {name}" for n, (_words, name) in enumerate(self.quick, 1)]
            yield Static(plain_lines("\n".join("   ".join(picks[n : n + 3]) for n in (0, 3))), classes="hint")

    def on_mount(self) -> None:
        """Begin in the field."""
        self.query_one("#words").focus()
        self._echo(self._value)

    def _meant(self, text: str) -> datetime | None:
        text = text.strip()
        if text.isdecimal() and len(text) == 1 and 1 <= int(text) <= len(self.quick):
            text = self.quick[int(text) - 1][0]
        return parse_when(text, self._now(), self._zone)

    def _echo(self, text: str) -> None:
        at = self._meant(text)
        if at is not None:
            words = "= " + full_date(at, self._zone)
        else:
            words = _("not understood yet") if text.strip() else _("mo9, morgen 14, +3d, next fri, 24.12. 9:30")
        self.query_one("#echo", Static).update(plain(words))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._echo(event.value)

    def _key(self, key: str) -> bool:
        if key == "enter":
            at = self._meant(self.query_one("#words", Input).value)
            if at is not None:
                self.dismiss(at)
        elif key == "escape":
            self.dismiss(None)
        else:
            return False
        return True

    def on_key(self, event: events.Key) -> None:
        """Take keys also when the field lost the focus to a click."""
        if not handed_over(event, self) and self._key(event.key):
            event.stop()
