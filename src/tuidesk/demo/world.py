"""The demo's little world: a temporary desk on SQLite, a Maildir for each direction of mail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tuidesk.bootstrap import Assembly, assemble
from tuidesk.core.admin.accounts import add_account
from tuidesk.core.clock import Clock, SystemClock
from tuidesk.core.settings import Settings, load_settings
from tuidesk.core.store.migrate import upgrade
from tuidesk.core.work.poll_once import poll_once
from tuidesk.demo.setup import make_desk


@dataclass(frozen=True, slots=True)
class World:
    """A demo desk; `inbox` is where customers' mail arrives, `sent` where the desk's mail lands."""

    folder: Path
    inbox: Path
    sent: Path
    assembly: Assembly


def world_settings(folder: Path) -> Settings:
    """Return the settings of a demo in a folder of its own; no file and no environment has a say."""
    flags = {
        "database_url": f"sqlite:///{folder / 'desk.sqlite3'}",
        "secrets_file": str(folder / "secrets.toml"),
        "log.file": str(folder / "tuidesk.log"),
        "desk.fqdn": "desk.example",
        "mail.poll_interval": "5s",
        "mail.undo_send": "5s",
    }
    return load_settings(flags, {}, ())


def make_world(folder: Path, clock: Clock | None = None) -> World:
    """Make the desk of a demo: tables, queues, people, and both Maildirs."""
    time = clock or SystemClock()
    inbox, sent = folder / "inbox", folder / "sent"
    assembly = assemble(world_settings(folder), clock=time, durable=False, check=False)
    upgrade(assembly.engines)
    make_desk(assembly.engines, time)
    who = "demo"
    add_account(
        assembly.engines, time, who, "customers", "maildir",
        {"path": str(inbox), "after": "mark", "first": "now"}, secret="", queue=None,
    )  # fmt: skip
    add_account(assembly.engines, time, who, "post", "maildir-out", {"path": str(sent)}, secret="", queue=None)
    for path in (inbox, sent):
        for part in ("tmp", "new", "cur"):
            (path / part).mkdir(parents=True, exist_ok=True)
    poll_once(assembly.path, assembly.settings.secrets_file)  # what comes from now on is new
    return World(folder, inbox, sent, assembly)
