"""Reading stored mails again: what the reader of today would make of each article. Nothing is changed.

An article stays as it was read; this is for judging a newer reader, and for finding mails that an older one got
wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tuidesk.core.mail.header_text import header_text
from tuidesk.core.mail.notices import NOTICES, notices
from tuidesk.core.mail.parse import read_mail
from tuidesk.core.mail.parsed import ParsedMail
from tuidesk.core.store import inbox, tx
from tuidesk.core.store.engine import Engines
from tuidesk.core.store.reread import TakenIn, taken_in

BATCH = 50


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that would be read otherwise; `files` are lines of name, type and size or digest."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Reread:
    """A mail that was read again; without `changes` it would become the same article."""

    mail_id: int
    ticket_number: str
    article_no: int
    changes: tuple[FieldChange, ...]


def reread(
    engines: Engines, *, since: datetime | None, max_size_bytes: int, html_to_text: Callable[[str], str]
) -> Iterator[Reread]:
    """Yield each mail that was taken in, by id, as it would be read now.

    Mails above `max_size_bytes` were never read as a whole and are left out.
    """
    last = 0
    while True:
        with tx.read(engines) as connection:
            rows = taken_in(connection, last, since, BATCH)
        if not rows:
            return
        last = rows[-1].mail_id
        for row in rows:
            if row.size_bytes > max_size_bytes:
                continue
            with tx.read(engines) as connection:
                raw = b"".join(inbox.raw_chunks(connection, row.mail_id))
            parsed = read_mail(raw, html_to_text=html_to_text)
            yield Reread(row.mail_id, row.ticket_number, row.article_no, tuple(_changes(row, parsed)))


def _changes(row: TakenIn, parsed: ParsedMail) -> Iterator[FieldChange]:
    known = {flag for flag in row.flags if flag.partition(":")[0] in NOTICES}
    for field, before, after in (
        ("from", row.sender, header_text([parsed.sender])),
        ("to", row.to, header_text(parsed.to)),
        ("cc", row.cc, header_text(parsed.cc)),
        ("subject", row.subject, parsed.subject),
        ("body", row.body, parsed.text),
        ("flags", " ".join(sorted(known)), " ".join(sorted(notices(parsed)))),
        ("files", _files(row.files), _files(_digests(parsed))),
    ):
        if before != after:
            yield FieldChange(field, before, after)


def _digests(parsed: ParsedMail) -> tuple[tuple[str, str, bytes], ...]:
    return tuple((part.name, part.content_type, hashlib.sha256(part.data).digest()) for part in parsed.attachments)


def _files(files: tuple[tuple[str, str, bytes], ...]) -> str:
    return "".join(f"{name}  {content_type}  {sha256.hex()[:16]}\n" for name, content_type, sha256 in files)
