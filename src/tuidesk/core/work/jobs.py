"""What runs in the background: jobs that are called again and again until they are told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import sqlalchemy as sa

from tuidesk.core.errors import TuideskError

_log = logging.getLogger(__name__)
MAX_PAUSE_S = 60.0


class Job(Protocol):
    """One kind of background work."""

    @property
    def name(self) -> str:
        """The name in log and status."""
        ...

    def run_once(self, stop: Callable[[], bool]) -> float:
        """Do what there is to do; return the seconds until it should be looked at again."""
        ...

    def close(self) -> None:
        """Break off waiting; called from another thread when the daemon stops."""
        ...


class Runner:
    """Runs each job in a thread of its own; one that fails is called again after a growing pause."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = list(jobs)
        self._adding = threading.Lock()
        self._stopping = threading.Event()
        self._wakes = {job.name: threading.Event() for job in jobs}
        self._threads = [
            threading.Thread(target=self._loop, args=(job,), name=f"tuidesk-{job.name}", daemon=True) for job in jobs
        ]

    def start(self) -> None:
        """Start all jobs."""
        for thread in self._threads:
            thread.start()

    def add(self, job: Job) -> None:
        """Start one more job, unless all are being stopped."""
        thread = threading.Thread(target=self._loop, args=(job,), name=f"tuidesk-{job.name}", daemon=True)
        with self._adding:
            if self._stopping.is_set():
                return
            self._jobs.append(job)
            self._wakes[job.name] = threading.Event()
            self._threads.append(thread)
            thread.start()

    def wake(self, name: str) -> None:
        """Let a job look at its work now; unknown names are no error, since jobs differ by process."""
        event = self._wakes.get(name)
        if event is not None:
            event.set()

    def stop(self, timeout_s: float = 30.0) -> bool:
        """Stop all jobs after what they are doing; False when one did not stop in time."""
        with self._adding:
            self._stopping.set()
        for job in self._jobs:
            self._wakes[job.name].set()
            job.close()
        for thread in self._threads:
            thread.join(timeout_s)
        return not any(thread.is_alive() for thread in self._threads)

    def _loop(self, job: Job) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                pause = job.run_once(self._stopping.is_set)
                failures = 0
            except (TuideskError, sa.exc.SQLAlchemyError, OSError) as error:
                failures += 1
                pause = min(MAX_PAUSE_S, 2.0 ** min(failures, 6))
                _log.warning("%s failed, again in %.0f s: %s", job.name, pause, error)
            except Exception:  # noqa: BLE001 - a defect must not end a job unseen while the others go on
                failures += 1
                pause = MAX_PAUSE_S
                _log.exception("%s has a defect, again in %.0f s", job.name, pause)
            wake = self._wakes[job.name]
            wake.wait(pause)
            wake.clear()
