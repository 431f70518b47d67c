"""The hook in subjects: building, cleaning, finding."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.domain import subject as module
from tuidesk.core.domain.numbers import NumberStyle, number_pattern
from tuidesk.core.domain.subject import (
    MAX_NUMBERS,
    Position,
    SubjectKind,
    SubjectStyle,
    build_subject,
    clean_subject,
    find_numbers,
)

NUMBER = "1000001"
PATTERN = number_pattern(NumberStyle())
SUBJECTS = st.one_of(
    st.text(max_size=150),
    st.lists(
        st.sampled_from(
            ["Re: ", "RE[2]:", "Fwd: ", "[Ticket#1000001] ", "Ticket#: 1000001", "ticket#1000002 ", "x "]
        ),
        max_size=20,
    ).map("".join),
)  # fmt: skip


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    ("position", "kind", "expected"),
    [
        ("Left", "new", "[Ticket#1000001] Help"),
        ("Left", "reply", "Re: [Ticket#1000001] Help"),
        ("Left", "forward", "Fwd: [Ticket#1000001] Help"),
        ("Right", "new", "Help [Ticket#1000001]"),
        ("Right", "reply", "Re: Help [Ticket#1000001]"),
        ("Right", "forward", "Fwd: Help [Ticket#1000001]"),
        ("None", "new", "Help"),
        ("None", "reply", "Re: Help"),
        ("None", "forward", "Fwd: Help"),
    ],
)
def test_build(position: Position, kind: SubjectKind, expected: str) -> None:
    style = SubjectStyle(position=position)
    assert build_subject(style, NUMBER, "Help", kind) == expected
    assert build_subject(style, NUMBER, expected, kind) == expected


def test_build_without_prefix_subject_or_number() -> None:
    assert build_subject(SubjectStyle(re=""), NUMBER, "Help", "reply") == "[Ticket#1000001] Help"
    assert build_subject(SubjectStyle(), NUMBER, "", "reply") == "Re: [Ticket#1000001]"
    assert build_subject(SubjectStyle(), "", "Help", "reply") == "Re: Help"


def test_build_with_divider() -> None:
    style = SubjectStyle(hook="Call", divider=" no. ")
    built = build_subject(style, NUMBER, "Help", "new")
    assert built == "[Call no. 1000001] Help"
    assert find_numbers(style, PATTERN, built) == [NUMBER]
    assert clean_subject(style, NUMBER, built) == "Help"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Help", "Help"),
        ("Re: Help", "Help"),
        ("RE: re: Re[2]: Re[13]:Help", "Help"),
        ("Re: Fwd: Re: Help", "Help"),
        ("AW: Help", "AW: Help"),
        ("Regarding: Help", "Regarding: Help"),
        ("Help Re: me", "Help Re: me"),
        ("[Ticket#1000001] Help", "Help"),
        ("Re: [Ticket#: 1000001] Re: Help", "Help"),
        ("[Ticket#:1000001] Help", "Help"),
        ("TICKET#1000001 Help", "Help"),
        ("Help Ticket#: 1000001", "Help"),
        ("[Ticket#1000002] Help", "[Ticket#1000002] Help"),
        ("[Ticket#10000011] Help", "[Ticket#10000011] Help"),
        ("Help 1000001", "Help 1000001"),
        ("  a\r\n b\t c ", "a b c"),
        ("Re:", ""),
    ],
)
def test_clean(subject: str, expected: str) -> None:
    assert clean_subject(SubjectStyle(), NUMBER, subject) == expected


def test_clean_follows_the_configured_words() -> None:
    style = SubjectStyle(re="AW", fwd="")
    assert clean_subject(style, NUMBER, "AW: aw[3]: Re: Help") == "Re: Help"
    assert clean_subject(SubjectStyle(re="", fwd=""), NUMBER, "Re: Help") == "Re: Help"
    assert clean_subject(SubjectStyle(hook="T[.*"), NUMBER, "[T[.*1000001] Help") == "Help"


def test_clean_cuts() -> None:
    assert clean_subject(SubjectStyle(), NUMBER, "x" * 100) == "x" * 100
    assert clean_subject(SubjectStyle(), NUMBER, "x" * 101) == "x" * 100 + " [...]"
    assert clean_subject(SubjectStyle(size=4), NUMBER, "abc defg") == "abc [...]"


@given(SUBJECTS, st.sampled_from(["Left", "Right"]), st.sampled_from(["new", "reply", "forward"]))
def test_a_built_subject_is_one_line_that_quotes_its_number(
    subject: str, position: Position, kind: SubjectKind
) -> None:
    style = SubjectStyle(position=position)
    built = build_subject(style, NUMBER, subject, kind)
    assert len(built.splitlines()) == 1
    assert NUMBER in find_numbers(style, PATTERN, built)
    assert len(built) <= style.size + len(" [...]") + len("Fwd: [Ticket#1000001] ")


@given(st.text(max_size=150).filter(lambda s: "icket" not in s.lower()))
def test_cleaning_twice_changes_nothing(subject: str) -> None:
    once = clean_subject(SubjectStyle(), NUMBER, subject)
    assert clean_subject(SubjectStyle(), NUMBER, once) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Re: [Ticket#1000001] Help", ["1000001"]),
        ("ticket#1000001", ["1000001"]),
        ("Ticket#:1000001", ["1000001"]),
        ("Ticket#:  1000001", ["1000001"]),
        ("Ticket#:   1000001", []),
        ("Ticket# 1000001", []),
        ("Ticket 1000001", []),
        ("1000001", []),
        ("Ticket#2000001", []),
        ("Ticket#1000", []),
        ("Ticket#1000001x", ["1000001"]),
        ("Ticket#100000123456789", []),
        ("Ticket#:1000002 Ticket#1000001 TICKET#1000002", ["1000002", "1000001"]),
        ("Ticket#١٠٠٠٠٠١", []),
    ],
)
def test_find(text: str, expected: list[str]) -> None:
    assert find_numbers(SubjectStyle(), PATTERN, text) == expected


def test_find_without_a_hook_takes_whole_numbers_only() -> None:
    style = SubjectStyle(hook="")
    assert find_numbers(style, PATTERN, "[1000001] 991000002") == ["1000001"]


def test_find_dates() -> None:
    pattern = number_pattern(NumberStyle("DateChecksum"))
    assert find_numbers(SubjectStyle(), pattern, "[Ticket#2024030910000012]") == ["2024030910000012"]
    assert find_numbers(SubjectStyle(), pattern, "[Ticket#2024030999000012]") == []


@pytest.mark.parametrize(
    "unit", ["Ticket#", "Ticket#:  ", "Ticket#10000", "1", "Ticket#1000000000000000", " ", "[", "ſ", "Re[1]:"]
)
def test_hostile_texts_are_searched_and_cleaned(unit: str) -> None:
    text = unit * (1_000_000 // len(unit)) + " Ticket#1000001"
    assert NUMBER in find_numbers(SubjectStyle(), PATTERN, text)
    assert len(clean_subject(SubjectStyle(), NUMBER, text)) <= 106


def test_found_numbers_are_bounded() -> None:
    text = " ".join(f"Ticket#10{n:05d}" for n in range(1000))
    assert find_numbers(SubjectStyle(), PATTERN, text) == [f"10{n:05d}" for n in range(MAX_NUMBERS)]
