"""Files that stand uuencoded in the text of a mail (POSIX uuencode; Lotus Notes and old programs still send them).

Must not guess: what is no whole, well-formed file stays text. Invariants: linear in the text, nothing raises,
at most `FILES_MAX` files.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from typing import NamedTuple

FILES_MAX = 50
LINES_MAX = 100_000
"""Beyond these the lines of a file must be as long as programs make them: 61 signs."""

_FILE = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,200})\n((?:[ -`]{0,86}[ \t]*+\n)++)end[ \t]*+$\n?", re.MULTILINE)
# No small letter is in a line: the lines of one file end before the next one begins, which keeps this linear.

_LINE = re.compile(r"[^\n]+")

_TO_BASE64 = {
    32 + n: sign for n, sign in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
} | {96: "A"}
"""Both carry six bits a character; the decoder for uuencode refuses the stray bits that Notes leaves at the end."""


class EncodedFile(NamedTuple):
    """A file that was found in a text."""

    name: str
    data: bytes


def take_files(text: str) -> tuple[str, list[EncodedFile]]:
    """Return `text` without its uuencoded files, and the files in their order. Lines end with LF."""
    if "begin " not in text:
        return text, []
    kept: list[str] = []
    files: list[EncodedFile] = []
    at = 0
    for hit in _FILE.finditer(text):
        data = None if _is_crumbs(hit[2]) else _decoded(line[0] for line in _LINE.finditer(hit[2]))
        if data is not None:
            kept.append(text[at : hit.start()])
            files.append(EncodedFile(hit[1].strip(), data))
            at = hit.end()
        if len(files) >= FILES_MAX:
            break
    kept.append(text[at:])
    return "".join(kept), files


def _is_crumbs(body: str) -> bool:
    """Say whether more short lines stand there than any program writes: each costs as much as a long one."""
    lines = body.count("\n")
    return lines > LINES_MAX and lines * 40 > len(body)


def _decoded(lines: Iterable[str]) -> bytes | None:
    """Return the bytes of the lines between begin and end, None when one of them is no encoded line."""
    out = bytearray()
    for line in lines:
        line = line.rstrip()  # blanks at line ends come and go on the way
        if line in ("`", ""):  # the line of length 0
            continue
        length = (ord(line[0]) - 32) & 63
        need = (length + 2) // 3 * 4
        if len(line) > need + 3:  # some programs append a checksum
            return None
        out += binascii.a2b_base64(line[1 : 1 + need].ljust(need).translate(_TO_BASE64))[:length]
    return bytes(out) or None
