"""Fetching all mailboxes once, for cron jobs and people who want to see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tuidesk.core.mail.source import MailSource
from tuidesk.core.store import admin_accounts, tx
from tuidesk.core.store.admin_accounts import IncomingAccount
from tuidesk.core.tickets.path import ChangePath
from tuidesk.core.work.poller import Poller, failure_words


@dataclass(frozen=True, slots=True)
class PollReport:
    """How many mails are new, and which accounts failed why, as (name, reason)."""

    new: int
    failures: tuple[tuple[str, str], ...]


def poll_once(path: ChangePath, secrets_file: Path) -> PollReport:
    """Fetch every mailbox once; one that fails does not keep the others from their turn."""
    from tuidesk.core.errors import MailServerError, SecretError
    from tuidesk.core.work.accounts import source_of

    new, failures = 0, []
    with tx.read(path.engines) as connection:
        accounts = admin_accounts.incoming_accounts(connection)

    def opened(account: IncomingAccount) -> MailSource:
        return source_of(account.kind, account.settings, account.secret, secrets_file)

    for account in accounts:
        poller = Poller(path, account.id, "poll-once", secrets_file=secrets_file, interval_s=60, on_new=lambda: None)
        try:
            with opened(account) as source:
                new += poller.fetch_once(account, source)
        except (MailServerError, SecretError) as error:
            poller.note_failure(error)
            failures.append((account.name, failure_words(error)))
    return PollReport(new, tuple(failures))
