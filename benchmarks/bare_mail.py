"""A mail read with the bare libraries and nothing more: the baseline of every figure about mail."""

from __future__ import annotations

import email


def bare_parse(raw: bytes) -> list[bytes | str]:
    """Parse and decode a mail with the standard library (compat32)."""
    message = email.message_from_bytes(raw)
    found: list[bytes | str] = [str(message[name]) for name in ("From", "To", "Cc", "Subject", "Date", "Message-ID")]
    for part in message.walk():
        if part.is_multipart():
            continue
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes):
            continue
        if part.get_content_maintype() == "text":
            found.append(data.decode(part.get_content_charset("utf-8"), "replace"))
        else:
            found.append(data)
    return found


def bare_html(source: str) -> str:
    """Convert html with the library as it is called by its own documentation."""
    from inscriptis import get_text  # type: ignore[import-untyped]

    text: str = get_text(source)
    return text
