"""Setting what a ticket is: owner, state, time, queue, priority, lock, title. Each asks, then submits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from tuidesk.actions import Subject
from tuidesk.core.domain.ops import (
    LockTicket,
    Op,
    SetOwner,
    SetPending,
    SetPriority,
    SetQueue,
    SetState,
    SetTitle,
    UnlockTicket,
)
from tuidesk.core.domain.states import NOBODY, Right, StateType
from tuidesk.core.domain.viewer import rights_on
from tuidesk.core.i18n import _, ngettext
from tuidesk.screens.queue_choices import queue_choices
from tuidesk.screens.ticket_submit import TicketSubmit
from tuidesk.widgets.ages import full_date
from tuidesk.widgets.dialogs import AskTime, Prompt
from tuidesk.widgets.picker import Choice, Picker
from tuidesk.widgets.safe import one_line


class TicketFields(TicketSubmit):
    """A screen with tickets whose fields can be set."""

    def do_ticket_take(self) -> None:
        """Make the tickets mine and lock them."""
        me = self.desk_app.agent.agent_id
        self._with((SetOwner(me), LockTicket()), _("taken"))

    def do_ticket_assign(self) -> None:
        """Give the tickets to an agent."""
        session, subject = self.session, self.subject()
        if session is None or subject is None:
            return
        queue_id, me = subject.queue_id, self.desk_app.agent.agent_id
        choices = []
        for agent in sorted(session.config.agents.values(), key=lambda one: (one.id != me, one.login)):
            if not agent.valid or agent.id == NOBODY:
                continue
            may = Right.OWNER in rights_on(session.config, agent.id, queue_id)
            choices.append(Choice(agent.id, f"{agent.login}  {agent.name}", why_not="" if may else _("no right there")))
        subjects = self.subjects()

        def chosen(agent_id: int | None) -> None:
            if agent_id is not None:
                words = _("assigned to {agent}").format(agent=session.config.agent_name(agent_id))
                self._remember()
                self.submit(subjects, lambda one: (SetOwner(agent_id), LockTicket()), words)

        self.app.push_screen(Picker(_titled(_("Assign to"), subjects), choices), chosen)

    def do_ticket_state(self) -> None:
        """Set a state; a pending one asks until when."""
        self._pick_state(lambda kind: kind not in (StateType.MERGED, StateType.NEW), _("State"))

    def do_ticket_close(self) -> None:
        """Close, successfully or not."""
        self._pick_state(lambda kind: kind is StateType.CLOSED, _("Close as"), begin_at_current=False)

    def _pick_state(self, fits: Callable[[StateType], bool], title: str, *, begin_at_current: bool = True) -> None:
        session, subject, subjects = self.session, self.subject(), self.subjects()
        if session is None or subject is None:
            return
        choices = [
            Choice(state.id, state.name, note=state.type.letter)
            for state in sorted(session.config.states.values(), key=lambda one: one.id)
            if state.valid and fits(state.type)
        ]
        config = session.config

        def chosen(state_id: int | None) -> None:
            if state_id is None:
                return
            state = config.states[state_id]
            if state.type.is_pending:
                self._ask_until(subjects, state_id, state.name)
                return
            self._remember()
            self.submit(subjects, lambda one: (SetState(state_id),), state.name)

        current = subject.state_id if begin_at_current else None
        self.app.push_screen(Picker(_titled(title, subjects), choices, current=current), chosen)

    def _ask_until(self, subjects: Sequence[Subject], state_id: int | None, name: str) -> None:
        app = self.desk_app

        def answered(until: datetime | None) -> None:
            if until is None:
                return
            words = f"{name} {full_date(until, app.zone)}"

            def ops(subject: Subject) -> tuple[Op, ...]:
                kept = state_id is None and self._is_pending(subject)
                return (SetPending(until),) if kept else (SetState(state_id or self._reminder_id(), until),)

            self._remember()
            self.submit(subjects, ops, words)

        self.app.push_screen(AskTime(_titled(_("Wait until"), subjects), app.clock.now, app.zone), answered)

    def _is_pending(self, subject: Subject) -> bool:
        session = self.session
        state = session.config.states.get(subject.state_id) if session else None
        return state is not None and state.type.is_pending

    def _reminder_id(self) -> int:
        session = self.session
        if session is None:
            raise LookupError("no open desk")
        return session.config.first_state(StateType.PENDING_REMINDER).id

    def do_ticket_pending(self) -> None:
        """Let the tickets wait until a time, as reminders unless they wait already."""
        self._ask_until(self.subjects(), None, _("waits until"))

    def do_ticket_move(self) -> None:
        """Move the tickets to a queue."""
        session, subject, subjects = self.session, self.subject(), self.subjects()
        if session is None or subject is None:
            return
        config = session.config
        choices = queue_choices(config, self.desk_app.agent.agent_id, Right.MOVE_INTO)

        def chosen(name: str | None) -> None:
            if name is not None:
                self._remember()
                queue_id = config.queue_ids[name]
                self.submit(subjects, lambda one: (SetQueue(queue_id),), _("moved to {queue}").format(queue=name))

        current = config.queues[subject.queue_id].name
        self.app.push_screen(Picker(_titled(_("Move to"), subjects), choices, current=current), chosen)

    def do_ticket_priority(self) -> None:
        """Set a priority from a list."""
        session, subject, subjects = self.session, self.subject(), self.subjects()
        if session is None or subject is None:
            return
        config = session.config
        choices = [
            Choice(one.id, one.name) for one in sorted(config.priorities.values(), key=lambda one: one.id) if one.valid
        ]

        def chosen(priority_id: int | None) -> None:
            if priority_id is not None:
                self._set_priority(subjects, priority_id)

        self.app.push_screen(Picker(_titled(_("Priority"), subjects), choices, current=subject.priority_id), chosen)

    def _set_priority(self, subjects: Sequence[Subject], priority_id: int) -> None:
        session = self.session
        priority = session.config.priorities.get(priority_id) if session else None
        if priority is None or not priority.valid:
            self.say(_("There is no priority {n} on this desk.").format(n=priority_id), error=True)
            return
        self._remember()
        words = _("priority {name}").format(name=priority.name)
        self.submit(subjects, lambda one: (SetPriority(priority_id),), words)

    def do_ticket_priority_1(self) -> None:
        """Set priority 1."""
        self._set_priority(self.subjects(), 1)

    def do_ticket_priority_2(self) -> None:
        """Set priority 2."""
        self._set_priority(self.subjects(), 2)

    def do_ticket_priority_3(self) -> None:
        """Set priority 3."""
        self._set_priority(self.subjects(), 3)

    def do_ticket_priority_4(self) -> None:
        """Set priority 4."""
        self._set_priority(self.subjects(), 4)

    def do_ticket_priority_5(self) -> None:
        """Set priority 5."""
        self._set_priority(self.subjects(), 5)

    def do_ticket_lock(self) -> None:
        """Lock the ticket if it is free, else unlock it."""
        subject = self.subject()
        if subject is None:
            return
        if subject.locked:
            self._with((UnlockTicket(),), _("unlocked"))
        else:
            self._with((LockTicket(),), _("locked"))

    def do_ticket_title(self) -> None:
        """Give the ticket another title."""
        subject = self.subject()
        if subject is None:
            return
        shown = one_line(subject.title)

        def answered(title: str | None) -> None:
            if title is not None and title.strip() != shown.strip():
                self._remember()
                self.submit([subject], lambda one: (SetTitle(title.strip()),), _("title changed"))

        self.app.push_screen(
            Prompt(
                _("Title of {number}").format(number=subject.number),
                value=shown,
                check=lambda text: "" if text.strip() else _("a title must not be empty"),
            ),
            answered,
        )


def _titled(title: str, subjects: Sequence[Subject]) -> str:
    """Return the title of a question with the tickets that it is about: whoever marked some sees if `;` was missed."""
    if len(subjects) == 1:
        return f"{title} – {one_line(subjects[0].number)}"
    return f"{title} – " + ngettext("{n} ticket", "{n} tickets", len(subjects)).format(n=len(subjects))
