"""The one sanitiser: text from outside as a terminal may see it.

Used for everything that is drawn, printed or logged. What must not happen here: markup, colours,
widths. Invariant: the result holds no character of `UNSAFE`, and making it safe again changes nothing.
"""

from __future__ import annotations

import re
import unicodedata

from tuidesk.core.domain.text import MARK_BLOCKS

TAB_WIDTH = 8
MARKS_PER_BASE = 4
LINE_SIGN = "⏎"

_CONTROLS = "\x00-\x09\x0b-\x1f\x7f"
_HARMFUL = (
    "\x80-\x9f"  # C1: terminals obey U+009B as they obey ESC [
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u206a-\u206f"  # direction
    "\u2028\u2029"  # line ends that are no LF
    "\ufff9-\ufffb"  # interlinear annotation
    "\ud800-\udfff"
    "\U000e0000-\U000e007f"  # tags: invisible text
)
_INVISIBLE = "\xad\u180e\u200b\u2060-\u2064\ufeff"

UNSAFE: re.Pattern[str] = re.compile(f"[{_CONTROLS}{_HARMFUL}{_INVISIBLE}]")
"""One character that no terminal may see; a net behind `safe_text` deletes them with `UNSAFE.sub("", line)`.

LF is not among them (a filter of lines never meets it), TAB is: nobody knows how wide it is.
"""

_PLAIN = re.compile(r"[\n -~]*")
_LINE_ENDS = re.compile(r"\r\n?")
_PERHAPS_MANY_MARKS = f"[{MARK_BLOCKS}\u200c\u200d]{{{MARKS_PER_BASE + 1},}}"  # compiled when first used
_MANY_MARKS = re.compile(f"(?<=m{{{MARKS_PER_BASE}}})m+")
_IDLE_JOINERS = re.compile("\u200d+(?![^\x00-\x7f])|(?<![^\x00-\x7f])\u200d+")  # nothing to join on one side
_INVISIBLE_CHAR = re.compile(f"[{_INVISIBLE}]")
_HARMLESS = "\ufffd"
_PICTURES = 0x2400
_DEL_PICTURE = "\u2421"


def safe_text(s: str, *, multiline: bool) -> str:
    """Return the text with everything gone or made visible that a terminal would obey or hide.

    Control characters become their pictures (␛), harmful format characters U+FFFD; invisible ones go,
    but ZWJ, ZWNJ and variation selectors stay, as emoji and Persian need them; a ZWJ that joins nothing
    goes, or the blank behind it would count for nothing. No base carries more than four marks. Line ends
    become LF and tabs blanks; on a single line they become ⏎ and one blank.

    >>> safe_text("a\\x1b[31mb\\r\\nc", multiline=False)
    'a␛[31mb⏎c'
    """
    if s.isascii():
        if s.isprintable() or (multiline and _PLAIN.fullmatch(s)):
            return s
    elif re.search(_PERHAPS_MANY_MARKS, s) or _INVISIBLE_CHAR.search(s):
        # what is invisible goes first, else it would part marks that then meet
        s = re.sub(_PERHAPS_MANY_MARKS, _few_marks, _INVISIBLE_CHAR.sub("", s))
    if "\u200d" in s:
        s = _IDLE_JOINERS.sub("", s)
    if "\r" in s:
        s = _LINE_ENDS.sub("\n", s)
    if "\t" in s:
        s = s.expandtabs(TAB_WIDTH) if multiline else s.replace("\t", " ")
    if not multiline:
        s = s.replace("\n", LINE_SIGN)
    return UNSAFE.sub(_visible, s)


def _visible(unsafe: re.Match[str]) -> str:
    char = unsafe.group()
    if char < " ":
        return chr(_PICTURES + ord(char))
    return _DEL_PICTURE if char == "\x7f" else _HARMLESS


def _few_marks(stretch: re.Match[str]) -> str:
    text = stretch.group()
    kinds = "".join(map(_kind, text))
    parts, end = [], 0
    for surplus in _MANY_MARKS.finditer(kinds):
        parts.append(text[end : surplus.start()])
        end = surplus.end()
    return "".join((*parts, text[end:])) if parts else text


def _kind(char: str) -> str:
    # joiners count as marks: they take no room either, and between marks they would hide the run
    return "m" if char in "\u200c\u200d" or unicodedata.category(char) in ("Mn", "Me") else "b"
