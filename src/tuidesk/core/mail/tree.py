"""The MIME tree of a mail: bounded in depth and number, with transfer encodings undone.

A node is a place in the bytes of the mail: nothing is split into lines or copied before somebody asks for a part,
so a tree costs no more than its nodes. It gives the same tree as the parser of `email` under the compat32 policy,
which a test demands mail by mail, but that one takes 23 to 35 times the size of a mail of short lines and six
seconds for 30 MB of header. An embedded mail (message/*) is a leaf here, so its bytes stay what they were. Must not
choose what is text and what is an attachment. Invariants: `read_tree` returns a tree for every bytes, in time
linear in them; no node lies deeper than `DEPTH_MAX`, and there are at most `NODES_MAX` of them and one for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tuidesk.core.mail.headers import parameters, unfold
from tuidesk.core.mail.transfer import decoded

DEPTH_MAX = 30
NODES_MAX = 1000
DELIMITERS_MAX = 10 * NODES_MAX
"""Of one boundary: between two of them there may be nothing."""
FIELDS_MAX = 1000
FIELD_MAX_BYTES = 256 * 1024
JUNK_LINES_MAX = 3
MARK_MAX = 150
"""Bytes of a delimiter that are made into a pattern, which takes two hundred times their size; 72 are allowed."""

PARSER_FAULTS = (AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Families of errors that a defect in a reader may raise."""

MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
_NO_SUBTYPE = re.compile(r"multipart(/\*?)?")
OPAQUE = "application/octet-stream"

# A line ends with CR LF, with LF, or with a lone CR, as the parser of `email` has it.
# Blanks before a colon are those of old mails, which must be understood (RFC 5322, 4.5.8).
_FIELD = re.compile(rb"([!-9;-~]*+)[ \t]*+:[ \t]*+([^\r\n]*+(?:(?:\r\n?|\n)[ \t][^\r\n]*+)*+)(?:\r\n?|\n|\Z)")
_LINE = re.compile(rb"([^\r\n]*+)(?:\r\n?|\n|\Z)")
_INDENTED = re.compile(rb"([ \t]++)[^\r\n]*+(?:(?:\r\n?|\n)[ \t][^\r\n]*+)*+(?:\r\n?|\n|\Z)")
_LOOSE_PARAMETER = re.compile(rb"[A-Za-z0-9*_-]{1,60}+=[^\r\n]*+(?:\r\n?|\n|\Z)")
# "An exact match of the entire candidate line is not required" (RFC 2046, 5.1.1): a blank, or a sign that no boundary
# has, may begin anything.
_DELIMITER_END = re.compile(rb"(?:[ \t]*+(--))?(?:[^A-Za-z0-9'()+_,./:=?\r\n-][^\r\n]*+)?(?:\r\n?|\n|\Z)")
_LIKELY_DELIMITER = re.compile(rb"^--([^\s][^\r\n]{0,68}?)[ \t]*+\r?\nContent-[A-Za-z-]{1,30}+[ \t]*+:", re.MULTILINE)
_LOOKED_AT = 64 * 1024
_BLANK_LINE = re.compile(rb"(?:\r\n?+|\n)(?:\r\n?+|\n)")
_COLON = 0x3A
_LINE_ENDS = re.compile(rb"[\r\n]*+")
_KNOWN_FIELD = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|sender|reply-to|return-path|received|message-id|in-reply-to|references"
    rb"|mime-version|user-agent|importance|precedence|delivered-to|list-[a-z-]+|content-[a-z-]+|x-[a-z0-9-]+)[ \t]*:",
    re.IGNORECASE,
)


