"""What a letter is typed into and read beside: lines, the text, and the conversation that it answers.

Textual types a letter at once but looks up keys like Tab and Backspace only after they bubbled to the app;
keys that come in one packet would overtake each other. So each of these widgets hands every key on, at once,
to whoever owns the letter. Must not know tickets or screens. Invariant: none of them acts on a key but in
`press`, which the owner calls in the order of typing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from textual import events
from textual.widget import Widget
from textual.widgets import Input, TextArea

from tuidesk.widgets.article_view import ArticleView
from tuidesk.widgets.type_ahead import actions_of

Take = Callable[[events.Key], Awaitable[None]]


class LetterLine(Input):
    """A line of the letter's head, or of the log-in."""

    _keys = actions_of(Input)

    def __init__(self, take: Take, *, id: str, classes: str = "letter-input", password: bool = False) -> None:
        super().__init__(id=id, classes=classes, password=password, select_on_focus=False)
        self._take = take
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        await self._take(event)

    async def press(self, event: events.Key) -> None:
        """Type a letter, or do what the key does to a line."""
        if event.is_printable:
            await super()._on_key(event)
        elif (action := self._keys.get(event.key)) is not None:
            await self.run_action(action)

    async def paste(self, event: events.Paste) -> None:
        """Type what was pasted."""
        self._on_paste(event)


class LetterBody(TextArea):
    """The text of the letter."""

    _keys = actions_of(TextArea)

    def __init__(self, take: Take, *, id: str) -> None:
        super().__init__("", id=id, soft_wrap=True, tab_behavior="focus")
        self._take = take
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        await self._take(event)

    async def press(self, event: events.Key) -> None:
        """Type a letter, or do what the key does to a text."""
        if event.is_printable or event.key == "enter":
            await super()._on_key(event)
        elif (action := self._keys.get(event.key)) is not None:
            await self.run_action(action)

    async def paste(self, event: events.Paste) -> None:
        """Type what was pasted."""
        await self._on_paste(event)

    def cursor_to(self, offset: int) -> None:
        """Put the cursor behind so many characters of the text."""
        before = self.text[:offset].split("\n")
        self.move_cursor((len(before) - 1, len(before[-1])))


class Beside(ArticleView):
    """The conversation beside the letter; it scrolls alone while it has the keys."""

    def __init__(self, take: Take, *, id: str) -> None:
        super().__init__(id=id)
        self._take = take

    async def _on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        await self._take(event)

    async def press(self, event: events.Key) -> None:
        """Scroll; what is typed here goes nowhere."""
        key = event.character if event.is_printable else event.key
        moves: Mapping[str | None, Callable[[], Any]] = {
            "j": lambda: self.scroll_lines(1),
            "down": lambda: self.scroll_lines(1),
            "k": lambda: self.scroll_lines(-1),
            "up": lambda: self.scroll_lines(-1),
            "ctrl+d": lambda: self.scroll_pages(0.5),
            "ctrl+u": lambda: self.scroll_pages(-0.5),
            " ": lambda: self.scroll_pages(1),
            "pagedown": lambda: self.scroll_pages(1),
            "ctrl+f": lambda: self.scroll_pages(1),
            "-": lambda: self.scroll_pages(-1),
            "pageup": lambda: self.scroll_pages(-1),
            "home": self.go_first,
            "end": self.go_last,
            "G": self.go_last,
            "n": lambda: self.next_article(1),
            "p": lambda: self.next_article(-1),
            "enter": self.toggle_fold,
        }
        if (move := moves.get(key)) is not None:
            move()


Part = LetterLine | LetterBody | Beside


def letter_part(widget: Widget | None) -> Part | None:
    """Return a widget if it is a part of a letter that takes keys."""
    return widget if isinstance(widget, (LetterLine, LetterBody, Beside)) else None
