"""Paragraphs of a text that its sender broke into lines for transport (RFC 3676, `format=flowed`).

Invariants: linear in the text; no word is lost or moved; a signature's separator is no flowed line.
"""

from __future__ import annotations

import re

FLOWED_MAX = 1_000_000
"""Characters that are looked at; what comes behind keeps its lines."""
_DEPTH = re.compile(r">*")


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Return `text` with flowed lines joined, quotes as `> `; `delete_space` is the parameter DelSp (RFC 3676, 4.2)."""
    if len(text) > FLOWED_MAX:
        end = text.rfind("\n", 0, FLOWED_MAX)
        if end > 0:
            return unflow(text[:end], delete_space=delete_space) + text[end:]
    out: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        found = _DEPTH.match(line)
        level = found.end() if found else 0
        said = line[level:].removeprefix(" ")  # space-stuffing
        separator = said == "-- "
        if paragraph and (level != depth or separator):
            out.append(_quoted(depth, paragraph))
            paragraph = []
        depth = level
        flows = said.endswith(" ") and not separator
        paragraph.append(said[:-1] if flows and delete_space else said)
        if not flows:
            out.append(_quoted(depth, paragraph))
            paragraph = []
    if paragraph:
        out.append(_quoted(depth, paragraph))
    return "\n".join(out)


def _quoted(depth: int, paragraph: list[str]) -> str:
    text = "".join(paragraph)
    return f"{'>' * depth} {text}" if depth else text
