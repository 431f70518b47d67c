"""An IMAP folder as a source of mail; the only module that knows IMAPClient.

What is new is known by UID alone, never by the flag \\Seen: other people read the same mailbox. A UID means
something only together with the folder's UIDVALIDITY (RFC 3501, 2.3.1.1), so both are in each key and each
position. When UIDVALIDITY changes, all mails count as new; the caller's unique (source, key) does not know
them, and its comparison of hashes decides which were there before.
Invariants: every operation ends in bounded time; on a connection that was lost nothing more is said.
"""

from __future__ import annotations

import contextlib
import imaplib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]
from imapclient.exceptions import ProtocolError  # type: ignore[import-untyped]

from tuidesk.core.errors import Invalid, MailServerError
from tuidesk.core.i18n import _, ngettext
from tuidesk.core.mail.connection import Connection, Security, reason_of, tls_context
from tuidesk.core.mail.imap_acknowledge import After, acknowledge
from tuidesk.core.mail.imap_fetch import ConnectionLost, ImapReader
from tuidesk.core.mail.imap_position import Mailbox, position_at, read_key, uid_of
from tuidesk.core.mail.source import Arrival, CheckStep

_IDLE_S = 25 * 60.0
"""RFC 2177: a client ends IDLE at least every 29 minutes."""
_IDLE_REFUSALS = 3
_POLL_S = 30.0
_GOODBYE_S = 3.0

