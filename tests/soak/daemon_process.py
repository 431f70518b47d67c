"""A real `tuidesk daemon` in a process of its own, as an admin would start it. No assertion about mail here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desk.desk_fixture import DeskOnTrial
from tuidesk.core.admin.accounts import add_account
from tuidesk.core.store import tx
from tuidesk.core.store.check import faults

_TICK_S = 0.02


@dataclass
class Daemon:
    """Starts and ends one daemon after the other on one database; all of them log into `folder`."""

    url: str
    folder: Path
    lease_s: float | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a daemon; returns before it is ready."""
        command = [sys.executable, "-m", "tuidesk", "daemon"]
        if self.lease_s is not None:
            command += ["--lease", str(self.lease_s)]
        with (self.folder / "daemon.out").open("ab") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self._environment()
            )

    def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def lives_for(self, seconds: float) -> bool:
        """Let it work that long; False when it ended by itself."""
        assert self.process is not None
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def wait_until(self, ready: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Return as soon as `ready()`; fail when the daemon ends or the time is up."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            assert self.lives_for(_TICK_S), f"the daemon ended: {self.said()}"
            assert time.monotonic() < deadline, f"not ready after {timeout_s} s: {self.said()}"

    def said(self) -> str:
        """Return the end of its output and of its log."""
        files = (self.folder / "daemon.out", self.folder / "daemon.log")
        return "\n".join(file.read_text(errors="replace")[-3000:] for file in files if file.exists())

    def _environment(self) -> dict[str, str]:
        foreign = {name: value for name, value in os.environ.items() if not name.startswith("TUIDESK_")}
        return {
            **foreign,
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "TUIDESK_DATABASE_URL": self.url,
            "TUIDESK_LOG_FILE": str(self.folder / "daemon.log"),
            "TUIDESK_DESK_FQDN": "desk.test",
            "TUIDESK_MAIL_POLL_INTERVAL": "5s",
            "TUIDESK_MAIL_AUTO_REPLIES_PER_DAY": "10000",
            **self.settings,
        }


@contextmanager
def daemon_on(desk: DeskOnTrial, folder: Path, lease_s: float | None = None, **settings: str) -> Iterator[Daemon]:
    """Give a daemon that is not started yet; none is left afterwards."""
    daemon = Daemon(desk.url, folder, lease_s, settings)
    try:
        yield daemon
    finally:
        if daemon.process is not None and daemon.process.poll() is None:
            daemon.kill()


def mailbox(desk: DeskOnTrial, folder: Path) -> Path:
    """Make an account that brings mail from a Maildir, from the first mail on; return the Maildir."""
    inbox = folder / "in"
    for part in ("tmp", "new", "cur"):
        (inbox / part).mkdir(parents=True)
    account(desk, "in", "maildir", path=str(inbox), first="all", after="delete")
    return inbox


def account(desk: DeskOnTrial, name: str, kind: str, secret: str = "", **settings: object) -> int:
    """Make a mail account as admins do; return its id."""
    return add_account(desk.engines, desk.clock, "tests", name, kind, settings, secret).id


def one(desk: DeskOnTrial, query: str, **values: Any) -> Any:
    """Return the single value that a query finds."""
    ((value,),) = desk.rows(query, **values)
    return value


def holder(desk: DeskOnTrial, lease: str) -> str:
    """Return who holds a lease, or did so last."""
    found = desk.rows("select holder from lease where name = :name", name=lease)
    return str(found[0][0]) if found else ""


def is_quiet(desk: DeskOnTrial, inbox: Path) -> bool:
    """Say whether nothing is left to fetch, to take in or to send."""
    return (
        not any((inbox / "new").iterdir())
        and one(desk, "select count(*) from mail_in where state = 'spooled' or acked_at is null") == 0
        and one(desk, "select count(*) from outbox where state in ('queued', 'sending')") == 0
    )


def all_faults(desk: DeskOnTrial) -> list[str]:
    """Return what `db check` finds."""
    config = desk.desk.config()
    with tx.read(desk.engines) as connection:
        return [f"{fault.area}: {fault.what}" for fault in faults(connection, config)]
