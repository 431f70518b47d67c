"""Sending one mail over SMTP; the only module that knows smtplib.

The steps are taken one by one, because `smtplib.sendmail` does not tell refused recipients from lost
connections, and gives no moment between "all is accepted so far" and DATA.
Invariants: the server can only have accepted a mail after the last byte of it was handed over, and from then
until its answer the outcome is `unknown`; before that it is `retry`. No password in any reply.
"""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuidesk.core.errors import MailServerError
from tuidesk.core.i18n import _
from tuidesk.core.mail.connection import Connection, Security, reason_of, tls_context
from tuidesk.core.mail.source import CheckStep
from tuidesk.core.mail.transport import Outcome, RecipientResult

_FAILURES = (OSError, ValueError)  # smtplib's errors are OSErrors, its refusals of odd input ValueErrors
_GOODBYE_S = 3.0
_REPLY_CHARACTERS = 1000
_AUTHENTICATION_REQUIRED = 530
_BREAK = re.compile(rb"\r\n|\r|\n")
_MAILBOX = re.compile(
    r"""(?: "[^"<>\x00-\x1f\x7f]+" | [^\s"<>\x00-\x1f\x7f]+ ) @ (?P<domain>[^\s"<>@\x00-\x1f\x7f]+)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail leaves. `user` "" means no authentication; `ca_file` replaces the system's authorities.

    `timeout_s` is for each command and its answer, `data_timeout_s` for the mail and its answer: it is long,
    because giving up there makes the outcome unknown (RFC 5321, 4.5.3.2.6 asks for 10 minutes).
    `name` is what we call ourselves in EHLO; "" means this host's name, or else its address.
    """

    host: str
    port: int
    security: Security
    user: str = ""
    timeout_s: float = 60.0
    data_timeout_s: float = 600.0
    ca_file: Path | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """`send` with its settings; the outgoing counterpart of a mail source."""

    settings: SmtpSettings
    password: str | None

    def send(
        self,
        envelope_from: str,
        recipients: Sequence[str],
        raw: bytes,
        *,
        before_data: Callable[[], None],
    ) -> list[RecipientResult]:
        """See `send`."""
        return send(self.settings, self.password, envelope_from, recipients, raw, before_data=before_data)

    def check(self) -> Iterator[CheckStep]:
        """Connect and log in step by step, send nothing, and stop after the first step that fails."""
        session = _Session(self.settings, self.password or "")
        try:
            for name, action in session.opening():
                yield CheckStep(name, True, action())
        except MailServerError as error:
            yield CheckStep(error.step, False, f"{error.server}: {error.reason}")
        finally:
            session.close()


def send(
    settings: SmtpSettings,
    password: str | None,
    envelope_from: str,
    recipients: Sequence[str],
    raw: bytes,
    *,
    before_data: Callable[[], None],
) -> list[RecipientResult]:
    """Send `raw` in one session; see `Transport.send`.

    4xx means retry and 5xx dead, except while logging in: a wrong password is our trouble, not the
    recipients', so it means retry. So does 530 (authentication required).
    """
    results: dict[int, RecipientResult] = {}
    delivery = _Delivery(recipients, results)
    session = _Session(settings, password or "")
    try:
        for _name, action in session.opening():
            action()
        _transfer(session, delivery, envelope_from, raw, before_data)
    except MailServerError as error:
        outcome: Outcome = "unknown" if session.handed_over else "retry"
        delivery.settle(outcome, 0, f"{error.step} {error.server}: {error.reason}")
    finally:
        session.close()
    return [results[n] for n in range(len(recipients))]


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Collects one result for each recipient; the first one counts."""

    recipients: Sequence[str]
    results: dict[int, RecipientResult]

    def open(self) -> list[int]:
        """Return the places of the recipients without a result."""
        return [n for n in range(len(self.recipients)) if n not in self.results]

    def settle(self, outcome: Outcome, code: int, reply: str, only: int | None = None) -> None:
        """Give all recipients without a result this one, or `only` one of them."""
        for n in self.open() if only is None else [only]:
            self.results[n] = RecipientResult(self.recipients[n], outcome, code, reply)

    def settle_by(self, code: int, reply: str, only: int | None = None) -> None:
        """Give the result that the server's refusal `code` means."""
        dead = 500 <= code <= 599 and code != _AUTHENTICATION_REQUIRED
        self.settle("dead" if dead else "retry", code, reply, only)


def _transfer(
    session: _Session,
    delivery: _Delivery,
    envelope_from: str,
    raw: bytes,
    before_data: Callable[[], None],
) -> None:
    raw = _BREAK.sub(b"\r\n", raw)  # a bare CR or LF lets servers disagree on where the mail ends
    if refusal := session.why_not(len(raw), raw.isascii()):
        delivery.settle("dead", 0, refusal)
        return
    sender = session.path_of(envelope_from) if envelope_from else ""
    if sender is None:
        refusal = _("the server cannot take this sender: {address}").format(address=repr(envelope_from))
        delivery.settle("dead", 0, refusal)
        return
    paths = [session.path_of(address) for address in delivery.recipients]
    for n, path in enumerate(paths):
        if path is None:
            delivery.settle("dead", 0, _("the server cannot take this address"), only=n)
    addresses_ascii = all(path.isascii() for path in (sender, *paths) if path is not None)
    code, reply = session.command(f"MAIL FROM:<{sender}>{session.mail_parameters(raw, addresses_ascii)}")
    if not _is_yes(code):
        delivery.settle_by(code, reply)
        return
    for n in delivery.open():
        code, reply = session.command(f"RCPT TO:<{paths[n]}>")
        if not _is_yes(code):
            delivery.settle_by(code, reply, only=n)
    if not delivery.open():
        return
    before_data()
    code, reply = session.command("DATA")
    if code == 354:
        code, reply = session.content(raw)
        if _is_yes(code):
            delivery.settle("sent", code, reply)
            return
    delivery.settle_by(code, reply)


class _Session:
    """One SMTP connection, step by step; each failure is a MailServerError."""

    def __init__(self, settings: SmtpSettings, password: str) -> None:
        self.handed_over = False
        self._settings = settings
        self._password = password
        plain = f"\0{settings.user}\0{password}"
        encoded = [base64.b64encode(text.encode()).decode() for text in (password, plain) if password]
        self._secrets = (password, *encoded)
        self._plain = encoded[-1] if encoded else ""
        self._server = f"{settings.host}:{settings.port}"
        self._connection: Connection | None = None
        self._smtp = smtplib.SMTP(local_hostname="localhost")

    def opening(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yield the steps up to where mail can be sent, each with its action, which returns words about it."""
        yield "connect", self._reach
        if self._settings.security != "none":
            yield "tls", self._secure
        if self._settings.user:
            yield "login", self._log_in

    def close(self) -> None:
        """Say goodbye if the server still listens, and end the connection; never fails."""
        connection = self._connection
        if connection is None:
            return
        if not self.handed_over and self._smtp.sock is not None:
            with contextlib.suppress(*_FAILURES), connection.deadline(min(_GOODBYE_S, self._settings.timeout_s)):
                self._smtp.docmd("QUIT")
        self._smtp.close()
        connection.close()

    def command(self, line: str) -> tuple[int, str]:
        """Send one command; return the server's answer."""
        with self._step("send", self._settings.timeout_s):
            return _answer(*self._smtp.docmd(line))

    def content(self, raw: bytes) -> tuple[int, str]:
        """Send the mail itself; return the answer, which is a yes or a no."""
        # RFC 5321, 4.5.2: a line that begins with a dot gets one more
        body = re.sub(rb"(?m)^\.", b"..", raw)
        ending = b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"
        seconds = self._settings.data_timeout_s
        with self._step("send", seconds):
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(seconds)
            self._smtp.send(body + ending)
            self.handed_over = True
            code, reply = _answer(*self._smtp.getreply())
            if code // 100 not in (2, 4, 5):
                raise ValueError(_("an answer that is none: {reply}").format(reply=repr(reply)))
        self.handed_over = False
        return code, reply

    def why_not(self, size_bytes: int, ascii_only: bool) -> str:
        """Return why the server cannot take such a mail, "" if it can (RFC 1870, RFC 6152)."""
        most = self._smtp.esmtp_features.get("size", "").partition(" ")[0]
        if most.isdigit() and 0 < int(most) < size_bytes:
            words = _("the mail has {size} bytes, the server takes at most {most}")
            return words.format(size=size_bytes, most=most)
        if not ascii_only and not self._smtp.has_extn("8bitmime"):
            return _("the mail has 8-bit content, and the server does not take it")
        return ""

    def path_of(self, address: str) -> str | None:
        """Return the address as the server can take it, None if it cannot, or if it is no address."""
        found = _MAILBOX.fullmatch(address)
        if found is None:
            return None
        if address.isascii():
            return address
        domain = found.group("domain")
        try:
            path = address.removesuffix(domain) + domain.encode("idna").decode()
        except UnicodeError:
            return None
        return path if path.isascii() or self._smtp.has_extn("smtputf8") else None

    def mail_parameters(self, raw: bytes, addresses_ascii: bool) -> str:
        """Return what follows the sender in MAIL, and expect such addresses from now on (RFC 6531)."""
        parameters = ""
        if self._smtp.has_extn("size"):
            parameters += f" SIZE={len(raw)}"
        if not raw.isascii():
            parameters += " BODY=8BITMIME"
        header_ascii = raw.partition(b"\r\n\r\n")[0].isascii()
        if self._smtp.has_extn("smtputf8") and not (addresses_ascii and header_ascii):
            parameters += " SMTPUTF8"
            self._smtp.command_encoding = "utf-8"
        return parameters

    def _reach(self) -> str:
        settings = self._settings
        with self._step("connect", settings.timeout_s):
            self._connection = Connection(settings.host, settings.port, settings.timeout_s)
        if settings.security != "tls":
            self._greet()
        return self._server

    def _secure(self) -> str:
        assert self._connection is not None
        with self._step("tls", self._settings.timeout_s):
            context = tls_context(self._settings.ca_file)
            if self._settings.security == "starttls":
                if not self._smtp.has_extn("starttls"):
                    raise smtplib.SMTPNotSupportedError(_("the server does not offer STARTTLS"))
                code, reply = self._smtp.docmd("STARTTLS")
                if code != 220:
                    raise smtplib.SMTPResponseException(code, reply)
            self._connection.secure(context)
        if self._settings.security == "tls":
            self._greet()
        else:
            # RFC 3207, 4.2: nothing that was said before TLS counts
            with self._step("tls", self._settings.timeout_s):
                self._start_over().ehlo_or_helo_if_needed()
        return _("the certificate is valid")

    def _greet(self) -> None:
        with self._step("connect", self._settings.timeout_s):
            smtp = self._start_over()
            code, reply = smtp.getreply()
            if code != 220:
                raise smtplib.SMTPResponseException(code, reply)
            smtp.ehlo_or_helo_if_needed()

    def _start_over(self) -> smtplib.SMTP:
        assert self._connection is not None
        opened = self._connection.socket
        name = self._settings.name or socket.gethostname()
        if "." not in name:  # RFC 5321, 4.1.3: who has no full name gives an address
            address = str(opened.getsockname()[0])
            name = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
        self._smtp = smtplib.SMTP(local_hostname=name, timeout=self._settings.timeout_s)
        self._smtp.sock = opened
        return self._smtp

    def _log_in(self) -> str:
        user = self._settings.user
        with self._step("login", self._settings.timeout_s):
            if (user + self._password).isascii():
                self._smtp.login(user, self._password)
            else:  # smtplib's login is ASCII only; RFC 4616: PLAIN is UTF-8
                code, reply = self._smtp.docmd("AUTH", f"PLAIN {self._plain}")
                if code != 235:
                    raise smtplib.SMTPAuthenticationError(code, reply)
        return user

    @contextlib.contextmanager
    def _step(self, step: str, seconds: float) -> Iterator[None]:
        connection = self._connection
        with connection.deadline(seconds) if connection else contextlib.nullcontext() as keeper:
            try:
                yield
                if keeper is not None and keeper.expired:
                    # smtplib takes what a cut connection leaves of a line for a whole reply
                    raise TimeoutError
            except _FAILURES as error:
                failure: Exception = error
                if isinstance(error, smtplib.SMTPResponseException):
                    code, reply = _answer(error.smtp_code, error.smtp_error)
                    failure = ValueError(f"{code} {reply}")
                reason = reason_of(failure, *self._secrets)
                if (keeper is not None and keeper.expired) or isinstance(error, TimeoutError):
                    reason = _("no answer within {seconds} seconds").format(seconds=f"{seconds:g}")
                if connection is not None:
                    connection.cut()
                raise MailServerError(step, self._server, reason) from error


def _is_yes(code: int) -> bool:
    return 200 <= code <= 299


def _answer(code: int, reply: bytes | str) -> tuple[int, str]:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return code, "".join(c if c.isprintable() else " " for c in text)[:_REPLY_CHARACTERS]
