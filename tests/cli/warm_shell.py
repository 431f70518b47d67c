"""Runs `tuidesk` as its users do, each command a process of its own, forked from one that has imported it all.

Starting Python and importing costs far more than most commands; what a cold start loads is tested by cold starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

_forks = get_context("forkserver")
_forks.set_forkserver_preload(
    [
        "tuidesk.background", "tuidesk.bootstrap", "tuidesk.cli.app", "tuidesk.cli.output", "tuidesk.error_words", "tuidesk.cli.tickets_shown",
        "tuidesk.core.admin.accounts", "tuidesk.core.admin.agents", "tuidesk.core.auth.system_account",
        "tuidesk.core.store.migrate", "tuidesk.core.work.account_check", "tuidesk.core.work.poll_once",
    ]
)  # fmt: skip

TIMEOUT_S = 120


class Shell:
    """Runs `tuidesk` with settings of its own; `complaint` is what the last command said on standard error."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.complaint = ""
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TUIDESK_")},
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "TUIDESK_DATABASE_URL": database_url,
            "TUIDESK_LOG_FILE": str(folder / "log"),
        }

    def __call__(self, *arguments: str, stdin: bytes = b"", code: int = 0) -> str:
        """Run a command; return what it printed. The exit code must be `code`."""
        given, printed, complained = (self.folder / name for name in ("stdin", "stdout", "stderr"))
        given.write_bytes(stdin)
        process = _forks.Process(target=_tuidesk, args=(arguments, self.environ, given, printed, complained))
        process.start()
        process.join(TIMEOUT_S)
        if process.exitcode is None:
            process.kill()
            process.join()
        self.complaint = complained.read_text()
        assert process.exitcode == code, self.complaint
        assert "Traceback" not in self.complaint
        return printed.read_bytes().decode()

    def cold(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a new interpreter."""
        return subprocess.run(
            [sys.executable, "-m", "tuidesk", *arguments],
            capture_output=True, text=True, env=self.environ, check=False, timeout=TIMEOUT_S,
        )  # fmt: skip


def _tuidesk(arguments: tuple[str, ...], environ: dict[str, str], given: Path, printed: Path, complained: Path) -> None:
    """Be `tuidesk` with these arguments; the files take the place of pipes."""
    os.environ.clear()
    os.environ.update(environ)
    for number, path, flags in (
        (0, given, os.O_RDONLY),
        (1, printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, complained, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8"), os.fdopen(2, "w", encoding="utf-8"),
    )  # fmt: skip
    sys.argv = ["tuidesk", *arguments]
    from tuidesk.__main__ import main

    main()
