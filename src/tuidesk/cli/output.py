"""The only place that prints: tables for people, JSON lines for programs, errors to standard error.

Every text goes through the sanitiser first: nothing in a mail can harm the terminal, also not in a pipe
that ends in one.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from tuidesk.core.domain.safe_text import safe_text

_DIM, _PLAIN_AGAIN = "\x1b[2m", "\x1b[22m"


def say(text: str = "") -> None:
    """Print a line or several lines of text."""
    _write(safe_text(text, multiline=True) + "\n")


def say_lines(lines: Iterable[tuple[str, bool]]) -> None:
    """Print lines, those of minor interest dimmed where standard output is a terminal that may have colours."""
    dims = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in (None, "", "dumb")
    for line, minor in lines:
        safe = safe_text(line, multiline=True)
        _write(f"{_DIM}{safe}{_PLAIN_AGAIN}\n" if minor and dims and safe else f"{safe}\n")


def complain(text: str) -> None:
    """Print to standard error."""
    sys.stderr.write(safe_text(text, multiline=True) + "\n")


def write_bytes(data: bytes) -> None:
    """Write bytes as they are: for raw mails and files that were asked for as such.

    A terminal gets them as text with nothing in it that it would obey.
    """
    if sys.stdout.isatty():
        say(data.decode("utf-8", "replace").replace("\r\n", "\n").removesuffix("\n"))
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _reader_gone()


def show_json(value: Any) -> None:
    """Print one value as one line of JSON; times as ISO 8601 in UTC."""
    _write(json.dumps(value, ensure_ascii=True, default=_plain) + "\n")


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print aligned columns; without rows only the headings."""
    table = [list(headings), *([safe_text(cell, multiline=False) for cell in row] for row in rows)]
    widths = [max(_width(row[n]) for row in table) for n in range(len(headings))]
    for row in table:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        _write("  ".join(cells).rstrip() + "\n")


def show_facts(facts: Mapping[str, str]) -> None:
    """Print one fact a line, the names aligned."""
    width = max((_width(name) for name in facts), default=0)
    for name, value in facts.items():
        _write(f"{name}{' ' * (width - _width(name))}  {safe_text(value, multiline=False)}\n")


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        _reader_gone()


def _reader_gone() -> NoReturn:
    """End as if all was written: whoever read it (`| head`) has enough. The parser of commands would call it an error."""
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 (it lives as long as the process)
    raise SystemExit(0)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
