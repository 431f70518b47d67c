"""Writing to a customer or colleague: the letter as it begins, its draft, what happens meanwhile.

A pause keeps the draft in the database, and so do leaving by Esc and a terminal that goes: nothing that was written
is lost but by `D`. Sending is in `sending`. Invariant: news of the ticket are told beside the text and never
change it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import SuspendNotSupported
from textual.timer import Timer
from textual.widgets import Input, TextArea

from tuidesk.actions import Action, Context
from tuidesk.core.domain.ops import Change, LockTicket, SetOwner
from tuidesk.core.errors import NotFound
from tuidesk.core.i18n import _
from tuidesk.editor import edit, editor_command
from tuidesk.screens.composition import BY_MAIL, ON_A_TICKET, Composition, begin, from_draft
from tuidesk.screens.draft_keeper import DraftKeeper
from tuidesk.screens.letter_news import WRITING, Look, locked_words, look, news_words, others_words
from tuidesk.screens.presenting import article_texts
from tuidesk.screens.sending import SendingScreen
from tuidesk.screens.ticket import TicketScreen
from tuidesk.session import Session
from tuidesk.widgets.dialogs import Confirm, Prompt
from tuidesk.widgets.picker import Choice, Picker
from tuidesk.widgets.safe import one_line

if TYPE_CHECKING:
    from datetime import datetime

DRAFT_PAUSE_S = 1.0
DRAFT_LATEST_S = 3.0
"""Somebody who types without a pause is kept as often as this."""
PRESENCE_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a letter begins with; `draft_id` is None for a new one."""

    what: Composition
    draft_id: int | None
    found: Look | None


