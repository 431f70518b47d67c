"""The job that keeps the clocks: pending times, unlock timeouts, and what follows a change of configuration.

OTRS rules 4.6 and 4.7. Each ticket is changed by the one path, in a transaction of its own, so one that
cannot be changed does not hold the others up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from tuidesk.core.domain.actor import CLOCK, Cause, Door
from tuidesk.core.domain.calendar import working_seconds
from tuidesk.core.domain.ops import Act, Change, Op, SetState, UnlockTicket
from tuidesk.core.errors import Refused
from tuidesk.core.store import clocks, due_work, leases, tx
from tuidesk.core.store.defaults import STATE_AFTER_PENDING
from tuidesk.core.store.ticket_reads import lock_tickets
from tuidesk.core.tickets.path import ChangePath
from tuidesk.core.tickets.write_kin import write_reckoning
from tuidesk.core.work.rescope import rescope_chunk

RECLOCK_ROWS = 1000
LEASE = timedelta(seconds=90)

_log = logging.getLogger(__name__)


class ClockWork:
    """Does what time makes due; one process at a time, by a lease."""

    name = "clocks"

    def __init__(
        self,
        path: ChangePath,
        holder: str,
        *,
        pause_s: float = 15.0,
        lease: timedelta = LEASE,
        state_after_pending: Mapping[int, int] = STATE_AFTER_PENDING,
    ) -> None:
        self._path = path
        self._holder = holder
        self._pause_s = pause_s
        self._lease = lease
        self._after_pending = state_after_pending

    def run_once(self, stop: Callable[[], bool]) -> float:
        """Do all that is due; return the pause."""
        if not self._hold():
            return self._pause_s
        now = self._path.clock.now()
        self.end_pending(now)
        self.unlock_stale(now)
        for chunk in (self.reclock, self.rescope):
            while not stop() and self._hold() and chunk():
                pass
        return self._pause_s

    def close(self) -> None:
        """Nothing waits here."""

    def end_pending(self, now: datetime) -> int:
        """Close tickets whose pending auto time has come; return how many."""
        with tx.read(self._path.engines) as connection:
            due = due_work.pending_over(connection, tuple(self._after_pending), now)
        return sum(self._act(ticket_id, SetState(self._after_pending[state])) for ticket_id, state in due)

    def unlock_stale(self, now: datetime) -> int:
        """Unlock tickets whose queue's unlock timeout ran out in working time; return how many."""
        config = self._path.config()
        timeouts = {queue.id: queue.unlock_timeout_min for queue in config.queues.values() if queue.unlock_timeout_min}
        if not timeouts:
            return 0
        with tx.read(self._path.engines) as connection:
            locked = due_work.locked_since(connection, tuple(timeouts))
        done = 0
        for ticket_id, queue_id, base in locked:
            if working_seconds(config.calendar_of(queue_id), base, now) >= timeouts[queue_id] * 60:
                done += self._act(ticket_id, UnlockTicket())
        return done

    def reclock(self) -> int:
        """Reckon up to a thousand clocks anew that an older configuration set; return how many."""
        revision = self._path.config().revision
        with tx.read(self._path.engines) as connection:
            stale = clocks.outdated_clocks(connection, revision, RECLOCK_ROWS)
        if not stale:
            return 0

        def work(connection: sa.Connection) -> None:
            around = self._path.around(connection)
            tickets = lock_tickets(connection, stale, around.config)
            stored = clocks.read_clocks(connection, stale)
            for ticket_id in sorted(tickets):
                write_reckoning(connection, tickets[ticket_id], stored[ticket_id], around)

        tx.write(self._path.engines, work)
        return len(stale)

    def rescope(self) -> bool:
        """Let a chunk of search documents follow their queue's new group; False when there is nothing to do."""
        return rescope_chunk(self._path)

    def _hold(self) -> bool:
        """Take or renew the lease: large desks are reckoned anew for longer than it lasts."""
        now = self._path.clock.now()
        engines = self._path.engines
        return tx.write(engines, lambda c: leases.take_lease(c, "clocks", self._holder, now, self._lease)) is not None

    def _act(self, ticket_id: int, op: Op) -> int:
        try:
            self._path.act(CLOCK, Act((Change(ticket_id, (op,)),), Cause(Door.JOB)))
        except Refused as error:
            _log.warning("ticket %s: %s", ticket_id, error)
            return 0
        return 1
