"""The job that fetches one mailbox: spool, acknowledge, wait for more.

One process fetches a mailbox at a time, by a lease. A mailbox that fails says why in its status and is
tried again after a pause that grows; the other mailboxes have jobs of their own and go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from tuidesk.core.errors import MailServerError, SecretError
from tuidesk.core.mail.source import MailSource
from tuidesk.core.mail.spool import acknowledge_rest, fetch
from tuidesk.core.store import admin_accounts, leases, tx
from tuidesk.core.store.admin_accounts import IncomingAccount
from tuidesk.core.tickets.path import ChangePath
from tuidesk.core.work.accounts import first_position, source_of

PAUSE_MAX_S = 300.0
_log = logging.getLogger(__name__)


class Poller:
    """Fetches one account. `on_new` is called when something was spooled.

    `lease` is how long the mailbox of a dead process is held back; None: three intervals, at least 30 s.
    """

    def __init__(
        self,
        path: ChangePath,
        account_id: int,
        holder: str,
        *,
        secrets_file: Path,
        interval_s: float,
        on_new: Callable[[], None],
        lease: timedelta | None = None,
        open_source: Callable[[IncomingAccount], MailSource] | None = None,
    ) -> None:
        self.name = f"fetch:{account_id}"
        self._path = path
        self._account_id = account_id
        self._holder = holder
        self._interval_s = interval_s
        self._lease_s = lease.total_seconds() if lease else max(30.0, 3 * interval_s)
        self._on_new = on_new
        self._open_source = open_source or (
            lambda account: source_of(account.kind, account.settings, account.secret, secrets_file)
        )
        self._source: MailSource | None = None
        self._failures = 0
        self._stopped = False

    def run_once(self, stop: Callable[[], bool]) -> float:
        """Fetch until told to stop or until the mailbox fails; return the pause before the next try."""
        account = self._account()
        if account is None or not self._hold():
            return min(5.0, self._interval_s, self._lease_s)
        try:
            with self._open_source(account) as source:
                self._source = source
                return self._fetch(account, source, stop)
        except (MailServerError, SecretError) as error:
            if self._stopped:
                return 0.0
            _log.warning("account %s: %s", account.name, failure_words(error))
            self.note_failure(error)
            self._failures += 1
            # a server that refuses the password may lock the account of somebody who tries on and on
            return min(self._interval_s * 2.0 ** min(self._failures - 1, 8), max(PAUSE_MAX_S, self._interval_s))
        finally:
            self._source = None

    def close(self) -> None:
        """Break off a wait."""
        self._stopped = True
        source = self._source
        if source is not None:
            source.close()

    def _fetch(self, account: IncomingAccount, source: MailSource, stop: Callable[[], bool]) -> float:
        while not stop():
            current = self._account()
            if current is None or not self._hold():
                break
            if self.fetch_once(current, source, stop):
                self._on_new()
            source.wait(min(self._interval_s, self._lease_s / 3))
        return self._interval_s

    def fetch_once(self, account: IncomingAccount, source: MailSource, stop: Callable[[], bool] = lambda: False) -> int:
        """Spool what is new in an opened mailbox; return how many. Raises MailServerError."""
        if account.position_started_at is None:
            account = self._begin(account, source)
        acknowledge_rest(source, self._path.engines, self._path.clock, account.id)
        new = fetch(
            source,
            self._path.engines,
            self._path.clock,
            account.id,
            account.position,
            lambda c, position: admin_accounts.save_position(c, account.id, position, self._path.clock.now()),
            old_before=account.position_started_at,
            stop=stop,
        )
        self._note(ok=True, detail="")
        self._failures = 0
        return new

    def note_failure(self, error: MailServerError | SecretError) -> None:
        """Keep why the mailbox could not be read, for its status."""
        self._note(ok=False, detail=failure_words(error))

    def _begin(self, account: IncomingAccount, source: MailSource) -> IncomingAccount:
        """Decide once where reading starts, and keep it before anything is fetched."""
        position = first_position(source, str(account.settings.get("first", "now")))
        now = self._path.clock.now()
        tx.write(
            self._path.engines,
            lambda c: admin_accounts.start_position(c, account.id, position, now),
        )
        begun = self._account()
        return begun if begun is not None else account

    def _hold(self) -> bool:
        now, lasts = self._path.clock.now(), timedelta(seconds=self._lease_s)
        return (
            tx.write(self._path.engines, lambda c: leases.take_lease(c, self.name, self._holder, now, lasts))
            is not None
        )

    def _account(self) -> IncomingAccount | None:
        with tx.read(self._path.engines) as connection:
            accounts = admin_accounts.incoming_accounts(connection)
        return next((account for account in accounts if account.id == self._account_id), None)

    def _note(self, *, ok: bool, detail: str) -> None:
        now = self._path.clock.now()

        def note(connection: sa.Connection) -> None:
            leases.report(connection, self.name, ok, detail, now)
            if ok:
                admin_accounts.note_ok(connection, self._account_id, now)
            else:
                admin_accounts.note_error(connection, self._account_id, detail, now)

        tx.write(self._path.engines, note)


def failure_words(error: MailServerError | SecretError) -> str:
    """Return what went wrong with a mailbox, for its status and the log."""
    if isinstance(error, MailServerError):
        return f"{error.step}: {error.server}: {error.reason}"
    return f"secret: {error.reference}: {error.reason}"
