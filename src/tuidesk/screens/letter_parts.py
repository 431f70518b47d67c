"""What a letter consists of on the screen: its lines, its text, what it answers beside it, warnings below.

Shows and reads back; no key is handled here, and no desk is known. Invariant: `current` is what stands on the
screen, whoever put it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tuidesk.core.i18n import _
from tuidesk.screens.base import DeskScreen, error_sentence
from tuidesk.screens.composition import Composition
from tuidesk.screens.presenting import size_words
from tuidesk.widgets.article_text import ArticleText
from tuidesk.widgets.letter import Beside, LetterBody, LetterLine
from tuidesk.widgets.safe import plain, plain_lines


class LetterParts(DeskScreen):
    """A letter with its parts."""

    AUTO_FOCUS = ""  # what has the focus is typed into

    def __init__(self) -> None:
        super().__init__()
        self._what: Composition | None = None
        self._notes: dict[str, str] = {}

    def labels(self) -> Mapping[str, str]:
        """Return the lines above the text: name of the field and its word."""
        raise NotImplementedError

    async def take(self, event: events.Key) -> None:
        """Take a key that came to one of the parts."""
        raise NotImplementedError

    def compose_body(self) -> ComposeResult:
        """Show the lines and the text, where there is room what it answers, and what is to be said."""
        with Horizontal(id="letter-split"):
            with Vertical(id="letter"):
                yield Static("", id="letter-from")
                for name, label in self.labels().items():
                    with Horizontal(classes="letter-field"):
                        yield Static(plain(label), classes="letter-label")
                        yield LetterLine(self.take, id=f"field-{name}")
                yield Static("", id="letter-files")
                yield LetterBody(self.take, id="letter-body")
            yield Beside(self.take, id="beside")
        yield Static("", id="letter-notes")

    @property
    def body(self) -> LetterBody:
        """The text."""
        return self.query_one("#letter-body", LetterBody)

    @property
    def beside(self) -> Beside:
        """The conversation beside it."""
        return self.query_one("#beside", Beside)

    def line(self, name: str) -> LetterLine:
        """Return a line above the text."""
        return self.query_one(f"#field-{name}", LetterLine)

    def current(self) -> Composition | None:
        """Return what stands on the screen now; None before there is anything."""
        if self._what is None:
            return None
        fields: dict[str, Any] = {name: self.line(name).value for name in self.labels()}
        return replace(self._what, **fields, body=self.body.text.replace("\r\n", "\n"))

    def show_parts(self, what: Composition) -> None:
        """Put a text on the screen, and the cursor where writing goes on."""
        self._what = what
        for name in self.labels():
            self.line(name).value = getattr(what, name)
        sender = self.query_one("#letter-from", Static)
        sender.update(plain(_("From") + "      " + what.sender))
        sender.display = bool(what.sender)
        self.show_body(what.body)
        self.show_files()

    def show_body(self, text: str) -> None:
        """Put another text in place of the one that is there."""
        self.body.load_text(text.replace("\r\n", "\n"))  # else every new line would end as the first one does
        if (what := self.current()) is not None:
            self.body.cursor_to(what.write_at)

    def show_files(self) -> None:
        """Name the attached files."""
        what = self._what
        names = [one.partition(" ")[2] for one in what.carried] if what is not None else []
        names += [_file_words(Path(file).expanduser()) for file in what.files] if what is not None else []
        box = self.query_one("#letter-files", Static)
        box.update(plain(_("Files") + "     " + ", ".join(names)))
        box.display = bool(names)

    def show_beside(self, articles: Sequence[ArticleText], at: int | None) -> None:
        """Show a conversation beside the letter, where there is room."""
        again = self.has_class("-answers")
        self.set_class(bool(articles), "-answers")
        self.beside.show(articles, keep_place=again, at=at)

    def note(self, topic: str, text: str) -> None:
        """Show a warning under the letter, in place of the last one of its topic; "" takes it away."""
        if self._notes.get(topic, "") != text:
            self._notes[topic] = text
            self._show_notes()

    def show_error(self, error: Exception) -> None:
        """Say what went wrong where there is room for all of it."""
        self.note("trouble", error_sentence(error))

    def _show_notes(self) -> None:
        shown = [f"! {text}" for topic, text in sorted(self._notes.items()) if text]
        box = self.query_one("#letter-notes", Static)
        box.update(plain_lines("\n".join(shown)))
        box.display = bool(shown)


def _file_words(path: Path) -> str:
    try:
        return f"{path.name} ({size_words(path.stat().st_size)})"
    except OSError:
        return _("{name} (cannot be read)").format(name=path.name)


def joined(notes: Iterable[str]) -> str:
    """Return several warnings as one note."""
    return "\n! ".join(notes)
