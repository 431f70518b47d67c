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
        "List-Id:",
        "Content-Type: multipart/mixed; boundary=x",
    ],
)
def test_by_hand(header: str) -> None:
    automatic = read_mail(f"{header}\nTo: desk@example.org\n\nx".encode()).automatic
    assert automatic == BY_HAND
    assert not automatic.no_auto_reply


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
