"""Agents: who they are, their passwords, and the system accounts that may act as them.

Passwords come in as text and are handed to the hasher at once; neither they nor their hashes reach
the log or an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from tuidesk.core.admin.values import line_value, login_value, optional_address, rights_value
from tuidesk.core.clock import Clock
from tuidesk.core.errors import Invalid
from tuidesk.core.i18n import _
from tuidesk.core.store import admin_agents, admin_groups, tx
from tuidesk.core.store.admin_agents import AgentRow
from tuidesk.core.store.admin_log import Connection, Edited, edit_config
from tuidesk.core.store.engine import Engines

NAME_CHARACTERS = 191


def list_agents(engines: Engines) -> Sequence[AgentRow]:
    """Return all agents by login, disabled ones too, without nobody."""
    with tx.read(engines) as connection:
        return admin_agents.all_agents(connection)


def show_agent(engines: Engines, login: str) -> AgentRow:
    """Return an agent. Raises NotFound."""
    with tx.read(engines) as connection:
        return admin_agents.agent_with_login(connection, login)


def add_agent(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    login: str,
    name: str,
    email: str,
    *,
    password: str | None = None,
    system_user: str | None = None,
    groups: Mapping[str, Iterable[str]] | None = None,
    admin: bool = False,
    hash_password: Callable[[str], str],
) -> AgentRow:
    """Make an agent with her rights by group; without a name she is called by her login.

    Raises Invalid, AlreadyExists for a login that is taken, NotFound for an unknown group.
    """
    checked_login = login_value("login", login)
    checked_name = line_value("name", name, NAME_CHARACTERS) or checked_login
    checked_email = optional_address("email", email)
    user = None if system_user is None else login_value("system_user", system_user)
    granted = {group: rights_value(rights) for group, rights in (groups or {}).items()}
    # outside the transaction: hashing is slow on purpose
    hashed = "" if password is None else hash_password(password)

    def work(connection: Connection) -> Edited[AgentRow]:
        agent_id = admin_agents.insert_agent(connection, checked_login, checked_name, checked_email, hashed, admin)
        for group_name, rights in granted.items():
            group = admin_groups.group_named(connection, group_name)
            has = admin_groups.granted(connection, agent_id, group.id)
            admin_groups.replace_grant(connection, agent_id, group.id, has | rights)
        if user is not None:
            admin_agents.insert_system_account(connection, user, agent_id)
        made = admin_agents.agent_with_login(connection, checked_login)
        return Edited(made, f"agent {made.login}", None, made)

    return edit_config(engines, clock, actor_label, work)


def set_agent(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    login: str,
    *,
    new_login: str | None = None,
    name: str | None = None,
    email: str | None = None,
    admin: bool | None = None,
    valid: bool | None = None,
) -> AgentRow:
    """Change an agent; None leaves a value. Raises NotFound, Invalid, AlreadyExists."""
    checked_login = None if new_login is None else login_value("login", new_login)
    checked_name = None if name is None else line_value("name", name, NAME_CHARACTERS)
    checked_email = None if email is None else optional_address("email", email)

    def work(connection: Connection) -> Edited[AgentRow]:
        old = admin_agents.agent_with_login(connection, login)
        is_login = old.login if checked_login is None else checked_login
        new = replace(
            old,
            login=is_login,
            name=old.name if checked_name is None else checked_name or is_login,
            email=old.email if checked_email is None else checked_email,
            system_admin=old.system_admin if admin is None else admin,
            valid=old.valid if valid is None else valid,
        )
        if _manages(old) and not _manages(new):
            others = [one for one in admin_agents.all_agents(connection) if one.id != old.id and _manages(one)]
            if not others:
                raise Invalid("admin", old.login, _("one of several: the last who may manage the desk stays"))
        admin_agents.update_agent(connection, new)
        return Edited(new, f"agent {old.login}", old, new)

    return edit_config(engines, clock, actor_label, work)


def _manages(agent: AgentRow) -> bool:
    return agent.valid and agent.system_admin


def disable_agent(engines: Engines, clock: Clock, actor_label: str, login: str) -> AgentRow:
    """Let an agent work no more; her rights stay, for the day she comes back. Raises NotFound."""
    return set_agent(engines, clock, actor_label, login, valid=False)


def set_password(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    login: str,
    password: str,
    *,
    hash_password: Callable[[str], str],
) -> AgentRow:
    """Give an agent a new password. Raises NotFound, and what the hasher refuses."""
    hashed = hash_password(password)

    def work(connection: Connection) -> Edited[AgentRow]:
        old = admin_agents.agent_with_login(connection, login)
        admin_agents.update_password(connection, old.id, hashed)
        new = replace(old, has_password=True)
        before = {"login": old.login, "password": "set" if old.has_password else "none"}
        return Edited(new, f"agent {old.login}", before, {"login": old.login, "password": "changed"})

    return edit_config(engines, clock, actor_label, work)


# --- system accounts ----------------------------------------------------------------------------


def map_system_account(engines: Engines, clock: Clock, actor_label: str, login: str, system_user: str) -> AgentRow:
    """Let a system account act as an agent; an account may act as several.

    Raises NotFound, Invalid, and AlreadyExists when it may do so already.
    """
    user = login_value("system_user", system_user)

    def work(connection: Connection) -> Edited[AgentRow]:
        before = admin_agents.agent_with_login(connection, login)
        admin_agents.insert_system_account(connection, user, before.id)
        after = admin_agents.agent_with_login(connection, login)
        return Edited(after, f"agent {after.login}", before, after)

    return edit_config(engines, clock, actor_label, work)


def unmap_system_account(engines: Engines, clock: Clock, actor_label: str, login: str, system_user: str) -> AgentRow:
    """Let a system account act as an agent no more. Raises NotFound for the agent or the mapping."""

    def work(connection: Connection) -> Edited[AgentRow]:
        before = admin_agents.agent_with_login(connection, login)
        admin_agents.delete_system_account(connection, system_user.strip(), before.id)
        after = admin_agents.agent_with_login(connection, login)
        return Edited(after, f"agent {after.login}", before, after)

    return edit_config(engines, clock, actor_label, work)
