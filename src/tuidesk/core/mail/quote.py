"""Which lines of a mail are quoted or a signature, so that a screen can fold them.

Here lives line based guessing, one pass and linear in the text; the words by which programs speak are in
`quote_words`. Must not change or drop text: a wrong guess costs a key press, a deleted line costs the answer.
Invariant: the blocks of a text cover each of its lines once, in order.
"""

from __future__ import annotations

import re
from itertools import islice
from re import Match
from typing import Literal, NamedTuple

from tuidesk.core.mail.quote_words import (
    ATTRIBUTION,
    ATTRIBUTION_START,
    DEVICE,
    FROM,
    REST,
    SENT,
    SEPARATOR,
    STANDS_FOR_ALL,
    TAIL_CANDIDATE,
)

Kind = Literal["text", "quote", "signature"]

LINE_MAX = 400
"""Longer lines are prose: no pattern is tried on them."""

SIGNATURE_LINES_MAX = 40
LOOSE_SIGNATURE_LINES_MAX = 10
SIGNATURES_MAX = 1000
"""So many answers between quotes may end with one, and the last."""
ATTRIBUTION_LINES_MAX = 3
CANDIDATES_MAX = 1000
"""So many lines are looked at that might begin the mail that is answered."""

_QUOTED = re.compile(r"[ \t\xa0\u3000]{0,3}[>＞]")
_QUOTE_SIGNS = frozenset(">＞")
_BEFORE_A_QUOTE = frozenset(" \t\xa0\u3000")
_BEFORE_A_TAIL = frozenset("-_* \t")
"""Without a colon in it, a line that begins the mail which is answered begins with one of these."""
_RULE = re.compile(r"\s*[_-]{8,}\s*")


# Each line has a byte that says its kind, so that the runs of a kind are found at the speed of `re`.
_TEXT, _QUOTE, _SIGNATURE = b"t", b"q", b"s"
_KINDS: dict[int, Kind] = {_TEXT[0]: "text", _QUOTE[0]: "quote", _SIGNATURE[0]: "signature"}
_RUN = re.compile(rb"t+|q+|s+")
_GAP = re.compile(rb"(?<=q)t+(?=q)")
_QUOTE_START = re.compile(rb"(?<=t)q")
_TEXT_RUN = re.compile(rb"t+")


class Block(NamedTuple):
    """Lines `start` to `end` (exclusive, from 0) of `text.split("\\n")`, all of one `kind`."""

    kind: Kind
    start: int
    end: int


def fold_quotes(text: str) -> list[Block]:
    """Return the blocks of `text`; [] for an empty one.

    A quote takes the line that names its author and the blank lines within it; what follows an Outlook style
    header is a quote up to the end. A signature ends at the next quote.
    """
    if not text:
        return []
    lines = text.split("\n")
    quoted = ">" in text or "＞" in text
    kinds = _quoted(lines) if quoted else bytearray(_TEXT * len(lines))
    _mark_tail(text, lines, kinds)
    if quoted:
        _mark_attributions(lines, kinds)
    _mark_signatures(lines, kinds)
    return [Block(_KINDS[kinds[start]], start, end) for start, end in map(Match.span, _RUN.finditer(kinds))]


def _quoted(lines: list[str]) -> bytearray:
    """Return a byte for each line: whether it is quoted, with the blank lines between quoted ones."""
    match, signs, before = _QUOTED.match, _QUOTE_SIGNS, _BEFORE_A_QUOTE
    said, quote = _TEXT[0], _QUOTE[0]
    kinds = bytearray(
        [
            quote if (first := line[:1]) in signs or (first in before and match(line)) else said
            for line in lines
        ]
    )
    for start, end in [gap.span() for gap in _GAP.finditer(kinds)]:
        if not lines[start].strip() and _blank(lines[start + 1 : end]):
            kinds[start:end] = _QUOTE * (end - start)
    return kinds


