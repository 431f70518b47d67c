"""The files and the text in a winmail.dat, the container of Outlook's own format ([MS-OXTNEF]).

The one maintained reader in Python copies the rest of the data for each of its objects, which makes it quadratic
on hostile input, so the few structures that matter are read here. A mail that is attached to the mail is a container
within the container: it becomes a text file beside its files. Must not follow anything but offsets that lie within the
data. Invariants: linear, nothing raises, at most `FILES_MAX` files, `DEPTH_MAX` containers one within the other; the
texts of attached mails together take `TEXT_MAX` bytes more than the container at most.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import NamedTuple

from tuidesk.core.mail.charset import decode
from tuidesk.core.mail.headers import single_line
from tuidesk.core.mail.rtf import RTF_MAX, read_rtf, unpack_rtf

FILES_MAX = 200
PROPERTIES_MAX = 5000
DEPTH_MAX = 10
TEXT_MAX = 256 * 1024
"""More than the container has itself: letters take more bytes in UTF-8, and rich text is compressed."""
NAME_MAX = 180
WORDS_MAX = 8000

SIGNATURE = b"\x78\x9f\x3e\x22"

_HEAD = struct.Struct("<BHHI")  # level, attribute id, its type, length
_U32, _U64 = struct.Struct("<I"), struct.Struct("<Q")

_SUBJECT, _BODY, _CODEPAGE, _MAPI = 0x8004, 0x800C, 0x9007, 0x9003
_FILE_BEGINS, _FILE_DATA, _FILE_TITLE, _FILE_MAPI = 0x9002, 0x800F, 0x8010, 0x9005

_P_BODY, _P_RTF, _P_HTML, _P_FILENAME, _P_LONG_FILENAME = 0x1000, 0x1009, 0x1013, 0x3704, 0x3707
_P_DISPLAY_NAME, _P_DATA, _P_MEDIA, _P_CONTENT_ID = 0x3001, 0x3701, 0x370E, 0x3712
_P_SUBJECT, _P_SENT, _P_DELIVERED, _P_TO, _P_CC = 0x0037, 0x0039, 0x0E06, 0x0E04, 0x0E03
_P_FROM_NAME, _P_FROM_ADDRESS, _P_SENDER_NAME, _P_SENDER_ADDRESS = 0x0042, 0x0065, 0x0C1A, 0x0C1F
_WORDS = frozenset((_P_SUBJECT, _P_TO, _P_CC, _P_FROM_NAME, _P_FROM_ADDRESS, _P_SENDER_NAME, _P_SENDER_ADDRESS))
_TIMES = (_P_SENT, _P_DELIVERED)
_T_TIME, _T_STRING8, _T_UNICODE, _T_BINARY, _T_OBJECT = 0x0040, 0x001E, 0x001F, 0x0102, 0x000D
_FIXED_BYTES = {
    0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8,
    0x0048: 16,
}  # fmt: skip
_MULTIPLE = 0x1000
_NAMED = 0x8000
_INTERFACE_BYTES = 16
_NOTHING = memoryview(b"")
_FILETIME_BEGINS = datetime(1601, 1, 1, tzinfo=UTC)


class PackedFile(NamedTuple):
    """A file of a winmail.dat; `media` and `content_id` are '' when it does not say, `charset` when it is no text."""

    name: str
    media: str
    content_id: str
    data: bytes
    charset: str = ""


@dataclass(slots=True)
class Winmail:
    """What a winmail.dat holds; `whole` is False when it ended early, contradicted itself or held what is unknown."""

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
    data: memoryview = _NOTHING
    is_object: bool = False

    @property
    def is_mail(self) -> bool:
        return self.is_object and self.data[: len(SIGNATURE)] == SIGNATURE


@dataclass(slots=True)
class _Left:
    """What may still be taken from one winmail.dat, however deep; texts and rich text are counted in bytes."""

    files: int
    text: int
    rtf: int


def read_winmail(data: bytes) -> Winmail | None:
    """Return what is in `data`, None when it is no winmail.dat at all.

    Html that was wrapped in rich text comes as ASCII with references, so it reads alike whatever charset it names.
    """
    if not data.startswith(SIGNATURE):
        return None
    return _Message(memoryview(data), "cp1252", _Left(FILES_MAX, TEXT_MAX + len(data), RTF_MAX), 1).read()


class _Message:
    """A container, or one within it; values are places in the data, since copies would be one more for each depth."""

    def __init__(self, data: memoryview, codepage: str, left: _Left, depth: int) -> None:
        self._data, self._codepage, self._left, self._depth = data, codepage, left, depth
        self._found = Winmail()
        self._rtf: memoryview | None = None
        self._files: list[_File] = []
        self._words: dict[int, str] = {}

    def read(self) -> Winmail:
        """Return what is in it."""
        found = self._found
        self._walk()
        if self._rtf is not None and not found.text.strip() and not found.html.strip():
            self._read_rtf(bytes(self._rtf))
        for file in self._files:
            if file.is_mail:
                self._add_mail(file)
            elif file.data or file.long_name or file.title:
                name = file.long_name or file.title
                found.files.append(PackedFile(name, file.media.lower(), file.content_id.strip("<> "), bytes(file.data)))
        return found

    def _walk(self) -> None:
        data, found, files = self._data, self._found, self._files
        at = 6
        while at + _HEAD.size + 2 <= len(data):
            _level, name, _kind, length = _HEAD.unpack_from(data, at)
            start = at + _HEAD.size
            at = start + length + 2  # a checksum follows
            if at > len(data):
                found.whole = False
                if start + length > len(data):
                    break
            value = data[start : start + length]
            if name == _FILE_BEGINS:
                if not self._left.files:
                    found.whole = False
                    break
                self._left.files -= 1
                files.append(_File())
            elif name == _CODEPAGE and length >= 4:
                self._codepage = f"cp{_U32.unpack_from(value)[0]}"
            elif name == _SUBJECT:
                self._words.setdefault(_P_SUBJECT, self._text(_T_STRING8, value[:WORDS_MAX]))
            elif name == _BODY:
                found.text = self._text(_T_STRING8, value)
            elif name == _MAPI:
                self._read_properties(value)
            elif files and name == _FILE_DATA:
                # Beside an object this is a sentence for programs that do not know objects.
                if not files[-1].is_object:
                    files[-1].data = value
            elif files and name == _FILE_TITLE:
                files[-1].title = self._text(_T_STRING8, value)
            elif files and name == _FILE_MAPI:
                self._read_file(files[-1], value)
        else:
            found.whole &= at >= len(data)

    def _read_properties(self, data: memoryview) -> None:
        found = self._found
        properties = _Properties(data)
        for name, kind, value in properties:
            if name == _P_BODY:
                found.text = self._text(kind, value) or found.text
            elif name == _P_HTML:
                # A text has no longer the charset that it names.
                found.html = _as_ascii(self._text(kind, value)) if kind == _T_UNICODE else bytes(value)
            elif name == _P_RTF and value:
                self._rtf = value
            elif name in _WORDS and kind in (_T_STRING8, _T_UNICODE):
                self._words[name] = self._text(kind, value[:WORDS_MAX])
            elif name in _TIMES and kind == _T_TIME and len(value) == _U64.size:
                self._words[name] = _date(value)
        found.whole &= properties.whole

    def _read_file(self, file: _File, data: memoryview) -> None:
        properties = _Properties(data)
        for name, kind, value in properties:
            if name == _P_LONG_FILENAME:
                file.long_name = self._text(kind, value)
            elif name == _P_FILENAME or (name == _P_DISPLAY_NAME and not file.title):
                file.title = self._text(kind, value)
            elif name == _P_MEDIA:
                file.media = self._text(kind, value)
            elif name == _P_CONTENT_ID:
                file.content_id = self._text(kind, value)
            elif name == _P_DATA and kind == _T_OBJECT:
                file.is_object = len(value) > _INTERFACE_BYTES
                file.data = value[_INTERFACE_BYTES:] if file.is_object else file.data
            elif name == _P_DATA and not file.data:
                file.data = value
        self._found.whole &= properties.whole

    def _read_rtf(self, packed: bytes) -> None:
        unpacked = unpack_rtf(packed, self._left.rtf)
        self._left.rtf -= len(unpacked.rtf)
        rich = read_rtf(unpacked.rtf)
        self._found.whole &= unpacked.whole and rich.whole
        if rich.html:
            self._found.html = _as_ascii(rich.text)
        else:
            self._found.text = rich.text

    def _add_mail(self, file: _File) -> None:
        """Add an attached mail: its text, with the lines that tell whose it is, and its files."""
        files = self._found.files
        if self._depth >= DEPTH_MAX:
            self._found.whole = False
            return
        message = _Message(file.data, self._codepage, self._left, self._depth + 1)
        inner = message.read()
        self._found.whole &= inner.whole
        name = single_line(message._words.get(_P_SUBJECT, "") or file.long_name or file.title, NAME_MAX)
        if not (inner.text.strip() or inner.html.strip() or inner.files):
            # A contact, a task: what it says is in properties of its own. Its bytes are all there is to keep.
            files.append(PackedFile(f"{name}.dat" if name else "", "application/vnd.ms-tnef", "", bytes(file.data)))
            return
        text = message._as_text() if inner.text.strip() or not inner.html.strip() else message._as_html()
        if len(text.data) > self._left.text:
            self._found.whole = False
            text = text._replace(data=text.data[: self._left.text])
        self._left.text -= len(text.data)
        files.append(text._replace(name=f"{name}{text.name}" if name else ""))
        files += inner.files

    def _as_text(self) -> PackedFile:
        said = "\n".join([*self._head(), "", self._found.text.replace("\r\n", "\n").replace("\r", "\n")])
        return PackedFile(".txt", "text/plain", "", said.encode("utf-8", "replace"), "utf-8")

    def _as_html(self) -> PackedFile:
        head = _as_ascii("<br>\n".join(map(escape, self._head())))
        return PackedFile(".html", "text/html", "", b"<p>" + head + b"</p>\n" + self._found.html)

    def _head(self) -> list[str]:
        said = {name: single_line(words, 1000) for name, words in self._words.items() if words}
        who = said.get(_P_FROM_NAME) or said.get(_P_SENDER_NAME, "")
        address = said.get(_P_FROM_ADDRESS) or said.get(_P_SENDER_ADDRESS, "")
        if "@" in address and address != who:  # else it is a place in the directory of its firm
            who = f"{who} <{address}>".lstrip()
        lines = {
            "From": who,
            "Date": said.get(_P_SENT) or said.get(_P_DELIVERED, ""),
            "To": said.get(_P_TO, ""),
            "Cc": said.get(_P_CC, ""),
            "Subject": said.get(_P_SUBJECT, ""),
        }
        return [f"{name}: {words}" for name, words in lines.items() if words]

    def _text(self, kind: int, value: memoryview) -> str:
        if kind == _T_UNICODE:
            return decode(bytes(value), "utf-16-le").text.rstrip("\0")
        return decode(bytes(value).rstrip(b"\0"), self._codepage).text


def _as_ascii(html: str) -> bytes:
    return html.encode("ascii", "xmlcharrefreplace")


def _date(filetime: memoryview) -> str:
    ticks: int = _U64.unpack(filetime)[0]
    try:
        return format_datetime(_FILETIME_BEGINS + timedelta(microseconds=ticks // 10))
    except OverflowError:
        return ""


class _Properties:
    """Yields (id, type, first value) of a list of properties ([MS-OXTNEF] 2.1.3.4); `whole` once it was read."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at, self._end = data, 0, len(data)
        self.whole = True

    def __iter__(self) -> _Properties:
        said = self._number() if self._at + 4 <= self._end else 0
        self._left = min(said, PROPERTIES_MAX)
        self.whole = said <= PROPERTIES_MAX
        return self

    def __next__(self) -> tuple[int, int, memoryview]:
        if self._left <= 0:
            raise StopIteration
        self._left -= 1
        try:
            return self._one()
        except _Beyond:
            self.whole = False
            self._left = 0
            raise StopIteration from None

    def _one(self) -> tuple[int, int, memoryview]:
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
        first = _NOTHING
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

    def _skip(self, size: int) -> memoryview:
        start, self._at = self._at, self._at + size
        if self._at > self._end:
            raise _Beyond
        return self._data[start : self._at]


class _Beyond(Exception):
    """A length points out of the data."""


def _padded(size: int) -> int:
    return (size + 3) & ~3
