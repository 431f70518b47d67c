"""The background work of a desk put together: mail in, intake, outbox, clocks.

Like `bootstrap` imported by entry points only; apart from it, since most commands only read.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

from tuidesk.core.errors import DatabaseUnavailable
from tuidesk.core.mail.html_child import HtmlReader
from tuidesk.core.mail.intake import LEASE as INTAKE_LEASE
from tuidesk.core.mail.intake import Intake
from tuidesk.core.mail.transport import Transport
from tuidesk.core.store import admin_accounts, leases, tx
from tuidesk.core.work.accounts import transport_of
from tuidesk.core.work.clock_work import LEASE as CLOCK_LEASE
from tuidesk.core.work.clock_work import ClockWork
from tuidesk.core.work.intake_job import IntakeJob
from tuidesk.core.work.jobs import Job, Runner
from tuidesk.core.work.mailboxes import Mailboxes
from tuidesk.core.work.poller import Poller
from tuidesk.core.work.sender import LEASE as SENDER_LEASE
from tuidesk.core.work.sender import Sender

if TYPE_CHECKING:
    from tuidesk.bootstrap import Assembly
    from tuidesk.core.store.admin_accounts import IncomingAccount

_log = logging.getLogger(__name__)


def holder_name() -> str:
    """Return a name for this process in leases that no other process ever has."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


class Background:
    """The background work of one process: a job for each mailbox, intake, outbox and clocks.

    `lease` shortens how long work of a dead process is held back; None means the usual times.
    """

    def __init__(self, assembly: Assembly, *, lease: timedelta | None = None) -> None:
        self._assembly = assembly
        self._holder = holder_name()
        self._lease = lease
        self._open = ExitStack()
        self._runner: Runner | None = None
        self._pollers: list[Poller] = []
        self._mailboxes = Mailboxes(assembly.engines, self._mailbox_found)

    def start(self) -> None:
        """Start all jobs; mailboxes that are added later get theirs when they are seen."""
        wanted = self._assembly.settings.mail.default_queue
        if wanted not in self._assembly.desk.config().queue_ids:
            _log.warning("mail.default_queue names “%s”, which is no queue in use: such mail goes elsewhere", wanted)
        jobs: list[Job] = [self.intake_job(), self.sender()]
        jobs.append(ClockWork(self._assembly.path, self._holder, lease=self._lease or CLOCK_LEASE))
        self._runner = Runner([*self._pollers, *jobs, self._mailboxes])
        self._runner.start()

    def _mailbox_found(self, account: IncomingAccount) -> None:
        settings = self._assembly.settings
        poller = Poller(
            self._assembly.path,
            account.id,
            self._holder,
            secrets_file=settings.secrets_file,
            interval_s=settings.mail.poll_interval_s,
            on_new=lambda: self.wake("intake"),
            lease=self._lease,
        )
        if self._runner is None:
            self._pollers.append(poller)
        else:
            _log.info("account %s is new", account.name)
            self._runner.add(poller)

    def intake_job(self) -> IntakeJob:
        """Return the job that takes mail in."""
        return IntakeJob(self._assembly.path, self.intake(), self._holder, self._lease or timedelta(seconds=30))

    def intake(self) -> Intake:
        """Return what takes mail in, with a child process of its own for HTML."""
        path, settings = self._assembly.path, self._assembly.settings
        reader = self._open.enter_context(HtmlReader())
        self._mailboxes.look()
        return Intake(
            path,
            holder=self._holder,
            max_size_bytes=settings.mail.max_size_bytes,
            html_to_text=reader.read,
            queue_of_source=self._mailboxes.queue_of,
            lease=self._lease or INTAKE_LEASE,
        )

    def sender(self) -> Sender:
        """Return what sends mail."""
        path = self._assembly.path

        def note(problem: str) -> None:
            now = path.clock.now()
            tx.write(path.engines, lambda c: admin_accounts.note_outgoing(c, problem, now))

        return Sender(path, self._transport(), self._holder, self._lease or SENDER_LEASE, note=note)

    def wake(self, name: str) -> None:
        """Let a job look at its work now."""
        if self._runner is not None:
            self._runner.wake(name)

    def stop(self) -> bool:
        """Stop all jobs after what they are doing; False when one did not stop in time."""
        stopped = self._runner.stop() if self._runner is not None else True
        self._open.close()
        if stopped:
            try:
                tx.write(self._assembly.engines, lambda c: leases.drop_leases(c, self._holder))
            except DatabaseUnavailable as error:
                _log.warning("leases could not be given up, they run out by themselves: %s", error)
        return stopped

    def _transport(self) -> Callable[[], Transport | None]:
        path, secrets_file = self._assembly.path, self._assembly.settings.secrets_file

        def current() -> Transport | None:
            with tx.read(path.engines) as connection:
                account = admin_accounts.outgoing_account(connection)
            if account is None:
                return None
            return transport_of(account.kind, account.settings, account.secret, secrets_file)

        return current
