"""Address lists: from a raw header value to names and bare addresses (RFC 5322, 3.4 and 4.4).

Must not decode before it has split: an encoded word, a quoted string or a comment that holds a comma, an @ or
an angle bracket stays one name and never becomes an address. Invariants: linear in the length of the value,
at most `ADDRESSES_MAX` results and `TOKENS_MAX` pieces kept of one mailbox, nothing raises; an address has no
blanks, no control characters and at most `ADDRESS_MAX` characters, what does not fit is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tuidesk.core.mail.headers import decode_words, plain, single_line
from tuidesk.core.mail.parsed import Address

ADDRESSES_MAX = 1000
ADDRESS_MAX = 320
NAME_MAX = 200
LIST_MAX = 256 * 1024
RAW_MAX = 4 * ADDRESS_MAX
"""Signs looked at of one address as it is written: with its route, blanks and comments."""
TOKENS_MAX = 2000
"""Pieces (words, blanks, marks) kept of the words of one mailbox, and of its comments; a name has `NAME_MAX` signs."""

_TOKEN = re.compile(
    r"""(?P<blank>\s+)
      | "(?P<quoted>(?:[^"\\]++|\\.)*+)"
      | (?P<word>=\?[^?\s]{1,100}\?[bBqQ]\?[^?]*+\?=)
      | <(?P<angle>[^<>]*+)>
      | (?P<mark>[,;:()])
      | (?P<atom>(?:[^\s"<>,;:()=\\]++|\\.)++)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_BLANK = re.compile(r"\s")
_BLOT = "\0"
_COMMENT = re.compile(r"\((?:[^()\\]++|\\.)*+\)", re.DOTALL)
_COMMENTS_DEEP = 5
_BEFORE_DOT = re.compile(r"(@[^\s@]++)\s++\.\s*+(?=[^\s\0])")
_AROUND_AT = re.compile(r"\s*@\s*")
_ROUTE = re.compile(r"^@[^:]*:")
_LOCAL_ONLY = re.compile(r"[\w.+-]{1,64}", re.ASCII)
_NOT_IN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f-\x9f<>]+")


def read_addresses(values: Iterable[str], hint: str = "") -> tuple[Address, ...]:
    """Return the mailboxes of the raw header `values` (all headers of one name), members of groups included.

    `hint` is the charset for bytes above 127. A name without an address is left out; a lone atom such as
    `root` is a local address.
    """
    found: list[Address] = []
    for value in values:
        for name, address in _mailboxes(plain(value[:LIST_MAX], hint)):
            if len(found) >= ADDRESSES_MAX:
                return tuple(found)
            bare = _bare(address)
            if bare:
                found.append(Address(_name(name), bare))
    return tuple(found)


def _bare(address: str) -> str:
    """Return `address` without route, blanks and mailto:, its domain in lower case; '' when it is none."""
    address = _ROUTE.sub("", address.strip()[:RAW_MAX])
    if "(" in address and not address.startswith('"'):
        address = _without_comments(address)
    address = _NOT_IN_ADDRESS.sub("", address)
    if address[:7].lower() == "mailto:":
        address = address[7:]
    local, at, domain = address.rpartition("@")
    address = f"{local}@{domain.lower()}" if at else address
    address = single_line(address, ADDRESS_MAX + 1)
    if len(address) > ADDRESS_MAX or (at and not (local and domain)):
        return ""
    if ";" in domain or (":" in local and not local.startswith('"')):
        return ""  # the name of a group that stands where an address should: <Undisclosed-Recipient:@mx.test;>
    return address if at or _LOCAL_ONLY.fullmatch(address) else ""


def _without_comments(address: str) -> str:
    """Return an address without the comments in it, which may lie in one another (RFC 5322, 3.2.2)."""
    for _ in range(_COMMENTS_DEEP):
        shorter = _COMMENT.sub("", address)
        if shorter == address:
            break
        address = shorter
    return address


def _name(raw: str) -> str:
    name = single_line(" ".join(decode_words(raw).split()), NAME_MAX)
    while len(name) > 1 and name[0] == name[-1] and name[0] in "'\"" and name[0] not in name[1:-1]:
        name = name[1:-1].strip()
    if name.count('"') % 2:
        name = name.removeprefix('"').strip() if name.startswith('"') else name.removesuffix('"').strip()
    return "" if name in ("'", "''", '""') else name


@dataclass(slots=True)
class _Mailbox:
    """The tokens of one mailbox up to its end. `spec` has a blot for every word that can only be a name."""

    phrase: list[str] = field(default_factory=list)
    spec: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angles: list[tuple[str, str]] = field(default_factory=list)

    def word(self, phrase: str, spec: str) -> None:
        if len(self.phrase) < TOKENS_MAX:
            self.phrase.append(phrase)
            self.spec.append(spec[:RAW_MAX])

    def comment(self, text: str) -> None:
        if len(self.comments) < TOKENS_MAX:
            self.comments.append(text)

    def restart(self) -> None:
        """Forget the words so far: they named a group, or were a scheme (`mailto:`)."""
        self.phrase.clear()
        self.spec.clear()

    def angle(self, address: str) -> None:
        if len(self.angles) < ADDRESSES_MAX:
            self.angles.append(("".join(self.phrase), address))
        self.restart()

    def result(self) -> list[tuple[str, str]]:
        """Return (name, address) for each address in it; more than one when a comma was forgotten."""
        rest = "".join(self.phrase).strip()
        comment = "".join(self.comments).strip()
        if len(self.angles) == 1:
            name, address = self.angles[0]
            return [(name.strip() or rest or comment, address)]
        if self.angles or not rest:
            return self.angles
        words = _BEFORE_DOT.sub(r"\1.", _AROUND_AT.sub("@", "".join(self.spec).strip())).split()
        for word in words:
            if "@" in word and _BLOT not in word:
                return [(rest.replace(word, "", 1) if len(words) > 1 else comment, word)]
        return [(comment, words[0])] if len(words) == 1 and _BLOT not in words[0] else []


def _mailboxes(value: str) -> Iterator[tuple[str, str]]:
    """Yield (name, address), both not yet decoded."""
    box = _Mailbox()
    depth = 0
    for token in _TOKEN.finditer(value):
        kind, text = token.lastgroup, token[0]
        if kind == "mark" and text in "()":
            if text == "(" and not depth:
                box.comment(" ")
            elif depth != (text == ")"):
                box.comment(text)
            depth = max(0, depth + (1 if text == "(" else -1))
        elif depth:
            box.comment(text)
        elif kind == "angle":
            box.angle(token["angle"])
        elif kind == "quoted":
            local = value[token.end() : token.end() + 1] == "@" and not _BLANK.search(text)
            box.word(_PAIR.sub(r"\1", token["quoted"]), text if local else _BLOT)
        elif kind == "word":
            box.word(text, _BLOT)
        elif text == ":":
            box.restart()
        elif kind == "mark":
            yield from box.result()
            box = _Mailbox()
        elif kind == "blank":
            box.word(" ", " ")
        else:
            box.word(text, text)
    yield from box.result()
