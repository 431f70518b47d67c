"""Text from outside never crashes a screen, runs nothing, and never reaches the terminal as control codes."""

from __future__ import annotations

import os
import re
import select
import time
from typing import Any

import pytest
from driving import drive, screen_text, until
from pty_terminal import Terminal, painted
from rich.segment import Segment
from textual.color import Color
from textual.pilot import Pilot
from tui_desk import NOON, TuiDesk

from tuidesk.core.domain.ops import Link, SetTitle
from tuidesk.core.domain.states import Channel, SenderType
from tuidesk.core.domain.text import storable
from tuidesk.core.domain.ticket import Attachment
from tuidesk.screens.ticket import TicketScreen
from tuidesk.screens.ticket_list import TicketListScreen
from tuidesk.widgets.safe import UnsafeFilter, one_line, plain

PAYLOADS = {
    "bad-markup": "[/nope] [b",
    "action": "[@click=app.do_app_quit]press[/]",
    "title-osc": "\x1b]0;pwned\x07x",
    "clear": "\x1b[2J\x1b[31mred",
    "c1": "\x9b31m\x9d0;pwned\x9c",
    "shift-out": "\x0e\x0f\x00\x7f\x08",
    "bidi": "\u202egpj.exe\u2066",
    "breaks": "a\u2028b\u2029c\x85d\r\ne\tf",
    "marks": "z" + "\u0336" * 60,
    "surrogate": "a\ud800b",
    "tags": "x\U000e0041\U000e007f",
    "wide": "👩‍👩‍👧日本語" * 20,
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_hostile_text_is_drawn_and_nothing_more(desk: TuiDesk, payload: str) -> None:
    payload = storable(payload)  # as mail intake stores it
    ticket = desk.mail(
        "title " + payload,
        sender=f"{payload} <x@x.test>",
        to=payload,
        cc=payload,
        body=f"{payload}\n> {payload}\n-- \n{payload}",
        attachments=(Attachment(payload + ".txt", payload, b"x"),),
        flags=("unverified-sender",),
    )
    other = desk.mail("other", at=NOON)
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: "2 new" in screen_text(app))
        await pilot.press("g", "9")
        await until(pilot, lambda: isinstance(app.screen, TicketListScreen) and app.screen.table.window.loaded)
        listed = app.screen
        assert isinstance(listed, TicketListScreen)
        listed.table.go_to_ticket(ticket.id)
        await until(pilot, lambda: "title" in screen_text(app) and "#1" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TicketScreen) and "not verified" in screen_text(app))
        await pilot.press("e", "t")
        await until(pilot, lambda: not isinstance(app.screen, TicketScreen))
        await pilot.press("escape", "M", *other.number, "enter")
        await until(pilot, lambda: "a part of" in screen_text(app))
        await pilot.press("n", "v", "h")
        await until(pilot, lambda: "NewTicket" in screen_text(app))
        for char in screen_text(app):
            assert char == "\n" or char.isprintable() or char in "\u200d\ufe0f", hex(ord(char))

    drive(app, scenario, (150, 30))
    assert app.return_code in (None, 0)


def test_the_net_deletes_what_a_widget_let_through() -> None:
    segments = [Segment("a\x1b[2Jb\x9b\u202ec"), Segment("fine"), Segment("\x1b[2J", None, [(1,)])]  # type: ignore[list-item]
    done = UnsafeFilter().apply(segments, Color(0, 0, 0))
    assert [segment.text for segment in done] == ["a[2Jbc", "fine", "\x1b[2J"]


def test_markup_stays_text() -> None:
    assert plain("[b]x[/b]").plain == "[b]x[/b]"
    assert one_line("a\nb") == "a⏎b"


_SEQUENCES = re.compile(
    rb"\x1b\]22;default\x07|\x1b\[[0-9;:?<>=$]*[ -/]*[@-~]|\x1b[=>78cDEHM]|\x1b[()][A-Z0-9]|\x1bP[^\x1b]*\x1b\\"
)
_KNOWN_FINALS = b"mHhlJKuptqcnr"


