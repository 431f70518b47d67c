"""Addresses of a mail as an article shows and keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formataddr

from tuidesk.core.mail.parsed import Address


def header_text(addresses: Iterable[Address]) -> str:
    """Return addresses as header text for people: names as they are, quoted where they must be."""
    shown = []
    for one in addresses:
        if not one.address:
            continue
        plain = formataddr((one.name, one.address)) if one.name.isascii() else f'"{one.name}" <{one.address}>'
        shown.append(plain if one.name else one.address)
    return ", ".join(shown)
