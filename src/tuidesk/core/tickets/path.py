"""The way to the path: what a caller needs to make acts in a transaction of its own or of the path's."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tuidesk.core.clock import Clock
from tuidesk.core.store import tx
from tuidesk.core.store.config_reads import ConfigSource
from tuidesk.core.store.engine import Engines
from tuidesk.core.store.numbers import draw_numbers

if TYPE_CHECKING:
    from tuidesk.core.domain.actor import Actor
    from tuidesk.core.domain.desk_config import DeskConfig
    from tuidesk.core.domain.ops import Act
    from tuidesk.core.tickets.decision import ActDone, Surroundings


class ChangePath:
    """Makes acts. `announce` is called after each commit; losing a call costs latency, never work.

    `fqdn` says the host name for Message-IDs; it may ask DNS, so it is asked once, and before a transaction.
    """

    def __init__(
        self,
        engines: Engines,
        configs: ConfigSource,
        clock: Clock,
        *,
        fqdn: Callable[[], str],
        announce: Callable[[], None] = lambda: None,
    ) -> None:
        self.engines = engines
        self.clock = clock
        self.announce = announce
        self._configs = configs
        self._ask_fqdn = fqdn

    @cached_property
    def fqdn(self) -> str:
        """The host name for Message-IDs; may block when it is asked for the first time."""
        return self._ask_fqdn()

    def config(self) -> DeskConfig:
        """Return the configuration as it is now."""
        return self._configs.read_now(self.engines)

    def config_within(self, connection: sa.Connection) -> DeskConfig:
        """Return the configuration as a transaction of the caller sees it."""
        return self._configs.read(connection)

    def around(self, connection: sa.Connection) -> Surroundings:
        """Return what the path needs of the desk at this moment."""
        from tuidesk.core.tickets.decision import Surroundings

        return Surroundings(self._configs.read(connection), self.clock.now(), self.fqdn)

    def act(self, actor: Actor, act: Act) -> ActDone:
        """Make an act's changes in one transaction, or none of them.

        Raises the refusals of `apply`, and DatabaseUnavailable.
        """
        _asked_before_the_transaction = self.fqdn
        done = tx.write(self.engines, lambda connection: self.act_within(connection, actor, act))
        self.announce()
        return done

    def act_within(self, connection: sa.Connection, actor: Actor, act: Act) -> ActDone:
        """Make an act's changes in a transaction that the caller commits and announces."""
        from tuidesk.core.tickets.apply import apply  # most commands only read, and start faster without it

        return apply(connection, actor, act, self.around(connection))

    def new_number(self) -> str:
        """Draw a ticket number, in a transaction of its own."""

        def draw(connection: sa.Connection) -> str:
            config = self._configs.read(connection)
            return draw_numbers(connection, config.number_style, config.timezone, self.clock.now(), 1)[0]

        return tx.write(self.engines, draw)
