"""Ticket, history, outbox, login, cached figures, a desk that does not open."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from driving import drive, screen_text, shows, until
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input
from tui_desk import ANNA, BEN, TALK, TuiDesk, fill

from tuidesk.app import TuideskApp
from tuidesk.core.domain.actor import AgentActor
from tuidesk.core.domain.ops import SetPriority
from tuidesk.core.errors import DatabaseUnavailable, LoginFailed
from tuidesk.screens.dashboard import DashboardScreen
from tuidesk.screens.ticket import TicketScreen


async def opened(pilot: Pilot[Any]) -> None:
    """Wait for the desk."""
    await until(pilot, lambda: pilot.app.session is not None)  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
def test_a_ticket_shows_its_conversation_and_where_there_is_room_its_facts(
    desk: TuiDesk, size: tuple[int, int]
) -> None:
    ticket = desk.mail("VPN drops", body=TALK)
    desk.follow_up(ticket, "second words")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        app.open_ticket(ticket.id, unread=2)
        await shows(pilot, "VPN drops", "Hello,", "[+ 5 quoted lines", "second words")
        assert ("Responsible" in screen_text(app)) == (size[0] >= 140)
        await pilot.press("enter")
        await shows(pilot, "> the client log?")
        await pilot.press("n")
        await shows(pilot, "article 2 of 2")
        await pilot.press("z", "M")
        await until(pilot, lambda: "second words" not in screen_text(app))

    drive(app, scenario, size)
    viewer = desk.desk.viewer(ANNA.agent_id)
    from tuidesk.core.store.ticket_lists import Page
    from tuidesk.core.views import ALL

    rows = desk.desk.page(viewer, ALL.filter(viewer, desk.desk.config(), desk.clock.now()), ALL.sort, Page())
    assert [row.unread for row in rows] == [0], "what was shown counts as read"


def test_others_in_a_ticket_and_new_articles_are_told(desk: TuiDesk) -> None:
    ticket = desk.mail("a")
    desk.desk.enter(BEN.agent_id, ticket.id, "writing")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        from tuidesk.messages import TicketsChanged

        await opened(pilot)
        app.open_ticket(ticket.id)
        await shows(pilot, "! ben is writing here (0s)")
        desk.follow_up(ticket, "fresh words")
        app.post_message(TicketsChanged((ticket.id,)))
        await shows(pilot, "1 new article", "fresh words")
        present = desk.desk.facts(desk.desk.viewer(2), ticket.id).present
        assert {who.agent_id for who in present} == {ANNA.agent_id, BEN.agent_id}
        await pilot.press("q")
        await until(
            pilot,
            lambda: {who.agent_id for who in desk.desk.facts(desk.desk.viewer(2), ticket.id).present} == {BEN.agent_id},
        )

    drive(app, scenario)


def test_the_next_ticket_of_the_list_without_going_back(desk: TuiDesk) -> None:
    fill(desk, 5)

    async def scenario(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        await pilot.press("g", "9")
        await shows(pilot, "1 of 5")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TicketScreen))
        await shows(pilot, "1000005")
        await pilot.press("J", "J")
        await shows(pilot, "1000003  Printer 2")
        await pilot.press("K")
        await shows(pilot, "1000004  Printer 3")
        await pilot.press("3", "K")
        await shows(pilot, "no more tickets there")
        await pilot.press("q")
        await shows(pilot, "2 of 5")

    drive(desk.app(), scenario)


def test_history_tells_who_did_what(desk: TuiDesk) -> None:
    ticket = desk.mail("a")
    desk.do(BEN, ticket, SetPriority(5))
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        app.open_ticket(ticket.id)
        await shows(pilot, "#1 Mia Lee")
        await pilot.press("v", "h")
        await shows(pilot, "History of", "made in Raw", "PriorityUpdate", "3 normal → 5 very high", "ben")

    drive(app, scenario)


def test_outbox_and_failed_mail_say_that_there_is_nothing(desk: TuiDesk) -> None:
    async def scenario(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        await pilot.press("g", "o")
        await shows(pilot, "no mail waits")
        await pilot.press("r")
        await shows(pilot, "There is nothing to try again.")
        await pilot.press("g", "m")
        await shows(pilot, "all mail was taken in")
        await pilot.press("q")
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))

    drive(desk.app(), scenario)


def log_in(login: str, password: str) -> AgentActor:
    if (login, password) != ("anna", "right"):
        raise LoginFailed(login)
    return ANNA


def test_nothing_is_shown_before_the_password(desk: TuiDesk) -> None:
    desk.mail("confidential")

    async def scenario(pilot: Pilot[Any]) -> None:
        await shows(pilot, "Login", "Password")
        await pilot.press(*"anna", "enter", "g", "9", "Q")
        await until(pilot, lambda: pilot.app.screen.query_one("#password").value == "g9Q")
        assert "confidential" not in screen_text(pilot.app)
        assert "g9Q" not in screen_text(pilot.app)
        await pilot.press("enter")
        await shows(pilot, "Login or password is not right.")
        await pilot.press(*"right", "enter")
        await shows(pilot, "confidential", "tuidesk  anna")

    drive(desk.app(agent=None, log_in=log_in), scenario)


def test_a_log_in_that_comes_in_one_packet_never_shows_the_password(desk: TuiDesk) -> None:
    app = desk.app(agent=None, log_in=log_in)

    async def scenario(pilot: Pilot[Any]) -> None:
        await shows(pilot, "Login", "Password")
        for key, character in (*((c, c) for c in "anna"), ("tab", "\t"), *((c, c) for c in "right")):
            app.post_message(events.Key(key, character))
        await until(pilot, lambda: app.screen.query_one("#password", Input).value == "right")
        assert app.screen.query_one("#login", Input).value == "anna"
        await pilot.press("enter")
        await shows(pilot, "tuidesk  anna")

    drive(app, scenario)


def test_a_merged_ticket_says_where_it_went(desk: TuiDesk) -> None:
    merged, main = desk.mail("VPN drops"), desk.mail("VPN is down")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        app.open_ticket(merged.id)
        await shows(pilot, "article 1 of 1")
        await pilot.press("M", *main.number, "enter")
        await shows(pilot, "becomes a part of")
        await pilot.press("y")
        await shows(pilot, f"merged into {main.number}: {main.number} Enter goes there", "Merged ticket 1000001 into 1000002.")
        await pilot.press(*main.number, "enter")
        await shows(pilot, "1000002  VPN is down", "article")

    drive(app, scenario)


def test_three_wrong_passwords_end_it(desk: TuiDesk) -> None:
    app = desk.app(agent=None, log_in=log_in)

    async def scenario(pilot: Pilot[Any]) -> None:
        await shows(pilot, "Login", "Password")
        await pilot.press("tab")
        for n in range(3):
            await pilot.press("x", "enter")
            await until(pilot, lambda n=n: app.return_code == 1 or "not right" in screen_text(app) and n < 2)
        await until(pilot, lambda: app.return_code == 1)

    drive(app, scenario)


def test_an_identified_agent_is_not_asked(desk: TuiDesk) -> None:
    async def scenario(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        await shows(pilot, "tuidesk  anna")

    drive(desk.app(agent=None, identify=lambda: ANNA), scenario)


def test_cached_figures_stand_until_the_desk_answers(desk: TuiDesk) -> None:
    desk.mail("the real one")
    gate = threading.Event()

    def slowly() -> Any:
        gate.wait(30)
        return desk.desk

    cached = {"tiles": {"new": {"count": "7", "rows": [["  cached row", "x"], "junk", [1]]}, "mine": 3}}
    app = TuideskApp(slowly, ANNA, feed=None, clock=desk.clock, zone="UTC", cached=cached)

    async def scenario(pilot: Pilot[Any]) -> None:
        await shows(pilot, "New 7", "cached row")
        await pilot.press("g", "9")
        await shows(pilot, "reading …")
        await pilot.press("t")
        await shows(pilot, "the desk is not open yet")
        gate.set()
        await shows(pilot, "the real one")
        await pilot.press("g", "d")
        await shows(pilot, "New 1")

    drive(app, scenario)
    assert app.cache()["tiles"]["new"]["count"] == "1"


def test_a_desk_that_cannot_be_opened_ends_the_app_with_the_reason(desk: TuiDesk) -> None:
    def broken() -> Any:
        raise DatabaseUnavailable("secret reason")

    app = TuideskApp(broken, ANNA, feed=None, clock=desk.clock, zone="UTC")

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.return_code == 1)

    drive(app, scenario)
    assert isinstance(app.refusal, DatabaseUnavailable)


class _Feed:
    """A feed that says what it is told to say, once."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []
        self.closed = threading.Event()

    def wait(self, timeout_s: float) -> tuple[int, ...] | None:
        if self.waiting:
            said = self.waiting.pop(0)
            if isinstance(said, Exception):
                raise said
            return tuple(said)
        self.closed.wait(0.01)
        return None

    def close(self) -> None:
        self.closed.set()


def test_news_of_the_feed_reach_the_screen_and_its_thread_ends(desk: TuiDesk) -> None:
    feed = _Feed()
    desk.mail("first")

    async def scenario(pilot: Pilot[Any]) -> None:
        await shows(pilot, "first")
        ticket = desk.mail("second")
        feed.waiting.append((ticket.id,))
        await shows(pilot, "second")
        feed.waiting.append(DatabaseUnavailable("gone"))
        await shows(pilot, "! The database cannot be reached")

    drive(desk.app(feed=lambda: feed), scenario)
    assert feed.closed.is_set()
