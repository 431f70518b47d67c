"""What the settings of a mail account may say, by its kind. Pure: nothing is opened or looked up here.

Invariant: settings that come back hold only known keys, no empty values, and a value for every key
that has a usual one, except the port, which follows the kind and the security when it is not given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import TypeAlias

from tuidesk.core.admin.values import line_value
from tuidesk.core.errors import Invalid
from tuidesk.core.i18n import _

Value: TypeAlias = str | int
KINDS = ("imap", "maildir", "smtp", "maildir-out")
PLACE_KEYS = ("user", "folder", "path", "first")
"""What says which mailbox is read from where on: fixed once reading has begun."""

_SECURITIES = ("tls", "starttls", "none")
_AFTER = ("mark", "move", "delete")


def checked_kind(kind: str) -> str:
    """Return a kind of account. Raises Invalid."""
    if kind not in KINDS:
        raise Invalid("kind", kind, ", ".join(KINDS))
    return kind


def checked_settings(kind: str, settings: Mapping[str, object]) -> dict[str, Value]:
    """Return the settings of an account of that kind; None and empty values count as not given.

    Raises Invalid for a key or value that the kind does not know, and for one that is missing.
    """
    readers = _READERS[checked_kind(kind)]
    for key in settings:
        if key not in readers:
            raise Invalid(str(key), settings[key], ", ".join(readers))
    checked = {key: read(key, settings.get(key)) for key, read in readers.items()}
    if checked.get("after") == "move" and not checked["move_to"]:
        raise Invalid("move_to", "", _("where to, when mail is to be moved"))
    if checked.get("move_to") and checked["after"] != "move":
        raise Invalid("move_to", checked["move_to"], _("nothing, unless after is move"))
    return {key: value for key, value in checked.items() if value != ""}


def merged_settings(kind: str, old: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, Value]:
    """Return `old` with changes, an empty one takes a value away; checked as a whole. Raises Invalid."""
    merged = {**old, **changes}
    if changes.get("after") not in (None, "move") and "move_to" not in changes:
        merged.pop("move_to", None)
    return checked_settings(kind, merged)


def checked_secret(kind: str, settings: Mapping[str, object], secret: str) -> str:
    """Return a reference to the password, empty where none is needed.

    Raises Invalid without repeating the value: somebody may have put the password itself there.
    """
    allowed = _("file:/path, env:NAME, command:program argument …, or secret:name")
    reference = secret.strip()
    needed = kind == "imap" or (kind == "smtp" and bool(settings.get("user")))
    if not needed:
        if reference:
            raise Invalid("secret", "***", _("nothing: this account does not log in"))
        return ""
    scheme, colon, rest = reference.partition(":")
    known = scheme in ("file", "env", "command", "secret")
    if not (known and colon and rest.strip() and reference.isprintable()):
        raise Invalid("secret", "***" if reference else "", allowed)
    if scheme == "file" and not rest.startswith(("/", "~")):
        raise Invalid("secret", reference, allowed)
    return reference


# --- readers of single values -------------------------------------------------------------------


def _line(key: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(key, value, _("a text"))
    return line_value(key, value)


def _needed(key: str, value: object) -> str:
    line = _line(key, value)
    if not line:
        raise Invalid(key, "", _("a text that is not empty"))
    return line


def _host(key: str, value: object) -> str:
    host = _line(key, value)
    allowed = _("a host name such as mail.example.com, or an IP address")
    if ":" in host:
        try:
            return str(ip_address(host.strip("[]")))
        except ValueError as wrong:
            raise Invalid(key, value, allowed) from wrong
    if not 0 < len(host) <= 253 or any(char.isspace() or char in "/@[]\\" for char in host):
        raise Invalid(key, host, allowed)
    return host


def _port(key: str, value: object) -> Value:
    if value is None or value in ("", 0):
        return ""
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise Invalid(key, value, "1–65535")
    port = int(text)
    if not 1 <= port <= 65535:
        raise Invalid(key, value, "1–65535")
    return port


def _path(key: str, value: object) -> str:
    path = _needed(key, value)
    if not PurePosixPath(path).is_absolute():
        raise Invalid(key, path, _("an absolute path: the daemon works in another folder"))
    return path


def _optional_path(key: str, value: object) -> str:
    return _path(key, value) if _line(key, value) else ""


def _first(key: str, value: object) -> str:
    first = _line(key, value) or "now"
    kind, _colon, day = first.partition(":")
    if first in ("now", "all"):
        return first
    allowed = _("now, all or since:YYYY-MM-DD")
    if kind != "since" or len(day) != len("YYYY-MM-DD"):
        raise Invalid(key, first, allowed)
    try:
        date.fromisoformat(day)
    except ValueError as wrong:
        raise Invalid(key, first, allowed) from wrong
    return first


def _choice(allowed: tuple[str, ...], usual: str) -> Callable[[str, object], Value]:
    def read(key: str, value: object) -> Value:
        chosen = _line(key, value) or usual
        if chosen not in allowed:
            raise Invalid(key, value, ", ".join(allowed))
        return chosen

    return read


def _folder(key: str, value: object) -> str:
    return _line(key, value) or "INBOX"


_Readers: TypeAlias = Mapping[str, Callable[[str, object], Value]]
_READERS: Mapping[str, _Readers] = {
    "imap": {
        "host": _host,
        "port": _port,
        "security": _choice(_SECURITIES, "tls"),
        "user": _needed,
        "folder": _folder,
        "after": _choice(_AFTER, "mark"),
        "move_to": _line,
        "first": _first,
        "ca_file": _optional_path,
    },
    "maildir": {
        "path": _path,
        "after": _choice(_AFTER, "mark"),
        "move_to": _optional_path,
        "first": _first,
    },
    "smtp": {
        "host": _host,
        "port": _port,
        "security": _choice(_SECURITIES, "starttls"),
        "user": _line,
        "ca_file": _optional_path,
    },
    "maildir-out": {"path": _path},
}
