"""`python -m tuidesk` and the `tuidesk` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line; without a command it opens the terminal application."""
    from tuidesk.cli.entry import run

    run()


if __name__ == "__main__":
    main()
