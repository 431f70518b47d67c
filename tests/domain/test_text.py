"""What the store may hold, keys for comparing, cutting."""

from __future__ import annotations

import doctest
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.domain import text as module
from tuidesk.core.domain.text import MARK_BLOCKS, address_key, normal_form, shorten, storable, text_key

ANY_TEXT = st.text(st.characters(exclude_categories=()))
MARKS = st.text(st.sampled_from("\u0301\u0316\u0345\u0f73\u0f71\u05b0\u3099\uff9e\u0327\u0344"), max_size=120)


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("a\0b\0", "ab"),
        ("e\0\u0301", "é"),
        ("A\u030angstro\u0308m", "Ångström"),
        ("\ud83d\ude00", "😀"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("a\ud800", "a\ufffd"),
        ("\ufeffx\ud800", "\ufeffx\ufffd"),
        ("\uf900 ﬁ", "豈 ﬁ"),
    ],
)
def test_storable(given_text: str, expected: str) -> None:
    assert storable(given_text) == expected


@given(ANY_TEXT)
def test_storable_is_stable_encodable_and_normal(s: str) -> None:
    once = storable(s)
    assert storable(once) == once
    assert "\0" not in once
    assert unicodedata.is_normalized("NFC", once)
    once.encode("utf-8")


@given(st.lists(st.tuples(st.sampled_from(["", "a", "か", "가", "ཱ"]), MARKS)))
def test_normal_forms_are_those_of_unicode(parts: list[tuple[str, str]]) -> None:
    s = "".join(base + marks for base, marks in parts)
    assert normal_form("NFC", s) == unicodedata.normalize("NFC", s)
    assert normal_form("NFKC", s) == unicodedata.normalize("NFKC", s)


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\uff9e\u0301", "\u0f73\u0301\u0316"])
def test_a_long_run_of_marks_is_sorted_before_unicodedata_sees_it(
    marks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def watched(form: str, s: str) -> str:
        seen.append(s)
        return real(form, s)  # type: ignore[arg-type]

    real = unicodedata.normalize
    monkeypatch.setattr(unicodedata, "normalize", watched)
    normal_form("NFKC", "a" + marks * 300)
    classes = [unicodedata.combining(char) for char in seen[-1][1:]]
    assert len(classes) >= 600
    assert classes == sorted(classes)


def test_the_blocks_hold_every_mark_that_this_python_knows() -> None:
    inside = re.compile(f"[{MARK_BLOCKS}]")
    missed = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if (
            unicodedata.category(chr(code)) in ("Mn", "Me")
            or unicodedata.combining(unicodedata.normalize("NFKD", chr(code))[0])
        )
        and not inside.match(chr(code))
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("ÉCOLE", "e\u0301cole"),
        ("ΟΔΟΣ", "οδος"),
        ("Raw::Junk", "raw::junk"),
        ("ᾳ\u0301", "α\u0301\u0345"),
        ("K", "\u212a"),
    ],
)
def test_text_keys_meet(one: str, other: str) -> None:
    assert text_key(one) == text_key(other)


def test_text_keys_differ_by_accent_and_blank() -> None:
    assert len({text_key("resume"), text_key("résumé"), text_key("re sume")}) == 3


def test_every_character_has_stable_keys() -> None:
    unstable = [
        (hex(code), key.__name__)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) not in ("Cn", "Co")
        for key in (text_key, address_key)
        if (once := key(chr(code))) != key(once)
    ]
    assert unstable == []


@given(ANY_TEXT)
def test_keys_are_stable_and_storable(s: str) -> None:
    for key in (text_key, address_key):
        assert key(key(s)) == key(s)
        assert storable(key(s)) == key(s)


@given(st.text(st.sampled_from("αΑιΙ\u0345\u0301\u0316ςΣİıſßẞᾳΐ\u0308"), max_size=20))
def test_keys_of_odd_greek_and_turkish_are_stable(s: str) -> None:
    for key in (text_key, address_key):
        assert key(key(s)) == key(s)


@given(st.text(st.characters(max_codepoint=0x24F, exclude_characters="ı")))
def test_a_text_key_knows_no_case(s: str) -> None:
    assert text_key(s) == text_key(s.upper()) == text_key(s.lower())


def test_address_keys() -> None:
    assert address_key("\t Jo.Doe@EXAMPLE.com\n") == "jo.doe@example.com"
    assert address_key("JÖ@example.com") == address_key("jo\u0308@example.com")
    assert address_key("a@straße.example") != address_key("a@strasse.example")
    assert address_key("") == ""


@pytest.mark.parametrize(
    ("s", "n", "expected"),
    [
        ("", 5, ""),
        ("abc", 3, "abc"),
        ("abcdefghij", 9, "abc [...]"),
        ("ab  efghij", 9, "ab [...]"),
        ("abcdefgh", 7, "a [...]"),
        ("abcdefgh", 6, "abcdef"),
        ("abcdefgh", 0, ""),
        ("abc", -1, ""),
        ("ö" * 192, 191, "ö" * 185 + " [...]"),
    ],
)
def test_shorten(s: str, n: int, expected: str) -> None:
    assert shorten(s, n) == expected


@given(st.text(), st.integers(0, 30))
def test_shortened_text_fits_and_stays(s: str, n: int) -> None:
    short = shorten(s, n)
    assert len(short) <= n
    assert shorten(short, n) == short
    assert (short == s) == (len(s) <= n)
