"""Reading the configuration as one snapshot, kept until its revision changes."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from tuidesk.core.domain.calendar import calendar_from_dict
from tuidesk.core.domain.desk_config import Agent, AutoResponse, DeskConfig, Group, Priority, Queue, State
from tuidesk.core.domain.numbers import NumberStyle
from tuidesk.core.domain.sla import Targets
from tuidesk.core.domain.states import AutoResponseType, FollowUpPolicy, Right, StateType
from tuidesk.core.domain.subject import SubjectStyle
from tuidesk.core.domain.text import address_key
from tuidesk.core.store import tx
from tuidesk.core.store.engine import Engines
from tuidesk.core.store.fixed_sql import fixed

_REVISION = fixed("select revision from config_revision where id = 1")


class ConfigSource:
    """Gives the snapshot that belongs to a connection's moment; thread-safe.

    The part of the configuration that lies in the settings file is given once, here.
    """

    def __init__(
        self,
        *,
        subject_style: SubjectStyle,
        number_style: NumberStyle,
        timezone: str,
        default_queue: str,
        auto_replies_per_day: int,
    ) -> None:
        self._subject_style = subject_style
        self._number_style = number_style
        self._timezone = timezone
        self._default_queue = default_queue
        self._auto_replies_per_day = auto_replies_per_day
        self._lock = threading.Lock()
        self._latest: DeskConfig | None = None

    def read(self, connection: sa.Connection) -> DeskConfig:
        """Return the configuration; one small statement when it has not changed."""
        revision: int = _REVISION.run(connection).scalar_one()
        kept = self._kept(revision)
        if kept is not None:
            return kept
        config = self._load(connection, revision)
        with self._lock:
            self._latest = config
        return config

    def read_now(self, engines: Engines) -> DeskConfig:
        """Return the configuration as it is now; mostly in one round trip. Raises DatabaseUnavailable."""
        ((revision,),) = _REVISION.run_alone(engines)
        kept = self._kept(revision)
        if kept is not None:
            return kept
        with tx.read(engines) as connection:
            return self.read(connection)

    def _kept(self, revision: int) -> DeskConfig | None:
        with self._lock:
            latest = self._latest
        return latest if latest is not None and latest.revision == revision else None

    def _load(self, connection: sa.Connection, revision: int) -> DeskConfig:
        queues = {
            row.id: Queue(
                id=row.id,
                name=row.name,
                group_id=row.group_id,
                address=row.address,
                realname=row.realname,
                follow_up=FollowUpPolicy(row.follow_up),
                follow_up_lock=bool(row.follow_up_lock),
                targets=Targets(**{**_NO_TARGETS, **json.loads(row.targets)}),
                calendar_id=row.calendar_id,
                unlock_timeout_min=row.unlock_timeout_min,
                salutation=row.salutation,
                signature=row.signature,
                valid=bool(row.valid),
            )
            for row in _all(connection, "queue")
        }
        grants: dict[int, dict[int, frozenset[Right]]] = defaultdict(dict)
        collected: dict[tuple[int, int], set[Right]] = defaultdict(set)
        for row in _all(connection, "agent_grant"):
            collected[row.agent_id, row.group_id].add(Right(row.rights))
        for (agent_id, group_id), rights in collected.items():
            grants[agent_id][group_id] = frozenset(rights)
        return DeskConfig(
            revision=revision,
            groups={
                row.id: Group(row.id, row.name, bool(row.valid))
                for row in _all(connection, "desk_group")
            },
            queues=queues,
            states={
                row.id: State(row.id, row.name, StateType(row.type), bool(row.valid))
                for row in _all(connection, "state")
            },
            priorities={
                row.id: Priority(row.id, row.name, bool(row.valid))
                for row in _all(connection, "priority")
            },
            agents={
                row.id: Agent(
                    row.id, row.login, row.name, row.email, bool(row.valid), bool(row.system_admin)
                )
                for row in _all(connection, "agent")
            },
            grants=dict(grants),
            calendars={
                row.id: calendar_from_dict(json.loads(row.definition))
                for row in _all(connection, "calendar")
            },
            auto_responses={
                (row.queue_id, AutoResponseType(row.type)): AutoResponse(row.subject, row.body)
                for row in _all(connection, "auto_response")
            },
            addresses={
                address_key(queue.address): queue.id
                for queue in sorted(queues.values(), key=lambda queue: -queue.id)
                if queue.address and queue.valid
            },
            subject_style=self._subject_style,
            number_style=self._number_style,
            timezone=self._timezone,
            default_queue=self._default_queue,
            auto_replies_per_day=self._auto_replies_per_day,
        )


_NO_TARGETS = {"first_response_min": 0, "update_min": 0, "solution_min": 0}


def _all(connection: sa.Connection, table: str) -> sa.CursorResult[Any]:
    # plain text: every command reads this, and need not build tables and compile statements for it
    return connection.exec_driver_sql(f"select * from {table}")
