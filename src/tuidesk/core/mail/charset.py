"""Bytes of a mail to text: which charset a name means, and what to do when it is wrong.

Here lives the ladder of charsets, nothing about headers or parts. Invariants: `decode` returns text for every
bytes and every name; a name from a mail never reaches `codecs.lookup` unless it is in the closed list below (Python
remembers every unknown name for ever, and some of its codecs do not make text).
"""

from __future__ import annotations

import codecs
import itertools
import re
from dataclasses import dataclass
from encodings.aliases import aliases

from tuidesk.core.mail.charset_guess import guess_codec

_NOT_TEXT = frozenset(
    {
        *("base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"),
        *("mbcs", "oem", "idna", "punycode"),
    }
)
_WITHOUT_ALIAS = (
    *("cp720", "cp737", "cp856", "cp874", "cp875", "cp1006", "koi8_r", "koi8_t", "koi8_u", "utf_8_sig"),
    *("mac_arabic", "mac_croatian", "mac_cyrillic", "mac_farsi", "mac_greek", "mac_iceland", "mac_latin2"),
    *("mac_romanian", "mac_turkish"),
)
_MEANT = {
    # What senders write there is the superset: every byte of the declared charset means the same in it.
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "big5": "cp950",
    "ascii": "utf_8",
}
_OTHER_NAMES = {
    "gb_2312_80": "gb2312",
    "gb2312_80": "gb2312",
    "x_gbk": "gbk",
    "ks_c_5601": "euc_kr",
    "ks_c_5601_1987": "euc_kr",
    "ksc5601": "euc_kr",
    "x_windows_949": "cp949",
    "x_sjis": "cp932",
    "x_ms_cp932": "cp932",
    "windows_31j": "cp932",
    "cp50220": "iso2022_jp",
    "cp50221": "iso2022_jp",
    "cp50222": "iso2022_jp",
    "iso_2022_jp_ms": "iso2022_jp",
    "x_euc_jp": "euc_jp",
    "cp51932": "euc_jp",
    "x_big5": "big5",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "windows_874": "cp874",
    "dos_874": "cp874",
    "x_mac_roman": "mac_roman",
    "x_mac_cyrillic": "mac_cyrillic",
    "ansi": "cp1252",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "x_unicode_2_0_utf_8": "utf_8",
    "utf8mb4": "utf_8",
    "koi8": "koi8_r",
    "iso_8859_1_windows_3.1": "cp1252",
}
_CODECS: dict[str, str] = {
    **{name: name for name in aliases.values()},
    **{name: name for name in _WITHOUT_ALIAS},
    **aliases,
    **_OTHER_NAMES,
}
_SAME_LANGUAGE = {
    # What 8-bit bytes are under the name of a 7-bit charset (RFC 1468, 1557, 1843), or of a neighbour.
    "iso2022_jp": ("euc_jp", "cp932"),
    "iso2022_jp_1": ("euc_jp", "cp932"),
    "iso2022_jp_2": ("euc_jp", "cp932"),
    "euc_jp": ("cp932",),
    "cp932": ("euc_jp",),
    "iso2022_kr": ("cp949",),
    "hz": ("gb18030",),
}
_PIECE = 64 * 1024
_BROKEN_MAX = 1000
_PUNCTUATION = re.compile(r"[^a-z0-9.]+")
_SLIP = re.compile(r"(?:iso_?)?8859_?(\d{1,2})(?:_.*)?|(?:cp|win|windows|ms|ibm)_?(\d{3,5})")
"""Names with their blanks and dashes in other places, a remark behind them, or half of them."""
_JIS_SHIFT = re.compile(rb"\x1b(\$B|\$@|\$\(D|\(B|\(J|\(I|\(H)")
_JIS_DOUBLE = re.compile(rb"\x1b\$[B@]")
_DOUBLE_BYTE = (b"$B", b"$@")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the codec that made it; `problem` is a machine word, '' when the declared charset held."""

    text: str
    codec: str
    problem: str


def codec_of(name: str) -> str | None:
    """Return the Python codec that the charset `name` of a mail means, None for an unknown or unsaid one."""
    plain = _PUNCTUATION.sub("_", name.strip().lower()).strip("_")
    plain = plain.removeprefix("charset_")
    found = _CODECS.get(plain) or _CODECS.get(_SLIP.sub(_as_written, plain))
    if found is None and plain.startswith(("x_", "cs_")):
        found = _CODECS.get(plain.partition("_")[2])
    if found is None or found in _NOT_TEXT:
        return None
    return _MEANT.get(found, found)


def _as_written(slip: re.Match[str]) -> str:
    return f"iso8859_{slip[1]}" if slip[1] else f"cp{slip[2]}"


def decode(data: bytes, declared: str) -> Decoded:
    """Decode `data`: the declared charset, else UTF-8, else one of that language, else what it looks like, else cp1252.

    What is left is U+FFFD. Unlabelled 7-bit text with the escapes of ISO-2022-JP is in that (RFC 1468).
    `problem` is 'charset:<name>' for an unknown name and 'decode:<codec>' for bytes that do not fit.
    """
    if data.isascii() and (not declared or declared.lower() in ("utf-8", "us-ascii", "iso-8859-1")):
        japanese = _strict(data, "iso2022_jp") or _japanese(data) if _JIS_DOUBLE.search(data) else None
        if japanese is not None:
            return Decoded(japanese, "iso2022_jp", "charset:unsaid")
        return Decoded(data.decode("ascii"), "utf_8", "")
    codec = codec_of(declared)
    if codec is None:
        label = _PUNCTUATION.sub("-", declared.strip().lower()).strip("-")[:40]
        return _guess(data, "", f"charset:{label}" if label else "")
    text = _strict(data, codec)
    if text is None and codec.startswith("iso2022_jp"):
        text = _strict(data, "iso2022_jp_ext") or _japanese(data)
    if text is not None:
        return Decoded(text, codec, "")
    return _guess(data, codec, f"decode:{codec}")


def damaged_utf8(data: bytes) -> str | None:
    """Return UTF-8 of which a few bytes are broken, with U+FFFD for them; None when it looks like anything else.

    Programs cut headers and texts at a byte: a character that is cut off at the end speaks against nothing. Bytes of
    another charset hardly ever make characters of several bytes, never more of them than broken ones.
    """
    reader = codecs.getincrementaldecoder("utf_8")("replace")
    foreign = broken = 0
    for at in range(0, len(data), _PIECE):
        more, worse = _foreign(reader.decode(data[at : at + _PIECE]))
        foreign, broken = foreign + more, broken + worse
        if broken > _BROKEN_MAX and broken * 2 > foreign:
            return None  # it takes its time to stand in for every byte of another charset
    return data.decode("utf-8", "replace") if 0 < foreign >= broken * 2 else None


def _foreign(text: str) -> tuple[int, int]:
    """Return how many characters of a text are beyond ASCII, and how many stand for broken bytes."""
    broken = text.count("�")
    return len(text) - len(text.encode("ascii", "ignore")) - broken, broken


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeError:
        return data.decode("latin_1") if codec == "cp1252" else None


def _guess(data: bytes, declared: str, problem: str) -> Decoded:
    """Go down the ladder below the declared codec ('' = none)."""
    if declared != "utf_8":
        text = _strict(data, "utf_8")
        if text is not None:
            # Undeclared UTF-8 is what most programs send today, so that alone is nothing to report.
            return Decoded(text, "utf_8", problem)
        text = damaged_utf8(data)
        if text is not None:
            return Decoded(text, "utf_8", problem or "decode:utf_8")
    if declared:
        # A few broken bytes among many good ones: the declaration is right, the bytes are damaged.
        text = data.decode(declared, "replace")
        foreign, broken = _foreign(text)
        if broken * 2 <= foreign or declared.startswith(("utf_16", "utf_32")):
            return Decoded(text, declared, problem)
        for codec in _SAME_LANGUAGE.get(declared, ()):
            text = _strict(data, codec)
            if text is not None and _foreign(text)[0] > 1:  # one sign alone may be a slip
                return Decoded(text, codec, problem)
    likely = guess_codec(data) or "cp1252"
    return Decoded(data.decode(likely, "replace"), likely, problem or "charset:unsaid")


def _japanese(data: bytes) -> str | None:
    """Decode ISO-2022-JP with the vendor rows (①, ㈱, 髙) that every Windows sender uses, or return None.

    The double-byte runs are moved to the place that they have in Windows code page 932.
    """
    pieces: list[str] = []
    shift, start = b"(B", 0
    for escape in itertools.chain(_JIS_SHIFT.finditer(data), (None,)):
        run = data[start : escape.start() if escape else len(data)]
        if shift in _DOUBLE_BYTE:
            pieces.append(_jis_run(run).decode("cp932", "replace"))
        elif shift == b"(I":
            pieces.append(bytes(byte | 0x80 for byte in run).decode("cp932", "replace"))
        else:
            if not run.isascii():
                return None
            pieces.append(run.decode("ascii"))
        if escape:
            shift, start = escape[1], escape.end()
    return "".join(pieces)


def _jis_run(run: bytes) -> bytes:
    """Turn pairs of 7-bit JIS bytes into Shift_JIS; line ends and blanks between them stay."""
    out = bytearray()
    at = 0
    while at < len(run):
        row = run[at]
        cell = run[at + 1] if at + 1 < len(run) else 0
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            out.append(row & 0x7F)
            at += 1
            continue
        out.append(((row - 0x21) >> 1) + (0x81 if row <= 0x5E else 0xC1))
        if row & 1:
            out.append(cell + (0x1F if cell < 0x60 else 0x20))
        else:
            out.append(cell + 0x7E)
        at += 2
    return bytes(out)
