"""The text in a compressed rich text, the form in which Outlook's own format has the text of many mails.

Here lives the decompression ([MS-OXRTFCP]) and the reading of RTF for its words: html that was wrapped in it comes out
as it was ([MS-OXRTFEX]), else text without its layout. The readers on PyPI bring parsers of their own, or have no limit
for what is unpacked. Must not follow anything in the text. Invariants: linear, nothing raises, at most `RTF_MAX` bytes
are unpacked and `TOKENS_MAX` pieces read; what was left out makes `whole` False.
"""

from __future__ import annotations

import re
import struct
from io import StringIO
from typing import NamedTuple
from zlib import crc32

from tuidesk.core.mail.charset import codec_of

RTF_MAX = 1_500_000
"""Bytes: half a million of html, which takes three times its size. More would take longer than a mail may."""
TOKENS_MAX = 400_000
DEPTH_MAX = 500
FONTS_MAX = 5_000
ADDRESS_MAX = 2_000

_HEAD = struct.Struct("<II4sI")  # bytes that follow the first number, bytes of the text, form, checksum
_DICTIONARY_BYTES = 4096
_FIRST_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)

_TOKEN = re.compile(
    rb"([^\\{}\r\n]++)|((?:\\'[0-9a-fA-F]{2}){1,500}+)|\\([a-zA-Z]{1,32}+)(-?[0-9]{1,10}+)? ?|([{}])|[\r\n]++|\\(.)",
    re.DOTALL,
)
_NOT_HEX = re.compile(rb"[^0-9a-fA-F]++")
_ADDRESS = re.compile(rb'HYPERLINK\s{1,9}"?((?:https?|ftp|mailto|tel):[^"\s]++)', re.IGNORECASE)

_TEXT, _SKIPPED, _FONTS, _TAG, _FIELD = range(5)
_SILENT = frozenset({
    *("colortbl", "stylesheet", "info", "pict", "header", "headerl", "headerr", "headerf", "footer", "footerl"),
    *("footerr", "footerf", "listtable", "listoverridetable", "rsidtbl", "revtbl", "filetbl", "xmlnstbl", "template"),
    *("private", "tc", "tcn", "xe", "rxe", "bkmkstart", "bkmkend", "atnid", "atnauthor", "objdata", "objclass"),
})  # fmt: skip
_LOST = frozenset(("pict", "shppict", "objdata"))
_SIGNS = {
    **dict.fromkeys(("par", "line", "sect", "page", "row", "nestrow"), "\n"),
    **dict.fromkeys(("tab", "cell", "nestcell"), "\t"),
    "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "endash": "–", "emdash": "—",
    "enspace": "\u2002", "emspace": "\u2003", "zwj": "\u200d", "zwnj": "\u200c", "ltrmark": "\u200e",
    "rtlmark": "\u200f", "~": "\xa0", "_": "\u2011", "-": "",
    "{": "{", "}": "}", "\\": "\\", "\n": "\n", "\r": "\n", "\t": "\t",
}  # fmt: skip
_CODE_PAGES = {
    0: 1252, 77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255,
    178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850,
}  # fmt: skip
"""By \\fcharset; the other numbers mean the code page of the whole text."""


class Unpacked(NamedTuple):
    """A rich text; `whole` is False when it was cut or its checksum says that it was damaged."""

    rtf: bytes
    whole: bool


class RichText(NamedTuple):
    """The words of a rich text; `html` when they are the source of html; `whole` is False when something is missing."""

    text: str
    html: bool
    whole: bool


def unpack_rtf(data: bytes, limit: int = RTF_MAX) -> Unpacked:
    """Return the rich text that is compressed in `data` (the value of PidTagRtfCompressed), at most `limit` bytes."""
    if len(data) < _HEAD.size:
        return Unpacked(b"", False)
    follows, size, form, checksum = _HEAD.unpack_from(data)
    whole, size = size <= limit, min(size, limit)
    if form == b"MELA":  # as it is; the first number is not what [MS-OXRTFCP] says in all of them
        rtf = data[_HEAD.size : _HEAD.size + size]
    elif form == b"LZFu":
        packed = data[_HEAD.size : follows + 4]
        whole &= crc32(packed, 0xFFFFFFFF) ^ 0xFFFFFFFF == checksum
        rtf = _expanded(packed, size)
    else:
        return Unpacked(b"", False)
    return Unpacked(rtf, whole and len(rtf) == size)


