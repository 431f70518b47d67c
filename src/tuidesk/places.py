"""Where one can go from anywhere, and what the app itself can do by key.

Screens are imported when they are first gone to. Invariant: lists and mail lie directly above the dashboard;
search, a ticket and the list of its customer lie above whatever they were opened from.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from textual.app import App

from tuidesk.actions import Context
from tuidesk.core.i18n import _, ngettext
from tuidesk.key_reader import shown_keys
from tuidesk.screens.base import DeskScreen
from tuidesk.widgets.safe import one_line

if TYPE_CHECKING:
    from tuidesk.app import TuideskApp
    from tuidesk.core.domain.ticket import Ticket
    from tuidesk.screens.composition import Composition
    from tuidesk.screens.list_source import ViewSource
    from tuidesk.screens.ticket import Neighbour, Place


class Places(App[int], inherit_bindings=False):
    """The part of the app that goes from screen to screen."""

    own_article: tuple[int, int] | None = None
    """Ticket and number of the article that the agent wrote last."""
    _waiting: tuple[int, int, Composition] | None = None
    _told_of: int | None = None
    """The mail of which was said that it has not left yet."""

    @property
    def _desk(self) -> TuideskApp:
        return cast("TuideskApp", self)

    @property
    def bottom(self) -> int:
        """How many screens are always there."""
        return 1

    def open_ticket(
        self,
        ticket_id: int,
        *,
        neighbour: Neighbour | None = None,
        place: Place | None = None,
        article_no: int | None = None,
        unread: int | None = None,
    ) -> None:
        """Show a ticket; `neighbour` gives the ticket some rows away in the list it came from.

        `place` says where in that list a ticket is. `unread` is how many of its articles, counted from the
        end, the agent has not seen, as far as it is known.
        """
        from tuidesk.screens.ticket import TicketScreen

        self.push_screen(
            TicketScreen(ticket_id, neighbour=neighbour, place=place, article_no=article_no, unread=unread)
        )

    def open_number(self, digits: str) -> None:
        """Show the ticket whose number ends so, if there is just one."""
        screen = self.screen
        if not isinstance(screen, DeskScreen):
            return

        def found(ticket: Ticket) -> None:
            if getattr(screen, "ticket_id", None) == ticket.id:
                self._desk.say(_("{number} is this ticket").format(number=ticket.number))
            else:
                self.open_ticket(ticket.id)

        screen.read("number", lambda session: session.desk.find(session.viewer, digits), found)

    def open_list(self, source: ViewSource) -> None:
        """Show a list above the dashboard."""
        from tuidesk.screens.ticket_list import TicketListScreen

        self._to_dashboard()
        self.push_screen(TicketListScreen(source))

    def open_view(self, view: str, **chosen: Any) -> None:
        """Show a named view above the dashboard; `chosen` as for `ViewSource`."""
        from tuidesk.screens.list_source import ViewSource

        self.open_list(ViewSource(view, **chosen))

    def open_customer(self, customer: str) -> None:
        """Show all tickets of a customer above what is shown now, the newest first."""
        from tuidesk.screens.list_source import ViewSource
        from tuidesk.screens.ticket_list import TicketListScreen

        self.push_screen(TicketListScreen(ViewSource("all", customer=customer)))

    def open_composer(
        self, kind: str, ticket_id: int | None, article_no: int | None, draft_id: int | None = None
    ) -> None:
        """Write: `kind` is create, note, reply, reply_all or forward; `article_no` is what is answered.

        `draft_id` opens that draft; then `kind` may also be phone or mail.
        """
        from tuidesk.screens.compose import ComposeScreen
        from tuidesk.widgets.picker import Choice, Picker

        if kind == "create":
            queue = self._queue_here()
            choices = [Choice("phone", _("by phone: log a call")), Choice("mail", _("by mail: write to a customer"))]

            def chosen(what: str | None) -> None:
                if what is not None:
                    self.push_screen(ComposeScreen(what, None, None, queue=queue))

            self.push_screen(Picker(_("New ticket"), choices), chosen)
            return
        self.push_screen(ComposeScreen(kind, ticket_id, article_no, draft_id))

    def _queue_here(self) -> str:
        """Return the queue of what is shown, "" when it is of several."""
        from tuidesk.screens.ticket_list import TicketListScreen

        screen, session = self.screen, self._desk.session
        queue_id = getattr(screen.source, "queue_id", None) if isinstance(screen, TicketListScreen) else None
        if queue_id is None and isinstance(screen, DeskScreen) and (subject := screen.subject()) is not None:
            queue_id = subject.queue_id
        found = session.config.queues.get(queue_id) if session is not None and queue_id is not None else None
        return found.name if found is not None else ""

    # --- a mail in its undo time --------------------------------------------------------------------

    def mail_waits(self, ticket_id: int, number: str, outbox_id: int, seconds: int, sent: Composition) -> None:
        """Remember a mail that can still be stopped and what was written, and count the seconds that it waits."""
        self._waiting = (ticket_id, outbox_id, sent)
        leaves_at, told = monotonic() + seconds, ""

        def tell() -> None:
            nonlocal told
            left = round(leaves_at - monotonic())
            if self._waiting is None or self._waiting[1] != outbox_id:
                counting.stop()
                return
            if left <= 0:
                counting.stop()
                self._waiting = None
                self._desk.say(_("{number}: the mail is on its way").format(number=number))
                return
            words = ngettext(
                "{number}: the mail leaves in {n} second, u stops it",
                "{number}: the mail leaves in {n} seconds, u stops it",
                left,
            ).format(number=number, n=left)
            screen = self.screen
            # what was said meanwhile is not taken away
            if not told or (isinstance(screen, DeskScreen) and screen.status.message in ("", told)):
                self._desk.say(words)
                told = words

        counting = self.set_interval(1.0, tell)
        tell()

    def do_mail_stop(self) -> None:
        """Stop the mail that waits; its text comes back as a draft."""
        screen, waiting = self.screen, self._waiting
        if not isinstance(screen, DeskScreen) or waiting is None:
            self._desk.say(_("No mail waits any more."), error=True)
            return
        from tuidesk.screens.composition import stop_sending

        ticket_id, outbox_id, sent = waiting
        self._waiting = None

        def stopped(again: Composition) -> None:
            self._desk.say(_("The mail was stopped; its text is a draft again."))
            self.open_composer(again.kind, ticket_id, again.article_no)

        screen.write(lambda session: stop_sending(session, ticket_id, outbox_id, sent), stopped)

    def _to_dashboard(self) -> None:
        while len(self.screen_stack) > self.bottom:
            self.pop_screen()

    def do_go_dashboard(self) -> None:
        """Go to the dashboard."""
        self._to_dashboard()

    def do_go_mine(self) -> None:
        """List my tickets."""
        self.open_view("mine")

    def do_go_escalated(self) -> None:
        """List what is late."""
        self.open_view("escalated")

    def do_go_new(self) -> None:
        """List what is new."""
        self.open_view("new")

    def do_go_reminders(self) -> None:
        """List my reminders."""
        self.open_view("reminders")

    def do_go_unassigned(self) -> None:
        """List what nobody owns."""
        self.open_view("unassigned")

    def do_go_queues(self) -> None:
        """List all of my queues."""
        self.open_view("queues")

    def do_go_watched(self) -> None:
        """List what I watch."""
        self.open_view("watched")

    def do_go_open(self) -> None:
        """List all open tickets."""
        self.open_view("open")

    def do_go_all(self) -> None:
        """List all tickets."""
        self.open_view("all")

    def do_go_queue(self) -> None:
        """Pick a queue and list it."""
        from tuidesk.widgets.picker import Choice, Picker

        session = self._desk.session
        if session is None:
            return
        queues = [session.config.queues[queue_id] for queue_id in session.viewer.queue_ids]
        choices = [Choice(queue.id, queue.name) for queue in sorted(queues, key=lambda one: one.name)]
        names = {queue.id: queue.name for queue in queues}

        def chosen(queue_id: int | None) -> None:
            if queue_id is not None:
                self.open_view("open", queue_id=queue_id, queue_name=one_line(names[queue_id]))

        self.push_screen(Picker(_("Queue"), choices), chosen)

    def do_go_search(self) -> None:
        """Search."""
        from tuidesk.screens.search import SearchScreen

        self.push_screen(SearchScreen())

    def do_go_outbox(self) -> None:
        """Show the outbox."""
        from tuidesk.screens.mail import OutboxScreen

        self._to_dashboard()
        self.push_screen(OutboxScreen())

    def do_go_failed(self) -> None:
        """Show mail that could not be taken in."""
        from tuidesk.screens.mail import FailedMailScreen

        self._to_dashboard()
        self.push_screen(FailedMailScreen())

    def do_go_drafts(self) -> None:
        """Show my drafts."""
        from tuidesk.screens.mail import DraftsScreen

        self._to_dashboard()
        self.push_screen(DraftsScreen())

    def do_go_last(self) -> None:
        """Show the last ticket again."""
        if self._desk.last_ticket_id is not None:
            self.open_ticket(self._desk.last_ticket_id)
        else:
            self._desk.say(_("No ticket was open yet."), error=True)

    def do_ticket_create(self) -> None:
        """Write a new ticket."""
        self.open_composer("create", None, None)

    # --- the app itself -----------------------------------------------------------------------------

    def do_app_help(self) -> None:
        """Show all that can be done here, with the reason where something cannot be done now."""
        self._show_actions(_("What can I do here?"), all_of_them=True)

    def do_app_command(self) -> None:
        """Find something to do by its name."""
        self._show_actions(_("Command"), all_of_them=False)

    def _show_actions(self, heading: str, *, all_of_them: bool) -> None:
        from tuidesk.widgets.picker import Choice, Picker

        screen = self.screen
        if not isinstance(screen, DeskScreen):
            return
        choices = []
        # what belongs to this screen comes before what can be done everywhere
        places = {Context.MOTION: 1, Context.APP: 2}
        for action in sorted(screen.actions.values(), key=lambda one: places.get(one.context, 0)):
            why_not, words = screen.why_not(action), screen.menu_title(action)
            if words and (all_of_them or not why_not):
                keys = " ".join(shown_keys(keys) for keys in action.keys[:2])
                choices.append(Choice(action.id, f"{keys:<9} {words}", why_not=why_not))

        def chosen(action_id: str | None) -> None:
            if action_id is not None:
                screen.do(action_id)

        self.push_screen(Picker(heading, choices), chosen)

    def do_app_quit(self) -> None:
        """Leave tuidesk; while a mail waits its seconds, only when it is said twice."""
        if self._waiting is not None and self._waiting[1] != self._told_of:
            self._told_of = self._waiting[1]
            self._desk.say(_("A mail has not left yet; Q again leaves it to the next daemon or start."), error=True)
            return
        self.exit(0)

    def do_app_redraw(self) -> None:
        """Draw the whole screen again."""
        self.refresh(repaint=True, layout=True)
        self.screen.refresh(repaint=True, layout=True)

    def do_app_mouse(self) -> None:
        """Take the mouse, or leave it to the terminal, which then selects text as it always does."""
        # Textual chooses once, at its start; its driver also looks at `_mouse` when it comes back from the editor
        driver: Any = self._driver
        if not hasattr(driver, "_enable_mouse_support"):
            self._desk.say(_("There is no mouse here."), error=True)
        elif driver._mouse:
            driver._disable_mouse_support()
            driver._mouse = False
            self._desk.say(_("mouse off: the terminal selects text; % takes the mouse back"))
        else:
            driver._mouse = True
            driver._enable_mouse_support()
            self._desk.say(_("mouse on"))

    def do_app_suspend(self) -> None:
        """Go to the background; what is there after coming back belongs to the shell, so all of it is drawn again."""
        self.action_suspend_process()
        self.call_after_refresh(self.do_app_redraw)
