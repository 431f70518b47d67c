"""Opening the terminal application: the terminal is fit, the agent is known, background work runs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tuidesk.cli.context import GLOBAL
from tuidesk.core.clock import SystemClock
from tuidesk.core.domain.actor import AgentActor

if TYPE_CHECKING:
    from tuidesk.core.desk import Desk
    from tuidesk.core.settings import Settings

USAGE = 2


def open_desk() -> int:
    """Run the terminal application for the agent of this system account; return its exit code.

    Raises the errors of `bootstrap.assemble` and NotMapped, after the screen is given back.
    """
    settings = GLOBAL.settings()
    return run_app(settings, None, daemon_arguments=_global_arguments())


def run_app(settings: Settings, login: str | None, *, daemon_arguments: Sequence[str], environ: dict[str, str] | None = None) -> int:
    """Run the terminal application; without `login` the system account's mapping says who works here.

    An account that is mapped to nobody asks for login and password. Raises what keeps the desk from opening.
    """
    # how long an Esc waits for the rest of a key; a tenth of a second takes a key typed behind it for Alt
    os.environ.setdefault("ESCDELAY", "50")
    from tuidesk.app import TuideskApp
    from tuidesk.cli.output import complain, say
    from tuidesk.terminal import terminal_problem

    problem = terminal_problem(os.environ, sys.stdin.isatty(), sys.stderr.isatty())
    if problem:
        complain(problem)
        if not sys.stderr.isatty() and sys.stdout.isatty():
            say(problem)  # standard error goes somewhere else, and somebody sits here
        return USAGE
    shared = _Shared(settings)
    daemon = _Daemon(settings, daemon_arguments, environ)

    def open_desk() -> Desk:
        from tuidesk.core.log import configure_log

        configure_log(settings.log.file, settings.log.level)
        desk = shared.desk()
        daemon.start()  # now that the first frame is painted and the database is known to be right
        return desk

    app = TuideskApp(
        open_desk,
        identify=lambda: shared.agent(login),
        log_in=shared.log_in,
        feed=shared.feed,
        clock=SystemClock(),
        zone=settings.desk.timezone,
        editor=settings.ui.editor,
        undo_send_s=settings.mail.undo_send_s,
    )
    try:
        code = app.run()
    finally:
        daemon.stop()
        shared.close()
    if app.refusal is not None:
        raise app.refusal
    return app.return_code or (code if isinstance(code, int) else 0)


class _Shared:
    """The assembled desk, made when it is first asked for: importing the database costs half a second."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._assembly: Any = None

    def _assembled(self) -> Any:
        if self._assembly is None:
            from tuidesk.bootstrap import assemble

            self._assembly = assemble(self._settings)
        return self._assembly

    def agent(self, login: str | None) -> AgentActor | None:
        """Return who works here, None for an account that is mapped to nobody. Raises NotMapped."""
        if login is not None:
            return AgentActor(self._assembled().desk.config().agent_ids[login], login)
        from tuidesk.cli.context import agent_of
        from tuidesk.core.errors import NotMapped

        try:
            return agent_of(self._assembled())
        except NotMapped as error:
            if error.wanted or error.allowed:
                raise
            return None

    def log_in(self, login: str, password: str) -> AgentActor:
        """Return the agent with this login and password. Raises LoginFailed."""
        from tuidesk.core.auth.log_in import log_in

        return log_in(self._assembled().engines, login, password)

    def desk(self) -> Desk:
        desk: Desk = self._assembled().desk
        return desk

    def feed(self) -> Any:
        return self._assembled().feed()

    def close(self) -> None:
        if self._assembly is not None:
            self._assembly.close()


class _Daemon:
    """The daemon's work of an embedded database, in a child process under the same leases as any daemon."""

    def __init__(self, settings: Settings, arguments: Sequence[str], environ: dict[str, str] | None) -> None:
        self._wanted = settings.database_url.startswith("sqlite")
        self._arguments = arguments
        self._environ = environ
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it was stopped before it could be."""
        with self._lock:
            if not self._wanted:
                return
            self._child = subprocess.Popen(  # noqa: S603 - this very program, no shell
                [sys.executable, "-m", "tuidesk", *self._arguments, "daemon", "--until-parent-exits"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._environ,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it after what it is doing."""
        with self._lock:
            self._wanted = False
            child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _global_arguments() -> list[str]:
    arguments = []
    if GLOBAL.config:
        arguments += ["--config", str(GLOBAL.config)]
    if GLOBAL.database:
        arguments += ["--database", GLOBAL.database]
    return arguments


