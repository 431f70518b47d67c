"""An SMTP server that keeps what it gets, and refuses, stalls or dies as it is told.

Invariant: `mails` holds a mail exactly when this server took responsibility for it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from servers.certificate import Certificate
from servers.imap_account import free_port

USER, PASSWORD = "desk@example.com", "open-sesame"


@dataclass(frozen=True, slots=True)
class TakenMail:
    """One mail as it came over the wire; `options` are the parameters of MAIL."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    options: tuple[str, ...]
    user: str
    secured: bool


@dataclass
class SmtpSink:
    """What the server has, and how it is to behave; both may be changed while it runs.

    `replies` maps recipients to a refusal such as "550 5.1.1 unknown". `mail_reply` and `data_reply` refuse
    the sender and the content. `die` closes the connection instead of answering at that moment: after the
    content was taken ("taken"), or before it is ("lost").
    """

    host: str = "localhost"
    port: int = 0
    mails: list[TakenMail] = field(default_factory=list)
    replies: Mapping[str, str] = field(default_factory=dict)
    mail_reply: str = ""
    data_reply: str = ""
    die: Literal["", "taken", "lost"] = ""

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse the sender."""
        if self.mail_reply:
            return self.mail_reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail, or refuse it, or die."""
        if self.data_reply:
            return self.data_reply
        if self.die != "lost":
            content = envelope.content
            assert isinstance(content, bytes)
            login = session.auth_data.decode() if isinstance(session.auth_data, bytes) else ""
            self.mails.append(
                TakenMail(
                    envelope.mail_from or "",
                    tuple(envelope.rcpt_tos),
                    content,
                    tuple(envelope.mail_options),
                    login,
                    session.ssl is not None,
                )
            )
        if self.die:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 taken"


@contextmanager
def running_smtp_sink(
    certificate: Certificate | None = None, *, implicit_tls: bool = False, login: bool = False, **options: Any
) -> Iterator[SmtpSink]:
    """Yield a running sink. With a certificate it offers STARTTLS, or all is in TLS.

    `login` asks for USER and PASSWORD; `options` go to aiosmtpd's SMTP: enable_SMTPUTF8, data_size_limit …
    """
    sink = SmtpSink(port=free_port())  # aiosmtpd tests itself by connecting to the port it was given
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        options["ssl_context" if implicit_tls else "tls_context"] = context
    if login:  # without TLS a login is possible, but not demanded: aiosmtpd warns of that
        secured = certificate is not None
        options |= {
            "authenticator": _authenticate,
            "auth_required": secured,
            "auth_require_tls": secured,
        }
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    right = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
    login = data.login if isinstance(data, LoginPassword) else b""
    return AuthResult(success=right, handled=False, auth_data=login)
