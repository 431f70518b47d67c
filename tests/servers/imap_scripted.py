"""An IMAP server that does wrong what it is told to do wrong, and the rest right.

It knows one folder with given messages and just the commands that a reader of mail sends. A test lays
`rules` over it: the first whose pattern matches a command acts instead of the normal answer.
Invariant: every thread and socket of it ends with the `with` block.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import BufferedRWPair
from types import TracebackType
from typing import Self

from servers.certificate import Certificate

UIDVALIDITY = 7
TRICKLED = 500
_PATIENCE_S = 10.0


@dataclass
class Talk:
    """One command on one connection, and the ways to answer it."""

    server: ScriptedImap
    tag: bytes
    command: str
    stream: BufferedRWPair
    socket: socket.socket

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.stream.write(data)
        self.stream.flush()

    def ok(self, untagged: bytes = b"", text: bytes = b"done") -> None:
        """Answer rightly."""
        self.send(untagged + self.tag + b" OK " + text + b"\r\n")

    def no(self, text: bytes = b"cannot") -> None:
        """Refuse."""
        self.send(self.tag + b" NO " + text + b"\r\n")

    def normal(self) -> None:
        """Answer as if there were no rule."""
        self.server.answer(self)

    def hang_up(self, last: bytes = b"") -> None:
        """Say `last`, and close the connection."""
        with suppress(OSError):
            self.send(last)
        self.socket.shutdown(socket.SHUT_RDWR)

    def be_silent(self) -> None:
        """Say nothing for so long that only a client without a deadline gets its answer."""
        if not self.server.ended.wait(_PATIENCE_S):
            self.normal()

    def trickle(self, data: bytes, end: bytes = b"\r\n") -> None:
        """Send `data`, then one byte every 20 ms, and answer only a client without a deadline."""
        with suppress(OSError):
            self.send(data)
            for _ in range(TRICKLED):
                if self.server.ended.wait(_PATIENCE_S / TRICKLED):
                    return
                self.send(b"x")
            self.send(end)
            self.normal()


Rule = tuple[str, Callable[[Talk], None]]


@dataclass
class ScriptedImap:
    """The server; `messages` are by UID, `rules` (pattern, action) match commands from their start.

    `greeting` None says nothing for long. With a `certificate`, "starttls" is offered, or all is in TLS.
    """

    messages: Mapping[int, bytes] = field(default_factory=dict)
    rules: Sequence[Rule] = ()
    greeting: bytes | None = b"* OK ready\r\n"
    capabilities: str = "IMAP4rev1 IDLE UIDPLUS MOVE"
    certificate: Certificate | None = None
    implicit_tls: bool = False
    next_uid: int | None = None
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(10)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join(10)

    def answer(self, talk: Talk) -> None:
        """Answer a command rightly."""
        verb = talk.command.upper()
        if verb == "CAPABILITY":
            talk.ok(b"* CAPABILITY " + self._offered(talk).encode() + b"\r\n")
        elif verb.startswith("SELECT"):
            top = self.next_uid or max(self.messages, default=0) + 1
            talk.ok(
                b"* FLAGS (\\Seen)\r\n* %d EXISTS\r\n* 0 RECENT\r\n"
                b"* OK [UIDVALIDITY %d] ok\r\n* OK [UIDNEXT %d] ok\r\n" % (len(self.messages), UIDVALIDITY, top),
                b"[READ-WRITE] done",
            )
        elif verb.startswith("UID SEARCH"):
            found = " ".join(str(uid) for uid in self._found(verb))
            talk.ok(f"* SEARCH {found}".rstrip().encode() + b"\r\n")
        elif verb.startswith("UID FETCH"):
            talk.ok(b"".join(self._fetched(uid, verb) for uid in self.named(verb.split()[2])))
        elif verb.startswith("FETCH"):
            uids = sorted(self.messages)
            numbers = [int(number) for number in verb.split()[1].split(",")]
            talk.ok(b"".join(b"* %d FETCH (UID %d)\r\n" % (n, uids[n - 1]) for n in numbers))
        elif verb == "IDLE":
            talk.send(b"+ idling\r\n")
            talk.stream.readline()
            talk.ok()
        elif verb == "LOGOUT":
            talk.send(b"* BYE\r\n")
            talk.ok()
        elif verb == "STARTTLS":
            assert self.certificate is not None
            talk.ok()
        else:
            talk.ok()

    def _offered(self, talk: Talk) -> str:
        secured = isinstance(talk.socket, ssl.SSLSocket)
        return self.capabilities + (" STARTTLS" if self.certificate and not secured else "")

    def _found(self, verb: str) -> list[int]:
        limits = re.search(r" UID (\S+)", verb)
        return self.named(limits[1] if limits else "1:*")

    def named(self, numbers: str) -> list[int]:
        top = max(self.messages, default=0)
        named: set[int] = set()
        for part in numbers.split(","):
            low, _, high = part.replace("*", str(top)).partition(":")
            ends = sorted((int(low), int(high or low)))  # RFC 3501: the order of a range does not matter
            named |= {uid for uid in self.messages if ends[0] <= uid <= ends[1]}
        return sorted(named)

    def _fetched(self, uid: int, verb: str) -> bytes:
        content = self.messages[uid]
        items = [b"UID %d" % uid]
        if "RFC822.SIZE" in verb:
            items.append(b"RFC822.SIZE %d" % len(content))
        if "INTERNALDATE" in verb:
            items.append(b'INTERNALDATE "01-Mar-2024 10:00:00 +0100"')
        if part := re.search(r"BODY\.PEEK\[\]<(\d+)\.(\d+)>", verb):
            start, length = int(part[1]), int(part[2])
            piece = content[start : start + length]
            items.append(b"BODY[]<%d> {%d}\r\n%b" % (start, len(piece), piece))
        return b"* %d FETCH (%b)\r\n" % (sorted(self.messages).index(uid) + 1, b" ".join(items))

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # the client leaves when it likes, as clients of a hostile server do
        with suppress(OSError, ValueError), connection:
            if self.implicit_tls:
                with self._secure(connection) as secured:
                    self._greet(secured)
            else:
                self._greet(connection)

    def _greet(self, connection: socket.socket) -> None:
        with connection.makefile("rwb") as stream:
            if self.greeting is None and self.ended.wait(_PATIENCE_S):
                return
            stream.write(self.greeting or b"* OK at last\r\n")
            stream.flush()
            wants_tls = self._talk(connection, stream)
        if wants_tls:
            with self._secure(connection) as secured, secured.makefile("rwb") as stream:
                self._talk(secured, stream)

    def _talk(self, connection: socket.socket, stream: BufferedRWPair) -> bool:
        """Answer commands; return True when TLS is to start."""
        for line in iter(stream.readline, b""):
            tag, _, rest = line.strip().partition(b" ")
            talk = Talk(self, tag, rest.decode("latin-1"), stream, connection)
            self.commands.append(talk.command)
            action = next((act for pattern, act in self.rules if re.match(pattern, talk.command, re.I)), None)
            (action or Talk.normal)(talk)
            if talk.command.upper() == "STARTTLS" and action is None:
                return True
        return False

    def _secure(self, connection: socket.socket) -> socket.socket:
        assert self.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.certificate, self.certificate.key)
        secured = context.wrap_socket(connection, server_side=True)
        self._open.append(secured)
        return secured
