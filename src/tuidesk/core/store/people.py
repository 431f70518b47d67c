"""Who an agent may mean by a few letters: customers that admins know, then those of tickets that she may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tuidesk.core.domain.text import address_key
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store import schema
from tuidesk.core.store.admin_customers import customer_page
from tuidesk.core.store.ticket_view import readable_by

LOOKED_AT = 2000
"""Tickets looked at for customers whom nobody entered; they lie in a row of one index."""

_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to write to; of who was never entered, name and company are ""."""

    address: str
    name: str
    customer_id: str


def people(connection: sa.Connection, viewer: Viewer, part: str, limit: int = 50) -> Sequence[Person]:
    """Return who may be meant by `part` of a name, login, address or company, or by the beginning of an address."""
    if not part.strip():
        return []
    known = [row for row in customer_page(connection, part=part, limit=limit) if row.valid]
    found = {address_key(row.email): Person(row.email, row.name, row.customer_id) for row in known}
    strangers = (address for address in _strangers(connection, viewer, part) if address_key(address) not in found)
    return [*found.values(), *(Person(address, "", "") for address in strangers)][:limit]


def _strangers(connection: sa.Connection, viewer: Viewer, start: str) -> Sequence[str]:
    ticket, key = schema.ticket, address_key(start)
    near = (
        sa.select(ticket)
        .where(ticket.c.customer_key >= key, ticket.c.customer_key < key + _LAST)
        .order_by(ticket.c.customer_key)
        .limit(LOOKED_AT)
        .subquery()
    )
    query = (
        sa.select(sa.func.max(near.c.customer_user))
        .where(readable_by(viewer, near.c))
        .group_by(near.c.customer_key)
        .order_by(near.c.customer_key)
    )
    return connection.execute(query).scalars().all()
