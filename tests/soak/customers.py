"""Customers who keep writing while a desk is killed, and what must have become of their mails."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Sequence
from email.message import Message
from pathlib import Path

from desk.desk_fixture import DeskOnTrial
from loop.letters import letter
from tuidesk.core.mail.maildir import deliver


class Customers(threading.Thread):
    """Writes bursts of mails into a Maildir until told to stop; every third answers an earlier one.

    Unless it is unbounded, it writes one burst for each call of `allow_burst`, however slow the machine is.
    """

    def __init__(
        self, inbox: Path, seed: int, *, pause_s: float, bursts: Sequence[int], unbounded: bool = True
    ) -> None:
        """`pause_s` is the mean pause between two bursts."""
        super().__init__(name="customers", daemon=True)
        self.sent: list[str] = []
        self._inbox = inbox
        self._random = random.Random(seed)
        self._pause_s = pause_s
        self._bursts = bursts
        self._stopping = threading.Event()
        self._allowed = None if unbounded else threading.Semaphore(0)

    def allow_burst(self) -> None:
        """Let one more burst be written, a little later."""
        assert self._allowed is not None
        self._allowed.release()

    def run(self) -> None:
        """Write."""
        while not self._stopping.wait(self._random.expovariate(1 / self._pause_s)):
            if self._allowed is not None and not self._allowed.acquire(blocking=False):
                continue
            for _ in range(self._random.choice(self._bursts)):
                self._write()

    def stop(self) -> None:
        """Write no more."""
        self._stopping.set()
        self.join()

    def _write(self) -> None:
        n = len(self.sent)
        message_id = f"<{n}.{self._random.randrange(10**9)}@customer.test>"
        answers = self._random.choice(self.sent) if self.sent and self._random.random() < 0.33 else ""
        who = int(answers[1:].partition(".")[0]) if answers else n
        body = "It does not work. " * self._random.choice((1, 10, 1000))
        mail = letter(
            f"Trouble {n}",
            sender=f"Customer <c{who % 97}@customer.test>",
            body=body,
            answers=answers,
            message_id=message_id,
        )
        deliver(self._inbox, mail)
        self.sent.append(message_id)


def check_taken(desk: DeskOnTrial, sent: Sequence[str], *, made_by_hand: int = 0) -> None:
    """Demand that each mail is exactly one article, and that there are no others of customers.

    `made_by_hand` of them did not come through a mailbox.
    """
    articles = desk.rows("select message_id from article where sender_type = 'customer'")
    assert Counter(message_id for (message_id,) in articles) == Counter(sent)
    states = dict(desk.rows("select state, count(*) from mail_in group by state"))
    assert states == {"done": len(sent) - made_by_hand}
    firsts = desk.rows("select count(*) from article where kind = 'EmailCustomer'")
    assert firsts == desk.rows("select count(*) from ticket")


def check_left(desk: DeskOnTrial, mails: Sequence[Message]) -> tuple[int, int]:
    """Demand that all of the outbox left, and twice only what is marked as maybe sent.

    Returns how many left, and how many more than once.
    """
    copies = Counter(str(mail["Message-ID"]) for mail in mails)
    queued = desk.rows("select message_id, state, maybe_sent from outbox")
    assert len({message_id for message_id, _, _ in queued}) == len(queued)
    assert set(copies) == {message_id for message_id, _, _ in queued}
    for message_id, state, maybe_sent in queued:
        assert state == "done", message_id
        assert copies[message_id] == 1 or maybe_sent, f"{message_id} left {copies[message_id]} times"
    bodies = {(str(mail["Message-ID"]), mail.as_bytes()) for mail in mails}
    assert len(bodies) == len(copies), "a copy differs from the first"
    uncertain = sum(bool(maybe_sent) for _, _, maybe_sent in queued)
    noted = desk.rows(
        "select count(distinct o.id) from outbox o join article a on a.id = o.article_id"
        " join change c on c.ticket_id = a.ticket_id join history h on h.change_id = c.id"
        " where o.maybe_sent and h.kind = :kind",
        kind="ArticleEmailMaybeSent",
    )
    assert noted[0][0] >= uncertain, "a mail was maybe sent twice, and the history of its ticket does not say so"
    return len(queued), sum(n > 1 for n in copies.values())
