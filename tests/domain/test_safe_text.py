"""The sanitiser: nothing that a terminal obeys or hides."""

from __future__ import annotations

import doctest
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.domain import safe_text as module
from tuidesk.core.domain.safe_text import MARKS_PER_BASE, UNSAFE, safe_text

ANY_TEXT = st.text(st.characters(exclude_categories=()))
NASTY = st.text(
    st.sampled_from(
        "a \t\r\n\0\x1b\x07\x7f\x9b\x85\u061c\u200b\u200c\u200d\u200e\u2028\u202e\u2060\u2066\ufeff\ufe0f"
        "\u0301\u0316\u20dd\u0e31\ufffa\ud800\udc00\U000e0041\U000e0100👩漢"
    ),
    max_size=60,
)


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("plain text", "plain text"),
        ("Größe 漢字", "Größe 漢字"),
        ("\x1b]0;pwned\x07", "␛]0;pwned␇"),
        ("\x1b[2J", "␛[2J"),
        ("\0\x08\x0b\x0c\x0e\x7f", "␀␈␋␌␎␡"),
        ("\x9b31m\x85", "\ufffd31m\ufffd"),
        ("a\u202eb\u2066c\u061c\u200f", "a\ufffdb\ufffdc\ufffd\ufffd"),
        ("a\u2028b\u2029", "a\ufffdb\ufffd"),
        ("\ufff9x\ufffb", "\ufffdx\ufffd"),
        ("\U000e0041\U000e007f", "\ufffd\ufffd"),
        ("\ud800x", "\ufffdx"),
        ("pass\u200bword\u2060\ufeff\xad", "password"),
        ("👩\u200d👩\u200d👧 ❤\ufe0f", "👩\u200d👩\u200d👧 ❤\ufe0f"),
        ("👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏻", "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏻"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("a" + "\u0301" * 4 + "b", "a" + "\u0301" * 4 + "b"),
        ("a" + "\u0301" * 5 + "b" + "\u0316" * 9, "a" + "\u0301" * 4 + "b" + "\u0316" * 4),
        ("a" + "\u0301\u200b" * 9, "a" + "\u0301" * 4),
        ("a" + "\u0301\u200d" * 9, "a\u0301\u200d\u0301"),
        ("\u200d 漢\u200d\u200d b\u200d漢\u200d", " 漢 b漢"),
        ("ภาษาไทยที่นี่", "ภาษาไทยที่นี่"),
    ],
)
def test_both_forms(given_text: str, expected: str) -> None:
    assert safe_text(given_text, multiline=True) == expected
    assert safe_text(given_text, multiline=False) == expected


@pytest.mark.parametrize(
    ("given_text", "many", "single"),
    [
        ("a\nb", "a\nb", "a⏎b"),
        ("a\r\nb\rc", "a\nb\nc", "a⏎b⏎c"),
        ("a\r\n\r\n", "a\n\n", "a⏎⏎"),
        ("a\r\ufeff\nb", "a\nb", "a⏎b"),
        ("a\tb", "a       b", "a b"),
        ("x\n1234567\t|", "x\n1234567 |", "x⏎1234567 |"),
    ],
)
def test_lines_and_tabs(given_text: str, many: str, single: str) -> None:
    assert safe_text(given_text, multiline=True) == many
    assert safe_text(given_text, multiline=False) == single


def test_safe_ascii_comes_back_untouched() -> None:
    subject, body = "Printer on fire!", "Hello,\n\nbye ~ {}\n"
    assert safe_text(subject, multiline=False) is subject
    assert safe_text(body, multiline=True) is body


@given(st.one_of(ANY_TEXT, NASTY), st.booleans())
def test_the_result_is_safe_and_stays(s: str, multiline: bool) -> None:
    safe = safe_text(s, multiline=multiline)
    assert UNSAFE.search(safe) is None
    assert safe_text(safe, multiline=multiline) == safe
    assert multiline or "\n" not in safe
    safe.encode("utf-8")


@given(NASTY, st.booleans())
def test_no_base_carries_more_than_four(s: str, multiline: bool) -> None:
    run = 0
    for char in safe_text(s, multiline=multiline):
        carried = char in "\u200c\u200d" or unicodedata.category(char) in ("Mn", "Me")
        run = run + 1 if carried else 0
        assert run <= MARKS_PER_BASE


def test_every_character() -> None:
    for code in range(sys.maxunicode + 1):
        safe = safe_text(f"a{chr(code)}b", multiline=False)
        assert UNSAFE.search(safe) is None, hex(code)
        assert safe.startswith("a"), hex(code)
        assert safe.endswith("b"), hex(code)
        if unicodedata.category(chr(code)) in ("Cc", "Zl", "Zp", "Cs"):
            assert chr(code) not in safe, hex(code)


def test_format_characters_that_stay_are_few() -> None:
    """Whoever meets a new one here decides whether a terminal may see it."""
    stay = {
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) == "Cf" and not UNSAFE.match(chr(code))
    }
    visible_signs = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    joiners = {0x200C, 0x200D}
    shorthand_music_hieroglyphs = {
        *range(0x1BCA0, 0x1BCA4),
        *range(0x1D173, 0x1D17B),
        *range(0x13430, 0x13440),
    }
    assert stay <= visible_signs | joiners | shorthand_music_hieroglyphs


def test_the_net_lets_lines_be() -> None:
    assert UNSAFE.sub("", "a\n\x1b[1mb\t\x9b\u202e") == "a\n[1mb"
