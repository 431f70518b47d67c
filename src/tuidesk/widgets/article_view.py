"""The conversation of a ticket: its articles one under the other, folded, scrolled by lines.

A line-API widget: mail is hostile in size as well, and a widget for each paragraph would freeze on an
ordinary newsletter. Must not know tickets, only texts. Invariant: what it draws went through `safe_text`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tuidesk.core.i18n import _
from tuidesk.widgets.article_text import (
    MORE_TIMES,
    ArticleText,
    Fold,
    Line,
    article_lines,
    has_more,
    has_quotes,
)
from tuidesk.widgets.safe import fit

OPEN_FROM_END = 20
"""Of a long conversation, only the newest articles are unfolded at first."""


class ArticleView(ScrollView, can_focus=True):
    """Shows articles; the current one is what n, p and Enter are about."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "article-view--head",
        "article-view--customer",
        "article-view--agent",
        "article-view--note",
        "article-view--system",
        "article-view--current",
        "article-view--dim",
        "article-view--warn",
        "article-view--fold",
    }

    class ArticleReached(Message):
        """Another article became the current one."""

        def __init__(self, no: int) -> None:
            super().__init__()
            self.no = no

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._articles: list[ArticleText] = []
        self._folds: list[Fold] = []
        self._laid: list[list[Line] | None] = []
        self._lines: list[Line] = []
        self._starts: list[int] = []
        self._width = 0
        self._current = 0
        self._note = ""
        self._placed = False  # before the first layout there is nothing to scroll

    # --- what is shown ------------------------------------------------------------------------------

    def show(self, articles: Sequence[ArticleText], *, keep_place: bool = False, at: int | None = None) -> None:
        """Show articles; begin at the one numbered `at`, at the first unread one, else at the last.

        `keep_place` leaves folds and scrolling of articles that were here as they are.
        """
        folds = {old.no: fold for old, fold in zip(self._articles, self._folds, strict=True)} if keep_place else {}
        current_no, top = self.current_no, self.scroll_offset.y
        self._note = ""
        self._articles = list(articles)
        first_open = len(articles) - OPEN_FROM_END
        self._folds = [
            folds.get(article.no, Fold(body=n >= first_open or article.unread))
            for n, article in enumerate(self._articles)
        ]
        self._laid = [None] * len(self._articles)
        self._lay_out()
        if keep_place:
            numbers = [article.no for article in self._articles]
            self._current = numbers.index(current_no) if current_no in numbers else max(0, len(numbers) - 1)
            self._scroll(top)
            return
        self._go(self._first_shown(at), announce=False)

    def say(self, text: str) -> None:
        """Show a sentence in place of articles."""
        self._articles, self._folds, self._laid = [], [], []
        self._note = text
        self._lay_out()
        self._scroll(0)

    def _first_shown(self, at: int | None) -> int:
        for n, article in enumerate(self._articles):
            if article.no == at or (at is None and article.unread):
                return n
        return max(0, len(self._articles) - 1)

    @property
    def current_no(self) -> int | None:
        """The number of the current article."""
        return self._articles[self._current].no if self._current < len(self._articles) else None

    # --- moving -------------------------------------------------------------------------------------

    def _scroll(self, y: float) -> None:
        # forced: a scroll bar that is about to be shown would else forbid it
        self.scroll_to(y=y, animate=False, force=True)

    def scroll_lines(self, by: int) -> None:
        """Scroll by lines; the current article follows when it leaves the view."""
        self._scroll(self.scroll_offset.y + by)
        self._follow()

    def scroll_pages(self, by: float) -> None:
        """Scroll by parts of the view."""
        self.scroll_lines(int(by * max(2, self.size.height - 1)))

    def go_first(self) -> None:
        """Go to the first line."""
        self._go(0)

    def go_last(self) -> None:
        """Go to the last line."""
        self._scroll(self.virtual_size.height)
        self._set_current(len(self._articles) - 1)

    def next_article(self, by: int) -> None:
        """Go to another article."""
        self._go(min(max(0, self._current + by), len(self._articles) - 1))

    def go_to_article(self, no: int) -> None:
        """Go to the article of that number, if it is here."""
        for n, article in enumerate(self._articles):
            if article.no == no:
                self._go(n)

    def _go(self, index: int, *, announce: bool = True) -> None:
        if not self._articles:
            return
        self._scroll(self._starts[index])
        self._set_current(index, announce=announce)

    def _follow(self) -> None:
        top, bottom = self.scroll_offset.y, self.scroll_offset.y + self.size.height
        if not self._articles:
            return
        start, end = self._starts[self._current], self._end(self._current)
        if start < bottom and end > top:
            return
        self._set_current(self._lines[min(top, len(self._lines) - 1)].article if end <= top else
                          self._lines[min(bottom, len(self._lines)) - 1].article)  # fmt: skip

    def _set_current(self, index: int, *, announce: bool = True) -> None:
        if not self._articles or index == self._current:
            return
        self._current = index
        self.refresh()
        if announce:
            self.post_message(self.ArticleReached(self._articles[index].no))

    # --- folding ------------------------------------------------------------------------------------

    def toggle_fold(self) -> None:
        """Fold or unfold the current article: its quotes first, then what is cut off, then all of it."""
        if not self._articles:
            return
        fold, lines = self._folds[self._current], self._laid[self._current] or []
        if not fold.body:
            fold = Fold()
        elif has_quotes(lines):
            fold = Fold(quotes=True, lines=fold.lines)
        elif has_more(lines):
            fold = Fold(quotes=fold.quotes, lines=fold.lines * MORE_TIMES)
        else:
            fold = Fold(body=False)
        self._set_fold(self._current, fold)
        top = self.scroll_offset.y
        if self._starts[self._current] < top:
            self._scroll(self._starts[self._current] if not fold.body else top)

    def fold_all(self, *, folded: bool) -> None:
        """Fold all articles to their header lines, or unfold them with their quotes."""
        for n, fold in enumerate(self._folds):
            self._folds[n] = Fold(body=not folded, quotes=not folded, lines=fold.lines)
        self._laid = [None] * len(self._articles)
        self._lay_out()
        self._go(self._current)

    def _set_fold(self, index: int, fold: Fold) -> None:
        self._folds[index] = fold
        self._laid[index] = None
        self._lay_out()

    # --- laying out and drawing ---------------------------------------------------------------------

    def _room(self) -> int:
        """How many cells a line has: the scroll bar keeps its own, shown or not."""
        return max(10, self.scrollable_content_region.width)

    def _lay_out(self) -> None:
        width = self._room()
        if width != self._width:
            self._width = width
            self._laid = [None] * len(self._articles)
        self._lines, self._starts = [], []
        for n, article in enumerate(self._articles):
            lines = self._laid[n]
            if lines is None:
                lines = self._laid[n] = article_lines(article, n, self._folds[n], width)
            self._starts.append(len(self._lines))
            self._lines += lines
        if self._note:
            self._lines = [Line("text", self._note, 0)]
        self._current = min(self._current, max(0, len(self._articles) - 1))
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def _end(self, index: int) -> int:
        return self._starts[index + 1] if index + 1 < len(self._starts) else len(self._lines)

    def on_resize(self) -> None:
        """Lay out again for the new width; the current article stays where it was."""
        offset = self.scroll_offset.y - (self._starts[self._current] if self._starts else 0)
        placed, self._placed = self._placed, True
        if self._room() != self._width or not placed:
            self._lay_out()
            if self._starts and not placed:
                self._go(self._current)
            elif self._starts:
                self._scroll(max(0, self._starts[self._current] + offset))

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view."""
        width, n = self.scrollable_content_region.width, y + self.scroll_offset.y
        base = self.rich_style
        if n >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[n]
        if line.kind == "head":
            at_cursor = line.article == self._current
            style = base + self._part("head") + self._part(self._articles[line.article].tone)
            if at_cursor:
                style += self._part("current")
            text = fit((">" if at_cursor else "─") + line.text, width)
        else:
            style = base
            if look := _LOOKS.get(line.kind):
                style += self._part(look)
            text = fit("  " + self._words(line), width)
        strip = Strip([Segment(text, style)], width)
        if (selection := self.text_selection) is not None and (span := selection.get_span(n)) is not None:
            start, end = span
            end = width if end == -1 else end
            marked = style + self.screen.get_component_rich_style("screen--selection")
            strip = Strip(
                [Segment(text[:start], style), Segment(text[start:end], marked), Segment(text[end:], style)], width
            )
        return strip.apply_offsets(self.scroll_offset.x, n)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the text that the mouse selected."""
        return selection.extract("\n".join("  " + self._words(line) for line in self._lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        self.refresh()

    def _words(self, line: Line) -> str:
        if line.kind not in ("fold", "more"):
            return line.text
        if not self.can_focus:  # a preview: its keys belong to the list
            return f"[{line.text}]"
        return f"[{line.text} – {_('Enter unfolds') if line.kind == 'fold' else _('Enter shows more')}]"

    def _part(self, name: str) -> Style:
        return self.get_component_styles(f"article-view--{name}").partial_rich_style


_LOOKS = {
    "meta": "dim",
    "warn": "warn",
    "quote": "dim",
    "signature": "dim",
    "fold": "fold",
    "more": "fold",
    "file": "fold",
}
