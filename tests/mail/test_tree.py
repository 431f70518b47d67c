"""The tree of a mail is that of the parser of `email`, without its price; where it differs, it finds more."""

from __future__ import annotations

import re
import tracemalloc

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference_tree import own_leaves, reference_leaves

from tuidesk.core.mail.tree import (
    DELIMITERS_MAX,
    DEPTH_MAX,
    FIELDS_MAX,
    JUNK_LINES_MAX,
    MARK_MAX,
    NODES_MAX,
    leaves,
    read_tree,
)

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
    assume(not re.search(rb"[ \t]:", raw))  # which that one does not understand
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


@pytest.mark.parametrize(
    "head",
    [
        b"From : a@x.org\nSubject \t: found\n",
        b" From: a@x.org\nSubject: found\n",
        b" Subject: found\nFrom: a@x.org\n",
    ],
)
def test_blanks_at_odd_places_of_a_header_hide_nothing(head: bytes) -> None:
    root, _ = read_tree(head + b"\ntext")
    assert (root.first("from"), root.first("subject"), root.transferred()) == ("a@x.org", "found", b"text")


@pytest.mark.parametrize("text", [b"Thanx :-)\n\nMia", b" indented: words\n\nmore"])
def test_words_before_a_colon_are_no_header(text: bytes) -> None:
    root, _ = read_tree(text)
    assert not root.fields


@pytest.mark.parametrize("text", [b"   Dear team,\nthe printer burns.", b"\tDear team,\n\nthe printer burns."])
def test_an_indented_text_without_a_header_is_kept(text: bytes) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + text + b"\n--b--\n"
    assert [node.transferred() for node in leaves(read_tree(raw)[0])] == [text]


def test_a_parameter_without_the_blank_of_its_fold_goes_on_with_its_value() -> None:
    part = b"Content-Type: application/zip; x=1;\nname=\"a:b.zip\"\nContent-Disposition: attachment;\nfilename=c.zip\n\ndata"
    raw = b"Content-Type: multipart/mixed;\nboundary=b\nSubject: s\n\n--b\n" + part + b"\n--b--\n"
    root, _ = read_tree(raw)
    (zipped,) = leaves(root)
    assert (root.first("subject"), zipped.media, zipped.parameters["name"]) == ("s", "application/zip", "a:b.zip")
    assert (zipped.first("content-disposition"), zipped.transferred()) == ("attachment;filename=c.zip", b"data")


@pytest.mark.parametrize(
    "content",
    [
        b"multipart/*; boundary=b",
        b"multipart; boundary=b",
        b"multipart/; boundary=b",
        b"multipart/mixed boundary=b",
        b"multipart/mixed, boundary=b",
        b"multipart/mixed; boundary=b (of parts)",
        b'multipart/mixed; boundary="b',
        b"multipart/mixed; boundary: b",
        b"multipart/mixed; boundary=other",
        b"multipart/mixed",
        b"multipart/x-unheard-of; boundary=b",
    ],
)
def test_a_multipart_that_is_nearly_right_has_its_parts(content: bytes) -> None:
    raw = b"Content-Type: " + content + b"\n\nsay -- nothing\n--b\nContent-Type: text/plain\n\none\n--b\n\ntwo\n--b--\n"
    assert [node.transferred() for node in leaves(read_tree(raw)[0])] == [b"one", b"two"]


@pytest.mark.parametrize("behind", [b" ignored", b"\t--- x", b"> quoted", b";", b" "])
@pytest.mark.parametrize("last", [b"--", b"-->", b"-- the end", b" --"])
def test_a_delimiter_may_have_something_behind_it(behind: bytes, last: bytes) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b" + behind + b"\n\none\n--bb\n--b/\n--b-c\n--b" + last + b"\nend"
    assert [node.transferred() for node in leaves(read_tree(raw)[0])] == [b"one\n--bb\n--b/\n--b-c"]


def test_parts_behind_the_last_delimiter_are_found() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\nepilogue\n--b\n\ntwo\n--b--\n"
    assert [node.transferred() for node in leaves(read_tree(raw)[0])] == [b"one", b"two"]


def test_a_child_with_the_boundary_of_its_parent_loses_no_part() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\n\n"
    raw = head + b"--b\n" + head + b"--b\n\none\n--b\n\ntwo\n--b--\n--b--\n"
    assert [node.transferred() for node in leaves(read_tree(raw)[0])][-2:] == [b"one", b"two"]


def test_delimiters_with_nothing_between_them_are_no_work() -> None:
    root, problems = read_tree(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * DELIMITERS_MAX * 2 + b"\nx")
    assert problems == ("parts",)
    assert [node.transferred()[-2:] for node in leaves(root)] == [b"\nx"]


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
