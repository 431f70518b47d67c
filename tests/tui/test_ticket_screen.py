"""An open ticket: where reading begins, its head at any width, its files on disk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from driving import drive, screen_text, shows, until
from textual.pilot import Pilot
from textual.widgets import Input
from tui_desk import ANNA, NOON, TALK, TuiDesk

from tuidesk.core.domain.ops import SetState
from tuidesk.core.domain.ticket import Attachment, Ticket
from tuidesk.screens.file_saving import proposed_name, proposed_path
from tuidesk.screens.ticket import TicketScreen
from tuidesk.widgets.article_view import ArticleView


def conversation(pilot: Pilot[Any]) -> ArticleView:
    """Return the articles of the ticket on top."""
    screen = pilot.app.screen
    assert isinstance(screen, TicketScreen)
    return screen.conversation


def long_ticket(desk: TuiDesk, count: int = 12) -> Ticket:
    """Return a ticket with many long articles."""
    ticket = desk.mail("long", body=TALK, at=NOON - timedelta(hours=2))
    for n in range(2, count + 1):
        desk.follow_up(ticket, f"letter {n}\n{TALK}")
    return ticket


@pytest.mark.parametrize(("unread", "first"), [(0, 12), (4, 9), (None, 9)])
@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
def test_reading_begins_at_what_is_unread_or_at_the_end(
    desk: TuiDesk, size: tuple[int, int], unread: int | None, first: int
) -> None:
    ticket = long_ticket(desk)
    app = desk.app()
    if unread is None:  # as a number that was typed: nobody knows yet
        desk.desk.mark_seen(ANNA.agent_id, ticket.id, 8)

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id, unread=unread)
        await shows(pilot, f"letter {first}", f"article {first} of 12")
        view = conversation(pilot)
        assert view.current_no == first
        if unread != 0:
            assert view.render_line(0).text.startswith(">*#9")

    drive(app, scenario, size)


def test_from_the_dashboard_reading_begins_at_what_is_unread(desk: TuiDesk) -> None:
    long_ticket(desk)

    async def scenario(pilot: Pilot[Any]) -> None:
        await shows(pilot, "My tickets 0", "long")
        await pilot.press("tab", "j", "enter")
        await shows(pilot, ">*#1", "article 1 of 12")

    drive(desk.app(), scenario)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_head_is_broken_between_its_parts(desk: TuiDesk, width: int) -> None:
    ticket = desk.mail("a", ops=(SetState(6, NOON + timedelta(days=3)),))
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await shows(pilot, "pending reminder", "owner -")
        head = [line.strip() for line in screen_text(app).splitlines()[1:4]]
        assert not [line for line in head if line.startswith(".")]
        await pilot.resize_terminal(100, 24)
        await shows(pilot, "pending reminder . Thu 12:00 . priority 3 normal . Raw . owner - . c1@x.test")

    drive(app, scenario, (width, 24))


def test_facts_keep_to_their_column(desk: TuiDesk) -> None:
    ticket = desk.mail("a", ops=(SetState(6, NOON + timedelta(days=3)),))
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await shows(pilot, "  Until       2026-11-26 12:00 (3d)", "  Responsible -")

    drive(app, scenario, (160, 48))


def test_names_stand_without_quotation_marks_unless_they_look_like_addresses(desk: TuiDesk) -> None:
    ticket = desk.mail("a", sender='"Mia Lee" <mia@x.test>', to='"boss@bank.test" <evil@x.test>')
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await shows(pilot, "#1 Mia Lee <mia@x.test>", '"boss@bank.test" <evil@x.test>')

    drive(app, scenario)


# --- files ------------------------------------------------------------------------------------------


def with_files(desk: TuiDesk) -> Ticket:
    """Return a ticket with two files in its first article."""
    files = (Attachment("../evil.sh", "text/plain", b"one"), Attachment("log.txt", "text/plain", b"two"))
    ticket = desk.mail("a", attachments=files)
    desk.follow_up(ticket, "no file here")
    return ticket


def test_a_digit_saves_a_file_of_the_article(desk: TuiDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    ticket, app = with_files(desk), desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id, article_no=1)
        await shows(pilot, "[d1] ../evil.sh", "[d2] log.txt", "article 1 of 2")
        await pilot.press("d")
        await shows(pilot, "1 Save ../evil.sh", "2 Save log.txt")
        assert "Save file 3" not in screen_text(app)
        await pilot.press("1")
        await shows(pilot, "Save ../evil.sh", "3 B, text/plain; nothing is overwritten")
        assert app.screen.query_one("#line", Input).value == str(tmp_path / "evil.sh")
        await pilot.press("enter")
        await shows(pilot, "../evil.sh ->")
        await until(pilot, lambda: (tmp_path / "evil.sh").exists())
        await pilot.press("d", "3")
        await shows(pilot, "This article has no file 3")
        await pilot.press("question_mark", *"save")
        await shows(pilot, "d1        Save ../evil.sh", "d2        Save log.txt")
        assert "Save file" not in screen_text(app)

    drive(app, scenario)
    assert (tmp_path / "evil.sh").read_bytes() == b"one"
    assert (tmp_path / "evil.sh").stat().st_mode & 0o777 == 0o600


def test_nothing_is_overwritten_and_failures_are_told(
    desk: TuiDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.txt").write_text("mine")
    (tmp_path / "away.txt").symlink_to(tmp_path / "elsewhere.txt")
    ticket, app = with_files(desk), desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await shows(pilot, "#2")
        there = "! something of that name is there"
        for name, answer in (("there.txt", there), ("away.txt", there), ("no/x", "! there is no such folder")):
            await pilot.press("d", "d")
            await shows(pilot, "Files of", "#1  log.txt")
            await pilot.press(*"log", "enter")
            await until(pilot, lambda: bool(app.screen.query("#line")))
            app.screen.query_one("#line", Input).value = f"~/{name}"
            await pilot.press("enter")
            await shows(pilot, answer)
            await pilot.press("escape")
        await pilot.press("d", "d")
        await pilot.press(*"log", "enter")
        await until(pilot, lambda: bool(app.screen.query("#line")))
        app.screen.query_one("#line", Input).value = "/proc/x"
        await pilot.press("enter")
        await shows(pilot, "not saved, No such file")

    drive(app, scenario)
    assert (tmp_path / "there.txt").read_text() == "mine"
    assert not (tmp_path / "elsewhere.txt").exists()


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("a.txt", "a.txt"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\win.ini", "win.ini"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("a\n$(rm -rf ~).sh", "a__(rm -rf _).sh"),
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("\u202egpj.exe", "_gpj.exe"),
        ("x" * 300 + ".tar.gz", "x" * 100 + ".gz"),
        ("", "file"),
    ],
)
def test_a_name_from_a_mail_is_only_a_proposal(name: str, proposed: str) -> None:
    assert proposed_name(name) == proposed
    assert Path(proposed_name(name)).name == proposed_name(name)


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    assert proposed_path("a.txt", tmp_path, tmp_path / "here") == tmp_path / "here" / "a.txt"
    (tmp_path / "Downloads").mkdir()
    (tmp_path / "Downloads" / "a.txt").touch()
    assert proposed_path("a.txt", tmp_path, tmp_path) == tmp_path / "Downloads" / "a-2.txt"


def test_what_was_read_is_no_longer_unread_below(desk: TuiDesk) -> None:
    desk.mail("fresh")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await shows(pilot, "* N 1000001")
        await pilot.press("g", "9")
        await shows(pilot, "> *  N 1000001")
        await pilot.press("enter")
        await shows(pilot, "article 1 of 1")
        await until(pilot, lambda: app.screen_stack[1].stale)  # type: ignore[attr-defined]
        await pilot.press("escape")
        await shows(pilot, ">    N 1000001")
        await pilot.press("escape")
        await shows(pilot, "  N 1000001", "My tickets")
        await until(pilot, lambda: "* N 1000001" not in screen_text(app))

    drive(app, scenario)
