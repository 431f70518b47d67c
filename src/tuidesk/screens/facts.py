"""The facts of a ticket as text, in sections; sections and rows without a value are left out. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.i18n import _
from tuidesk.screens.presenting import owner_name
from tuidesk.widgets.ages import due_span
from tuidesk.widgets.safe import one_line
from tuidesk.widgets.wrap import wrap_line

if TYPE_CHECKING:
    from tuidesk.core.desk import TicketFacts
    from tuidesk.core.domain.ticket import Ticket
    from tuidesk.core.store.ticket_view import LinkRow

Rows = list[tuple[str, str]]
LINKS_SHOWN = 20
WIDTH = 38
"""How many cells the facts have on the screen."""
_NAMES = 14


def facts_text(ticket: Ticket, facts: TicketFacts, config: DeskConfig, now: datetime, zone: tzinfo) -> str:
    """Return all sections, one under the other; safe to draw."""

    def date(at: datetime | None) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at is not None else ""

    def due(at: datetime | None) -> str:
        return f"{date(at)} ({due_span(at, now)})" if at is not None else ""

    state, queue = config.states.get(ticket.state_id), config.queues.get(ticket.queue_id)
    sections: list[tuple[str, Rows]] = [
        (
            _("Ticket"),
            [
                (_("Number"), ticket.number),
                (_("State"), state.name if state else "?"),
                (_("Until"), due(ticket.pending_until)),
                (_("Queue"), queue.name if queue else "?"),
                (_("Owner"), owner_name(config, ticket.owner_id)),
                (_("Responsible"), owner_name(config, ticket.responsible_id)),
                (_("Lock"), _("free") if ticket.is_free else _("locked")),
                (_("Created"), date(ticket.created_at)),
                (_("Changed"), date(ticket.changed_at)),
                (_("Closed"), date(ticket.closed_at)),
            ],
        ),
        (_("Customer"), [(_("Person"), ticket.customer_user), (_("Company"), ticket.customer_id)]),
        (
            _("Due"),
            [
                (_("Answer"), due(facts.due.first_response_at)),
                (_("Update"), due(facts.due.update_at)),
                (_("Solution"), due(facts.due.solution_at)),
            ],
        ),
        (_("Links"), [(_link_word(link), f"{link.number} {link.title}") for link in facts.links[:LINKS_SHOWN]]),
        (_("Watchers"), [("", config.agent_name(agent_id)) for agent_id in facts.watchers]),
    ]
    lines: list[str] = []
    for title, rows in sections:
        filled = [(name, value) for name, value in rows if value]
        if filled:
            lines.append(title)
            for name, value in filled:
                lines += _fact_lines(name, one_line(value))
            lines.append("")
    return "\n".join(lines)


def _fact_lines(name: str, value: str) -> list[str]:
    """Return a fact as lines of at most `WIDTH` cells; a value that is too long stands below its name."""
    if cell_len(value) <= WIDTH - _NAMES:
        return [f"  {name:<{_NAMES - 2}}{value}".rstrip()]
    return ([f"  {name}"] if name else []) + ["    " + piece for piece in wrap_line(value, WIDTH - 4)]


def _link_word(link: LinkRow) -> str:
    if link.type == "Normal":
        return _("linked")
    return _("parent") if link.is_source else _("child")
