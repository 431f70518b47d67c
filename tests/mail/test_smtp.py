"""Sending over SMTP: each recipient gets the result that the server's words, or its silence, mean."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from servers.certificate import Certificate, make_certificate
from servers.smtp_scripted import Fail, Rule, ScriptedSmtp
from servers.smtp_sink import PASSWORD, USER, SmtpSink, running_smtp_sink
from tuidesk.core.mail.smtp import SmtpSettings, SmtpTransport, send
from tuidesk.core.mail.transport import RecipientResult

SHORT_S = 0.4
RAW = b"From: desk@example.com\r\nTo: a@example.com\r\nSubject: hello\r\n\r\nhello\r\n"
A, B, C = "a@example.com", "b@example.com", "c@example.com"


class Calls:
    """Counts how often DATA was announced."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def sink_settings(sink: SmtpSink, **changes: object) -> SmtpSettings:
    return replace(SmtpSettings("localhost", sink.port, "none"), **changes)  # type: ignore[arg-type]


def scripted(rules: list[Rule], *recipients: str, raw: bytes = RAW) -> tuple[list[str], int, ScriptedSmtp]:
    """Send to a scripted server; return the outcomes, how often DATA was announced, and the server."""
    calls = Calls()
    with ScriptedSmtp(rules) as server:
        settings = SmtpSettings("localhost", server.port, "none", timeout_s=SHORT_S, data_timeout_s=SHORT_S)
        results = send(settings, None, "desk@example.com", recipients or (A,), raw, before_data=calls)
    return [result.outcome for result in results], calls.count, server


def test_a_mail_arrives_as_it_is(smtp_sink: SmtpSink) -> None:
    calls = Calls()
    raw = RAW + b"line\r\n.\r\n..two\r\n.three\r\n"
    results = send(sink_settings(smtp_sink), None, "desk@example.com", [A, B], raw, before_data=calls)
    assert results == [RecipientResult(A, "sent", 250, "taken"), RecipientResult(B, "sent", 250, "taken")]
    (taken,) = smtp_sink.mails
    assert (taken.sender, taken.recipients, taken.raw) == ("desk@example.com", (A, B), raw)
    assert calls.count == 1


def test_the_null_sender(smtp_sink: SmtpSink) -> None:
    send(sink_settings(smtp_sink), None, "", [A], RAW, before_data=Calls())
    assert smtp_sink.mails[0].sender in ("", "<>")


def test_each_recipient_has_its_own_result(smtp_sink: SmtpSink) -> None:
    smtp_sink.replies = {A: "550 5.1.1 unknown", B: "452 4.2.2 full"}
    results = send(sink_settings(smtp_sink), None, "", [A, B, C], RAW, before_data=Calls())
    assert results == [
        RecipientResult(A, "dead", 550, "5.1.1 unknown"),
        RecipientResult(B, "retry", 452, "4.2.2 full"),
        RecipientResult(C, "sent", 250, "taken"),
    ]
    assert smtp_sink.mails[0].recipients == (C,)


def test_without_a_recipient_there_is_no_data(smtp_sink: SmtpSink) -> None:
    smtp_sink.replies = {A: "550 no", B: "450 later"}
    calls = Calls()
    results = send(sink_settings(smtp_sink), None, "", [A, B], RAW, before_data=calls)
    assert [result.outcome for result in results] == ["dead", "retry"]
    assert calls.count == 0
    assert smtp_sink.mails == []


@pytest.mark.parametrize(
    ("reply", "outcome"), [("451 4.3.0 later", "retry"), ("554 5.7.1 spam", "dead"), ("530 5.7.0 login", "retry")]
)
@pytest.mark.parametrize("moment", ["mail_reply", "data_reply"])
def test_a_refusal_of_the_mail_is_the_result_of_all(smtp_sink: SmtpSink, moment: str, reply: str, outcome: str) -> None:
    setattr(smtp_sink, moment, reply)
    results = send(sink_settings(smtp_sink), None, "", [A, B], RAW, before_data=Calls())
    assert [(result.outcome, f"{result.code} {result.reply}") for result in results] == [(outcome, reply)] * 2


@pytest.mark.parametrize("die", ["taken", "lost"])
def test_death_between_data_and_its_answer_is_unknown(smtp_sink: SmtpSink, die: str) -> None:
    smtp_sink.die = die  # type: ignore[assignment]
    smtp_sink.replies = {B: "550 no"}
    results = send(sink_settings(smtp_sink), None, "", [A, B], RAW, before_data=Calls())
    assert [result.outcome for result in results] == ["unknown", "dead"]
    assert len(smtp_sink.mails) == (1 if die == "taken" else 0)


