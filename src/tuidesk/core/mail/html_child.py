"""HTML to text in a child process with limits on time and memory, started once and used for many mails.

Parent and child live here: `HtmlReader` is the parent's side, `python -m tuidesk.core.mail.html_child` the
child. They speak frames over pipes: four bytes of length, big-endian, then UTF-8. Must not hold mail longer
than one answer. Invariants: `HtmlReader.read` always answers within about its deadline, and never raises for
what a mail contains; a child that died or overran is gone before the next mail.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import struct
import subprocess
import sys
import time
from types import TracebackType
from typing import BinaryIO, Self

from tuidesk.core.mail.html import HTML_MAX, html_to_text, strip_tags

MEMORY_MAX_BYTES = 1 << 30
START_DEADLINE_S = 30.0
FRAME_MAX_BYTES = 64 << 20

_COLLECT_EVERY = 50_000
"""Objects more than were freed, of which a mail of 2 kB makes about a thousand."""
_LENGTH = struct.Struct(">I")
_AWAKE_S = 0.001
"""How long the parent asks for an answer before it goes to sleep: a mail of 2 kB takes a sixth of that, to be woken
by another processor twice as long."""


class HtmlReader:
    """Converts HTML in one child process; a context manager, for one thread.

    `deadline_s` is the time for one mail, on the wall and on the processor (the latter rounded up to whole
    seconds). The child starts with the first mail.
    """

    def __init__(self, *, deadline_s: float = 5.0) -> None:
        self._deadline_s = deadline_s
        # where both share a processor, staying awake would keep the child from working
        self._awake_s = _AWAKE_S if _processors() > 1 else 0.0
        self._child: subprocess.Popen[bytes] | None = None
        self.failures = 0
        """How many mails had to do without the child."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the child, None while none runs."""
        return self._child.pid if self._child else None

    def read(self, html: str) -> str:
        """Return the text of `html`; when the child fails, what `strip_tags` makes of it."""
        html = html[:HTML_MAX]
        if not html.strip():
            return ""
        try:
            child = self._running()
            question = html.encode("utf-8", "replace")
            answer = _exchange(child, question, time.monotonic() + self._deadline_s, self._awake_s)
            return answer.decode("utf-8", "replace")
        except OSError:
            self.failures += 1
            self._discard()
            return strip_tags(html)

    def close(self) -> None:
        """End the child."""
        self._discard()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            seconds = str(max(1, int(self._deadline_s + 0.999)))
            self._child = subprocess.Popen(  # noqa: S603 (our own program, no argument from a mail)
                # -P: a file of that name in the current folder must not become the program.
                [sys.executable, "-P", "-m", __name__, seconds],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
            assert self._child.stdin is not None and self._child.stdout is not None
            os.set_blocking(self._child.stdin.fileno(), False)
            os.set_blocking(self._child.stdout.fileno(), False)
            # The empty first frame says that its imports are done: they do not count against a mail.
            _exchange(self._child, None, time.monotonic() + START_DEADLINE_S)
        return self._child

    def _discard(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        with child:
            # Leaving the block closes both pipes and waits.
            pass


def _processors() -> int:
    """Return how many processors this process may use; not every system says."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def _exchange(
    child: subprocess.Popen[bytes], question: bytes | None, deadline: float, awake_s: float = 0.0
) -> bytes:
    """Send a frame (None: none) and return the answer; OSError when the child ends or the time is over.

    For `awake_s` seconds the answer is asked for again and again, then it is waited for.
    """
    assert child.stdin is not None and child.stdout is not None
    to_child, from_child = child.stdin.fileno(), child.stdout.fileno()
    unsent = memoryview(b"" if question is None else _LENGTH.pack(len(question)) + question)
    answer = bytearray()
    ready = select.poll()
    ready.register(from_child, select.POLLIN)
    if unsent:
        ready.register(to_child, select.POLLOUT)
    awake_until = time.monotonic() + awake_s
    while True:
        now = time.monotonic()
        if now >= deadline:
            raise TimeoutError
        for file, _events in ready.poll(0 if now < awake_until else (deadline - now) * 1000):
            if file == to_child:
                unsent = unsent[os.write(to_child, unsent[: 1 << 16]) :]
                if not unsent:
                    ready.unregister(to_child)
                continue
            piece = os.read(from_child, 1 << 16)
            if not piece:
                raise BrokenPipeError
            answer += piece
            if len(answer) < _LENGTH.size:
                continue
            expected = _LENGTH.unpack_from(answer)[0] + _LENGTH.size
            if expected > FRAME_MAX_BYTES:
                raise OSError
            if len(answer) >= expected:
                return bytes(answer[_LENGTH.size : expected])


# --- the child ----------------------------------------------------------------------------------


def serve(source: BinaryIO, sink: BinaryIO, cpu_seconds: int) -> None:
    """Answer frames from `source` on `sink` until it ends; the system kills a frame beyond `cpu_seconds`."""
    html_to_text("<p>ready</p>")
    gc.freeze()  # what was imported stays; looking through it at every mail takes a third of the time
    gc.set_threshold(_COLLECT_EVERY)
    _answer(sink, b"")
    while len(head := source.read(_LENGTH.size)) == _LENGTH.size:
        data = source.read(_LENGTH.unpack(head)[0])
        _limit_time(cpu_seconds)
        _answer(sink, html_to_text(data.decode("utf-8", "replace")).encode("utf-8", "replace"))


def _answer(sink: BinaryIO, data: bytes) -> None:
    sink.write(_LENGTH.pack(len(data)) + data)
    sink.flush()


def _limit_memory() -> None:
    import resource

    with contextlib.suppress(ValueError, OSError):
        # A system that grants less already is as good.
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))


def _limit_time(seconds: int) -> None:
    """Allow `seconds` of processor time from now on; the limit of the system counts from the start."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))


def main() -> None:
    """Run the child: limits first, then frames on the standard streams."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    _limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer, seconds)


if __name__ == "__main__":
    main()
