"""Raw header values to text: folding, encoded words, parameters, message ids, dates.

A raw value is a `str` in which bytes above 127 are surrogate escapes, as the tree of a mail
holds it. Here lives no knowledge of single fields, and nothing about addresses. Must not use the accessors
of `email` that decode: they raise on broken input. Invariants: nothing here raises, everything is linear in
the length of the value, and a value beyond `VALUE_MAX` characters is cut before it is looked at.
"""

from __future__ import annotations

import binascii
import re
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from tuidesk.core.domain.text import storable
from tuidesk.core.mail.charset import codec_of, damaged_utf8, decode

VALUE_MAX = 64 * 1024
READABLE_MAX = 32 * 1024
"""Characters of a raw value that are read for people: eight times what is kept, decoded word by word at a price."""
PARAMETERS_MAX = 200
PIECES_MAX = 10_000
"""Of base64 that was joined from several encodings; what follows is taken as one."""

_FOLD = re.compile(r"(?<![ \t])[ \t]*[\r\n]+[ \t]*")
_WORD = re.compile(
    # The text of a word ends at the first "?="; blanks and single "?" in it are common mistakes. It never
    # runs over the start of another word, which also keeps a value of a million unclosed starts linear.
    r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?((?:[^=?]++|\?(?!=)|=(?!\?[^=]))*+)\?=",
)
_GAPS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_Q_ESCAPE = re.compile(rb"=([0-9a-fA-F]{2})")
_NOT_IN_Q_WORD = re.compile("[?\udc80-\udcff]")
_Q_BREAK = re.compile(rb"=[ \t]++")
_PERCENT = re.compile(rb"%([0-9a-fA-F]{2})")
_PARAMETER = re.compile(r";\s*([^\s=:;\"]{1,100})\s*[=:]\s*(?:\"((?:[^\"\\]++|\\.)*+)\"|([^;]*))", re.DOTALL)
_WITHOUT_SEMICOLON = re.compile(r"\s*([^\s=:;,\"()]++)(?:\s*+,\s*+|\s++)(?=[A-Za-z0-9*_-]{1,60}\s*+[=:])")
_NAMES = ("name", "filename")
_QUOTED_PAIR = re.compile(r'\\(["\\])')
_PADDING = re.compile(rb"=+")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_COMMENT = re.compile(r"\([^()]*\)")
_ID = re.compile(r"<([^<>]{1,2000})>")
_BLANKS = re.compile(r"\s+")
_UNBROKEN = re.compile(r"\S+")


def unfold(value: str) -> str:
    """Return the raw `value` on one line: a fold and the blanks around it become one (RFC 5322, 2.2.3)."""
    value = value[:VALUE_MAX]
    if "\n" in value or "\r" in value:
        value = _FOLD.sub(" ", value)
    return value.strip(" \t")


def line_feeds(data: bytes) -> bytes:
    """Return bytes whose lines end with LF, whatever they ended with: CR LF, or the lone CR of old programs."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def single_line(text: str, limit: int) -> str:
    """Return `text` storable, without control characters and line breaks, at most `limit` characters long."""
    if not text.isprintable():
        text = _CONTROLS.sub("", _GAPS.sub(" ", text))
    if not text.isascii():
        text = storable(text)
    return text.strip()[:limit]


def plain(value: str, hint: str = "") -> str:
    """Return the raw `value` as text without looking for encoded words.

    Bytes above 127 and bare ISO-2022-JP are against RFC 5322 and frequent: UTF-8 first, else the charset
    `hint` (that of the body), else what it looks like, else Windows-1252.
    """
    if value.isascii():
        if "\x1b$" in value:
            return decode(value.encode("ascii"), "iso-2022-jp").text
        return value
    if "=?" in value:
        value = _WORD.sub(_escaped, value)
    data = value.encode("ascii", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        damaged = damaged_utf8(data)
    if damaged is not None:
        return damaged
    text = decode(data, hint).text
    if (codec_of(hint) or "").startswith("utf_8") and not all(sign.isalpha() for sign in text if sign > "\x7f"):
        # The mail says UTF-8: what would be letters is a slip of the sender's program, more cannot be told.
        return data.decode("utf-8", "replace")
    return text


def _escaped(word: re.Match[str]) -> str:
    """Return an encoded word with its raw bytes as the escapes they should be (RFC 2047, 4.2).

    They are in the charset of the word, whatever the rest of the value is in. In a word of UTF-8 they may as well
    be what the rest is.
    """
    codec = codec_of(word[1])
    if word[3].isascii() or word[2] in "bB" or codec is None or codec.startswith("utf_8"):
        return word[0]
    text = _NOT_IN_Q_WORD.sub(lambda sign: f"={ord(sign[0]) & 0xFF:02X}", word[3])
    return word[0].replace(word[3], text)


def decode_words(text: str) -> str:
    """Return `text` with its encoded words decoded (RFC 2047), leniently.

    Only blanks between two words vanish. Neighbours of one charset are joined as bytes first, because
    senders cut words in the middle of a character. Words may stand inside quotes and touch other text.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    pending = b""
    charset = ""
    at = 0
    for word in _WORD.finditer(text):
        between = text[at : word.start()]
        at = word.end()
        data = _word_bytes(word[2], word[3])
        if charset and (between.strip() or word[1].lower() != charset):
            out.append(_labelled(pending, charset))
            pending = b""
        if not charset or between.strip():
            out.append(between)
        charset = word[1].lower()
        pending += data
    if charset:
        out.append(_labelled(pending, charset))
    out.append(text[at:])
    return "".join(out)


