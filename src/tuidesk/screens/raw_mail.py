"""A mail as it came or left, from its header on: what an agent looks at when a part could not be read."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from tuidesk.actions import Context
from tuidesk.core.errors import NotFound
from tuidesk.core.i18n import _
from tuidesk.core.mail.charset import decode
from tuidesk.screens.base import DeskScreen
from tuidesk.screens.presenting import size_words
from tuidesk.session import Session
from tuidesk.widgets.article_text import ArticleText
from tuidesk.widgets.article_view import ArticleView

SHOWN_BYTES = 1_000_000


class RawMailScreen(DeskScreen):
    """Shows the bytes of a mail as text; the whole of it is written by `tuidesk ticket raw`."""

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.APP, Context.MOTION)

    def __init__(self, ticket_id: int, number: str, article_no: int) -> None:
        super().__init__()
        self._ticket_id = ticket_id
        self._number = number
        self._article_no = article_no

    def compose_body(self) -> ComposeResult:
        """Show one long text."""
        yield ArticleView(id="raw-mail")

    @property
    def _text(self) -> ArticleView:
        return self.query_one("#raw-mail", ArticleView)

    def on_mount(self) -> None:
        """Name the article."""
        title = _("{number}, article {n}: the raw mail")
        self.title_line.set(title.format(number=self._number, n=self._article_no))
        self._text.say(_("reading …"))
        self._text.focus()

    def desk_ready(self, session: Session) -> None:
        """Ask for the mail."""
        ticket_id, no = self._ticket_id, self._article_no

        def job(session: Session) -> tuple[int, str]:
            raw = session.desk.raw(session.viewer, ticket_id, no)
            return len(raw), decode(raw[:SHOWN_BYTES], "").text

        self.read("raw", job, self._came, self._failed)

    def reload(self) -> None:
        """Do nothing: a mail never changes."""

    def _failed(self, error: Exception) -> None:
        if isinstance(error, NotFound):
            self._text.say(_("This article is no mail."))
        else:
            self._text.say("")
            self.show_error(error)

    def _came(self, found: tuple[int, str]) -> None:
        size, text = found
        flags: tuple[str, ...] = ()
        if size > SHOWN_BYTES:
            words = _("only its beginning is shown; tuidesk ticket raw {number} {n} writes all of it")
            flags = (words.format(number=self._number, n=self._article_no),)
        words = _("{size}, as they came or left").format(size=size_words(size))
        self._text.show([
            ArticleText(self._article_no, "system", words, "", "", "", "", True, False, flags, (), "", text)
        ])  # fmt: skip
        self._text.fold_all(folded=False)

    def do_move_open(self) -> None:
        """Show more of a long mail."""
        self._text.toggle_fold()

    def do_move_down(self) -> None:
        """Scroll down."""
        self._text.scroll_lines(self.repeats())

    def do_move_up(self) -> None:
        """Scroll up."""
        self._text.scroll_lines(-self.repeats())

    def do_move_half_down(self) -> None:
        """Scroll half a page down."""
        self._text.scroll_pages(0.5)

    def do_move_half_up(self) -> None:
        """Scroll half a page up."""
        self._text.scroll_pages(-0.5)

    def do_move_page_down(self) -> None:
        """Scroll a page down."""
        self._text.scroll_pages(1)

    def do_move_page_up(self) -> None:
        """Scroll a page up."""
        self._text.scroll_pages(-1)

    def do_move_first(self) -> None:
        """Go to the beginning."""
        self._text.go_first()

    def do_move_last(self) -> None:
        """Go to the end."""
        self._text.go_last()
