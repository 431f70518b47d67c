"""Which lines of a mail are quoted or a signature, so that a screen can fold them.

Here lives line based guessing, one pass and linear in the text; the words by which programs speak are in
`quote_words`. Must not change or drop text: a wrong guess costs a key press, a deleted line costs the answer.
Invariant: the blocks of a text cover each of its lines once, in order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

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
ATTRIBUTION_LINES_MAX = 3
CANDIDATES_MAX = 1000
"""So many lines are looked at that might begin the mail that is answered."""

_QUOTED = re.compile(r"\s{0,3}[>＞]")
_RULE = re.compile(r"\s*[_-]{8,}\s*")


@dataclass(frozen=True, slots=True)
class Block:
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
    kinds: list[Kind] = ["text"] * len(lines)
    quoted = ">" in text or "＞" in text
    if quoted:
        _mark_quoted(lines, kinds)
    _mark_tail(text, lines, kinds)
    if quoted:
        _mark_attributions(lines, kinds)
    _mark_signatures(lines, kinds)
    return _blocks(kinds)


def _mark_quoted(lines: list[str], kinds: list[Kind]) -> None:
    last = -1
    match = _QUOTED.match
    for number, line in enumerate(lines):
        if not match(line):
            if last >= 0 and line.strip():
                last = -1
            continue
        if last >= 0:
            kinds[last + 1 : number] = ["quote"] * (number - last - 1)
        kinds[number] = "quote"
        last = number


def _mark_tail(text: str, lines: list[str], kinds: list[Kind]) -> None:
    """Mark everything from the first separator or Outlook header on; the first line of a mail is none."""
    number = at = 0
    for count, hit in enumerate(TAIL_CANDIDATE.finditer(text)):
        if count >= CANDIDATES_MAX:
            return
        number, at = number + text.count("\n", at, hit.start()), hit.start()
        if kinds[number] != "text" or not _begins_tail(lines, number) or _blank(lines[:number]):
            continue
        start = number
        while start and not lines[start - 1].strip():
            start -= 1
        if start and _RULE.fullmatch(lines[start - 1][:LINE_MAX]):
            start -= 1
        kinds[start:] = ["quote"] * (len(lines) - start)
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


def _mark_attributions(lines: list[str], kinds: list[Kind]) -> None:
    """Let each quote take the lines before it that say who wrote it."""
    for number in range(1, len(lines)):
        if kinds[number] != "quote" or kinds[number - 1] == "quote":
            continue
        end = first = number
        if not lines[end - 1].strip():
            end -= 1
        if end < 1 or lines[end - 1].rstrip()[-1:] not in (":", "："):
            continue
        # Programs break the line where it is long, so a longer match is the better one.
        for start in range(end - 1, max(-1, end - 1 - ATTRIBUTION_LINES_MAX), -1):
            if kinds[start] == "quote" or not lines[start].strip() or len(lines[start]) > LINE_MAX:
                break
            said = " ".join(line.strip() for line in lines[start:end])[: ATTRIBUTION_LINES_MAX * LINE_MAX]
            if (start == end - 1 or ATTRIBUTION_START.match(lines[start])) and ATTRIBUTION.fullmatch(said):
                first = start
        kinds[first:number] = ["quote"] * (number - first)


def _mark_signatures(lines: list[str], kinds: list[Kind]) -> None:
    """Mark from a separator (RFC 3676, 4.3) or a device's line to the next quote or the end."""
    end = len(lines)
    for number in range(len(lines) - 1, -1, -1):
        if kinds[number] == "quote":
            end = number
            continue
        size = end - number
        if size > SIGNATURE_LINES_MAX:
            continue
        line = lines[number][:LINE_MAX]
        begins = line == "-- "
        if not begins and size <= LOOSE_SIGNATURE_LINES_MAX and line:
            begins = line.rstrip() == "--" or bool(DEVICE.match(line) and _blank(lines[number + 1 : end]))
        if begins:
            kinds[number:end] = ["signature"] * size


def _blank(lines: list[str]) -> bool:
    return not any(line.strip() for line in lines)


def _blocks(kinds: list[Kind]) -> list[Block]:
    blocks: list[Block] = []
    start = 0
    while start < len(kinds):
        kind = kinds[start]
        end = start + 1
        while end < len(kinds) and kinds[end] is kind:
            end += 1
        blocks.append(Block(kind, start, end))
        start = end
    return blocks