class Node:
    """A part of a mail: its header fields, and where its body lies in the bytes of the mail."""

    __slots__ = ("_media", "_raw", "children", "default_media", "depth", "end", "fields", "start")

    def __init__(
        self, raw: bytes, fields: dict[str, list[str]], start: int, end: int, depth: int, default_media: str
    ) -> None:
        self._raw = raw
        self._media: tuple[str, dict[str, str]] | None = None
        self.fields = fields
        """Raw values of the header, by lower-case name."""
        self.start, self.end = start, end
        self.depth = depth
        self.default_media = default_media
        self.children: list[Node] = []
        """Parts of a multipart, empty for a leaf."""

    def first(self, name: str) -> str:
        """Return the first raw value of header `name` (lower-case), '' when there is none."""
        values = self.fields.get(name)
        return values[0] if values else ""

    @property
    def media(self) -> str:
        """Media type in lower case; text/plain when unsaid or unreadable (RFC 2045, 5.2)."""
        return self._content_type()[0]

    @property
    def parameters(self) -> dict[str, str]:
        """Parameters of Content-Type, decoded."""
        return self._content_type()[1]

    def _content_type(self) -> tuple[str, dict[str, str]]:
        if self._media is None:
            head, values = parameters(self.first("content-type"))
            if _NO_SUBTYPE.fullmatch(head):
                head = "multipart/mixed"  # what an unknown one is read as (RFC 2046, 5.1.3)
            elif not MEDIA_TYPE.fullmatch(head):
                head = "text/plain" if head else self.default_media
            self._media = (head, values)
        return self._media

    @property
    def boundary(self) -> bytes:
        """What stands between the children, empty when nothing is said."""
        # The bytes it is compared with are raw.
        return self.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")

    def transferred(self) -> bytes:
        """Return the bytes of a leaf as they stand in the mail."""
        return b"" if self.children else self._raw[self.start : self.end]

    @property
    def encoding(self) -> str:
        """Name of the transfer encoding in lower case, '' when unsaid."""
        return unfold(self.first("content-transfer-encoding")).lower().split("(")[0].rstrip(" \t;")

    def data(self) -> tuple[bytes, str]:
        """Return the bytes of a leaf without their transfer encoding, and a problem word or ''."""
        return decoded(self.transferred(), self.encoding)


def read_tree(raw: bytes) -> tuple[Node, tuple[str, ...]]:
    """Return the root of the tree of `raw`, and 'parts' when its last node holds what was not divided further."""
    # Blank lines and a byte order mark before the header would turn the whole mail into a body.
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    start = _after_line_ends(raw, start)
    tree = _Tree(raw)
    root = tree.node(start, len(raw), 0, "text/plain")
    return root, ("parts",) if tree.unfinished else ()


