"""What every screen shares: the one way to work in threads, the one way to read keys, errors in words.

Reads of a group are exclusive: a newer question makes the answer to an older one worthless, and late
answers are dropped. A worker that writes is never cancelled; it runs under the app and outlives its
screen. Invariant: nothing in a screen calls the desk but through `read` and `write`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from tuidesk.actions import Action, Context, Situation, Subject, key_table, offered, why_not
from tuidesk.core.errors import TuideskError
from tuidesk.core.i18n import _
from tuidesk.key_reader import KeyReader, Outcome, shown_keys
from tuidesk.messages import Answered, TicketsChanged
from tuidesk.widgets.safe import plain_lines
from tuidesk.widgets.status_line import StatusLine
from tuidesk.widgets.title_line import TitleLine
from tuidesk.widgets.type_ahead import handed_over

if TYPE_CHECKING:
    from tuidesk.app import TuideskApp
    from tuidesk.session import Session

T = TypeVar("T")

MENU_AFTER_S = 0.3
TYPED_ON_S = 0.3
"""What follows a refused key faster than this was typed before anybody could read that it was refused."""
_log = logging.getLogger(__name__)


def key_name(event: events.Key) -> str:
    """Return the name of a key in the registry: the character it types, else what Textual calls it."""
    if event.character == " ":
        return "space"
    if event.is_printable and event.character:
        return event.character
    return event.key


class DeskScreen(Screen[None]):
    """A screen at the desk: title line, body, status line; keys from the registry."""

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.APP,)
    HINTS: ClassVar[tuple[str, ...]] = ("app.back",)
    """Ids of actions that the status line names."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers: dict[str, int] = {}
        self._menu_timer: Timer | None = None
        self._typed_at = self._refused_at = -TYPED_ON_S
        self.stale = False
        actions = offered(self.desk_app.actions, self.CONTEXTS)
        self.actions: dict[str, Action] = {action.id: action for action in actions}
        self._reader = KeyReader(key_table(actions))

    @property
    def desk_app(self) -> TuideskApp:
        """The app, with its own type."""
        return cast("TuideskApp", self.app)

    @property
    def session(self) -> Session | None:
        """The open desk; None until it is loaded."""
        return self.desk_app.session

    # --- parts --------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Show title, body and status line."""
        yield TitleLine(id="title")
        yield from self.compose_body()
        yield Static("", id="prefix-menu")
        yield StatusLine(id="status")

    def compose_body(self) -> ComposeResult:
        """Yield what lies between the two lines."""
        yield from ()

    def on_mount(self) -> None:
        """Begin when the desk is open; it may be already. Textual runs this after a subclass's own `on_mount`."""
        self.status.set_hints(self._hint_text())
        self.desk_app.show_background(self)
        if self.session is not None:
            self.desk_ready(self.session)

    def desk_ready(self, session: Session) -> None:
        """Ask for what the screen shows: called once, as soon as the desk is open and the screen there."""

    def reload(self) -> None:
        """Ask again for what the screen shows."""

    @property
    def status(self) -> StatusLine:
        """The status line."""
        return self.query_one("#status", StatusLine)

    @property
    def title_line(self) -> TitleLine:
        """The title line."""
        return self.query_one("#title", TitleLine)

    def say(self, text: str, *, error: bool = False) -> None:
        """Show a sentence in the status line."""
        self.status.set_message(text, error=error)

    def _hint_text(self) -> str:
        hints = [self.actions[name] for name in self.HINTS if name in self.actions]
        words = [f"{shown_keys(action.keys[0])} {self.hint_word(action)}" for action in hints]
        return "  ".join([*words, _("? more")])

    def hint_word(self, action: Action) -> str:
        """Return the short word of an action for the hints."""
        return action.short or action.title.replace("…", "").strip().lower()

    # --- threads ------------------------------------------------------------------------------------

    def read(
        self,
        group: str,
        job: Callable[[Session], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `job` in a thread and give its result to `done`, unless a newer job of the group was asked for."""
        session = self.session
        if session is None:
            return
        number = self._numbers[group] = self._numbers.get(group, 0) + 1

        def fresh() -> T:
            session.renew()
            return job(session)

        def run() -> None:
            worker = get_current_worker()
            if worker.is_cancelled:
                return
            answer = _answer(group, number, fresh, done, failed)
            if not worker.is_cancelled:
                self.post_message(answer)

        self.run_worker(run, group=group, exclusive=True, thread=True, exit_on_error=False)

    def write(
        self,
        job: Callable[[Session], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `job` in a thread that nothing cancels; `done` is called if this screen is still there."""
        session = self.session
        if session is None:
            self.say(_("The desk is not open yet."), error=True)
            return
        app = self.desk_app

        def run() -> None:
            answer = _answer("", 0, lambda: job(session), done, failed)
            if not self.post_message(answer) and answer.error is not None:
                # nobody is left to read it here, so whatever screen is on top says it
                app.call_later(app.say_error, answer.error)

        app.run_worker(run, group="write", exclusive=False, thread=True, exit_on_error=False)

    def on_answered(self, message: Answered) -> None:
        """Hand an answer over, if it is still wanted."""
        message.stop()
        if message.number and message.number != self._numbers.get(message.group):
            return
        if message.error is None:
            message.done(message.result)
        elif message.failed is not None:
            message.failed(message.error)
        else:
            self.show_error(message.error)

    def show_error(self, error: Exception) -> None:
        """Say what went wrong in the status line; what nobody foresaw gets an incident id and goes to the log."""
        self.say(error_sentence(error), error=True)

    def before_end(self) -> None:
        """Keep what must not be lost: the app ends now."""

    # --- news ---------------------------------------------------------------------------------------

    def on_tickets_changed(self, message: TicketsChanged) -> None:
        """Read again what is shown; a covered screen waits until it is seen."""
        message.stop()
        if self.is_current:
            self.reload()
        else:
            self.stale = True

    def on_screen_resume(self) -> None:
        """Catch up with what happened while the screen was covered."""
        if self.stale:
            self.stale = False
            self.reload()

    # --- keys ---------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """Read a key that no field wanted."""
        if handed_over(event, self):
            return
        if is_text_field(self.focused) and (event.is_printable or event.key in _FIELD_KEYS):
            return
        if self._is_typed_on(event):
            event.stop()
            event.prevent_default()
            return
        key = key_name(event)
        if key == "escape" and self._reader.reset():
            event.stop()
            self._show_pending()
            return
        was_waiting = self._reader.in_prefix
        reading = self._reader.feed(key)
        if reading.outcome is Outcome.UNKNOWN and not was_waiting:
            self._show_pending()
            if event.is_printable or key == "ctrl+c":
                words = _("{key} does nothing here; ? shows what does, Q leaves tuidesk")
                self.say(words.format(key=shown_keys((key,))))
            return
        event.stop()
        event.prevent_default()
        if reading.outcome is Outcome.ACTION:
            self.status.set_message("")
            self._typed_at = event.time
            self.do(reading.action_id, reading.count, reading.digits)
        self._show_pending()

    def _is_typed_on(self, event: events.Key) -> bool:
        """Say whether a key belongs to a text that no composer takes, since the key that begins it was refused."""
        if event.time - self._refused_at < TYPED_ON_S and (event.is_printable or event.key == "enter"):
            self._refused_at = event.time
            return True
        self._refused_at = -TYPED_ON_S
        return False

    @property
    def keys_wait(self) -> bool:
        """True while typed keys or digits wait for more."""
        return bool(self._reader.pending)

    def on_paste(self, event: events.Paste) -> None:
        """Take care that a paste never runs as keys; one that came too early belongs to the screen on top."""
        event.stop()
        top = self.app.screen
        if top is not self:
            top.post_message(events.Paste(event.text))

    def _show_pending(self) -> None:
        self.status.set_pending(self._reader.pending)
        if self._menu_timer is not None:
            self._menu_timer.stop()
            self._menu_timer = None
        if self._reader.in_prefix:
            self._menu_timer = self.set_timer(MENU_AFTER_S, self._show_menu)
        self.query_one("#prefix-menu").display = False

    def _show_menu(self) -> None:
        titles = [(keys, self.menu_title(self.actions[name])) for keys, name in self._reader.completions()]
        entries = [f"{shown_keys(keys):>3} {title}" for keys, title in titles if title]
        columns = max(1, min(3, self.size.width // 36))
        width = self.size.width // columns - 2
        rows = -(-len(entries) // columns)
        lines = ["  ".join(entry[:width].ljust(width) for entry in entries[row::rows]).rstrip() for row in range(rows)]
        menu = self.query_one("#prefix-menu", Static)
        menu.update(plain_lines("\n".join(lines)))
        menu.display = True

    def menu_title(self, action: Action) -> str:
        """Return what the menu of a prefix says of an action, "" to leave it out."""
        return action.title

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        session = self.session
        return Situation(self.desk_app.agent.agent_id, session.config if session else None, self.subject())

    def subject(self) -> Subject | None:
        """Return the ticket that actions are about."""
        return None

    def why_not(self, action: Action) -> str:
        """Return why an action cannot be done now, "" when it can."""
        return why_not(action, self.situation())

    def do(self, action_id: str, count: int | None = None, digits: str = "") -> None:
        """Do an action of this screen, or say why it cannot be done."""
        action = self.actions.get(action_id)
        if action is None:
            return
        reason = self.why_not(action)
        if reason:
            self.say(f"{action.title}: {reason}", error=True)
            if action.begins_text:
                self._refused_at = self._typed_at
            return
        method: Any = getattr(self, action.method, None) or getattr(self.desk_app, action.method)
        self.count, self.digits = count, digits
        method()

    count: int | None = None
    digits: str = ""

    def repeats(self, otherwise: int = 1) -> int:
        """Return the count that was typed before the action."""
        return self.count if self.count is not None else otherwise

    # --- what all screens do ------------------------------------------------------------------------

    def do_app_back(self) -> None:
        """Go one level back; at the bottom nothing happens but a hint."""
        if len(self.desk_app.screen_stack) > self.desk_app.bottom:
            self.dismiss()
        else:
            self.say(_("Q leaves tuidesk"))

    def do_app_refresh(self) -> None:
        """Read everything again."""
        self.reload()
        self.say(_("read again"))

    def focus_first(self, selector: str) -> None:
        """Give the keys to a widget."""
        self.query_one(selector, Widget).focus()


_FIELD_KEYS = frozenset(
    {"enter", "backspace", "delete", "left", "right", "home", "end", "tab", "ctrl+u", "ctrl+d", "ctrl+f", "space"}
)


def _answer(
    group: str,
    number: int,
    job: Callable[[], T],
    done: Callable[[T], None],
    failed: Callable[[Exception], None] | None,
) -> Answered:
    try:
        return Answered(group, number, job(), None, done, failed)
    except Exception as error:  # noqa: BLE001 - carried to the screen, which shows and logs it
        return Answered(group, number, None, error, done, failed)


def is_text_field(widget: Widget | None) -> bool:
    """Return whether letters that are typed into a widget are text."""
    if isinstance(widget, Input):
        return True
    from textual.widgets import TextArea  # slow to import: the first frame has none

    return isinstance(widget, TextArea)


def error_sentence(error: Exception) -> str:
    """Return a sentence for any error; one that nobody foresaw is logged under the id that it names."""
    if isinstance(error, TuideskError):
        _log.info("refused: %s", error)
        from tuidesk.screens.error_words import words_of

        return words_of(error)
    import secrets

    incident = secrets.token_hex(4)
    _log.error("incident %s", incident, exc_info=error)
    return _("Something went wrong inside tuidesk. The log has it under {incident}.").format(incident=incident)
