"""Keys to actions: sequences (`g d`), counts before them (`12 j`), and what could come next. Pure.

Invariant: no sequence of a table is the beginning of another, so a sequence acts the moment it is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

Sequence = tuple[str, ...]

COUNT_MAX = 10**16 - 1  # a ticket number that came from OTRS has 16 digits


class Outcome(Enum):
    """What a key did."""

    ACTION = auto()
    PENDING = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of one key; `count` is None when no digits came before the action."""

    outcome: Outcome
    action_id: str = ""
    count: int | None = None
    digits: str = ""


class KeyReader:
    """Reads keys against a table of sequences."""

    def __init__(self, table: Mapping[Sequence, str]) -> None:
        self._table = dict(table)
        self._prefixes = {sequence[:n] for sequence in table for n in range(1, len(sequence))}
        self._keys: Sequence = ()
        self._digits = ""

    @property
    def pending(self) -> str:
        """What was typed and waits for more, as people write it: `12g`."""
        return self._digits + "".join(shown_key(key) for key in self._keys)

    @property
    def in_prefix(self) -> bool:
        """True while a sequence has begun."""
        return bool(self._keys)

    def completions(self) -> list[tuple[Sequence, str]]:
        """Return what can still be typed, with the actions it leads to."""
        n = len(self._keys)
        return [(keys[n:], action) for keys, action in self._table.items() if n and keys[:n] == self._keys]

    def reset(self) -> bool:
        """Forget what was typed; say whether there was anything."""
        waited = bool(self._keys or self._digits)
        self._keys, self._digits = (), ""
        return waited

    def feed(self, key: str) -> Reading:
        """Take one key."""
        keys = (*self._keys, key)
        if action := self._table.get(keys):
            digits = self._digits
            count = min(int(digits), COUNT_MAX) if digits else None
            self.reset()
            return Reading(Outcome.ACTION, action, count, digits)
        if keys in self._prefixes:
            self._keys = keys
            return Reading(Outcome.PENDING)
        if not self._keys and len(key) == 1 and key in "0123456789" and (self._digits or key != "0"):
            self._digits = (self._digits + key)[:16]
            return Reading(Outcome.PENDING)
        self.reset()
        return Reading(Outcome.UNKNOWN)


_SHOWN = {
    "enter": "Enter", "escape": "Esc", "space": "Space", "tab": "Tab", "shift+tab": "S-Tab", "up": "↑",
    "down": "↓", "left": "←", "right": "→", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End",
}  # fmt: skip


def shown_key(key: str) -> str:
    """Return a key as people write it.

    >>> shown_key("ctrl+d"), shown_key("g")
    ('^d', 'g')
    """
    if key.startswith("ctrl+"):
        return "^" + key[5:]
    return _SHOWN.get(key, key)


def shown_keys(keys: Sequence) -> str:
    """Return a sequence as people write it.

    >>> shown_keys(("g", "d"))
    'gd'
    """
    return "".join(shown_key(key) for key in keys)
