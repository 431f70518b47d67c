"""The agent's own editor on a text: a private file, no shell, nothing lost when it fails.

What comes back is the text, or the reason why there is none: an editor that returned at once without a
change (as graphical ones do) is told apart from one that was left unchanged.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

AT_ONCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Edited:
    """What an editor left: `text`, whether it differs, and `problem` (empty, `missing`, `failed`, `at-once`).

    `kept` is the file that stays when something went wrong.
    """

    text: str
    changed: bool
    problem: str = ""
    kept: Path | None = None


def editor_command(setting: str, environ: Mapping[str, str]) -> list[str]:
    """Return the editor's words: the setting, else $VISUAL, $EDITOR; empty for the built-in one."""
    if setting == "builtin":
        return []
    words = setting or environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        return shlex.split(words)
    except ValueError:  # a quote without its end
        return words.split()


def edit(command: list[str], text: str) -> Edited:
    """Run an editor on a text in this terminal and wait for it; the terminal must be given up before."""
    handle, name = tempfile.mkstemp(prefix="tuidesk-", suffix=".eml", dir=os.environ.get("XDG_RUNTIME_DIR") or None)
    path = Path(name)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    began = time.monotonic()
    try:
        code = subprocess.run([*command, name], check=False).returncode  # noqa: S603 - the agent's own editor, no shell
    except OSError:
        path.unlink(missing_ok=True)  # nothing is in it that the composer does not have
        return Edited(text, False, "missing")
    _forget_typed()
    try:
        written = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return Edited(text, False, "failed")
    changed = written != text
    if code != 0:
        return Edited(written, changed, "failed", path)
    path.unlink()
    if not changed and time.monotonic() - began < AT_ONCE_S:
        return Edited(text, False, "at-once")
    return Edited(written, changed)


def _forget_typed() -> None:
    """Forget keys that were typed too much in the editor: one of them might send."""
    if sys.__stdin__ is not None and sys.__stdin__.isatty():
        termios.tcflush(sys.__stdin__.fileno(), termios.TCIFLUSH)
