"""The list of drafts, and what a draft is as a value."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from driving import drive, screen_text, shows, until
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import TextArea
from tui_desk import ANNA, BEN, TuiDesk

from tuidesk.screens.compose import ComposeScreen
from tuidesk.screens.composition import KINDS, Composition, from_draft, to_draft
from tuidesk.screens.letter import Stage
from tuidesk.screens.mail import DraftsScreen
from tuidesk.widgets.dialogs import Confirm


def keep(desk: TuiDesk, what: Composition, agent: Any = ANNA) -> int:
    """Keep a draft."""
    return desk.desk.save_draft(agent, None, what.ticket_id, what.kind, to_draft(what), what.seen_version)


async def listed(pilot: Pilot[Any]) -> None:
    """Go to the list of drafts."""
    app: Any = pilot.app
    await until(pilot, lambda: app.session is not None)
    await pilot.press("g", "f")
    await until(pilot, lambda: isinstance(pilot.app.screen, DraftsScreen))


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
def test_all_of_ones_own_drafts_are_listed_and_opened(desk: TuiDesk, size: tuple[int, int]) -> None:
    ticket = desk.mail("VPN drops")
    reply = Composition(
        "reply", ticket.id, seen_version=ticket.version, seen_article=1, number=ticket.number, title=ticket.title,
        to="mia@x.test", subject="Re: VPN", body="Half an\n\nanswer",
    )  # fmt: skip
    keep(desk, Composition("phone", queue="Raw", to="jo@x.test", subject="No light", body="dark"))
    keep(desk, reply)
    keep(desk, Composition("note", ticket.id, body="of ben"), BEN)

    async def scenario(pilot: Pilot[Any]) -> None:
        await listed(pilot)
        await shows(pilot, "Drafts", "1000001  VPN drops", "phone ticket", "No light", "D throw away")
        assert "of ben" not in screen_text(pilot.app)
        rows = pilot.app.screen.query_one("#rows")
        if "reply" not in rows.current.text:  # type: ignore[attr-defined]
            await pilot.press("j")
        await shows(pilot, "To: mia@x.test", "Half an", "answer")
        await pilot.press("enter", *", now whole")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        await shows(pilot, "Your draft goes on", "answer, now whole")
        assert pilot.app.screen.query_one("#field-to").value == "mia@x.test"  # type: ignore[attr-defined]
        await pilot.press("escape", "y")
        await until(pilot, lambda: isinstance(pilot.app.screen, DraftsScreen))
        await until(pilot, lambda: "VPN drops" not in screen_text(pilot.app))
        await pilot.press("enter")
        await shows(pilot, "New ticket by phone", "jo@x.test", "dark")

    drive(desk.app(), scenario, size)
    assert [draft.kind for draft in desk.desk.drafts(ANNA.agent_id)] == ["phone"]


def test_the_draft_that_was_chosen_is_opened_and_not_a_newer_one_of_its_kind(desk: TuiDesk) -> None:
    keep(desk, Composition("phone", queue="Raw", subject="first", body="one"))
    desk.clock.at += timedelta(minutes=1)
    keep(desk, Composition("phone", queue="Raw", subject="second", body="two"))

    async def scenario(pilot: Pilot[Any]) -> None:
        await listed(pilot)
        await shows(pilot, "second")
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        await until(pilot, lambda: pilot.app.screen.query_one("#letter-body", TextArea).text == "one")

    drive(desk.app(), scenario)


def test_a_draft_is_thrown_away_only_after_a_question(desk: TuiDesk) -> None:
    keep(desk, Composition("phone", queue="Raw", subject="No light", body="dark"))

    async def scenario(pilot: Pilot[Any]) -> None:
        await listed(pilot)
        await shows(pilot, "No light")
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("x", "n")
        await until(pilot, lambda: isinstance(pilot.app.screen, DraftsScreen))
        assert len(desk.desk.drafts(ANNA.agent_id)) == 1
        await pilot.press("D", "y")
        await shows(pilot, "you have no drafts", "thrown away")
        await pilot.press("D")
        await shows(pilot, "There is no draft.")

    drive(desk.app(), scenario)
    assert desk.desk.drafts(ANNA.agent_id) == []


def test_a_draft_on_a_ticket_that_is_out_of_sight_can_still_be_read(desk: TuiDesk) -> None:
    keep(desk, Composition("note", 4711, number="4711", title="gone", body="what I knew"))

    async def scenario(pilot: Pilot[Any]) -> None:
        await listed(pilot)
        await shows(pilot, "4711  gone")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        screen: Any = pilot.app.screen
        await until(pilot, lambda: screen.stage is Stage.TYPING)
        await shows(pilot, "what I knew")
        await pilot.press(*"!", "escape", "y")
        await shows(pilot, "Not sent; your text is kept.")

    drive(desk.app(), scenario)
    assert [draft.content["body"] for draft in desk.desk.drafts(ANNA.agent_id)] == ["what I knew!"]


_TEXTS = st.text(max_size=20)


@given(
    st.builds(
        Composition, kind=st.sampled_from(KINDS), ticket_id=st.none() | st.integers(1), body=_TEXTS, start=_TEXTS,
        to=_TEXTS, start_head=st.tuples(_TEXTS, _TEXTS), files=st.lists(_TEXTS, max_size=3).map(tuple),
    )
)  # fmt: skip
def test_a_draft_is_read_as_it_was_written(what: Composition) -> None:
    assert from_draft(json.loads(json.dumps(to_draft(what)))) == what


def test_a_draft_of_another_version_is_read_as_far_as_it_is_known() -> None:
    assert from_draft({"kind": "note", "body": "x", "mood": "calm"}) == Composition("note", body="x")


@pytest.mark.parametrize(
    ("what", "before"),
    [
        (Composition("note"), ""),
        (Composition("note", body="written "), "written"),
        (Composition("reply", body="\n\nOn Monday:\n> x\n", start="\n\nOn Monday:\n> x\n"), ""),
        (Composition("reply", body="yes\n\nOn Monday:\n> x\n", start="\n\nOn Monday:\n> x\n"), "yes"),
        (Composition("reply", body="Hi,\n\n\n\n> x\n", start="Hi,\n\n\n\n> x\n", greeting="Hi,"), "Hi,\n\n"),
        (Composition("reply", body="Hi,\n\nyes\n\n> x\n", start="Hi,\n\n\n\n> x\n", greeting="Hi,"), "Hi,\n\nyes"),
        (Composition("reply", body="Hi,\n\n\n\n", start="Hi,\n\n\n\n", greeting="Hi,"), "Hi,\n\n"),
        (Composition("reply", body="> x, but\nno", start="\n\n> x\n"), "> x, but\nno"),
        (Composition("reply", body="", start="Hi,\n\n\n\n", greeting="Hi,"), ""),
    ],
)
def test_where_writing_goes_on(what: Composition, before: str) -> None:
    assert what.body[: what.write_at] == before
