"""Files of a mail that are shown as text beside being saved: invitations, business cards, reports of delivery."""

from __future__ import annotations

from dataclasses import dataclass

from tuidesk.core.mail.cards import BYTES_MAX, CARDS, Card, read_card
from tuidesk.core.mail.delivery_status import DELIVERY_STATUS, DeliveryReport, read_delivery_status
from tuidesk.core.mail.invitation import INVITATIONS, Invitation, read_invitation

READABLE_MAX_BYTES = BYTES_MAX
"""Larger files are only saved."""


@dataclass(frozen=True, slots=True)
class Readable:
    """What a file says: one of the three, or nothing when it could not be read."""

    invitations: tuple[Invitation, ...] = ()
    cards: tuple[Card, ...] = ()
    reports: tuple[DeliveryReport, ...] = ()


def is_readable(content_type: str, size_bytes: int) -> bool:
    """Say whether a file may be shown as text."""
    return content_type in (*INVITATIONS, *CARDS, *DELIVERY_STATUS) and size_bytes <= READABLE_MAX_BYTES


def read_file(content_type: str, data: bytes) -> Readable:
    """Return what a file says."""
    if content_type in INVITATIONS:
        return Readable(invitations=read_invitation(data))
    if content_type in DELIVERY_STATUS:
        return Readable(reports=read_delivery_status(data))
    return Readable(cards=read_card(data))
