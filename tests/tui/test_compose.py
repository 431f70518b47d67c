"""The composer: typing before the text is there, each kind of text, drafts, what holds a text back, the editor."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from driving import drive, screen_text, shows, until
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, TextArea
from tui_desk import ANNA, BEN, RAW, SECRET, TALK, TuiDesk

from tuidesk.core.domain.actor import POSTMASTER
from tuidesk.core.domain.ops import AddArticle, LockTicket, SetOwner, SetState
from tuidesk.core.domain.states import Channel, SenderType, StateType
from tuidesk.core.domain.ticket import Attachment, NewArticle
from tuidesk.core.errors import DatabaseUnavailable
from tuidesk.core.tickets import intents
from tuidesk.messages import TicketsChanged
from tuidesk.screens import compose
from tuidesk.screens.compose import ComposeScreen
from tuidesk.screens.letter import Stage
from tuidesk.screens.ticket import TicketScreen
from tuidesk.widgets.dialogs import Confirm, Prompt

SIZES = [(80, 24), (160, 48)]


class Gate:
    """Holds a method of the desk back until it is opened."""

    def __init__(self, desk: TuiDesk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._opened, self.reached = threading.Event(), threading.Event()
        self.error: Exception | None = None
        original = getattr(desk.desk, name)

        def slowly(*args: Any, **named: Any) -> Any:
            self.reached.set()
            assert self._opened.wait(30)
            if self.error is not None:
                raise self.error
            return original(*args, **named)

        monkeypatch.setattr(desk.desk, name, slowly)

    def open(self) -> None:
        self._opened.set()


def composer(pilot: Pilot[Any]) -> ComposeScreen:
    """Return the composer on top."""
    screen = pilot.app.screen
    assert isinstance(screen, ComposeScreen), screen
    return screen


def body(pilot: Pilot[Any]) -> str:
    """Return the text."""
    return composer(pilot).query_one("#letter-body", TextArea).text


def line(pilot: Pilot[Any], name: str) -> str:
    """Return a line above the text."""
    return composer(pilot).query_one(f"#field-{name}", Input).value


def notes(pilot: Pilot[Any]) -> str:
    """Return the warnings under the letter."""
    return "\n".join(composer(pilot)._notes.values())


async def in_ticket(pilot: Pilot[Any], ticket_id: int) -> None:
    """Open a ticket and wait for it."""
    app: Any = pilot.app
    await until(pilot, lambda: app.session is not None)
    app.open_ticket(ticket_id)
    await shows(pilot, "#1 ")


async def writing(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys that open a composer and wait for it."""
    await pilot.press(*keys)
    await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
    await until(pilot, lambda: composer(pilot).stage is Stage.TYPING)


async def in_review(pilot: Pilot[Any]) -> None:
    """Go to the review."""
    await pilot.press("escape")
    await until(pilot, lambda: composer(pilot).stage is Stage.REVIEW)


async def left(pilot: Pilot[Any]) -> None:
    """Wait until the composer is gone."""
    await until(pilot, lambda: not isinstance(pilot.app.screen, ComposeScreen))


def at_once(pilot: Pilot[Any], *keys: str) -> None:
    """Type keys as they come in one packet: nobody waits between them."""
    for key in keys:
        name, character = {"\n": ("enter", "\r"), "\t": ("tab", "\t"), " ": ("space", " ")}.get(
            key, (key, key if len(key) == 1 else None)
        )
        pilot.app.post_message(events.Key(name, character))


def articles(desk: TuiDesk, ticket_id: int) -> Any:
    """Return the articles of a ticket."""
    return desk.desk.ticket(desk.desk.viewer(ANNA.agent_id), ticket_id).articles


def may_only_read(desk: TuiDesk) -> None:
    """Take all rights but reading from anna."""
    with desk.engines.write.begin() as connection:
        connection.execute(sa.text("update agent_grant set rights = 'ro' where agent_id = 2"))
        connection.execute(sa.text("update config_revision set revision = revision + 1"))


def closed(desk: TuiDesk) -> int:
    """Return a closed state."""
    return desk.desk.config().first_state(StateType.CLOSED).id


