"""Many agents and the daemon at once, each a process: nobody loses a change, nobody sees a busy database."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from desk.desk_fixture import ANNA, BEN, DeskOnTrial
from soak.customers import Customers, check_left, check_taken
from soak.daemon_process import account, all_faults, daemon_on, is_quiet, mailbox
from soak.test_kill_daemon import letters_in

pytestmark = pytest.mark.soak

SECONDS = float(os.environ.get("TUIDESK_SOAK_SECONDS", "60"))
SEED = int(os.environ.get("TUIDESK_SOAK_SEED", "0")) or random.randrange(1, 10**6)


def test_writers_and_daemons(own_desk: DeskOnTrial, tmp_path: Path) -> None:
    desk = own_desk
    writers, daemons = (4, 1) if desk.is_sqlite else (8, 2)
    print(f"TUIDESK_SOAK_SEED={SEED} TUIDESK_SOAK_SECONDS={SECONDS:.0f}")
    inbox = mailbox(desk, tmp_path)
    account(desk, "out", "maildir-out", path=str(tmp_path / "out"))
    for _ in range(4):
        desk.mail()
    customers = Customers(inbox, SEED, pause_s=0.5, bursts=(1, 1, 2, 5))
    with ExitStack() as closing:
        running = []
        for n in range(daemons):
            (tmp_path / f"daemon-{n}").mkdir()
            running.append(closing.enter_context(daemon_on(desk, tmp_path / f"daemon-{n}")))
            running[-1].start()
        closing.callback(customers.stop)
        customers.start()
        told = write_all(desk, writers, tmp_path)
        customers.stop()
        running[0].wait_until(lambda: is_quiet(desk, inbox), timeout_s=400)
        for daemon in running:
            assert daemon.stop() == 0, daemon.said()
            logged = (daemon.folder / "daemon.log").read_text()
            assert "database is locked" not in logged
            assert "defect" not in logged
            assert "failed, again" not in logged
    check_told(desk, told)
    check_taken(desk, [*customers.sent, *(f"<mail-{n}@customer.test>" for n in range(1, 5))], made_by_hand=4)
    check_left(desk, letters_in(tmp_path / "out"))
    assert all_faults(desk) == []
    print(
        f"{'SQLite' if desk.is_sqlite else 'PostgreSQL'}: {writers} writers, {daemons} daemons, {SECONDS:.0f} s:"
        f" {len(told)} changes acknowledged, {len(customers.sent)} mails taken in"
    )


def write_all(desk: DeskOnTrial, writers: int, folder: Path) -> list[dict[str, Any]]:
    """Let writers change tickets; return what was acknowledged to them."""
    program = Path(__file__).with_name("writer.py")
    environment = {**os.environ, "PYTHONPATH": str(program.parents[1])}
    processes = []
    for n in range(writers):
        agent = (ANNA, "anna") if n % 2 else (BEN, "ben")
        arguments = [desk.url, *agent, SEED + n, SECONDS, folder / f"writer-{n}"]
        processes.append(subprocess.Popen([sys.executable, program, *map(str, arguments)], env=environment))
    deadline = time.monotonic() + SECONDS + 180
    try:
        for process in processes:
            assert process.wait(timeout=max(1.0, deadline - time.monotonic())) == 0
    finally:
        for process in processes:
            process.kill()
            process.wait()
    lines = [(folder / f"writer-{n}").read_text().splitlines() for n in range(writers)]
    assert all(lines), "a writer did nothing"
    return [json.loads(line) for part in lines for line in part]


def check_told(desk: DeskOnTrial, told: list[dict[str, Any]]) -> None:
    """Demand that each acknowledged change is in the history as a version of its own, with what it wrote."""
    troubles = Counter(line["trouble"] for line in told if "trouble" in line)
    assert not troubles, troubles
    versions = Counter((line["ticket"], line["version"]) for line in told)
    assert max(versions.values()) == 1, "two agents were told the same version"
    changes = desk.rows("select ticket_id, version, act_id, id from change")
    stored = {(ticket_id, version): (act_id, change_id) for ticket_id, version, act_id, change_id in changes}
    subjects = dict(desk.rows("select change_id, subject from article"))
    titles = {change_id: json.loads(data) for change_id, data in
              desk.rows("select change_id, data from history where kind = 'TitleUpdate'")}  # fmt: skip
    for line in told:
        act_id, change_id = stored[line["ticket"], line["version"]]
        assert act_id == line["act"]
        if line["mark"]:
            written = subjects.get(change_id) or titles[change_id]["new"]
            assert written == line["mark"]
    newest = desk.rows(
        "select t.id from ticket t join change c on c.ticket_id = t.id"
        " group by t.id, t.version having t.version <> max(c.version) or t.version <> count(*)"
    )
    assert newest == []
