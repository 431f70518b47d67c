"""Run one server program so that it cannot outlive the process that wants it.

A small supervisor process starts the program, waits on a pipe from us, and ends the program when the pipe
closes: by `stop()`, or because this process died in any way. It then removes the server's directory.
Nothing here knows what kind of server it is.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_SUPERVISOR = """
import os, shutil, signal, subprocess, sys
directory, log, ending, uid, gid = sys.argv[1:6]
identity = {} if uid == "-1" else {"user": int(uid), "group": int(gid), "extra_groups": []}
with open(log, "ab") as output:
    server = subprocess.Popen(sys.argv[6:], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                              cwd=directory, **identity)
def end(*_):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if server.poll() is None:
        server.send_signal(int(ending))
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGCHLD, lambda *_: server.poll() is not None and os._exit(1))
if server.poll() is not None:
    os._exit(1)
sys.stdin.buffer.read()
end()
"""


class ServerFailed(Exception):
    """The server ended, or did not become ready in time; carries what it logged."""


class Supervised:
    """One running server; `directory` is its own and disappears with it."""

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        *,
        ending: int,
        identity: tuple[int, int] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start `command`; `ending` is the signal that ends it, `identity` the (uid, gid) to become."""
        self.directory = directory
        self.log = directory / "server.log"
        self._command = command[0]
        uid, gid = identity or (-1, -1)
        arguments = [str(directory), str(self.log), str(int(ending)), str(uid), str(gid), *command]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _SUPERVISOR, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ if environment is None else environment),
            start_new_session=True,  # Ctrl-C ends the tests, and they end the server
        )

    def wait_until(self, ready: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Return as soon as `ready()` is true; raise ServerFailed when the server ends or time is up."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            try:
                self._process.wait(timeout=0.02)
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
            raise ServerFailed(f"{self._command} did not start: {self.logged()}")

    def logged(self) -> str:
        """Return the end of what the server printed."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else "(no log)"

    def stop(self) -> None:
        """End the server, wait for its end, and remove its directory."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        shutil.rmtree(self.directory, ignore_errors=True)  # still there when the server ended by itself


def unprivileged(*names: str) -> tuple[int, int] | None:
    """Return the (uid, gid) of the first of these users there is, when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in names:
        if name in known:
            return known[name].pw_uid, known[name].pw_gid
    raise ServerFailed(f"we are root, and there is no user to run as: {' or '.join(names)}")
