"""The Textual app: opens the desk after the first paint, holds what all screens share, goes between them.

Must not import the desk or its database at module level: they cost more than all of Textual, and the first
frame is painted before they are needed. Invariant: one stack of screens with the dashboard at its bottom.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from tuidesk.actions import Subject, all_actions
from tuidesk.core.clock import Clock
from tuidesk.core.domain.actor import AgentActor
from tuidesk.core.errors import TuideskError
from tuidesk.core.i18n import _
from tuidesk.messages import FeedState, TicketsChanged
from tuidesk.news import NewsThread
from tuidesk.places import Places
from tuidesk.screens.base import DeskScreen, error_sentence
from tuidesk.screens.dashboard import DashboardScreen
from tuidesk.screens.mail_status import mail_status_words
from tuidesk.terminal import Nowhere, has_hung_up, when_terminal_goes
from tuidesk.widgets.safe import UnsafeFilter

if TYPE_CHECKING:
    from tuidesk.core.desk import Desk
    from tuidesk.core.store.leases import Status
    from tuidesk.session import Session

STATUS_EVERY_S = 15.0
_NOBODY_YET = AgentActor(0, "")
_log = logging.getLogger(__name__)


class TuideskApp(Places, inherit_bindings=False):
    """The desk on a terminal.

    `desk_factory` runs in a thread, after the first paint, and then `identify`, unless the agent is given; when
    nobody is identified, login and password are asked for and given to `log_in`, which raises LoginFailed.
    `feed` makes an object whose `wait(timeout_s)` returns ids of changed tickets, () for something, None for
    nothing; it is asked in a thread of its own. `cached` is what `cache()` gave at the end of an earlier run.
    `refusal` is why the desk could not be opened, if it could not; then the app has ended.
    """

    CSS_PATH = "first_frame.tcss"
    TITLE = "tuidesk"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = []
    # Textual declares both as instance variables
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (140, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (10, "-low"), (20, "-high")]  # noqa: RUF012

    def __init__(
        self,
        desk_factory: Callable[[], Desk],
        agent: AgentActor | None = None,
        *,
        identify: Callable[[], AgentActor | None] = lambda: None,
        log_in: Callable[[str, str], AgentActor] | None = None,
        feed: Callable[[], Any] | None,
        clock: Clock,
        zone: str,
        cached: Mapping[str, Any] | None = None,
        editor: str = "builtin",
        undo_send_s: int = 10,
    ) -> None:
        # the filter for NO_COLOR is chosen while the app is made, and only a native palette has no colours
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.animation_level = "none"
        self.theme = "ansi-dark"
        self.agent = agent or _NOBODY_YET
        self.clock = clock
        self._zone_name = zone
        self.refusal: TuideskError | None = None
        self.editor = editor
        self.undo_send_s = undo_send_s
        self.actions = all_actions()
        self.session: Session | None = None
        self.last_subject: Subject | None = None
        self.last_ticket_id: int | None = None
        self.searches: list[str] = []
        self.figures: dict[str, Any] = {}
        self._factory = desk_factory
        self._identify = identify
        self._log_in = log_in
        self._feed = feed
        self._cached = cached
        self._background = ("", "")
        self._feed_trouble = ""
        self._news: NewsThread | None = None
        self._unsafe_filter = UnsafeFilter()

    @cached_property
    def zone(self) -> tzinfo:
        """The zone in which times are shown."""
        from zoneinfo import ZoneInfo

        return ZoneInfo(self._zone_name)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return Textual's filters and, last of all, the net against control characters."""
        return [*super().get_line_filters(), self._unsafe_filter]

    def get_default_screen(self) -> Screen[Any]:
        """Begin with the dashboard: it is the bottom of the stack."""
        return DashboardScreen(self._cached)

    # --- opening the desk ---------------------------------------------------------------------------

    def on_ready(self) -> None:
        """Open the desk now that the first frame is painted."""
        self.call_after_refresh(self._open_desk)
        if not self.is_headless and sys.__stdin__ is not None:
            self._watch_terminal(sys.__stdin__.fileno())

    def _watch_terminal(self, fd: int) -> None:
        driver: Any = self._driver

        def end() -> None:
            if has_hung_up(fd):
                driver._writer_thread = Nowhere()
            self._terminal_gone()

        def resume(number: int, frame: object) -> None:
            # a hang-up wakes who may be stopped, so that the news of it arrives: not for going on
            if not has_hung_up(fd):
                driver._sigcont_application()
                self.call_later(self.refresh, layout=True)

        when_terminal_goes(fd, lambda: self.call_later(end))
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(ending, end)
        signal.signal(signal.SIGCONT, resume)

    def _terminal_gone(self) -> None:
        """End in order: presence is given up, and the daemon's process is stopped."""
        self.exit(1, return_code=129)

    def _open_desk(self) -> None:
        self.stylesheet.read(Path(__file__).with_name("tuidesk.tcss"))
        self.stylesheet.reparse()
        self.stylesheet.update(self)
        given = self.agent if self.agent is not _NOBODY_YET else None

        def run() -> None:
            try:
                from tuidesk.session import Session

                desk = self._factory()
                agent = given or self._identify()
                session = Session(desk, agent) if agent is not None else None
            except Exception as error:  # noqa: BLE001 - told to whoever started the app
                self.call_later(self._not_opened, error)
            else:
                self.call_later(self._opened, desk, session)

        self.run_worker(run, group="open", exclusive=True, thread=True, exit_on_error=False)

    def _opened(self, desk: Desk, session: Session | None) -> None:
        if session is not None:
            self.begin(session)
            return
        from tuidesk.screens.login import LoginScreen
        from tuidesk.session import Session

        log_in = self._log_in
        if log_in is None:
            raise RuntimeError("nobody is identified, and nobody can log in")
        self.push_screen(LoginScreen(lambda login, password: Session(desk, log_in(login, password)), self.begin))

    def begin(self, session: Session) -> None:
        """Let every screen begin: the desk is open and the agent is who she says."""
        self.session, self.agent = session, session.agent
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen):
                screen.desk_ready(session)
        self._poll_statuses()
        self.set_interval(STATUS_EVERY_S, self._poll_statuses)
        self._start_feed()

    def _not_opened(self, error: Exception) -> None:
        if not isinstance(error, TuideskError):
            self._handle_exception(error)
            return
        self.refusal = error
        self.exit(1, return_code=1)

    def say_error(self, error: Exception) -> None:
        """Say what went wrong on whatever screen is on top."""
        self.say(error_sentence(error), error=True)

    def say(self, text: str, *, error: bool = False) -> None:
        """Show a sentence in the status line of the screen on top."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, DeskScreen):
                screen.say(text, error=error)
                return

    # --- news ---------------------------------------------------------------------------------------

    def _start_feed(self) -> None:
        if self._feed is not None and self._news is None:
            self._news = NewsThread(self._feed, self.post_message, error_sentence)
            self._news.start()

    def on_unmount(self) -> None:
        """Let the thread of the feed end."""
        if self._news is not None:
            self._news.stop()

    def on_tickets_changed(self, message: TicketsChanged) -> None:
        """Tell every screen; covered ones wait until they are seen."""
        message.stop()
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen):
                screen.post_message(TicketsChanged(message.ticket_ids))

    def on_feed_state(self, message: FeedState) -> None:
        """Show in every status line that news do not come, or come again."""
        message.stop()
        self._feed_trouble = message.reason
        self._show_background_everywhere()
        if not message.reason:
            self.post_message(TicketsChanged())

    def leave_ticket(self, ticket_id: int) -> None:
        """Say in the background that the agent is no longer in a ticket."""
        session = self.session
        if session is None:
            return
        me = self.agent.agent_id

        def run() -> None:
            try:
                session.desk.leave(me, ticket_id)
            except TuideskError as error:
                _log.info("presence not ended: %s", error)  # it expires by itself

        # no worker: those end with the app, and this is often the last thing that it does
        threading.Thread(target=run, name="tuidesk-leave").start()

    # --- how the mail is doing ----------------------------------------------------------------------

    def _poll_statuses(self) -> None:
        screen = self.screen
        if isinstance(screen, DeskScreen):
            screen.read("statuses", lambda session: session.desk.statuses(), self._statuses_came, lambda error: None)

    def _statuses_came(self, statuses: Mapping[str, Status]) -> None:
        self._background = mail_status_words(statuses, self.clock.now(), self.zone)
        self._show_background_everywhere()

    def _show_background_everywhere(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen) and screen.is_mounted:
                self.show_background(screen)

    def show_background(self, screen: DeskScreen) -> None:
        """Show on a screen how mail and news are doing."""
        text, trouble = self._background
        screen.status.set_background(text, trouble=self._feed_trouble or trouble)

    # --- the end ---------------------------------------------------------------------------------------

    def cache(self) -> dict[str, Any]:
        """Return the last figures, plain enough for a file, for `cached` of the next run."""
        return {"tiles": self.figures} if self.figures else {}

    def exit(self, *arguments: Any, **options: Any) -> None:
        """End; first every screen keeps what must not be lost."""
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen) and screen.is_mounted:
                screen.before_end()
        super().exit(*arguments, **options)

    def _handle_exception(self, error: Exception) -> None:
        """End on a defect: the log gets the traceback, the terminal a sentence without any value in it."""
        import secrets

        incident = secrets.token_hex(4)
        _log.critical("incident %s ended the app", incident, exc_info=error)
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self.exit(
            1,
            return_code=1,
            message=_("tuidesk had to end. The log has the reason under {incident}.").format(incident=incident),
        )
