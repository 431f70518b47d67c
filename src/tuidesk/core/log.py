"""The log: one file, one line an event, nothing in it that a reader must not see.

Here lives the form of the log and what is kept out of it; who logs what is said where it happens
(`logging.getLogger(__name__)`). Log lines are English and not for the screen. Invariant: a line holds no
control character, so it cannot act on the terminal that shows it nor pass for two lines, and no known
secret, no password in a URL and no log-in of a mail protocol. Nothing is written to stderr unless no file is
named.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from tuidesk.core.domain.safe_text import safe_text
from tuidesk.core.errors import ConfigError
from tuidesk.core.i18n import _
from tuidesk.core.secrets import MASK, masked

__all__ = ["close_log", "configure_log", "incident_id", "redacted"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: none is taken for another on the telephone

# Log-ins as mail libraries print them. Capital letters only where the word is also plain English.
_LOGINS = (
    re.compile(r"(?i)\b(AUTH(?:ENTICATE)?\s+(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|[A-Z]+-[A-Z0-9-]+)\s+)\S.*"),
    re.compile(r'\b(LOGIN\s+(?:"(?:\\.|[^"\\])*"|\S+)\s+)\S.*'),
    re.compile(r"\b(PASS\s+)\S.*"),
    re.compile(r"(?i)\b(Authorization['\"]?\s*[:=]\s*['\"]?(?:Basic|Bearer|Digest)\s+)[^\s'\"]+"),
    re.compile(
        # Not `secret:`, which is how a reference begins.
        r"(?i)((?:(?:password|passwd|passphrase|token|api[_-]?key)['\"]?\s*[:=]|secret\s*=)\s*)"
        r"(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[^\s,;&)\]}]+)"
    ),
)


def redacted(text: str) -> str:
    """Return `text` as one safe line: secrets masked, line breaks shown as ⏎, control characters gone."""
    lines = (_without_logins(line) for line in masked(text).splitlines())
    # Again after the clean-up: a character that it took out may have hidden a secret from the first look.
    return _without_logins(masked(safe_text(" ⏎ ".join(lines), multiline=False)))


def _without_logins(line: str) -> str:
    for pattern in _LOGINS:
        line = pattern.sub(rf"\1{MASK}", line)
    return line


def incident_id() -> str:
    """Return a new name for something that went wrong, to show and to log: `K7Q2-M9XD` (40 random bits)."""
    drawn = "".join(secrets.choice(_ALPHABET) for _n in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def configure_log(file: Path | None, level: str) -> None:
    """Log to `file` from now on (mode 0600, its folder is made), or to stderr when it is None.

    Lines of tuidesk are kept from `level` (DEBUG, INFO, WARNING, ERROR) upwards, those of libraries from
    WARNING: below that mail libraries print whole sessions. Python's warnings are logged too. A second call
    replaces the first. Raises ConfigError when the file cannot be opened.
    """
    handler: logging.Handler
    try:
        handler = logging.StreamHandler() if file is None else _LogFile(file)
    except OSError as error:
        reason = f"{file}: {error.strerror}"
        raise ConfigError("log", "log.file", 0, reason, _("the path of a file that can be written")) from None
    close_log()
    handler.setFormatter(_Line())
    handler.set_name(_HANDLER)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("tuidesk").setLevel(level)
    logging.captureWarnings(True)


def close_log() -> None:
    """Undo `configure_log`; without one, do nothing."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if handler.get_name() == _HANDLER:
            root.removeHandler(handler)
            handler.close()
            logging.captureWarnings(False)
            logging.getLogger("tuidesk").setLevel(logging.NOTSET)


_HANDLER = "tuidesk"


class _Line(logging.Formatter):
    """`2024-05-01T12:00:00.123Z 4711 WARNING tuidesk.core.mail.imap: text`, with the traceback behind it."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text = _message(record)
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        if record.stack_info:
            text += "\n" + record.stack_info
        stamp = at.replace("+00:00", "Z")
        return f"{stamp} {record.process} {record.levelname} {record.name}: {redacted(text)}"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # the caller's defect; what it wanted to say is worth keeping
        return f"{record.msg!r} does not fit its arguments {record.args!r}"


class _LogFile(logging.StreamHandler[TextIO]):
    """Appends whole lines, which several processes may do at once, and follows a rotation of the file.

    The standard library's file that does so is in `logging.handlers`, which loads sockets and pickle.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lost = 0
        super().__init__(self._opened())

    def _opened(self) -> TextIO:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        # Written through: a line is one write, so lines of several processes do not mix.
        raw = os.fdopen(handle, "ab", buffering=0)
        return TextIOWrapper(raw, "utf-8", errors="backslashreplace", write_through=True)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._follow_rotation()
            line = self.format(record)
            if self._lost:
                line = f"({self._lost} lines lost before this one) {line}"
            self.stream.write(line + "\n")
            self._lost = 0
        except Exception:  # noqa: BLE001 - logging must not stop the work, nor write to the screen
            self._lost += 1

    def _follow_rotation(self) -> None:
        here = os.fstat(self.stream.fileno())
        try:
            there = self._path.stat()
            moved = (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)
        except FileNotFoundError:
            moved = True
        if moved:
            opened = self._opened()
            self.stream.close()
            self.stream = opened

    def close(self) -> None:
        self.stream.close()
        super().close()
