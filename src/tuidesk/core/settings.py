"""The settings of one process: frozen, read once at its start, from flags, environment and files.

Here lives what settings there are for the program, and which source wins. What admins manage (queues, SLAs,
rules) is in the database and not here. Must not import pydantic nor anything else that is slow: every command
reads settings. Invariant: a `Settings` holds only values of the allowed form; everything that was given is
checked, also what a stronger source overrides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuidesk.core.errors import ConfigError
from tuidesk.core.i18n import _
from tuidesk.core.secrets import Secret, mask_urls, read_secret
from tuidesk.core.settings_file import Given, read_file, settings_files, user_file, write_config
from tuidesk.core.settings_keys import (
    KEY_BY_NAME,
    KEYS,
    OTHER_PREFIXES,
    OTHER_VARIABLES,
    suggestion,
)
from tuidesk.core.settings_values import has_password

__all__ = [
    "DeskSettings",
    "LogSettings",
    "MailSettings",
    "Origin",
    "Settings",
    "UiSettings",
    "load_settings",
    "origins",
    "settings_files",
    "user_file",
    "write_config",
]

_PREFIX = "TUIDESK_"


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """Table `[desk]`: what all agents and all processes of one desk must agree on."""

    timezone: str
    """`desk.timezone`: name of a zone of the tz database. Default UTC."""

    hook: str
    """`desk.hook`: 1 to 30 characters before a number, no brackets, no digit at the end. Default Ticket#."""

    number_generator: str
    """`desk.number_generator`: AutoIncrement or DateChecksum. Default AutoIncrement."""

    system_id: str
    """`desk.system_id`: 1 to 10 digits, leading zeros count. Default 10."""

    fqdn: str
    """`desk.fqdn`: host name for Message-IDs. Default "", which means `host_name()`."""

    def host_name(self) -> str:
        """Return `fqdn`, or the name this machine has; may ask DNS, so it may block. Never empty."""
        if self.fqdn:
            return self.fqdn
        import socket

        found = socket.getfqdn()
        try:
            # A machine without a proper name may answer with an IPv6 address, which no Message-ID may hold.
            KEY_BY_NAME["desk.fqdn"].kind.parse(found, None)
        except ValueError:
            found = ""
        return found or "localhost"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Table `[mail]`: taking mail in and sending it."""

    max_size_bytes: int
    """`mail.max_size`: KB, MB, GB of 1024; 64KB to 1GB. Default 32MB."""

    poll_interval_s: int
    """`mail.poll_interval`: s, m, h, d; 5s to 1d. Default 60s."""

    undo_send_s: int
    """`mail.undo_send`: s, m, h, d; 0s (off) to 1h. Default 10s."""

    auto_replies_per_day: int
    """`mail.auto_replies_per_day`: to one address; 0 (none) to 10000. Default 40."""

    default_queue: str
    """`mail.default_queue`: name of a queue, 1 to 200 characters; not looked up here. Default Raw."""

    workers: int
    """`mail.workers`: ingest processes, 1 to 8; SQLite uses one whatever it says. Default 1."""


@dataclass(frozen=True, slots=True)
class UiSettings:
    """Table `[ui]`: the terminal interface of this user."""

    editor: str
    """`ui.editor`: builtin, a command line to be split as a shell does, "" for $VISUAL or $EDITOR. Default ""."""

    theme: str
    """`ui.theme`: name of a theme, "" for the one tuidesk comes with. Default ""."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Table `[log]`."""

    file: Path
    """`log.file`: absolute path. Default tuidesk.log in the user's log folder."""

    level: str
    """`log.level`: DEBUG, INFO, WARNING or ERROR. Default INFO."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; made by `load_settings` only, so that no default stands in two places."""

    database_url: str
    """`database_url`: sqlite:////absolute/path or postgresql://…

    Default: desk.sqlite3 in the user's data folder.
    """

    database_password: str
    """`database_password`: reference to the secret of a PostgreSQL user, "" for none. Default ""."""

    secrets_file: Path
    """`secrets_file`: absolute path of the secrets file.

    Default: secrets.toml in the user's configuration folder.
    """

    language: str
    """`language`: code such as de or pt_BR, "" for that of the environment. Default ""."""

    desk: DeskSettings
    mail: MailSettings
    ui: UiSettings
    log: LogSettings

    def database_secret(self) -> Secret | None:
        """Return the password that belongs to `database_url`, None when there is none. Raises SecretError."""
        url = self.database_url
        if not self.database_password or url.startswith("sqlite") or has_password(url):
            return None
        return read_secret(self.database_password, self.secrets_file)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value of a setting in force comes from.

    `source` is `flag`, a variable's name, a file's path or `default`; `line` is 0 unless it is a file;
    `text` is the value as it was written there, a password in a URL masked.
    """

    key: str
    text: str
    source: str
    line: int


def load_settings(flags: Mapping[str, str], environ: Mapping[str, str], files: Iterable[Path]) -> Settings:
    """Return the settings: `flags` win over `environ`, that over `files`, the first file over the others.

    `flags` gives text by key (`desk.hook`), only what the user gave; `files` as `settings_files()` names
    them, missing ones are skipped. An empty variable counts as not set. A relative path is taken from the
    folder of the file that holds it, from the working directory otherwise. Defaults for paths follow
    `os.environ` (XDG). Raises ConfigError for the first thing that is wrong.
    """
    values: dict[str, dict[str, Any]] = {}
    for given in _in_force(flags, environ, files).values():
        values.setdefault(given.key.table, {})[given.key.field] = given.value()
    return Settings(
        **values[""],
        desk=DeskSettings(**values["desk"]),
        mail=MailSettings(**values["mail"]),
        ui=UiSettings(**values["ui"]),
        log=LogSettings(**values["log"]),
    )


def origins(flags: Mapping[str, str], environ: Mapping[str, str], files: Iterable[Path]) -> tuple[Origin, ...]:
    """Return for every key its value in force and where it comes from, in the order of `write_config`.

    Arguments and errors as for `load_settings`.
    """
    return tuple(
        Origin(given.key.name, mask_urls(given.text), given.source, given.line())
        for given in _in_force(flags, environ, files).values()
    )


def _in_force(flags: Mapping[str, str], environ: Mapping[str, str], files: Iterable[Path]) -> dict[str, Given]:
    levels = (*(read_file(path) for path in reversed(tuple(files))), _from_environment(environ), _from_flags(flags))
    found: dict[str, Given] = {}
    for level in levels:
        for given in level:
            given.value()
            known = found.get(given.key.name)
            if given.key.name == "database_url" and known is not None and known.text != given.text:
                found.pop("database_password", None)  # that of another database is not for this one's server
        found.update({given.key.name: given for given in level})
    return {key.name: found.get(key.name) or Given(key, key.default(), "default", _no_line) for key in KEYS}


def _from_flags(flags: Mapping[str, str]) -> list[Given]:
    for name, text in flags.items():
        if name not in KEY_BY_NAME:
            raise ConfigError("flag", name, 0, mask_urls(text), suggestion(name))
    return [Given(KEY_BY_NAME[name], text, "flag", _no_line) for name, text in flags.items()]


def _from_environment(environ: Mapping[str, str]) -> list[Given]:
    by_variable = {key.variable: key for key in KEYS}
    found = []
    for variable, text in environ.items():
        if not variable.startswith(_PREFIX) or not text:
            continue
        if variable in by_variable:
            found.append(Given(by_variable[variable], text, variable, _no_line))
        elif variable not in OTHER_VARIABLES and not variable.startswith(OTHER_PREFIXES):
            raise _unknown_variable(variable, text)
    return found


def _unknown_variable(variable: str, text: str) -> ConfigError:
    from difflib import get_close_matches

    known = [key.variable for key in KEYS]
    # Compared without what all of them begin with, which would make everything look alike.
    names = [name.removeprefix(_PREFIX) for name in known]
    close = get_close_matches(variable.removeprefix(_PREFIX), names, 1, 0.6)
    allowed = (
        _("a known variable; did you mean {name}?").format(name=_PREFIX + close[0])
        if close
        else _("one of the variables {names}").format(names=", ".join(known))
    )
    return ConfigError(variable, "", 0, mask_urls(text), allowed)


def _no_line() -> int:
    return 0