# --- typed before the text is there -------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "160x48"])
def test_what_is_typed_before_the_text_is_there_is_typed_into_it(
    desk: TuiDesk, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    ticket = desk.mail("VPN", body="It drops.")
    gate = Gate(desk, "drafts", monkeypatch)

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        at_once(pilot, "r", *"txQDxy q")
        await until(pilot, gate.reached.is_set)
        await pilot.press(*"12j")
        at_once(pilot, "\n", *"maC", "backspace", *"il")
        await pilot.pause()
        pilot.app.post_message(events.Paste("pasted\nlines"))
        gate.open()
        await until(pilot, lambda: composer(pilot).stage is Stage.TYPING)
        assert body(pilot).startswith("txQDxy q12j\nmailpasted\nlines\n")
        assert line(pilot, "to") == "Mia Lee <c1@x.test>"
        assert "It drops." in body(pilot)

    drive(desk.app(), scenario, size)
    assert desk.ticket(ticket).owner_id != ANNA.agent_id, "a letter was taken for a command"


def test_a_packet_of_letters_and_other_keys_keeps_its_order(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        at_once(pilot, "F", *"b@x.test", "\t", *"c@xy", "backspace", *".test", "\t", "end", *"!", "\n", *"Hell", "left", "x")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        await until(pilot, lambda: body(pilot).startswith("Helxl"))
        assert line(pilot, "to") == "b@x.test"
        assert line(pilot, "cc") == "c@x.test"
        assert line(pilot, "subject").endswith("VPN!")
        # the same where the screen was there before
        at_once(pilot, "escape", "o", *"yX", "backspace", "escape", "j", "o", "z")
        await until(pilot, lambda: body(pilot).startswith("Helxyzl"))

    drive(desk.app(), scenario)


def test_a_packet_into_a_question_of_one_line_keeps_its_order(desk: TuiDesk) -> None:
    desk.mail("ae and more")
    desk.mail("something else")

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: pilot.app.session is not None)  # type: ignore[attr-defined]
        await pilot.press("g", "9")
        await shows(pilot, "ae and more", "something else")
        at_once(pilot, "l", *"abc", "backspace", *"d", "backspace", "backspace", *"e", "\n")
        await shows(pilot, "> ae")
        await until(pilot, lambda: "something else" not in screen_text(pilot.app))
        at_once(pilot, "l", "ctrl+u", *"xy", "left", *"z", "\n")
        await shows(pilot, "> xzy")

    drive(desk.app(), scenario)


def test_a_packet_may_go_through_a_question_into_the_letter(desk: TuiDesk) -> None:
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        at_once(pilot, "C", *"mail", "\n", *"mia@x.test", "\t", "\t", *"Quit x", "\t", *"QqXy")
        await until(pilot, lambda: bool(app.screen.query("#letter-body")) and body(pilot) == "QqXy")
        assert (line(pilot, "to"), line(pilot, "subject")) == ("mia@x.test", "Quit x")

    drive(app, scenario)


def test_what_is_typed_ahead_of_a_text_that_cannot_begin_is_no_command(
    desk: TuiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = desk.mail("VPN")
    gate = Gate(desk, "drafts", monkeypatch)
    gate.error = DatabaseUnavailable("gone")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        at_once(pilot, "r", *"txq")
        await until(pilot, gate.reached.is_set)
        gate.open()
        await shows(pilot, "The database cannot be reached")
        at_once(pilot, *"tqyX")
        await pilot.pause()
        assert composer(pilot).stage is Stage.FAILED
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TicketScreen))

    drive(desk.app(), scenario)
    assert desk.ticket(ticket).owner_id != ANNA.agent_id


def test_escape_before_the_text_is_there_goes_back(desk: TuiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = desk.mail("VPN")
    gate = Gate(desk, "drafts", monkeypatch)

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await pilot.press("r")
        await until(pilot, gate.reached.is_set)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TicketScreen))
        gate.open()

    drive(desk.app(), scenario)


