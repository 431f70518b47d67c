"""Addresses that somebody typed to send a mail to: all of them can be used, or it is said which cannot.

Stricter than reading the addresses of a mail that came in: what is sent must not go to somebody who was not meant.
"""

from __future__ import annotations

import re

from tuidesk.core.errors import Invalid

ALLOWED = "mail addresses such as mia@example.org or Mia Lee <mia@example.org>, with commas between them"
LOCAL_MAX = 64
ADDRESS_MAX = 254

_PIECE = re.compile(r'(?:"(?:[^"\\\\]|\\\\.)*"|<[^<>]*>|\([^()]*\)|[^,;"<>()])+')
_BEHIND_A_NAME = re.compile(r"[^<>]*<([^<>]*)>\s*")
_COMMENT = re.compile(r"\([^()]*\)")
_ADDRESS = re.compile(
    r'(?:[\w!#$%&\'*+/=?^`{|}~-]+(?:\.[\w!#$%&\'*+/=?^`{|}~-]+)*\.?|"[^"\s\\\\]+")'
    r"@(?:[\w-]+(?:\.[\w-]+)*|\[[0-9A-Fa-f.:IPv]+\])"
)


def recipients(field: str, text: str) -> tuple[str, ...]:
    """Return the bare addresses of a list, in order and without doubles; () for a blank one.

    Raises Invalid for the first piece that is no address (RFC 5321, 4.1.2, and the lengths of 4.5.3.1; a dot at the
    end of the local part is let through, since some providers gave such addresses away).
    """
    if not text.strip():
        return ()
    if any(sign < " " or sign == "\x7f" for sign in text):
        raise Invalid(field, text, ALLOWED)
    found: dict[str, None] = {}
    at = 0
    for piece in _PIECE.finditer(text):
        if text[at : piece.start()].strip(" ,;"):
            raise Invalid(field, text[at : piece.end()].strip(" ,;"), ALLOWED)
        at = piece.end()
        said = piece.group().strip()
        if said:
            found.setdefault(_address(field, said))
    if text[at:].strip(" ,;") or not found:
        raise Invalid(field, text[at:].strip() or text.strip(), ALLOWED)
    return tuple(found)


def _address(field: str, said: str) -> str:
    named = _BEHIND_A_NAME.fullmatch(said)
    address = (named[1] if named else _COMMENT.sub("", said)).strip()
    local = address.rpartition("@")[0]
    if not _ADDRESS.fullmatch(address) or len(local) > LOCAL_MAX or len(address) > ADDRESS_MAX:
        raise Invalid(field, said, ALLOWED)
    if not address.isascii():
        raise Invalid(field, address, "a mail address of plain ASCII characters")
    return address
