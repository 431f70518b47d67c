"""Typing a letter, and the review after it: what keys mean.

In one state letters type, in the other they act. Keys that come before the text is there wait and are typed
then, in the order of their times. Knows no desk. Invariant: every key on this screen goes through `take`.
"""

from __future__ import annotations

from enum import Enum, auto

from textual import events

from tuidesk.core.i18n import _
from tuidesk.key_reader import shown_keys
from tuidesk.screens.composition import Composition
from tuidesk.screens.letter_parts import LetterParts
from tuidesk.widgets.letter import Beside, LetterBody, LetterLine, Part, letter_part
from tuidesk.widgets.type_ahead import handed_over


class Stage(Enum):
    """What keys mean now."""

    WAITING = auto()  # they are kept: what they are about is not there yet, or leaves just now
    TYPING = auto()
    REVIEW = auto()
    FAILED = auto()  # there is nothing to type into


class LetterScreen(LetterParts):
    """A letter that is typed and reviewed."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage.WAITING
        self._ahead: list[events.Key | events.Paste] = []
        self._typing: Part | None = None
        self._first_words = ""

    def on_mount(self) -> None:
        """Say that the text is on its way."""
        self.title_line.set("tuidesk")
        self.say(_("reading … what you type is kept"))

    def show_letter(self, what: Composition, words: str = "") -> None:
        """Put a text on the screen; what was typed ahead follows at once. `words` are said first."""
        self._first_words = words
        self.show_parts(what)
        empty = next((name for name in ("queue", "to") if name in self.labels() and not self.line(name).value), None)
        self._typing = self.line(empty) if empty else self.body
        self.call_after_refresh(self._release)

    # --- keys ---------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """Take keys that came to the screen itself."""
        await self.take(event)

    def on_paste(self, event: events.Paste) -> None:
        """Keep a paste that came too early; in the review it is nothing."""
        event.stop()
        if self.stage is Stage.WAITING:
            self._ahead.append(event)

    def keep_key(self, key: events.Key) -> bool:
        """Keep a key that another screen hands over before the text is there: at once, so that none comes late."""
        if self.stage is Stage.WAITING:
            self._ahead.append(key)
        return self.stage is Stage.WAITING

    async def take(self, event: events.Key) -> None:
        """Type or act by a key, whichever widget it came to."""
        if handed_over(event, self):
            return
        event.stop()
        event.prevent_default()
        if self.stage is Stage.WAITING:
            if event.key == "escape" and self._what is None and not self._ahead:
                self.dismiss()
            else:
                self._ahead.append(event)
        elif self.stage is Stage.FAILED:
            if event.key == "escape":  # no letter: it may belong to the text that was begun too early
                self.dismiss()
                self.desk_app.say(self._notes.get("trouble", ""), error=True)
        elif self.stage is Stage.REVIEW:
            await super().on_key(event)
        else:
            await self._type(event)

    async def _type(self, event: events.Key) -> None:
        part = letter_part(self.focused) or self._typing  # a terminal in the background takes the focus away
        if event.key == "escape":
            self.review()
        elif event.key == "ctrl+o":
            self.do("review.editor")
        elif event.key in ("ctrl+l", "ctrl+z"):
            await super().on_key(event)
        elif event.key == "tab" or (event.key == "enter" and isinstance(part, LetterLine)):
            self.focus_next()
        elif event.key == "shift+tab":
            self.focus_previous()
        elif event.key == "down" and isinstance(part, LetterLine):
            self.pick(part)
        elif part is not None:
            await part.press(event)
        if self.stage is Stage.TYPING and (focused := letter_part(self.focused)) not in (None, self._typing):
            self._typing = focused
            self._show_hints()

    def _show_hints(self) -> None:
        if isinstance(self._typing, Beside):
            self.status.set_hints(_("^d ^u scroll  n p article  Tab back to the letter"))
        elif isinstance(self._typing, LetterLine) and self.offers(self._typing):
            self.status.set_hints(_("Esc review and send  Tab next  Down pick"))
        else:
            self.status.set_hints(_("Esc review and send  Tab next  ^o editor"))

    def offers(self, line: LetterLine) -> bool:
        """Say whether there is something to pick for a line."""
        return False

    def pick(self, line: LetterLine) -> None:
        """Offer what may stand in a line."""

    async def _release(self) -> None:
        """Type what came too early."""
        self.edit()
        self.say(self._first_words)
        self._ahead, ahead = [], sorted(self._ahead, key=lambda event: event.time)
        for event in ahead:
            if isinstance(event, events.Key):
                await self.take(event)
            elif self.stage is Stage.TYPING and isinstance(self._typing, (LetterLine, LetterBody)):
                await self._typing.paste(event)

    def wait(self, words: str) -> None:
        """Keep keys until `go_on` or `leave`."""
        self.stage = Stage.WAITING
        self.note("trouble", "")
        self.say(words)

    def forget_ahead(self) -> None:
        """Forget what was typed while keys were kept."""
        self._ahead.clear()

    def hand_ahead_over(self) -> None:
        """Let the screen on top have the keys that were kept; it is the one they were typed for."""
        ahead, self._ahead = self._ahead, []
        for event in ahead:
            if isinstance(event, events.Key):
                handed_over(event, self)

    def go_on(self) -> None:
        """Let letters act again; keys that came meanwhile meant another screen and are forgotten."""
        self.forget_ahead()
        self.stage = Stage.REVIEW

    def leave(self) -> None:
        """Go back; keys that came meanwhile are for the screen below."""
        self.dismiss()
        self.hand_ahead_over()

    def fail(self) -> None:
        """Take no more keys than the one that goes back."""
        self.forget_ahead()
        self.stage = Stage.FAILED

    def on_descendant_focus(self) -> None:
        """A click into the letter goes on typing."""
        if self.stage is Stage.REVIEW and (part := letter_part(self.focused)) is not None:
            self._typing = part
            self.edit()

    def edit(self) -> None:
        """Let letters type, where they did last."""
        self.stage = Stage.TYPING
        self.set_focus(self._typing if self._typing is not None and self._typing.display else self.body)
        self._typing = letter_part(self.focused) or self.body
        for topic in ("trouble", "warnings"):
            self.note(topic, "")
        self.say("")
        self._show_hints()

    def review(self) -> None:
        """Let letters act."""
        self.stage = Stage.REVIEW
        self.set_focus(None)
        self.say("")
        self.status.set_hints(self.review_hints())

    def review_hints(self) -> str:
        """Return the keys of the review."""
        hints = [self.actions[name] for name in self.HINTS]
        return "  ".join([*(f"{shown_keys(one.keys[0])} {self.hint_word(one)}" for one in hints), _("? more")])

    # --- reading what was written -------------------------------------------------------------------

    def do_move_down(self) -> None:
        """Scroll down."""
        self._scroll(self.repeats())

    def do_move_up(self) -> None:
        """Scroll up."""
        self._scroll(-self.repeats())

    def do_move_half_down(self) -> None:
        """Scroll half a page down."""
        self._scroll(self.body.size.height // 2)

    def do_move_half_up(self) -> None:
        """Scroll half a page up."""
        self._scroll(-(self.body.size.height // 2))

    def do_move_page_down(self) -> None:
        """Scroll a page down."""
        self._scroll(self.body.size.height - 1)

    def do_move_page_up(self) -> None:
        """Scroll a page up."""
        self._scroll(1 - self.body.size.height)

    def do_move_first(self) -> None:
        """Go to the beginning."""
        self.body.scroll_to(y=0, animate=False)

    def do_move_last(self) -> None:
        """Go to the end."""
        self.body.scroll_to(y=self.body.max_scroll_y, animate=False)

    def do_move_open(self) -> None:
        """Go on typing."""
        self.edit()

    def _scroll(self, by: int) -> None:
        self.body.scroll_to(y=self.body.scroll_offset.y + by, animate=False)
