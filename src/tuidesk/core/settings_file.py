"""The settings file: which files there are, reading one, writing a new one with everything explained.

Here lives the form of the file (TOML); which keys there are is in `settings_keys`, which source wins in
`settings`. Invariant: a file is used as a whole or refused with file, key, line and the allowed form; no
error shows a password.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from tuidesk.core.errors import ConfigError
from tuidesk.core.i18n import _
from tuidesk.core.secrets import MASK, mask_urls
from tuidesk.core.settings_keys import KEY_BY_NAME, KEYS, TABLES, Key, suggestion
from tuidesk.core.toml_lines import KeyPath, broken_line, flattened, key_lines, quoted

SYSTEM_FILE = Path("/etc/tuidesk/tuidesk.toml")


@dataclass(frozen=True, slots=True)
class Given:
    """A setting as one source gives it; `line` (0 = not from a file) is looked up when it is asked for."""

    key: Key
    text: str
    source: str
    line: Callable[[], int]
    base: Path | None = None

    def value(self) -> object:
        """Return what the text means. Raises ConfigError when it is not of the allowed form."""
        if self.text.isprintable():  # no setting has a use for line breaks, control characters or surrogates
            try:
                return self.key.kind.parse(self.text, self.base)
            except ValueError:
                pass
        written = MASK if self.key.kind.private else mask_urls(self.text, whole=True)
        raise ConfigError(self.source, self.key.name, self.line(), written, self.key.kind.allowed())


def user_file() -> Path:
    """Return the path of the user's settings file, whether it exists or not."""
    import platformdirs

    return platformdirs.user_config_path("tuidesk") / "tuidesk.toml"


def settings_files(config: Path | None = None) -> tuple[Path, ...]:
    """Return the files to read, strongest first: `config`, the user's, the system's.

    Raises ConfigError when `config` is named and does not exist; the others may be missing.
    """
    if config is None:
        return (user_file(), SYSTEM_FILE)
    if not config.exists():
        raise ConfigError(str(config), "", 0, "", _("the path of a file that exists"))
    return (config, user_file(), SYSTEM_FILE)


def read_file(path: Path) -> list[Given]:
    """Return the settings in the file at `path`, none when there is no such file.

    Raises ConfigError for a file that cannot be read or is no TOML, an unknown key or table (with the one
    that was probably meant) and a value of the wrong type.
    """
    text = _text(path)
    if not text:
        return []
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = broken_line(text, error)
        written = text.split("\n")[line - 1].strip()
        allowed = _("valid TOML ({reason})").format(reason=error)
        raise ConfigError(str(path), "", line, mask_urls(written), allowed) from None

    @cache
    def lines() -> dict[KeyPath, tuple[int, int]]:
        return key_lines(text)

    def line_of(where: KeyPath) -> int:
        return lines()[where][0]

    return list(_settings(path, data, line_of))


def _text(path: Path) -> str:
    raw = b""
    try:
        raw = path.read_bytes()
        return raw.decode("utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(str(path), "", 0, reason, _("a file that can be read")) from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(str(path), "", line, "", _("text in UTF-8")) from None


def _settings(path: Path, data: Mapping[str, object], line_of: Callable[[KeyPath], int]) -> Iterator[Given]:
    for where, found in flattened(data):
        name = ".".join(where)
        if name in TABLES:
            if found != {}:
                raise _refused(path, name, line_of(where), found, _("a table: [{table}]").format(table=name))
            continue
        key = KEY_BY_NAME.get(name)
        if key is None or len(where) > 2 or "." in where[-1]:
            raise _refused(path, name, line_of(where), found, suggestion(name))
        if type(found) is not key.kind.toml:
            written = MASK if key.kind.private else found
            raise _refused(path, name, line_of(where), written, key.kind.allowed())
        yield Given(key, str(found), str(path), partial(line_of, where), path.absolute().parent)


def _refused(path: Path, name: str, line: int, found: object, allowed: str) -> ConfigError:
    return ConfigError(str(path), name, line, mask_urls(str(found)), allowed)


# --- writing ------------------------------------------------------------------------------------


def write_config(path: Path, settings_values: Mapping[str, str], *, overwrite: bool = False) -> None:
    """Write a settings file with every key, its meaning, its allowed form and its default as a comment.

    `settings_values` gives text by key (`desk.hook`), as a flag would; these are set, all others stay
    commented out. Mode 0600, atomically. Raises ConfigError for an unknown key or a value of the wrong form,
    AlreadyExists when there is a file and `overwrite` is false, OSError as the file system does.
    """
    from tuidesk.core.private_file import write_private

    for name, text in settings_values.items():
        if name not in KEY_BY_NAME:
            raise ConfigError(str(path), name, 0, mask_urls(text), suggestion(name))
        Given(KEY_BY_NAME[name], text, str(path), lambda: 0, path.absolute().parent).value()
    write_private(path, config_text(settings_values), overwrite=overwrite)


def config_text(settings_values: Mapping[str, str]) -> str:
    """Return the text that `write_config` writes; the values must be right."""
    lines = ["# " + _("Settings of tuidesk. A line that begins with # shows a default that is in force.")]
    table = ""
    for key in KEYS:
        if key.table != table:
            table = key.table
            lines += ["", f"[{table}]"]
        allowed = _("Allowed: {form}.").format(form=key.kind.allowed())
        variable = _("Variable: {name}.").format(name=key.variable)
        lines += ["", f"# {key.comment()}", f"# {allowed} {variable}"]
        lines.append(f"# {_assignment(key, key.default())}")
        if key.name in settings_values:
            lines.append(_assignment(key, settings_values[key.name]))
    return "\n".join(lines) + "\n"


def _assignment(key: Key, text: str) -> str:
    return f"{key.leaf} = {int(text) if key.kind.toml is int else quoted(text)}"
