"""The composition root: settings become engines, the path and the desk.

Imported by entry points only; everything else is handed what it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tuidesk.core.clock import Clock, SystemClock
from tuidesk.core.desk import Desk
from tuidesk.core.domain.numbers import Generator, NumberStyle
from tuidesk.core.domain.subject import SubjectStyle
from tuidesk.core.errors import DatabaseTooOld
from tuidesk.core.settings import Settings
from tuidesk.core.store import tx
from tuidesk.core.store.config_reads import ConfigSource
from tuidesk.core.store.engine import Engines, open_engines
from tuidesk.core.store.migrate import HEAD, check_revision
from tuidesk.core.store.notify import Announcer, ChangeFeed
from tuidesk.core.tickets.path import ChangePath


@dataclass
class Assembly:
    """A desk that is put together, with what must be closed at the end."""

    settings: Settings
    engines: Engines
    path: ChangePath
    desk: Desk
    announcer: Announcer

    def feed(self) -> ChangeFeed:
        """Return a new feed of changes."""
        return ChangeFeed(self.engines)

    def close(self) -> None:
        """Send pending news and close all connections."""
        self.announcer.close()
        self.engines.dispose()


def assemble(settings: Settings, *, clock: Clock | None = None, durable: bool = True, check: bool = True) -> Assembly:
    """Return the desk of these settings.

    Raises DatabaseTooNew, DatabaseTooOld and DatabaseUnavailable unless `check` is false.
    """
    engines = open_engines(settings.database_url, password=settings.database_secret(), durable=durable)
    if check:
        if engines.is_sqlite and not Path(engines.url.database or "").is_file():
            raise DatabaseTooOld("", HEAD)  # connecting would leave an empty file behind
        with tx.read(engines) as connection:
            check_revision(connection)
    configs = ConfigSource(
        subject_style=SubjectStyle(hook=settings.desk.hook),
        number_style=NumberStyle(cast("Generator", settings.desk.number_generator), settings.desk.system_id),
        timezone=settings.desk.timezone,
        default_queue=settings.mail.default_queue,
        auto_replies_per_day=settings.mail.auto_replies_per_day,
    )
    announcer = Announcer(engines)
    path = ChangePath(engines, configs, clock or SystemClock(), fqdn=settings.desk.host_name, announce=announcer)
    return Assembly(settings, engines, path, Desk(path), announcer)
