"""Compresses rich text as Outlook does ([MS-OXRTFCP] 2.3), for tests."""

from __future__ import annotations

import struct
from zlib import crc32

from tuidesk.core.mail.rtf import _FIRST_DICTIONARY


def packed(rtf: bytes) -> bytes:
    """Return the value of PidTagRtfCompressed for a text."""
    known, start = _FIRST_DICTIONARY + rtf, len(_FIRST_DICTIONARY)
    steps: list[tuple[int, bytes]] = []
    at = start
    while at < len(known):
        place, length = _longest(known, at)
        if length >= 2:
            steps.append((1, _reference(place, length)))
        else:
            steps.append((0, known[at : at + 1]))
        at += max(length, 1)
    steps.append((1, _reference(at, 2)))  # its own place is the end
    body = b"".join(
        bytes([sum(bit << number for number, (bit, _) in enumerate(steps[first : first + 8]))])
        + b"".join(code for _, code in steps[first : first + 8])
        for first in range(0, len(steps), 8)
    )
    return packed_body(body, len(rtf))


def packed_body(body: bytes, size: int, form: bytes = b"LZFu") -> bytes:
    """Return what stands around a compressed body."""
    checksum = crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF if form == b"LZFu" else 0
    return struct.pack("<II4sI", len(body) + 12, size, form, checksum) + body


def _longest(known: bytes, at: int) -> tuple[int, int]:
    """Return where within the window the longest copy of what stands at `at` begins; a copy may run into itself."""
    place, length = 0, 0
    while length < 17 and at + length < len(known):
        found = known.rfind(known[at : at + length + 1], max(0, at - 4095), at + length)
        if found < 0:
            break
        place, length = found, length + 1
    return place, length


def _reference(place: int, length: int) -> bytes:
    return struct.pack(">H", (place % 4096) << 4 | (length - 2))
