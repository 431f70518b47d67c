"""Lists over a real desk: paging, the cursor and news, actions, marks, limits, search."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from driving import drive, screen_text, shows, until
from textual.pilot import Pilot
from textual.widgets import Input
from tui_desk import ANNA, BEN, NOON, RAW, SECRET, TuiDesk, fill

from tuidesk.core.domain.ops import LockTicket, SetOwner, SetPriority, SetState, SetTitle
from tuidesk.core.domain.states import Lock
from tuidesk.messages import TicketsChanged
from tuidesk.screens.list_source import ViewSource
from tuidesk.screens.search import SearchScreen
from tuidesk.screens.ticket import TicketScreen
from tuidesk.screens.ticket_list import TicketListScreen
from tuidesk.session import Session
from tuidesk.widgets.dialogs import Confirm
from tuidesk.widgets.row_window import Wanted
from tuidesk.widgets.ticket_line import TicketLine

SIZES = [(80, 24), (160, 48)]


def listed(pilot: Pilot[Any]) -> TicketListScreen:
    """Return the list on top."""
    screen = pilot.app.screen
    assert isinstance(screen, TicketListScreen)
    return screen


def current(pilot: Pilot[Any]) -> str:
    """Return the title under the cursor."""
    line = listed(pilot).table.current
    return line.title if line else ""


async def open_view(pilot: Pilot[Any], digit: str = "9") -> None:
    """Go to a standing view once the desk is open."""
    await until(pilot, lambda: pilot.app.session is not None)  # type: ignore[attr-defined]
    await pilot.press("g", digit)
    await until(pilot, lambda: isinstance(pilot.app.screen, TicketListScreen))
    await until(pilot, lambda: listed(pilot).table.window.loaded)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "160x48"])
def test_the_way_from_the_dashboard_to_a_ticket_and_back(desk: TuiDesk, size: tuple[int, int]) -> None:
    fill(desk, 12)

    async def scenario(pilot: Pilot[Any]) -> None:
        await shows(pilot, "My tickets", "Escalated", "12 new", "Printer 0 is on")
        await open_view(pilot, "3")
        await shows(pilot, "Printer 0 is on fire", "1 of 12", "VPN connection drops")
        await pilot.press("enter")
        await shows(pilot, "owner -", "priority 3 normal", "#1 Mia Lee", "[d1] client.log  13 kB")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TicketListScreen))
        await pilot.press("q")
        await shows(pilot, "Last 14 days")
        await pilot.press("q")
        await shows(pilot, "Q leaves tuidesk")

    drive(desk.app(), scenario, size)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "160x48"])
def test_the_cursor_stays_on_its_ticket_when_news_come(desk: TuiDesk, size: tuple[int, int]) -> None:
    fill(desk, 30)
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press(*"5j")
        assert current(pilot) == "Printer 24 is on fire"
        row = listed(pilot).table.window.cursor_y - listed(pilot).table.scroll_offset.y
        for n in range(3):
            desk.mail(f"fresh {n}", at=desk.clock.now() + timedelta(minutes=n))
        app.post_message(TicketsChanged())
        await until(pilot, lambda: listed(pilot).table.window.rows[0].title == "fresh 2")
        assert current(pilot) == "Printer 24 is on fire"
        table = listed(pilot).table
        assert table.window.cursor_y - table.scroll_offset.y in (row, row + 3)
        await pilot.press("enter")
        await shows(pilot, "Printer 24 is on fire", "VPN")
        desk.mail("fresh 4", at=desk.clock.now() + timedelta(minutes=9))
        app.post_message(TicketsChanged())
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TicketListScreen))
        await until(pilot, lambda: listed(pilot).table.window.rows[0].title == "fresh 4", "reading again on return")
        assert current(pilot) == "Printer 24 is on fire"

    drive(app, scenario, size)


def test_long_lists_are_read_page_by_page(desk: TuiDesk) -> None:
    fill(desk, 450)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        table = listed(pilot).table
        await until(pilot, lambda: table.window.total == 450)
        assert len(table.window.rows) == 200
        await pilot.press(*"195j")
        await until(pilot, lambda: len(table.window.rows) == 400)
        await pilot.press("G")
        await until(pilot, lambda: current(pilot) == "Printer 0 is on fire")
        assert table.window.cursor_y == 449
        await pilot.press("g", "g")
        await until(pilot, lambda: current(pilot) == "Printer 449 is on fire")

    drive(desk.app(), scenario)


def test_taking_a_ticket_is_answered_at_once_and_changes_it(desk: TuiDesk) -> None:
    ticket = desk.mail("a")

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("t")
        assert "-> taken" in listed(pilot).status.message
        await shows(pilot, f"{ticket.number} -> taken", "anna")

    drive(desk.app(), scenario)
    now = desk.ticket(ticket)
    assert (now.owner_id, now.lock) == (ANNA.agent_id, Lock.LOCK)


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        (("!", "5"), "priority_id", 5),
        (("!", "!", "up", "enter"), "priority_id", 2),
        (("s", *"open", "enter"), "state_id", 4),
        (("x", "enter"), "state_id", 2),
        (("x", "down", "enter"), "state_id", 3),
        (("m", *"misc", "enter"), "queue_id", 4),
        (("a", *"ben", "enter"), "owner_id", BEN.agent_id),
        (("w", *"mo9", "enter"), "pending_until", NOON + timedelta(days=6, hours=21)),
        (("w", "5", "enter"), "pending_until", NOON + timedelta(days=7)),
        (("s", *"reminder", "enter", *"+3d", "enter"), "pending_until", NOON + timedelta(days=3)),
        (("L",), "lock", Lock.LOCK),
        (("e", "t", *" new", "enter"), "title", "a new"),
    ],
    ids=lambda value: "".join(value) if isinstance(value, tuple) else None,
)
def test_keys_change_a_ticket(desk: TuiDesk, keys: tuple[str, ...], field: str, value: object) -> None:
    ticket = desk.mail("a")

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        for key in keys:
            await pilot.press("space" if key == " " else key)
        await until(pilot, lambda: desk.ticket(ticket).version > ticket.version, "the change")
        await until(pilot, lambda: " -> " in screen_text(pilot.app) and "…" not in listed(pilot).status.message)

    drive(desk.app(), scenario)
    assert getattr(desk.ticket(ticket), field) == value


def test_what_somebody_else_set_meanwhile_is_shown_with_both_values(desk: TuiDesk) -> None:
    ticket = desk.mail("a")

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        desk.do(BEN, ticket, SetTitle("of ben"))
        await pilot.press("e", "t", *"X", "enter")
        await shows(pilot, "was changed meanwhile", "of ben", "you want aX", "by ben", "y set what I want")
        assert isinstance(pilot.app.screen, Confirm)
        await pilot.press("n")
        await shows(pilot, "left as it is now")
        assert desk.ticket(ticket).title == "of ben"
        await until(pilot, lambda: current(pilot) == "of ben")
        desk.do(BEN, ticket, SetTitle("again of ben"))
        await pilot.press("e", "t", *"Y", "enter")
        await shows(pilot, "you want of benY")
        await pilot.press("y")
        await until(pilot, lambda: desk.ticket(ticket).title == "of benY")

    drive(desk.app(), scenario)


def test_what_others_lock_is_refused_in_words(desk: TuiDesk) -> None:
    ticket = desk.mail("a")
    desk.do(BEN, ticket, SetOwner(BEN.agent_id), LockTicket())

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("!", "5")
        await shows(pilot, "is locked by ben")

    drive(desk.app(), scenario)


def test_what_one_may_not_do_says_why_without_asking_the_desk(desk: TuiDesk) -> None:
    ticket = desk.mail("secret thing", queue_id=SECRET)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("t")
        await shows(pilot, "you lack the right “owner” here")
        await pilot.press("question_mark")
        await shows(pilot, "What can I do here?", "you lack the right")

    drive(desk.app(), scenario)
    assert desk.ticket(ticket).version == ticket.version


def test_several_tickets_are_asked_about_and_what_fails_stays_marked(desk: TuiDesk) -> None:
    tickets = [desk.mail(f"t{n}", at=NOON - timedelta(minutes=n)) for n in range(4)]
    desk.do(BEN, tickets[1], SetOwner(BEN.agent_id), LockTicket())

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("space", "space", "space")
        await shows(pilot, "3 marked")
        await pilot.press("semicolon", "!", "5")
        await shows(pilot, "3 tickets: priority 5 very high?", tickets[0].number)
        await pilot.press("y")
        await shows(pilot, "2 done, 1 not", "locked by ben", "1 marked")
        assert listed(pilot).table.marks == {tickets[1].id}

    drive(desk.app(), scenario)
    assert [desk.ticket(ticket).priority_id for ticket in tickets] == [5, 3, 5, 3]


def test_what_is_marked_counts_and_not_what_the_cursor_is_on(desk: TuiDesk) -> None:
    ticket = desk.mail("open", at=NOON - timedelta(minutes=2))
    closed = desk.mail("closed", at=NOON - timedelta(minutes=1))
    desk.do(ANNA, closed, SetState(2))

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot, "9")
        while current(pilot) != "open":
            await pilot.press("j")
        await pilot.press("space", "g", "g")
        while current(pilot) != "closed":
            await pilot.press("j")
        await pilot.press("x")
        await shows(pilot, "the ticket is closed")
        await pilot.press("semicolon", "t")
        await shows(pilot, "taken")

    drive(desk.app(), scenario)
    assert desk.ticket(ticket).owner_id == ANNA.agent_id


def test_a_closed_ticket_stays_under_the_cursor_until_it_leaves(desk: TuiDesk) -> None:
    tickets = [desk.mail(f"t{n}", at=NOON - timedelta(minutes=9 - n)) for n in range(4)]

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot, "8")
        await pilot.press("j", "x", "enter")
        await until(pilot, lambda: bool((line := listed(pilot).table.current) and line.gone))
        assert current(pilot) == "t1"
        await pilot.press("j")
        assert current(pilot) == "t2"
        assert [row.title for row in listed(pilot).table.window.rows] == ["t0", "t2", "t3"]

    drive(desk.app(), scenario)
    assert not desk.ticket(tickets[1]).is_open


def test_a_limit_reaches_the_desk_and_escape_clears_it_before_leaving(desk: TuiDesk) -> None:
    fill(desk, 30)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("space", "l", *"printer", "space", *"27", "enter")
        await shows(pilot, "1 of 2", "Printer 27 is on fire", "1 marked")
        await pilot.press("escape")
        await shows(pilot, "of 30", "1 marked")
        await pilot.press("escape")
        await shows(pilot, "Last 14 days")

    drive(desk.app(), scenario)


def test_a_number_and_enter_open_that_ticket(desk: TuiDesk) -> None:
    fill(desk, 12)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press(*"07")
        await pilot.press("escape")
        await pilot.press(*"1000007", "enter")
        await shows(pilot, "1000007  Printer", "#1 Mia Lee")
        await pilot.press(*"99", "enter")
        await shows(pilot, "icket “99” that you may see.")

    drive(desk.app(), scenario)


def test_merging_asks_and_moves_the_articles(desk: TuiDesk) -> None:
    main, other = desk.mail("main", at=NOON - timedelta(hours=1)), desk.mail("double", at=NOON)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        assert current(pilot) == "double"
        await pilot.press("M", *main.number, "enter")
        await shows(pilot, "a part of", "double", "main")
        await pilot.press("y")
        await shows(pilot, f"merged into {main.number}")

    drive(desk.app(), scenario)
    assert not desk.ticket(other).is_open
    assert desk.ticket(main).last_article_no == 2


def test_watching_and_linking(desk: TuiDesk) -> None:
    one, two = desk.mail("one", at=NOON - timedelta(hours=1)), desk.mail("two", at=NOON)
    viewer = desk.desk.viewer(ANNA.agent_id)

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("W")
        await shows(pilot, "-> watched")
        assert desk.desk.facts(viewer, two.id).watchers == [ANNA.agent_id]
        await pilot.press("W")
        await shows(pilot, "-> watched no longer")
        await pilot.press("e", "l", *one.number, "enter")
        await shows(pilot, f"linked with {one.number}")

    drive(desk.app(), scenario)
    assert [link.ticket_id for link in desk.desk.facts(viewer, one.id).links] == [two.id]


def test_search_lists_tickets_and_remembers_what_was_asked(desk: TuiDesk) -> None:
    desk.mail("about a gateway", body="the lease time is too short")
    desk.mail("other")

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: pilot.app.session is not None)  # type: ignore[attr-defined]
        await pilot.press("/")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        await until(pilot, lambda: pilot.app.screen.query_one("#query").has_focus)
        await pilot.press(*"lease", "space", *"short", "enter")
        await shows(pilot, "about a gateway", "the lease time is too short")
        await shows(pilot, "3 -       c1@x.test")
        await pilot.press("t")
        await shows(pilot, "-> taken")
        await pilot.press("/", "ctrl+u", *"nowhere", "enter")
        await shows(pilot, "no article holds all these words")
        await until(pilot, lambda: "the lease time is too short" not in screen_text(pilot.app), "an empty preview")
        await pilot.press("/", "up", "up")
        assert pilot.app.screen.query_one("#query", Input).value == "lease short"
        await pilot.press("escape", "escape", "q")

    drive(desk.app(), scenario)


def test_a_paste_never_runs_as_keys(desk: TuiDesk) -> None:
    ticket = desk.mail("a")

    async def scenario(pilot: Pilot[Any]) -> None:
        from textual import events

        await open_view(pilot)
        pilot.app.post_message(events.Paste("ttttxx"))
        await pilot.pause()
        await pilot.pause()

    drive(desk.app(), scenario)
    assert desk.ticket(ticket).version == ticket.version


def test_the_prefix_menu_shows_what_can_follow(desk: TuiDesk) -> None:
    desk.mail("a")

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        await pilot.press("g")
        await shows(pilot, "g-", "Dashboard", "Outbox")
        await pilot.press("escape")
        await until(pilot, lambda: "Outbox" not in screen_text(pilot.app))
        assert isinstance(pilot.app.screen, TicketListScreen)

    drive(desk.app(), scenario)


def test_states_and_priorities_of_others_are_seen_after_reading_again(desk: TuiDesk) -> None:
    ticket = desk.mail("a")

    async def scenario(pilot: Pilot[Any]) -> None:
        await open_view(pilot)
        desk.do(BEN, ticket, SetOwner(BEN.agent_id), LockTicket(), SetPriority(5), SetState(4))
        await pilot.press("R")
        await shows(pilot, " O 1000001", " 5 ben")

    drive(desk.app(), scenario)


def test_only_queues_of_hers_are_listed(desk: TuiDesk) -> None:
    desk.mail("visible", queue_id=RAW)

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: pilot.app.session is not None)  # type: ignore[attr-defined]
        await pilot.press("g", "q", *"raw", "enter")
        await shows(pilot, "tuidesk  Raw", "visible")

    drive(desk.app(), scenario)


def test_keys_typed_ahead_go_to_the_screen_that_they_are_meant_for(desk: TuiDesk) -> None:
    ticket = desk.mail("a")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        from textual import events

        await open_view(pilot)
        for key in ("m", "m", "i", "s", "c"):
            app.post_message(events.Key(key, key))
        app.post_message(events.Key("enter", "\r"))
        await until(pilot, lambda: desk.ticket(ticket).queue_id == 4, "the move")
        assert isinstance(app.screen, TicketListScreen), "Enter opened nothing"

    drive(app, scenario)


@dataclass(frozen=True)
class LateSource(ViewSource):
    """A view whose pages come when they are let go."""

    let_go: threading.Event = field(default_factory=threading.Event)

    def page(self, session: Session, wanted: Wanted) -> list[TicketLine]:
        """Wait, then read."""
        assert self.let_go.wait(30)
        return super().page(session, wanted)


@pytest.mark.parametrize("keys, opens", [(["enter"], True), (["j", "j", "enter"], True), (["enter", "j"], False)])
def test_keys_typed_ahead_of_the_rows_count_as_soon_as_the_rows_are_here(
    desk: TuiDesk, keys: list[str], opens: bool
) -> None:
    fill(desk, 4)
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        late = LateSource("all")
        app.open_list(late)
        await until(pilot, lambda: isinstance(app.screen, TicketListScreen))
        screen = listed(pilot)
        for key in keys:
            await pilot.press(key)
        late.let_go.set()
        await until(pilot, lambda: screen.table.window.loaded)
        lines = screen.table.window.rows
        if opens:
            await shows(pilot, "article 1 of 1")
            assert isinstance(app.screen, TicketScreen)
            assert app.screen.ticket_id == lines[keys.count("j")].id
        else:
            await pilot.pause()
            assert app.screen is screen, "the last key counts"
            assert screen.table.window.cursor == 1

    drive(app, scenario)


def test_keys_typed_ahead_of_a_dialog_do_not_get_into_it(desk: TuiDesk) -> None:
    ticket = desk.mail("a")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        from textual import events

        await open_view(pilot)
        keys = [("e", "e"), ("t", "t"), ("X", "X"), ("enter", "\r"), ("x", "x"), ("down", None), ("enter", "\r")]
        for key, character in keys:
            app.post_message(events.Key(key, character))
        await until(pilot, lambda: desk.ticket(ticket).state_id == 3, "closing as the second of the states")
        assert desk.ticket(ticket).title == "aX"

    drive(app, scenario)
