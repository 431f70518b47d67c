"""Picking the queue and the recipients of a letter from lists, with Down."""

from __future__ import annotations

from typing import Any

from driving import drive, shows, until
from test_compose import at_once, composer, in_ticket, line, writing
from textual.pilot import Pilot
from tui_desk import TuiDesk

from tuidesk.core.admin.customers import add_customer
from tuidesk.screens.compose import ComposeScreen
from tuidesk.screens.letter import Stage
from tuidesk.widgets.picker import Picker


def _customers(desk: TuiDesk) -> None:
    for login, email, name in (("lee", "m.lee@acme.test", "Mia Lee"), ("leo", "leo@acme.test", "Leo Ott")):
        add_customer(desk.engines, desk.clock, "x", login, email, name, "ACME")


async def _new_by_phone(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: pilot.app.session is not None)  # type: ignore[attr-defined]
    await pilot.press("C")
    await shows(pilot, "by phone")
    await writing(pilot, "enter")


async def _picking(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, Picker))


async def _typing(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen) and composer(pilot).stage is Stage.TYPING)


def test_a_call_is_written_down_for_a_customer_found_by_name(desk: TuiDesk) -> None:
    _customers(desk)

    async def scenario(pilot: Pilot[Any]) -> None:
        await _new_by_phone(pilot)
        await shows(pilot, "Down pick")
        await pilot.press("shift+tab", "down")
        await _picking(pilot)
        await shows(pilot, "Junk", "no right there")  # the queue that anna may only read
        await pilot.press(*"raw", "enter")
        await _typing(pilot)
        assert line(pilot, "queue") == "Raw"
        await pilot.press(*", EU", "down")
        await _picking(pilot)
        await pilot.press(*"raw", "enter")
        await _typing(pilot)
        assert line(pilot, "queue") == "Raw"
        await pilot.press("tab", "down")
        await shows(pilot, "Type some letters of a name or an address first.")
        await pilot.press(*"mia", "down")
        await _picking(pilot)
        await shows(pilot, "Customers with “mia”", "m.lee@acme.test  Mia Lee", "ACME")
        await pilot.press("escape")
        await _typing(pilot)
        assert line(pilot, "to") == "mia"
        await pilot.press("down")
        await _picking(pilot)
        await pilot.press("enter")
        await _typing(pilot)
        assert line(pilot, "to") == "m.lee@acme.test"

    drive(desk.app(), scenario)


def test_one_more_recipient_is_picked_behind_a_comma_as_fast_as_it_is_typed(desk: TuiDesk) -> None:
    _customers(desk)
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "r")
        before = line(pilot, "to")
        await pilot.press("shift+tab", "shift+tab", "shift+tab")
        at_once(pilot, *", le", "down", *"ott", "\n", *", more")
        await until(
            pilot, lambda: isinstance(pilot.app.screen, ComposeScreen) and line(pilot, "to").endswith("more")
        )
        assert line(pilot, "to") == f"{before}, leo@acme.test, more"

    drive(desk.app(), scenario)


def test_who_is_not_known_is_said_and_what_was_typed_stays(desk: TuiDesk) -> None:
    ticket = desk.mail("VPN")

    async def scenario(pilot: Pilot[Any]) -> None:
        await in_ticket(pilot, ticket.id)
        await writing(pilot, "F")
        await pilot.press(*"zz", "down")
        await shows(pilot, "No customer is known by “zz”.")
        await _typing(pilot)
        await pilot.press(*"@x.test")
        assert line(pilot, "to") == "zz@x.test"

    drive(desk.app(), scenario)
