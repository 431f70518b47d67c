"""The whole loop on real servers: a mail comes by IMAP, answers leave by SMTP, the customer writes back."""

from __future__ import annotations

import email
import time
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from desk.desk_fixture import DeskOnTrial, anna
from loop.letters import letter
from servers.imap_account import PASSWORD, ImapAccount
from servers.smtp_sink import SmtpSink
from soak.daemon_process import account, all_faults, daemon_on, one
from tuidesk.background import Background
from tuidesk.bootstrap import Assembly, assemble
from tuidesk.core.domain.actor import Cause, Door
from tuidesk.core.domain.ops import Act, Change
from tuidesk.core.mail.maildir import deliver
from tuidesk.core.settings import load_settings
from tuidesk.core.store.engine import open_engines
from tuidesk.core.store.notify import ChangeFeed
from tuidesk.core.tickets.intents import after_reply, reply, reply_recipients, reply_subject
from tuidesk.core.work.poll_once import poll_once

DEADLINE_S = 60.0


@pytest.fixture
def assembly(own_desk: DeskOnTrial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Assembly]:
    """The desk as a process of its own would open it: other engines, the machine's clock."""
    monkeypatch.setenv("DESK_PASSWORD", PASSWORD)
    flags = {
        "database_url": own_desk.url,
        "secrets_file": str(tmp_path / "secrets.toml"),
        "log.file": str(tmp_path / "tuidesk.log"),
        "desk.fqdn": "desk.test",
    }
    assembly = assemble(load_settings(flags, {}, []))
    yield assembly
    assembly.close()


@pytest.fixture
def accounts(own_desk: DeskOnTrial, imap_account: ImapAccount, smtp_sink: SmtpSink) -> None:
    """A mailbox to read from now on, and a way out."""
    server = imap_account.server
    where = {"host": server.host, "port": server.port, "security": "starttls", "ca_file": str(server.certificate)}
    account(own_desk, "in", "imap", "env:DESK_PASSWORD", user=imap_account.user, first="now", **where)
    account(own_desk, "out", "smtp", host=smtp_sink.host, port=smtp_sink.port, security="none")


@pytest.fixture
def background(assembly: Assembly) -> Iterator[Background]:
    """What a daemon does, step by step."""
    background = Background(assembly)
    yield background
    assert background.stop()


def fetch(assembly: Assembly) -> int:
    """Read the mailbox once; return how many mails are new."""
    report = poll_once(assembly.path, assembly.settings.secrets_file)
    assert report.failures == ()
    return report.new


def sent(sink: SmtpSink) -> list[Message]:
    """Return what left."""
    return [email.message_from_bytes(mail.raw) for mail in sink.mails]


