"""The demo with its screen: a filled desk, customers who write by themselves, the application on top."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from tuidesk.core.i18n import _

CUSTOMERS_PAUSE_S = 2.0


def open_demo(folder: Path, seed: int, tickets: int) -> int:
    """Make the demo's world in a folder and open it; return the application's exit code."""
    from tuidesk.cli.output import say
    from tuidesk.cli.tui import run_app
    from tuidesk.core.clock import FrozenClock, SystemClock
    from tuidesk.demo.customers import Customers
    from tuidesk.demo.history import fill
    from tuidesk.demo.people import MAIN_AGENT
    from tuidesk.demo.world import make_world, world_settings

    say(_("Making a desk with {tickets} tickets …").format(tickets=tickets))
    past = FrozenClock(SystemClock().now())
    world = make_world(folder, past)
    fill(world.assembly.desk, past, seed, tickets)
    world.assembly.close()

    stopping = threading.Event()
    customers = Customers(world.inbox, world.sent, seed)

    def live() -> None:
        clock = SystemClock()
        while not stopping.wait(CUSTOMERS_PAUSE_S):
            customers.step(clock.now())

    thread = threading.Thread(target=live, name="demo-customers", daemon=True)
    thread.start()
    settings = world_settings(folder)
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TUIDESK_")},
        "TUIDESK_DATABASE_URL": settings.database_url,
        "TUIDESK_SECRETS_FILE": str(settings.secrets_file),
        "TUIDESK_LOG_FILE": str(settings.log.file),
        "TUIDESK_DESK_FQDN": settings.desk.fqdn,
        "TUIDESK_MAIL_POLL_INTERVAL": "5s",
    }
    try:
        return run_app(settings, MAIN_AGENT, daemon_arguments=("--config", os.devnull), environ=environ)
    finally:
        stopping.set()
        thread.join(5)
