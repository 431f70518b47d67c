"""Whole processes: how long a command takes from start to end, and how much memory the daemon takes at most."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from benchmarks import crowd
from benchmarks.big_desk import prepare
from benchmarks.figures import Bar, Figure, interleaved
from benchmarks.world import World
from tuidesk.core.auth.system_account import system_user
from tuidesk.core.mail.maildir import deliver
from tuidesk.core.store import schema
from tuidesk.core.store.engine import open_engines
from tuidesk.core.store.migrate import upgrade

LIST_BARS = {"sqlite": Bar(1.6, "x import typer, sqlalchemy"), "postgresql": Bar(2.0, "x import typer, sqlalchemy")}
HELP_BAR = Bar(1.5, "x import typer")
MAIL_BYTES = 30_000_000
DEADLINE_S = 180


def environment(world: World, url: str = "") -> dict[str, str]:
    """Return the environment of a process: a home of its own, compiled modules kept, nothing of the user's."""
    home = world.options.cache / "home"
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV") if name in os.environ}
    variables = {
        **kept,
        "HOME": str(home),
        "TERM": "xterm-256color",
        "PYTHONPYCACHEPREFIX": str(world.options.cache / "pycache"),
    }
    return {**variables, "TUIDESK_DATABASE_URL": url} if url else variables


def act_as(url: str, agent_id: int) -> None:
    """Map the account that runs this to an agent, and only to this one."""
    engines = open_engines(url)
    account = schema.system_account
    try:
        with engines.write.begin() as connection:
            connection.execute(sa.delete(account).where(account.c.system_user == system_user()))
            connection.execute(sa.insert(account).values(system_user=system_user(), agent_id=agent_id))
    finally:
        engines.dispose()


def startup(world: World) -> Iterator[Figure]:
    """`tuidesk ticket list` and `tuidesk --help` beside the bare import of their libraries."""
    rounds = max(11, round(world.options.seconds * 15))
    bare = _command(environment(world), "-c", "import typer, sqlalchemy")
    for kind in world.options.databases:
        url = world.large_url(kind)
        act_as(url, crowd.ALL)
        ours = _command(environment(world, url), "-m", "tuidesk", "ticket", "list")
        yield _ratio(f"ticket list, {kind}", bare, ours, LIST_BARS[kind], rounds)
    helped = _command(environment(world), "-m", "tuidesk", "--help")
    yield _ratio("--help", _command(environment(world), "-c", "import typer"), helped, HELP_BAR, rounds)


def _ratio(what: str, bare: Callable[[], None], ours: Callable[[], None], bar: Bar, rounds: int) -> Figure:
    baseline, taken = interleaved(bare, ours, seconds=0, least=rounds)
    detail = f"{taken * 1e3:.0f} / {baseline * 1e3:.0f} ms"
    return Figure("startup", what, taken / baseline, bar, detail, {"seconds": taken, "baseline_seconds": baseline})


def _command(variables: dict[str, str], *arguments: str) -> Callable[[], None]:
    def run() -> None:
        subprocess.run(
            [sys.executable, *arguments], env=variables, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    return run


# --- memory -------------------------------------------------------------------------------------


def memory(world: World) -> Iterator[Figure]:
    """A real daemon that takes in one mail of 30 MB from a Maildir."""
    mail = _large_mail()
    limit = Bar(120 + 5 * len(mail) / 1e6, "MB")
    with tempfile.TemporaryDirectory(prefix="memory", dir=world.options.cache) as folder:
        for name, mails in (("no mail", []), (f"a mail of {len(mail) / 1e6:.0f} MB", [mail])):
            place = Path(folder) / name.replace(" ", "-")
            place.mkdir()
            peak = _daemon_peak(world, place, mails)
            yield Figure("memory", f"daemon, {name}", peak / 1e6, limit)


def _daemon_peak(world: World, folder: Path, mails: Sequence[bytes]) -> float:
    """Return the peak RSS in bytes of a daemon that has taken in all mails."""
    url = f"sqlite:///{folder / 'desk.sqlite3'}"
    prepare(url)
    inbox = folder / "inbox"
    for part in ("tmp", "new", "cur"):
        (inbox / part).mkdir(parents=True)
    small = b"From: a@b.example.com\r\nSubject: small\r\n\r\nsmall\r\n"
    for mail in (small, *mails):
        deliver(inbox, mail)
    engines = open_engines(url)
    try:
        upgrade(engines)
        with engines.write.begin() as connection:
            connection.execute(
                sa.insert(schema.mail_account).values(
                    name="in", name_key="in", kind="maildir", settings=json.dumps({"path": str(inbox), "first": "all"}),
                    secret="", position="", last_error="", valid=True,
                )
            )  # fmt: skip
        with _daemon(environment(world, url)) as process:
            deadline = time.monotonic() + DEADLINE_S
            done = sa.select(sa.func.count()).select_from(schema.mail_in).where(schema.mail_in.c.state == "done")
            while True:
                with engines.read.connect() as connection:
                    if connection.execute(done).scalar_one() == 1 + len(mails):
                        return _peak_bytes(process.pid)
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("the daemon did not take the mails in")
                time.sleep(0.1)
    finally:
        engines.dispose()


@contextmanager
def _daemon(variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tuidesk", "daemon"], env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _peak_bytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("this system does not tell the peak memory of a process (/proc/PID/status)")


def _large_mail() -> bytes:
    data = base64.encodebytes(random.Random(5).randbytes(int(MAIL_BYTES / 1.37))).replace(b"\n", b"\r\n")
    head = (
        "From: Large <large@client.example.com>\r\nTo: support@helpdesk.example.org\r\nSubject: a large file\r\n"
        "Message-ID: <large@client.example.com>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n'
        "--b\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename=large.zip\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + data + b"--b--\r\n"
