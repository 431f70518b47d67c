"""What else can be done to tickets by key, the same in lists and in an open ticket: merge, link, watch, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tuidesk.actions import Subject
from tuidesk.core.domain.ops import Absorb, Change, Link, MergeInto, Unwatch, Watch
from tuidesk.core.i18n import _, ngettext
from tuidesk.messages import TicketsChanged
from tuidesk.screens.ticket_fields import TicketFields
from tuidesk.session import Session
from tuidesk.widgets.dialogs import Confirm, Prompt

if TYPE_CHECKING:
    from tuidesk.core.domain.ticket import Ticket


class TicketActions(TicketFields):
    """A screen with tickets to act on."""

    def do_ticket_watch(self) -> None:
        """Watch the ticket, or watch it no longer."""
        subject = self.subject()
        if subject is None:
            return
        me = self.desk_app.agent.agent_id
        self._remember()

        def job(session: Session) -> str:
            watching = me in session.desk.facts(session.viewer, subject.id).watchers
            session.act([Change(subject.id, (Unwatch(me) if watching else Watch(me),))])
            return _("watched no longer") if watching else _("watched")

        def done(words: str) -> None:
            self.say(f"{subject.number} -> {words}")
            self.desk_app.post_message(TicketsChanged((subject.id,)))

        self.write(job, done)

    def do_ticket_link(self) -> None:
        """Link the ticket with another one."""
        self._ask_other(_("Link {number} with"), self._link)

    def do_ticket_merge(self) -> None:
        """Merge the tickets into another one."""
        self._ask_other(_("Merge {number} into"), self._merge)

    def _ask_other(self, title: str, then: Callable[[Sequence[Subject], Ticket], None]) -> None:
        subjects = self.subjects()
        if not subjects:
            return
        numbers = ", ".join(subject.number for subject in subjects[:5]) + (" …" if len(subjects) > 5 else "")

        def answered(number: str | None) -> None:
            if not number or not number.strip():
                return
            self.read(
                "other",
                lambda session: session.desk.find(session.viewer, number),
                lambda ticket: then(subjects, ticket),
            )

        hint = _("number of the ticket; any unique ending will do")
        self.app.push_screen(Prompt(title.format(number=numbers), hint=hint), answered)

    def _link(self, subjects: Sequence[Subject], other: Ticket) -> None:
        # a link belongs to both tickets, so one act changes both
        def job(session: Session) -> tuple[int, ...]:
            for subject in subjects:
                session.act(
                    [
                        Change(subject.id, (Link(other.id),), subject.version),
                        Change(other.id, (Link(subject.id, reverse=True),)),
                    ]
                )
            return tuple(subject.id for subject in subjects)

        def done(ids: tuple[int, ...]) -> None:
            numbers = ", ".join(subject.number for subject in subjects)
            self.say(_("{numbers} -> linked with {other}").format(numbers=numbers, other=other.number))
            self.acted(ids)
            self.desk_app.post_message(TicketsChanged((*ids, other.id)))

        self._remember()
        self.say(_("linking …"))
        self.write(job, done)

    def _merge(self, subjects: Sequence[Subject], main: Ticket) -> None:
        merged = [subject for subject in subjects if subject.id != main.id]
        if not merged:
            self.say(_("A ticket cannot be merged into itself."), error=True)
            return
        listed = "\n".join(f"{subject.number}  {subject.title}" for subject in merged[:12])
        become = ngettext("becomes a part of", "become a part of", len(merged))
        text = f"{listed}\n\n{become}\n\n{main.number}  {main.title}"

        def job(session: Session) -> tuple[int, ...]:
            from tuidesk.core.tickets import intents

            name = session.config.agents[session.agent.agent_id].name
            for subject in merged:
                said = _("Merged ticket {merged} into {main}.").format(merged=subject.number, main=main.number)
                note = intents.note(_("Ticket merged"), said, visible=True, sender=name)
                session.act(
                    [
                        Change(subject.id, (MergeInto(main.id), note), subject.version),
                        Change(main.id, (Absorb(subject.id),)),
                    ]
                )
            return tuple(subject.id for subject in merged)

        def done(ids: tuple[int, ...]) -> None:
            numbers = ", ".join(subject.number for subject in merged)
            self.say(_("{numbers} -> merged into {main}").format(numbers=numbers, main=main.number))
            self.acted(ids)
            self.desk_app.post_message(TicketsChanged((*ids, main.id)))

        def answered(yes: bool | None) -> None:
            if yes:
                self.say(_("merging …"))
                self.write(job, done)

        self.app.push_screen(Confirm(_("Merge?"), text), answered)

    def do_ticket_copy(self) -> None:
        """Copy the number to the clipboard, through the terminal."""
        subject = self.subject()
        if subject is not None:
            self.app.copy_to_clipboard(subject.number)
            self.say(_("{number} copied (OSC 52)").format(number=subject.number))

    def do_ticket_unread(self) -> None:
        """Make the ticket unread."""
        subject = self.subject()
        if subject is None:
            return
        me = self.desk_app.agent.agent_id

        def done(_nothing: None) -> None:
            self.say(_("{number} -> unread").format(number=subject.number))
            self.reload()

        self.write(lambda session: session.desk.mark_unseen(me, subject.id), done)

    def do_go_customer(self) -> None:
        """List all tickets of the customer, the newest first."""
        subject = self.subject()
        if subject is None:
            return
        ticket_id = subject.id

        def came(customer: str) -> None:
            if customer:
                self.desk_app.open_customer(customer)
            else:
                self.say(_("{number} has no customer").format(number=subject.number), error=True)

        # read anew: a line of a list has the name only as it is drawn
        self.read("customer", lambda session: session.desk.ticket(session.viewer, ticket_id).ticket.customer_user, came)

    def do_ticket_history(self) -> None:
        """Show what happened to the ticket."""
        subject = self.subject()
        if subject is not None:
            from tuidesk.screens.history import HistoryScreen

            self.app.push_screen(HistoryScreen(subject.id, subject.number, subject.title))

    def do_ticket_note(self) -> None:
        """Write an internal note."""
        self._write_to("note")

    def do_ticket_reply(self) -> None:
        """Answer the customer."""
        self._write_to("reply")

    def do_ticket_reply_all(self) -> None:
        """Answer everybody."""
        self._write_to("reply_all")

    def do_ticket_forward(self) -> None:
        """Forward an article."""
        self._write_to("forward")

    def _write_to(self, kind: str) -> None:
        subject = self.subject()
        if subject is not None:
            self.desk_app.open_composer(kind, subject.id, self.article_no())