def _expanded(packed: bytes, size: int) -> bytes:
    """Undo LZFu ([MS-OXRTFCP] 2.2): eight bits say which of the next eight are a byte, which a place and a length."""
    out = bytearray(_FIRST_DICTIONARY)
    enough = size + len(out)
    at, bits, left = 0, 0, 0
    while len(out) < enough and at < len(packed):
        if not left:
            bits, left, at = packed[at], 8, at + 1
            if not bits:  # eight bytes as they are
                out += packed[at : at + 8]
                at, left = at + 8, 0
            continue
        left -= 1
        if not bits & 1:
            out.append(packed[at])
            at += 1
        else:
            if at + 2 > len(packed):
                break
            place, length = packed[at] << 4 | packed[at + 1] >> 4, (packed[at + 1] & 15) + 2
            at += 2
            back = (len(out) - place) % _DICTIONARY_BYTES
            if not back or back > len(out):  # its own place is the end; what was never written is no text
                break
            start = len(out) - back
            piece = out[start : start + length]
            out += piece if back >= length else (piece * length)[:length]
        bits >>= 1
    return bytes(out[len(_FIRST_DICTIONARY) : enough])


def read_rtf(rtf: bytes) -> RichText:
    """Return the words of `rtf`, '' and not whole when it is none."""
    if not rtf.startswith(b"{\\rtf"):
        return RichText("", False, False)
    return _Reader(rtf).read()