class ComposeScreen(SendingScreen):
    """Composes one text. `draft_id` opens that draft instead of a new text or of the draft for this ticket.

    `queue` is where a new ticket goes unless the writer says otherwise.
    """

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.APP, Context.MOTION, Context.REVIEW)
    HINTS: ClassVar[tuple[str, ...]] = (
        "review.send", "review.send_close", "review.edit", "review.attach", "review.postpone", "review.discard",
    )  # fmt: skip

    def __init__(
        self, kind: str, ticket_id: int | None, article_no: int | None, draft_id: int | None = None, *, queue: str = ""
    ) -> None:
        super().__init__()
        self._queue = queue
        self._kind = kind
        self._ticket_id = ticket_id
        self._article_no = article_no
        self._draft_id = draft_id
        self._timer: Timer | None = None
        self._typed_since = 0.0
        self._entered_at: datetime | None = None

    def labels(self) -> dict[str, str]:
        """Return the lines that this kind of text has."""
        labels = {"subject": _("Subject")}
        if self._kind in BY_MAIL:
            labels = {"to": _("To"), "cc": _("Cc"), **labels}
        elif self._kind == "phone":
            labels = {"to": _("Customer"), **labels}
        if self._kind not in ON_A_TICKET:
            labels = {"queue": _("Queue"), **labels}
        return labels

    def hint_word(self, action: Action) -> str:
        """Return the short word of an action: what is not a mail is not sent."""
        words = {} if self._kind in BY_MAIL else {"review.send": _("add"), "review.send_close": _("add+close")}
        return words.get(action.id) or super().hint_word(action)

    # --- the beginning ------------------------------------------------------------------------------

    def desk_ready(self, session: Session) -> None:
        """Begin the text, or go on with the draft that is there for this ticket."""
        self.read("begin", self._begin, self._begun, self._not_begun)

    def _begin(self, session: Session) -> _Begun:
        found = self._look_if_there(session)
        for draft in session.desk.drafts(session.agent.agent_id, self._ticket_id):
            wanted = draft.id == self._draft_id or (
                self._draft_id is None and draft.ticket_id == self._ticket_id and draft.kind == self._kind
            )
            if wanted:
                return _Begun(from_draft(draft.content), draft.id, found)
        return _Begun(begin(session, self._kind, self._ticket_id, self._article_no, self._queue), None, found)

    def _look_if_there(self, session: Session) -> Look | None:
        if self._ticket_id is None:
            return None
        try:
            return look(session, self._ticket_id)
        except NotFound:  # a draft outlives the right to see its ticket; a new text refuses to begin
            return None

    def _begun(self, begun: _Begun) -> None:
        is_draft = begun.draft_id is not None
        self.show_letter(begun.what, _("Your draft goes on; D in the review throws it away.") if is_draft else "")
        what = self.current() or begun.what  # as the fields have it: they know only one kind of line end
        if not is_draft:
            what = self._what = what.as_begun()
        self.keeper = DraftKeeper(begun.draft_id, what)
        self._show_heading(what, kept=is_draft)
        if begun.found is not None:
            self._found(begun.found)
            self._enter(what.ticket_id)

    def _not_begun(self, error: Exception) -> None:
        self.fail()
        self.status.set_hints(_("Esc back"))
        self.say("")
        self.show_error(error)

    def _show_heading(self, what: Composition, *, kept: bool) -> None:
        heading = {
            "reply": _("Reply to {number}  {title}"),
            "reply_all": _("Reply to all of {number}  {title}"),
            "forward": _("Forward {number}  {title}"),
            "note": _("Note on {number}  {title}"),
            "phone": _("New ticket by phone"),
            "mail": _("New ticket by mail"),
        }[self._kind]
        words = one_line(heading.format(number=what.number, title=what.title))
        self.title_line.set(words, _("draft kept") if kept else "")

    # --- what happens meanwhile ---------------------------------------------------------------------

    def reload(self) -> None:
        """Look what happened on the ticket."""
        if (ticket_id := self._ticket_id) is not None and self._what is not None:
            self.read("news", lambda session: look(session, ticket_id), self._found)

    def _found(self, found: Look) -> None:
        what, session, app = self._what, self.session, self.desk_app
        if what is None or session is None:
            return
        now = app.clock.now()
        self.note("news", news_words(found, what.seen_article, now, app.zone))
        self.note("others", others_words(found, session.config, now))
        self.note("locked", locked_words(found, session.config, app.agent.agent_id) if self._kind in BY_MAIL else "")
        self.told_others |= {one.agent_id for one in found.others}
        self.show_beside(
            article_texts(found.articles, found.readable, what.seen_article, now, app.zone),
            what.article_no or what.seen_article,
        )

    def _enter(self, ticket_id: int | None) -> None:
        """Tell others that somebody writes here; it lasts for some minutes."""
        now = self.desk_app.clock.now()
        if ticket_id is None or (self._entered_at is not None and now - self._entered_at < PRESENCE_AGAIN):
            return
        self._entered_at = now
        self.write(lambda session: session.desk.enter(session.agent.agent_id, ticket_id, WRITING), lambda _none: None)

    def on_unmount(self) -> None:
        """Tell others that nobody writes here any more."""
        app, ticket_id = self.desk_app, self._ticket_id
        if self._entered_at is None or ticket_id is None:
            return
        reading = any(isinstance(one, TicketScreen) and one.ticket_id == ticket_id for one in app.screen_stack)
        if reading:
            self.write(
                lambda session: session.desk.enter(session.agent.agent_id, ticket_id, "reading"), lambda _none: None
            )
        else:
            app.leave_ticket(ticket_id)

    # --- drafts -------------------------------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self) -> None:
        now = monotonic()
        if self._timer is not None:
            self._timer.stop()
        else:
            self._typed_since = now
        left = self._typed_since + DRAFT_LATEST_S - now
        if left > 0:
            self._timer = self.set_timer(min(DRAFT_PAUSE_S, left), self._paused)
        else:
            self._paused()
        if (what := self.current()) is not None and self.keeper.wants(what):
            self._show_heading(what, kept=False)

    def _paused(self) -> None:
        self._timer = None
        self.save_draft()

    def before_end(self) -> None:
        """Keep what stands on the screen, whatever ends the app."""
        what, session = self.current(), self.session
        if session is not None and what is not None and not self.done and self.keeper.wants(what):
            # no worker: those end with the app
            threading.Thread(target=self.keeper.keep_at_the_end, args=(what, session), name="tuidesk-draft").start()

    def save_draft(self, then: Callable[[], None] | None = None) -> None:
        """Keep what stands on the screen, if it was touched and is not kept already; `then` is for afterwards."""
        what = self.current()
        if self.done or what is None or not self.keeper.wants(what):
            if then is not None:
                then()
            return

        def kept(_none: None) -> None:
            self._show_heading(what, kept=self.keeper.kept == self.current())
            if then is not None:
                then()

        def not_kept(error: Exception) -> None:
            if then is not None:
                self.go_on()
            self.show_error(error)
            self.say(_("The draft is not kept yet."), error=True)

        self.write(self.keeper.keeping(what), kept, not_kept)
        self._enter(what.ticket_id)

    def review(self) -> None:
        """Stop typing: keep the draft, say what a careful colleague would say, let letters act."""
        super().review()
        self.show_warnings()
        self.save_draft()
        self.reload()

    def do_app_back(self) -> None:
        """Keep the draft and go back."""
        self.do_review_postpone()

    def do_review_postpone(self) -> None:
        """Keep the draft and go back, once it is kept."""
        app = self.desk_app

        def gone() -> None:
            self.leave()
            if self.keeper.kept is not None and self.keeper.draft_id is not None:
                app.say(_("Kept as a draft; gf lists your drafts."))

        self.wait(_("keeping the draft …"))
        self.save_draft(gone)

    def do_review_discard(self) -> None:
        """Throw the text away, after a question."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.done = True
                # the list of drafts below reads again once it is seen: the draft must be gone by then
                self.write(self.keeper.drop, lambda _none: self.leave())

        self.app.push_screen(Confirm(_("Throw away?"), _("What was written is lost.")), answered)

    # --- beside the text ----------------------------------------------------------------------------

    def do_review_attach(self) -> None:
        """Ask for a file to attach."""

        def wrong(text: str) -> str:
            path = Path(text).expanduser()
            if not path.is_file():
                return _("no such file")
            return "" if os.access(path, os.R_OK) else _("that file cannot be read")

        def answered(text: str | None) -> None:
            if text and self._what is not None:
                self._what = replace(self._what, files=(*self._what.files, text))
                self.show_files()
                self.show_warnings()
                self.save_draft()

        self.app.push_screen(Prompt(_("Attach"), hint=_("path of a file on this machine"), check=wrong), answered)

    def do_review_detach(self) -> None:
        """Ask which file to leave out."""
        what = self._what
        if what is None or not (what.files or what.carried):
            self.say(_("No file is attached."), error=True)
            return
        choices = [Choice(one, one.partition(" ")[2]) for one in what.carried]
        choices += [Choice(one, one) for one in what.files]

        def chosen(file: str | None) -> None:
            if file is not None and (what := self._what) is not None:
                files = tuple(one for one in what.files if one != file)
                self._what = replace(what, files=files, carried=tuple(one for one in what.carried if one != file))
                self.show_files()
                self.show_warnings()
                self.save_draft()

        self.app.push_screen(Picker(_("Leave out"), choices), chosen)

    def do_review_take(self) -> None:
        """Make the ticket mine, so that what was written can be sent."""
        ticket_id, me = self._ticket_id, self.desk_app.agent.agent_id
        if ticket_id is None:
            self.say(_("There is no ticket yet."), error=True)
            return

        def taken(_done: object) -> None:
            self.note("trouble", "")
            self.note("locked", "")
            self.say(_("The ticket is yours."))

        self.write(lambda session: session.act([Change(ticket_id, (SetOwner(me), LockTicket()))]), taken)

    def do_review_edit(self) -> None:
        """Go on typing."""
        self.edit()

    def do_review_editor(self) -> None:
        """Edit the text in the agent's own editor."""
        command = editor_command(self.desk_app.editor, os.environ)
        if not command:
            self.edit()
            self.say(_("No other editor: neither ui.editor in the settings nor $EDITOR names one."))
            return
        self.save_draft()
        self.note("trouble", "")
        try:
            with self.app.suspend():
                result = edit(command, self.body.text)
        except SuspendNotSupported:
            self.say(_("This terminal cannot be lent to an editor."), error=True)
            return
        if result.changed:
            self.show_body(result.text)
        self.review()
        self.do_move_first()
        if result.problem == "at-once":
            text = _("The editor came back at once; if it runs in a window of its own, let it wait (--wait).")
            self.say(text, error=True)
        elif result.problem == "missing":
            text = _("The editor “{program}” cannot be started; ui.editor in the settings or $EDITOR names another.")
            self.note("trouble", text.format(program=command[0]))
        elif result.kept is not None:
            self.note("trouble", _("The editor failed; the text is also in {path}.").format(path=result.kept))
        elif result.problem:
            self.say(_("The editor failed; the text is as it was."), error=True)
