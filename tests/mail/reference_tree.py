"""The tree of a mail as the parser of `email` makes it under compat32: what our own one is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from tuidesk.core.mail.headers import parameters
from tuidesk.core.mail.tree import DEPTH_MAX, MEDIA_TYPE, Node, leaves

Leaf = tuple[int, str, bytes]
"""Depth, media type, bytes as transferred."""


class ReferenceNode(Message):
    """A message whose accessors cannot raise, and for which embedded mails are leaves."""

    depth = 0

    def attach(self, payload: ReferenceNode) -> None:  # type: ignore[override]
        payload.depth = self.depth + 1
        super().attach(payload)

    def _values(self) -> tuple[str, dict[str, str]]:
        raw = next((value for name, value in self.raw_items() if name.lower() == "content-type"), "")
        head, values = parameters(raw)
        if not MEDIA_TYPE.fullmatch(head):
            head = "text/plain" if head else self.get_default_type()
        return head, values

    @property
    def media(self) -> str:
        return self._values()[0]

    def get_content_type(self) -> str:
        media = self.media
        deep = self.depth >= DEPTH_MAX and media.startswith("multipart/")
        return "application/octet-stream" if media.startswith("message/") or deep else media

    def get_content_maintype(self) -> str:
        return self.get_content_type().partition("/")[0]

    def get_boundary(self, failobj: str | None = None) -> str | None:  # type: ignore[override]
        boundary = self._values()[1].get("boundary", "").rstrip()
        return boundary.encode("utf-8", "replace").decode("ascii", "surrogateescape") or failobj


def reference_leaves(raw: bytes) -> list[Leaf]:
    """Return the leaves of a mail by the parser of `email`."""
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    root = message_from_bytes(raw, _class=ReferenceNode, policy=compat32)

    def walk(node: ReferenceNode) -> Iterator[Leaf]:
        payload = node._payload  # type: ignore[attr-defined]
        if isinstance(payload, list):
            for child in payload:
                yield from walk(child)
        else:
            yield node.depth, node.media, (payload or "").encode("ascii", "surrogateescape")

    return list(walk(root))


def own_leaves(root: Node) -> list[Leaf]:
    """Return the leaves of one of our trees in the same form."""
    return [(node.depth, node.media, node.transferred()) for node in leaves(root)]