class _Tree:
    """Divides one mail, and counts its nodes."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._made = 0
        self.unfinished = False

    def node(self, start: int, end: int, depth: int, default_media: str) -> Node:
        """Return what lies between two places as a node, with all below it."""
        self._made += 1
        fields, body = _header(self._raw, start, end, is_root=depth == 0)
        found = Node(self._raw, fields, body, end, depth, default_media)
        if depth < DEPTH_MAX and found.media.startswith("multipart/"):
            boundary = found.boundary
            if boundary:
                self._divide(found, boundary)
            if not found.children and found.end == end:  # said nothing, or what does not occur
                likely = _LIKELY_DELIMITER.search(self._raw, body, min(end, body + _LOOKED_AT))
                if likely:
                    self._divide(found, likely[1])
        return found

    def _divide(self, parent: Node, boundary: bytes) -> None:
        default_media = "message/rfc822" if parent.media == "multipart/digest" else "text/plain"
        begins = preamble_end = -1
        for count, one in enumerate(_delimiters(self._raw, boundary, parent.start, parent.end)):
            if 0 <= begins < one.start:
                self._child(parent, begins, _before_line_end(self._raw, begins, one.start), default_media)
            elif preamble_end < 0:
                preamble_end = _before_line_end(self._raw, parent.start, one.start)
            # After the last one comes an epilogue; senders that go on with parts all the same are understood.
            begins = -1 if one.last else one.end
            if self._made >= NODES_MAX or count >= DELIMITERS_MAX:
                if not one.last or any(_delimiters(self._raw, boundary, one.end, parent.end)):
                    self._rest(parent, one.end)
                return
        if begins >= 0:
            self._child(parent, begins, parent.end, default_media)
        if not parent.children and preamble_end >= 0:
            parent.end = preamble_end  # nothing but a last delimiter: what stands before it is all there is

    def _child(self, parent: Node, start: int, end: int, default_media: str) -> None:
        parent.children.append(self.node(start, end, parent.depth + 1, default_media))

    def _rest(self, parent: Node, start: int) -> None:
        """Keep what is left of a mail with too many parts as one."""
        self.unfinished = True
        parent.children.append(Node(self._raw, {}, start, parent.end, parent.depth + 1, OPAQUE))


class _Delimiter(NamedTuple):
    """A line between parts: where it starts, where the next one does, and whether it says that it is the last."""

    start: int
    end: int
    last: bool


def _delimiters(raw: bytes, boundary: bytes, start: int, end: int) -> Iterator[_Delimiter]:
    """Yield the delimiter lines of a boundary (RFC 2046, 5.1.1) between two places."""
    mark = b"--" + boundary
    begins = re.escape(mark[:MARK_MAX])
    # The literal comes first, so that the search runs at the speed of memory; only then the line's start.
    at_line_start = begins + rb"(?<=[\r\n]" + begins + rb")"
    if len(mark) <= MARK_MAX:
        for hit in re.compile(at_line_start + _DELIMITER_END.pattern).finditer(raw, start, end):
            yield _Delimiter(hit.start(), hit.end(), hit[1] is not None)
        return
    rest = mark[MARK_MAX:]
    for hit in re.compile(at_line_start).finditer(raw, start, end):
        found = _DELIMITER_END.match(raw, hit.end() + len(rest), end) if raw.startswith(rest, hit.end()) else None
        if found is not None:
            yield _Delimiter(hit.start(), found.end(), found[1] is not None)


def nodes(node: Node) -> Iterator[Node]:
    """Yield `node` and all below it in the order of the mail."""
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        stack.extend(reversed(found.children))


def leaves(node: Node) -> Iterator[Node]:
    """Yield the leaves below `node` in the order of the mail."""
    return (found for found in nodes(node) if not found.children)


def _header(raw: bytes, start: int, end: int, *, is_root: bool) -> tuple[dict[str, list[str]], int]:
    """Return the fields that begin at `start`, and where the body begins.

    A header ends at its blank line, or before a line that cannot be part of one. In that of the whole mail known
    fields may follow such a line of junk, which is then passed over. A line "From " of a mailbox file is no field.
    A parameter behind a value that ends with a semicolon is of that value, though the blank of its fold is missing.
    """
    fields: dict[str, list[str]] = {}
    at = start
    if raw.startswith(b"From ", at) and not _KNOWN_FIELD.match(raw, at, end):
        at = _next_line(raw, at, end)
    count = 0
    values: list[str] = []
    is_open = False
    while at < end:
        if is_open and count < FIELDS_MAX and (hit := _LOOSE_PARAMETER.match(raw, at, end)):
            values[-1] = (values[-1] + hit[0].decode("ascii", "surrogateescape").rstrip("\r\n"))[:FIELD_MAX_BYTES]
            is_open = values[-1].endswith(";")
            at = hit.end()
            count += 1
            continue
        hit = _FIELD.match(raw, at, end)
        if not fields and hit is not None and raw[hit.end(1)] != _COLON and not _KNOWN_FIELD.match(raw, at, end):
            hit = None  # words of a text that has no header
        if hit is None:
            if raw[at] in b"\r\n":
                return fields, _after_line_end(raw, at, end)
            after = _after_junk(raw, at, end) if fields and is_root else None
            if after is None and (indented := _INDENTED.match(raw, at, end)) and not fields:
                # goes on with a line that is not there
                after = indented.end(1) if _KNOWN_FIELD.match(raw, indented.end(1), end) else indented.end()
                if not _FIELD.match(raw, after, end):
                    after = None  # and no field follows: it is text
            if after is None:
                return fields, at
            at = after
            continue
        at = hit.end()
        name, value = hit[1], hit[2]
        if name:
            text = value[:FIELD_MAX_BYTES].decode("ascii", "surrogateescape")
            values = fields.setdefault(name.decode("ascii").lower(), [])
            values.append(text)
            is_open = text.endswith(";")
        count += 1
        if count >= FIELDS_MAX:
            blank = _BLANK_LINE.search(raw, at - 1, end)
            return fields, blank.end() if blank else end
    return fields, at


def _after_junk(raw: bytes, at: int, end: int) -> int | None:
    """Return where a known field goes on behind a few lines that are none, None when there is no such field.

    A line that begins with two dashes may be a delimiter, which ends everything.
    """
    for _ in range(JUNK_LINES_MAX):
        if raw.startswith(b"--", at):
            return None
        at = _next_line(raw, at, end)
        if at >= end or raw[at] in b"\r\n":
            return None
        if _KNOWN_FIELD.match(raw, at, end):
            return at
    return None


def _next_line(raw: bytes, at: int, end: int) -> int:
    hit = _LINE.match(raw, at, end)
    return hit.end() if hit else end


def _after_line_end(raw: bytes, at: int, end: int) -> int:
    return min(end, at + 2 if raw.startswith(b"\r\n", at) else at + 1)


def _after_line_ends(raw: bytes, at: int) -> int:
    hit = _LINE_ENDS.match(raw, at)
    return hit.end() if hit else at


def _before_line_end(raw: bytes, start: int, at: int) -> int:
    """Return where the line before `at` ends: its end belongs to the delimiter that follows (RFC 2046, 5.1.1)."""
    if at > start and raw[at - 1] == 0x0A:
        at -= 1
    elif at > start and raw[at - 1] == 0x0D:
        return at - 1
    else:
        return at
    return at - 1 if at > start and raw[at - 1] == 0x0D else at
