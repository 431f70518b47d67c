"""SQL of mail accounts: what admins set, and what the poller keeps of its reading.

Invariant: `position` and the results of tries are written by the poller only, everything else by
admins only, so neither overwrites the other. What the poller writes is no edit of the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tuidesk.core.domain.text import storable, text_key
from tuidesk.core.errors import AlreadyExists, NotFound
from tuidesk.core.store import schema
from tuidesk.core.store.metadata import from_micros, to_micros

INCOMING = ("imap", "maildir")
OUTGOING = ("smtp", "maildir-out")
_ERROR_CHARACTERS = 1000

_m = schema.mail_account.c


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A mail account as admins see it; `secret` is a reference, `queue` a name or empty."""

    id: int
    name: str
    kind: str
    settings: Mapping[str, Any]
    secret: str
    queue: str
    valid: bool
    position_started_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncomingAccount:
    """A mailbox to fetch. `position_started_at` None: reading has not begun, `position` means nothing."""

    id: int
    name: str
    kind: str
    settings: Mapping[str, Any]
    secret: str
    queue_id: int | None
    position: str
    position_started_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutgoingAccount:
    """The way out for mail."""

    id: int
    name: str
    kind: str
    settings: Mapping[str, Any]
    secret: str


# --- for admins ---------------------------------------------------------------------------------


def all_accounts(connection: sa.Connection) -> Sequence[AccountRow]:
    """Return all accounts by name, disabled ones too."""
    return [_row(row) for row in connection.execute(_SELECT.order_by(_m.name_key))]


def account_named(connection: sa.Connection, name: str) -> AccountRow:
    """Return an account by name, whatever its case. Raises NotFound."""
    row = connection.execute(_SELECT.where(_m.name_key == text_key(name.strip()))).one_or_none()
    if row is None:
        raise NotFound("mail account", name)
    return _row(row)


def insert_account(connection: sa.Connection, account: AccountRow, queue_id: int | None) -> int:
    """Make an account that has not begun to read; return its id. Raises AlreadyExists."""
    _check_free(connection, account)
    values = {**_values(account, queue_id), "position": "", "last_error": ""}
    made = sa.insert(schema.mail_account).values(values).returning(_m.id)
    return int(connection.execute(made).scalar_one())


def update_account(connection: sa.Connection, account: AccountRow, queue_id: int | None) -> None:
    """Write what admins set. Raises AlreadyExists."""
    _check_free(connection, account)
    connection.execute(sa.update(schema.mail_account).where(_m.id == account.id).values(_values(account, queue_id)))


def delete_unused(connection: sa.Connection, account_id: int) -> bool:
    """Delete an account that no mail came from; return whether it is gone."""
    mails = sa.select(schema.mail_in.c.id).where(schema.mail_in.c.source_id == account_id).limit(1)
    if connection.execute(mails).first() is not None:
        return False
    connection.execute(sa.delete(schema.mail_account).where(_m.id == account_id))
    return True


def _check_free(connection: sa.Connection, account: AccountRow) -> None:
    query = sa.select(_m.id).where(_m.name_key == text_key(account.name), _m.id != account.id)
    if connection.execute(query).first() is not None:
        raise AlreadyExists("mail account", account.name)
    if account.kind in OUTGOING and account.valid:
        query = sa.select(_m.name).where(_m.kind.in_(OUTGOING), _m.valid.is_(sa.true()), _m.id != account.id)
        other = connection.scalars(query).first()
        if other is not None:
            raise AlreadyExists("outgoing mail account", other)


def _values(account: AccountRow, queue_id: int | None) -> dict[str, Any]:
    return {
        "name": account.name,
        "name_key": text_key(account.name),
        "kind": account.kind,
        "settings": json.dumps(account.settings, ensure_ascii=False, sort_keys=True),
        "secret": account.secret,
        "queue_id": queue_id,
        "valid": account.valid,
    }


_SELECT = sa.select(schema.mail_account, sa.func.coalesce(schema.queue.c.name, "").label("queue_name")).join_from(
    schema.mail_account, schema.queue, schema.queue.c.id == _m.queue_id, isouter=True
)


def _row(row: sa.Row[Any]) -> AccountRow:
    return AccountRow(
        row.id,
        row.name,
        row.kind,
        json.loads(row.settings),
        row.secret,
        row.queue_name,
        bool(row.valid),
        from_micros(row.position_started_at),
        from_micros(row.last_ok_at),
        row.last_error,
        from_micros(row.last_error_at),
    )


# --- for the poller and the sender --------------------------------------------------------------


def incoming_accounts(connection: sa.Connection) -> Sequence[IncomingAccount]:
    """Return the valid accounts that bring mail, oldest first."""
    query = sa.select(schema.mail_account).where(_m.kind.in_(INCOMING), _m.valid.is_(sa.true())).order_by(_m.id)
    return [
        IncomingAccount(
            row.id,
            row.name,
            row.kind,
            json.loads(row.settings),
            row.secret,
            row.queue_id,
            row.position,
            from_micros(row.position_started_at),
        )
        for row in connection.execute(query)
    ]


def outgoing_account(connection: sa.Connection) -> OutgoingAccount | None:
    """Return the valid account by which mail leaves; there is one at most."""
    query = (
        sa.select(schema.mail_account).where(_m.kind.in_(OUTGOING), _m.valid.is_(sa.true())).order_by(_m.id).limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return OutgoingAccount(row.id, row.name, row.kind, json.loads(row.settings), row.secret)


def start_position(connection: sa.Connection, account_id: int, position: str, now: datetime) -> None:
    """Keep where reading begins; a mailbox that is being read already keeps its position."""
    connection.execute(
        sa.update(schema.mail_account)
        .where(_m.id == account_id, _m.position_started_at.is_(None))
        .values(position=storable(position), position_started_at=to_micros(now))
    )


def save_position(connection: sa.Connection, account_id: int, position: str, now: datetime) -> None:
    """Keep up to where mails are known.

    Raises NotFound when the account was deleted meanwhile, so that no mail is stored for it: its id
    may become another account's, and mails are told apart by account and key.
    """
    done = connection.execute(
        sa.update(schema.mail_account)
        .where(_m.id == account_id)
        .values(
            position=storable(position),
            position_started_at=sa.func.coalesce(_m.position_started_at, to_micros(now)),
        )
    )
    if done.rowcount != 1:
        raise NotFound("mail account", f"#{account_id}")


def note_ok(connection: sa.Connection, account_id: int, now: datetime) -> None:
    """Keep that a try went well; an error of before is over."""
    connection.execute(
        sa.update(schema.mail_account).where(_m.id == account_id).values(last_ok_at=to_micros(now), last_error="")
    )


def note_outgoing(connection: sa.Connection, problem: str, now: datetime) -> None:
    """Keep how the last mail fared on the way out, "" for well."""
    account = outgoing_account(connection)
    if account is None:
        return
    if problem:
        note_error(connection, account.id, problem, now)
    else:
        note_ok(connection, account.id, now)


def note_error(connection: sa.Connection, account_id: int, detail: str, now: datetime) -> None:
    """Keep why a try failed, at most 1000 characters of it."""
    connection.execute(
        sa.update(schema.mail_account)
        .where(_m.id == account_id)
        .values(last_error=storable(detail)[:_ERROR_CHARACTERS], last_error_at=to_micros(now))
    )
