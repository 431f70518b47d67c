"""A crash at every step of taking mail in and sending it: nothing lost, nothing doubled.

A crash is simulated where a kill could strike: before a commit, right after it, before and after the
mailbox is told, before and after the mail is handed over. Afterwards a new worker finishes the work.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desk.desk_fixture import DeskOnTrial, anna
from loop.letters import letter
from loop.post import Post
from tuidesk.core.mail import maildir
from tuidesk.core.mail.intake import Intake
from tuidesk.core.store import tx
from tuidesk.core.store.inbox import ClaimedMail


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the program may catch it."""


class Killer:
    """Counts dangerous moments and strikes at one of them."""

    def __init__(self, moment: int) -> None:
        self.moment = moment
        self.passed = 0

    def __call__(self) -> None:
        """Let one moment pass, or strike."""
        if self.passed == self.moment:
            self.passed += 1
            raise Killed
        self.passed += 1


@pytest.fixture
def strike(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Killer]]:
    """Return a function that arms the killer for one moment."""
    real_write = tx.write
    real_acknowledge = maildir.MaildirSource.acknowledge
    real_send = maildir.MaildirTransport.send

    def arm(moment: int) -> Killer:
        killer = Killer(moment)

        def write(engines: Any, work: Callable[[sa.Connection], Any]) -> Any:
            def cut(connection: sa.Connection) -> Any:
                done = work(connection)
                killer()  # all is written, nothing is committed
                return done

            result = real_write(engines, cut)
            killer()  # committed, and nobody knows
            return result

        def acknowledge(source: maildir.MaildirSource, keys: Any) -> None:
            killer()
            real_acknowledge(source, keys)
            killer()

        def send(transport: maildir.MaildirTransport, *args: Any, **named: Any) -> Any:
            killer()
            results = real_send(transport, *args, **named)
            killer()  # the mail is out, and we have not heard so
            return results

        monkeypatch.setattr(tx, "write", write)
        monkeypatch.setattr(maildir.MaildirSource, "acknowledge", acknowledge)
        monkeypatch.setattr(maildir.MaildirTransport, "send", send)
        return killer

    yield arm


def disarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything run as it is again."""
    monkeypatch.undo()


def run_until_done(post: Post, moment: int, arm: Callable[[int], Killer], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Fetch, take in and send with a kill at one moment, then go on; False when the moment never came."""
    killer = arm(moment)
    struck = False
    try:
        post.fetch()
        post.take_in()
        post.send_out()
    except Killed:
        struck = True
    assert struck == (killer.passed > moment)
    disarm(monkeypatch)
    for _ in range(3):
        post.desk.clock.advance(hours=1)  # leases of the dead end, retries become due
        post.fetch()
        post.take_in()
        post.send_out()
    return struck


def test_kill_at_every_step(
    own_desk: DeskOnTrial, tmp_path: Path, strike: Callable[[int], Killer], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, struck = 0, True
    while struck:
        post = Post(own_desk, tmp_path / f"post-{moment}")
        before = own_desk.rows("select count(*) from ticket")[0][0]
        post.send(*(letter(name, sender=f"{name}{moment}@customer.test") for name in "ab"))
        struck = run_until_done(post, moment, strike, monkeypatch)
        after = own_desk.rows("select count(*) from ticket")[0][0]
        assert after - before == 2, f"killed at moment {moment}"
        waiting = own_desk.rows("select count(*) from mail_in where state <> 'done' or acked_at is null")[0][0]
        assert waiting == 0, f"killed at moment {moment}"
        check_letters(post, own_desk, moment)
        moment += 1
    assert moment > 20
    assert own_desk.check_stories() >= 2 * moment


def check_letters(post: Post, desk: DeskOnTrial, moment: int) -> None:
    """Every automatic reply left, under its one Message-ID; twice only when it is marked as maybe sent."""
    ids = [str(mail["Message-ID"]) for mail in post.letters()]
    queued = desk.rows(
        "select o.message_id, o.state, o.maybe_sent from outbox o order by o.id desc limit 2"
    )
    for message_id, state, maybe_sent in queued:
        assert state == "done", f"killed at moment {moment}"
        assert ids.count(message_id) == 1 or (maybe_sent and ids.count(message_id) == 2), f"moment {moment}"


def test_mail_that_kills_its_process_is_set_aside(
    own_desk: DeskOnTrial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_read = Intake._read
    kills = []

    def read(intake: Intake, mail: ClaimedMail) -> Any:
        parsed = real_read(intake, mail)
        if parsed.subject == "deadly":
            kills.append(mail.attempts)
            raise Killed
        return parsed

    monkeypatch.setattr(Intake, "_read", read)
    post = Post(own_desk, tmp_path / "post")
    post.send(letter("deadly"), letter("harmless"))
    post.fetch()
    for _ in range(6):
        with contextlib.suppress(Killed):
            post.take_in()
        own_desk.clock.advance(hours=1)
    assert kills == [1, 2, 3]
    (failed,) = own_desk.desk.failed_mails()
    assert "three times" in failed.reason
    assert own_desk.rows("select title from ticket") == [("harmless",)]
    monkeypatch.undo()
    own_desk.desk.retry_failed(failed.id)
    (again,) = post.take_in()
    assert again.outcome == "new"
    assert own_desk.desk.find(own_desk.viewer(anna), again.ticket_number).title == "deadly"
