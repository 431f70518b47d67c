"""Making changes to tickets from a screen: the one way from a key to the desk and back to the status line.

`submit` answers at once, changes the tickets with the version that was on the screen, and says what came of
it; whoever changed a ticket meanwhile is shown with both values. Several tickets are asked about first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tuidesk.actions import Subject
from tuidesk.core.domain.ops import Change, Op
from tuidesk.core.errors import StaleTicket
from tuidesk.core.i18n import _, ngettext
from tuidesk.messages import TicketsChanged
from tuidesk.screens.base import DeskScreen, error_sentence
from tuidesk.screens.error_words import conflict_words
from tuidesk.session import Session
from tuidesk.widgets.dialogs import Confirm

OpsFor = Callable[[Subject], tuple[Op, ...]]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of several tickets: those that are done, and errors by ticket."""

    done: tuple[int, ...]
    failed: tuple[tuple[Subject, Exception], ...]


class TicketSubmit(DeskScreen):
    """A screen with tickets to act on."""

    def subjects(self) -> list[Subject]:
        """Return the tickets that the next action is about: one, or the marked ones."""
        subject = self.subject()
        return [subject] if subject else []

    def acted(self, ticket_ids: Sequence[int]) -> None:
        """Take note that tickets were changed from here."""

    def article_no(self) -> int | None:
        """Return the article that a reply answers, None for the newest."""
        return None

    # --- the one way to the desk --------------------------------------------------------------------

    def submit(self, subjects: Sequence[Subject], ops_for: OpsFor, words: str, *, expect: bool = True) -> None:
        """Make the ops on each ticket; `words` say what that is (`taken`). Several are asked about first."""
        if not subjects:
            return
        if len(subjects) > 1:
            question = ngettext("{n} ticket: {words}?", "{n} tickets: {words}?", len(subjects)).format(
                n=len(subjects), words=words
            )
            numbers = ", ".join(subject.number for subject in subjects[:30])
            numbers += " …" if len(subjects) > 30 else ""

            def answered(yes: bool | None) -> None:
                if yes:
                    self._send(subjects, ops_for, words, expect)

            self.app.push_screen(Confirm(question, numbers), answered)
            return
        self._send(subjects, ops_for, words, expect)

    def _send(self, subjects: Sequence[Subject], ops_for: OpsFor, words: str, expect: bool) -> None:
        if len(subjects) == 1:
            self.say(f"{subjects[0].number} -> {words} …")
        else:
            self.say(
                ngettext("{n} ticket -> {words} …", "{n} tickets -> {words} …", len(subjects)).format(
                    n=len(subjects), words=words
                )
            )

        def job(session: Session) -> _Outcome:
            done: list[int] = []
            failed: list[tuple[Subject, Exception]] = []
            for subject in subjects:
                seen = subject.version if expect else None
                try:
                    session.act([Change(subject.id, ops_for(subject), seen)])
                    done.append(subject.id)
                except Exception as error:  # noqa: BLE001 - told ticket by ticket by whoever asked
                    failed.append((subject, error))
            return _Outcome(tuple(done), tuple(failed))

        self.write(job, partial(self._acts_came, ops_for=ops_for, words=words))

    def _acts_came(self, outcome: _Outcome, *, ops_for: OpsFor, words: str) -> None:
        if outcome.done:
            self.acted(outcome.done)
            self.desk_app.post_message(TicketsChanged(outcome.done))
        if not outcome.failed:
            n = len(outcome.done)
            number = ngettext("{n} ticket", "{n} tickets", n).format(n=n)
            self.say(f"{number if n > 1 else self._number_of(outcome.done[0])} -> {words}")
            return
        subject, error = outcome.failed[0]
        if len(outcome.failed) == 1 and isinstance(error, StaleTicket):
            self._ask_stale(subject, error, ops_for, words)
            return
        text = error_sentence(error)
        if len(outcome.failed) + len(outcome.done) > 1:
            number = "" if subject.number in text else f"{subject.number}: "
            words = ngettext("{n} done, {bad} not: {text}", "{n} done, {bad} not: {text}", len(outcome.done))
            text = words.format(n=len(outcome.done), bad=len(outcome.failed), text=number + text)
        self.say(text, error=True)

    def _number_of(self, ticket_id: int) -> str:
        for subject in (*self.subjects(), self.desk_app.last_subject):
            if subject is not None and subject.id == ticket_id:
                return subject.number
        return "#" + str(ticket_id)

    def _ask_stale(self, subject: Subject, error: StaleTicket, ops_for: OpsFor, words: str) -> None:
        """Show both values and ask which shall be."""
        session = self.session
        if session is None:
            return
        text = "\n".join(conflict_words(conflict, session.config, self.desk_app.zone) for conflict in error.conflicts)
        title = _("{number} was changed meanwhile").format(number=subject.number)

        def answered(mine: bool | None) -> None:
            if mine:
                self._send([subject], ops_for, words, expect=False)
            else:
                self.say(_("{number}: left as it is now").format(number=subject.number))
                self.reload()

        self.app.push_screen(Confirm(title, text, yes=_("set what I want"), no=_("leave it as it is now")), answered)

    def _with(self, ops: Sequence[Op], words: str) -> None:
        self._remember()
        self.submit(self.subjects(), lambda subject: tuple(ops), words)

    def _remember(self) -> None:
        self.desk_app.last_subject = self.subject()