def test_no_payload_reaches_a_real_terminal(desk: TuiDesk) -> None:
    hostile = storable("".join(payload for name, payload in PAYLOADS.items() if name not in ("wide", "marks")))
    first = desk.mail("START " + hostile, sender=hostile + "<x@x.test>", body=f"BODY {hostile}\n" * 3, to=hostile,
                      attachments=(Attachment(hostile, hostile, b""),))  # fmt: skip
    second = desk.mail("second")
    desk.do(_anna(), second, SetTitle("SECOND " + hostile))
    desk.desk.act(_anna(), _link(first.id, second.id))
    path = str(desk.engines.url.database)
    terminal = Terminal(path)
    terminal.read(painted("START"), "the dashboard")
    terminal.type("g9")
    terminal.read(painted("SECOND"), "the list")
    terminal.type("G")
    terminal.read(painted("BODY"), "the preview")
    terminal.type("\r")
    terminal.read(painted("priority"), "the ticket")
    terminal.type("et")
    terminal.read(painted("Title of"), "the question")
    terminal.type("\r")
    terminal.type("vh")
    terminal.read(painted("linked with"), "the history")
    terminal.type("Q")
    assert terminal.end() == 0
    rest = _SEQUENCES.sub(b"", terminal.output)
    for sequence in _SEQUENCES.findall(terminal.output):
        if sequence.startswith(b"\x1b["):
            assert sequence[-1:] in _KNOWN_FINALS, sequence
    assert b"\x1b[2J\x1b[31mred" not in terminal.output
    for code in (
        b"\x1b]",
        b"\x0e",
        b"\x0f",
        b"\x00",
        b"\x7f",
        b"\xc2\x9b",
        b"\xc2\x9d",
        b"\xe2\x80\xae",
        b"\xf3\xa0\x81\x81",
    ):
        assert code not in rest, code
    assert b"\x1b" not in rest, rest[max(0, rest.find(b"\x1b") - 40) : rest.find(b"\x1b") + 40]


def _anna() -> Any:
    from tui_desk import ANNA

    return ANNA


def _link(one: int, two: int) -> Any:
    from tuidesk.core.domain.actor import Cause, Door
    from tuidesk.core.domain.ops import Act, Change

    return Act((Change(one, (Link(two),)), Change(two, (Link(one, reverse=True),))), Cause(Door.TUI))


def test_a_defect_shows_no_traceback_and_no_value(desk: TuiDesk) -> None:
    desk.mail("START")
    terminal = Terminal(str(desk.engines.url.database), "die")
    terminal.read(painted("START"), "the dashboard")
    terminal.type("g1")
    assert terminal.end() == 1
    assert b"tuidesk had to end" in terminal.output
    assert b"hunter2" not in terminal.output
    assert b"Traceback" not in terminal.output


def test_without_colours_there_are_none(desk: TuiDesk) -> None:
    desk.mail("START")
    terminal = Terminal(str(desk.engines.url.database), environ={"NO_COLOR": "1"})
    terminal.read(painted("START", "today +"), "the dashboard")
    terminal.type("g9")
    terminal.read(painted("All tickets", "Body 1"), "the list")
    terminal.type("Q")
    assert terminal.end() == 0
    colours = set()
    for codes in re.findall(rb"\x1b\[([0-9;]+)m", terminal.output):
        colours |= set(codes.split(b";"))
    assert not colours & {b"38", b"48", *(str(n).encode() for n in (*range(30, 38), *range(40, 48), *range(90, 108)))}
    assert b"7" in colours, "the cursor is reversed"


def test_a_screen_at_rest_is_silent(desk: TuiDesk) -> None:
    desk.mail("START")
    terminal = Terminal(str(desk.engines.url.database))
    terminal.read(painted("START", "today +"), "the dashboard")
    terminal.type("/")
    terminal.read(painted("words that an article"), "the search line")
    # a field that blinks writes twice a second; so does anything that moves
    quiet = 0
    deadline = time.monotonic() + 20
    while quiet < 15 and time.monotonic() < deadline:
        before = len(terminal.output)
        if select.select([terminal.master], [], [], 0.1)[0]:
            terminal.output += os.read(terminal.master, 65536)
        quiet = quiet + 1 if len(terminal.output) == before else 0
    assert quiet >= 15
    terminal.type("\x1b")
    terminal.read(lambda output: True, "nothing")
    terminal.process.terminate()
    terminal.process.wait(10)
    os.close(terminal.master)


def test_sender_types_have_their_own_look(desk: TuiDesk) -> None:
    note = desk.article(99, sender_type=SenderType.AGENT, channel=Channel.INTERNAL, visible=False, kind="AddNote")
    from tuidesk.core.domain.ops import AddArticle

    ticket = desk.mail("a")
    desk.do(_anna(), ticket, AddArticle(note))
    app = desk.app()

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.session is not None)
        app.open_ticket(ticket.id)
        await until(pilot, lambda: "(internal note)" in screen_text(app))

    drive(app, scenario)
