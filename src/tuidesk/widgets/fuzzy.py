"""Fuzzy matching for short lists: letters in order, best places first. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def score(wanted: str, text: str) -> int | None:
    """Return how well a text answers what was typed, the higher the better; None when it does not.

    >>> score("sl1", "Support::L1") is not None, score("xyz", "Support::L1")
    (True, None)
    """
    wanted, text = wanted.casefold().strip(), text.casefold()
    if not wanted:
        return 0
    if text.startswith(wanted):
        return 1000 - len(text)
    found = text.find(wanted)
    if found >= 0:
        begins_word = not text[found - 1].isalnum()
        return (800 if begins_word else 600) - found
    points, place = 400, -1
    for char in wanted:
        if char == " ":
            continue
        nxt = text.find(char, place + 1)
        if nxt < 0:
            return None
        starts_word = nxt == 0 or not text[nxt - 1].isalnum()
        points -= 0 if starts_word or nxt == place + 1 else min(20, nxt - place)
        place = nxt
    return max(1, points)


def ranked(wanted: str, texts: Sequence[str]) -> list[int]:
    """Return the indexes of the texts that answer what was typed, best first; all in order for nothing."""
    scored = [(points, n) for n, text in enumerate(texts) if (points := score(wanted, text)) is not None]
    if wanted.strip():
        scored.sort(key=lambda item: (-item[0], item[1]))
    return [n for _, n in scored]
