"""Passwords of mail accounts and the like: where they lie, how they are read, how they stay unseen.

A setting or an account never holds a secret but a reference: `file:/path`, `env:NAME`,
`command:program argument …` or `secret:name` (a key in the secrets file). Must not write secrets anywhere
but to that file. Invariant: no error, no repr and no log line made with `masked` shows the value of a
`Secret`; the secrets file is refused when anybody but its owner may read it.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from tuidesk.core.errors import SecretError

COMMAND_LIMIT_S = 10.0
MAX_SECRET_BYTES = 64 * 1024
MASK = "***"

_NAME = re.compile(r"[A-Za-z0-9_.@+-]{1,100}")
_SHORTEST_MASKED = 4
_HEADER = '# Secrets of tuidesk: name = "value". Keep the mode at 0600.\n'

# Spellings in which a secret may turn up in a text, longest first. It only grows; a process has few secrets.
_spellings: tuple[str, ...] = ()


class Secret:
    """A value that shows itself as `***`; `reveal()` gives it to the one who logs in with it.

    Every value of four characters or more is masked by `masked` from the moment a Secret is made of it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        _remember(value)

    def reveal(self) -> str:
        """Return the value."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> tuple[type[Secret], tuple[str, ...]]:
        raise TypeError("a Secret is not pickled or copied")


def masked(text: str) -> str:
    """Return `text` with every known secret, in its usual spellings, and every password in a URL masked."""
    for spelling in _spellings:
        text = text.replace(spelling, MASK)
    return mask_urls(text)


def mask_urls(text: str, *, whole: bool = False) -> str:
    """Return `text` with passwords in URLs masked, too much rather than too little.

    With `whole` the text is nothing but a URL, so that blanks too belong to its password.

    >>> mask_urls("postgresql://desk:s3cret@db/desk?sslmode=require")
    'postgresql://desk:***@db/desk?sslmode=require'
    """
    # Greedy up to the last @: a password that holds an unquoted @ or / is exactly what a bad URL has.
    text = re.sub(r"(://[^\s:/@]*:).*@" if whole else r"(://[^\s:/@]*:)[^\s]*@", rf"\1{MASK}@", text)
    end = "&" if whole else "&\\s\"'"
    return re.sub(rf"([?&](?:password|passwd|sslpassword|token)=)[^{end}]*", rf"\1{MASK}", text)


def read_secret(
    reference: str,
    secrets_file: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    command_limit_s: float = COMMAND_LIMIT_S,
) -> Secret:
    """Return the secret that `reference` names; one line break at its end does not belong to it.

    A command runs without a shell, without a terminal, and is killed after `command_limit_s`. Blocks as long.
    Raises SecretError when the reference is of no known kind, or what it names is missing, empty, longer
    than 64 KiB, not UTF-8, or (secrets file) readable by others.
    """
    kind, colon, name = reference.partition(":")
    if not colon or not name.strip():
        kind = ""
    if kind == "file":
        value = _text(reference, _file_bytes(reference, Path(name).expanduser()))
    elif kind == "env":
        if name not in environ:
            raise SecretError(reference, "variable is not set")
        value = environ[name]
    elif kind == "command":
        from tuidesk.core.secret_command import command_output

        value = _text(reference, command_output(reference, name, command_limit_s, MAX_SECRET_BYTES + 1))
    elif kind == "secret":
        value = _named(reference, name, secrets_file)
    else:
        # Somebody may have put the password itself where a reference belongs, so it is not repeated.
        raise SecretError(MASK, "not of the form file:, env:, command: or secret:")
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise SecretError(reference, "is empty")
    return Secret(value)


def store_secret(secrets_file: Path, name: str, value: Secret) -> None:
    """Put `value` under `name` into the secrets file, which is made when missing; the rest stays as it is.

    Raises SecretError when the name is not made of letters, digits and `_.@+-`, the value is empty or no
    text, or the file cannot be read, is readable by others or cannot be written.
    """
    from tuidesk.core.toml_lines import quoted

    reference = f"secret:{name}"
    if not _NAME.fullmatch(name):
        raise SecretError(reference, "a name is made of letters, digits and _.@+-")
    revealed = value.reveal()
    if not revealed or any("\ud800" <= character <= "\udfff" for character in revealed):
        raise SecretError(reference, "the value is empty or no text")
    _edit(reference, secrets_file, name, f"{quoted(name)} = {quoted(revealed)}")


def remove_secret(secrets_file: Path, name: str) -> None:
    """Take `name` out of the secrets file.

    Raises SecretError when it is not there, or as `store_secret` does for the file.
    """
    _edit(f"secret:{name}", secrets_file, name, None)


# --- spellings ----------------------------------------------------------------------------------


def _remember(value: str) -> None:
    global _spellings
    # Masking a shorter one would tear up every line, and so give it away.
    if len(value) < _SHORTEST_MASKED or value in _spellings:
        return
    from base64 import b64encode
    from urllib.parse import quote, quote_plus

    raw = value.encode("utf-8", "surrogatepass")
    spelt = {value, repr(value)[1:-1], quote(raw, safe=""), quote_plus(raw), b64encode(raw).decode()}
    _spellings = tuple(sorted(spelt.union(_spellings), key=lambda text: (-len(text), text)))


# --- sources ------------------------------------------------------------------------------------


def _text(reference: str, raw: bytes) -> str:
    if len(raw) > MAX_SECRET_BYTES:
        raise SecretError(reference, "is longer than 64 KiB")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise SecretError(reference, "is not UTF-8") from None


def _file_bytes(reference: str, path: Path, *, private: bool = False) -> bytes:
    """Read a regular file; `private`: only when nobody but its owner may read or write it."""
    try:
        # O_NONBLOCK: a named pipe without a writer would block here for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise SecretError(reference, _reason(error, path)) from None
    try:
        _check_file(reference, path, os.fstat(handle), private)
        with open(handle, "rb", closefd=False) as file:
            return file.read() if private else file.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise SecretError(reference, _reason(error, path)) from None
    finally:
        os.close(handle)


def _check_file(reference: str, path: Path, status: os.stat_result, private: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretError(reference, f"{path} is not a regular file")
    if private and status.st_mode & 0o077:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        raise SecretError(reference, f"{path} is open to others: mode {mode}, not 0600")
    if private and os.geteuid() not in (0, status.st_uid):
        raise SecretError(reference, f"{path} belongs to another account")


def _reason(error: OSError | ValueError, path: Path) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return f"{path}: {said or type(error).__name__}"


# --- the secrets file ---------------------------------------------------------------------------


def _named(reference: str, name: str, secrets_file: Path) -> str:
    value = _parsed(reference, secrets_file, _file_text(reference, secrets_file)).get(name)
    if not isinstance(value, str):
        raise SecretError(reference, f"{secrets_file} has no text under this name")
    return value


def _file_text(reference: str, path: Path) -> str:
    try:
        return _file_bytes(reference, path, private=True).decode("utf-8")
    except UnicodeDecodeError:
        raise SecretError(reference, f"{path} is not UTF-8") from None


def _parsed(reference: str, path: Path, text: str) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        from tuidesk.core.toml_lines import broken_line

        # Only the line: the parser's words may hold a piece of the secret.
        reason = f"{path} is not valid TOML in line {broken_line(text, error)}"
        raise SecretError(reference, reason) from None


def _edit(reference: str, path: Path, name: str, statement: str | None) -> None:
    """Replace the lines that set `name` by `statement` (None: by nothing), or add it above all tables."""
    from tuidesk.core.private_file import write_private
    from tuidesk.core.toml_lines import key_lines

    try:
        with _alone(path.parent):
            text = _file_text(reference, path) if os.path.lexists(path) else _HEADER
            before = _parsed(reference, path, text)
            lines = text.split("\n")
            if name in before:
                first, last = key_lines(text)[(name,)]
                lines[first - 1 : last] = [] if statement is None else [statement]
            elif statement is None:
                raise SecretError(reference, f"{path} has nothing under this name")
            else:
                # Below the comments at the top and above everything else, so never inside a table.
                top = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
                lines.insert(top, statement)
            changed = "\n".join(lines)
            after = _parsed(reference, path, changed)
            if _others(before, name) != _others(after, name) or (statement is None) == (name in after):
                raise SecretError(reference, f"{path} has this name in a form that is changed by hand only")
            write_private(path, changed, overwrite=True)
    except OSError as error:
        raise SecretError(reference, _reason(error, path)) from None


def _others(data: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in data.items() if key != name}


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that of two processes that edit the file none loses the other's secret."""
    import fcntl

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
