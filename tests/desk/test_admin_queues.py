"""Queues with all that hangs on them: paths, addresses, calendars, automatic replies; read back by the rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from tuidesk.core.admin import auto_responses, calendars, groups, queues
from tuidesk.core.admin.config_log import why_config
from tuidesk.core.clock import FrozenClock
from tuidesk.core.domain.desk_config import AutoResponse, DeskConfig
from tuidesk.core.domain.numbers import NumberStyle
from tuidesk.core.domain.sla import Targets
from tuidesk.core.domain.states import AutoResponseType, FollowUpPolicy
from tuidesk.core.domain.subject import SubjectStyle
from tuidesk.core.errors import AlreadyExists, Invalid, NotFound
from tuidesk.core.store import tx
from tuidesk.core.store.admin_queues import QueueRow
from tuidesk.core.store.config_reads import ConfigSource
from tuidesk.core.store.engine import Engines, open_engines
from tuidesk.core.store.migrate import upgrade

CLOCK = FrozenClock(datetime(2026, 6, 1, 10, tzinfo=UTC))
BY = "account:root"
NIGHT = {"zone": "Europe/Berlin", "hours": [[[0, 360]]] * 7, "holidays": ["2026-12-24"]}


@pytest.fixture
def engines(database_url: str) -> Iterator[Engines]:
    opened = open_engines(database_url, durable=False)
    upgrade(opened)
    yield opened
    opened.dispose()


def config(engines: Engines) -> DeskConfig:
    source = ConfigSource(
        subject_style=SubjectStyle(),
        number_style=NumberStyle("AutoIncrement", "10"),
        timezone="UTC",
        default_queue="Raw",
        auto_replies_per_day=40,
    )
    with tx.read(engines) as connection:
        return source.read(connection)


def add(engines: Engines, name: str, address: str = "") -> QueueRow:
    return queues.add_queue(engines, CLOCK, BY, name, "users", address=address)


def names(engines: Engines) -> list[str]:
    return [queue.name for queue in queues.list_queues(engines) if queue.id > 4]


# --- queues -------------------------------------------------------------------------------------


def test_a_queue_as_the_rules_see_it(engines: Engines) -> None:
    calendars.add_calendar(engines, CLOCK, BY, "Night", NIGHT)
    made = queues.add_queue(
        engines,
        CLOCK,
        BY,
        "Support::L1",
        "USERS",
        address="Help@Desk.test",
        realname="The desk",
        follow_up="new ticket",
        follow_up_lock=True,
        targets=Targets(60, 120, 480, 0, 80, 0),
        calendar="night",
        unlock_timeout_min=30,
        salutation="Dear you,\r\n",
        signature="--\nThe desk",
    )
    assert (made.group, made.calendar, made.salutation) == ("users", "Night", "Dear you,")
    assert queues.show_queue(engines, "support::l1") == made
    seen = config(engines)
    queue = seen.queues[made.id]
    assert (queue.name, queue.group_id, queue.address, queue.realname) == (
        "Support::L1",
        1,
        "Help@Desk.test",
        "The desk",
    )
    assert (queue.follow_up, queue.follow_up_lock) == (FollowUpPolicy.NEW_TICKET, True)
    assert (queue.targets, queue.unlock_timeout_min) == (Targets(60, 120, 480, 0, 80, 0), 30)
    assert (queue.salutation, queue.signature) == ("Dear you,", "--\nThe desk")
    assert seen.calendar_of(made.id).zone == "Europe/Berlin"
    assert seen.addresses == {"help@desk.test": made.id}
    logged = why_config(engines, about="queue Support")[0].after
    assert (logged["targets"]["update_min"], logged["follow_up"]) == (120, "new ticket")


def test_only_what_is_given_is_changed(engines: Engines) -> None:
    made = queues.add_queue(
        engines, CLOCK, BY, "Sales", "users", address="sales@desk.test", realname="Sales", follow_up="reject"
    )
    changed = queues.set_queue(engines, CLOCK, BY, "sales", realname="", unlock_timeout_min=5)
    assert (changed.realname, changed.unlock_timeout_min) == ("", 5)
    assert (changed.address, changed.follow_up, changed.id) == (made.address, FollowUpPolicy.REJECT, made.id)
    groups.add_group(engines, CLOCK, BY, "sales")
    calendars.add_calendar(engines, CLOCK, BY, "Night", NIGHT)
    changed = queues.set_queue(engines, CLOCK, BY, "Sales", group="Sales", calendar="Night", targets=Targets(1, 2, 3))
    assert (changed.group, changed.calendar, changed.targets) == ("sales", "Night", Targets(1, 2, 3))
    assert queues.set_queue(engines, CLOCK, BY, "Sales", calendar="", address="").calendar == ""
    assert config(engines).addresses == {}
    assert config(engines).queues[made.id].calendar_id == 0


def test_queues_refused(engines: Engines) -> None:
    groups.add_group(engines, CLOCK, BY, "old")
    groups.set_group(engines, CLOCK, BY, "old", valid=False)
    calendars.add_calendar(engines, CLOCK, BY, "Night", NIGHT)
    calendars.set_calendar(engines, CLOCK, BY, "Night", valid=False)
    before = len(why_config(engines))
    refusals: list[tuple[type[Exception], str, dict[str, object]]] = [
        (AlreadyExists, "RAW", {}),
        (NotFound, "X", {"group": "nowhere"}),
        (Invalid, "X", {"group": "old"}),
        (NotFound, "X", {"calendar": "nowhere"}),
        (Invalid, "X", {"calendar": "night"}),
        (Invalid, "X", {"follow_up": "maybe"}),
        (Invalid, "X", {"unlock_timeout_min": -1}),
        (Invalid, "X", {"address": "nobody"}),
        (Invalid, "X:: ", {}),
    ]
    for error, name, more in refusals:
        with pytest.raises(error):
            queues.add_queue(engines, CLOCK, BY, name, **{"group": "users", **more})  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        queues.set_queue(engines, CLOCK, BY, "nowhere", realname="x")
    assert names(engines) == []
    assert len(why_config(engines)) == before


def test_a_disabled_group_or_calendar_may_be_kept(engines: Engines) -> None:
    groups.add_group(engines, CLOCK, BY, "old")
    calendars.add_calendar(engines, CLOCK, BY, "Night", NIGHT)
    made = queues.add_queue(engines, CLOCK, BY, "X", "old", calendar="Night")
    groups.set_group(engines, CLOCK, BY, "old", valid=False)
    calendars.set_calendar(engines, CLOCK, BY, "Night", valid=False)
    changed = queues.set_queue(engines, CLOCK, BY, "X", realname="x", group="OLD", calendar="night")
    assert (changed.group, changed.calendar, changed.realname) == ("old", "Night", "x")
    assert config(engines).calendar_of(made.id).name == "Night"


def test_an_address_belongs_to_one_valid_queue(engines: Engines) -> None:
    add(engines, "A", "help@desk.test")
    with pytest.raises(AlreadyExists) as refused:
        add(engines, "B", "HELP@desk.test")
    assert "(A)" in refused.value.name
    b = add(engines, "B")
    with pytest.raises(AlreadyExists):
        queues.set_queue(engines, CLOCK, BY, "B", address="Help@Desk.Test")
    queues.set_queue(engines, CLOCK, BY, "A", address="Help@desk.test")
    queues.disable_queue(engines, CLOCK, BY, "A")
    queues.set_queue(engines, CLOCK, BY, "B", address="help@desk.test")
    with pytest.raises(AlreadyExists):
        queues.set_queue(engines, CLOCK, BY, "A", valid=True)
    assert config(engines).addresses == {"help@desk.test": b.id}


def test_renaming_a_queue_renames_all_below_it(engines: Engines) -> None:
    for name in ("Straße", "Straße::L1", "STRASSE::L1::Night", "Straßen", "Other::Straße::L1"):
        add(engines, name)
    renamed = queues.set_queue(engines, CLOCK, BY, "strasse", new_name="Help::Desk")
    assert renamed.name == "Help::Desk"
    assert names(engines) == ["Help::Desk", "Help::Desk::L1", "Help::Desk::L1::Night", "Other::Straße::L1", "Straßen"]
    assert queues.show_queue(engines, "help::desk::l1::night").name == "Help::Desk::L1::Night"
    edit = why_config(engines)[0]
    assert edit.what == "queue Straße"
    assert edit.before["below"] == ["STRASSE::L1::Night", "Straße::L1"]
    assert edit.after["below"] == ["Help::Desk::L1", "Help::Desk::L1::Night"]


def test_renaming_into_the_place_of_the_parent(engines: Engines) -> None:
    third = add(engines, "A::B::B::B")
    second = add(engines, "A::B::B")
    first = add(engines, "A::B")
    queues.set_queue(engines, CLOCK, BY, "A::B", new_name="A")
    by_id = {queue.id: queue.name for queue in queues.list_queues(engines)}
    assert (by_id[first.id], by_id[second.id], by_id[third.id]) == ("A", "A::B", "A::B::B")
    assert queues.set_queue(engines, CLOCK, BY, "a", new_name="a").name == "a"
    assert names(engines) == ["a", "a::B", "a::B::B"]


def test_renaming_refused(engines: Engines) -> None:
    for name in ("A", "A::B", "C", "C::B"):
        add(engines, name)
    with pytest.raises(AlreadyExists):
        queues.set_queue(engines, CLOCK, BY, "A", new_name="c")
    with pytest.raises(Invalid):
        queues.set_queue(engines, CLOCK, BY, "A", new_name="a::B")
    queues.set_queue(engines, CLOCK, BY, "C", new_name="D")
    add(engines, "E::B")
    with pytest.raises(AlreadyExists) as refused:
        queues.set_queue(engines, CLOCK, BY, "A", new_name="E", realname="lost")
    assert refused.value.name == "E::B"
    assert names(engines) == ["A", "A::B", "D", "D::B", "E::B"]
    assert queues.show_queue(engines, "A").realname == ""


# --- automatic replies --------------------------------------------------------------------------


def test_automatic_replies(engines: Engines) -> None:
    made = add(engines, "Support", "help@desk.test")
    first = auto_responses.set_auto_response(engines, CLOCK, BY, "support", "auto reply", "Got it", "Thanks,\r\nus")
    assert (first.queue, first.type, first.body) == ("Support", AutoResponseType.REPLY, "Thanks,\nus")
    auto_responses.set_auto_response(engines, CLOCK, BY, "Support", "auto reply", "We have it", "Thanks")
    auto_responses.set_auto_response(engines, CLOCK, BY, "Raw", "auto reject", "No", "No")
    listed = auto_responses.list_auto_responses(engines)
    assert [(row.queue, row.subject) for row in listed] == [("Raw", "No"), ("Support", "We have it")]
    assert auto_responses.list_auto_responses(engines, "support") == [listed[1]]
    seen = config(engines).auto_responses
    assert seen[made.id, AutoResponseType.REPLY] == AutoResponse("We have it", "Thanks")
    edit = why_config(engines, about="auto response Support")[0]
    assert (edit.before["subject"], edit.after["subject"]) == ("Got it", "We have it")
    assert auto_responses.remove_auto_response(engines, CLOCK, BY, "Support", "auto reply").subject == "We have it"
    assert (made.id, AutoResponseType.REPLY) not in config(engines).auto_responses
    assert why_config(engines)[0].after is None
    with pytest.raises(NotFound):
        auto_responses.remove_auto_response(engines, CLOCK, BY, "Support", "auto reply")


@pytest.mark.parametrize(
    ("error", "queue", "kind", "subject", "body"),
    [
        (NotFound, "nowhere", "auto reply", "s", "b"),
        (Invalid, "Raw", "auto remove", "s", "b"),
        (Invalid, "Raw", "auto reply", "two\nlines", "b"),
        (Invalid, "Raw", "auto reply", "", "b"),
        (Invalid, "Raw", "auto reply", "s", " \n "),
    ],
)
def test_automatic_replies_refused(
    engines: Engines, error: type[Exception], queue: str, kind: str, subject: str, body: str
) -> None:
    with pytest.raises(error):
        auto_responses.set_auto_response(engines, CLOCK, BY, queue, kind, subject, body)
    assert auto_responses.list_auto_responses(engines) == []


# --- calendars ----------------------------------------------------------------------------------


def test_calendars(engines: Engines) -> None:
    made = calendars.add_calendar(engines, CLOCK, BY, "Night", {**NIGHT, "name": "ignored"})
    assert (made.name, made.definition["name"], made.definition["yearly_holidays"]) == ("Night", "Night", [])
    day = {"zone": "UTC", "hours": [[[480, 720], [780, 1020]]] * 5 + [[], []], "yearly_holidays": [[12, 24]]}
    calendars.set_calendar(engines, CLOCK, BY, "NIGHT", new_name="Day", definition=day)
    shown = calendars.show_calendar(engines, "day")
    assert (shown.id, shown.definition["name"]) == (made.id, "Day")
    assert calendars.set_calendar(engines, CLOCK, BY, "Day", valid=False).definition == shown.definition
    seen = config(engines).calendars[made.id]
    assert (seen.name, seen.zone, seen.yearly_holidays) == ("Day", "UTC", {(12, 24)})
    assert seen.spans_on(date(2026, 6, 1)) == ((480, 720), (780, 1020))
    assert [row.name for row in calendars.list_calendars(engines)] == ["Day"]
    with pytest.raises(AlreadyExists):
        calendars.add_calendar(engines, CLOCK, BY, "DAY", NIGHT)
    with pytest.raises(NotFound):
        calendars.set_calendar(engines, CLOCK, BY, "nowhere", valid=True)


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"zone": "UTC"},
        {"zone": "Mars/Olympus", "hours": [[]] * 7},
        {"zone": "UTC", "hours": [[]] * 6},
        {"zone": "UTC", "hours": [[[600, 540]]] * 7},
        {"zone": "UTC", "hours": [[["8:00", "9:00"]]] * 7},
        {"zone": "UTC", "hours": 7},
        {"zone": "UTC", "hours": [[]] * 7, "holidays": ["tomorrow"]},
        {"zone": "UTC", "hours": [[]] * 7, "yearly_holidays": [[2, 30]]},
        {"zone": "UTC", "hours": [[]] * 7, "holiday": []},
    ],
)
def test_calendars_refused(engines: Engines, definition: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        calendars.add_calendar(engines, CLOCK, BY, "Night", definition)
    assert refused.value.allowed
    assert calendars.list_calendars(engines) == []
