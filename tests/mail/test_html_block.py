"""The renderer's line of text: the same as the library's own, but for references that were undone already."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from inscriptis.html_properties import WhiteSpace
from inscriptis.model.canvas.block import Block
from inscriptis.model.canvas.prefix import Prefix

from tuidesk.core.mail.html import html_to_text
from tuidesk.core.mail.html_block import LineBlock

PIECES = st.lists(
    st.tuples(st.text("ab \n\t\xa0\u3000ä", max_size=6), st.sampled_from([WhiteSpace.normal, WhiteSpace.pre])), max_size=6
)


@given(PIECES, st.integers(0, 4), st.sampled_from(["", "* "]))
def test_blanks_run_together_as_in_the_library(pieces: list[tuple[str, WhiteSpace]], padding: int, bullet: str) -> None:
    def block(kind: type[Block]) -> Block:
        made = kind(0, Prefix())
        made.prefix.register_prefix(padding + len(bullet), bullet)
        for text, whitespace in pieces:
            made.merge(text, whitespace)
        return made

    # a block for each question: the library's own loses another blank each time it is asked
    assert block(LineBlock).content == block(Block).content
    assert block(LineBlock).is_empty() == block(Block).is_empty()


def test_a_reference_is_undone_once() -> None:
    assert html_to_text("<p>write &amp;lt;b&amp;gt; or ?a=1&amp;copy=2</p>") == "write &lt;b&gt; or ?a=1&copy=2"


def test_a_long_line_of_many_pieces_is_linear() -> None:
    assert html_to_text("<p>" + "<b>x</b> y " * 50_000 + "</p>").count("x y") == 50_000
