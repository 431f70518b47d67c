"""`python -m benchmarks [name ...] [--json FILE]`: run benchmarks, print a table."""

from __future__ import annotations

import argparse
import json
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the servers that tests start as well

from benchmarks import ingest, mail_reading, processes, reading, terminal
from benchmarks.figures import Figure, table
from benchmarks.world import Options, World

BENCHMARKS: dict[str, Callable[[World], Iterable[Figure]]] = {
    "lists": reading.lists,
    "deep": reading.deep,
    "dashboard": reading.dashboard,
    "search": reading.search,
    "ingest": ingest.ingest,
    "mail": mail_reading.mail_reading,
    "startup": processes.startup,
    "memory": processes.memory,
    "terminal": terminal.terminal,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; return 0 when every bar was reached, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "tuidesk-benchmarks",
        help="folder for the large databases, built once (3 GB)",
    )
    parser.add_argument("--tickets", type=int, default=1_000_000, help="size of the large databases")
    parser.add_argument("--mails", type=Path, help="folder of *.eml to take in; without it mails are made")
    parser.add_argument("--mail-count", type=int, default=400, help="how many mails are taken in a round")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each comparison is repeated")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append", help="only this one")
    given = parser.parse_args(arguments)
    unknown = set(given.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    given.cache.mkdir(parents=True, exist_ok=True)
    options = Options(
        cache=given.cache.resolve(),
        tickets=given.tickets,
        mails=given.mails,
        mail_count=given.mail_count,
        seconds=given.seconds,
        databases=tuple(given.database or ("sqlite", "postgresql")),
    )
    figures: list[Figure] = []
    world = World(options)
    with world.stack:
        for name in given.names or BENCHMARKS:
            for figure in BENCHMARKS[name](world):
                figures.append(figure)
                mark = " " if figure.holds else "!"
                print(f"{mark} {name}: {figure.what}: {figure.value:.3g} ({figure.bar}) {figure.detail}", file=sys.stderr)
    print(table(figures))
    if given.json:
        machine = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "machine": platform.machine()}
        content = {"machine": machine, "tickets": given.tickets, "figures": [figure.as_json() for figure in figures]}
        given.json.write_text(json.dumps(content, indent=1) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
