"""A mail in the terminal: what its files say, what could not be read, and the mail as it came."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from driving import drive, screen_text, shows, until
from textual.pilot import Pilot
from tui_desk import NOON, RAW, TuiDesk

from tuidesk.core.domain.ticket import Attachment, Ticket
from tuidesk.core.mail.intake import Intake
from tuidesk.core.mail.spool import spool_bytes
from tuidesk.widgets.article_text import LINES_FIRST, MORE_TIMES

LETTERS = Path(__file__).parent.parent / "mail" / "letters"


def take_in(desk: TuiDesk, raw: bytes) -> Ticket:
    """Take a mail in as the daemon does; return its ticket."""
    spool_bytes(desk.engines, desk.clock, 0, str(hash(raw)), raw)
    intake = Intake(desk.desk.path, holder="test", max_size_bytes=32 << 20, html_to_text=None)
    (taken,) = intake.run()
    assert taken.ticket_id is not None
    return desk.ticket(taken.ticket_id)


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
def test_an_invitation_and_a_card_are_text(desk: TuiDesk, size: tuple[int, int]) -> None:
    files = [
        Attachment("meeting.ics", "text/calendar", (LETTERS / "invitation.eml").read_bytes().partition(b"8bit\r\n\r\n")[2].partition(b"--b0")[0]),
        Attachment("mia.vcf", "text/vcard", b"BEGIN:VCARD\r\nFN:Mia \x1b[31mLee\r\nTEL:+49 30 1\r\nEND:VCARD\r\n"),
    ]
    ticket = desk.mail("Meeting", attachments=tuple(files), at=NOON - timedelta(hours=1))
    app = desk.app(zone="Europe/Berlin")

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await shows(pilot, "Invitation: Walk through the printer room, floor 9", "When: Mon 2026-07-06 14:00–15:00 (CEST)")
        await shows(pilot, "Where: Room 9.12", "Card: Mia [31mLee", "Phone: +49 30 1", "[d1] meeting.ics", "[d2] mia.vcf")

    drive(app, scenario, size)


def test_what_could_not_be_read_is_said_and_the_mail_is_there_as_it_came(desk: TuiDesk) -> None:
    parts = b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 1100
    raw = b"From: m@x.test\r\nSubject: Many\r\nX-Odd: \x1b]0;title\x07\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nthe text\r\n"
    ticket = take_in(desk, raw + parts + b"--b--\r\n")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await shows(pilot, "! 1 part could not be read, raw mail: v r", "the text")
        await pilot.press("v", "r")
        await shows(pilot, "the raw mail", "X-Odd: ␛]0;title␇", "Content-Type: multipart/mixed; boundary=b")
        await pilot.press("G")
        await shows(pilot, "more lines")
        await pilot.press("escape")
        await shows(pilot, "the text")

    drive(app, scenario)


def test_an_article_that_came_from_no_mail_has_no_mail_to_show(desk: TuiDesk) -> None:
    ticket = desk.mail("x", queue_id=RAW)
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await shows(pilot, "article 1 of 1")
        await pilot.press("v", "r")
        await shows(pilot, "This article is no mail.")

    drive(app, scenario)


def test_a_log_of_many_lines_is_unfolded_in_few_steps(desk: TuiDesk) -> None:
    lines = 100_000
    ticket = desk.mail("log", body="\n".join(f"line {n}" for n in range(lines)))
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await shows(pilot, "line 1")
        shown = LINES_FIRST
        while shown < lines:
            await pilot.press("G")
            await shows(pilot, "more lines")
            await pilot.press("enter")
            shown *= MORE_TIMES
        await pilot.press("G")
        await shows(pilot, f"line {lines - 1}")
        assert "more lines" not in screen_text(app)

    drive(app, scenario)


def test_a_report_of_delivery_is_text_and_a_long_name_hides_neither_size_nor_type(desk: TuiDesk) -> None:
    report = b"Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; mia@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    files = (
        Attachment("file-1.txt", "message/delivery-status", report + b"Diagnostic-Code: smtp; 550 no such user\r\n"),
        Attachment("料" * 80 + "見積.pdf", "application/pdf", b"x" * 2000),
    )
    ticket = desk.mail("Undelivered", attachments=files)
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await shows(pilot, "Not delivered to mia@x.test: 5.1.1 550 no such user", "見積.pdf  1 kB  application/pdf")

    drive(app, scenario)


def test_a_very_long_line_is_quoted_as_far_as_an_editor_bears_it(desk: TuiDesk) -> None:
    ticket = desk.mail("long", body="x" * 3_000_000)
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await shows(pilot, "x" * 70)
        for key in ("r", "F"):
            await pilot.press(key)
            await until(pilot, lambda: bool(app.screen.query("#letter-body")) and "[...]" in body_of(app))
            assert len(body_of(app)) < 600_000
            await pilot.press("escape", "escape")
            await shows(pilot, "article 1 of 1")

    def body_of(app: Any) -> str:
        return str(app.screen.query_one("#letter-body").text)

    drive(app, scenario)
