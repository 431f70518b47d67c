"""How the mail is doing: in words, and readable in 80 columns beside the hints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from driving import drive, screen_text, shows, until
from textual.pilot import Pilot
from tui_desk import NOON, TuiDesk

from tuidesk.core.store import tx
from tuidesk.core.store.leases import Status, report
from tuidesk.screens.mail_status import mail_status_words
from tuidesk.widgets.status_line import fitting_hints

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MIN = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("statuses", "text", "trouble"),
    [
        ({}, "", ""),
        ({"fetch:1": Status(NOW - MIN, True, "")}, "mail 11:59", ""),
        ({"fetch:1": Status(NOW - MIN, True, ""), "outbox": Status(NOW - 60 * MIN, True, "sent")},
         "mail 11:59  sent 11:00", ""),
        ({"fetch:1": Status(NOW, True, ""), "outbox": Status(NOW - timedelta(days=2), True, "sent")},
         "mail 12:00  sent Sat 12:00", ""),
        ({"outbox": Status(NOW - timedelta(days=9), True, "sent")}, "sent 2026-11-14", ""),
        ({"fetch:1": Status(NOW - MIN, False, "login: h: no")}, "mail -", "mail in: login: h: no"),
        ({"fetch:1": Status(NOW - MIN, True, ""), "fetch:2": Status(NOW, False, "login: h: no")},
         "mail 11:59", "mail in 2: login: h: no"),
        ({"outbox": Status(NOW, False, "data: 550 no")}, "", "mail out: data: 550 no"),
        ({"fetch:1": Status(NOW - 31 * MIN, True, "")}, "mail 11:29",
         "no mail fetched since 11:29: does the daemon run?"),
    ],
)  # fmt: skip
def test_the_words(statuses: dict[str, Status], text: str, trouble: str) -> None:
    assert mail_status_words(statuses, NOW, UTC) == (text, trouble)


def test_a_refused_password_can_be_read_at_80_columns(desk: TuiDesk) -> None:
    desk.mail("a")
    detail = "login: imap.acme-hosting.example:993: [AUTHENTICATIONFAILED] Invalid credentials"
    tx.write(desk.engines, lambda c: report(c, "fetch:1", False, detail, NOON - MIN))

    async def scenario(pilot: Pilot[Any]) -> None:
        app: Any = pilot.app
        await shows(pilot, "! mail in: login: imap.acme-hosting.example:993: [AUTH", "? more")
        app.say("taken")
        await shows(pilot, "taken", "! mail in: login: imap.acme-hosting.example:993: [AUTH")
        tx.write(desk.engines, lambda c: report(c, "fetch:1", True, "", NOON))
        app._poll_statuses()
        await shows(pilot, "mail 12:00")
        await until(pilot, lambda: "! mail in" not in screen_text(app))

    drive(desk.app(), scenario)


@pytest.mark.parametrize(
    ("width", "shown"),
    [(40, "Enter open  t take  s state  ? more"), (34, "Enter open  t take  ? more"), (8, "? more"), (5, "")],
)
def test_a_hint_is_whole_or_not_there(width: int, shown: str) -> None:
    assert fitting_hints("Enter open  t take  s state  ? more", width) == shown
