"""Rich text in a winmail.dat: how it is unpacked and which words are in it."""

from __future__ import annotations

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich_text import packed, packed_body

from tuidesk.core.mail.rtf import DEPTH_MAX, RTF_MAX, TOKENS_MAX, RichText, read_rtf, unpack_rtf

# --- compression --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "rtf"),
    [
        (
            "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        ("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
    ],
)
def test_the_examples_of_the_specification_are_unpacked(data: str, rtf: bytes) -> None:
    assert unpack_rtf(bytes.fromhex(data)) == (rtf, True)


@given(st.one_of(st.binary(max_size=300), st.text("ab{}\\ ", max_size=2000).map(str.encode), st.binary(max_size=20).map(lambda one: one * 400)))
def test_what_was_packed_is_unpacked(rtf: bytes) -> None:
    assert unpack_rtf(packed(rtf)) == (rtf, True)
    assert unpack_rtf(packed_body(rtf, len(rtf), b"MELA")) == (rtf, True)
    another_size = struct.pack("<I", len(rtf)) + packed_body(rtf, len(rtf), b"MELA")[4:]
    assert unpack_rtf(another_size) == (rtf, True)


def test_damage_is_told_and_the_rest_unpacked() -> None:
    whole = packed(rb"{\rtf1 The printer does not print.}")
    assert unpack_rtf(whole[:-6]).rtf.startswith(rb"{\rtf1 The printer")
    assert not unpack_rtf(whole[:-6]).whole
    assert not unpack_rtf(whole[:12] + b"\0\0\0\0" + whole[16:]).whole
    assert unpack_rtf(b"") == unpack_rtf(whole[:8] + b"what" + whole[12:]) == (b"", False)
    assert not unpack_rtf(packed_body(b"abc", 4, b"MELA")).whole


def test_no_more_is_unpacked_than_the_limit() -> None:
    bomb = packed_body(b"\0" + b"a" * 8 + b"\xff" + b"\x0d\x0f" * 8 + (b"\xff" + b"\x0e\x0f" * 8) * 60_000, 2**31)
    found = unpack_rtf(bomb)
    assert len(found.rtf) <= RTF_MAX
    assert not found.whole
    assert unpack_rtf(packed(b"x" * 100), 40) == (b"x" * 40, False)
    assert unpack_rtf(packed(b"x" * 100), 0) == (b"", False)


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1 one\par two\line three\tab four\'20\{5\}\\}", "one\ntwo\nthree\tfour {5}\\"),
        (rb"{\rtf1\ansi\ansicpg1250 P\'f8\'edli\'9a}", "Příliš"),
        (rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 A Cyr;}}\f1\'cf\'f0\f0\'e4{\f1\'e8}\'e4}", "Прäиä"),
        (rb"{\rtf1\ansi\ansicpg1252\deff1{\fonttbl{\f1\fnil\fcharset238 A;}}\'f8\f0\'f8\plain\'f8}", "řøř"),
        (rb"{\rtf1\ansi\ansicpg932 \'83\'76\'83\'8a\'83\'93 \'83v}", "プリン プ"),
        (rb"{\rtf1{\fonttbl{\f0\fcharset128 A;}}\f0\'83\'76}", "プ"),
        (rb"{\rtf1\mac \'8a}", "ä"),
        (rb"{\rtf1 \u1055?\u8364\'80\u-10179?\u-8704?}", "П€😀"),
        (rb"{\rtf1{\uc2\u26085\'93\'fa}{\uc0\u26085}\u26085?}", "日日日"),
        (rb"{\rtf1 {\uc1\u8364}x\u8364\par y}", "€x€y"),
        (rb"{\rtf1 \ldblquote a\rdblquote\~\endash  b\emdash}", "“a”\xa0– b—"),
        (rb"{\rtf1{\stylesheet{\s0 Normal;}}{\info{\author Mia}}{\*\generator Msftedit;}{\*\new{a}b}c}", "c"),
        (rb"{\rtf1 a\bin3 }{}b{\*\objattph \bin2 }}}c}", "a}{}bc".replace("}{}", "")),
        (b"{\\rtf1 one\r\n two\\\nthree}", "one two\nthree"),
        (rb"{\rtf1{\trowd a\cell b\cell\row}c}", "a\tb\t\nc"),
        (rb"{\rtf1 {\pntext\f1\'95\tab}point}", "•\tpoint"),
        (rb'{\rtf1 {\field{\*\fldinst HYPERLINK "https://x.test/a"}{\fldrslt{\ul here}}}.}', "here <https://x.test/a>."),
        (rb'{\rtf1 {\field{\*\fldinst{\b HYPERLINK "mailto:a@x.test"}{\*\datafield 0}}{\fldrslt a@x.test}}}', "a@x.test"),
        (rb"{\rtf1 {\field{\*\fldinst PAGE }{\fldrslt 3}}}", "3"),
    ],
)
def test_the_words_of_a_rich_text(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf) == RichText(text, False, True)


