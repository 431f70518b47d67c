"""`tuidesk daemon`: fetch, take in, send, keep the clocks, until told to stop."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Annotated

import typer

from tuidesk.cli.context import GLOBAL, opened
from tuidesk.core.i18n import _

PARENT_CHECK_S = 1.0


def daemon(
    until_parent_exits: Annotated[
        bool, typer.Option("--until-parent-exits", help=_("End when the process that started this one ends."))
    ] = False,
    lease_s: Annotated[
        float | None,
        typer.Option("--lease", hidden=True, help=_("Seconds after which work of a dead process is taken over.")),
    ] = None,
) -> None:
    """Fetch and send mail and keep the clocks; SIGTERM ends it after what it is doing."""
    from datetime import timedelta

    from tuidesk.background import Background
    from tuidesk.core.log import configure_log

    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    settings = GLOBAL.settings()
    configure_log(settings.log.file, settings.log.level)
    parent = os.getppid()
    with opened() as assembly:
        background = Background(assembly, lease=timedelta(seconds=lease_s) if lease_s else None)
        background.start()
        while not stopping.wait(PARENT_CHECK_S):
            if until_parent_exits and os.getppid() != parent:
                break
        stopped = background.stop()
    raise typer.Exit(0 if stopped else 1)
