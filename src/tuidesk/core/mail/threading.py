"""Which ticket a mail belongs to: by what bounced, by number, by what it answers (OTRS rule 3.3).

Merged tickets lead to their target. A number alone proves little, since anybody can quote one; an
answer to a mail of ours proves that its writer has seen that mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.numbers import number_pattern
from tuidesk.core.domain.subject import find_numbers
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.store.ticket_numbers import ids_by_number
from tuidesk.core.store.ticket_reads import tickets_by_id, tickets_with_messages

MAX_HOPS = 10
_REFERENCES = 30


class Threaded(Protocol):
    """What threading reads of a mail."""

    @property
    def subject(self) -> str: ...
    @property
    def in_reply_to(self) -> tuple[str, ...]: ...
    @property
    def references(self) -> tuple[str, ...]: ...
    @property
    def bounce_of(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Match:
    """The ticket of a mail; `how` is bounce, number or reference.

    `by_reference` says that the mail also answers a mail of this ticket, however it was found.
    """

    ticket: Ticket
    how: str
    by_reference: bool


def match_ticket(connection: sa.Connection, config: DeskConfig, mail: Threaded) -> Match | None:
    """Return the ticket that a mail belongs to, None for a new matter."""
    answered = _answered(connection, mail)
    if mail.bounce_of:
        found = tickets_with_messages(connection, [mail.bounce_of]).get(mail.bounce_of, set())
        ticket = _follow(connection, config, next(iter(found))) if len(found) == 1 else None
        if ticket is not None:
            return Match(ticket, "bounce", by_reference=True)
    numbers = find_numbers(config.subject_style, number_pattern(config.number_style), mail.subject[:2000])
    if numbers:
        ids = ids_by_number(connection, numbers)
        for number in numbers:
            if number not in ids:
                continue
            ticket = _follow(connection, config, ids[number])
            if ticket is not None:
                related = {ids[number], ticket.id}
                return Match(ticket, "number", by_reference=bool(related & set(answered)))
    for ticket_id in answered:
        ticket = _follow(connection, config, ticket_id)
        if ticket is not None:
            return Match(ticket, "reference", by_reference=True)
    return None


def _answered(connection: sa.Connection, mail: Threaded) -> list[int]:
    """Return the tickets whose articles a mail refers to, newest reference first.

    A Message-ID that several tickets know says nothing, so it is left out (OTRS rule).
    """
    wanted = list(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))[:_REFERENCES]
    known = tickets_with_messages(connection, wanted)
    return [next(iter(known[one])) for one in wanted if len(known.get(one, ())) == 1]


def _follow(connection: sa.Connection, config: DeskConfig, ticket_id: int) -> Ticket | None:
    """Return a ticket, or what it was merged into."""
    for _ in range(MAX_HOPS):
        ticket = tickets_by_id(connection, [ticket_id], config).get(ticket_id)
        if ticket is None or ticket.merged_into is None:
            return ticket
        ticket_id = ticket.merged_into
    return None
