"""Times in words, wrapping, fuzzy matching: tables, and properties that hold for any text."""

from __future__ import annotations

import doctest
import importlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tuidesk.core.domain.safe_text import UNSAFE, safe_text
from tuidesk.widgets.date_words import parse_when
from tuidesk.widgets.fuzzy import ranked, score
from tuidesk.widgets.safe import fit
from tuidesk.widgets.wrap import wrap_line

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)  # 14:30 in Berlin


@pytest.mark.parametrize(
    "name",
    ["widgets.ages", "widgets.bars", "widgets.date_words", "widgets.fuzzy", "widgets.safe", "widgets.wrap",
     "key_reader", "screens.presenting"],
)  # fmt: skip
def test_examples_in_the_docs_hold(name: str) -> None:
    results = doctest.testmod(importlib.import_module(f"tuidesk.{name}"))
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize(
    ("words", "local"),
    [
        ("mo9", "2026-11-30 09:00"),
        ("mon 9:30", "2026-11-30 09:30"),
        ("di", "2026-12-01 09:00"),
        ("tue 16", "2026-11-24 16:00"),
        ("morgen 14", "2026-11-25 14:00"),
        ("heute 18:15", "2026-11-24 18:15"),
        ("übermorgen", "2026-11-26 09:00"),
        ("+3d", "2026-11-27 14:30"),
        ("+2h", "2026-11-24 16:30"),
        ("+1w", "2026-12-01 14:30"),
        ("+ 90 min", "2026-11-24 16:00"),
        ("next fri", "2026-11-27 09:00"),
        ("next tue 16", "2026-12-01 16:00"),
        ("Friday at 8am", "2026-11-27 08:00"),
        ("17", "2026-11-24 17:00"),
        ("8", "2026-11-25 08:00"),
        ("24.12.", "2026-12-24 09:00"),
        ("1.2. 10", "2027-02-01 10:00"),
        ("1.2.28", "2028-02-01 09:00"),
        ("2026-12-24 9:30", "2026-12-24 09:30"),
        ("  MO   9  ", "2026-11-30 09:00"),
    ],
)
def test_words_mean_times(words: str, local: str) -> None:
    at = parse_when(words, TUESDAY, BERLIN)
    assert at is not None
    assert at.tzinfo is UTC
    assert f"{at.astimezone(BERLIN):%Y-%m-%d %H:%M}" == local


@pytest.mark.parametrize(
    "words",
    ["", "soon", "mo99", "25:00", "31.2.", "2020-01-01", "heute 9", "+3y", "+99999d", "9:75", "mon at", "x" * 500,
     "+9999w extra", "0.0.", "moo"],
)  # fmt: skip
def test_words_without_a_meaning_or_in_the_past_mean_nothing(words: str) -> None:
    assert parse_when(words, TUESDAY, BERLIN) is None


def test_a_day_later_is_the_same_time_on_the_clock_when_summer_time_ends() -> None:
    before = datetime(2026, 10, 24, 10, tzinfo=UTC)  # 12:00; the clocks go back in the night
    at = parse_when("+1d", before, BERLIN)
    assert at is not None
    assert at.astimezone(BERLIN).hour == 12


@given(st.text(max_size=80))
def test_any_words_give_a_future_time_or_nothing(words: str) -> None:
    at = parse_when(words, TUESDAY, BERLIN)
    assert at is None or at > TUESDAY


@example(text="⺀\xa0", width=2)
@given(st.text(alphabet=st.characters(exclude_characters="\n"), max_size=300), st.integers(2, 60))
def test_pieces_fit_and_lose_nothing_but_blanks(text: str, width: int) -> None:
    line = safe_text(text, multiline=False)
    pieces = list(wrap_line(line, width))
    assert all(cell_len(piece) <= width for piece in pieces)
    assert "".join("".join(pieces).split(" ")) == "".join(line.split(" "))


@example(text="\u200d", width=1)
@given(st.text(max_size=200), st.integers(0, 50))
def test_fitted_text_has_exactly_its_width(text: str, width: int) -> None:
    fitted = fit(safe_text(text, multiline=False), width)
    assert cell_len(fitted) == width
    assert not UNSAFE.search(fitted)


def test_a_long_word_is_broken_in_linear_time() -> None:
    assert sum(len(piece) for piece in wrap_line("x" * 200_000, 80)) == 200_000
    assert sum(len(piece) for piece in wrap_line("日" * 50_000, 80)) == 50_000


def test_better_places_come_first() -> None:
    names = ["Junk", "Support::L1", "Support::L2", "Sales", "Mail::Support"]
    assert [names[n] for n in ranked("support", names)] == ["Support::L1", "Support::L2", "Mail::Support"]
    assert [names[n] for n in ranked("l2", names)][0] == "Support::L2"
    assert score("zz", "Sales") is None
    assert ranked("", names) == [0, 1, 2, 3, 4]