def test_a_terminal_in_the_background_does_not_turn_letters_into_commands(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        pilot.app.post_message(events.AppBlur())
        await until(pilot, lambda: composer(pilot).focused is None)
        composer(pilot).post_message(events.Key("D", "D"))
        await until(pilot, lambda: body(pilot).startswith("D"))

    drive(desk.app(), scenario)


def test_a_click_into_the_letter_goes_on_typing(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await in_review(pilot)
        await pilot.click("#field-subject")
        await until(pilot, lambda: composer(pilot).stage is Stage.TYPING)
        await pilot.press("end", *"yX")
        assert line(pilot, "subject").endswith("yX")

    drive(desk.app(), scenario)


# --- each kind of text --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "160x48"])
def test_a_reply_is_reviewed_and_sent(desk: TuiDesk, size: tuple[int, int]) -> None:
    ticket = desk.mail("VPN", body=TALK)

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await shows(pilot, "Reply to 1000001  VPN", "From      raw@desk.test", "Esc review and send")
        await pilot.press(*"Dear Mia")
        await in_review(pilot)
        await shows(pilot, "y send  X send+close  o edit  a attach  p keep  D throw away  ? more")
        await pilot.press("y")
        await left(pilot)
        await shows(pilot, "1000001: the mail leaves in ", "u stops it", "Dear Mia")
        await pilot.press("Q")
        await shows(pilot, "A mail has not left yet")

    drive(desk.app(), scenario, size)
    sent = articles(desk, ticket.id)[-1]
    assert (sent.kind, sent.to, sent.cc) == ("SendAnswer", "Mia Lee <c1@x.test>", "")
    assert sent.body.startswith("Dear Mia\n") and "> since this morning" in sent.body
    assert desk.desk.drafts(ANNA.agent_id) == []
    assert not desk.ticket(ticket).state_type.is_closed


def test_a_reply_never_quotes_what_the_customer_may_not_see(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN", body="It drops.")
    desk.do(BEN, ticket, intents.note("Note", "he always calls"))

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await pilot.press("n")
        await shows(pilot, "article 2 of 2")
        await writing(pilot, "r")
        assert line(pilot, "to") == "Mia Lee <c1@x.test>"
        assert "> It drops." in body(pilot)
        assert "he always calls" not in body(pilot)
        await pilot.press("escape", "escape")
        await left(pilot)
        await writing(pilot, "F")
        assert "\nhe always calls\n" in body(pilot)

    drive(desk.app(), scenario)


def auto_reply(n: int) -> AddArticle:
    """The desk's own answer to a mail."""
    kind, to = "SendAutoReply", f"c{n}@x.test"
    return AddArticle(
        NewArticle(kind, SenderType.SYSTEM, Channel.EMAIL, True, "raw@desk.test", to, subject="Hello", body="Thank you")
    )


@pytest.mark.parametrize("key", ["r", "F"])
def test_an_automatic_reply_is_not_what_is_answered(desk: TuiDesk, key: str) -> None:
    files = (Attachment("photo.png", "image/png", b"picture"), Attachment("log.txt", "text/plain", b"lines"))
    ticket = desk.mail("VPN", body="It drops.", attachments=files)
    desk.do(POSTMASTER, ticket, auto_reply(1))
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await pilot.press("G")
        await shows(pilot, "article 2 of 2")
        await writing(pilot, key)
        assert "It drops." in body(pilot)
        assert "Thank you" not in body(pilot)
        if key == "r":
            assert line(pilot, "to") == "Mia Lee <c1@x.test>"
            return
        assert "From: Mia Lee <c1@x.test>\nTo: raw@desk.test\nDate: 2026-11-23 12:00 UTC\nSubject: VPN\n" in body(pilot)
        await shows(pilot, "photo.png, log.txt")
        await pilot.press(*"d@e.test")
        await in_review(pilot)
        await pilot.press("d")
        await shows(pilot, "Leave out")
        await pilot.press(*"log", "enter")
        await until(pilot, lambda: "log.txt" not in screen_text(app))
        await pilot.press("y")
        await left(pilot)
        sent = articles(desk, ticket.id)[-1]
        assert (sent.to, [file.name for file in sent.files]) == ("d@e.test", ["photo.png"])
        assert desk.desk.file(desk.desk.viewer(ANNA.agent_id), ticket.id, sent.no, 1)[1] == b"picture"

    drive(app, scenario)


def test_a_ticket_that_somebody_else_holds_is_taken_over_from_the_review(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")
    desk.do(BEN, ticket, SetOwner(BEN.agent_id), LockTicket())

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await shows(pilot, "ben has locked this ticket: t in the review takes it over")
        await pilot.press(*"Hello")
        await in_review(pilot)
        await pilot.press("y")
        await shows(pilot, "locked by ben: t takes it over, then y sends", "Not sent; your text is kept.")
        await pilot.press("t")
        await shows(pilot, "The ticket is yours.")
        await pilot.press("y")
        await left(pilot)
        assert articles(desk, ticket.id)[-1].body.startswith("Hello")
        assert desk.ticket(ticket).owner_id == ANNA.agent_id

    drive(desk.app(), scenario)


def test_the_seconds_until_a_mail_leaves_are_counted(desk: TuiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket, now = desk.mail("VPN"), [100.0]
    monkeypatch.setattr("tuidesk.places.monotonic", lambda: now[0])

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"Hello")
        await in_review(pilot)
        await pilot.press("y")
        await left(pilot)
        await shows(pilot, "the mail leaves in 2 seconds, u stops it")
        now[0] += 1
        await shows(pilot, "the mail leaves in 1 second, u stops it")
        now[0] += 1
        await shows(pilot, "the mail is on its way")

    drive(desk.app(undo_send_s=2), scenario)


def test_whoever_types_on_and_on_is_kept_all_the_same(desk: TuiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose, "DRAFT_PAUSE_S", 3600.0)
    monkeypatch.setattr(compose, "DRAFT_LATEST_S", 0.0)
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"typing on")
        await until(pilot, lambda: "typing on" in kept_text(desk))

    drive(desk.app(), scenario)


def test_what_was_typed_is_kept_when_the_terminal_goes(desk: TuiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose, "DRAFT_PAUSE_S", 3600.0)
    monkeypatch.setattr(compose, "DRAFT_LATEST_S", 3600.0)
    ticket = desk.mail("VPN")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"the last words")
        assert kept_text(desk) == ""
        app._terminal_gone()
        for thread in threading.enumerate():
            if thread.name == "tuidesk-draft":
                thread.join(30)

    drive(app, scenario)
    assert "the last words" in kept_text(desk)


def kept_text(desk: TuiDesk) -> str:
    """Return the text of the only draft, "" when there is none."""
    found = desk.desk.drafts(ANNA.agent_id, None)
    return str(found[0].content["body"]) if found else ""


def test_a_reply_to_all_has_the_others_in_copy(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN", cc="Bo <bo@x.test>, raw@desk.test")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "A")
        await shows(pilot, "Reply to all of 1000001")
        await pilot.press("x")
        await in_review(pilot)
        await pilot.press("y")
        await left(pilot)

    drive(desk.app(), scenario)
    assert articles(desk, ticket.id)[-1].cc == "bo@x.test"


def test_a_forwarded_article_asks_for_its_reader_first(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN", body=TALK)

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "F")
        await pilot.press(*"lab@y.test", "enter", "enter", "enter", *"For you")
        await in_review(pilot)
        await pilot.press("y")
        await left(pilot)

    drive(desk.app(), scenario)
    sent = articles(desk, ticket.id)[-1]
    assert (sent.kind, sent.to) == ("Forward", "lab@y.test")
    assert sent.body.startswith("For you\n")


def test_a_note_stays_inside(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "i")
        await pilot.press(*"checked")
        await in_review(pilot)
        await pilot.press("y")
        await left(pilot)
        await shows(pilot, "the note is added", "checked")

    drive(desk.app(), scenario)
    note = articles(desk, ticket.id)[-1]
    assert (note.kind, note.visible, note.body, note.delivery) == ("AddNote", False, "checked", None)


def test_a_call_becomes_a_ticket(desk: TuiDesk) -> None:
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        await pilot.press("C")
        await shows(pilot, "by phone")
        await writing(pilot, "enter")
        await shows(pilot, "New ticket by phone")
        await pilot.press(*"mia@x.test", "enter", *"No light", "enter", *"It is dark.")
        assert line(pilot, "queue") == "Raw"
        await in_review(pilot)
        await pilot.press("y")
        await shows(pilot, "the ticket is made")
        await pilot.press("g", "'")
        await shows(pilot, "No light", "It is dark.")

    drive(app, scenario)
    ticket = desk.ticket(app.last_ticket_id or 0)
    assert (ticket.customer_user, ticket.title, ticket.queue_id) == ("mia@x.test", "No light", RAW)
    assert articles(desk, ticket.id)[0].kind == "PhoneCallCustomer"


def test_a_mail_to_a_customer_becomes_a_ticket_and_can_be_stopped(desk: TuiDesk) -> None:
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        await pilot.press("C", "down")
        await writing(pilot, "enter")
        await shows(pilot, "New ticket by mail")
        await pilot.press(*"mia@x.test", "enter", "enter", *"Invoice", "enter", *"Please pay.")
        await in_review(pilot)
        await pilot.press("y")
        await shows(pilot, "the mail leaves in 10 seconds")
        await writing(pilot, "u")
        assert (line(pilot, "to"), body(pilot)) == ("mia@x.test", "Please pay.")
        assert composer(pilot)._kind == "reply"

    drive(app, scenario)
    assert articles(desk, app.last_ticket_id or 0)[0].delivery.state == "stopped"


def test_a_queue_that_is_not_there_keeps_the_text(desk: TuiDesk) -> None:
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        await pilot.press("C")
        await writing(pilot, "enter")
        await pilot.press(*"m@x.test", "enter", *"Title", "enter", *"words", "shift+tab", "shift+tab", "shift+tab", *"zz")
        await in_review(pilot)
        await pilot.press("y")
        await shows(pilot, "“Rawzz”")
        assert composer(pilot).stage is Stage.REVIEW
        assert body(pilot) == "words"

    drive(app, scenario)


def test_files_are_attached_and_an_announced_one_is_missed(desk: TuiDesk, tmp_path: Path) -> None:
    ticket = desk.mail("VPN")
    file = tmp_path / "gateway.txt"
    file.write_bytes(b"lease 3600")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"See the attached file.")
        await in_review(pilot)
        await shows(pilot, "! The text speaks of an attachment, and nothing is attached.")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
        await pilot.press(*str(file / "not"), "enter")
        await shows(pilot, "! no such file")
        await pilot.press(*["backspace"] * 4, "enter")
        await shows(pilot, "Files     gateway.txt (10 B)")
        assert composer(pilot).stage is Stage.REVIEW, "the letter took the keys after the question"
        assert "speaks of an attachment" not in screen_text(pilot.app)
        await pilot.press("y")
        await left(pilot)
        # what was sent comes back with its files
        await writing(pilot, "u")
        await shows(pilot, "gateway.txt", "See the attached file.")
        await in_review(pilot)
        file.unlink()
        await pilot.press("y")
        await until(pilot, lambda: "a file that can be read" in notes(pilot))
        assert "See the attached file." in body(pilot)

    drive(desk.app(), scenario)
    assert [one.name for one in articles(desk, ticket.id)[-1].files] == ["gateway.txt"]


def test_an_empty_text_is_not_sent(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await in_review(pilot)
        await pilot.press("y")
        await shows(pilot, "Nothing was written yet.")
        assert composer(pilot).stage is Stage.REVIEW
        await pilot.press("escape")
        await left(pilot)

    drive(desk.app(), scenario)
    assert desk.desk.drafts(ANNA.agent_id) == [], "nothing was written, so nothing is kept"


# --- drafts -------------------------------------------------------------------------------------------


def drafts(desk: TuiDesk) -> list[str]:
    """Return the texts of the drafts."""
    return [draft.content["body"] for draft in desk.desk.drafts(ANNA.agent_id)]


def test_a_pause_keeps_the_draft_and_it_is_offered_again(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"half a")
        await until(pilot, lambda: [text[:6] for text in drafts(desk)] == ["half a"])
        await shows(pilot, "draft kept")
        await pilot.press(*"b")
        assert "draft kept" not in screen_text(pilot.app)
        await in_review(pilot)
        await pilot.press("escape")
        await left(pilot)
        await shows(pilot, "Kept as a draft; gf lists your drafts.")
        await writing(pilot, "r")
        await shows(pilot, "Your draft goes on", "half ab")
        await pilot.press(*" sentence")
        assert body(pilot).startswith("half ab sentence\n")
        # emptied again it is kept so: it must not come back
        await pilot.press("ctrl+u")
        await in_review(pilot)
        await pilot.press("p")
        await left(pilot)

    drive(desk.app(), scenario)
    assert [text.splitlines()[0] for text in drafts(desk)] == [""]


def test_a_draft_that_was_thrown_away_is_gone_from_the_list(desk: TuiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"half a", "escape", "escape")
        await left(pilot)
        reading = Gate(desk, "drafts", monkeypatch)
        await pilot.press("g", "f")
        await until(pilot, reading.reached.is_set)
        assert "nothing matches" not in screen_text(pilot.app), "nothing was asked for yet"
        reading.open()
        await shows(pilot, "reply", "half a")
        dropping = Gate(desk, "drop_draft", monkeypatch)
        await pilot.press("enter")
        await shows(pilot, "Your draft goes on")
        await pilot.press("escape", "D", "y")
        await until(pilot, dropping.reached.is_set)
        dropping.open()
        await shows(pilot, "you have no drafts")

    drive(desk.app(), scenario)
    assert drafts(desk) == []


def test_fields_alone_are_worth_a_draft(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "F")
        await pilot.press(*"lab@y.test", "escape", "escape")
        await left(pilot)

    drive(desk.app(), scenario)
    assert [draft.content["to"] for draft in desk.desk.drafts(ANNA.agent_id)] == ["lab@y.test"]


def test_saves_that_follow_each_other_make_one_draft(desk: TuiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = desk.mail("VPN")
    gate = Gate(desk, "save_draft", monkeypatch)

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "i")
        await pilot.press("a")
        await in_review(pilot)
        await until(pilot, gate.reached.is_set)
        await pilot.press("o", "b")
        await in_review(pilot)
        await pilot.press("escape", "j")
        await shows(pilot, "keeping the draft")
        gate.open()
        await left(pilot)

    drive(desk.app(), scenario)
    assert drafts(desk) == ["ab"]


def test_a_draft_that_cannot_be_kept_holds_the_writer(desk: TuiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = desk.mail("VPN")
    gate = Gate(desk, "save_draft", monkeypatch)
    gate.error = DatabaseUnavailable("gone")
    gate.open()

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "i")
        await pilot.press("a")
        await in_review(pilot)
        await pilot.press("escape")
        await shows(pilot, "The database cannot be reached")
        assert (composer(pilot).stage, body(pilot)) == (Stage.REVIEW, "a")
        gate.error = None
        await pilot.press("escape")
        await left(pilot)

    drive(desk.app(), scenario)
    assert drafts(desk) == ["a"]


def test_a_text_is_thrown_away_only_after_a_question(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"nonsense")
        await in_review(pilot)
        await until(pilot, lambda: len(drafts(desk)) == 1)
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("n")
        await until(pilot, lambda: composer(pilot).stage is Stage.REVIEW)
        assert "nonsense" in body(pilot)
        await pilot.press("D", "y")
        await left(pilot)
        await until(pilot, lambda: drafts(desk) == [])

    drive(desk.app(), scenario)


# --- what comes of sending ----------------------------------------------------------------------------


def test_undo_brings_the_text_back(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN", cc="bo@x.test")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "A")
        await pilot.press(*"too early")
        await in_review(pilot)
        await pilot.press("y")
        await left(pilot)
        await writing(pilot, "u")
        await shows(pilot, "Reply to all of", "too early")
        assert line(pilot, "cc") == "bo@x.test"
        assert "new article" not in screen_text(pilot.app), "one's own mail is no news"
        await pilot.press(*", now right")
        await in_review(pilot)
        await pilot.press("y")
        await left(pilot)
        await shows(pilot, "leaves in 10 seconds")

    drive(desk.app(), scenario)
    states = [one.delivery.state for one in articles(desk, ticket.id) if one.delivery is not None]
    assert states == ["stopped", "queued"]
    assert "too early, now right" in articles(desk, ticket.id)[-1].body
    assert drafts(desk) == []


def test_without_an_undo_time_the_mail_is_on_its_way(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"final")
        await in_review(pilot)
        await pilot.press("y")
        await left(pilot)
        await shows(pilot, "1000001: done")
        await pilot.press("u")
        await shows(pilot, "No mail waits any more.")

    drive(desk.app(undo_send_s=0), scenario)
    assert articles(desk, ticket.id)[-1].delivery.state == "queued"


def test_send_and_close(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"solved")
        await in_review(pilot)
        await pilot.press("X")
        await left(pilot)
        await shows(pilot, "closed successful")

    drive(desk.app(), scenario)
    assert desk.ticket(ticket).state_type.is_closed


def test_a_state_that_was_changed_meanwhile_is_shown_and_sending_again_works(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")
    config = desk.desk.config()
    opened = config.first_state(StateType.OPEN).id
    names = {key: state.name for key, state in config.states.items()}

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"solved")
        await in_review(pilot)
        desk.do(BEN, ticket, SetState(opened))
        await pilot.press("X")
        await shows(
            pilot, "was      new", f"is now   {names[opened]}   by ben", f"you want {names[closed(desk)]}",
            "your text is kept. X again sends it.",
        )  # fmt: skip
        assert "solved" in body(pilot)
        assert len(articles(desk, ticket.id)) == 1
        await pilot.press("X")
        await left(pilot)

    drive(desk.app(), scenario)
    assert desk.ticket(ticket).state_type.is_closed
    assert articles(desk, ticket.id)[-1].body.startswith("solved")


def test_a_refused_text_is_kept(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"mine")
        await in_review(pilot)
        may_only_read(desk)
        await pilot.press("y")
        await shows(pilot, "right “rw”")
        assert composer(pilot).stage is Stage.REVIEW
        assert body(pilot).startswith("mine")
        await until(pilot, lambda: len(drafts(desk)) == 1)

    drive(desk.app(), scenario)
    assert len(articles(desk, ticket.id)) == 1


def test_a_text_behind_a_refused_reply_is_no_commands(desk: TuiDesk) -> None:
    ticket = desk.mail("secret thing", queue_id=SECRET)

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        at_once(pilot, *"rgd no", "\n", *"Q")
        await shows(pilot, "Reply: you lack the right “rw” here")
        later = events.Key("g", "g")
        later.time += 1
        pilot.app.post_message(later)
        at_once(pilot, "t")
        await shows(pilot, "My tickets")

    drive(desk.app(), scenario)


def test_keys_behind_a_refused_send_are_no_commands(desk: TuiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = desk.mail("VPN")
    gate = Gate(desk, "act", monkeypatch)
    gate.error = DatabaseUnavailable("gone")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"mine")
        await in_review(pilot)
        await pilot.press("y")
        await until(pilot, gate.reached.is_set)
        await pilot.press("D", "y", "p")
        gate.open()
        await shows(pilot, "The database cannot be reached")
        assert composer(pilot).stage is Stage.REVIEW
        assert "mine" in body(pilot)

    drive(desk.app(), scenario)


def test_a_new_article_asks_for_a_second_key_and_changes_nothing(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press(*"answer")
        desk.follow_up(ticket, "\nnever mind, it works")
        app.post_message(TicketsChanged((ticket.id,)))
        await shows(pilot, "! 1 new article since you began: #2 Mia Lee, today 12:00:", "“never mind, it works”")
        before = body(pilot)
        await in_review(pilot)
        await pilot.press("y")
        await shows(pilot, "Not sent yet: see above. y again sends it all the same.")
        assert body(pilot) == before
        # one more is one more reason to look
        desk.follow_up(ticket, "or does it")
        await pilot.press("y")
        await until(pilot, lambda: "2 new articles since you began, the last: #3" in notes(pilot))
        assert "“or does it”" in notes(pilot)
        assert len(articles(desk, ticket.id)) == 3
        await pilot.press("y")
        await left(pilot)

    drive(app, scenario)
    assert articles(desk, ticket.id)[-1].body.startswith("answer")


def test_somebody_else_who_writes_is_told_at_the_beginning_and_before_sending(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")
    viewer = desk.desk.viewer(ANNA.agent_id)

    def present() -> dict[int, str]:
        return {one.agent_id: one.doing for one in desk.desk.facts(viewer, ticket.id).present}

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await until(pilot, lambda: present() == {ANNA.agent_id: "writing"})
        await pilot.press(*"answer")
        await in_review(pilot)
        await until(pilot, lambda: not composer(pilot)._timer or drafts(desk) != [])
        desk.desk.enter(BEN.agent_id, ticket.id, "reading")
        assert "ben" not in screen_text(pilot.app)
        desk.desk.enter(BEN.agent_id, ticket.id, "writing")
        await pilot.press("y")
        await shows(pilot, "! ben is writing here (0s)", "Not sent yet")
        await pilot.press("escape")
        await left(pilot)
        await until(pilot, lambda: present() == {ANNA.agent_id: "reading", BEN.agent_id: "writing"})
        await writing(pilot, "r")
        await shows(pilot, "! ben is writing here (0s)")
        await in_review(pilot)
        await pilot.press("y")
        await left(pilot)

    drive(desk.app(), scenario)
    assert articles(desk, ticket.id)[-1].body.startswith("answer")


# --- beside the text ----------------------------------------------------------------------------------


def test_where_there_is_room_the_conversation_stands_beside_and_scrolls_alone(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN", body="\n".join(f"line {n}" for n in range(200)), attachments=(Attachment("a.log", "text/plain", b"x"),))

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await shows(pilot, "line 0", "#1 Mia Lee")
        screen = composer(pilot)
        assert screen.query_one("#letter").size.width <= 88
        assert screen.beside.size.width >= 60
        top = screen.body.scroll_offset.y
        await pilot.press("tab", "ctrl+d", "j", "x")
        assert screen.focused is screen.beside
        assert screen.beside.scroll_offset.y > 10
        assert screen.body.scroll_offset.y == top
        await pilot.press("shift+tab", *"back")
        assert body(pilot).startswith("back\n")

    drive(desk.app(), scenario, (160, 48))


def test_where_there_is_no_room_tab_does_not_lead_into_what_is_hidden(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await pilot.press("tab")
        assert composer(pilot).focused is composer(pilot).line("to")

    drive(desk.app(), scenario)


def test_in_the_review_the_text_can_be_read(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN", body="\n".join(f"line {n}" for n in range(200)))

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        await in_review(pilot)
        await pilot.press("G")
        await shows(pilot, "> line 199")
        await pilot.press("g", "g", "2", "j", "pagedown", "ctrl+u", "k")
        await until(pilot, lambda: "> line 199" not in screen_text(pilot.app))
        await pilot.press("enter", *"still typed")
        assert body(pilot).startswith("still typed")

    drive(desk.app(), scenario)


# --- the agent's own editor ---------------------------------------------------------------------------


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the app give its terminal away; say how often it did."""
    given: list[str] = []

    @contextlib.contextmanager
    def suspend(_app: object) -> Iterator[None]:
        given.append("given")
        yield

    monkeypatch.setattr("tuidesk.app.TuideskApp.suspend", suspend)
    return given


@pytest.mark.parametrize(
    ("script", "text", "words"),
    [
        ("printf 'from the editor' > \"$1\"", "from the editor", ""),
        ("true", "mine", "The editor came back at once"),
        ("printf 'half' > \"$1\"; exit 1", "half", "The editor failed; the text is also in"),
        ("rm \"$1\"", "mine", "The editor failed; the text is as it was."),
    ],
    ids=["edited", "at once", "failed", "file gone"],
)  # fmt: skip
def test_what_the_editor_leaves(
    desk: TuiDesk, terminal: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, text: str, words: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\n{script}\n")
    editor.chmod(0o755)
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "i")
        await pilot.press(*"mine", "ctrl+o")
        await until(pilot, lambda: composer(pilot).stage is Stage.REVIEW)
        if words:
            await until(pilot, lambda: words in notes(pilot) or words in screen_text(pilot.app))
        assert body(pilot) == text
        await until(pilot, lambda: text in drafts(desk))

    drive(desk.app(editor=str(editor)), scenario)
    assert terminal == ["given"]
    assert [path.read_text() for path in tmp_path.glob("tuidesk-*")] == (["half"] if text == "half" else [])


def test_an_editor_that_is_not_there_loses_nothing(desk: TuiDesk, terminal: list[str]) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "i")
        await pilot.press(*"mine", "ctrl+o")
        await until(pilot, lambda: "The editor “/nowhere/editor” cannot be started" in notes(pilot))
        assert body(pilot) == "mine"

    drive(desk.app(editor="/nowhere/editor 'x"), scenario)
    assert terminal == ["given"]


def test_without_an_editor_or_a_terminal_to_lend_the_built_in_one_goes_on(
    desk: TuiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "i")
        await pilot.press("ctrl+o")
        await shows(pilot, "No other editor: neither ui.editor")
        await pilot.press(*"typed")
        pilot.app.editor = "ed"  # type: ignore[attr-defined]
        await pilot.press("ctrl+o")
        await shows(pilot, "This terminal cannot be lent to an editor.")
        assert body(pilot) == "typed"

    drive(desk.app(), scenario)
