"""A few screens as pictures: fixed tickets, a clock that stands still, UTC. `--snapshot-update` takes them anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from driving import shows, until
from textual.pilot import Pilot
from tui_desk import ANNA, BEN, JUNK, NOON, TALK, TuiDesk

from tuidesk.core.domain.ops import LockTicket, SetOwner, SetPriority, SetState
from tuidesk.core.domain.ticket import Attachment, Ticket

Compare = Callable[..., bool]


@pytest.fixture
def tickets(desk: TuiDesk) -> list[Ticket]:
    """A dozen tickets in all the looks that a list has."""
    titles = (
        "VPN drops every hour", "New phone for reception", "Printer floor 9 does not print", "Invoice wrong twice",
        "Laptop for intern", "Password reset", "会議室のプロジェクター", "Zugang für die neue Kollegin",
        "Mail delivery slow", "Login loop", "Door to D2.13", "Backup of srv-db-58 finished with errors",
    )  # fmt: skip
    made = []
    for n, title in enumerate(titles):
        files = (Attachment("client.log", "text/plain", b"x" * 14_000),) if n == 0 else ()
        at = NOON - timedelta(minutes=11 * n * n + 3)
        made.append(desk.mail(title, body=TALK, at=at, attachments=files, queue_id=JUNK if n % 4 == 3 else 2))
    desk.follow_up(made[0], "Any news?\n\n> earlier words\n> of mine\n> here")
    desk.do(ANNA, made[2], SetOwner(ANNA.agent_id), LockTicket(), SetState(4))
    desk.do(BEN, made[3], SetOwner(BEN.agent_id), SetPriority(5), SetState(4))
    desk.do(ANNA, made[5], SetState(6, NOON + timedelta(days=2)))
    desk.do(ANNA, made[8], SetState(2))
    return made


async def _list(pilot: Pilot[Any]) -> None:
    app: Any = pilot.app
    await until(pilot, lambda: app.session is not None)
    await pilot.press("g", "9")
    await shows(pilot, "1 of 12", "2 articles", "VPN connection")
    await pilot.press("j", "space", "space", "k", "k", "k")
    await shows(pilot, "2 marked", "1 of 12", "── 1000001 VPN")
    if app.size.width >= 140:
        await until(pilot, lambda: all(row.count for row in app.screen.views.rows[:8]))


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
def test_list(desk: TuiDesk, tickets: list[Ticket], size: tuple[int, int], snap_compare: Compare) -> None:
    assert snap_compare(desk.app(), terminal_size=size, run_before=_list)


def test_ticket(desk: TuiDesk, tickets: list[Ticket], snap_compare: Compare) -> None:
    app = desk.app()
    desk.desk.enter(BEN.agent_id, tickets[0].id, "writing")

    async def ticket(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(tickets[0].id, unread=1)
        await shows(pilot, "article 2 of 2", "ben is writing here", "Any news?")
        await pilot.press("p")
        await shows(pilot, "article 1 of 2")

    assert snap_compare(app, terminal_size=(80, 24), run_before=ticket)


def test_dashboard(desk: TuiDesk, tickets: list[Ticket], snap_compare: Compare) -> None:
    async def dashboard(pilot: Pilot[Any]) -> None:
        await shows(pilot, "My tickets 2", "VPN drops every", "today +")
        await pilot.press("j")

    assert snap_compare(desk.app(), terminal_size=(80, 24), run_before=dashboard)
