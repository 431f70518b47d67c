"""Groups, and the rights that they grant to agents on their queues (OTRS rule 1.9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tuidesk.core.admin.values import name_value, rights_value
from tuidesk.core.clock import Clock
from tuidesk.core.domain.desk_config import Group
from tuidesk.core.domain.states import Right
from tuidesk.core.store import admin_agents, admin_groups, tx
from tuidesk.core.store.admin_agents import AgentRow
from tuidesk.core.store.admin_log import Connection, Edited, edit_config
from tuidesk.core.store.engine import Engines


def list_groups(engines: Engines) -> Sequence[Group]:
    """Return all groups by name, disabled ones too."""
    with tx.read(engines) as connection:
        return admin_groups.all_groups(connection)


def add_group(engines: Engines, clock: Clock, actor_label: str, name: str) -> Group:
    """Make a group. Raises Invalid and AlreadyExists."""
    checked = name_value("name", name)

    def work(connection: Connection) -> Edited[Group]:
        group = admin_groups.insert_group(connection, checked)
        return Edited(group, f"group {group.name}", None, group)

    return edit_config(engines, clock, actor_label, work)


def set_group(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    name: str,
    *,
    new_name: str | None = None,
    valid: bool | None = None,
) -> Group:
    """Rename a group, enable or disable it; None leaves a value. Raises NotFound, Invalid, AlreadyExists."""
    checked = None if new_name is None else name_value("name", new_name)

    def work(connection: Connection) -> Edited[Group]:
        old = admin_groups.group_named(connection, name)
        new = replace(
            old,
            name=old.name if checked is None else checked,
            valid=old.valid if valid is None else valid,
        )
        admin_groups.update_group(connection, new)
        return Edited(new, f"group {old.name}", old, new)

    return edit_config(engines, clock, actor_label, work)


def grant(
    engines: Engines, clock: Clock, actor_label: str, agent_login: str, group: str, rights: Iterable[str]
) -> AgentRow:
    """Give an agent rights on a group's queues, on top of those she has. Raises NotFound and Invalid."""
    added = rights_value(rights)

    def work(connection: Connection) -> Edited[AgentRow]:
        return _regrant(connection, agent_login, group, added, frozenset())

    return edit_config(engines, clock, actor_label, work)


def revoke(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    agent_login: str,
    group: str,
    rights: Iterable[str] | None = None,
) -> AgentRow:
    """Take rights on a group's queues from an agent, all of them without `rights`.

    Taking `ro` from an agent who has `rw` leaves her `rw`. Raises NotFound and Invalid.
    """
    taken = frozenset(Right) if rights is None else rights_value(rights)

    def work(connection: Connection) -> Edited[AgentRow]:
        return _regrant(connection, agent_login, group, frozenset(), taken)

    return edit_config(engines, clock, actor_label, work)


def _regrant(
    connection: Connection, login: str, group_name: str, added: frozenset[Right], taken: frozenset[Right]
) -> Edited[AgentRow]:
    before = admin_agents.agent_with_login(connection, login)
    group = admin_groups.group_named(connection, group_name)
    has = admin_groups.granted(connection, before.id, group.id)
    admin_groups.replace_grant(connection, before.id, group.id, (has | added) - taken)
    after = admin_agents.agent_with_login(connection, before.login)
    return Edited(after, f"agent {after.login}", before, after)
