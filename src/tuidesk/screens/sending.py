"""Sending what was written: what holds it back once, who gets it, and what comes of it.

Invariant: a text leaves this screen only when the desk has taken it; until then it stays as it is, with its
draft. What nobody has told the writer yet holds the text back once: a second key sends it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tuidesk.core.errors import LockedByOther, StaleTicket
from tuidesk.core.i18n import _
from tuidesk.messages import TicketsChanged
from tuidesk.screens.composition import Composition, send, warnings
from tuidesk.screens.draft_keeper import DraftKeeper
from tuidesk.screens.error_words import conflict_words
from tuidesk.screens.letter_news import Look, look
from tuidesk.screens.letter_parts import joined
from tuidesk.screens.picking import PickingScreen
from tuidesk.session import Session

if TYPE_CHECKING:
    from tuidesk.core.tickets.decision import ActDone


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of sending: `done`, or why not: `held` by news, `stale` with the version that is there now."""

    done: ActDone | None = None
    held: Look | None = None
    stale: StaleTicket | None = None
    version: int | None = None


class SendingScreen(PickingScreen):
    """A letter that can be sent; `told_others` are the agents who write here too and of whom the writer knows."""

    def __init__(self) -> None:
        super().__init__()
        self.keeper = DraftKeeper()
        self.done = False
        self.told_others: set[int] = set()
        self._agreed_article = 0  # as of this one, the writer sends all the same

    def _found(self, found: Look) -> None:
        """Tell what happens on the ticket."""
        raise NotImplementedError

    def show_warnings(self) -> None:
        """Say what a careful colleague would say."""
        what, session = self.current(), self.session
        told = warnings(what, session.config) if what is not None and session is not None else []
        self.note("warnings", joined(told))

    def do_review_send(self) -> None:
        """Send it."""
        self._send(close=False)

    def do_review_send_close(self) -> None:
        """Send it and close the ticket."""
        self._send(close=True)

    def _send(self, *, close: bool) -> None:
        what = self.current()
        if what is None or self.done:
            return
        if not what.written:
            self.say(_("Nothing was written yet."), error=True)
            return
        self.wait(_("sending …"))
        undo_send_s, told = self.desk_app.undo_send_s, frozenset(self.told_others)
        agreed, keeper = max(what.seen_article, self._agreed_article), self.keeper

        def job(session: Session) -> _Outcome:
            if what.ticket_id is not None:
                found = look(session, what.ticket_id)
                if found.last_article_no > agreed or {one.agent_id for one in found.others} - told:
                    return _Outcome(held=found)
            try:
                done = send(session, what, close=close, undo_send_s=undo_send_s)
            except StaleTicket as stale:
                version = look(session, what.ticket_id).version if what.ticket_id is not None else None
                return _Outcome(stale=stale, version=version)
            keeper.drop_sent(session)
            return _Outcome(done=done)

        self.write(job, lambda outcome: self._answered(what, outcome, close), self._not_sent)

    def _answered(self, what: Composition, outcome: _Outcome, close: bool) -> None:
        again = "X" if close else "y"
        if outcome.done is not None:
            self._sent(what, outcome.done)
        elif outcome.held is not None:
            self._found(outcome.held)
            self._agreed_article = outcome.held.last_article_no
            self.go_on()
            self.say(_("Not sent yet: see above. {key} again sends it all the same.").format(key=again), error=True)
        elif outcome.stale is not None and (session := self.session) is not None:
            if self._what is not None:
                self._what = replace(self._what, seen_version=outcome.version)
            words = (conflict_words(one, session.config, self.desk_app.zone) for one in outcome.stale.conflicts)
            self.note("conflicts", joined(words))
            self.go_on()
            self.say(_("Changed meanwhile, your text is kept. {key} again sends it.").format(key=again), error=True)

    def _sent(self, what: Composition, done: ActDone) -> None:
        self.done = True
        app, change = self.desk_app, done.changes[0]
        wait = app.undo_send_s if change.outbox_ids else 0
        words = {"note": _("{number}: the note is added"), "phone": _("{number}: the ticket is made")}
        text = words.get(what.kind, _("{number}: done")).format(number=change.ticket.number)
        app.last_ticket_id = change.ticket.id
        app.own_article = (change.ticket.id, change.ticket.last_article_no)
        app.post_message(TicketsChanged((change.ticket.id,)))
        self.leave()
        if wait:
            app.mail_waits(change.ticket.id, change.ticket.number, change.outbox_ids[0], wait, what)
        else:
            app.say(text)

    def _not_sent(self, error: Exception) -> None:
        self.go_on()
        if isinstance(error, LockedByOther):
            words = _("{number} is locked by {owner}: t takes it over, then {key} sends")
            self.note("trouble", words.format(number=error.ticket_number, owner=error.owner, key="y"))
        else:
            self.show_error(error)
        self.say(_("Not sent; your text is kept."), error=True)
