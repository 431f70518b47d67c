"""Sequences, counts and what they come to."""

from __future__ import annotations

import pytest

from tuidesk.key_reader import KeyReader, Outcome, shown_keys

TABLE = {("j",): "down", ("g", "g"): "first", ("g", "1"): "view", ("enter",): "open", ("!", "3"): "normal"}


def _typed(keys: str) -> list[tuple[str, int | None]]:
    reader = KeyReader(TABLE)
    done = []
    for key in keys.split():
        reading = reader.feed(key)
        if reading.outcome is Outcome.ACTION:
            done.append((reading.action_id, reading.count))
    return done


@pytest.mark.parametrize(
    ("keys", "done"),
    [
        ("j", [("down", None)]),
        ("1 2 j j", [("down", 12), ("down", None)]),
        ("g g", [("first", None)]),
        ("g 1", [("view", None)]),
        ("5 g g", [("first", 5)]),
        ("g x j", [("down", None)]),
        ("0 j", [("down", None)]),
        ("1 0 j", [("down", 10)]),
        ("! 3 ! j j", [("normal", None), ("down", None)]),
        ("2 0 2 6 1 1 2 4 1 0 0 0 0 0 0 1 enter", [("open", 2026112410000001)]),
    ],
)
def test_keys_come_to_actions(keys: str, done: list[tuple[str, int | None]]) -> None:
    assert _typed(keys) == done


def test_the_digits_are_kept_as_typed() -> None:
    reader = KeyReader(TABLE)
    for key in "4711":
        reader.feed(key)
    assert reader.feed("enter").digits == "4711"


def test_what_waits_is_shown_and_can_be_forgotten() -> None:
    reader = KeyReader(TABLE)
    reader.feed("3")
    reader.feed("g")
    assert reader.pending == "3g"
    assert {shown_keys(keys) for keys, _ in reader.completions()} == {"g", "1"}
    assert reader.reset()
    assert not reader.reset()
    assert reader.feed("g").outcome is Outcome.PENDING
