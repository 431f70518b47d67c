"""A desk as the demo makes it: groups, agents, queues and customers; no history yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tuidesk.core.clock import FrozenClock
from tuidesk.core.desk import Desk
from tuidesk.core.domain.numbers import NumberStyle
from tuidesk.core.domain.subject import SubjectStyle
from tuidesk.core.store.config_reads import ConfigSource
from tuidesk.core.store.engine import open_engines
from tuidesk.core.store.migrate import upgrade
from tuidesk.core.tickets.path import ChangePath
from tuidesk.demo.people import DESK_DOMAIN
from tuidesk.demo.setup import make_desk

NOW = datetime(2026, 6, 10, 13, 30, tzinfo=UTC)


@pytest.fixture
def demo_clock() -> FrozenClock:
    """A clock that stands on a Wednesday afternoon."""
    return FrozenClock(NOW)


@pytest.fixture
def demo_desk(database_url: str, demo_clock: FrozenClock) -> Iterator[Desk]:
    """The desk, once on SQLite and once on PostgreSQL."""
    engines = open_engines(database_url, durable=False)
    upgrade(engines)
    make_desk(engines, demo_clock)
    configs = ConfigSource(
        subject_style=SubjectStyle(),
        number_style=NumberStyle(),
        timezone="UTC",
        default_queue="Raw",
        auto_replies_per_day=40,
    )
    yield Desk(ChangePath(engines, configs, demo_clock, fqdn=lambda: DESK_DOMAIN))
    engines.dispose()
