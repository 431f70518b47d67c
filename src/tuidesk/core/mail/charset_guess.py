"""Which charset unlabelled 8-bit text is in, when it is not UTF-8: from which signs it would then consist.

Must not be asked about text that says its charset. Invariants: linear, at most `LOOKED_AT` bytes are looked at,
and Western text, by far the most frequent, is never taken for anything else: most of its letters are ASCII.
"""

from __future__ import annotations

from collections.abc import Callable

LOOKED_AT = 4_000
_MOSTLY = 0.6
"""Share of bytes above 127 among letters from which on a text is not Western."""

_ENOUGH = 8
"""So many bytes above 127 it takes to tell anything."""

_LETTERS = bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B))
_HIGH = bytes(range(0x80, 0x100))


def guess_codec(data: bytes) -> str | None:
    """Return the Python codec of `data`, None when it may be Western or nothing fits."""
    sample = data[:LOOKED_AT]
    high = _count(sample, _HIGH)
    if high < _ENOUGH or high < _MOSTLY * (high + _count(sample, _LETTERS)):
        return None
    for codecs, is_it in _LANGUAGES:
        fitting = [(is_it(text), codec) for codec in codecs if (text := _signs(sample, codec))]
        best = max(fitting, default=(0.0, ""))
        if best[0] > 0:
            return best[1]
    return None


def _count(sample: bytes, wanted: bytes) -> int:
    return len(sample) - len(sample.translate(None, wanted))


def _signs(sample: bytes, codec: str) -> str:
    """Return the signs above ASCII that `sample` has in a codec, '' when it does not fit."""
    try:
        text = sample.decode(codec)
    except UnicodeDecodeError as error:
        # the sample may end in the middle of a sign
        if error.start < len(sample) - 3 or len(sample) < LOOKED_AT:
            return ""
        text = sample[: error.start].decode(codec)
    return "".join(sign for sign in text if sign >= "\x80")


def _share(text: str, first: str, last: str) -> float:
    return sum(first <= sign <= last for sign in text) / len(text)


def _japanese(text: str) -> float:
    kana = _share(text, "\u3041", "\u30fe")
    kanji_and_marks = _share(text, "\u4e00", "\u9fff") + _share(text, "\u3000", "\u3002")
    return kana if kana > 0.2 and kana + kanji_and_marks > 0.8 else 0


def _korean(text: str) -> float:
    hangul = _share(text, "\uac00", "\ud7a3")
    return hangul if hangul > 0.85 and all(_in_standard(sign) for sign in text) else 0


def _in_standard(sign: str) -> bool:
    """Say whether a syllable is one of KS X 1001, which real text is made of."""
    try:
        return len(sign.encode("euc_kr")) == 2
    except UnicodeEncodeError:
        return False


def _chinese(text: str) -> float:
    ideographs = _share(text, "\u4e00", "\u9fff")
    if ideographs + _share(text, "\u3000", "\u3011") + _share(text, "\uff01", "\uff5e") < 0.85:
        return 0
    return max(_frequent(text, "gb2312", 0xB0, 0xD7), _frequent(text, "big5", 0xA4, 0xC6))


def _frequent(text: str, codec: str, first: int, last: int) -> float:
    """Return the share of signs in the rows of frequent ones."""
    rows = [sign.encode(codec, "replace")[0] for sign in text]
    found = sum(first <= row <= last for row in rows) / len(rows)
    return found if found > 0.7 else 0


def _cyrillic(text: str) -> float:
    letters = _share(text, "\u0400", "\u04ff")
    small = sum(sign.islower() for sign in text) / len(text)
    # the codecs differ in where capitals are, and people write small letters
    return letters * (0.1 + small) if letters > 0.9 else 0


def _small_cyrillic(text: str) -> float:
    """Return how Cyrillic a text is that could hardly be anything else: small letters fill a third of the bytes."""
    found = _cyrillic(text)
    return found if found > 0.85 else 0


_RUSSIAN = ("koi8_r", "cp1251")
_LANGUAGES: tuple[tuple[tuple[str, ...], Callable[[str], float]], ...] = (
    (_RUSSIAN, _small_cyrillic),
    (("euc_jp", "cp932"), _japanese),
    (("cp949",), _korean),
    (("gb18030", "cp950"), _chinese),
    (_RUSSIAN, _cyrillic),
)
