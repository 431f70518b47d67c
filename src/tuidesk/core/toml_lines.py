"""Where in a TOML text each key stands, which the parser of the standard library does not tell.

Here lives the search for lines only; what the keys mean is for those who read them. The parser itself is
asked (which lines make a whole document?), so strings over several lines, quoted and dotted keys and inline
tables are all found right. That costs one parse a line: for error messages and small files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tomllib

KeyPath = tuple[str, ...]


def quoted(text: str) -> str:
    """Return `text` as a TOML basic string, on one line.

    >>> print(quoted('say "hi"'))
    "say \\"hi\\""
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\u{ord(match[0]):04x}", escaped) + '"'


def flattened(data: Mapping[str, object], above: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    """Yield each table (as an empty dict) and each value of `data` with the path of its keys."""
    for key, value in data.items():
        path = (*above, key)
        if isinstance(value, dict):
            yield path, {}
            yield from flattened(value, path)
        else:
            yield path, value


def key_lines(text: str) -> dict[KeyPath, tuple[int, int]]:
    """Return the first and last line (from 1) that set each table and key of the valid TOML `text`."""
    import tomllib  # slow to import, and most processes of a script have no file to read

    found: dict[KeyPath, tuple[int, int]] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    complete = 0
    for number in range(1, len(lines) + 1):
        try:
            data = tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
        for path, _value in flattened(data):
            found.setdefault(path, (complete + 1, number))
        complete = number
    return found


def broken_line(text: str, error: tomllib.TOMLDecodeError) -> int:
    """Return the line (from 1) at which parsing `text` failed with `error`."""
    named = re.search(r"at line (\d+)", str(error))
    return int(named[1]) if named else len(text.rstrip("\n").split("\n"))