@pytest.mark.parametrize("fail", list(Fail), ids=lambda fail: fail.name)
@pytest.mark.parametrize(
    ("moment", "outcome", "announced"),
    [
        ("GREETING", "retry", 0),
        ("EHLO|HELO", "retry", 0),
        ("MAIL", "retry", 0),
        ("RCPT", "retry", 0),
        ("DATA", "retry", 1),
        (r"\.", "unknown", 1),
        ("QUIT", "sent", 1),
    ],
)
def test_a_server_that_fails_at_any_moment(moment: str, outcome: str, announced: int, fail: Fail) -> None:
    outcomes, count, _ = scripted([(moment, fail)], A, B)
    assert outcomes == [outcome, outcome]
    assert count == announced


def test_results_that_were_given_before_the_server_failed_stay() -> None:
    outcomes, _, _ = scripted([("RCPT TO:<a", "550 no"), ("RCPT TO:<b", Fail.CLOSE)], A, B, C)
    assert outcomes == ["dead", "retry", "retry"]


@pytest.mark.parametrize(
    ("reply", "outcome"), [("nonsense", "unknown"), ("250 yes", "sent"), ("421 bye", "retry"), ("999 x", "unknown")]
)
def test_the_answer_to_the_content(reply: str, outcome: str) -> None:
    assert scripted([(r"\.", reply)])[0] == [outcome]


@pytest.mark.parametrize("reply", ["554 go away", "421 busy"])
def test_a_greeting_that_refuses_is_the_servers_trouble(reply: str) -> None:
    assert scripted([("GREETING", reply)])[0] == ["retry"]


def test_nobody_listens() -> None:
    with ScriptedSmtp() as server:
        port = server.port
    (result,) = send(SmtpSettings("localhost", port, "none"), None, "", [A], RAW, before_data=Calls())
    assert (result.outcome, result.code) == ("retry", 0)
    assert result.reply.startswith(f"connect localhost:{port}: ")


def test_what_before_data_raises_is_passed_on_and_nothing_is_sent(smtp_sink: SmtpSink) -> None:
    def lost() -> None:
        raise LookupError("lease")

    with pytest.raises(LookupError):
        send(sink_settings(smtp_sink), None, "", [A], RAW, before_data=lost)
    assert smtp_sink.mails == []


# --- what the server can take ---------------------------------------------------------------------


def test_too_large_is_dead_before_it_is_sent() -> None:
    outcomes, count, server = scripted([], raw=RAW + b"x" * 100_000)
    assert outcomes == ["dead"]
    assert count == 0
    assert server.contents == []


def test_eight_bit_content_is_declared(smtp_sink: SmtpSink) -> None:
    raw = RAW + "Grüße\r\n".encode()
    (result,) = send(sink_settings(smtp_sink), None, "", [A], raw, before_data=Calls())
    assert result.outcome == "sent"
    assert "BODY=8BITMIME" in smtp_sink.mails[0].options
    assert smtp_sink.mails[0].raw == raw


def test_eight_bit_content_is_not_sent_to_a_server_that_takes_seven() -> None:
    rules: list[Rule] = [("EHLO", "250 me")]
    assert scripted(rules, raw=RAW + b"\xfc\r\n")[0] == ["dead"]
    assert scripted(rules)[0] == ["sent"]


def test_an_address_in_another_script() -> None:
    with running_smtp_sink(enable_SMTPUTF8=True) as sink:
        (result,) = send(sink_settings(sink), None, "", ["jörg@example.com"], RAW, before_data=Calls())
        assert result.outcome == "sent"
        assert sink.mails[0].recipients == ("jörg@example.com",)
        assert "SMTPUTF8" in sink.mails[0].options


def test_without_smtputf8_only_that_recipient_is_dead_and_a_domain_is_encoded() -> None:
    outcomes, _, server = scripted([], "jörg@example.com", A, "office@bücher.example")
    assert outcomes == ["dead", "sent", "sent"]
    assert [line for line in server.lines if line.startswith("RCPT")] == [
        f"RCPT TO:<{A}>",
        "RCPT TO:<office@xn--bcher-kva.example>",
    ]


@pytest.mark.parametrize(
    "address",
    ["a@b.example>\r\nRCPT TO:<evil@example.com", "a@b\nDATA", "no-at", "a b@c.example", "<a@b.example>", "", "a@"],
)
def test_what_is_no_address_is_dead_and_never_reaches_the_server(address: str) -> None:
    outcomes, _, server = scripted([], address, A)
    assert outcomes == ["dead", "sent"]
    assert not [line for line in server.lines if "evil" in line]
    assert [line for line in server.lines if line.startswith("RCPT")] == [f"RCPT TO:<{A}>"]


