"""Automatic mail is told from mail that a person wrote."""

from __future__ import annotations

import pytest

from tuidesk.core.mail.classify import BY_HAND, Automatic, bounced_message_id, classify
from tuidesk.core.mail.parse import read_mail

FLAGS = ("auto_submitted", "bulk", "list_mail", "loop", "bounce")


def flags(automatic: Automatic) -> list[str]:
    return [flag for flag in FLAGS if getattr(automatic, flag)]


@pytest.mark.parametrize(
    ("header", "flag"),
    [
        ("Auto-Submitted: auto-replied", "auto_submitted"),
        ("Auto-Submitted: auto-generated (cron); owner=jo", "auto_submitted"),
        ("AUTO-SUBMITTED: Auto-Notified", "auto_submitted"),
        ("Precedence: bulk", "bulk"),
        ("Precedence: Junk", "bulk"),
        ("Precedence: list", "list_mail"),
        ("Precedence: normal\nPrecedence: bulk", "bulk"),
        ("X-Precedence: auto_reply", "auto_submitted"),
        ("List-Id: <users.example.org>", "list_mail"),
        ("List-Unsubscribe:\n <mailto:leave@example.org>", "list_mail"),
        ("Mailing-List: contact users-help@example.org", "list_mail"),
        ("X-Auto-Response-Suppress: DR, OOF", "auto_submitted"),
        ("X-Auto-Response-Suppress: All", "auto_submitted"),
        ("X-Autoreply: yes", "auto_submitted"),
        ("X-Autorespond: some vacation", "auto_submitted"),
        ("X-Loop: desk@example.org", "loop"),
        ("X-No-Loop: yes", "loop"),
        ("X-OTRS-Loop: yes", "loop"),
        ("Return-Path: <>", "auto_submitted"),
        ("Return-Path: < >", "auto_submitted"),
        ("X-Failed-Recipients: jo@example.com", "bounce"),
        ("From: Mail System <MAILER-DAEMON@mx.example.com>", "bounce"),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=x", "bounce"),
        ("Content-Type: Multipart/Report; Report-Type=Delivery-Status; boundary=x", "bounce"),
        (
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
            "auto_submitted",
        ),
        ("Content-Type: multipart/report; boundary=x", "auto_submitted"),
        ("Subject: Undeliverable: your invoice", "bounce"),
        ("Subject: Undeliverable Mail", "bounce"),
        ("Subject: Mail System Error - Returned Mail", "bounce"),
        ("Subject: Returned mail: Service unavailable", "bounce"),
        ("Subject: DELIVERY FAILURE: User mia@x.test not listed", "bounce"),
        ("Subject: failure notice", "bounce"),
        ("Subject: メールエラー通知", "bounce"),
        ("From: jo@x.test\nReturn-Path: <MAILER-DAEMON>", "auto_submitted"),
        ("From: jo@x.test\nReturn-Path: <mailer-daemon@mx.example.com>", "auto_submitted"),
        ("Subject: =?utf-8?q?Automatische_Antwort=3A_Urlaub?=", "auto_submitted"),
        ("Subject: Out of Office: Jo", "auto_submitted"),
    ],
)
def test_automatic(header: str, flag: str) -> None:
    automatic = read_mail(f"{header}\nTo: desk@example.org\n\nx".encode()).automatic
    assert flags(automatic) == [flag]
    assert automatic.no_auto_reply
    assert automatic.reasons


@pytest.mark.parametrize(
    "header",
    [
        "From: Jo <jo@example.com>",
        "Auto-Submitted: no",
        "Auto-Submitted: No (really)",
        "Auto-Submitted:",
        "Precedence: first-class",
        "X-Loop: no",
        "X-OTRS-Loop: false",
        "X-Auto-Response-Suppress: None",
        "X-Auto-Response-Suppress: RN, NRN",
        "Return-Path: <jo@example.com>",
        "Subject: Fwd: Undeliverable: your invoice",
        "Subject: my out of office note is wrong",
        "Subject: Delivery failure: my parcel",
        "Subject: failure notice in the shop",
        "From: postmaster@example.com",
        "Return-Path:",
        "List-Id:",
        "Content-Type: multipart/mixed; boundary=x",
    ],
)
def test_by_hand(header: str) -> None:
    automatic = read_mail(f"{header}\nTo: desk@example.org\n\nx".encode()).automatic
    assert automatic == BY_HAND
    assert not automatic.no_auto_reply


