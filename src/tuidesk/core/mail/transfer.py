"""Transfer encodings of a part undone (RFC 2045, 6), with what is done to such parts on their way.

Must not know what a part is for. Invariants: nothing raises, everything is linear in the part, and what could not
be decoded comes back as it is, with a word that says so.
"""

from __future__ import annotations

import binascii
import re

from tuidesk.core.mail.headers import base64_bytes
from tuidesk.core.mail.uuencode import take_files

FOOTER_MAX = 16 * 1024
"""Bytes of text behind base64 that count as something a program on the way has appended."""

_IDENTITY = frozenset(("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"))
_QUOTED_PRINTABLE = frozenset(("quoted-printable", "quoted_printable", "quoted printable"))
_UUENCODE = frozenset(("x-uuencode", "uuencode", "x-uue", "uue"))

_LOOKED_AT = 4096
_WHOLE_MIN = 16
_PADDED_MIN = 8
"""Signs of base64 from which on they are no words of a language: without and with padding."""

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_STRAY = bytes(set(range(256)) - set(_BASE64))
_OUTSIDE_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]|(?<=\S)[ \t]++(?=\S)")
_PROSE = re.compile(rb"[^A-Za-z0-9+/=\s]{2}|(?<=\S)[ \t]++(?=\S)")
_DATA_LINE = re.compile(rb"^[A-Za-z0-9+/]{60,76}=*+\r?$", re.MULTILINE)
_PADDED = re.compile(rb"[A-Za-z0-9+/]*+={1,2}")


def decoded(raw: bytes, encoding: str) -> tuple[bytes, str]:
    """Return the bytes behind a transfer encoding (its name in lower case), and a problem word or ''.

    The word is 'encoding:<name>' for bytes that stay as they are, and 'encoding:base64-footer' when text that stood
    behind base64 was left out.
    """
    if encoding in _IDENTITY:
        return raw, ""
    if encoding in _QUOTED_PRINTABLE:
        return binascii.a2b_qp(raw), ""
    if encoding == "base64":
        return _base64(raw)
    if encoding in _UUENCODE:
        return _uuencoded(raw)
    return raw, "encoding:" + re.sub(r"[^a-z0-9-]+", "", encoding)[:40]


def is_known(encoding: str) -> bool:
    """Say whether there is a decoder for an encoding."""
    return encoding == "base64" or encoding in _IDENTITY | _QUOTED_PRINTABLE | _UUENCODE


def _base64(raw: bytes) -> tuple[bytes, str]:
    """Decode base64 up to the text that a list or a scanner has appended; prose under a wrong label stays as it is.

    Other signs are ignored, and padding is "evidence that the end of the data has been reached" (RFC 2045, 6.8).
    """
    if not raw.translate(None, _BASE64 + b"\r\n"):
        return base64_bytes(raw), ""
    footer = _footer(raw)
    if footer is not None:
        return base64_bytes(raw[:footer]), "encoding:base64-footer"
    if _is_prose(raw) and not (len(raw) <= _LOOKED_AT and _is_whole(raw, ignored=_STRAY)):
        return raw, "encoding:base64"
    return base64_bytes(raw), ""


def _footer(raw: bytes) -> int | None:
    """Return where a text begins that stands behind whole base64, None when there is none."""
    prose = _PROSE.search(raw, max(0, len(raw) - FOOTER_MAX))
    if prose is None:
        return None
    line = max(raw.rfind(b"\n", 0, prose.start()), raw.rfind(b"\r", 0, prose.start())) + 1
    padded = _PADDED.match(raw, line)
    for end in (padded.end() if padded else line, line):
        if _is_whole(raw[:end]) and _is_prose(raw[end:]) and not _DATA_LINE.search(raw, end):
            return end
    return None


def _is_prose(data: bytes) -> bool:
    """Say whether more than one in twenty signs at the beginning of `data` are not those of base64."""
    head = data[:_LOOKED_AT]
    return len(_OUTSIDE_BASE64.findall(head)) * 20 > len(head)


def _is_whole(data: bytes, ignored: bytes = b" \t\r\n") -> bool:
    """Say whether data are lines of base64 and nothing but that and `ignored` signs, from the first to the last one."""
    signs = data.translate(None, ignored)
    enough = _PADDED_MIN if signs.endswith(b"=") else _WHOLE_MIN
    whole = len(signs) % 4 == 0 and len(signs) >= enough and not signs.translate(None, _BASE64)
    return whole and not _PROSE.search(data[:_LOOKED_AT])


def _uuencoded(raw: bytes) -> tuple[bytes, str]:
    """Return the file in a part that is uuencoded as a whole; what stands behind it may be a footer."""
    text = raw.replace(b"\r\n", b"\n").decode("latin-1").lstrip()
    rest, files = take_files(text) if text.startswith("begin ") else (text, [])
    if not files:
        return raw, "encoding:x-uuencode"
    return files[0].data, "encoding:x-uuencode" if rest.strip() or len(files) > 1 else ""