def test_a_sender_that_is_no_address_is_dead_for_all() -> None:
    with ScriptedSmtp() as server:
        settings = SmtpSettings("localhost", server.port, "none")
        results = send(settings, None, "x>\r\nRSET", [A, B], RAW, before_data=Calls())
    assert [result.outcome for result in results] == ["dead", "dead"]


def test_bare_line_ends_cannot_smuggle_a_second_mail() -> None:
    raw = RAW + b"text\n.\nMAIL FROM:<evil@example.com>\r.\rmore"
    _, _, server = scripted([], raw=raw)
    assert server.contents == [RAW + b"text\r\n..\r\nMAIL FROM:<evil@example.com>\r\n..\r\nmore\r\n"]


# --- TLS and login ----------------------------------------------------------------------------------


def test_starttls_and_login(certificate: Certificate) -> None:
    with running_smtp_sink(certificate, login=True) as sink:
        settings = sink_settings(sink, security="starttls", user=USER, ca_file=certificate.certificate)
        transport = SmtpTransport(settings, PASSWORD)
        (result,) = transport.send("desk@example.com", [A], RAW, before_data=Calls())
        assert result.outcome == "sent"
        assert (sink.mails[0].user, sink.mails[0].secured) == (USER, True)
        checked = [(step.step, step.ok) for step in transport.check()]
        assert checked == [("connect", True), ("tls", True), ("login", True)]


@pytest.mark.parametrize("password", ["wrong-word", "fälsch-word"])
def test_a_wrong_password_is_not_the_recipients_fault(certificate: Certificate, password: str) -> None:
    with running_smtp_sink(certificate, login=True) as sink:
        settings = sink_settings(sink, security="starttls", user=USER, ca_file=certificate.certificate)
        (result,) = send(settings, password, "", [A], RAW, before_data=Calls())
        assert result.outcome == "retry"
        assert result.reply.startswith("login ")
        assert password not in result.reply
        assert [step.ok for step in SmtpTransport(settings, password).check()] == [True, True, False]


def test_an_untrusted_certificate_is_refused(certificate: Certificate) -> None:
    with running_smtp_sink(certificate) as sink:
        settings = sink_settings(sink, security="starttls")
        (result,) = send(settings, None, "", [A], RAW, before_data=Calls())
        assert (result.outcome, result.reply[:4]) == ("retry", "tls ")
        assert sink.mails == []


def test_a_certificate_for_another_host_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    other = make_certificate(tmp_path_factory.mktemp("other"), "mail.example.com")
    with running_smtp_sink(other) as sink:
        settings = sink_settings(sink, security="starttls", ca_file=other.certificate)
        (result,) = send(settings, None, "", [A], RAW, before_data=Calls())
        assert (result.outcome, result.reply[:4]) == ("retry", "tls ")


def test_implicit_tls(certificate: Certificate) -> None:
    with running_smtp_sink(certificate, implicit_tls=True) as sink:
        settings = sink_settings(sink, security="tls", ca_file=certificate.certificate)
        (result,) = send(settings, None, "", [A], RAW, before_data=Calls())
        assert result.outcome == "sent"


@pytest.mark.parametrize("rules", [[], [("EHLO", "250-me\r\n250 STARTTLS"), ("STARTTLS", "454 not now")]])
def test_starttls_never_falls_back(rules: list[Rule]) -> None:
    with ScriptedSmtp(rules) as server:
        settings = SmtpSettings("localhost", server.port, "starttls", user="me", timeout_s=SHORT_S)
        (result,) = send(settings, "secret", "", [A], RAW, before_data=Calls())
    assert (result.outcome, result.reply[:4]) == ("retry", "tls ")
    assert not [line for line in server.lines if line.startswith(("AUTH", "MAIL"))]


def test_a_server_that_echoes_the_login_does_not_get_the_password_into_the_reply() -> None:
    token = base64.b64encode(b"\0me\0secret-word").decode()
    rules: list[Rule] = [("EHLO", "250-me\r\n250 AUTH PLAIN"), ("AUTH", f"535 bad: AUTH PLAIN {token} secret-word")]
    with ScriptedSmtp(rules) as server:
        settings = SmtpSettings("localhost", server.port, "none", user="me", timeout_s=SHORT_S)
        (result,) = send(settings, "secret-word", "", [A], RAW, before_data=Calls())
    assert result.reply.endswith("535 bad: AUTH PLAIN *** ***")
