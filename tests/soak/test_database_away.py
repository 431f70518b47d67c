"""PostgreSQL goes away while a daemon works, by a clean stop and by a crash: it goes on when it is back.

Needs Linux: the server is found and watched by its process.
"""

from __future__ import annotations

import os
import select
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from desk.desk_fixture import Databases, DeskOnTrial, on_trial
from servers.postgres import PostgresServer, running_postgres
from servers.supervise import Supervised
from soak.customers import Customers, check_left, check_taken
from soak.daemon_process import account, all_faults, daemon_on, is_quiet, mailbox
from soak.test_kill_daemon import letters_in

pytestmark = pytest.mark.soak

AWAY_S = 5.0
DURABLE = ("-c", "synchronous_commit=on", "-c", "full_page_writes=on")
"""Tests run without durability; a database that forgets commits when it crashes would prove nothing here."""


class OwnServer:
    """A PostgreSQL of this test, which may stop it and start it again."""

    def __init__(self, server: PostgresServer) -> None:
        """Take a running server of which we own the process."""
        self.url = server.url
        plain = make_url(server.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as connection:
            row = connection.execute("show data_directory").fetchone()
        assert row is not None
        self._data = Path(row[0])
        command = Path(f"/proc/{self._pid}/cmdline").read_bytes().split(b"\0")[:-1]
        self._command = [*(os.fsdecode(word) for word in command), *DURABLE]
        owner = self._data.stat()
        self._identity = (owner.st_uid, owner.st_gid) if os.geteuid() == 0 else None
        self._again: Supervised | None = None

    @property
    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def stop(self, how: signal.Signals) -> None:
        """End the server and wait for its end: SIGINT cuts its clients off, SIGQUIT is a crash."""
        pid = self._pid
        watch = os.pidfd_open(pid)
        os.kill(pid, how)
        try:
            assert select.select([watch], [], [], 30)[0], "PostgreSQL does not end"
        finally:
            os.close(watch)
        self.close()

    def close(self) -> None:
        """End what was started again."""
        if self._again is not None:
            self._again.stop()
            self._again = None

    def start(self) -> None:
        """Start it again, and wait until it answers."""
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self._data.parent)}
        folder = Path(tempfile.mkdtemp(prefix="tdpg"))  # not the server's own: that one has to outlive this start
        folder.chmod(0o755)
        self._again = Supervised(
            self._command, folder, ending=signal.SIGINT, identity=self._identity, environment=environment
        )
        status = self._data / "postmaster.pid"
        self._again.wait_until(lambda: status.exists() and "ready" in status.read_text(), timeout_s=60)


@contextmanager
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PostgresServer, OwnServer]]:
    """Give a server that no other test uses."""
    monkeypatch.delenv("TUIDESK_TEST_PG_URL", raising=False)
    with running_postgres() as server:
        own = OwnServer(server)
        try:
            yield server, own
        finally:
            own.close()


def test_work_goes_on_when_the_database_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with own_server(monkeypatch) as (server, own):
        templates = Databases(tmp_path, lambda: server)
        url = templates.template("postgresql")
        own.stop(signal.SIGINT)
        own.start()
        with on_trial(url) as desk:
            run_with_outages(desk, own, tmp_path)


def run_with_outages(desk: DeskOnTrial, own: OwnServer, folder: Path) -> None:
    """Let customers write and a daemon work while the database goes twice."""
    inbox = mailbox(desk, folder)
    account(desk, "out", "maildir-out", path=str(folder / "out"))
    customers = Customers(inbox, 1, pause_s=0.2, bursts=(1, 2, 5), unbounded=False)
    with daemon_on(desk, folder, lease_s=5.0) as daemon:
        daemon.start()
        customers.start()
        try:
            for how in (signal.SIGINT, signal.SIGQUIT):
                for _ in range(20):
                    customers.allow_burst()
                before = desk.rows("select count(*) from article")[0][0]
                daemon.wait_until(lambda: desk.rows("select count(*) from article")[0][0] > before + 5)  # noqa: B023
                own.stop(how)
                assert daemon.lives_for(AWAY_S), daemon.said()
                own.start()
        finally:
            customers.stop()
        back = time.monotonic()
        daemon.wait_until(lambda: is_quiet(desk, inbox), timeout_s=300)
        resumed_s = time.monotonic() - back
        assert daemon.stop() == 0, daemon.said()
    assert "defect" not in (folder / "daemon.log").read_text()
    assert desk.desk.failed_mails() == []
    check_taken(desk, customers.sent)
    left, doubled = check_left(desk, letters_in(folder / "out"))
    assert all_faults(desk) == []
    print(f"{len(customers.sent)} mails, {left} left, {doubled} of them twice, done {resumed_s:.0f} s after the end")
