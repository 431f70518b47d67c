"""Asking a program for a secret: `command:pass show mail/support`.

Here lives how it is run and stopped: no shell, no terminal, a limit of time and one of output. Imported only
when an account says so, since `subprocess` is slow to load. Invariant: what the program writes reaches
nothing but the return value.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import signal
import time
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired

from tuidesk.core.errors import SecretError


def command_output(reference: str, command: str, limit_s: float, limit_bytes: int) -> bytes:
    """Run `command` (words as a shell would split them, nothing else of a shell) and return what it prints.

    It is stopped after `limit_bytes` of output, which are returned, and killed after `limit_s`; its stderr
    is dropped. Raises SecretError when it cannot be started, takes too long or ends with another status
    than 0.
    """
    try:
        arguments = shlex.split(command)
    except ValueError:
        raise SecretError(reference, "the command has an open quote") from None
    if not arguments:
        raise SecretError(reference, "names no program")
    try:
        # Own session: no terminal to ask on (it belongs to the TUI), and one group to kill. What it writes
        # to stderr is dropped: it may hold the secret.
        process = Popen(  # noqa: S603 - no shell; whoever writes references is trusted
            arguments,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "has a NUL in it"
        raise SecretError(reference, f"{arguments[0]}: {reason}") from None
    return _output(reference, process, limit_s, limit_bytes)


def _output(reference: str, process: Popen[bytes], limit_s: float, limit_bytes: int) -> bytes:
    """Read what the process prints, at most `limit_bytes`, and see it end within `limit_s`."""
    deadline = time.monotonic() + limit_s
    output = bytearray()
    assert process.stdout is not None
    try:
        with process.stdout, selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            while len(output) < limit_bytes:
                if not ready.select(max(0.0, deadline - time.monotonic())):
                    raise SecretError(reference, f"the command took longer than {limit_s:g} s")
                part = os.read(process.stdout.fileno(), limit_bytes - len(output))
                if not part:
                    break
                output += part
            else:
                return bytes(output)  # as much as is wanted; the command is stopped below
        try:
            status = process.wait(max(0.0, deadline - time.monotonic()))
        except TimeoutExpired:
            raise SecretError(reference, f"the command took longer than {limit_s:g} s") from None
    finally:
        if process.returncode is None:  # not seen to end, so its group cannot be anybody else's by now
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if status != 0:
        raise SecretError(reference, f"the command ended with status {status}")
    return bytes(output)
