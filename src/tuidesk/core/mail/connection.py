"""One connection to a mail server: TCP, TLS, and a deadline over whole operations. No mail protocol here.

A socket's own timeout counts from byte to byte, so a server that sends one byte a second is never late. Here
a timer cuts the connection when an operation takes too long as a whole.
Invariant: certificates are always verified; TLS never falls back to clear text.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tuidesk.core.i18n import _

Security = Literal["tls", "starttls", "none"]

_REASON_CHARACTERS = 500


@dataclass(slots=True)
class Timekeeper:
    """Says whether the time of an operation was up."""

    expired: bool = False


class Connection:
    """A connected socket that can be cut from any thread, also after TLS has taken the socket over."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        """Connect; `timeout_s` is for each of the host's addresses, and the socket's timeout afterwards.

        Raises:
            OSError: no address of the host could be reached in time.
        """
        self.host = host
        self.socket: socket.socket = socket.create_connection((host, port), timeout=timeout_s)
        # wrapping detaches a socket from its descriptor; the duplicate still reaches the connection
        self._handle = self.socket.dup()

    def secure(self, context: ssl.SSLContext) -> None:
        """Start TLS on the socket; raises OSError (ssl.SSLError) when it fails."""
        self.socket = context.wrap_socket(self.socket, server_hostname=self.host)

    def cut(self) -> None:
        """End the connection at once, whoever is using it; nothing polite is sent."""
        with contextlib.suppress(OSError):
            self._handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut the connection and give its descriptors back."""
        self.cut()
        self._handle.close()
        self.socket.close()

    @contextlib.contextmanager
    def deadline(self, seconds: float) -> Iterator[Timekeeper]:
        """Cut the connection if the block takes longer than `seconds`; it then sees an OSError or EOF."""
        keeper = Timekeeper()

        def expire() -> None:
            keeper.expired = True
            self.cut()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            yield keeper
        finally:
            timer.cancel()


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a verifying client context that trusts the system's authorities, or only those in `ca_file`.

    Raises:
        OSError: `ca_file` cannot be read or holds no certificate.
    """
    if ca_file is not None and not ca_file.is_file():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(ca_file))
    return ssl.create_default_context(cafile=ca_file)


def _tls_words(error: BaseException) -> str:
    """Return what OpenSSL means, "" for another error."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("the certificate is not trusted: {why}; --ca-file names one to trust").format(why=error.verify_message)
    if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        return _("no TLS is spoken on this port; --security starttls may be meant, or another --port")
    return ""


def reason_of(error: BaseException, *secrets: str) -> str:
    """Return the words of a failure, without `secrets`, in printable characters, bounded."""
    words = _tls_words(error) or getattr(error, "strerror", None) or str(error) or type(error).__name__
    if isinstance(error, FileNotFoundError | PermissionError) and error.filename:
        words = f"{error.filename}: {words}"
    for secret in filter(None, secrets):  # servers echo commands they do not understand
        words = words.replace(secret, "***")
    if words.startswith(("b'", 'b"')):  # imaplib formats some replies as bytes
        words = words[2:-1]
    return "".join(c if c.isprintable() else " " for c in words)[:_REASON_CHARACTERS].strip()
