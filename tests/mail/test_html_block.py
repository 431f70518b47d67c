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
    blocks = [kind(0, Prefix()) for kind in (Block, LineBlock)]
    for block in blocks:
        block.prefix.register_prefix(padding + len(bullet), bullet)
        for text, whitespace in pieces:
            block.merge(text, whitespace)
    theirs, ours = blocks
    assert (ours.content, ours.is_empty()) == (theirs.content, theirs.is_empty())


def test_a_reference_is_undone_once() -> None:
    assert html_to_text("<p>write &amp;lt;b&amp;gt; or ?a=1&amp;copy=2</p>") == "write &lt;b&gt; or ?a=1&copy=2"


def test_a_long_line_of_many_pieces_is_linear() -> None:
    assert html_to_text("<p>" + "<b>x</b> y " * 50_000 + "</p>").count("x y") == 50_000
