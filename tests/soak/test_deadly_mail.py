"""A mail that kills its process is set aside after three tries, and holds nobody up."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.desk_fixture import DeskOnTrial
from loop.letters import letter
from soak.daemon_process import all_faults, daemon_on, mailbox, one
from tuidesk.core.mail.maildir import deliver

pytestmark = pytest.mark.soak

_NESTED = "<table><tr><td>" * 3000 + "x" + "</td></tr></table>" * 3000
"""Keeps the reader of HTML busy for a while, so that a kill hits the daemon while it has this mail in hand."""


def test_set_aside_after_three_tries(own_desk: DeskOnTrial, tmp_path: Path) -> None:
    desk = own_desk
    inbox = mailbox(desk, tmp_path)
    deliver(inbox, deadly_letter())
    for n in range(5):
        deliver(inbox, letter(f"harmless {n}"))
    in_hand = "select count(*) from mail_in where message_id = '<deadly@customer.test>' and leased_until is not null"
    failed = "select count(*) from mail_in where state = 'failed'"
    with daemon_on(desk, tmp_path, lease_s=0.5) as daemon:
        for tries in (1, 2, 3):
            daemon.start()
            daemon.wait_until(
                lambda: one(desk, f"{in_hand} and attempts = :tries and state = 'spooled'", tries=tries) == 1  # noqa: B023
            )
            daemon.kill()
        assert one(desk, failed) == 0
        daemon.start()
        daemon.wait_until(lambda: one(desk, failed) == 1)
        daemon.wait_until(lambda: one(desk, "select count(*) from mail_in where state = 'done'") == 5)
        (mail,) = desk.desk.failed_mails()
        assert (mail.message_id, mail.attempts) == ("<deadly@customer.test>", 3)
        assert "three times" in mail.reason
        desk.desk.retry_failed(mail.id)
        daemon.wait_until(lambda: one(desk, "select count(*) from mail_in where state = 'done'") == 6)
        assert daemon.stop() == 0, daemon.said()
    assert one(desk, "select count(*) from ticket") == 6
    assert all_faults(desk) == []


def deadly_letter() -> bytes:
    """Return a mail that has HTML only."""
    head = {"From": "mia@customer.test", "To": "support@desk.test", "Subject": "deadly"}
    head |= {"Message-ID": "<deadly@customer.test>", "Content-Type": "text/html; charset=utf-8"}
    return "\n".join(f"{name}: {value}" for name, value in head.items()).encode() + b"\n\n" + _NESTED.encode()
