"""What an agent has seen of a ticket: what she wrote herself is not news to her."""

from __future__ import annotations

from desk.desk_fixture import SUPPORT, DeskOnTrial, anna, answer, ben, note
from tuidesk.core.domain.actor import AgentActor
from tuidesk.core.domain.filters import EVERYTHING
from tuidesk.core.domain.ops import Change, NewTicket
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.store.ticket_lists import Page, Sort


def _unread(desk: DeskOnTrial, agent: AgentActor, ticket: Ticket) -> int:
    rows = desk.desk.page(desk.viewer(agent), EVERYTHING, Sort.OLDEST, Page())
    return next(row.unread for row in rows if row.id == ticket.id)


def test_her_own_ticket_is_read(desk: DeskOnTrial) -> None:
    new = NewTicket(desk.desk.new_number(), SUPPORT, "A call", "mia@customer.test")
    ticket = desk.act(anna, Change(new, (note(), note()))).changes[0].ticket
    assert (_unread(desk, anna, ticket), _unread(desk, ben, ticket)) == (0, 2)


def test_her_answer_to_what_she_has_read_is_read(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.desk.mark_seen(anna.agent_id, ticket.id, 1)
    desk.do(anna, ticket, answer())
    assert (_unread(desk, anna, ticket), _unread(desk, ben, ticket)) == (0, 2)


def test_her_note_hides_no_mail_that_she_has_not_read(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.do(anna, ticket, note())
    assert _unread(desk, anna, ticket) == 2
    desk.desk.mark_seen(anna.agent_id, ticket.id, 2)
    desk.follow_up(ticket)
    desk.do(anna, ticket, note())
    assert _unread(desk, anna, ticket) == 2
