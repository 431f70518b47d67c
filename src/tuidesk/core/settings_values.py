"""Kinds of values that settings have: how each is read from text, and what form is allowed.

Here lives what makes a value right, not which settings there are. Parsers take the text and the folder that
relative paths start from (None: the working directory) and raise ValueError, whose words nobody sees: the
reader of the setting raises ConfigError with `allowed`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tuidesk.core.i18n import _

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value; `toml` is the type it must have in a file, elsewhere all values are text.

    What is written where a `private` one belongs may be a secret itself, so no error shows it.
    """

    parse: Callable[[str, Path | None], object]
    allowed: Callable[[], str]
    toml: type[str] | type[int] = str
    private: bool = False


def matching(pattern: str, allowed: Callable[[], str]) -> Kind:
    """Text that `pattern` matches as a whole."""

    def parse(text: str, _base: Path | None) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return Kind(parse, allowed)


def secret_reference() -> Kind:
    """Where a secret is (see `secrets`), or nothing."""
    pattern = r"((file|env|command|secret):\s*\S.*)?"
    return replace(matching(pattern, lambda: _("file:/path, env:NAME, command:… or secret:name")), private=True)


def choice(*values: str) -> Kind:
    """One of `values`, in whatever case; given on as it is written here."""

    def parse(text: str, _base: Path | None) -> str:
        for value in values:
            if text.casefold() == value.casefold():
                return value
        raise ValueError(text)

    return Kind(parse, lambda: _("one of {values}").format(values=", ".join(values)))


def whole(lowest: int, highest: int) -> Kind:
    """A whole number from `lowest` to `highest`."""

    def parse(text: str, _base: Path | None) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text):
            raise ValueError(text)
        return _between(int(text), lowest, highest)

    def allowed() -> str:
        return _("a whole number from {lowest} to {highest}").format(lowest=lowest, highest=highest)

    return Kind(parse, allowed, int)


def duration(shortest: str, longest: str) -> Kind:
    """A time as a whole number with s, m, h or d behind it; the value is in seconds."""

    def allowed() -> str:
        sentence = _("a number with s, m, h or d, such as 90s or 5m, from {shortest} to {longest}")
        return sentence.format(shortest=shortest, longest=longest)

    return _with_unit(_SECONDS, shortest, longest, allowed)


def size(smallest: str, biggest: str) -> Kind:
    """A size as a whole number with KB, MB or GB behind it (1 KB = 1024 bytes); the value is in bytes."""

    def allowed() -> str:
        sentence = _("a number with KB, MB or GB, such as 32MB, from {smallest} to {biggest}")
        return sentence.format(smallest=smallest, biggest=biggest)

    return _with_unit(_BYTES, smallest, biggest, allowed)


def _with_unit(units: dict[str, int], lowest: str, highest: str, allowed: Callable[[], str]) -> Kind:
    def number(text: str) -> int:
        found = re.fullmatch(r"([0-9]{1,9}) ?([A-Za-z]+)", text)
        for unit, factor in units.items():
            if found and found[2].casefold() == unit.casefold():
                return int(found[1]) * factor
        raise ValueError(text)

    def parse(text: str, _base: Path | None) -> int:
        return _between(number(text), number(lowest), number(highest))

    return Kind(parse, allowed)


def _between(value: int, lowest: int, highest: int) -> int:
    if not lowest <= value <= highest:
        raise ValueError(value)
    return value


# --- paths, addresses, names of the world --------------------------------------------------------


def _path(text: str, base: Path | None) -> Path:
    if not text or text.endswith("/"):
        raise ValueError(text)
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:  # ~somebody, and there is no such account
        raise ValueError(text) from error
    return path if path.is_absolute() else (base or Path.cwd()) / path


def has_password(url: str) -> bool:
    """Say whether a URL of a database holds a password itself."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return bool(parts.password) or _in_parameters(parts.query)


def _in_parameters(query: str) -> bool:
    return re.search(r"(?:^|&)password=", query) is not None


def _database_url(text: str, base: Path | None) -> str:
    if text.startswith("sqlite:///"):
        path = text.removeprefix("sqlite:///")
        if "?" in path or path == ":memory:":
            raise ValueError(text)
        return f"sqlite:///{_path(path, base)}"
    from urllib.parse import urlsplit

    parts = urlsplit(text)
    if parts.scheme not in ("postgresql", "postgresql+psycopg") or not re.fullmatch(r"/[^/@]+", parts.path):
        raise ValueError(text)
    if parts.netloc.count("@") > 1 or (parts.password and _in_parameters(parts.query)):
        raise ValueError(text)  # one of two passwords, or which sign ends it, is anybody's guess
    if parts.fragment or re.search(r"\s", text) or parts.port == 0:  # .port itself refuses what is no number
        raise ValueError(text)
    return text


def _timezone(text: str, _base: Path | None) -> str:
    if text == "UTC":
        return text
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, OSError) as error:  # OSError: the name of a folder of zones
        raise ValueError(text) from error


def _command(text: str, _base: Path | None) -> str:
    import shlex

    if text and not shlex.split(text):
        raise ValueError(text)
    return text


PATH = Kind(_path, lambda: _("the path of a file"))
DATABASE_URL = Kind(
    _database_url,
    lambda: _("sqlite:///path/of/file.sqlite3 or postgresql://user@host:port/database"),
)
TIMEZONE = Kind(_timezone, lambda: _("the name of a time zone, such as UTC or Europe/Berlin"))
COMMAND = Kind(_command, lambda: _("builtin, a program with its arguments without an open quote, or nothing"))
