"""The job that sees mailboxes which were added while the others are being fetched."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tuidesk.core.store import admin_accounts, tx
from tuidesk.core.store.admin_accounts import IncomingAccount
from tuidesk.core.store.engine import Engines

LOOK_S = 5.0


class Mailboxes:
    """Calls `found` once for each account by which mail comes in, the first time it is seen.

    Also knows the queue that an account puts all its mail into, as it was at the last look.
    """

    name = "mailboxes"

    def __init__(self, engines: Engines, found: Callable[[IncomingAccount], None]) -> None:
        self._engines = engines
        self._found = found
        self._known: set[int] = set()
        self._queues: dict[int, int | None] = {}
        self._looking = threading.Lock()

    def run_once(self, stop: Callable[[], bool]) -> float:
        """Look for accounts that are new; return the seconds until the next look."""
        self.look()
        return LOOK_S

    def look(self) -> None:
        """Read the accounts. Raises DatabaseUnavailable."""
        with self._looking:
            with tx.read(self._engines) as connection:
                accounts = admin_accounts.incoming_accounts(connection)
            self._queues = {account.id: account.queue_id for account in accounts}
            for account in accounts:
                if account.id not in self._known:
                    self._known.add(account.id)
                    self._found(account)

    def queue_of(self, account_id: int) -> int | None:
        """Return the queue of all mail of an account, None when each mail goes by its address."""
        return self._queues.get(account_id)

    def close(self) -> None:
        """Nothing waits here."""
