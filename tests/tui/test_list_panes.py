"""The panes beside a list: views and queues with counts, the preview; the customer's tickets; ranges of marks."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from driving import drive, screen_text, shows, until
from test_list_screen import current, listed, open_view
from textual.pilot import Pilot
from tui_desk import ANNA, JUNK, NOON, RAW, TuiDesk, fill

from tuidesk.core.domain.ops import SetOwner, SetState
from tuidesk.screens import ticket_list, views_pane
from tuidesk.screens.dashboard import DashboardScreen
from tuidesk.screens.ticket import TicketScreen
from tuidesk.screens.ticket_list import TicketListScreen

WIDE = (160, 48)


def pane(pilot: Pilot[Any]) -> dict[str, str]:
    """Return the rows of the views, by their words."""
    return {row.text.strip(): row.count for row in listed(pilot).views.rows}


def test_views_and_queues_stand_beside_a_wide_list_with_their_counts(desk: TuiDesk) -> None:
    for n in range(3):
        desk.mail(f"raw {n}", at=NOON - timedelta(minutes=n))
    mine = desk.mail("mine", queue_id=JUNK)
    desk.do(ANNA, mine, SetOwner(ANNA.agent_id))
    desk.do(ANNA, desk.mail("closed"), SetState(2))

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot, "8")
        await until(pilot, lambda: pane(pilot).get("8 Open tickets") == "4", "the counts")
        found = pane(pilot)
        assert (found["1 My tickets"], found["3 New"], found["9 All tickets"]) == ("1", "4", "")
        assert (found["Raw"], found["Junk"], found["Queues"]) == ("3", "1", "")
        await shows(pilot, "▸8 Open tickets")
        await pilot.press("f")
        await shows(pilot, ">8 Open tickets")
        await pilot.press("j", "j")
        await shows(pilot, "> Junk")
        await pilot.press("enter")
        await shows(pilot, "tuidesk  Junk", "1 of 1", "▸ Junk")
        assert listed(pilot).table.has_focus
        await pilot.press("tab", "1")
        await shows(pilot, "tuidesk  My tickets", "1 of 1")
        await pilot.press("f", "escape")
        assert listed(pilot).table.has_focus
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))

    drive(desk.app(), scenario, WIDE)


def test_all_counts_are_one_statement(desk: TuiDesk) -> None:
    fill(desk, 5)
    statements: list[str] = []

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: pilot.app.session is not None)  # type: ignore[attr-defined]
        session = pilot.app.session  # type: ignore[attr-defined]
        found = views_pane.entries(session)
        sa.event.listen(desk.engines.read, "before_cursor_execute", lambda *said: statements.append(said[2]))
        counts = views_pane.count_entries(session, found)
        assert len(counts) == len(found) - 1

    drive(desk.app(), scenario)
    assert len([one for one in statements if "select" in one.lower()]) == 1, statements


def test_the_list_does_not_wait_for_the_counts(desk: TuiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(desk, 3)
    gate, asked = threading.Event(), threading.Event()
    counting = views_pane.count_entries

    def slowly(*given: Any) -> Any:
        asked.set()
        gate.wait(30)
        return counting(*given)

    monkeypatch.setattr(ticket_list, "count_entries", slowly)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await shows(pilot, "1 of 3", "Printer 2 is on fire", "9 All tickets", "Raw")
        await until(pilot, asked.is_set)
        assert pane(pilot)["8 Open tickets"] == ""
        gate.set()
        await until(pilot, lambda: pane(pilot)["8 Open tickets"] == "3")

    drive(desk.app(), scenario, WIDE)


def test_counts_follow_news(desk: TuiDesk) -> None:
    desk.mail("first")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        from tuidesk.messages import TicketsChanged

        await open_view(pilot)
        await until(pilot, lambda: pane(pilot).get("3 New") == "1")
        desk.mail("second")
        app.post_message(TicketsChanged())
        await until(pilot, lambda: pane(pilot)["3 New"] == "2")

    drive(app, scenario, WIDE)


def test_without_room_views_and_queues_are_picked(desk: TuiDesk) -> None:
    desk.mail("in raw", queue_id=RAW)
    desk.mail("in junk", queue_id=JUNK)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        assert not listed(pilot).views.display
        await pilot.press("f")
        await shows(pilot, "Views and queues", "1 My tickets")
        await pilot.press(*"junk", "enter")
        await shows(pilot, "tuidesk  Junk", "in junk", "1 of 1")

    drive(desk.app(), scenario)


@pytest.mark.parametrize(
    ("size", "views", "preview"),
    [
        ((160, 48), True, "beside"),
        ((140, 30), True, "beside"),
        ((139, 30), False, "beside"),
        ((100, 30), False, "beside"),
        ((99, 30), False, "below"),
        ((80, 20), False, "below"),
        ((80, 19), False, ""),
        ((160, 19), True, ""),
        ((20, 5), False, ""),
    ],
    ids=lambda value: "x".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_the_panes_follow_the_size_of_the_terminal(
    desk: TuiDesk, size: tuple[int, int], views: bool, preview: str
) -> None:
    fill(desk, 3)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        screen = listed(pilot)
        await until(pilot, lambda: screen.views.display == views)
        shown = screen.query_one("#preview")
        where = "" if not shown.display else "beside" if shown.region.x > 0 else "below"
        assert where == preview
        if preview == "beside" and views:
            assert 60 <= screen.table.size.width <= 80
            assert screen.views.size.width == 23

    drive(desk.app(), scenario, size)


def test_resizing_keeps_the_ticket_and_its_preview(desk: TuiDesk) -> None:
    fill(desk, 30)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press(*"12j")
        await shows(pilot, "Printer 17 is on fire", "VPN")
        for size in ((160, 48), (60, 10), (100, 30), (20, 5), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert current(pilot) == "Printer 17 is on fire"
            table = listed(pilot).table
            shown = table.window.cursor_y - table.scroll_offset.y
            assert 0 <= shown < max(1, table.size.height - 1), size
        await shows(pilot, "Printer 17 is on fire", "VPN")

    drive(desk.app(), scenario)


def test_the_preview_stays_off_until_it_is_wanted(desk: TuiDesk) -> None:
    fill(desk, 3)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await shows(pilot, "VPN")
        await pilot.press("P")
        await until(pilot, lambda: "VPN" not in screen_text(pilot.app))
        await pilot.resize_terminal(160, 48)
        await pilot.pause()
        assert "VPN" not in screen_text(pilot.app)
        await pilot.press("P")
        await shows(pilot, "VPN")

    drive(desk.app(), scenario)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 48)], ids=["80", "100", "160"])
def test_the_scroll_bar_covers_no_text(desk: TuiDesk, size: tuple[int, int]) -> None:
    words = " ".join(f"word{n:03}" for n in range(600))
    for n in range(60):
        desk.mail("subject " + "x" * 200, body=words, at=NOON - timedelta(minutes=n))

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await shows(pilot, "word000")
        for widget in (listed(pilot).table, listed(pilot).conversation):
            assert widget.show_vertical_scrollbar
            room = widget.scrollable_content_region.width
            assert room == widget.size.width - 1
            assert all(widget.render_line(y).cell_length == room for y in range(widget.size.height))
        assert "xxx…" in listed(pilot).table.render_line(2).text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TicketScreen))
        await shows(pilot, "word000")
        shown = " ".join(line.strip("│ ▁▂▃▄▅▆▇█") for line in screen_text(pilot.app).splitlines())
        assert "word000 word001" in shown
        conversation = pilot.app.screen.query_one("#conversation")
        lines = [line.text for line in conversation._lines]  # type: ignore[attr-defined]
        assert all(len(line) <= conversation.scrollable_content_region.width - 2 for line in lines if "word" in line)

    drive(desk.app(), scenario, size)


def test_a_limit_and_an_order_leave_the_cursor_on_its_ticket(desk: TuiDesk) -> None:
    fill(desk, 30)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("l", *"printer", "space", *"2", "enter")
        await shows(pilot, "> printer 2")
        await pilot.press("j", "j", "j")
        await until(pilot, lambda: current(pilot) != "")
        chosen = current(pilot)
        await pilot.press("escape")
        await shows(pilot, "of 30")
        assert current(pilot) == chosen
        await pilot.press("o", *"oldest", "enter")
        await shows(pilot, "oldest first")
        await until(pilot, lambda: listed(pilot).table.window.loaded)
        assert current(pilot) == chosen

    drive(desk.app(), scenario)


def test_a_range_is_marked_from_the_last_mark_to_the_cursor(desk: TuiDesk) -> None:
    fill(desk, 10)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("j", "space", "j", "j", "V")
        await shows(pilot, "4 marked")
        rows = listed(pilot).table.window.rows
        assert {row.id for row in rows[1:5]} == listed(pilot).table.marks
        await pilot.press("g", "g", "V")
        assert {row.id for row in rows[:5]} == listed(pilot).table.marks

    drive(desk.app(), scenario)


def test_all_tickets_of_the_customer_the_newest_first(desk: TuiDesk) -> None:
    from tuidesk.core.domain.ops import SetCustomer

    tickets = [desk.mail(f"hers {n}", at=NOON - timedelta(hours=9 - n)) for n in range(3)]
    for ticket in tickets:
        desk.do(ANNA, ticket, SetCustomer("mia@x.test", "x.test"))
    desk.do(ANNA, tickets[1], SetState(2))
    desk.mail("his")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(tickets[0].id)
        await shows(pilot, "#1 Mia Lee", "mia@x.test")
        await pilot.press("g", "c")
        await shows(pilot, "All tickets of mia@x.test", "1 of 3")
        assert [row.title for row in listed(pilot).table.window.rows] == ["hers 2", "hers 1", "hers 0"]
        await pilot.press("j", "enter")
        await shows(pilot, "hers 1", "2/3 K J")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TicketScreen))
        await shows(pilot, "hers 0")
        await pilot.press("g", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))
        await pilot.press("g", "'")
        await shows(pilot, "1000001  hers 0")

    drive(app, scenario)


def test_esc_takes_a_semicolon_back(desk: TuiDesk) -> None:
    desk.mail("a")

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("space", "semicolon")
        await shows(pilot, "; on 1 marked")
        await pilot.press("escape")
        await until(pilot, lambda: "; on" not in screen_text(pilot.app))
        assert isinstance(pilot.app.screen, TicketListScreen)
        assert listed(pilot).table.marks

    drive(desk.app(), scenario)


def test_a_view_chosen_beside_hits_is_a_list_of_its_own(desk: TuiDesk) -> None:
    desk.mail("about a gateway", body="lease time")

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: pilot.app.session is not None)  # type: ignore[attr-defined]
        await pilot.press("/")
        await shows(pilot, "words that an article must hold", "8 Open tickets")
        assert "reading" not in screen_text(pilot.app)
        await pilot.press(*"lease", "enter")
        await shows(pilot, "1 of 1", "about a gateway")
        await pilot.press("f", "3")
        await shows(pilot, "tuidesk  New", "1 of 1", "▸3 New")
        assert not pilot.app.screen.query("#query")

    drive(desk.app(), scenario, WIDE)


@pytest.mark.parametrize(
    ("keys", "title"),
    [
        ("x", "Close as – 1000001"),
        ("s", "State – 1000001"),
        ("m", "Move to – 1000001"),
        ("w", "Wait until – 1000001"),
        ("!!", "Priority – 1000001"),
        (";x", "Close as – 2 tickets"),
        (";a", "Assign to – 2 tickets"),
    ],
)
def test_questions_name_what_they_are_about(desk: TuiDesk, keys: str, title: str) -> None:
    for n in range(2):
        desk.mail(f"t{n}", at=NOON - timedelta(minutes=n))

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("space", "space", "g", "g")
        await shows(pilot, "2 marked")
        await pilot.press(*("semicolon" if key == ";" else key for key in keys))
        await shows(pilot, title)

    drive(desk.app(), scenario)
