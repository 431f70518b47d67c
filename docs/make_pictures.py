"""Makes the pictures of the screens in docs/pictures from a demo desk: `python docs/make_pictures.py`."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tuidesk.app import TuideskApp
from tuidesk.core.clock import FrozenClock
from tuidesk.core.domain.actor import AgentActor
from tuidesk.demo.history import fill
from tuidesk.demo.people import MAIN_AGENT
from tuidesk.demo.world import World, make_world

PICTURES = Path(__file__).parent / "pictures"
NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)


async def settled(pilot: object, app: TuideskApp) -> None:
    """Wait until no worker runs and everything is painted."""
    for _ in range(8):
        await app.workers.wait_for_complete()
        await pilot.pause(0.3)  # type: ignore[attr-defined]


async def take(world: World, size: tuple[int, int], suffix: str) -> None:
    """Walk through the screens of one size and keep a picture of each."""
    desk = world.assembly.desk
    agent = AgentActor(desk.config().agent_ids[MAIN_AGENT], MAIN_AGENT)
    app = TuideskApp(lambda: desk, agent, feed=None, clock=desk.clock, zone="UTC", editor="builtin")
    async with app.run_test(size=size) as pilot:
        await settled(pilot, app)
        for name, keys in (
            ("dashboard", ()),
            ("list", ("g", "8")),
            ("ticket", ("enter",)),
            ("composer", ("r", *"Hello,", "enter", *"it is solved, please try again.", "escape")),
        ):
            for key in keys:
                await pilot.press(key)
                if len(key) > 1 or name != "composer":
                    await settled(pilot, app)
            await settled(pilot, app)
            picture = app.export_screenshot(title=f"tuidesk: {name}")
            (PICTURES / f"{name}-{suffix}.svg").write_text(picture, "utf-8")


def main() -> None:
    """Make all pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        clock = FrozenClock(NOW)
        world = make_world(Path(folder), clock)
        fill(world.assembly.desk, clock, 7, 120)
        for size, suffix in (((80, 24), "80x24"), ((160, 48), "160x48")):
            asyncio.run(take(world, size, suffix))
        world.assembly.close()


if __name__ == "__main__":
    main()
