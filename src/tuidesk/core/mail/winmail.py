"""The files and the text in a winmail.dat, the container of Outlook's own format (MS-OXTNEF).

The one maintained reader in Python copies the rest of the data for each of its objects, which makes it quadratic
on hostile input, so the few structures that matter are read here. Must not follow anything but offsets that lie
within the data. Invariants: linear, nothing raises, at most `FILES_MAX` files.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from tuidesk.core.mail.charset import decode

FILES_MAX = 200
PROPERTIES_MAX = 5000

SIGNATURE = b"\x78\x9f\x3e\x22"

_HEAD = struct.Struct("<BHHI")  # level, attribute id, its type, length
_U16, _U32 = struct.Struct("<H"), struct.Struct("<I")

_BODY, _CODEPAGE, _MAPI = 0x800C, 0x9007, 0x9003
_FILE_BEGINS, _FILE_DATA, _FILE_TITLE, _FILE_MAPI = 0x9002, 0x800F, 0x8010, 0x9005

_P_BODY, _P_HTML, _P_FILENAME, _P_LONG_FILENAME = 0x1000, 0x1013, 0x3704, 0x3707
_P_DISPLAY_NAME, _P_DATA, _P_MEDIA, _P_CONTENT_ID = 0x3001, 0x3701, 0x370E, 0x3712
_T_STRING8, _T_UNICODE, _T_BINARY, _T_OBJECT = 0x001E, 0x001F, 0x0102, 0x000D
_FIXED_BYTES = {
    0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8,
    0x0048: 16,
}  # fmt: skip
_MULTIPLE = 0x1000
_NAMED = 0x8000
_INTERFACE_BYTES = 16


class PackedFile(NamedTuple):
    """A file of a winmail.dat; `media` and `content_id` are '' when it does not say."""

    name: str
    media: str
    content_id: str
    data: bytes


@dataclass(slots=True)
class Winmail:
    """What a winmail.dat holds; `whole` is False when it ended early or contradicted itself."""

    text: str = ""
    html: bytes = b""
    files: list[PackedFile] = field(default_factory=list)
    whole: bool = True


@dataclass(slots=True)
class _File:
    title: str = ""
    long_name: str = ""
    media: str = ""
    content_id: str = ""
    data: bytes = b""


def read_winmail(data: bytes) -> Winmail | None:
    """Return what is in `data`, None when it is no winmail.dat at all."""
    if not data.startswith(SIGNATURE):
        return None
    found, files = Winmail(), list[_File]()
    codepage = "cp1252"
    at = 6
    while at + _HEAD.size + 2 <= len(data):
        _level, name, _kind, length = _HEAD.unpack_from(data, at)
        start = at + _HEAD.size
        at = start + length + 2  # a checksum follows
        if at > len(data):
            found.whole = False
            break
        if name == _FILE_BEGINS:
            if len(files) >= FILES_MAX:
                found.whole = False
                break
            files.append(_File())
        elif name == _CODEPAGE and length >= 4:
            codepage = f"cp{_U32.unpack_from(data, start)[0]}"
        elif name == _BODY:
            found.text = decode(data[start : start + length].rstrip(b"\0"), codepage).text
        elif name == _MAPI:
            found.whole &= _message_properties(found, data, start, start + length, codepage)
        elif files and name == _FILE_DATA:
            files[-1].data = data[start : start + length]
        elif files and name == _FILE_TITLE:
            files[-1].title = decode(data[start : start + length].rstrip(b"\0"), codepage).text
        elif files and name == _FILE_MAPI:
            found.whole &= _file_properties(files[-1], data, start, start + length, codepage)
    else:
        found.whole &= at >= len(data)
    found.files = [
        PackedFile(one.long_name or one.title, one.media.lower(), one.content_id.strip("<> "), one.data)
        for one in files
        if one.data or one.long_name or one.title
    ]
    return found


def _message_properties(found: Winmail, data: bytes, start: int, end: int, codepage: str) -> bool:
    properties = _Properties(data, start, end)
    for name, kind, value in properties:
        if name == _P_BODY:
            found.text = _text(kind, value, codepage)
        elif name == _P_HTML:
            found.html = value
    return properties.whole


def _file_properties(file: _File, data: bytes, start: int, end: int, codepage: str) -> bool:
    properties = _Properties(data, start, end)
    for name, kind, value in properties:
        if name == _P_LONG_FILENAME:
            file.long_name = _text(kind, value, codepage)
        elif name == _P_FILENAME or (name == _P_DISPLAY_NAME and not file.title):
            file.title = _text(kind, value, codepage)
        elif name == _P_MEDIA:
            file.media = _text(kind, value, codepage)
        elif name == _P_CONTENT_ID:
            file.content_id = _text(kind, value, codepage)
        elif name == _P_DATA and not file.data:
            file.data = value[_INTERFACE_BYTES:] if kind == _T_OBJECT else value
    return properties.whole


def _text(kind: int, value: bytes, codepage: str) -> str:
    return decode(value, "utf-16-le" if kind == _T_UNICODE else codepage).text.rstrip("\0")


class _Properties:
    """Yields (id, type, first value) of a list of properties (MS-OXTNEF 2.1.3.4); `whole` once it was read."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self._data, self._at, self._end = data, start, end
        self.whole = True

    def __iter__(self) -> _Properties:
        self._left = min(self._number(), PROPERTIES_MAX) if self._at + 4 <= self._end else 0
        return self

    def __next__(self) -> tuple[int, int, bytes]:
        if self._left <= 0:
            raise StopIteration
        self._left -= 1
        try:
            return self._one()
        except _Beyond:
            self.whole = False
            self._left = 0
            raise StopIteration from None

    def _one(self) -> tuple[int, int, bytes]:
        tag = self._number()
        kind, name = tag & 0xFFFF, tag >> 16
        if name & _NAMED:
            self._skip(16)
            if self._number() == 0:
                self._number()
            else:
                self._skip(_padded(self._number()))
        multiple, kind = bool(kind & _MULTIPLE), kind & ~_MULTIPLE
        fixed = _FIXED_BYTES.get(kind)
        if fixed is None and kind not in (_T_STRING8, _T_UNICODE, _T_BINARY, _T_OBJECT):
            raise _Beyond
        count = self._number() if multiple or fixed is None else 1
        first = b""
        for number in range(count):
            size = fixed if fixed is not None else self._number()
            value = self._skip(_padded(size))[:size]
            if not number:
                first = value
        return name, kind, first

    def _number(self) -> int:
        if self._at + 4 > self._end:
            raise _Beyond
        found: int = _U32.unpack_from(self._data, self._at)[0]
        self._at += 4
        return found

    def _skip(self, size: int) -> bytes:
        start, self._at = self._at, self._at + size
        if self._at > self._end:
            raise _Beyond
        return self._data[start : self._at]


class _Beyond(Exception):
    """A length points out of the data."""


def _padded(size: int) -> int:
    return (size + 3) & ~3
