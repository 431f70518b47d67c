"""The job that takes spooled mail in. On SQLite one process does it at a time, by a lease."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tuidesk.core.mail.intake import Intake
from tuidesk.core.store import leases, tx
from tuidesk.core.tickets.path import ChangePath


class IntakeJob:
    """Takes in what is spooled; looks again every second, or at once when woken."""

    name = "intake"

    def __init__(self, path: ChangePath, intake: Intake, holder: str, lease: timedelta) -> None:
        self._path = path
        self._intake = intake
        self._holder = holder
        self._lease = lease

    def run_once(self, stop: Callable[[], bool]) -> float:
        """Take in all there is; return the pause."""
        if self._path.engines.is_sqlite and not self._hold():
            return 1.0
        taken = self._intake.run(stop)
        failed = [one for one in taken if one.outcome == "failed"]
        if taken:
            detail = f"{len(taken)} taken in" + (f", {len(failed)} failed" if failed else "")
            now = self._path.clock.now()
            tx.write(self._path.engines, lambda c: leases.report(c, "intake", not failed, detail, now))
        return 1.0

    def close(self) -> None:
        """Nothing waits here."""

    def _hold(self) -> bool:
        now = self._path.clock.now()
        return (
            tx.write(self._path.engines, lambda c: leases.take_lease(c, "intake", self._holder, now, self._lease))
            is not None
        )
