"""What must be true of a terminal before tuidesk may draw on it, and how its end is noticed.

Must not import textual: it is asked first.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Mapping

from tuidesk.core.i18n import _


def terminal_problem(environ: Mapping[str, str], stdin_isatty: bool, stderr_isatty: bool) -> str:
    """Return why the screens cannot be drawn here, as a sentence for people; "" when they can.

    Textual draws on standard error, and takes `TERM=dumb` for a terminal of millions of colours.
    """
    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        return _("This terminal cannot draw screens (TERM is “{term}”). Use the commands: tuidesk --help").format(
            term=term or _("not set")
        )
    if not stdin_isatty:
        return _("Keys are read from standard input, which is no terminal here. Use the commands: tuidesk --help")
    if not stderr_isatty:
        return _("tuidesk draws on standard error, which is not a terminal here. Do not redirect it.")
    return ""


GRACE_S = 10.0
"""How long the program has to end by itself once its terminal is gone."""


class Nowhere:
    """Stands for the thread that writes to the terminal once that is gone.

    Textual's own dies of its first error; whoever writes then waits for ever as soon as its queue is full.
    """

    def write(self, text: str) -> None:
        """Drop it."""

    def stop(self) -> None:
        """Nothing to wait for."""


def has_hung_up(fd: int) -> bool:
    """Say whether the terminal behind `fd` is gone."""
    hang_up = select.poll()
    hang_up.register(fd, 0)  # nothing but what is always reported: hang-up and error
    return bool(hang_up.poll(0))


def when_terminal_goes(fd: int, gone: Callable[[], object]) -> None:
    """Call `gone`, in a thread, once the terminal behind `fd` has hung up; make sure that the process ends then.

    The signal of a hang-up may be ignored (nohup) or never come (no controlling terminal), and Textual reads a
    terminal that is gone again and again, as fast as it can.
    """

    def watch() -> None:
        hang_up = select.poll()
        hang_up.register(fd, 0)  # nothing but what is always reported: hang-up and error
        hang_up.poll()
        gone()
        threading.Event().wait(GRACE_S)
        os._exit(129)  # 128 + SIGHUP, as a shell would say

    threading.Thread(target=watch, name="tuidesk-terminal", daemon=True).start()