REPORT = (
    "Content-Type: {content}; boundary=b\n\n--b\n\nNobody is there.\n--b\nContent-Type: message/delivery-status\n\n"
    "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; bo@x.test\nAction: failed\n--b\nContent-Type: message/rfc822\n\n"
    "Message-ID: <ours@example.org>\nSubject: ours\n\nx\n--b--\n"
)


@pytest.mark.parametrize("content", ["multipart/report", "multipart/mixed"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_report_makes_a_bounce_in_any_container(content: str, end: str) -> None:
    read = read_mail(f"From: mx@x.test\nSubject: notice\n{REPORT.format(content=content)}".replace("\n", end).encode())
    assert (read.automatic.bounce, read.bounce_of) == (True, "<ours@example.org>")
    assert [(one.recipient, one.action) for one in read.delivery_reports] == [("bo@x.test", "failed")]
    assert read.attachments[-1].name == "ours.eml"


def test_what_somebody_sends_on_is_no_bounce() -> None:
    read = read_mail(f"From: postmaster@x.test\nSubject: Fwd: notice\n{REPORT.format(content='multipart/mixed')}".encode())
    assert (read.automatic, read.delivery_reports) == (BY_HAND, ())


def test_a_mail_that_a_postmaster_brings_is_a_bounce() -> None:
    assert flags(classify({}, sender="Postmaster@x.test", subject="Notice", parts={"message/rfc822"})) == ["bounce"]
    assert not flags(classify({}, sender="postmaster@x.test", subject="Notice", parts={"image/png"}))
    assert not flags(classify({}, sender="mia@x.test", subject="Notice", parts={"message/rfc822"}))


def test_each_flag_has_its_reason() -> None:
    fields = {"precedence": ["bulk"], "auto-submitted": ["auto-replied"], "x-loop": ["a"], "list-id": ["<b>"]}
    automatic = classify(fields, sender="mailer-daemon@x.org")
    assert flags(automatic) == list(FLAGS)
    assert automatic.reasons == (
        "auto-submitted:auto-replied",
        "from:mailer-daemon",
        "list-id",
        "precedence:bulk",
        "x-loop",
    )


def test_reasons_hold_no_foreign_text() -> None:
    (reason,) = classify({"auto-submitted": ["\x1b[31m" + "x" * 500]}).reasons
    assert reason == "auto-submitted:" + ("31m" + "x" * 500)[:40]


@pytest.mark.parametrize(
    ("parts", "text", "found"),
    [
        ([("message/rfc822", b"Message-ID: <a@b>\r\n\r\nbody")], "", "<a@b>"),
        ([("message/rfc822", b"Subject: x\r\nMESSAGE-ID:\r\n\t<a@b>\r\n\r\nbody")], "", "<a@b>"),
        ([("text/rfc822-headers", b"\r\nMessage-Id: <a@b>")], "", "<a@b>"),
        ([("message/rfc822", b"Subject: x\r\n\r\nMessage-ID: <quoted@b>")], "", ""),
        ([("text/plain", b"Message-ID: <a@b>")], "", ""),
        ([("message/delivery-status", b"Message-ID: <a@b>")], "", ""),
        ([], "Your mail came back.\n\n  ------ copy ------\nTo: x\nMessage-ID: <a@b>\n", "<a@b>"),
        ([], "I wonder about Message-ID: <a@b>", ""),
    ],
)
def test_the_mail_that_came_back(parts: list[tuple[str, bytes]], text: str, found: str) -> None:
    assert bounced_message_id(parts, text) == found
