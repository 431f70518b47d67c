"""The tokeniser, held against a real FTS5."""

from __future__ import annotations

import doctest
import sqlite3
import sys
import unicodedata
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.domain import search_words as module
from tuidesk.core.domain.search_words import (
    MAX_QUERY_WORDS,
    MAX_REPEATS,
    MAX_SCANNED_WORDS,
    MAX_TOTAL_BYTES,
    MAX_WORD_CHARS,
    MAX_WORDS,
    query_words,
    search_words,
    unique_words,
)

ASSIGNED = {
    code: None
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) not in ("Cn", "Co", "Cs")
}
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def terms_of_fts5(documents: Iterable[str]) -> list[list[str]]:
    """Return the terms that SQLite made of each document, in order."""
    db = sqlite3.connect(":memory:")
    try:
        db.execute("create virtual table t using fts5(words, tokenize='unicode61 remove_diacritics 0')")
        db.execute("create virtual table v using fts5vocab(t, 'instance')")
        db.executemany("insert into t (words) values (?)", ((document,) for document in documents))
        terms: list[list[str]] = [[] for _ in range(db.execute("select count(*) from t").fetchone()[0])]
        for doc, term in db.execute('select doc, term from v order by doc, "offset"'):
            terms[doc - 1].append(term)
        return terms
    finally:
        db.close()


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n\t", []),
        ("Printer on FIRE!", ["printer", "on", "fire"]),
        ("snake_case kebab-case a.b@c.de", ["snake", "case", "kebab", "case", "a", "b", "c", "de"]),
        ("Ticket#1000001", ["ticket", "1000001"]),
        ("v2beta 4x4 é2", ["v2beta", "4x4", "e2"]),
        ("§g1 §p7 ¶x", ["g1", "p7", "x"]),
        ('don\'t don’t donʼt "q" «q»', ["don", "t"] * 3 + ["q", "q"]),
        ("Straße STRASSE ẞ", ["strasse", "strasse", "ss"]),
        (
            "Łódź Ørsted Đorđe æon Œuvre ıIİ þing",
            ["lodz", "orsted", "dorde", "aeon", "oeuvre", "iii", "thing"],
        ),
        ("e\u0301te\u0301 été", ["ete", "ete"]),
        ("ﬁn ＡＢＣ１２ x² ½", ["fin", "abc12", "x2", "1", "2"]),
        ("Ελλάδα ΟΔΟΣ ὀδός", ["ελλαδα", "οδοσ", "οδοσ"]),
        ("Ёлка Їжак", ["елка", "іжак"]),
        ("Donau\xaddampf zero\u200bspace", ["donaudampf", "zero", "space"]),
        ("می\u200cخواهم كتـــاب أب", ["می", "خواهم", "كتاب", "اب"]),
        ("١٢٣ १२", ["123", "12"]),
        ("東京都", ["東京", "京都"]),
        ("漢", ["漢"]),
        ("東京Tower2", ["東京", "tower2"]),
        ("カ\u3099ラス ｶﾞﾗｽ", ["ガラ", "ラス", "ガラ", "ラス"]),
        ("はバパ", ["はバ", "バパ"]),
        ("한국어 \u1112\u1161\u11ab국", ["한국", "국어", "한국"]),
        ("ราคา๑๒", ["รา", "าค", "คา", "12"]),
        ("東、京", ["東", "京"]),
        ("\U0001e900\U0001e943", ["u1e922u1e943"]),
        ("京\U0002a700都", ["京", "u2a700", "都"]),
        ("😀 a\ud800b", ["a", "b"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert search_words(text) == expected


def test_fts5_stores_the_words_of_every_character_as_they_are() -> None:
    """Alone, inside a word and repeated: for all of Unicode, FTS5 sees just our words."""
    words = {code: search_words(f"{chr(code)} q{chr(code)}q {chr(code) * 3}") for code in ASSIGNED}
    # what parts words gives the same two everywhere; once is enough
    documents = {" ".join(found): code for code, found in words.items()}
    assert len(documents) > 100_000
    stored = terms_of_fts5(documents)
    wrong = [
        (hex(code), document, terms)
        for (document, code), terms in zip(documents.items(), stored, strict=True)
        if document.split(" ") != terms
    ]
    assert wrong == []


def test_characters_that_nobody_assigned_make_no_words() -> None:
    others = [chr(code) for code in range(sys.maxunicode + 1) if code not in ASSIGNED]
    assert len(others) > 900_000
    for at in range(0, len(others), 100_000):
        assert search_words("".join(others[at : at + 100_000])) == []


def test_fts5_cuts_what_we_fold() -> None:
    """The test above can fail: FTS5 changes texts that were not made into words."""
    assert terms_of_fts5(["ÀB a_b q\U0001e900"]) != [["ÀB", "a_b", "q\U0001e900"]]


def test_letters_that_are_lost_are_apostrophes_or_marks_in_truth() -> None:
    lost = {
        chr(code)
        for code in ASSIGNED
        if unicodedata.category(chr(code))[0] in "LN" and not search_words(chr(code))
    }
    # some letters by category are but a blank and a mark when decomposed
    by_decomposition = {char for char in lost if " " in unicodedata.normalize("NFKD", char)}
    assert all(unicodedata.name(char).startswith(("ARABIC", "GREEK YPOG")) for char in by_decomposition)
    tatweel_with_marks = {char for char in lost if unicodedata.normalize("NFKD", char).startswith("\u0640")}
    assert lost - by_decomposition - tatweel_with_marks <= set("ʹʺʻʼʽʾʿˈˊˋˮꞋꞌ\u0374\uff9e\uff9f")


@given(st.lists(ANY_TEXT, min_size=1, max_size=20))
def test_fts5_stores_any_words_as_they_are(texts: list[str]) -> None:
    words = [search_words(text) for text in texts]
    assert terms_of_fts5(" ".join(found) for found in words) == words


@given(ANY_TEXT)
def test_words_are_stable_and_hold_no_sign(text: str) -> None:
    for word in unique_words(text):
        assert 0 < len(word) <= MAX_WORD_CHARS
        assert not set(word) & set("§_\"'`’\\ &|!():*\0")
        assert all(unicodedata.category(char)[0] in "LN" for char in word)
        assert search_words(word) == [word]


@given(ANY_TEXT)
def test_a_text_is_found_by_its_own_words(text: str) -> None:
    assert set(query_words(text)) <= set(search_words(text))
    assert unique_words(text) == list(dict.fromkeys(search_words(text)))


@given(st.text(st.characters(max_codepoint=0x17F, exclude_characters="ŉ")))
def test_case_and_normal_form_make_no_difference(text: str) -> None:
    words = search_words(text)
    assert search_words(unicodedata.normalize("NFD", text)) == words
    assert search_words(text.upper()) == words


def test_a_part_of_a_cjk_text_finds_it() -> None:
    text = set(search_words("東京都に住んでいます"))
    for query in ("東京", "京都に", "住んでいます"):
        assert set(query_words(query)) <= text


def test_repeats_are_bounded() -> None:
    assert search_words("a b " * 50) == ["a", "b"] * MAX_REPEATS
    assert unique_words("a b " * 50) == ["a", "b"]


def test_different_words_are_bounded() -> None:
    text = " ".join(f"w{n}" for n in range(MAX_WORDS + 100))
    assert search_words(text) == [f"w{n}" for n in range(MAX_WORDS)]
    assert unique_words("a b a c", limit=2) == ["a", "b"]
    assert search_words("a b", limit=0) == []


def test_long_words_are_cut_alike_in_texts_and_queries() -> None:
    assert search_words("x" * 200) == query_words("x" * 70) == ["x" * MAX_WORD_CHARS]
    assert search_words("д" * 200) == ["д" * MAX_WORD_CHARS]


def test_bytes_are_bounded() -> None:
    text = " ".join(chr(0x10300 + n % 16) * 55 + str(n) for n in range(4000))
    words = search_words(text)
    assert 900 < len(words) < 4000
    assert sum(len(word.encode()) + 1 for word in words) <= MAX_TOTAL_BYTES


def test_no_more_than_so_much_is_scanned() -> None:
    assert search_words("a " * MAX_SCANNED_WORDS + "end") == ["a"] * MAX_REPEATS
    assert unique_words("\ufdfa" * 100_000)  # eighteen characters each


def test_queries_are_short_and_without_repeats() -> None:
    assert query_words("b a b A") == ["b", "a"]
    assert query_words(" ".join(f"w{n}" for n in range(99))) == [f"w{n}" for n in range(MAX_QUERY_WORDS)]
    assert query_words("\"* § ' --") == []
