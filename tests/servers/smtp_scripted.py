"""An SMTP server that takes one session after the other and answers as told, or not at all.

Each rule is (pattern, reply): the first whose pattern matches a line from its start decides. The content of a
mail counts as one line, "." . A reply is text, or one of the ways to fail below.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from io import BufferedRWPair
from types import TracebackType
from typing import Self


class Fail(Enum):
    """Ways not to answer."""

    SILENT = "say nothing for so long that only a client without a deadline is answered"
    TRICKLE = "one byte at a time, as long"
    CLOSE = "close the connection"


_PATIENCE_S = 10.0
_TRICKLED = 500

Rule = tuple[str, "str | Fail"]

_NORMAL: tuple[Rule, ...] = (
    (r"GREETING", "220 ready"),
    (r"EHLO", "250-me\r\n250-8BITMIME\r\n250-SIZE 100000\r\n250 HELP"),
    (r"DATA", "354 go on"),
    (r"QUIT", "221 bye"),
    (r"", "250 OK"),
)


@dataclass
class ScriptedSmtp:
    """The server; `lines` is what clients said, `contents` what they sent after DATA."""

    rules: Sequence[Rule] = ()
    lines: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    port: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._current: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        for opened in (self._listener, self._current):
            with suppress(OSError):
                if opened is not None:
                    opened.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _run(self) -> None:
        while not self.ended.is_set():
            try:
                self._current, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError, ValueError), self._current, self._current.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream: BufferedRWPair) -> None:
        reply = self._answer(stream, "GREETING")
        while reply is not None:
            line = stream.readline()
            if not line:
                return
            self.lines.append(line.decode("utf-8").rstrip("\r\n"))
            reply = self._answer(stream, self.lines[-1])
            if reply is not None and reply.startswith("354"):
                content = list(iter(stream.readline, b".\r\n"))
                self.contents.append(b"".join(content))
                reply = self._answer(stream, ".")

    def _answer(self, stream: BufferedRWPair, line: str) -> str | None:
        """Answer one line; return the reply, None when the session is over."""
        rules = (*self.rules, *_NORMAL)
        reply = next(reply for pattern, reply in rules if re.match(pattern, line, re.IGNORECASE))
        if isinstance(reply, str):
            stream.write(reply.encode() + b"\r\n")
            stream.flush()
            return reply
        if reply is Fail.CLOSE or (reply is Fail.SILENT and self.ended.wait(_PATIENCE_S)):
            return None
        for _ in range(_TRICKLED if reply is Fail.TRICKLE else 0):
            if self.ended.wait(_PATIENCE_S / _TRICKLED):
                return None
            stream.write(b"2")
            stream.flush()
        late = "250 at last"
        stream.write(late.encode() + b"\r\n")
        stream.flush()
        return late