def _mark_tail(text: str, lines: list[str], kinds: bytearray) -> None:
    """Mark everything from the first separator or Outlook header on; the first line of a mail is none."""
    colon = "：" if "：" in text else ":"
    likely = (
        number
        for number, line in enumerate(lines)
        if (":" in line or line[:1] in _BEFORE_A_TAIL or colon in line) and TAIL_CANDIDATE.match(line)
    )
    for number in islice(likely, CANDIDATES_MAX):
        if kinds[number] != _TEXT[0] or not _begins_tail(lines, number) or _blank(lines[:number]):
            continue
        start = number
        while start and not lines[start - 1].strip():
            start -= 1
        if start and _RULE.fullmatch(lines[start - 1][:LINE_MAX]):
            start -= 1
        kinds[start:] = _QUOTE * (len(lines) - start)
        return


def _begins_tail(lines: list[str], number: int) -> bool:
    line = lines[number]
    if len(line) > LINE_MAX:
        return False
    if SEPARATOR.fullmatch(line):
        return True
    before = lines[number - 1].strip() if number else ""
    if STANDS_FOR_ALL.match(line):
        return not before and not any(map(_QUOTED.match, lines[number : number + 20]))
    # Pasted headers come as From, To, Subject, Date; the date in second place and the end of a paragraph
    # before it are the mark of a mail program.
    if not FROM.match(line) or (before and not _RULE.fullmatch(before[:LINE_MAX])):
        return False
    block = [one[:LINE_MAX] for one in lines[number + 1 : number + 6] if one.strip()]
    return len(block) >= 2 and bool(SENT.match(block[0])) and any(REST.match(one) for one in block[1:])


def _mark_attributions(lines: list[str], kinds: bytearray) -> None:
    """Let each quote take the lines before it that say who wrote it."""
    for hit in list(_QUOTE_START.finditer(kinds)):
        end = first = number = hit.start()
        if not lines[end - 1].strip():
            end -= 1
        if end < 1 or lines[end - 1].rstrip()[-1:] not in (":", "："):
            continue
        # Programs break the line where it is long, so a longer match is the better one.
        for start in range(end - 1, max(-1, end - 1 - ATTRIBUTION_LINES_MAX), -1):
            if kinds[start] == _QUOTE[0] or not lines[start].strip() or len(lines[start]) > LINE_MAX:
                break
            said = " ".join(line.strip() for line in lines[start:end])[: ATTRIBUTION_LINES_MAX * LINE_MAX]
            if (start == end - 1 or ATTRIBUTION_START.match(lines[start])) and ATTRIBUTION.fullmatch(said):
                first = start
        kinds[first:number] = _QUOTE * (number - first)


def _mark_signatures(lines: list[str], kinds: bytearray) -> None:
    """Mark from a separator (RFC 3676, 4.3) or a device's line to the next quote or the end."""
    runs = list(_TEXT_RUN.finditer(kinds))
    for run in (*runs[:SIGNATURES_MAX], *runs[SIGNATURES_MAX:][-1:]):
        end = run.end()
        first = max(run.start(), end - SIGNATURE_LINES_MAX)
        number = _signature_start(lines[first:end])
        if number is not None:
            kinds[first + number : end] = _SIGNATURE * (end - first - number)


def _signature_start(lines: list[str]) -> int | None:
    """Return where the signature begins with which some lines end, None when they end with none."""
    exact = lines.index("-- ") if "-- " in lines else len(lines)
    loose = max(0, len(lines) - LOOSE_SIGNATURE_LINES_MAX)
    for number in range(loose, exact):
        if lines[number][:2] == "--" and lines[number].rstrip() == "--":
            return number
    if exact < len(lines):
        return exact
    last = next((number for number in range(len(lines) - 1, loose - 1, -1) if lines[number].strip()), None)
    return last if last is not None and DEVICE.match(lines[last][:LINE_MAX]) else None


def _blank(lines: list[str]) -> bool:
    return not any(line.strip() for line in lines)
