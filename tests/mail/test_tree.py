"""The tree of a mail is that of the parser of `email`, without its price; where it differs, it finds more."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_tree import own_leaves, reference_leaves

from tuidesk.core.mail.tree import DEPTH_MAX, FIELDS_MAX, JUNK_LINES_MAX, MARK_MAX, NODES_MAX, leaves, read_tree

_LINES = st.lists(
    st.sampled_from(
        ["", "text", "-- ", "--b", "--b0", "--bx", " --b0", "--", "Subject: inner", "From: x", "a: b", "ä", "--b0-", "--b0--x"]
    ),
    max_size=5,
)
_TEXT = _LINES.map(lambda lines: [line for line in lines if not line.startswith(("--b0", "--b1"))])
_END = st.sampled_from(["\r\n", "\n"])


@st.composite
def _parts(draw: st.DrawFn, depth: int = 0) -> str:
    """A part with its header; containers have a boundary of their own level."""
    end = draw(_END)
    if depth < 3 and draw(st.booleans()):
        boundary = f"b{depth}"
        kind = draw(st.sampled_from(["mixed", "alternative", "digest", "related"]))
        inner = [draw(_parts(depth=depth + 1)) for _ in range(draw(st.integers(0, 3)))]
        body = draw(_TEXT.map(end.join)) + end if inner and draw(st.booleans()) else ""
        body += "".join(f"--{boundary}{draw(st.sampled_from(['', ' ', chr(9)]))}{end}{part}{end}" for part in inner)
        if draw(st.booleans()):
            body += f"--{boundary}--{end}"
        return f'Content-Type: multipart/{kind}; boundary="{boundary}"{end}{end}{body}'
    media = draw(st.sampled_from(["", "text/plain", "text/html", "message/rfc822", "image/png", "nonsense"]))
    head = f"Content-Type: {media}{end}" if media else ""
    if draw(st.booleans()):
        head += f"X-Folded: one{end} two{end}\tthree{end}"
    return head + end + end.join(draw(_TEXT))


@settings(max_examples=300, deadline=None)
@given(_parts())
def test_it_is_the_tree_of_the_standard_parser(text: str) -> None:
    raw = b"From: a@x.org\n" + text.encode()
    own, reference = own_leaves(read_tree(raw)[0]), reference_leaves(raw)
    # at the end of a mail without its last delimiter, which line end belongs to it is nobody's to say
    assert [(depth, media, data.rstrip(b"\r\n")) for depth, media, data in own] == [
        (depth, media, data.rstrip(b"\r\n")) for depth, media, data in reference
    ]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b" ", b"\t", b"a: b", b":", b"no field", b"--b"])))
def test_the_header_ends_where_the_standard_parser_ends_it(pieces: list[bytes]) -> None:
    raw = b"x" + b"".join(pieces)
    own, reference = own_leaves(read_tree(raw)[0]), reference_leaves(raw)
    assert [data.rstrip(b"\r\n") for _, _, data in own] == [data.rstrip(b"\r\n") for _, _, data in reference]


@pytest.mark.parametrize("junk", ["no field at all", "(comment)", "one\nand two\nand three"])
def test_junk_within_a_header_does_not_end_it(junk: str) -> None:
    root, _ = read_tree(f"From: a@x.org\n{junk}\nSubject: found\nX-More: yes\n\ntext".encode())
    assert (root.first("subject"), root.first("x-more"), root.transferred()) == ("found", "yes", b"text")


@pytest.mark.parametrize(
    "text", ["Hello\nplease: note\n\nmore", "Hello\n\nSubject: quoted", "a\n" * (JUNK_LINES_MAX + 1) + "Subject: x\n"]
)
def test_a_text_that_follows_at_once_is_no_junk(text: str) -> None:
    root, _ = read_tree(f"From: a@x.org\n{text}".encode())
    assert root.transferred() == text.encode()
    assert not root.first("subject")


def test_parts_behind_the_last_delimiter_are_found() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\nepilogue\n--b\n\ntwo\n--b--\n"
    assert [node.transferred() for node in leaves(read_tree(raw)[0])] == [b"one", b"two"]


def test_a_child_with_the_boundary_of_its_parent_loses_no_part() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\n\n"
    raw = head + b"--b\n" + head + b"--b\n\none\n--b\n\ntwo\n--b--\n--b--\n"
    assert [node.transferred() for node in leaves(read_tree(raw)[0])][-2:] == [b"one", b"two"]


def test_what_is_not_divided_is_one_part() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (NODES_MAX * 2)
    root, problems = read_tree(raw)
    assert problems == ("parts",)
    assert len(root.children) == NODES_MAX
    assert sum(node.transferred().count(b"x") for node in leaves(root)) == NODES_MAX * 2


def test_depth_has_a_limit() -> None:
    raw = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(DEPTH_MAX * 2)
    )
    assert max(node.depth for node in leaves(read_tree(raw)[0])) == DEPTH_MAX


def test_a_header_of_more_fields_than_anybody_sends_still_ends_at_its_blank_line() -> None:
    root, _ = read_tree(b"X-A: b\r\n" * (FIELDS_MAX * 2) + b"\r\ntext")
    assert root.transferred() == b"text"


@pytest.mark.parametrize(
    "filling", [b"x", b"\n", b"\r", b"x\r\n", b"\rx", b"--b\n", b"--bb\n", b"X-A: b\r\n"], ids=repr
)
def test_a_tree_takes_no_memory_for_its_lines(filling: bytes) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + filling * (1_000_000 // len(filling))
    tracemalloc.start()
    try:
        read_tree(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(raw)


@pytest.mark.parametrize("size", [70, MARK_MAX - 2, MARK_MAX - 1, 5000])
def test_a_boundary_of_any_length_parts(size: int) -> None:
    boundary = b"b" * size
    lines = [b"--" + boundary, b"", b"one", b"--" + boundary[:-1], b"x--" + boundary, b"--" + boundary + b"b"]
    lines += [b"--" + boundary + b"  ", b"", b"two", b"--" + boundary + b"--", b"epilogue"]
    raw = b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n" + b"\r\n".join(lines)
    first = b"\r\n".join([b"one", b"--" + boundary[:-1], b"x--" + boundary, b"--" + boundary + b"b"])
    assert [node.transferred() for node in leaves(read_tree(raw)[0])] == [first, b"two"]
