"""The job that sends what waits in the outbox: no transaction across SMTP, each recipient's own fate.

A mail is claimed by lease, `in_data_at` is committed right before DATA, and the outcome after it. So
a mail is lost never, and doubled only when a server dies between DATA and its answer; then it is
marked as maybe sent and repeated under the same Message-ID.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from tuidesk.core.domain.actor import SENDER, Cause, Door
from tuidesk.core.domain.ops import Act, Change, NoteDelivery
from tuidesk.core.errors import DatabaseUnavailable, Refused
from tuidesk.core.mail.transport import RecipientResult, Transport
from tuidesk.core.store import leases, outbox, tx
from tuidesk.core.store.article_place import place_of
from tuidesk.core.tickets.path import ChangePath

CLAIM_MAILS = 10
LEASE = timedelta(minutes=10)
MAX_ATTEMPTS = 12
FIRST_PAUSE_S = 60.0
MAX_PAUSE_S = 6 * 3600.0
DATABASE_PAUSE_S = 1.0

_log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else took the mail over: nothing may be sent by us."""


class Sender:
    """Sends what is due. `transport` gives the way out, None while no account is set up.

    `note` hears how the account fared with each mail: what was wrong with it, "" for nothing.
    """

    name = "outbox"

    def __init__(
        self,
        path: ChangePath,
        transport: Callable[[], Transport | None],
        holder: str,
        lease: timedelta = LEASE,
        note: Callable[[str], None] = lambda problem: None,
    ) -> None:
        self._path = path
        self._transport = transport
        self._holder = holder
        self._lease = lease
        self._note_account = note
        self._untried: list[int] = []
        self._closing = threading.Event()

    def run_once(self, stop: Callable[[], bool]) -> float:
        """Send all that is due; return the pause until the next mail may be due, at most a second."""
        transport = self._transport()
        if transport is None:
            return 5.0
        self._release()  # an earlier run was broken off when the database was gone
        while not stop():
            claimed = tx.write(self._path.engines, self._claim)
            if not claimed:
                break
            self._untried = [mail.id for mail in claimed]
            renewed = time.monotonic()
            for mail in claimed:
                if stop():
                    break
                if time.monotonic() - renewed > self._lease.total_seconds() / 3:
                    tx.write(self._path.engines, self._renew)
                    renewed = time.monotonic()
                self.send_one(transport, mail)
                del self._untried[0]
            self._release()
        return 1.0

    def close(self) -> None:
        """Break off waiting for the database; a running SMTP session has its own deadline."""
        self._closing.set()

    def _claim(self, connection: sa.Connection) -> list[outbox.ClaimedMail]:
        claimed = outbox.claim_mails(connection, self._holder, self._path.clock.now(), self._lease, CLAIM_MAILS)
        for mail in claimed:
            if mail.newly_uncertain:
                why = "the sender stopped between DATA and its answer"
                self._note(connection, mail, [("", "maybe-sent", 0, why)])
        return claimed

    def _renew(self, connection: sa.Connection) -> None:
        """Keep what is claimed although the mails before it took long."""
        outbox.renew_leases(connection, self._untried, self._holder, self._path.clock.now(), self._lease)

    def _release(self) -> None:
        """Give back what this worker claimed and did not begin to send."""
        if self._untried:
            tx.write(self._path.engines, lambda c: outbox.release_mails(c, self._untried, self._holder))
            self._untried = []

    def send_one(self, transport: Transport, mail: outbox.ClaimedMail) -> str:
        """Try one claimed mail once; return its new state, empty when the lease was lost."""
        recipients = [address for _, address in mail.recipients]
        try:
            results = transport.send(
                mail.envelope_from, recipients, mail.raw, before_data=lambda: self._enter_data(mail)
            )
        except LeaseLost:
            _log.warning("mail %s: the lease was lost before DATA, nothing was sent", mail.id)
            return ""
        return self._settle(mail, results)

    def _enter_data(self, mail: outbox.ClaimedMail) -> None:
        now = self._path.clock.now()
        if not tx.write(self._path.engines, lambda c: outbox.enter_data(c, mail.id, self._holder, now)):
            raise LeaseLost

    def _settle(self, mail: outbox.ClaimedMail, results: list[RecipientResult]) -> str:
        now = self._path.clock.now()
        uncertain = any(result.outcome == "unknown" for result in results)
        last = mail.attempts >= MAX_ATTEMPTS
        retry_at = None if last else now + self._pause(mail.attempts, uncertain)
        fates = [
            outbox.RecipientFate(
                n, "retry" if result.outcome == "unknown" else result.outcome, result.code, result.reply
            )
            for (n, _), result in zip(mail.recipients, results, strict=True)
        ]
        reason = "; ".join(
            f"{result.address}: {result.code or ''} {result.reply}".strip()
            for result in results
            if result.outcome != "sent"
        )

        def settle(connection: sa.Connection) -> str:
            state = outbox.settle_mail(
                connection,
                mail.id,
                self._holder,
                fates,
                retry_at=retry_at,
                reason=reason,
                now=now,
                uncertain=uncertain,
            )
            notes = [
                (result.address, "dead", result.code, result.reply)
                for result in results
                if result.outcome == "dead" or (state == "dead" and result.outcome != "sent")
            ]
            notes += [
                (result.address, "maybe-sent", result.code, result.reply)
                for result in results
                if result.outcome == "unknown"
            ]
            if state:
                self._note(connection, mail, notes)
            return state

        state = self._write_when_possible(settle)
        self._report(now, state, reason)
        # a server that refuses a recipient works; one that gave no answer does not
        unanswered = (result.reply for result in results if result.outcome != "sent" and not result.code)
        self._note_account("; ".join(unanswered))
        self._path.announce()
        return state

    def _write_when_possible(self, work: Callable[[sa.Connection], str]) -> str:
        """Write what a server said; while the database is gone, wait for it as long as the lease lasts.

        To give up means to forget a mail that left, and so to send it twice.
        """
        deadline = time.monotonic() + self._lease.total_seconds()
        while True:
            try:
                return tx.write(self._path.engines, work)
            except DatabaseUnavailable:
                if time.monotonic() > deadline or self._closing.wait(DATABASE_PAUSE_S):
                    raise

    def _note(
        self, connection: sa.Connection, mail: outbox.ClaimedMail, notes: list[tuple[str, str, int, str]]
    ) -> None:
        """Leave in the ticket's history what people must know: who did not get the mail, or maybe twice."""
        place = place_of(connection, mail.article_id)
        if place is None or not notes:
            return
        ticket_id, no = place
        ops = tuple(NoteDelivery(no, address, what, code, reply[:500]) for address, what, code, reply in notes)
        try:
            with connection.begin_nested():
                self._path.act_within(connection, SENDER, Act((Change(ticket_id, ops),), Cause(Door.JOB)))
        except Refused as error:  # what became of the mail must be kept all the same, or it is sent again
            _log.warning("mail %s: its fate is not in the ticket's history: %s", mail.id, error)

    def _report(self, now: datetime, state: str, reason: str) -> None:
        good = state == "done"
        detail = "sent" if good else reason or state
        tx.write(self._path.engines, lambda c: leases.report(c, "outbox", good, detail, now))

    @staticmethod
    def _pause(attempts: int, uncertain: bool) -> timedelta:
        """Return how long to wait: doubling from a minute, with jitter so that a full outbox spreads."""
        base = min(MAX_PAUSE_S, FIRST_PAUSE_S * 2 ** max(0, attempts - 1))
        return timedelta(seconds=base * random.uniform(0.75, 1.25) if not uncertain else base)