@pytest.mark.usefixtures("accounts")
def test_a_customer_writes_is_answered_and_writes_back(
    own_desk: DeskOnTrial,
    assembly: Assembly,
    background: Background,
    imap_account: ImapAccount,
    smtp_sink: SmtpSink,
) -> None:
    desk, intake, sender = assembly.desk, background.intake(), background.sender()
    viewer, config = desk.viewer(anna.agent_id), desk.config()
    imap_account.append(letter("of before the desk"))
    assert fetch(assembly) == 0

    first = letter("Printer", message_id="<first@customer.test>")
    (uid,) = imap_account.append(first)
    assert fetch(assembly) == 1
    assert imap_account.flags()[uid] == {"\\Seen"}
    (taken,) = intake.run()
    assert taken.outcome == "new"
    sender.run_once(lambda: False)
    (auto,) = sent(smtp_sink)
    assert auto["To"] == "mia@customer.test" == smtp_sink.mails[0].recipients[0]
    assert auto["Auto-Submitted"] == "auto-replied"
    assert smtp_sink.mails[0].sender == "<>"
    assert f"[Ticket#{taken.ticket_number}]" in str(auto["Subject"])

    assert taken.ticket_id is not None
    view = desk.ticket(viewer, taken.ticket_id)
    assert desk.raw(viewer, taken.ticket_id, 1) == first.replace(b"\n", b"\r\n")
    (asked, _) = view.articles
    to, cc = reply_recipients(config, view.ticket, asked, everybody=False)
    subject = reply_subject(config, view.ticket, asked)
    op = reply(config, view.ticket, asked, to=to, cc=cc, subject=subject, body="Is it switched on?")
    change = Change(view.ticket.id, (op, *after_reply(config, view.ticket)), view.ticket.version)
    desk.act(anna, Act((change,), Cause(Door.TUI)))
    sender.run_once(lambda: False)
    (_, answer) = sent(smtp_sink)
    assert answer["In-Reply-To"] == "<first@customer.test>"
    assert "Is it switched on?" in answer.get_payload(decode=True).decode()  # type: ignore[union-attr]

    imap_account.append(letter("AW: Printer", answers=str(answer["Message-ID"]), body="It was not!"))
    assert fetch(assembly) == 1
    (back,) = intake.run()
    assert (back.outcome, back.ticket_id) == ("follow-up", taken.ticket_id)
    assert fetch(assembly) == 0
    sender.run_once(lambda: False)

    kinds = [row.event.kind.value for row in desk.history(viewer, taken.ticket_id)]
    told = [kind for kind in kinds if kind in ("NewTicket", "EmailCustomer", "SendAnswer", "StateUpdate", "FollowUp")]
    assert told == ["NewTicket", "EmailCustomer", "SendAnswer", "StateUpdate", "FollowUp"]
    assert kinds.count("SendAutoReply") == 1
    assert [row.version for row in desk.history(viewer, taken.ticket_id)][-1] == 3
    assert one(own_desk, "select count(*) from ticket") == 1
    assert all_faults(own_desk) == []


@pytest.mark.usefixtures("accounts")
def test_a_daemon_does_it_all_and_others_hear_of_it(
    own_desk: DeskOnTrial, imap_account: ImapAccount, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    engines = open_engines(own_desk.url)
    feed = ChangeFeed(engines)
    try:
        with daemon_on(own_desk, tmp_path, DESK_PASSWORD=PASSWORD) as daemon:
            daemon.start()
            begun = "select count(*) from mail_account where position_started_at is not null"
            daemon.wait_until(lambda: one(own_desk, begun) == 1)
            assert feed.wait(0.0) is None
            imap_account.append(letter("Printer"))
            deadline = time.monotonic() + DEADLINE_S
            while (heard := feed.wait(1.0)) is None:
                assert time.monotonic() < deadline, daemon.said()
            assert heard == (one(own_desk, "select id from ticket"),)
            daemon.wait_until(lambda: one(own_desk, "select count(*) from outbox where state = 'done'") == 1)
            assert len(sent(smtp_sink)) == 1
            assert daemon.stop() == 0, daemon.said()
            assert "defect" not in daemon.said()
    finally:
        feed.close_connections()
        engines.dispose()
    assert own_desk.rows("select name from lease where until > 0") == []
    assert all_faults(own_desk) == []


def test_a_mailbox_that_is_added_while_the_others_are_read_is_read_too(
    own_desk: DeskOnTrial, assembly: Assembly, tmp_path: Path
) -> None:
    background = Background(assembly)
    feed = assembly.feed()
    try:
        background.start()
        assert feed.wait(0.0) is None
        for part in ("tmp", "new", "cur"):
            (tmp_path / "box" / part).mkdir(parents=True)
        deliver(tmp_path / "box", letter("Printer"))
        account(own_desk, "box", "maildir", path=str(tmp_path / "box"), first="all")
        background.wake("mailboxes")
        assert feed.wait(DEADLINE_S) == (one(own_desk, "select id from ticket"),)
    finally:
        feed.close_connections()
        assert background.stop()


def test_news_reach_a_feed_on_another_engine(own_desk: DeskOnTrial, assembly: Assembly) -> None:
    feed = assembly.feed()
    try:
        old = own_desk.mail()
        assert feed.wait(0.0) is None
        new = own_desk.mail()
        assert feed.wait(DEADLINE_S) == (new.id,)
        own_desk.follow_up(old)
        own_desk.follow_up(new)
        heard: set[int] = set()
        while heard != {old.id, new.id}:
            heard |= set(feed.wait(DEADLINE_S) or ())
        assert feed.wait(0.0) is None
    finally:
        feed.close_connections()
