"""The tokeniser of full text search, for both databases: folded words, CJK as pairs of characters.

Quoting and query languages of a database must not appear here. Invariant: a word is made of letters and
digits alone that FTS5's `unicode61 remove_diacritics 0` keeps as they are, whatever SQLite and whatever
Python, so that documents and queries meet on SQLite and PostgreSQL alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice

from tuidesk.core.domain.text import normal_form

MAX_WORDS = 5_000
MAX_WORD_CHARS = 64
MAX_TOTAL_BYTES = 256 * 1024
"""Well below PostgreSQL's limit of 1 MB for a tsvector, positions included."""
MAX_REPEATS = 4
MAX_QUERY_WORDS = 20
MAX_SCANNED_CHARS = 1_000_000
MAX_SCANNED_WORDS = 200_000
"""So that even a hostile text costs a few seconds at most; one character may fold into eighteen."""

# scripts without blanks between words: Thai, Lao, Burmese, jamo, Khmer, kana, bopomofo, Han; and Hangul
_UNSPACED = (
    "\u0e01-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3021-\u3029\u3031-\u303c"
    "\u3041-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED_CHAR = re.compile(f"[{_UNSPACED}]")
_PIECE = re.compile(f"[{_UNSPACED}]+|[^ {_UNSPACED}]+")
_ASCII_PIECE = re.compile("[0-9a-z]+")
_SPACED_PIECE = re.compile("[^ ]+")

_LETTERS = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ȷ": "j", "ŋ": "n", "ĸ": "k",
        "æ": "ae", "œ": "oe", "þ": "th", "ƀ": "b", "ɨ": "i", "ƶ": "z",
        "\u0640": "",  # Arabic tatweel only stretches a line
    }
)  # fmt: skip
# letters by category, apostrophes by use: they part words as ' does
_QUOTES = frozenset("ʹʺʻʼʽʾʿˈˊˋˮꞋꞌ")
_KNOWN = unicodedata.ucd_3_2_0
"""What every SQLite and Python knows; newer ones differ from each other, and so would their words."""
_MEMO_MAX = 8_192


def search_words(text: str, limit: int = MAX_WORDS) -> list[str]:
    """Return the words of a text in order: at most `limit` different ones, each at most four times.

    A word has at most 64 characters, all of them together 256 KiB of UTF-8, and nothing is looked at
    beyond the first million characters or 200,000 words; the rest is left out.

    >>> search_words("Größe_Łódź 東京都 №5b")
    ['grosse', 'lodz', '東京', '京都', 'no5b']
    """
    return _bounded(text, limit, MAX_REPEATS)


def unique_words(text: str, limit: int = MAX_WORDS) -> list[str]:
    """Return the different words of a text in order of appearance, within the same limits."""
    return _bounded(text, limit, 1)


def query_words(text: str) -> list[str]:
    """Return the different words of what somebody searches for, at most 20; empty when there is none.

    >>> query_words('"Łódź" AND lodz*')
    ['lodz', 'and']
    """
    return _bounded(text, MAX_QUERY_WORDS, 1)


def _bounded(text: str, limit: int, repeats: int) -> list[str]:
    kept: list[str] = []
    counts: dict[str, int] = {}
    size_bytes = 0
    for word in islice(_words(text[:MAX_SCANNED_CHARS]), MAX_SCANNED_WORDS):
        count = counts.get(word, 0)
        if count == repeats:
            continue
        size_bytes += (len(word) if word.isascii() else len(word.encode())) + 1
        if size_bytes > MAX_TOTAL_BYTES or (count == 0 and len(counts) >= limit):
            break
        counts[word] = count + 1
        kept.append(word)
    return kept


def _words(text: str) -> Iterable[str]:
    if text.isascii():
        pieces = _ASCII_PIECE.findall(text.lower())
    else:
        # composed first: kana and Hangul need their neighbours, all other letters fold one by one
        folded = normal_form("NFKC", text)[:MAX_SCANNED_CHARS].translate(_FOLDED)
        if _UNSPACED_CHAR.search(folded):
            return _pairs(folded)
        pieces = _SPACED_PIECE.findall(folded)
    return [piece[:MAX_WORD_CHARS] for piece in pieces]


def _pairs(folded: str) -> Iterator[str]:
    for match in _PIECE.finditer(folded):
        piece = match.group()
        if _UNSPACED_CHAR.match(piece) and len(piece) > 1:
            for at in range(len(piece) - 1):
                yield piece[at : at + 2]
        else:
            yield piece[:MAX_WORD_CHARS]


class _Folded(dict[int, str]):
    """Folded form of each character met so far; bounded, since mail may use all of them."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if len(self) < _MEMO_MAX:
            self[code] = folded
        return folded


_FOLDED = _Folded()


def _fold(char: str) -> str:
    if _UNSPACED_CHAR.match(char):
        return _character(char)
    # casefolding may give letters that decompose again, and the other way round
    for _ in range(3):
        parts = unicodedata.normalize("NFKD", char)
        char = "".join(part for part in parts if unicodedata.category(part)[0] != "M")
        char = char.casefold().translate(_LETTERS)
    return "".join(map(_character, char))


def _character(char: str) -> str:
    """Return what a character is in a word: itself, a digit, its code, nothing, or a blank between words."""
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category[0] in "LN" and char not in _QUOTES:
        if _KNOWN.category(char)[0] in "LN":
            return char
        code = f"u{ord(char):05x}"
        return f" {code} " if _UNSPACED_CHAR.match(char) else code
    if category[0] == "M":
        return ""
    # soft hyphens, joiners and directions lie inside words; ZWSP and ZWNJ part them
    return "" if category == "Cf" and char not in "\u200b\u200c" else " "
