"""Which terminals are refused, the mouse, and what happens when the terminal goes away."""

from __future__ import annotations

import pytest
from pty_terminal import Terminal, painted
from tui_desk import ANNA, TuiDesk

from tuidesk.terminal import terminal_problem


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_terminals_that_cannot_draw_are_refused(term: str) -> None:
    assert "TERM" in terminal_problem({"TERM": term}, True, True)
    assert terminal_problem({}, True, True)


def test_a_redirected_standard_error_is_refused() -> None:
    assert "standard error" in terminal_problem({"TERM": "xterm-256color"}, True, False)


def test_keys_must_come_from_a_terminal() -> None:
    assert "standard input" in terminal_problem({"TERM": "xterm-256color"}, False, True)


def test_ordinary_terminals_do() -> None:
    assert terminal_problem({"TERM": "tmux-256color"}, True, True) == ""


@pytest.mark.parametrize("controlling", [True, False], ids=["signal", "no-signal"])
def test_without_its_terminal_the_app_ends_in_order(desk: TuiDesk, controlling: bool) -> None:
    ticket = desk.mail("START")
    terminal = Terminal(str(desk.engines.url.database), controlling=controlling)
    terminal.read(painted("START", "today +"), "the dashboard")
    terminal.type("g9\r")
    viewer = desk.desk.viewer(ANNA.agent_id)
    terminal.read(lambda output: bool(desk.desk.facts(viewer, ticket.id).present), "the ticket")
    assert terminal.hang_up() != 0
    assert not desk.desk.facts(viewer, ticket.id).present, "presence is given up"


def test_a_terminated_app_leaves_the_terminal_as_it_was(desk: TuiDesk) -> None:
    desk.mail("START")
    terminal = Terminal(str(desk.engines.url.database))
    terminal.read(painted("START", "today +"), "the dashboard")
    terminal.process.terminate()
    assert terminal.end() != 0
    assert b"\x1b[?1049l" in terminal.output, "the alternate screen is left"


def test_the_mouse_can_be_left_to_the_terminal(desk: TuiDesk) -> None:
    desk.mail("START")
    terminal = Terminal(str(desk.engines.url.database))
    terminal.read(painted("START", "today +"), "the dashboard")
    assert b"\x1b[?1000h" in terminal.output
    terminal.type("%")
    terminal.read(painted("\x1b[?1000l", "mouse off"), "the mouse to be off")
    before = terminal.output.count(b"\x1b[?1000h")
    terminal.type("%")
    terminal.read(lambda output: output.count(b"\x1b[?1000h") > before, "the mouse to be on")
    terminal.type("Q")
    code = terminal.end()
    assert code == 0, terminal.output[-1500:].decode(errors="replace")
