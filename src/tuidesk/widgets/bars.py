"""Bars and day histograms as text: exact figures beside them, eighths of a cell, no colour needed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = " ▁▂▃▄▅▆▇█"


def bar(value: int, most: int, width: int) -> str:
    """Return a bar of `width` cells, as full as the value is of the most there is.

    >>> bar(3, 4, 4)
    '███ '
    """
    if width <= 0:
        return ""
    if most <= 0 or value <= 0:
        return " " * width
    eighths = max(1, min(width * 8, round(value * width * 8 / most)))
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def histogram(values: Sequence[int]) -> str:
    """Return one character a value, as high as the value is of the highest; any value above 0 shows.

    >>> histogram([0, 1, 8])
    ' ▁█'
    """
    most = max(values, default=0)
    if most <= 0:
        return " " * len(values)
    return "".join(_LEVELS[0 if value <= 0 else max(1, round(value * 8 / most))] for value in values)
