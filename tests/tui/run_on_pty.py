"""A program for the pty test: opens the desk at a path with its screens on a real terminal.

Started with the path of a database as its argument; `die` as a second argument makes the app fail on purpose.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tui_desk import ANNA, NOON, open_desk

from tuidesk.app import TuideskApp
from tuidesk.core.clock import FrozenClock


def main() -> int:
    """Run the app until it is left."""
    app = TuideskApp(lambda: open_desk(Path(sys.argv[1])).desk, ANNA, feed=None, clock=FrozenClock(NOON), zone="UTC")
    if "die" in sys.argv:
        app.do_go_mine = lambda: _die("hunter2")  # type: ignore[method-assign]
    return app.run() or app.return_code or 0


def _die(password: str) -> None:
    raise RuntimeError("\x9b2J" + password)


if __name__ == "__main__":
    sys.exit(main())
