"""Text at the edge of the store: what a database may hold, keys for comparing, cutting to a length.

How text looks on a screen is `safe_text`, how it is searched is `search_words`. Invariant: every
function is linear in its input; Unicode normalisation alone is not (a long run of combining marks is
sorted by insertion), which is why nothing else may call `unicodedata.normalize` on mail.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import Literal

MARK_BLOCKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0711-\u109f\u135d-\u135f\u1712-\u1dff\u20d0-\u20ff\u2cef-\u2dff\u302a-\u302f\u3099\u309a"
    "\ua66f-\uabff\ufb1e\ufe00-\ufe2f\uff9e\uff9f\U000101fd-\U0001efff\U000e0100-\U000e01ef"
)
"""Inside of a regex class: blocks that hold every combining mark and few letters."""

SIGN_OF_CUT = " [...]"

_LONG_RUN = 32  # real text has at most a handful of marks on a base
_PERHAPS_LONG_RUN = f"[{MARK_BLOCKS}]{{{_LONG_RUN},}}"  # compiled when first used: that takes a while
_RUN = re.compile(f"m{{{_LONG_RUN},}}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(s: str) -> str:
    """Return the text as both databases take it: NFC, no NUL, no surrogates.

    Two surrogates that make up a character become that character, others U+FFFD.

    >>> storable("Cafe\\u0301\\0"), storable("a\\ud800b")
    ('Café', 'a\ufffdb')
    """
    if "\0" in s:
        s = s.replace("\0", "")
    if s.isascii():
        return s
    if _SURROGATE.search(s):
        s = s.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return normal_form("NFC", s)


def text_key(s: str) -> str:
    """Return the form in which names are compared, whatever their case: NFC, casefold, NFC.

    The result is storable and stays itself when made a key again (Unicode 3.13, caseless matching).

    >>> text_key("Straße") == text_key("STRASSE")
    True
    """
    if s.isascii():
        return storable(s).lower()
    return normal_form("NFC", storable(s).casefold())


def address_key(address: str) -> str:
    """Return the form in which bare addresses and customer logins are compared.

    Lower case instead of casefold: `straße.example` and `strasse.example` belong to two owners
    (RFC 5891 keeps ß), and mail of one must not pass for mail of the other.

    >>> address_key(" Jo@Example.COM ")
    'jo@example.com'
    """
    address = storable(address).strip()
    return address.lower() if address.isascii() else normal_form("NFC", address.lower())


def shorten(s: str, n: int) -> str:
    """Return at most `n` characters; a cut shows as ` [...]` within them (OTRS rule: titles ≤ 191).

    >>> shorten("Printer on fire", 13), shorten("Printer", 13)
    ('Printer [...]', 'Printer')
    """
    if len(s) <= n:
        return s
    room = n - len(SIGN_OF_CUT)
    return s[:room].rstrip() + SIGN_OF_CUT if room > 0 else s[: max(n, 0)]


def normal_form(form: Literal["NFC", "NFKC"], s: str) -> str:
    """Return the normal form of `s` in linear time (Unicode Standard Annex 15)."""
    if s.isascii():
        return s
    if re.search(_PERHAPS_LONG_RUN, s):
        s = re.sub(_PERHAPS_LONG_RUN, partial(_sort_long_runs, "NFD" if form == "NFC" else "NFKD"), s)
    return unicodedata.normalize(form, s)


def _sort_long_runs(form: Literal["NFD", "NFKD"], stretch: re.Match[str]) -> str:
    """Bring long runs of marks into canonical order, so that insertion finds nothing to move."""
    text = stretch.group()
    pieces = [unicodedata.normalize(form, char) for char in text]
    # not the class of the character: some of class 0 fall apart into marks (U+0F73, U+FF9E)
    kinds = "".join("m" if unicodedata.combining(piece[0]) else "b" for piece in pieces)
    parts, end = [], 0
    for run in _RUN.finditer(kinds):
        parts.append(text[end : run.start()])
        marks = "".join(pieces[run.start() : run.end()])
        parts.append("".join(sorted(marks, key=unicodedata.combining)))
        end = run.end()
    return "".join((*parts, text[end:])) if parts else text
