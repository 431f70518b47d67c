"""`python -m tuidesk` and the `tuidesk` command."""

from __future__ import annotations

import gc

GARBAGE_EVERY = 50_000
"""Objects more than were freed before Python looks for cycles among them; a tenth of the start went into that."""


def main() -> None:
    """Run the command line; without a command it opens the terminal application."""
    # thousands of objects are made on the way to the first line and none of them is garbage
    gc.set_threshold(GARBAGE_EVERY)
    from tuidesk.cli.entry import run

    run()


if __name__ == "__main__":
    main()
