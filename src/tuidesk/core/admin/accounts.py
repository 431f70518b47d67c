"""Mail accounts: the mailboxes that are read, and the one way out.

An account holds a reference to its password, never the password. Which mailbox is read cannot be
changed once reading has begun: mails are known by account and key, and keys of two mailboxes may be
alike. There is one valid outgoing account at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tuidesk.core.admin.account_settings import (
    PLACE_KEYS,
    checked_kind,
    checked_secret,
    checked_settings,
    merged_settings,
)
from tuidesk.core.admin.values import name_value
from tuidesk.core.clock import Clock
from tuidesk.core.errors import Invalid
from tuidesk.core.i18n import _
from tuidesk.core.store import admin_accounts, admin_queues, tx
from tuidesk.core.store.admin_accounts import AccountRow
from tuidesk.core.store.admin_log import Connection, Edited, edit_config
from tuidesk.core.store.engine import Engines


@dataclass(frozen=True, slots=True)
class RemovedAccount:
    """What became of an account: `deleted` is false when mail came from it, then it is disabled."""

    name: str
    deleted: bool


def list_accounts(engines: Engines) -> Sequence[AccountRow]:
    """Return all accounts by name, disabled ones too."""
    with tx.read(engines) as connection:
        return admin_accounts.all_accounts(connection)


def show_account(engines: Engines, name: str) -> AccountRow:
    """Return an account. Raises NotFound."""
    with tx.read(engines) as connection:
        return admin_accounts.account_named(connection, name)


def add_account(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    name: str,
    kind: str,
    settings: Mapping[str, object],
    secret: str = "",
    queue: str | None = None,
) -> AccountRow:
    """Make an account; with a queue all its mail goes there, else each mail to the queue of its address.

    Raises Invalid, NotFound for an unknown queue, and AlreadyExists for a name that is taken and for a
    second valid account for outgoing mail.
    """
    checked = checked_settings(kind, settings)
    wanted = AccountRow(
        id=0,
        name=name_value("name", name),
        kind=checked_kind(kind),
        settings=checked,
        secret=checked_secret(kind, checked, secret),
        queue="",
        valid=True,
    )

    def work(connection: Connection) -> Edited[AccountRow]:
        queue_id = _queue_id(connection, wanted.kind, queue or "")
        admin_accounts.insert_account(connection, wanted, queue_id)
        made = admin_accounts.account_named(connection, wanted.name)
        return Edited(made, f"mail account {made.name}", None, _logged(made))

    return edit_config(engines, clock, actor_label, work)


def set_account(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    name: str,
    *,
    new_name: str | None = None,
    settings: Mapping[str, object] | None = None,
    secret: str | None = None,
    queue: str | None = None,
    valid: bool | None = None,
) -> AccountRow:
    """Change an account; None leaves a value, an empty `queue` means the queue of each mail's address.

    `settings` are those to change; an empty value goes back to the usual one. The kind cannot be changed,
    nor can the mailbox once reading has begun. Raises NotFound, Invalid, AlreadyExists.
    """
    checked_name = None if new_name is None else name_value("name", new_name)

    def work(connection: Connection) -> Edited[AccountRow]:
        old = admin_accounts.account_named(connection, name)
        merged = merged_settings(old.kind, old.settings, settings or {})
        _check_same_mailbox(old, merged)
        new = replace(
            old,
            name=old.name if checked_name is None else checked_name,
            settings=merged,
            secret=checked_secret(old.kind, merged, old.secret if secret is None else secret),
            valid=old.valid if valid is None else valid,
        )
        queue_id = _queue_id(connection, old.kind, old.queue if queue is None else queue)
        admin_accounts.update_account(connection, new, queue_id)
        made = admin_accounts.account_named(connection, new.name)
        return Edited(made, f"mail account {old.name}", _logged(old), _logged(made))

    return edit_config(engines, clock, actor_label, work)


def disable_account(engines: Engines, clock: Clock, actor_label: str, name: str) -> AccountRow:
    """Read or send by an account no more. Raises NotFound."""
    return set_account(engines, clock, actor_label, name, valid=False)


def remove_account(engines: Engines, clock: Clock, actor_label: str, name: str) -> RemovedAccount:
    """Delete an account, or disable it when mail came from it. Raises NotFound."""

    def work(connection: Connection) -> Edited[RemovedAccount]:
        old = admin_accounts.account_named(connection, name)
        what = f"mail account {old.name}"
        if admin_accounts.delete_unused(connection, old.id):
            return Edited(RemovedAccount(old.name, True), what, _logged(old), None)
        disabled = replace(old, valid=False)
        queue_id = _queue_id(connection, old.kind, old.queue)
        admin_accounts.update_account(connection, disabled, queue_id)
        return Edited(RemovedAccount(old.name, False), what, _logged(old), _logged(disabled))

    return edit_config(engines, clock, actor_label, work)


def _queue_id(connection: Connection, kind: str, queue: str) -> int | None:
    if not queue.strip():
        return None
    if kind not in admin_accounts.INCOMING:
        raise Invalid("queue", queue, _("nothing: this account brings no mail"))
    return admin_queues.queue_named(connection, queue).id


def _check_same_mailbox(old: AccountRow, settings: Mapping[str, object]) -> None:
    if old.position_started_at is None:
        return
    for key in PLACE_KEYS:
        if old.settings.get(key) != settings.get(key):
            allowed = _("{value}: mail was read from there; add another account for another mailbox")
            raise Invalid(key, settings.get(key, ""), allowed.format(value=old.settings.get(key, "")))


def _logged(account: AccountRow) -> dict[str, object]:
    """Return what admins set, without what the poller notes."""
    return {
        "id": account.id,
        "name": account.name,
        "kind": account.kind,
        "settings": dict(account.settings),
        "secret": account.secret,
        "queue": account.queue,
        "valid": account.valid,
    }
