"""SQL of agents and of the system accounts that may act as them.

Nobody (agent 1) is no agent here: it is never listed, found or changed. Password hashes leave this
module only through `password_hash`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tuidesk.core.domain.states import NOBODY, Right
from tuidesk.core.domain.text import text_key
from tuidesk.core.errors import AlreadyExists, NotFound
from tuidesk.core.store import schema

_a = schema.agent.c
_g = schema.agent_grant.c
_s = schema.system_account.c


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent as admins see her: `groups` maps group names to the rights granted there."""

    id: int
    login: str
    name: str
    email: str
    system_admin: bool
    has_password: bool
    valid: bool
    groups: Mapping[str, frozenset[Right]]
    system_users: tuple[str, ...]


def all_agents(connection: sa.Connection) -> Sequence[AgentRow]:
    """Return all agents by login, disabled ones too, in three statements."""
    return _agents(connection, None)


def agent_with_login(connection: sa.Connection, login: str) -> AgentRow:
    """Return an agent by login, whatever its case. Raises NotFound."""
    query = sa.select(_a.id).where(_a.login_key == text_key(login.strip()), _a.id != NOBODY)
    agent_id = connection.execute(query).scalar_one_or_none()
    if agent_id is None:
        raise NotFound("agent", login)
    return _agents(connection, agent_id)[0]


def insert_agent(
    connection: sa.Connection, login: str, name: str, email: str, password_hash: str, system_admin: bool
) -> int:
    """Make an agent; return its id. Raises AlreadyExists."""
    _check_free(connection, login, 0)
    values = {
        "login": login,
        "login_key": text_key(login),
        "name": name,
        "email": email,
        "password_hash": password_hash,
        "system_admin": system_admin,
        "valid": True,
    }
    return int(connection.execute(sa.insert(schema.agent).values(values).returning(_a.id)).scalar_one())


def update_agent(connection: sa.Connection, agent: AgentRow) -> None:
    """Write login, name, address, admin and validity. Raises AlreadyExists when another has the login."""
    _check_free(connection, agent.login, agent.id)
    connection.execute(
        sa.update(schema.agent)
        .where(_a.id == agent.id)
        .values(
            login=agent.login,
            login_key=text_key(agent.login),
            name=agent.name,
            email=agent.email,
            system_admin=agent.system_admin,
            valid=agent.valid,
        )
    )


def update_password(connection: sa.Connection, agent_id: int, password_hash: str) -> None:
    """Write the hash of a password."""
    connection.execute(sa.update(schema.agent).where(_a.id == agent_id).values(password_hash=password_hash))


def _check_free(connection: sa.Connection, login: str, own_id: int) -> None:
    query = sa.select(_a.id).where(_a.login_key == text_key(login), _a.id != own_id)
    if connection.execute(query).first() is not None:
        raise AlreadyExists("agent", login)


# --- system accounts ----------------------------------------------------------------------------


def insert_system_account(connection: sa.Connection, system_user: str, agent_id: int) -> None:
    """Let a system account act as an agent. Raises AlreadyExists when it may do so."""
    query = sa.select(_s.agent_id).where(_s.system_user == system_user, _s.agent_id == agent_id)
    if connection.execute(query).first() is not None:
        raise AlreadyExists("system account", system_user)
    connection.execute(sa.insert(schema.system_account).values(system_user=system_user, agent_id=agent_id))


def delete_system_account(connection: sa.Connection, system_user: str, agent_id: int) -> None:
    """Let a system account act as an agent no more. Raises NotFound when it may not do so."""
    done = connection.execute(
        sa.delete(schema.system_account).where(_s.system_user == system_user, _s.agent_id == agent_id)
    )
    if done.rowcount != 1:
        raise NotFound("system account", system_user)


# --- rows ---------------------------------------------------------------------------------------


def _agents(connection: sa.Connection, only_id: int | None) -> list[AgentRow]:
    query = (
        sa.select(_a.id, _a.login, _a.name, _a.email, _a.system_admin, _a.valid, (_a.password_hash != "").label("has"))
        .where(_a.id != NOBODY)
        .order_by(_a.login_key)
    )
    grants = sa.select(_g.agent_id, schema.desk_group.c.name, _g.rights).join_from(
        schema.agent_grant, schema.desk_group, schema.desk_group.c.id == _g.group_id
    )
    accounts = sa.select(_s.agent_id, _s.system_user)
    if only_id is not None:
        query = query.where(_a.id == only_id)
        grants = grants.where(_g.agent_id == only_id)
        accounts = accounts.where(_s.agent_id == only_id)
    rights: dict[int, dict[str, set[Right]]] = defaultdict(lambda: defaultdict(set))
    for agent_id, group, right in connection.execute(grants):
        rights[agent_id][group].add(Right(right))
    users: dict[int, list[str]] = defaultdict(list)
    for agent_id, system_user in connection.execute(accounts):
        users[agent_id].append(system_user)
    return [
        AgentRow(
            row.id,
            row.login,
            row.name,
            row.email,
            bool(row.system_admin),
            bool(row.has),
            bool(row.valid),
            {group: frozenset(found) for group, found in sorted(rights[row.id].items())},
            tuple(sorted(users[row.id])),
        )
        for row in connection.execute(query)
    ]
