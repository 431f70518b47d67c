"""What is not sent yet, what waits to leave, and what could not come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from tuidesk.actions import Context
from tuidesk.core.i18n import _
from tuidesk.screens.composition import from_draft
from tuidesk.screens.presenting import size_words
from tuidesk.screens.rows import RetryScreen, RowsScreen
from tuidesk.session import Session
from tuidesk.widgets.ages import day_and_time
from tuidesk.widgets.dialogs import Confirm
from tuidesk.widgets.picker import Choice

if TYPE_CHECKING:
    from tuidesk.core.store.agent_state import Draft
    from tuidesk.core.store.inbox import FailedMail
    from tuidesk.core.store.outbox import OutboxRow


_BEGINNING_MAX = 300


class DraftsScreen(RowsScreen):
    """All texts that the agent has begun."""

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.APP, Context.MOTION, Context.DRAFTS)
    HINTS: ClassVar[tuple[str, ...]] = ("move.open", "draft.discard", "app.back")

    def on_mount(self) -> None:
        """Name the screen."""
        self.title_line.set("tuidesk  " + _("Drafts"))

    def reload(self) -> None:
        """Read the drafts again."""
        self.read("rows", lambda session: session.desk.drafts(session.agent.agent_id), self._came)

    def on_screen_resume(self) -> None:
        """Read again after a draft was opened: it may be sent or changed."""
        self.stale = self.session is not None
        super().on_screen_resume()

    def _came(self, rows: Sequence[Draft]) -> None:
        kinds = {
            "reply": _("reply"),
            "reply_all": _("reply to all"),
            "forward": _("forward"),
            "note": _("note"),
            "phone": _("phone ticket"),
            "mail": _("mail ticket"),
        }
        now, zone = self.desk_app.clock.now(), self.desk_app.zone
        choices = []
        for row in rows:
            what = from_draft(row.content)
            about = f"{what.number}  {what.title}" if what.number else what.subject
            choices.append(
                Choice(row, f"{day_and_time(row.saved_at, now, zone):<16} {kinds.get(row.kind, row.kind):<12} {about}")
            )
        self.title_line.set("tuidesk  " + _("Drafts"), str(len(rows)))
        self.show_rows(choices, _("you have no drafts"))

    def detail(self, value: Any) -> str:
        """Return to whom it goes and how it begins."""
        what = from_draft(value.content)
        to = _("To: {to}").format(to=what.to) + "\n" if what.to else ""
        fresh = (what.body[: what.write_at].strip() or what.body.strip())[:_BEGINNING_MAX].splitlines()
        return to + "\n".join(line for line in fresh if line.strip())

    def open_row(self, value: Any) -> None:
        """Go on writing it."""
        draft: Draft = value
        self.desk_app.open_composer(draft.kind, draft.ticket_id, None, draft.id)

    def do_draft_discard(self) -> None:
        """Throw the draft under the cursor away, after a question."""
        current = self.rows.current
        if current is None or current.value is None:
            self.say(_("There is no draft."), error=True)
            return
        draft: Draft = current.value
        me = self.desk_app.agent.agent_id

        def dropped(_nothing: None) -> None:
            self.say(_("thrown away"))
            self.reload()

        def answered(yes: bool | None) -> None:
            if yes:
                self.write(lambda session: session.desk.drop_draft(me, draft.id), dropped)

        self.app.push_screen(Confirm(_("Throw away?"), self.detail(draft) or current.text), answered)


class OutboxScreen(RetryScreen):
    """Mail that waits, is on its way, or could not be sent."""

    def on_mount(self) -> None:
        """Name the screen."""
        self.title_line.set("tuidesk  " + _("Outbox"))

    def reload(self) -> None:
        """Read the outbox again."""
        self.read("rows", lambda session: session.desk.outbox(only_waiting=True), self._came)

    def _came(self, rows: Sequence[OutboxRow]) -> None:
        words = {"queued": _("waits"), "sending": _("on its way"), "dead": _("DEAD")}
        now, zone = self.desk_app.clock.now(), self.desk_app.zone
        choices = []
        for row in rows:
            when = row.not_before if row.state == "queued" else row.queued_at
            choices.append(
                Choice(
                    row,
                    f"{'!' if row.state == 'dead' else ' '} {words.get(row.state, row.state):<11} "
                    f"{day_and_time(when, now, zone) if when else '':<16} {row.recipients}",
                    note=_("maybe sent") if row.maybe_sent else "",
                )
            )
        self.title_line.set("tuidesk  " + _("Outbox"), str(len(rows)))
        self.show_rows(choices, _("no mail waits"))

    def detail(self, value: Any) -> str:
        """Return what the server said."""
        row: OutboxRow = value
        tries = _("tries: {n}").format(n=row.attempts)
        return f"{tries}  {row.reason}" if row.attempts or row.reason else ""

    def open_row(self, value: Any) -> None:
        """Open the ticket at the article."""
        self.desk_app.open_ticket(value.ticket_id, article_no=value.article_no)

    def retry(self, session: Session, value: Any) -> None:
        """Send it again now."""
        session.desk.retry_outbox(value.id)


class FailedMailScreen(RetryScreen):
    """Mail that was set aside; its bytes are safe."""

    def on_mount(self) -> None:
        """Name the screen."""
        self.title_line.set("tuidesk  " + _("Mail that could not be taken in"))

    def reload(self) -> None:
        """Read the list again."""
        self.read("rows", lambda session: session.desk.failed_mails(), self._came)

    def _came(self, rows: Sequence[FailedMail]) -> None:
        now, zone = self.desk_app.clock.now(), self.desk_app.zone
        choices = [
            Choice(
                row,
                f"! {day_and_time(row.arrived_at, now, zone) if row.arrived_at else '':<16} "
                f"{size_words(row.size_bytes):>7}  {row.message_id or row.source_key}",
            )
            for row in rows
        ]
        self.title_line.set("tuidesk  " + _("Mail that could not be taken in"), str(len(rows)))
        self.show_rows(choices, _("all mail was taken in"))

    def detail(self, value: Any) -> str:
        """Return why it was set aside."""
        row: FailedMail = value
        return row.reason

    def retry(self, session: Session, value: Any) -> None:
        """Put it back into the spool."""
        session.desk.retry_failed(value.id)
