"""Ticket numbers in subjects: the hook (OTRS rule 1.3). Which ticket a number means is not known here.

Invariant: a built subject is one line, and `find_numbers` finds its number unless the position is None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from tuidesk.core.domain.text import SIGN_OF_CUT

Position: TypeAlias = Literal["Left", "Right", "None"]
SubjectKind: TypeAlias = Literal["new", "reply", "forward"]

MAX_NUMBERS = 20
"""A text may quote numbers without end; each found one costs a look-up."""


@dataclass(frozen=True, slots=True)
class SubjectStyle:
    """How numbers stand in subjects; `size` counts the characters of the bare subject.

    An empty `re` or `fwd` means no prefix.
    """

    hook: str = "Ticket#"
    divider: str = ""
    position: Position = "Left"
    re: str = "Re"
    fwd: str = "Fwd"
    size: int = 100


def build_subject(style: SubjectStyle, number: str, subject: str, kind: SubjectKind) -> str:
    """Return the subject of an outgoing mail: cleaned, with the hook and the prefix of its kind.

    >>> build_subject(SubjectStyle(), "1000001", "RE: Re[2]: [Ticket#1000001] Help", "reply")
    'Re: [Ticket#1000001] Help'
    >>> build_subject(SubjectStyle(position="Right"), "1000001", "Help", "new")
    'Help [Ticket#1000001]'
    """
    bare = clean_subject(style, number, subject)
    hook = f"[{style.hook}{style.divider}{number}]" if number else ""
    words = {"Left": (hook, bare), "Right": (bare, hook), "None": (bare,)}[style.position]
    prefix = {"new": "", "reply": style.re, "forward": style.fwd}[kind]
    return " ".join(word for word in (f"{prefix}:" if prefix else "", *words) if word)


def clean_subject(style: SubjectStyle, number: str, subject: str) -> str:
    """Return the bare subject: without this ticket's number and leading Re and Fwd, cut at `size`.

    Numbers of other tickets stay, and so do foreign prefixes (`AW:`) that are not configured.

    >>> clean_subject(SubjectStyle(size=7), "1000001", "Fwd: Re: Ticket#: 1000001 Printer on fire")
    'Printer [...]'
    """
    bare = _without_number(style, number, subject) if number else subject
    bare = " ".join(bare.split())
    prefixes = _prefixes(style)
    if prefixes is not None:
        leading = prefixes.match(bare)
        bare = bare[leading.end() :] if leading else bare
    if len(bare) > style.size:
        bare = bare[: style.size].rstrip() + SIGN_OF_CUT
    return bare


def find_numbers(style: SubjectStyle, pattern: str, text: str) -> list[str]:
    """Return the ticket numbers that a text quotes, each once, in the order of the text, at most 20.

    `pattern` is the regex of a number (see `number_pattern`). A number counts after hook and divider
    or after hook, colon and at most two blanks, in any case, with or without brackets.

    >>> find_numbers(SubjectStyle(), "10[0-9]{5,10}", "AW: [ticket#1000002] and Ticket#:  1000001")
    ['1000002', '1000001']
    """
    found: dict[str, None] = {}
    for match in _any_number(style, pattern).finditer(text):
        found[match.group(1)] = None
        if len(found) == MAX_NUMBERS:
            break
    return list(found)


def _before_number(style: SubjectStyle) -> str:
    hook, divider = re.escape(style.hook), re.escape(style.divider)
    # without a hook, the tail of a longer number must not count as one
    start = "" if style.hook else "(?<![0-9])"
    return rf"{start}{hook}(?:{divider}|:[ \t]{{0,2}})"


@lru_cache(maxsize=64)
def _any_number(style: SubjectStyle, pattern: str) -> re.Pattern[str]:
    return re.compile(rf"{_before_number(style)}({pattern})(?![0-9])", re.IGNORECASE)


def _without_number(style: SubjectStyle, number: str, subject: str) -> str:
    return _hooked_number(style).sub(lambda found: " " if number in found.groups() else found.group(), subject)


@lru_cache(maxsize=64)
def _hooked_number(style: SubjectStyle) -> re.Pattern[str]:
    # any number, and which one it is seen afterwards: a pattern for each ticket would have to be compiled for each
    before = _before_number(style)
    return re.compile(rf"\[{before}([0-9]+)\]|{before}([0-9]+)", re.IGNORECASE)


@lru_cache(maxsize=64)
def _prefixes(style: SubjectStyle) -> re.Pattern[str] | None:
    words = "|".join(re.escape(word) for word in (style.re, style.fwd) if word)
    return re.compile(rf"(?:(?:{words})(?:\[[0-9]+\])?:\s*)+", re.IGNORECASE) if words else None