def test_html_comes_out_as_it_was() -> None:
    rtf = (
        b"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}{\\f1\\fcharset204 Arial;}}{\\colortbl\\red0;}\r\n"
        b"{\\*\\htmltag19 <html>}{\\*\\htmltag34 <head>\\par\r\n<style>p \\{\\}</style></head>}{\\*\\mhtmltag84 <a>}"
        b"\\htmlrtf {\\htmlrtf0 {\\*\\htmltag84 <a title=\"\\'e4\">}\\htmlrtf {\\b \\par\\htmlrtf0 \\f1\\'cf\\'f0\\htmlrtf }\\htmlrtf0 "
        b"{\\*\\htmltag84 &lt;}\\htmlrtf <\\htmlrtf0 \\htmlrtf }\\htmlrtf0 \\line{\\*\\htmltag27 </html>}}"
    )
    html = '<html><head>\n<style>p {}</style></head><a title="ä">Пр&lt;\n</html>'
    assert read_rtf(rtf) == RichText(html, True, True)


@pytest.mark.parametrize("rtf", [b"", b"text", b"{\\rtf1 a", rb"{\rtf1 a{\pict 00ff}}", rb"{\rtf1 a{\*\shppict{\pict 00}}}", b"{\\rtf1 a\\"])
def test_what_is_missing_is_told(rtf: bytes) -> None:
    found = read_rtf(rtf)
    assert not found.whole
    assert found.text == ("a" if b"rtf" in rtf else "")


@given(st.lists(st.one_of(
    st.sampled_from([
        b"{", b"}", b"\\*", b"\\u8364", b"\\u-1", b"?", b"\\'e4", b"\\'", b"\\", b"a", b"\n", b"\\uc3", b"\\uc-9", b"\\bin9", b"\\bin",
        b"\\fromhtml1", b"\\htmltag", b"\\htmlrtf", b"\\htmlrtf0", b"\\f1", b"\\fonttbl", b"\\fcharset128", b"\\cpg1", b"\\ansicpg65001",
        b"\\fldinst HYPERLINK http://x", b"\\fldrslt ", b"\\par", b"\\pict", b"\\deff9999999999", b"\\u9999999999", b"\\ansicpg-1",
    ]),
    st.binary(max_size=5),
), max_size=60))  # fmt: skip
def test_any_rich_text_is_borne(pieces: list[bytes]) -> None:
    rtf = b"{\\rtf1" + b"".join(pieces)
    found = read_rtf(rtf)
    assert len(found.text) <= 2 * len(rtf)
    found.text.encode()
    unpack_rtf(packed_body(b"".join(pieces), 500))


@pytest.mark.parametrize(
    "piece",
    [b"{}", b"{", b"\\'e4\\'f6", b"\\u8364?", b"\\f1\\'e4\\f2 a", b"a\n", b"\\bin1 x", b'{\\field{\\*\\fldinst HYPERLINK "http://a"}{\\fldrslt x}}'],
)  # fmt: skip
def test_long_rich_text_takes_no_more_than_its_length(piece: bytes) -> None:
    rtf = b"{\\rtf1{\\fonttbl{\\f1\\fcharset204}{\\f2\\fcharset128}}" + piece * (600_000 // len(piece))
    begin = time.process_time()
    read_rtf(rtf)
    assert time.process_time() - begin < 5


def test_no_more_is_read_than_the_limits() -> None:
    assert not read_rtf(b"{\\rtf1" + b"\\b" * TOKENS_MAX + b"}").whole
    assert not read_rtf(b"{\\rtf1" + b"{" * DEPTH_MAX + b"}" * DEPTH_MAX + b"}").whole
    assert read_rtf(b"{\\rtf1" + b"{" * (DEPTH_MAX - 2) + b"}" * (DEPTH_MAX - 2) + b"}").whole
