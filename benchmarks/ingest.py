"""Mails a second: from a mailbox in memory through the spool to tickets with their automatic replies.

The baseline does the least that the same result needs: it parses (compat32) and decodes each mail and writes
the very rows that tuidesk wrote, by the bare driver into the same schema with its indexes and guards. Its bytes
are ready made: nothing is compressed and no reply composed. Two transactions a mail (into the spool, into the
ticket), one for each acknowledged chunk, one for each claim of 50 mails with their numbers.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks import crowd
from benchmarks.bare_mail import bare_parse
from benchmarks.big_desk import desk_at, prepare
from benchmarks.figures import Bar, Figure
from benchmarks.letters import SUPPORT, letters
from benchmarks.mailbox import Mailbox
from benchmarks.rewrite import PostgresWriter, Rewrite, SqliteWriter, Writer, recorded
from benchmarks.world import World
from tuidesk.core.desk import Desk
from tuidesk.core.domain.states import AutoResponseType
from tuidesk.core.mail.html_child import HtmlReader
from tuidesk.core.mail.intake import CLAIM_MAILS, Intake
from tuidesk.core.mail.spool import CHUNK_MAILS, fetch
from tuidesk.core.store import schema
from tuidesk.core.store.engine import open_engines

SHARE = Bar(33, "% of baseline", at_least=True)
ROUNDS = 3
SOURCE = 1


def ingest(world: World) -> Iterator[Figure]:
    """Whole way and way from the spool, on each database with one worker."""
    mails = letters(world.options.mails, world.options.mail_count)
    for kind in world.options.databases:
        databases = _Databases(world, kind)
        rewrite: Rewrite | None = None
        ours: list[tuple[float, float]] = []
        theirs: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            url = databases.fresh()
            ours.append(_candidate(url, mails))
            rewrite = rewrite or recorded(url)
            theirs.append(_baseline(databases.writer(databases.fresh()), mails, rewrite))
        for n, what in enumerate(("mailbox to ticket", "spool to ticket")):
            spent = statistics.median(one[n] for one in ours)
            least = statistics.median(one[n] for one in theirs)
            detail = f"{len(mails) / spent:.0f} / {len(mails) / least:.0f} mails/s, {rewrite.replies} replies"
            rates = {"mails_per_s": len(mails) / spent, "baseline_mails_per_s": len(mails) / least}
            yield Figure("ingest", f"{kind}, {what}", 100 * least / spent, SHARE, detail, rates)
        databases.close()


def _candidate(url: str, mails: Sequence[bytes]) -> tuple[float, float]:
    """Return the seconds for all, and for the part behind the spool."""
    engines = open_engines(url)
    desk = desk_at(engines)
    mailbox = Mailbox(mails, crowd.NOW)
    try:
        with HtmlReader() as reader:
            intake = Intake(desk.path, holder="worker", max_size_bytes=32 << 20, html_to_text=reader.read)
            _warm(desk, reader)
            start = time.perf_counter()
            fetch(mailbox, engines, desk.clock, SOURCE, "", lambda connection, position: None, old_before=None)
            spooled = time.perf_counter()
            taken = intake.run()
            end = time.perf_counter()
    finally:
        engines.dispose()
    wrong = [one for one in taken if one.outcome not in ("new", "follow-up")]
    if wrong or len(taken) != len(mails):
        raise SystemExit(f"{len(taken)} of {len(mails)} mails taken in; {wrong[:3]}")
    return end - start, end - spooled


def _warm(desk: Desk, reader: HtmlReader) -> None:
    reader.read("<p>x</p>")
    desk.config()


def _baseline(writer: Writer, mails: Sequence[bytes], rewrite: Rewrite) -> tuple[float, float]:
    with closing(writer):
        start = time.perf_counter()
        for first in range(0, len(mails), CHUNK_MAILS):
            chunk = range(first, min(first + CHUNK_MAILS, len(mails)))
            for n in chunk:
                writer.write(rewrite.spool[n])
            writer.write([rewrite.acknowledgement(chunk)])
        spooled = time.perf_counter()
        for first in range(0, len(mails), CLAIM_MAILS):
            claim = range(first, min(first + CLAIM_MAILS, len(mails)))
            writer.write(rewrite.claim(claim, crowd.NOW + timedelta(minutes=5)))
            for n in claim:
                bare_parse(mails[n])
                writer.write(rewrite.ticket[n])
        end = time.perf_counter()
    return end - start, end - spooled


class _Databases:
    """Empty, configured databases of one kind."""

    def __init__(self, world: World, kind: str) -> None:
        self._kind = kind
        self._server = world.server() if kind == "postgresql" else None
        self._folder = world.options.cache
        self._made: list[Callable[[], None]] = []
        self._n = 0
        self._template = self._new("template")
        prepare(self._template)
        engines = open_engines(self._template)
        with engines.write.begin() as connection:
            connection.execute(
                sa.update(schema.queue).where(schema.queue.c.id == crowd.BIG_QUEUE).values(address=SUPPORT)
            )
            reply = {"queue_id": crowd.BIG_QUEUE, "subject": "RE: <OTRS_CUSTOMER_SUBJECT[24]>", "body": _REPLY}
            connection.execute(
                sa.insert(schema.auto_response), [{**reply, "type": one.value} for one in AutoResponseType]
            )
        engines.dispose()

    def fresh(self) -> str:
        """Return the URL of a copy of the template."""
        self._n += 1
        if self._server is not None:
            name = f"tuidesk_ingest_{self._n}"
            url = self._server.create(name, "tuidesk_ingest_template")
            server = self._server
            self._made.append(lambda: server.drop(name))
            return url
        url = self._new(str(self._n))
        shutil.copy(sa.make_url(self._template).database or "", sa.make_url(url).database or "")
        return url

    def writer(self, url: str) -> Writer:
        """Return the bare driver on a database."""
        return PostgresWriter(url) if self._server is not None else SqliteWriter(url)

    def close(self) -> None:
        """Throw all databases away."""
        for drop in self._made:
            drop()

    def _new(self, name: str) -> str:
        if self._server is not None:
            self._made.append(lambda: self._server.drop(f"tuidesk_ingest_{name}"))  # type: ignore[union-attr]
            return self._server.create(f"tuidesk_ingest_{name}")
        file = self._folder / f"ingest-{name}.sqlite3"
        for leftover in self._folder.glob(f"{file.name}*"):
            leftover.unlink()
        self._made.append(lambda: _remove(file))
        return f"sqlite:///{file}"


def _remove(file: Path) -> None:
    for leftover in file.parent.glob(f"{file.name}*"):
        leftover.unlink()


_REPLY = """Dear <OTRS_CUSTOMER_REALNAME>,

thank you for your mail. It got the number <OTRS_TICKET_TicketNumber>; please keep it in the subject when you write
to us about it again. You wrote:

<OTRS_CUSTOMER_EMAIL[6]>

Your support team
"""
