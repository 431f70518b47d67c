"""Driving the app in a test: run a scenario, wait for something to be so, read what is on the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from textual import _wait
from textual.app import App
from textual.pilot import Pilot

DEADLINE_S = 30.0
LOOK_EVERY_S = 0.003
_wait.SLEEP_GRANULARITY, _wait.SLEEP_IDLE = 0.008, 0.0004
"""For how long an app must do next to nothing before a key counts as done: twice for each key."""

Scenario = Callable[[Pilot[Any]], Awaitable[None]]


def drive(app: App[Any], scenario: Scenario, size: tuple[int, int] = (80, 24)) -> None:
    """Run the app without a terminal and the scenario on it."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await scenario(pilot)

    asyncio.run(run())


async def until(pilot: Pilot[Any], so: Callable[[], bool], what: str = "") -> None:
    """Wait until something is so; fail with what is on the screen when it never is."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        pilot.app.screen._on_timer_update()  # what waits to be drawn, as `pilot.pause` does it
        if pilot.app._exception is not None:
            raise pilot.app._exception
        if so():
            await pilot.pause()  # until what belongs to it is done as well
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or 'it'} never came about:\n{screen_text(pilot.app)}")


def screen_text(app: App[Any]) -> str:
    """Return the text on the screen."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def shows(pilot: Pilot[Any], *texts: str) -> None:
    """Wait until all texts are on the screen."""
    await until(pilot, lambda: all(text in screen_text(pilot.app) for text in texts), repr(texts))