def _labelled(data: bytes, charset: str) -> str:
    """Decode bytes of encoded words: what their charset cannot be is U+FFFD, never a guess at another one.

    Of an unknown charset only printable ASCII can be relied on, unless the bytes are UTF-8.
    """
    codec = codec_of(charset)
    if codec is not None and codec.startswith("utf_8"):
        return data.decode("utf-8", "replace")
    if codec is not None:
        return decode(data, charset).text
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("ascii", "replace")
    return _CONTROLS.sub("\ufffd", text)


def readable(value: str, limit: int, hint: str = "") -> str:
    """Return the raw `value` for people: decoded, one storable line of at most `limit` characters."""
    return single_line(decode_words(plain(unfold(value[:READABLE_MAX]), hint)), limit)


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Split a raw value like that of Content-Type into its head and its parameters, both decoded.

    The head and the names are lower-case. Continuations and charsets of RFC 2231 are resolved, encoded words
    in values too; the extended form wins over the plain one, the first of two equal names over the second.
    Slips of senders are understood: no semicolon before a parameter, a colon for the sign of equality, a quote that
    does not end.
    """
    if not value:
        return "", {}
    value = unfold(value)
    head, semicolon, _ = value.partition(";")
    if (" " in head or "," in head) and (hit := _WITHOUT_SEMICOLON.match(value)) is not None:
        value = f"{hit[1]};{value[hit.end() :]}"
        head, semicolon, _ = value.partition(";")
    values: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    if semicolon:
        for count, match in enumerate(_PARAMETER.finditer(value, len(head))):
            if count >= PARAMETERS_MAX:
                break
            quoted = match[2]
            name = match[1].lower()
            text = _unquoted(name, match[3]) if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
            if "*" not in name:
                values.setdefault(name, text)
                continue
            base, _, section = name.partition("*")
            number = section.removesuffix("*")
            key = int(number) if number.isdecimal() and len(number) < 5 else 0
            pieces.setdefault(base, {}).setdefault(key, (name.endswith("*"), text))
    decoded = {name: decode_words(plain(text)) for name, text in values.items()}
    for base, sections in pieces.items():
        decoded[base] = _continued(sections)
    if "(" in head:
        head = _COMMENT.sub("", head)
    return head.strip().lower(), decoded


def _unquoted(name: str, value: str) -> str:
    """Return a value that is in no quotes, without a comment behind it (RFC 2045, 5.1); in names of files none is."""
    text = value.strip().removeprefix('"')
    return text if name.startswith(_NAMES) else text.partition(" (")[0].rstrip()


def message_ids(values: list[str], newest: int) -> tuple[str, ...]:
    """Return the message ids of raw `values` with angle brackets, in order, the last `newest` of them.

    A fold inside an id vanishes; ids that were written without brackets are taken when there are no others.
    """
    text = plain(" ".join(values)[-VALUE_MAX:])
    found: Iterable[str] = (_BLANKS.sub("", hit[1]) for hit in _ID.finditer(text))
    ids = _last(found, newest)
    return ids or _last((word[0].strip("<>,;") for word in _UNBROKEN.finditer(text) if "@" in word[0]), newest)


def _last(found: Iterable[str], newest: int) -> tuple[str, ...]:
    ids = (single_line(item, 2000) for item in found)
    return tuple(deque((f"<{item}>" for item in ids if item), maxlen=newest))


def read_date(value: str) -> datetime | None:
    """Return a Date value in UTC, None when it cannot be read or lies outside the years 1970 to 2199.

    A missing or unknown zone counts as UTC (RFC 5322, 4.3).
    """
    try:
        parsed = parsedate_tz(unfold(value)[:200])
        if parsed is None:
            return None
        year, month, day, hour, minute, second = parsed[:6]
        if not 1970 <= year < 2200:
            return None
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        return local - timedelta(seconds=parsed[9] or 0)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # The parser of the standard library raises all of these on made-up dates.
        return None


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    if encoding in "qQ":
        if b"= " in data:  # the soft line break of quoted-printable, which folded an escape in two
            data = _Q_BREAK.sub(b"", data)
        return _Q_ESCAPE.sub(lambda hit: bytes((int(hit[1], 16),)), data.replace(b"_", b" "))
    return base64_bytes(data)


def base64_bytes(data: bytes) -> bytes:
    """Decode base64 leniently: foreign characters are skipped, missing padding is added.

    What follows padding in the middle is decoded too: such data was joined from several encoded pieces.
    """
    end = data.find(b"=")
    if end < 0 or not data[end:].strip(b"= \t\r\n"):
        try:
            return binascii.a2b_base64(data)
        except binascii.Error:
            return _unpadded(data)
    return b"".join(map(_unpadded, _PADDING.split(data, PIECES_MAX)))


def _unpadded(piece: bytes) -> bytes:
    """Decode base64 whatever its length; a last lone character says nothing."""
    clean = piece.translate(None, _NOT_BASE64)
    clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def _continued(sections: dict[int, tuple[bool, str]]) -> str:
    """Join the sections of one parameter as bytes, then decode them (RFC 2231, 3 and 4)."""
    charset = ""
    data = b""
    for number, (extended, text) in sorted(sections.items()):
        piece = text.encode("utf-8", "surrogateescape")
        if extended:
            if number == 0 and text.count("'") >= 2:
                charset, _, rest = text.split("'", 2)
                piece = rest.encode("utf-8", "surrogateescape")
            piece = _PERCENT.sub(lambda hit: bytes((int(hit[1], 16),)), piece)
        data += piece
    return decode_words(decode(data, charset).text)
