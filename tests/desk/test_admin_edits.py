"""Edits of the configuration leave a revision and a row; groups, agents, rights and system accounts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tuidesk.core.admin import agents, groups
from tuidesk.core.admin.config_log import why_config
from tuidesk.core.clock import FrozenClock
from tuidesk.core.domain.desk_config import Group
from tuidesk.core.domain.states import Right
from tuidesk.core.errors import AlreadyExists, Invalid, NotFound, TuideskError
from tuidesk.core.store import schema, tx
from tuidesk.core.store.engine import Engines, open_engines
from tuidesk.core.store.identity import agent_with_password, logins_of
from tuidesk.core.store.migrate import upgrade

CLOCK = FrozenClock(datetime(2026, 6, 1, 10, tzinfo=UTC))
BY = "account:root"


def hash_of(engines: Engines, login: str) -> str | None:
    """Return the stored hash of an agent who may log in."""
    found = agent_with_password(engines, login)
    return None if found is None else found[2]


@pytest.fixture
def engines(database_url: str) -> Iterator[Engines]:
    opened = open_engines(database_url, durable=False)
    upgrade(opened)
    yield opened
    opened.dispose()


def revision(engines: Engines) -> int:
    with tx.read(engines) as connection:
        return connection.execute(sa.select(schema.config_revision.c.revision)).scalar_one()


def hashed(password: str) -> str:
    return f"hash of {password}"


def add_anna(engines: Engines, **more: object) -> agents.AgentRow:
    return agents.add_agent(engines, CLOCK, BY, "anna", "Anna", "anna@desk.test", hash_password=hashed, **more)  # type: ignore[arg-type]


# --- the log ------------------------------------------------------------------------------------


def test_each_edit_draws_a_revision_and_says_who_changed_what(engines: Engines) -> None:
    groups.add_group(engines, CLOCK, BY, "support")
    groups.set_group(engines, CLOCK, "agent:anna", "SUPPORT", new_name="Help", valid=False)
    newest, oldest = why_config(engines)
    assert (oldest.revision, oldest.actor, oldest.at, oldest.what) == (2, BY, CLOCK.now(), "group support")
    assert (oldest.before, oldest.after) == (None, {"id": 4, "name": "support", "valid": True})
    assert (newest.revision, newest.actor, newest.what) == (3, "agent:anna", "group support")
    assert newest.before == oldest.after
    assert newest.after == {"id": 4, "name": "Help", "valid": False}
    assert revision(engines) == 3


def test_the_log_is_read_in_pages_and_by_thing(engines: Engines) -> None:
    for name in ("a", "b", "c"):
        groups.add_group(engines, CLOCK, BY, name)
    add_anna(engines)
    first = why_config(engines, limit=2)
    assert [edit.what for edit in first] == ["agent anna", "group c"]
    rest = why_config(engines, limit=9, before_revision=first[-1].revision)
    assert [edit.what for edit in rest] == ["group b", "group a"]
    assert [edit.what for edit in why_config(engines, about="group b")] == ["group b"]
    assert why_config(engines, about="GROUP") == []
    assert why_config(engines, about="%") == []


def test_an_edit_that_changes_nothing_or_fails_leaves_nothing(engines: Engines) -> None:
    groups.add_group(engines, CLOCK, BY, "support")
    groups.set_group(engines, CLOCK, BY, "support", new_name="support", valid=True)
    with pytest.raises(AlreadyExists):
        groups.set_group(engines, CLOCK, BY, "support", new_name="USERS")
    with pytest.raises(NotFound):
        add_anna(engines, groups={"users": ["ro"], "nowhere": ["rw"]})
    assert revision(engines) == 2
    assert len(why_config(engines)) == 1
    assert agents.list_agents(engines) == []


def test_of_many_who_take_a_name_at_once_one_gets_it(engines: Engines) -> None:
    start, refused = threading.Barrier(6), list[TuideskError]()

    def take() -> None:
        start.wait()
        try:
            groups.add_group(engines, CLOCK, BY, "support")
        except AlreadyExists as error:
            refused.append(error)

    takers = [threading.Thread(target=take) for _ in range(6)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert len(refused) == 5
    assert revision(engines) == 2


# --- groups and rights --------------------------------------------------------------------------


def test_groups(engines: Engines) -> None:
    made = groups.add_group(engines, CLOCK, BY, " Straße ")
    assert made == Group(4, "Straße")
    assert [group.name for group in groups.list_groups(engines)] == ["admin", "stats", "Straße", "users"]
    with pytest.raises(AlreadyExists):
        groups.add_group(engines, CLOCK, BY, "STRASSE")
    with pytest.raises(Invalid):
        groups.add_group(engines, CLOCK, BY, "\n")
    with pytest.raises(NotFound):
        groups.set_group(engines, CLOCK, BY, "nowhere", valid=False)
    assert groups.set_group(engines, CLOCK, BY, "straße", valid=False) == Group(4, "Straße", False)


def test_rights_are_added_and_taken(engines: Engines) -> None:
    add_anna(engines, groups={"users": ["ro"]})
    got = groups.grant(engines, CLOCK, BY, "ANNA", "Users", [Right.NOTE, Right.OWNER])
    assert got.groups == {"users": {Right.RO, Right.NOTE, Right.OWNER}}
    before = revision(engines)
    groups.grant(engines, CLOCK, BY, "anna", "users", ["note"])
    assert revision(engines) == before
    got = groups.revoke(engines, CLOCK, BY, "anna", "users", ["note"])
    assert got.groups == {"users": {Right.RO, Right.OWNER}}
    assert why_config(engines)[0].before["groups"] == {"users": ["note", "owner", "ro"]}
    assert groups.revoke(engines, CLOCK, BY, "anna", "users").groups == {}
    for login, group, rights in (("nora", "users", ["ro"]), ("anna", "nowhere", ["ro"]), ("-", "users", ["rw"])):
        with pytest.raises(NotFound):
            groups.grant(engines, CLOCK, BY, login, group, rights)
    with pytest.raises(Invalid):
        groups.grant(engines, CLOCK, BY, "anna", "users", ["close"])


# --- agents -------------------------------------------------------------------------------------


def test_an_agent_with_all_that_belongs_to_her(engines: Engines) -> None:
    made = add_anna(
        engines,
        password="open sesame",
        system_user="ahahn",
        groups={"users": ["ro", "note"], "ADMIN": ["rw"]},
        admin=True,
    )
    assert made.groups == {"admin": {Right.RW}, "users": {Right.RO, Right.NOTE}}
    assert (made.login, made.system_admin, made.has_password, made.valid) == ("anna", True, True, True)
    assert made.system_users == ("ahahn",)
    assert agents.show_agent(engines, "Anna ") == made
    assert agents.list_agents(engines) == [made]
    assert hash_of(engines, "ANNA") == "hash of open sesame"
    assert "sesame" not in str(why_config(engines))


def test_agents_without_a_name_or_password(engines: Engines) -> None:
    made = agents.add_agent(engines, CLOCK, BY, "Ben", "", "", hash_password=hashed)
    assert (made.login, made.name, made.email, made.has_password) == ("Ben", "Ben", "", False)
    assert hash_of(engines, "Ben") is None
    with pytest.raises(AlreadyExists):
        agents.add_agent(engines, CLOCK, BY, "ben", "Another", "", hash_password=hashed)


@pytest.mark.parametrize(
    ("field", "login", "email", "system_user"),
    [
        ("login", "-", "", None),
        ("login", "a b", "", None),
        ("email", "x", "nobody", None),
        ("system_user", "x", "", ""),
    ],
)
def test_agents_refused(engines: Engines, field: str, login: str, email: str, system_user: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        agents.add_agent(engines, CLOCK, BY, login, "X", email, system_user=system_user, hash_password=hashed)
    assert refused.value.field == field
    assert agents.list_agents(engines) == []


def test_an_agent_is_changed_and_disabled(engines: Engines) -> None:
    add_anna(engines, password="x", system_user="ahahn", groups={"users": ["rw"]})
    agents.add_agent(engines, CLOCK, BY, "ben", "Ben", "", hash_password=hashed)
    changed = agents.set_agent(engines, CLOCK, BY, "anna", new_login="Anna.H", name="", email="", admin=True)
    assert (changed.login, changed.name, changed.email, changed.system_admin) == ("Anna.H", "Anna.H", "", True)
    with pytest.raises(AlreadyExists):
        agents.set_agent(engines, CLOCK, BY, "anna.h", new_login="BEN")
    assert logins_of(engines, "ahahn") == {"Anna.H"}
    for last in ({"admin": False}, {"valid": False}):
        with pytest.raises(Invalid):
            agents.set_agent(engines, CLOCK, BY, "anna.h", **last)  # type: ignore[arg-type]
    agents.set_agent(engines, CLOCK, BY, "ben", admin=True)
    gone = agents.disable_agent(engines, CLOCK, BY, "anna.h")
    assert not gone.valid
    assert gone.groups == {"users": {Right.RW}}
    assert logins_of(engines, "ahahn") == frozenset()
    assert hash_of(engines, "anna.h") is None
    agents.set_agent(engines, CLOCK, BY, "anna.h", valid=True)
    assert hash_of(engines, "anna.h") == "hash of x"


def test_nobody_is_no_agent(engines: Engines) -> None:
    with pytest.raises(NotFound):
        agents.show_agent(engines, "-")
    with pytest.raises(NotFound):
        agents.set_agent(engines, CLOCK, BY, "-", valid=True)
    with pytest.raises(NotFound):
        agents.set_password(engines, CLOCK, BY, "-", "x", hash_password=hashed)
    assert hash_of(engines, "-") is None


def test_a_new_password_is_an_edit_that_shows_nothing_of_it(engines: Engines) -> None:
    add_anna(engines)
    assert agents.set_password(engines, CLOCK, BY, "anna", "one", hash_password=hashed).has_password
    agents.set_password(engines, CLOCK, BY, "anna", "two", hash_password=hashed)
    assert hash_of(engines, "anna") == "hash of two"
    newest, second, _made = why_config(engines)
    assert (second.before["password"], newest.before["password"]) == ("none", "set")
    assert "hash" not in str([newest, second])


def test_system_accounts(engines: Engines) -> None:
    add_anna(engines)
    agents.add_agent(engines, CLOCK, BY, "ben", "Ben", "", hash_password=hashed)
    agents.map_system_account(engines, CLOCK, BY, "anna", "desk")
    both = agents.map_system_account(engines, CLOCK, BY, "ben", "desk")
    assert both.system_users == ("desk",)
    assert logins_of(engines, "desk") == {"anna", "ben"}
    assert logins_of(engines, "Desk") == frozenset()
    with pytest.raises(AlreadyExists):
        agents.map_system_account(engines, CLOCK, BY, "anna", "desk")
    assert agents.unmap_system_account(engines, CLOCK, BY, "anna", "desk").system_users == ()
    assert logins_of(engines, "desk") == {"ben"}
    with pytest.raises(NotFound):
        agents.unmap_system_account(engines, CLOCK, BY, "anna", "desk")
    with pytest.raises(NotFound):
        agents.map_system_account(engines, CLOCK, BY, "-", "desk")
    assert [edit.what for edit in why_config(engines, limit=2)] == ["agent anna", "agent ben"]
