"""Ticket numbers (OTRS rule 1.2): their form, the counter behind them, how mail is searched for them.

Drawing a counter is the store's. Invariant: every number that `format_number` makes is matched whole
by `number_pattern` of the same style, as long as its counter has at most five digits more than usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from tuidesk.core.errors import Invalid

Generator: TypeAlias = Literal["AutoIncrement", "DateChecksum"]

_DAILY_DIGITS = 5
_MORE_DIGITS = 5


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How numbers are made. `min_counter_size` is for AutoIncrement; a day's counter has five digits.

    With `check_system_id` a number of another desk is not taken for one of ours.
    Raises Invalid when `system_id` is not made of digits or the generator is not known.
    """

    generator: Generator = "AutoIncrement"
    system_id: str = "10"
    min_counter_size: int = 5
    check_system_id: bool = True

    def __post_init__(self) -> None:
        if not (self.system_id.isascii() and self.system_id.isdigit()):
            raise Invalid("system_id", self.system_id, "digits")
        if self.generator not in ("AutoIncrement", "DateChecksum"):
            raise Invalid("generator", self.generator, "AutoIncrement, DateChecksum")
        if not 1 <= self.min_counter_size <= 20:
            raise Invalid("min_counter_size", self.min_counter_size, "1 to 20")


def counter_key(style: NumberStyle, today: date) -> str:
    """Return the name of the counter that the next number is drawn from; dates have one for each day.

    >>> counter_key(NumberStyle(), date(2024, 3, 9))
    'AutoIncrement'
    >>> counter_key(NumberStyle("DateChecksum"), date(2024, 3, 9))
    'DateChecksum:20240309'
    """
    if style.generator == "DateChecksum":
        return f"{style.generator}:{_day(today)}"
    return style.generator


def format_number(style: NumberStyle, counter: int, today: date) -> str:
    """Return the ticket number for a drawn counter. Raises Invalid when the counter is below 1.

    >>> format_number(NumberStyle(), 1, date(2024, 3, 9))
    '1000001'
    >>> format_number(NumberStyle("DateChecksum"), 1, date(2024, 3, 9))
    '2024030910000012'
    """
    if counter < 1:
        raise Invalid("counter", counter, "1 or more")
    if style.generator == "DateChecksum":
        digits = f"{_day(today)}{style.system_id}{counter:0{_DAILY_DIGITS}d}"
        return f"{digits}{check_digit(digits)}"
    return f"{style.system_id}{counter:0{style.min_counter_size}d}"


def number_pattern(style: NumberStyle) -> str:
    """Return the regex of a number, without groups and without anything around it.

    >>> number_pattern(NumberStyle()), number_pattern(NumberStyle("DateChecksum"))
    ('10[0-9]{5,10}', '[0-9]{8}10[0-9]{4,40}')
    """
    system_id = style.system_id if style.check_system_id else ""
    if style.generator == "DateChecksum":
        return f"[0-9]{{8}}{system_id}[0-9]{{4,40}}"
    least = style.min_counter_size
    # any system id: its digits count with those of the counter
    most = least + _MORE_DIGITS + len(style.system_id) - len(system_id)
    return f"{system_id}[0-9]{{{least},{most}}}"


def check_digit(digits: str) -> int:
    """Return the check digit: weights 1, 2, 1, 2 … from the left, 10 − sum mod 10, and 1 for 10.

    2·1 + 0·2 + 2·1 + 4·2 + 0·1 + 3·2 + 0·1 + 9·2 = 36, hence 4; 5·2 = 10 gives 10, hence 1.

    >>> check_digit("20240309"), check_digit("05")
    (4, 1)
    """
    total = sum(int(digit) * (1 + at % 2) for at, digit in enumerate(digits))
    return 10 - total % 10 if total % 10 else 1


def _day(today: date) -> str:
    return f"{today.year:04d}{today.month:02d}{today.day:02d}"
