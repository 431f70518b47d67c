"""Ticket numbers: their form, counters and patterns."""

from __future__ import annotations

import doctest
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.domain import numbers as module
from tuidesk.core.domain.numbers import NumberStyle, check_digit, counter_key, format_number, number_pattern
from tuidesk.core.errors import Invalid

DAY = date(2024, 3, 9)
STYLES = st.builds(
    NumberStyle,
    generator=st.sampled_from(["AutoIncrement", "DateChecksum"]),
    system_id=st.text("0123456789", min_size=1, max_size=4),
    min_counter_size=st.integers(1, 9),
    check_system_id=st.booleans(),
)


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    ("style", "counter", "expected"),
    [
        (NumberStyle(), 1, "1000001"),
        (NumberStyle(), 99_999, "1099999"),
        (NumberStyle(), 100_000, "10100000"),
        (NumberStyle(system_id="7", min_counter_size=3), 42, "7042"),
        (NumberStyle("DateChecksum"), 1, "2024030910000012"),
        (NumberStyle("DateChecksum"), 2, "2024030910000021"),  # sum 39, hence 1
        (NumberStyle("DateChecksum"), 3, "2024030910000031"),  # sum 40, hence 10, hence 1
        (NumberStyle("DateChecksum"), 4, "2024030910000049"),  # sum 41, hence 9
        (NumberStyle("DateChecksum"), 100_000, "20240309101000002"),
    ],
)
def test_format(style: NumberStyle, counter: int, expected: str) -> None:
    assert format_number(style, counter, DAY) == expected


@pytest.mark.parametrize(
    ("digits", "expected"),
    [("", 1), ("0", 1), ("1", 9), ("01", 8), ("5", 5), ("05", 1), ("11", 7), ("91", 9)],
)
def test_check_digit(digits: str, expected: int) -> None:
    assert check_digit(digits) == expected


def test_only_dates_have_daily_counters() -> None:
    next_day = date(2024, 3, 10)
    assert counter_key(NumberStyle(), DAY) == counter_key(NumberStyle(), next_day)
    dated = NumberStyle("DateChecksum")
    assert counter_key(dated, DAY) == "DateChecksum:20240309"
    assert len({counter_key(dated, DAY), counter_key(dated, next_day), counter_key(NumberStyle(), DAY)}) == 3


@given(STYLES, st.data())
def test_a_pattern_matches_the_numbers_of_its_style(style: NumberStyle, data: st.DataObject) -> None:
    counter = data.draw(st.integers(1, 10 ** (style.min_counter_size + 5) - 1))
    day = data.draw(st.dates())
    assert re.fullmatch(number_pattern(style), format_number(style, counter, day))


@given(STYLES, st.lists(st.tuples(st.integers(1, 10**7), st.dates()), min_size=2, max_size=2, unique=True))
def test_two_drawn_counters_never_give_one_number(style: NumberStyle, drawn: list[tuple[int, date]]) -> None:
    (one, first), (other, second) = drawn
    if (counter_key(style, first), one) != (counter_key(style, second), other):
        assert format_number(style, one, first) != format_number(style, other, second)


@pytest.mark.parametrize(
    ("style", "number", "fits"),
    [
        (NumberStyle(), "1000001", True),
        (NumberStyle(), "2000001", False),
        (NumberStyle(), "100001", False),
        (NumberStyle(), "1" + "0" * 11, True),
        (NumberStyle(), "1" + "0" * 12, False),
        (NumberStyle(check_system_id=False), "2000001", True),
        (NumberStyle(check_system_id=False), "9999", False),
        (NumberStyle("DateChecksum"), "2024030910000012", True),
        (NumberStyle("DateChecksum"), "2024030911000012", False),
        (NumberStyle("DateChecksum", check_system_id=False), "2024030911000012", True),
        (NumberStyle("DateChecksum"), "1000001", False),
    ],
)
def test_pattern(style: NumberStyle, number: str, fits: bool) -> None:
    assert bool(re.fullmatch(number_pattern(style), number)) is fits


@pytest.mark.parametrize("system_id", ["", "x", "1.", "²", "١"])
def test_a_system_id_is_made_of_digits(system_id: str) -> None:
    with pytest.raises(Invalid):
        NumberStyle(system_id=system_id)


def test_other_values_that_cannot_be() -> None:
    with pytest.raises(Invalid):
        NumberStyle(generator="Random")  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        NumberStyle(min_counter_size=0)
    with pytest.raises(Invalid):
        format_number(NumberStyle(), 0, DAY)