_FAILURES = (
    imaplib.IMAP4.error,  # IMAPClient's own errors too, and abort
    OSError,
    MemoryError,  # a literal that claims 99999999999 bytes
    ValueError,
    TypeError,
    LookupError,
    AttributeError,  # imaplib without a socket
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """Where a folder is, and what happens there to a mail that was taken.

    `after` "mark" sets \\Seen, "move" moves to the folder `move_to` (made if need be), "delete" expunges.
    `ca_file` replaces the system's certificate authorities. `timeout_s` is for each whole operation.

    Raises:
        Invalid: `after` is "move", and `move_to` is empty.
    """

    host: str
    port: int
    security: Security
    user: str
    folder: str = "INBOX"
    after: After = "mark"
    move_to: str = ""
    ca_file: Path | None = None
    connect_timeout_s: float = 10.0
    timeout_s: float = 60.0

    def __post_init__(self) -> None:
        if self.after == "move" and not self.move_to:
            raise Invalid("move_to", "", "a folder, when mails are to be moved")


class _Protocol(imaplib.IMAP4):
    """imaplib on a connection that is there already, so that a deadline can cut its first steps too."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        super().__init__(connection.host)

    def _create_socket(self, timeout: float | None) -> Any:
        return self._connection.socket


class _Client(IMAPClient):  # type: ignore[misc]
    def __init__(self, connection: Connection, timeout_s: float, *, secured: bool) -> None:
        self._connection = connection
        super().__init__(connection.host, ssl=secured, timeout=SocketTimeout(timeout_s, timeout_s))
        self.normalise_times = False  # aware datetimes, not local ones

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _Protocol(self._connection)


class ImapSource:
    """One folder on one connection; not for several threads at once, except `close`.

    After MailServerError the next call connects anew.
    """

    def __init__(self, settings: ImapSettings, password: str) -> None:
        """Take the settings; nothing is connected before `with`."""
        self.server = f"{settings.host}:{settings.port}"
        self.mailbox = Mailbox(0, 0, 0)
        self._settings = settings
        self._password = password
        self._connection: Connection | None = None
        self._imap: _Client | None = None
        self._reader = ImapReader(self)
        self._listed = self.mailbox
        self._unreadable: set[str] = set()
        self._idle_refusals = 0
        self._using = threading.RLock()
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        """Connect, log in and select the folder; raises MailServerError with the step that failed."""
        self._closed.clear()
        self._idle_refusals = 0
        self._select()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- positions and keys ---------------------------------------------------------------------

    def mark(self) -> str:
        """Return the position after the newest message."""
        self._select()
        return position_at(self.mailbox.uidvalidity, self._reader.newest())

    def position_since(self, day: date) -> str:
        """Return the position before the first message that the server received on `day` or later.

        The day is the server's own. Messages with higher UIDs and earlier dates (copied in) come along.
        """
        self._select()
        first = self._reader.first_since(day)
        return position_at(self.mailbox.uidvalidity, first - 1 if first else self._reader.newest())

    def position_after(self, key: str) -> str:
        """Return the position after the message of that key."""
        return position_at(*read_key(key))

    # --- mails ----------------------------------------------------------------------------------

    def arrivals(self, position: str, limit: int) -> Iterator[Arrival]:
        """Yield the messages above the position's UID by ascending UID; all, if UIDVALIDITY changed.

        A message that breaks the connection is handed over as one with an error as soon as a later message
        proves that the server works. MailServerError is raised only before the first mail is yielded.
        """
        self._select()
        self._listed = self.mailbox
        for arrival in self._reader.read(self._reader.newer(uid_of(position, self.mailbox.uidvalidity), limit)):
            if arrival.error:
                self._unreadable.add(arrival.key)
            yield arrival

    def again(self, key: str) -> Arrival | None:
        """Return the message once more, None when it is no longer in the folder."""
        self._select()
        uidvalidity, uid = read_key(key)
        if uidvalidity != self.mailbox.uidvalidity:
            return None
        arrival = self._reader.read_one(uid)
        if arrival is not None and not arrival.error:
            self._unreadable.discard(key)
        return arrival

    def acknowledge(self, keys: Sequence[str]) -> None:
        """Mark, move or delete these messages.

        Passed over: keys of another UIDVALIDITY, because their UIDs may be other messages now, and messages
        that this source could not read, because then the server has the only copy. Without UIDPLUS a
        message stays as \\Deleted while others have such messages in the folder.
        """
        self.revive()
        read = (read_key(key) for key in keys if key not in self._unreadable)
        uids = sorted(uid for uidvalidity, uid in read if uidvalidity == self.mailbox.uidvalidity)
        acknowledge(self, uids, self._settings.after, self._settings.move_to)

    # --- waiting --------------------------------------------------------------------------------

    def wait(self, seconds: float) -> bool:
        """Return True when the folder is not as the last `arrivals` saw it; uses IDLE where there is one."""
        until = time.monotonic() + seconds
        try:
            with self._using:
                while not self._closed.is_set():
                    self._select()
                    if self.mailbox != self._listed:
                        return True
                    left_s = until - time.monotonic()
                    if left_s <= 0:
                        return False
                    if self._wait_once(left_s):
                        return True
        except MailServerError:
            if not self._closed.is_set():
                raise
        return False

    def _wait_once(self, seconds: float) -> bool:
        assert self._imap is not None
        if self._idle_refusals >= _IDLE_REFUSALS or not self._imap.has_capability("IDLE"):
            self._closed.wait(min(seconds, _POLL_S))
            return False
        try:
            with self.step("fetch") as imap:
                imap.idle()
        except ConnectionLost:
            raise
        except MailServerError:
            # refused, or a mail came before the "+": IMAPClient cannot tell, and the stream is unusable
            self._idle_refusals += 1
            self._drop()
            return True
        self._idle_refusals = 0
        seconds = min(seconds, _IDLE_S)
        with self.step("fetch", seconds + self._settings.timeout_s) as imap:
            responses = imap.idle_check(timeout=seconds)
        # on a connection that the server closed, idle_check says "nothing" at once, and for ever
        with self.step("fetch") as imap:
            responses += imap.idle_done()[1]
        return any(b"EXISTS" in response for response in responses if isinstance(response, tuple))

    # --- the connection -------------------------------------------------------------------------

    def check(self) -> Iterator[CheckStep]:
        """Try the account step by step, change nothing, and stop after the first step that fails."""
        self._closed.clear()
        try:
            for name, action in (*self._opening(), ("fetch", self._try_fetch), ("mark", self._try_mark)):
                yield CheckStep(name, True, action())
        except MailServerError as error:
            yield CheckStep(error.step, False, f"{error.server}: {error.reason}")
        finally:
            self.close()

    def close(self) -> None:
        """Log out; when another thread is using the connection, cut it instead, and so end its call."""
        self._closed.set()
        if not self._using.acquire(blocking=False):
            connection = self._connection
            if connection is not None:
                connection.cut()
            return
        try:
            if self._imap is not None:
                with contextlib.suppress(MailServerError), self.step("connect", _GOODBYE_S) as imap:
                    imap.logout()
            self._drop()
            self._reader.close()
        finally:
            self._using.release()

    def revive(self) -> None:
        """Connect and select again if the connection was dropped.

        Raises:
            MailServerError: that failed, or the folder was replaced meanwhile (another UIDVALIDITY).
        """
        if self._imap is None:
            before = self.mailbox
            self._select()
            if before.uidvalidity not in (0, self.mailbox.uidvalidity):
                raise MailServerError("select", self.server, _("the folder was replaced meanwhile"))

    @contextlib.contextmanager
    def step(self, name: str, seconds: float | None = None) -> Iterator[Any]:
        """Give the client for one operation; see `Session.step`. A failed connection is dropped."""
        with self._using, self._guard(name, seconds or self._settings.timeout_s):
            if self._imap is None:
                raise ConnectionLost(name, self.server, _("not connected"))
            yield self._imap

    def _select(self) -> None:
        if self._imap is not None:
            self._select_folder()
            return
        try:
            for _name, action in self._opening():
                action()
        except MailServerError:
            self._drop()
            raise

    def _opening(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "connect", self._reach
        if self._settings.security != "none":
            yield "tls", self._secure
        yield "login", self._log_in
        yield "select", self._select_folder

    def _reach(self) -> str:
        self._drop()
        with self._guard("connect", self._settings.connect_timeout_s):
            if self._closed.is_set():
                raise OSError(_("the source was closed"))
            settings = self._settings
            self._connection = Connection(settings.host, settings.port, settings.connect_timeout_s)
        if self._settings.security != "tls":
            self._greet(secured=False)
        return self.server

    def _secure(self) -> str:
        assert self._connection is not None
        with self._guard("tls", self._settings.connect_timeout_s):
            context = tls_context(self._settings.ca_file)
            if self._settings.security == "tls":
                self._connection.secure(context)
            else:
                assert self._imap is not None
                self._imap.starttls(context)
        if self._settings.security == "tls":
            self._greet(secured=True)
        return _("the certificate is valid")

    def _greet(self, *, secured: bool) -> None:
        assert self._connection is not None
        with self._guard("connect", self._settings.connect_timeout_s):
            self._imap = _Client(self._connection, self._settings.timeout_s, secured=secured)

    def _log_in(self) -> str:
        user, password = self._settings.user, self._password
        with self.step("login") as imap:
            # imaplib's LOGIN is ASCII only
            if not (user + password).isascii() and imap.has_capability("AUTH=PLAIN"):
                imap.plain_login(user, password)
            else:
                imap.login(user, password)
        return user

    def _select_folder(self) -> str:
        with self.step("select") as imap:
            said = imap.select_folder(self._settings.folder)
            if b"UIDVALIDITY" not in said:
                raise ValueError(_("the server gives no UIDVALIDITY"))
            self.mailbox = Mailbox(said[b"UIDVALIDITY"], said.get(b"UIDNEXT", 0), said[b"EXISTS"])
        count = self.mailbox.count
        words = ngettext("{folder}: {count} mail", "{folder}: {count} mails", count)
        return words.format(folder=self._settings.folder, count=count)

    def _try_fetch(self) -> str:
        newest = self._reader.newer(max(0, self._reader.newest() - 1), 1)
        if not newest:
            return _("there is no mail to read")
        arrival = self._reader.read_one(newest[0])
        if arrival is not None and arrival.error:
            raise MailServerError("fetch", self.server, arrival.error)
        return _("the newest mail could be read")

    def _try_mark(self) -> str:
        if self._settings.after != "move":
            return _("the folder can be written")
        with self.step("mark") as imap:
            there = imap.folder_exists(self._settings.move_to)
        words = _("{folder} is there") if there else _("{folder} will be made")
        return words.format(folder=self._settings.move_to)

    @contextlib.contextmanager
    def _guard(self, name: str, seconds: float) -> Iterator[None]:
        connection = self._connection
        with connection.deadline(seconds) if connection else contextlib.nullcontext() as keeper:
            try:
                yield
            except _FAILURES as error:
                late = keeper is not None and keeper.expired
                lost = late or isinstance(error, OSError | imaplib.IMAP4.abort)
                refused = isinstance(error, imaplib.IMAP4.error) and not isinstance(error, ProtocolError)
                if lost or not refused or self._imap is None:
                    self._drop()
                reason = reason_of(error, self._password)
                if late or isinstance(error, TimeoutError):
                    reason = _("no answer within {seconds} seconds").format(seconds=f"{seconds:g}")
                kind = ConnectionLost if lost else MailServerError
                raise kind(name, self.server, reason) from error

    def _drop(self) -> None:
        imap, connection = self._imap, self._connection
        self._imap = self._connection = None
        if imap is not None:
            with contextlib.suppress(*_FAILURES):
                imap.shutdown()
        if connection is not None:
            connection.close()
