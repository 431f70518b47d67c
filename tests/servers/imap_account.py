"""One account on a real IMAP server, as a test sees it: put mails in, look at what became of them.

Uses the standard library's imaplib, not the code under test, and opens a connection for each look.
"""

from __future__ import annotations

import imaplib
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PASSWORD = "open-sesame"


@dataclass(frozen=True, slots=True)
class ImapServer:
    """A running server: `port` speaks clear text and STARTTLS, `tls_port` (0 = none) TLS at once."""

    kind: str
    host: str
    port: int
    tls_port: int
    certificate: Path
    new_user: Callable[[], str]

    def new_account(self) -> ImapAccount:
        """Return a new account with an empty INBOX."""
        return ImapAccount(self, self.new_user(), PASSWORD)


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """An account that no other test uses."""

    server: ImapServer
    user: str
    password: str

    def append(
        self, *mails: bytes, folder: str = "INBOX", flags: str = "", received_at: datetime | None = None
    ) -> list[int]:
        """Put mails into the folder; return their UIDs."""
        at = imaplib.Time2Internaldate(received_at or datetime.now(UTC))
        with self._session() as imap:
            before = set(_uids(imap, folder))
            for mail in mails:
                _ok(imap.append(folder, flags, at, mail))
            return sorted(set(_uids(imap, folder)) - before)

    def uids(self, folder: str = "INBOX") -> list[int]:
        """Return the UIDs in the folder."""
        with self._session() as imap:
            return _uids(imap, folder)

    def flags(self, folder: str = "INBOX") -> dict[int, set[str]]:
        """Return the flags of each UID, without \\Recent and without keywords, which some servers set by themselves."""
        with self._session() as imap:
            if not _uids(imap, folder):
                return {}
            answers = _ok(imap.uid("FETCH", "1:*", "(FLAGS)"))
        flags = {}
        for answer in answers:
            uid = re.search(rb"UID (\d+)", answer)
            words = re.search(rb"FLAGS \(([^)]*)\)", answer)
            assert uid is not None
            assert words is not None
            flags[int(uid[1])] = {word for word in words[1].decode().split() if word[0] == "\\"} - {"\\Recent"}
        return flags

    def set_flag(self, uid: int, flag: str, folder: str = "INBOX") -> None:
        """Set a flag, as a colleague's mail program would."""
        with self._session() as imap:
            _ok(imap.select(folder))
            _ok(imap.uid("STORE", str(uid), "+FLAGS", f"({flag})"))

    def expunge(self, uid: int, folder: str = "INBOX") -> None:
        """Remove a mail, as a colleague's mail program would."""
        with self._session() as imap:
            _ok(imap.select(folder))
            _ok(imap.uid("STORE", str(uid), "+FLAGS", "(\\Deleted)"))
            _ok(imap.expunge())

    def folders(self) -> set[str]:
        """Return the names of all folders."""
        with self._session() as imap:
            listed = [line for line in _ok(imap.list()) if line]
        return {line.decode().rpartition(" ")[2].strip('"') for line in listed}

    def create(self, folder: str) -> None:
        """Make a folder."""
        with self._session() as imap:
            _ok(imap.create(folder))

    def recreate(self, folder: str) -> None:
        """Delete the folder and make it again: empty, UIDs from 1, another UIDVALIDITY."""
        before = self._uidvalidity(folder)
        with self._session() as imap:
            # servers count UIDVALIDITY in seconds, so the first new one may be the old one
            while self._uidvalidity(folder) == before:
                _ok(imap.delete(folder))
                _ok(imap.create(folder))

    def _uidvalidity(self, folder: str) -> int:
        with self._session() as imap:
            answer = _ok(imap.status(folder, "(UIDVALIDITY)"))[0]
        return int(re.search(rb"UIDVALIDITY (\d+)", answer)[1])  # type: ignore[index]

    @contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4]:
        imap = imaplib.IMAP4(self.server.host, self.server.port, timeout=20)
        try:
            _ok(imap.login(self.user, self.password))
            yield imap
        finally:
            imap.logout()


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Return whether somebody greets on the port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
            return bool(probe.recv(1))
    except OSError:
        return False


def _uids(imap: imaplib.IMAP4, folder: str) -> list[int]:
    _ok(imap.select(folder, readonly=True))
    found = _ok(imap.uid("SEARCH", "ALL"))[0]
    return [int(uid) for uid in (found or b"").split()]


def _ok(answer: tuple[str, list[Any]]) -> list[Any]:
    assert answer[0] == "OK", answer
    return answer[1]
