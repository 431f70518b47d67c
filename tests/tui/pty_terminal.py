"""A pseudo terminal with the app on it, for tests of what really reaches a terminal, and of its end."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A real terminal with a program on it; reads all that the program writes."""

    def __init__(
        self,
        *arguments: str,
        environ: dict[str, str] | None = None,
        size: tuple[int, int] = (100, 30),
        controlling: bool = False,
    ) -> None:
        self.output = b""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parent.parent)])
        plain_environ = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "run_on_pty.py"), *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**plain_environ, "TERM": "xterm-256color", "PYTHONPATH": paths, "PYTHONWARNINGS": "ignore",
                 **(environ or {})},
            start_new_session=True,
            preexec_fn=_take_terminal if controlling else None,
        )  # fmt: skip
        os.close(slave)

    def read(self, until: Callable[[bytes], bool], what: str, timeout_s: float = 60.0) -> None:
        """Read until something came."""
        deadline = time.monotonic() + timeout_s
        while not until(self.output):
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{what} never came:\n{self.output[-3000:]!r}")
            if select.select([self.master], [], [], min(left, 0.2))[0]:
                try:
                    self.output += os.read(self.master, 65536)
                except OSError:
                    return

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())

    def end(self) -> int:
        """Wait for the end; return the exit code."""
        self.read(lambda output: self.process.poll() is not None, "the end")
        self.read_rest()
        os.close(self.master)
        return self.process.wait(10)

    def read_rest(self) -> None:
        """Read what is left."""
        while select.select([self.master], [], [], 0)[0]:
            try:
                part = os.read(self.master, 65536)
            except OSError:
                return
            if not part:
                return
            self.output += part

    def hang_up(self) -> int:
        """Take the terminal away, as a dropped connection does; return the exit code of the program."""
        os.close(self.master)
        return self.process.wait(30)


def painted(*words: str) -> Callable[[bytes], bool]:
    """Return whether all words were written."""
    return lambda output: all(word.encode() in output for word in words)
