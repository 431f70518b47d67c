"""What a benchmark says: figures with their bars, and how two things are timed fairly beside each other.

A machine that is shared runs now faster, now slower. So a candidate and its baseline take turns, and what
counts is the ratio of their medians, not the times.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure must reach: at most, or at least, `limit` of `unit`."""

    limit: float
    unit: str
    at_least: bool = False

    def holds(self, value: float) -> bool:
        """Say whether a value reaches the bar."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `detail` holds what the value was reckoned from, for people."""

    benchmark: str
    what: str
    value: float
    bar: Bar
    detail: str = ""
    raw: Mapping[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """True when the bar is reached."""
        return self.bar.holds(self.value)

    def as_json(self) -> dict[str, object]:
        """Return the figure as JSON values."""
        return {
            "benchmark": self.benchmark,
            "what": self.what,
            "value": round(self.value, 4),
            "bar": str(self.bar),
            "holds": self.holds,
            "detail": self.detail,
            **{name: round(value, 6) for name, value in self.raw.items()},
        }


def interleaved(
    *works: Callable[[], object], seconds: float = 1.0, least: int = 9, most: int = 400
) -> list[float]:
    """Return the median seconds of each work; they take turns, and each is run once before it counts.

    Rounds are repeated for about `seconds`, at least `least` and at most `most` times.
    """
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    gc.collect()
    gc.disable()
    try:
        end = time.perf_counter() + seconds
        while len(times[0]) < least or (len(times[0]) < most and time.perf_counter() < end):
            turn = len(times[0]) % len(works)
            for n in (*range(turn, len(works)), *range(turn)):
                start = time.perf_counter()
                works[n]()
                times[n].append(time.perf_counter() - start)
    finally:
        gc.enable()
    return [statistics.median(found) for found in times]


def milliseconds(seconds: float) -> str:
    """Return a short time for people."""
    return f"{seconds * 1e3:.3g} ms"


def table(figures: Sequence[Figure]) -> str:
    """Return figures as a Markdown table."""
    lines = ["| what | value | bar | | from |", "|---|---|---|---|---|"]
    for one in figures:
        mark = "reached" if one.holds else "**missed**"
        lines.append(f"| {one.benchmark}: {one.what} | {one.value:.3g} {one.bar.unit} | {one.bar} | {mark} | {one.detail} |")
    return "\n".join(lines)
