"""What people write about in the demo: topics, phrases and long threads, read from `content/*.toml`.

Words with a dollar sign in a text are filled in for each ticket by `Words`, so the same topic reads
differently each time. Nothing here decides when or by whom something is written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from string import Template
from typing import Any, TypeAlias

_TOPIC_FILES = ("en", "de", "romance", "world")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of the agent and the customer's answer."""

    agent: str
    customer: str


@dataclass(frozen=True, slots=True)
class Topic:
    """One matter from the first mail to the last; `files` are kind:name, see `demo.attachments`."""

    name: str
    language: str
    queue: str
    title: str
    mail: str
    turns: tuple[Turn, ...]
    solved: str
    thanks: str = ""
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    priority: int = 3


@dataclass(frozen=True, slots=True)
class LongTopic:
    """A matter that goes on for weeks: the lines of each side are played round and round."""

    language: str
    queue: str
    title: str
    mail: str
    opening: str
    agent: tuple[str, ...]
    customer: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """What a language says around the matter itself; {name}, {date}, {other}, {subject} are filled in."""

    hello: str
    regards: str
    wrote: str
    nudge: tuple[str, ...]
    ack: tuple[str, ...]
    answer: tuple[str, ...]
    thanks: tuple[str, ...]
    unanswered: str
    waiting: str
    again: str
    away_subject: str
    away: str


Odd: TypeAlias = Mapping[str, str]
"""A mail outside the topics, by the keys of `content/odd.toml`."""


@cache
def topics() -> Sequence[Topic]:
    """Return all topics."""
    found = []
    for name in _TOPIC_FILES:
        for entry in _read(name)["topic"]:
            plain = _stripped(entry)
            turns = tuple(Turn(**_stripped(turn)) for turn in entry["turns"])
            plain |= {"turns": turns, "language": plain.get("language", "en")}
            found.append(Topic(**plain))
    return tuple(found)


@cache
def long_topics() -> Sequence[LongTopic]:
    """Return the matters that go on for weeks."""
    return tuple(LongTopic(**_stripped(entry)) for entry in _read("long")["long"])


@cache
def phrases(language: str) -> Phrases:
    """Return the phrases of a language. Raises KeyError for one that has none."""
    return Phrases(**_stripped(_read("phrases")[language]))


@cache
def odd(kind: str) -> Sequence[Odd]:
    """Return the mails of a kind: spam, alarm, begun, call, forward."""
    return tuple(_stripped(entry) for entry in _read("odd")[kind])


class Words:
    """The made-up names, numbers and dates of one ticket."""

    NAMES = ("host", "user", "order", "amount", "room", "serial", "ip", "iso")

    def __init__(self, rng: Random, today: date) -> None:
        self._values = {
            "host": f"{rng.choice(_HOSTS)}-{rng.randint(2, 89):02}",
            "user": f"{rng.choice(_LETTERS)}{rng.choice(_USERS)}{rng.randint(1, 9)}",
            "order": f"{rng.choice('ABKRT')}{rng.randint(20100, 98900)}",
            "amount": f"{rng.randint(1, 38)},{rng.randint(0, 999):03}.{rng.choice(('00', '50', '90', '17'))}",
            "room": f"{rng.choice('ABCD')}{rng.randint(0, 4)}.{rng.randint(1, 34):02}",
            "serial": f"{rng.choice('HMXZ')}{rng.randint(10**7, 10**8 - 1)}",
            "ip": f"192.0.2.{rng.randint(3, 250)}",  # RFC 5737: for documentation
            "iso": (today + timedelta(days=rng.randint(1, 9))).isoformat(),
        }

    def fill(self, text: str, **more: object) -> str:
        """Return the text with its $words filled in; unknown ones stay."""
        return Template(text).safe_substitute(self._values, **more)


_HOSTS = ("nb-amber", "nb-cobalt", "nb-fern", "ws-otter", "ws-heron", "srv-app", "srv-db", "srv-file", "pos-store")
_LETTERS = "abcdefghjkmprstw"
_USERS = ("hansen", "okoro", "lindt", "petrov", "moreau", "santos", "kowal", "sato", "weber", "nolan")


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("tuidesk.demo") / "content" / f"{name}.toml").read_text("utf-8"))


def _stripped(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with texts without blank lines around them, and lists of texts as tuples."""
    return {key: _value(value) for key, value in entry.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return tuple(_value(item) for item in value)
    return value
