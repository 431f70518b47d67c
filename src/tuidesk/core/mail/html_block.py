"""The line of text that the html renderer writes into, as fast as it has to be, and linear.

The renderer's own looks at every character, grows its text by copying it, and undoes character references that the
parser has undone already: `&amp;lt;` came out as `<`. Must not know more of html than blanks and prefixes.
Invariant: apart from those references, the text is the same.
"""

from __future__ import annotations

from inscriptis.html_properties import WhiteSpace  # type: ignore[import-untyped]
from inscriptis.model import canvas  # type: ignore[import-untyped]
from inscriptis.model.canvas.block import Block  # type: ignore[import-untyped]
from inscriptis.model.canvas.prefix import Prefix  # type: ignore[import-untyped]
from inscriptis.model.html_element import HtmlElement  # type: ignore[import-untyped]


class LineBlock(Block):  # type: ignore[misc]
    """A block of text that is kept in pieces until it is asked for."""

    __slots__ = ("_pieces", "collapsable_whitespace")

    def __init__(self, idx: int, prefix: Prefix) -> None:
        super().__init__(idx, prefix)
        self._pieces: list[str] = []

    def merge(self, text: str, whitespace: WhiteSpace) -> None:
        """Add text; runs of blanks count as one, also across calls, unless it is preformatted."""
        if whitespace == WhiteSpace.pre:
            self._pieces.append(self.prefix.first + text.replace("\n", "\n" + self.prefix.rest))
            self.collapsable_whitespace = False
            return
        said = " ".join(text.split())
        if text[:1].isspace() and said and not self.collapsable_whitespace:
            said = " " + said
        if said:
            self.collapsable_whitespace = False
        if text[-1:].isspace() and not self.collapsable_whitespace:
            said += " "
            self.collapsable_whitespace = True
        if said:
            self._pieces += (said,) if self._pieces else (self.prefix.first, said)

    def is_empty(self) -> bool:
        """Say whether there is nothing but perhaps one blank."""
        return not self.content

    @property
    def content(self) -> str:
        """The text, without the blank at its end that more text would have needed."""
        if len(self._pieces) != 1:
            self._pieces = ["".join(self._pieces)] if self._pieces else []
        text = self._pieces[0] if self._pieces else ""
        return text.removesuffix(" ") if self.collapsable_whitespace else text

    def new_block(self) -> LineBlock:
        """Return the next line."""
        self.prefix.consumed = False
        return LineBlock(0, self.prefix)


class LinePrefix(Prefix):  # type: ignore[misc]
    """What stands before a line; most lines have no bullet, and a tag is closed once."""

    __slots__ = ()

    def remove_last_prefix(self) -> None:
        """Remove the last prefix, if there is one."""
        if self.paddings:
            self.current_padding -= self.paddings.pop()
            del self.bullets[-1]

    def pop_next_bullet(self) -> str:
        """Return the bullet to use next, "" when none is left."""
        bullet: str = super().pop_next_bullet() if any(self.bullets) else ""
        return bullet


def _copy(element: HtmlElement) -> HtmlElement:
    """Return a copy of an element; the library's own asks for each attribute by name."""
    copy = HtmlElement.__new__(HtmlElement)
    copy.align = element.align
    copy.annotation = element.annotation
    copy.canvas = element.canvas
    copy.display = element.display
    copy.limit_whitespace_affixes = element.limit_whitespace_affixes
    copy.list_bullet = element.list_bullet
    copy.margin_after = element.margin_after
    copy.margin_before = element.margin_before
    copy.padding_inline = element.padding_inline
    copy.prefix = element.prefix
    copy.previous_margin_after = element.previous_margin_after
    copy.suffix = element.suffix
    copy.tag = element.tag
    copy.valign = element.valign
    copy.whitespace = element.whitespace
    return copy


def install() -> None:
    """Let the renderer write into lines of this kind from now on, in this process."""
    canvas.Block = LineBlock
    canvas.Prefix = LinePrefix
    HtmlElement.__copy__ = _copy
