"""Login and password, before anything of the desk is shown."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from tuidesk.core.errors import LoginFailed
from tuidesk.core.i18n import _
from tuidesk.screens.base import DeskScreen
from tuidesk.session import Session
from tuidesk.widgets.letter import LetterLine
from tuidesk.widgets.safe import plain
from tuidesk.widgets.type_ahead import handed_over

TRIES = 3


class LoginScreen(DeskScreen):
    """Asks who works here; three failures end tuidesk.

    `log_in(login, password)` runs in a thread and raises LoginFailed; what it returns is given to `begin`.
    """

    def __init__(self, log_in: Callable[[str, str], Session], begin: Callable[[Session], None]) -> None:
        super().__init__()
        self._log_in = log_in
        self._begin = begin
        self._failures = 0
        self._checking = False

    def compose_body(self) -> ComposeResult:
        """Show the two fields."""
        box = Vertical(classes="dialog", id="login-box")
        box.border_title = plain(" tuidesk ")
        with box:
            yield Static(plain(_("Login")), classes="label")
            yield LetterLine(self.take, id="login", classes="field")
            yield Static(plain(_("Password")), classes="label")
            yield LetterLine(self.take, id="password", classes="field", password=True)
            yield Static(plain(_("Enter goes on; Esc leaves")), classes="hint", id="login-hint")

    def on_mount(self) -> None:
        """Begin with the login."""
        self.set_focus(self.query_one("#login"))

    def _hint_text(self) -> str:
        return ""

    def _hint(self, text: str) -> None:
        self.query_one("#login-hint", Static).update(plain(text))

    async def take(self, event: events.Key) -> None:
        """Type by a key, whichever field it came to: what is typed fast behind Tab is the password."""
        if handed_over(event, self):
            return
        login, password = (self.query_one(f"#{name}", LetterLine) for name in ("login", "password"))
        here = password if self.focused is password else login
        if event.key == "escape":
            self.app.exit(1, return_code=1)
        elif event.key == "enter" and here is password:
            self._check()
        elif event.key in ("enter", "tab", "shift+tab", "up", "down"):
            self.set_focus(login if here is password else password)  # at once; `focus()` would wait its turn
        else:
            await here.press(event)

    def _check(self) -> None:
        if self._checking:
            return
        field = self.query_one("#password", Input)
        login, password, field.value = self.query_one("#login", Input).value, field.value, ""
        self._checking = True
        self._hint(_("checking …"))

        def run() -> None:
            try:
                session = self._log_in(login, password)
            except Exception as error:  # noqa: BLE001 - told on the screen, logged there
                self.app.call_later(self._failed, error)
            else:
                self.app.call_later(self._right, session)

        self.run_worker(run, group="login", thread=True, exit_on_error=False)

    def _right(self, session: Session) -> None:
        self.dismiss()
        self._begin(session)

    def _failed(self, error: Exception) -> None:
        self._checking = False
        if not isinstance(error, LoginFailed):
            self.show_error(error)
            return
        self._failures += 1
        if self._failures >= TRIES:
            self.app.exit(1, return_code=1, message=_("Three times the wrong login or password."))
            return
        self._hint(_("Login or password is not right."))

    def desk_ready(self, session: Session) -> None:
        """Nothing is read before somebody has logged in."""

    async def on_key(self, event: events.Key) -> None:
        """Take keys that came to the screen itself; no key of the desk works here."""
        event.stop()
        event.prevent_default()
        await self.take(event)
