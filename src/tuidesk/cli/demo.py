"""`tuidesk demo`: a living desk in a temporary folder, to try everything without setting anything up."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tuidesk.core.i18n import _

TICKETS = 250


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help=_("Play the whole loop and print each step, without a screen."))
    ] = False,
    seed: Annotated[int, typer.Option(help=_("The same number gives the same tickets."))] = 7,
    tickets: Annotated[int, typer.Option(min=1, max=5000, help=_("How many tickets there are."))] = TICKETS,
) -> None:
    """Open a temporary desk with tickets and customers who write by themselves."""
    with tempfile.TemporaryDirectory(prefix="tuidesk-demo-") as folder:
        if headless or not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
            raise typer.Exit(_play(Path(folder)))
        raise typer.Exit(_open(Path(folder), seed, tickets))


def _play(folder: Path) -> int:
    from tuidesk.cli.output import complain, say
    from tuidesk.demo.headless import Play, StepFailed
    from tuidesk.demo.world import make_world

    world = make_world(folder)
    try:
        Play(world, say).run()
    except StepFailed as error:
        complain(_("{step} did not hold: {found}").format(step=error.step, found=error.found))
        return 1
    finally:
        world.assembly.close()
    say(_("Every step held."))
    return 0


def _open(folder: Path, seed: int, tickets: int) -> int:
    from tuidesk.cli.demo_desk import open_demo

    return open_demo(folder, seed, tickets)
