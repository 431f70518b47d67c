"""Mail accounts: what admins set, what the poller and the sender get, and what the poller keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tuidesk.core.admin import accounts, queues
from tuidesk.core.admin.config_log import why_config
from tuidesk.core.clock import FrozenClock
from tuidesk.core.errors import AlreadyExists, Invalid, NotFound
from tuidesk.core.store import admin_accounts, schema, tx
from tuidesk.core.store.admin_accounts import AccountRow, IncomingAccount, OutgoingAccount
from tuidesk.core.store.engine import Engines, open_engines
from tuidesk.core.store.inbox import Spooled, spool_mail
from tuidesk.core.store.migrate import upgrade

CLOCK = FrozenClock(datetime(2026, 6, 1, 10, tzinfo=UTC))
NOW = CLOCK.now()
BY = "account:root"
IMAP = {"host": "mail.test", "user": "desk"}


@pytest.fixture
def engines(database_url: str) -> Iterator[Engines]:
    opened = open_engines(database_url, durable=False)
    upgrade(opened)
    yield opened
    opened.dispose()


def add_imap(engines: Engines, name: str = "in", queue: str | None = None) -> AccountRow:
    return accounts.add_account(engines, CLOCK, BY, name, "imap", IMAP, secret="env:MAIL", queue=queue)


def incoming(engines: Engines) -> list[IncomingAccount]:
    with tx.read(engines) as connection:
        return list(admin_accounts.incoming_accounts(connection))


def outgoing(engines: Engines) -> OutgoingAccount | None:
    with tx.read(engines) as connection:
        return admin_accounts.outgoing_account(connection)


def test_the_poller_gets_the_valid_mailboxes(engines: Engines) -> None:
    made = add_imap(engines, queue="raw")
    accounts.add_account(engines, CLOCK, BY, "files", "maildir", {"path": "/mails"})
    accounts.add_account(engines, CLOCK, BY, "out", "smtp", {"host": "mail.test"})
    add_imap(engines, "off")
    accounts.disable_account(engines, CLOCK, BY, "off")
    assert made.queue == "Raw"
    settings = {**IMAP, "security": "tls", "folder": "INBOX", "after": "mark", "first": "now"}
    first, second = incoming(engines)
    assert first == IncomingAccount(made.id, "in", "imap", settings, "env:MAIL", 2, "", None)
    assert (second.name, second.kind, second.secret, second.queue_id) == ("files", "maildir", "", None)
    assert [row.name for row in accounts.list_accounts(engines)] == ["files", "in", "off", "out"]
    assert accounts.show_account(engines, " IN ") == made
    logged = why_config(engines, about="mail account in")[0].after
    assert (logged["secret"], logged["queue"], logged["settings"]["host"]) == ("env:MAIL", "Raw", "mail.test")


def test_there_is_one_way_out(engines: Engines) -> None:
    assert outgoing(engines) is None
    made = accounts.add_account(engines, CLOCK, BY, "out", "smtp", {"host": "mail.test", "user": "d"}, "secret:out")
    with pytest.raises(AlreadyExists):
        accounts.add_account(engines, CLOCK, BY, "files", "maildir-out", {"path": "/out"})
    settings = {"host": "mail.test", "user": "d", "security": "starttls"}
    assert outgoing(engines) == OutgoingAccount(made.id, "out", "smtp", settings, "secret:out")
    accounts.disable_account(engines, CLOCK, BY, "out")
    assert outgoing(engines) is None
    accounts.add_account(engines, CLOCK, BY, "files", "maildir-out", {"path": "/out"})
    with pytest.raises(AlreadyExists):
        accounts.set_account(engines, CLOCK, BY, "out", valid=True)
    found = outgoing(engines)
    assert found is not None
    assert found.kind == "maildir-out"


def test_an_account_is_changed(engines: Engines) -> None:
    add_imap(engines, queue="Raw")
    queues.set_queue(engines, CLOCK, BY, "Raw", new_name="Unsorted")
    changed = accounts.set_account(
        engines, CLOCK, BY, "in", new_name="Inbox", settings={"port": "1993", "after": "delete"}, secret="file:/pw"
    )
    assert (changed.name, changed.settings["port"], changed.settings["after"]) == ("Inbox", 1993, "delete")
    assert (changed.settings["host"], changed.secret, changed.queue) == ("mail.test", "file:/pw", "Unsorted")
    assert accounts.set_account(engines, CLOCK, BY, "inbox", queue="").queue == ""
    assert incoming(engines)[0].queue_id is None
    assert "port" not in accounts.set_account(engines, CLOCK, BY, "inbox", settings={"port": None}).settings


def test_accounts_refused(engines: Engines) -> None:
    add_imap(engines)
    with pytest.raises(AlreadyExists):
        add_imap(engines, "IN")
    with pytest.raises(NotFound):
        add_imap(engines, "x", "nowhere")
    with pytest.raises(Invalid):
        accounts.add_account(engines, CLOCK, BY, "x", "imap", IMAP, secret="hunter2")
    with pytest.raises(Invalid):
        accounts.add_account(engines, CLOCK, BY, "x", "smtp", {"host": "mail.test"}, queue="Raw")
    with pytest.raises(Invalid):
        accounts.set_account(engines, CLOCK, BY, "in", secret="")
    with pytest.raises(Invalid):
        accounts.set_account(engines, CLOCK, BY, "in", settings={"pasword": "x"})
    with pytest.raises(NotFound):
        accounts.set_account(engines, CLOCK, BY, "nowhere", valid=False)
    assert len(why_config(engines)) == 1
    assert "hunter2" not in str(why_config(engines))


def test_the_poller_keeps_where_it_stands_without_an_edit(engines: Engines) -> None:
    account_id = add_imap(engines).id
    later = NOW + timedelta(minutes=5)
    tx.write(engines, lambda c: admin_accounts.start_position(c, account_id, "p0", NOW))
    tx.write(engines, lambda c: admin_accounts.start_position(c, account_id, "again", later))
    begun = incoming(engines)[0]
    assert (begun.position, begun.position_started_at) == ("p0", NOW)
    tx.write(engines, lambda c: admin_accounts.save_position(c, account_id, "p1", later))
    moved = incoming(engines)[0]
    assert (moved.position, moved.position_started_at) == ("p1", NOW)
    tx.write(engines, lambda c: admin_accounts.note_error(c, account_id, "login: no\0 " + "x" * 2000, NOW))
    failed = accounts.show_account(engines, "in")
    assert (failed.last_error[:10], len(failed.last_error), failed.last_error_at) == ("login: no ", 1000, NOW)
    assert failed.last_ok_at is None
    tx.write(engines, lambda c: admin_accounts.note_ok(c, account_id, later))
    good = accounts.show_account(engines, "in")
    assert (good.last_error, good.last_error_at, good.last_ok_at) == ("", NOW, later)
    assert len(why_config(engines)) == 1
    accounts.set_account(engines, CLOCK, BY, "in", settings={"after": "delete"})
    assert incoming(engines)[0].position == "p1"


def test_the_mailbox_stays_once_it_was_read(engines: Engines) -> None:
    account_id = add_imap(engines).id
    accounts.set_account(engines, CLOCK, BY, "in", settings={"folder": "Desk", "user": "help"})
    tx.write(engines, lambda c: admin_accounts.save_position(c, account_id, "p", NOW))
    for change in ({"folder": "INBOX"}, {"folder": ""}, {"user": "x"}, {"first": "all"}):
        with pytest.raises(Invalid) as refused:
            accounts.set_account(engines, CLOCK, BY, "in", settings=change)
        assert refused.value.field == next(iter(change))
    moved = accounts.set_account(engines, CLOCK, BY, "in", settings={"host": "new.test", "folder": "Desk"})
    assert moved.settings["host"] == "new.test"


def test_an_account_that_brought_mail_is_disabled_instead_of_removed(engines: Engines) -> None:
    account_id = add_imap(engines, queue="Raw").id
    mail = Spooled("1/1", NOW, 1, b"s" * 32, "<a@b>", False)
    tx.write(engines, lambda c: spool_mail(c, account_id, mail, [b"x"], NOW))
    assert accounts.remove_account(engines, CLOCK, BY, "IN") == accounts.RemovedAccount("in", False)
    left = accounts.show_account(engines, "in")
    assert (left.valid, left.queue) == (False, "Raw")
    assert why_config(engines)[0].after["valid"] is False
    accounts.remove_account(engines, CLOCK, BY, "in")
    assert len(why_config(engines)) == 2


def test_an_account_that_brought_nothing_is_gone(engines: Engines) -> None:
    account_id = add_imap(engines).id
    assert accounts.remove_account(engines, CLOCK, BY, "in") == accounts.RemovedAccount("in", True)
    assert accounts.list_accounts(engines) == []
    assert why_config(engines)[0].after is None
    with pytest.raises(NotFound):
        accounts.remove_account(engines, CLOCK, BY, "in")
    add_imap(engines)

    def spool(connection: sa.Connection) -> None:
        mail = Spooled("1/1", NOW, 1, b"s" * 32, "<a@b>", False)
        spool_mail(connection, account_id + 99, mail, [b"x"], NOW)
        admin_accounts.save_position(connection, account_id + 99, "p", NOW)

    with pytest.raises(NotFound):
        tx.write(engines, spool)
    with tx.read(engines) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.mail_in)).scalar_one() == 0