class _Reader:
    """Reads one rich text; what a group changes is put back at its end."""

    def __init__(self, rtf: bytes) -> None:
        self._rtf = rtf
        self._at = 0
        self._html, self._whole, self._halves = False, True, False
        self._out = StringIO()
        self._waiting, self._waiting_codec = bytearray(), "cp1252"
        self._page, self._default_font, self._font_described = "cp1252", 0, 0
        self._fonts: dict[int, str] = {}
        # of the group: where its words go, \htmlrtf, the font, signs that stand after \u for old readers
        self._target, self._quiet, self._font, self._after_unicode = _TEXT, False, -1, 1
        self._outer: list[tuple[int, bool, int, int]] = []
        self._starred, self._pass = False, 0
        self._field = bytearray()
        self._address, self._shown_from, self._shown_depth = "", 0, 0

    def read(self) -> RichText:
        match = _TOKEN.match
        for _ in range(TOKENS_MAX):
            found = match(self._rtf, self._at)
            if found is None:
                break
            self._at = found.end()
            text, codes, word, number, brace, sign = found.groups()
            if brace:
                self._brace(brace)
                if not self._outer or len(self._outer) > DEPTH_MAX:
                    break
            elif word:
                self._word(word.decode("ascii"), int(number) if number else None)
            elif self._target == _SKIPPED:
                continue
            elif text:
                self._bytes(text)
            elif codes:
                self._bytes(bytes.fromhex(_NOT_HEX.sub(b"", codes).decode("ascii")))
            elif sign == b"*":
                self._starred = True
            elif sign:
                self._sign(_SIGNS.get(sign.decode("latin_1"), ""))
        self._flush()
        said = self._out.getvalue()
        if self._halves:  # a character beyond the first 65,536 is two \\u
            said = said.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return RichText(said, self._html, self._whole and not self._outer)

    def _brace(self, brace: bytes) -> None:
        self._starred, self._pass = False, 0
        if brace == b"{":
            self._outer.append((self._target, self._quiet, self._font, self._after_unicode))
            return
        if self._outer:
            self._target, self._quiet, self._font, self._after_unicode = self._outer.pop()
        if self._address and len(self._outer) < self._shown_depth:
            self._tell_address()

    def _word(self, word: str, number: int | None) -> None:
        if word == "bin":
            self._at += max(number or 0, 0)
        if self._target == _SKIPPED:
            return
        if self._pass:
            self._pass -= 1
            return
        if word in _LOST and not self._html:
            self._whole = False
        if self._starred:
            self._starred = False
            self._target = _TAG if word == "htmltag" and self._html else _FIELD if word == "fldinst" else _SKIPPED
            if word == "fldinst":
                self._field.clear()
        elif word == "u":
            if self._visible:
                self._flush()
                sign = chr((number or 0) & 0xFFFF)
                self._halves |= "\ud800" <= sign <= "\udfff"
                self._out.write(sign)
            self._pass = self._after_unicode
        elif word in _SIGNS:
            self._sign(_SIGNS[word])
        elif word in _SILENT:
            self._target = _SKIPPED
        elif word == "htmlrtf":
            self._quiet = self._html and number != 0
        elif word == "fonttbl":
            self._target = _FONTS
        elif word == "fldrslt":
            self._begin_shown()
        else:
            self._set(word, number or 0)

    def _set(self, word: str, number: int) -> None:
        """Take a word that is about the signs that follow."""
        described = self._target == _FONTS and len(self._fonts) < FONTS_MAX
        if word == "f":
            self._font = self._font_described = number
        elif word == "plain":
            self._font = -1
        elif word == "uc":
            self._after_unicode = min(max(number, 0), 9)
        elif word == "fcharset" and described and number in _CODE_PAGES:
            self._fonts[self._font_described] = _codec(_CODE_PAGES[number])
        elif word == "cpg" and described:
            self._fonts[self._font_described] = _codec(number)
        elif word == "deff":
            self._default_font = number
        elif word == "ansicpg":
            self._page = _codec(number)
        elif word in ("mac", "pc", "pca"):
            self._page = _codec({"mac": 10000, "pc": 437, "pca": 850}[word])
        elif word == "fromhtml":
            self._html = True

    @property
    def _visible(self) -> bool:
        return self._target == _TAG or (self._target == _TEXT and not self._quiet)

    def _bytes(self, data: bytes) -> None:
        if self._pass:
            passed = min(self._pass, len(data))
            self._pass -= passed
            data = data[passed:]
        if self._target == _FIELD and len(self._field) < ADDRESS_MAX:
            self._field += data[:ADDRESS_MAX]
        if not data or not self._visible:
            return
        codec = self._page
        if self._target == _TEXT:
            font = self._font if self._font >= 0 else self._default_font
            codec = self._fonts.get(font, codec)
        if codec != self._waiting_codec:
            self._flush()
            self._waiting_codec = codec
        self._waiting += data

    def _sign(self, sign: str) -> None:
        if self._pass:
            self._pass -= 1
        elif self._visible:
            self._flush()
            self._out.write(sign)

    def _flush(self) -> None:
        """Decode together what stands together: a character may be two codes, or a code and a letter."""
        if self._waiting:
            self._out.write(self._waiting.decode(self._waiting_codec, "replace"))
            self._waiting.clear()

    def _begin_shown(self) -> None:
        """A link's text begins: its address, which was said before, follows it."""
        found = _ADDRESS.search(bytes(self._field))
        self._field.clear()
        if found and self._visible and not self._html:
            self._flush()
            self._address = found[1][:ADDRESS_MAX].decode(self._page, "replace")
            self._shown_from, self._shown_depth = self._out.tell(), len(self._outer)

    def _tell_address(self) -> None:
        self._flush()
        self._out.seek(self._shown_from)
        shown = self._out.read().strip()
        if shown.removeprefix("mailto:") != self._address.removeprefix("mailto:"):
            self._out.write(f" <{self._address}>")
        self._address = ""


def _codec(page: int) -> str:
    return "mac_roman" if page == 10000 else codec_of(f"cp{page}") or "cp1252"
