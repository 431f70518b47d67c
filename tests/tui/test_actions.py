"""The registry: no clashes on any screen, every action has somebody who does it, reasons in words."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import tuidesk.screens
from tuidesk.actions import Action, Context, Situation, Subject, all_actions, key_table, offered, why_not
from tuidesk.app import TuideskApp
from tuidesk.core.domain.desk_config import DeskConfig, Queue
from tuidesk.core.domain.states import Right
from tuidesk.screens.base import DeskScreen


def _screens() -> list[type[DeskScreen]]:
    for module in pkgutil.iter_modules(tuidesk.screens.__path__):
        importlib.import_module(f"tuidesk.screens.{module.name}")
    found: list[type[DeskScreen]] = []
    waiting = [DeskScreen]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += one.__subclasses__()
    return found


SCREENS = _screens()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_no_two_actions_of_a_screen_want_the_same_keys(screen: type[DeskScreen]) -> None:
    key_table(offered(all_actions(), screen.CONTEXTS))


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_every_action_of_a_screen_is_done_by_it_or_by_the_app(screen: type[DeskScreen]) -> None:
    if screen.__subclasses__() and "CONTEXTS" not in vars(screen) and screen is not DeskScreen:
        return
    missing = [
        action.id
        for action in offered(all_actions(), screen.CONTEXTS)
        if not hasattr(screen, action.method) and not hasattr(TuideskApp, action.method)
    ]
    # screens that only serve as a base leave motion to those that come from them
    assert not missing or (screen.__subclasses__() and all(name.startswith("move.") for name in missing))


def test_every_hint_is_an_action_of_its_screen() -> None:
    for screen in SCREENS:
        ids = {action.id for action in offered(all_actions(), screen.CONTEXTS)}
        if "HINTS" in vars(screen):
            assert set(screen.HINTS) <= ids, screen.__name__


def test_ids_are_unique() -> None:
    ids = [action.id for action in all_actions()]
    assert len(ids) == len(set(ids))


def test_a_clash_is_refused() -> None:
    one = Action("a.b", (("x",),), Context.APP, "A")
    with pytest.raises(ValueError, match=r"share x"):
        key_table([one, Action("c.d", (("x",),), Context.APP, "C")])
    with pytest.raises(ValueError, match="hides"):
        key_table([one, Action("c.d", (("x", "y"),), Context.APP, "C")])


def test_keys_that_are_other_keys_in_a_terminal_are_not_used() -> None:
    taboo = {"ctrl+m", "ctrl+i", "ctrl+h", "ctrl+j", "ctrl+s", "ctrl+q", "ctrl+b", "ctrl+a"}
    used = {key for action in all_actions() for keys in action.keys for key in keys}
    assert not used & taboo
    assert not [key for key in used if key.startswith("alt+")]


CONFIG = DeskConfig(queues={5: Queue(5, "Support", group_id=1)}, grants={2: {1: frozenset({Right.RO, Right.NOTE})}})


def _subject(**more: object) -> Subject:
    fields: dict[str, object] = {
        "id": 1, "version": 1, "number": "7", "title": "", "queue_id": 5, "state_id": 1, "priority_id": 3,
        "owner_id": 9, "responsible_id": 1, "locked": False, "closed": False,
    }  # fmt: skip
    return Subject(**{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("action_id", "subject", "reason"),
    [
        ("ticket.take", None, "no ticket is chosen"),
        ("ticket.take", _subject(), "you lack the right “owner” here"),
        ("ticket.take", _subject(owner_id=2, closed=True), "the ticket is closed"),
        ("ticket.state", _subject(owner_id=2), ""),
        ("ticket.state", _subject(responsible_id=2), ""),
        ("ticket.note", _subject(), ""),
        ("app.back", None, ""),
    ],
)
def test_why_an_action_cannot_be_done(action_id: str, subject: Subject | None, reason: str) -> None:
    action = next(one for one in all_actions() if one.id == action_id)
    assert why_not(action, Situation(2, CONFIG, subject)) == reason


def test_nothing_can_be_done_to_tickets_before_the_desk_is_open() -> None:
    action = next(one for one in all_actions() if one.id == "ticket.take")
    assert why_not(action, Situation(2, None, None)) == "the desk is not open yet"
