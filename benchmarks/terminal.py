"""The terminal application at a million tickets, on a terminal of 160x48: first paint, bytes a key, memory."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import crowd
from benchmarks.figures import Bar, Figure, interleaved
from benchmarks.processes import act_as, environment
from benchmarks.world import World

PAINT_BAR = Bar(1.6, "x empty Textual app")
MOVE_BAR, PAGE_BAR = Bar(2, "kB"), Bar(16, "kB")
MEMORY_BAR = Bar(120, "MB")
COLUMNS, ROWS = 160, 48
FRAME_BYTES = 2_000
"""More than the set-up of a terminal, less than the emptiest screen of 160x48."""
DEADLINE_S = 60.0
QUIET_S = 0.7
REPEAT_S = 0.04
"""Between two presses of a key that is held down: shorter than the rest after which a preview is drawn."""

_EMPTY_APP = "from textual.app import App; App().run()"


def terminal(world: World) -> Iterator[Figure]:
    """What somebody notices who opens the desk and walks through a list of all tickets."""
    for kind in world.options.databases:
        url = world.large_url(kind)
        act_as(url, crowd.ALL)
        variables = environment(world, url)
        rounds = max(7, round(world.options.seconds * 9))
        empty, ours = interleaved(
            lambda: _first_paint([sys.executable, "-c", _EMPTY_APP], variables),
            lambda: _first_paint([sys.executable, "-m", "tuidesk"], variables),
            seconds=0,
            least=rounds,
        )
        detail = f"{ours * 1e3:.0f} / {empty * 1e3:.0f} ms"
        yield Figure("terminal", f"{kind}, exec to first paint", ours / empty, PAINT_BAR, detail)
        with Screen([sys.executable, "-m", "tuidesk"], variables) as screen:
            screen.settle()
            screen.press("g", "9")
            rests = sorted(screen.press("j") for _ in range(9))
            moves = sorted((screen.hold("j", 30) - screen.hold("j", 10)) / 20 for _ in range(5))
            pages = sorted(screen.press("\x1b[6~") for _ in range(15))
            screen.press("G")
            peak = screen.peak_bytes()
            detail = f"most {moves[-1] / 1e3:.1f} kB; with its preview after a rest {rests[4] / 1e3:.1f} kB"
            yield Figure("terminal", f"{kind}, cursor move", moves[2] / 1e3, MOVE_BAR, detail)
            yield Figure("terminal", f"{kind}, page down", pages[7] / 1e3, PAGE_BAR, f"most {pages[-1] / 1e3:.1f} kB")
            yield Figure("terminal", f"{kind}, peak memory", peak / 1e6, MEMORY_BAR)


def _first_paint(command: Sequence[str], variables: dict[str, str]) -> None:
    screen = Screen(command, variables)
    try:
        screen.wait_for_frame()
    finally:
        screen.kill()


class Screen:
    """A program on a pseudo terminal."""

    def __init__(self, command: Sequence[str], variables: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=variables, start_new_session=True
        )
        os.close(slave)

    def __enter__(self) -> Screen:
        self.wait_for_frame()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait_for_frame(self) -> None:
        """Return when a first frame was painted."""
        seen, deadline = 0, time.monotonic() + DEADLINE_S
        while seen < FRAME_BYTES:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise SystemExit("nothing was painted")
            seen += self._read(0.2)

    def settle(self, quiet_s: float = 2 * QUIET_S) -> int:
        """Return how many bytes came until nothing more came for a while."""
        count, last = 0, time.monotonic()
        while time.monotonic() - last < quiet_s:
            found = self._read(0.05)
            if found:
                count, last = count + found, time.monotonic()
        return count

    def press(self, *keys: str) -> int:
        """Press keys; return how many bytes they caused."""
        for key in keys:
            os.write(self._master, key.encode())
        return self.settle(QUIET_S)

    def hold(self, key: str, count: int) -> int:
        """Hold a key down; return how many bytes that caused, those after it is let go included."""
        seen = 0
        for _ in range(count):
            os.write(self._master, key.encode())
            pressed = time.monotonic()
            while time.monotonic() - pressed < REPEAT_S:
                seen += self._read(REPEAT_S / 4)
        return seen + self.settle(QUIET_S)

    def peak_bytes(self) -> float:
        """Return the peak RSS of the program, without its children."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise SystemExit("this system does not tell the peak memory of a process (/proc/PID/status)")

    def kill(self) -> None:
        """End the program and the daemon that it has started, and wait for both."""
        children = _children(self._process.pid)
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(5)
                break
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break
        self._process.wait()
        os.close(self._master)
        for child in children:
            _end(child)

    def _read(self, seconds: float) -> int:
        if not select.select([self._master], [], [], seconds)[0]:
            return 0
        try:
            return len(os.read(self._master, 65536))
        except OSError:
            return 0


def _children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _end(pid: int) -> None:
    """End a process of ours that is not our child; it must not work beside the next measurement."""
    deadline = time.monotonic() + 20
    number = signal.SIGTERM
    while time.monotonic() < deadline:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        time.sleep(0.1)
        if time.monotonic() > deadline - 10:
            number = signal.SIGKILL
