"""The one place where text becomes something that a widget may draw, and the net behind it.

Textual reads a `str` as markup and passes control characters on to the terminal; so no text from the
database reaches a widget but through `plain`, `cells` or a line-API strip made of `safe_text`.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.style import Style

from tuidesk.core.domain.safe_text import UNSAFE, safe_text

_JOINER = "\u200d"


def plain(text: str, style: Style | str = "") -> Content:
    """Return one line of text as content: no markup, nothing that a terminal would obey."""
    return Content(safe_text(text, multiline=False)).stylize(style)


def plain_lines(text: str) -> Content:
    """Return text of several lines as content."""
    return Content(safe_text(text, multiline=True))


def one_line(text: str) -> str:
    """Return text safe to be drawn within one line."""
    return safe_text(text, multiline=False)


def fit(text: str, width: int) -> str:
    """Return safe text cut or filled up to `width` cells; a cut shows as `…`.

    >>> fit("printer", 5), fit("ab", 4)
    ('prin…', 'ab  ')
    """
    if width <= 0:
        return ""
    if text.isascii():
        return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"
    text = text[: 8 * width].rstrip(_JOINER)  # what a few cells can hold: measuring is linear in what it is given
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…"


class UnsafeFilter(LineFilter):
    """Deletes from every line whatever no terminal may see, should some widget have let it through."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without unsafe characters; those have no width, so the layout stays."""
        if not any(UNSAFE.search(segment.text) for segment in segments if not segment.control):
            return segments
        return [
            segment if segment.control else Segment(UNSAFE.sub("", segment.text), segment.style) for segment in segments
        ]
