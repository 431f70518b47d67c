"""SQL of groups and of what they grant to agents. No rules about values: those are `admin.values`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from tuidesk.core.domain.desk_config import Group
from tuidesk.core.domain.states import Right
from tuidesk.core.domain.text import text_key
from tuidesk.core.errors import AlreadyExists, NotFound
from tuidesk.core.store import schema

_g = schema.desk_group.c
_a = schema.agent_grant.c


def all_groups(connection: sa.Connection) -> Sequence[Group]:
    """Return all groups by name, disabled ones too."""
    query = sa.select(_g.id, _g.name, _g.valid).order_by(_g.name_key)
    return [Group(row.id, row.name, bool(row.valid)) for row in connection.execute(query)]


def group_named(connection: sa.Connection, name: str) -> Group:
    """Return a group by name, whatever its case. Raises NotFound."""
    query = sa.select(_g.id, _g.name, _g.valid).where(_g.name_key == text_key(name.strip()))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("group", name)
    return Group(row.id, row.name, bool(row.valid))


def insert_group(connection: sa.Connection, name: str) -> Group:
    """Make a group. Raises AlreadyExists."""
    _check_free(connection, name, 0)
    values = {"name": name, "name_key": text_key(name), "valid": True}
    made = connection.execute(sa.insert(schema.desk_group).values(values).returning(_g.id)).scalar_one()
    return Group(int(made), name)


def update_group(connection: sa.Connection, group: Group) -> None:
    """Write name and validity. Raises AlreadyExists when another group has the name."""
    _check_free(connection, group.name, group.id)
    connection.execute(
        sa.update(schema.desk_group)
        .where(_g.id == group.id)
        .values(name=group.name, name_key=text_key(group.name), valid=group.valid)
    )


def _check_free(connection: sa.Connection, name: str, own_id: int) -> None:
    query = sa.select(_g.id).where(_g.name_key == text_key(name), _g.id != own_id)
    if connection.execute(query).first() is not None:
        raise AlreadyExists("group", name)


def granted(connection: sa.Connection, agent_id: int, group_id: int) -> frozenset[Right]:
    """Return the rights that a group grants to an agent, as they were given (`rw` alone is `rw`)."""
    query = sa.select(_a.rights).where(_a.agent_id == agent_id, _a.group_id == group_id)
    return frozenset(Right(right) for right in connection.scalars(query))


def replace_grant(connection: sa.Connection, agent_id: int, group_id: int, rights: Collection[Right]) -> None:
    """Let an agent have these rights of a group, and no others of it."""
    connection.execute(sa.delete(schema.agent_grant).where(_a.agent_id == agent_id, _a.group_id == group_id))
    rows = [{"agent_id": agent_id, "group_id": group_id, "rights": right.value} for right in sorted(rights)]
    if rows:
        connection.execute(sa.insert(schema.agent_grant), rows)
