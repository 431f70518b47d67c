"""Made-up customers who live on two Maildirs: they answer the desk's mails and write new ones.

They see only what a mail system would give them. Given the same seed, the same times and the same mails
they do the same. They never answer automatic mail, nor anybody they do not know, and each matter comes
to an end, so no two machines can talk for ever.
"""

from __future__ import annotations

import email
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parseaddr
from pathlib import Path
from random import Random

from tuidesk.core.mail.classify import classify
from tuidesk.core.mail.compose import quoted
from tuidesk.core.mail.maildir import deliver
from tuidesk.demo.letters import Outgoing, write_mail
from tuidesk.demo.people import CUSTOMERS, PEOPLE_BY_LANGUAGE, QUEUE_BY_NAME, Person
from tuidesk.demo.topics import Topic, Words, phrases, topics

_BY_ADDRESS = {person.email.casefold(): person for person in CUSTOMERS}
_ANSWERS = 0.9
_FIRST_MAIL_S = 8
_EAGER = 4
_EAGER_GAP_S = (15, 40)
_GAP_S = (60, 200)
_THINKS_S = (12, 60)


@dataclass
class _Thread:
    """What a customer remembers of one matter; `said` counts her answers."""

    person: Person
    words: Words
    topic: Topic | None = None
    said: int = 0
    over: bool = False
    ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Due:
    """A mail that will be written at `at`."""

    at: datetime
    thread: _Thread
    answered: Message
    text: str


class Customers:
    """All customers of a demo.

    `inbox_dir` is the Maildir that the desk fetches from, `outbox_dir` the one that its mail is delivered to;
    mails there are moved from `new/` to `cur/` once they were read.
    """

    def __init__(self, inbox_dir: Path, outbox_dir: Path, seed: int) -> None:
        self._inbox = inbox_dir
        self._outbox = outbox_dir
        self._seed = seed
        self._threads: dict[str, _Thread] = {}  # by the Message-IDs of its mails
        self._due: list[_Due] = []
        self._written = 0
        self._next_at: datetime | None = None

    def step(self, now: datetime) -> int:
        """Read what came, write what is due at `now` (aware); return how many mails were written."""
        for mail in self._arrived():
            self._read(mail, now)
        ripe = sorted((due for due in self._due if due.at <= now), key=lambda due: due.at)
        self._due = [due for due in self._due if due.at > now]
        for due in ripe:
            self._answer(due, now)
        written = len(ripe)
        if self._next_at is None:
            self._next_at = now + timedelta(seconds=_FIRST_MAIL_S)
        elif now >= self._next_at:
            self._begin(now)
            written += 1
        return written

    # --- reading --------------------------------------------------------------------------------

    def _arrived(self) -> Iterator[Message]:
        """Yield mails that were delivered since, and file them as seen."""
        new = self._outbox / "new"
        if not new.is_dir():
            return
        for path in sorted(new.iterdir()):
            seen = self._outbox / "cur" / f"{path.name}:2,S"
            seen.parent.mkdir(exist_ok=True)
            try:
                path.rename(seen)
                raw = seen.read_bytes()
            except FileNotFoundError:
                continue  # somebody else looks through this Maildir too
            yield email.message_from_bytes(raw)

    def _read(self, mail: Message, now: datetime) -> None:
        """Decide whether and when to answer a mail."""
        person = self._addressee(mail)
        if person is None or _is_automatic(mail):
            return
        message_id = str(mail.get("Message-ID", "")).strip()
        rng = Random(f"{self._seed}:{message_id}")
        thread = self._thread_of(mail) or _Thread(person, Words(rng, now.date()))
        known = [message_id, *thread.ids]
        self._threads |= {one: thread for one in known if one}
        thread.ids = [one for one in known if one]
        if thread.over or rng.random() >= _ANSWERS:
            return
        text = self._next_words(thread, rng)
        self._due.append(_Due(now + timedelta(seconds=rng.uniform(*_THINKS_S)), thread, mail, text))

    def _addressee(self, mail: Message) -> Person | None:
        addresses = getaddresses([str(value) for value in mail.get_all("To", [])])
        found = [_BY_ADDRESS.get(address.casefold()) for _, address in addresses]
        return next((person for person in found if person is not None), None)

    def _thread_of(self, mail: Message) -> _Thread | None:
        ids = [*str(mail.get("In-Reply-To", "")).split(), *reversed(str(mail.get("References", "")).split())]
        return next((self._threads[one] for one in ids if one in self._threads), None)

    def _next_words(self, thread: _Thread, rng: Random) -> str:
        """Return what the customer says next; the last thing she says is thanks."""
        known = phrases(thread.person.language)
        answers = [turn.customer for turn in thread.topic.turns] if thread.topic else []
        if thread.topic and thread.said < len(answers):
            text = answers[thread.said]
        elif not thread.topic and thread.said == 0 and rng.random() < 0.6:
            text = rng.choice(known.answer)
        else:
            thread.over = True
            text = (thread.topic.thanks if thread.topic else "") or rng.choice(known.thanks)
        thread.said += 1
        return thread.words.fill(text)

    # --- writing --------------------------------------------------------------------------------

    def _answer(self, due: _Due, now: datetime) -> None:
        """Write an answer: Re, references (RFC 5322 section 3.6.4), the text and a quote."""
        mail, person = due.answered, due.thread.person
        name, address = parseaddr(_decoded(mail.get("Reply-To") or mail.get("From")))
        subject = _decoded(mail.get("Subject"))
        answered = str(mail.get("Message-ID", "")).strip()
        date = now.strftime("%Y-%m-%d %H:%M")
        attribution = phrases(person.language).wrote.format(date=date, other=name or address)
        body = f"{due.text}\n\n{person.name}\n\n{quoted(_text(mail), attribution, max_lines=40)}\n"
        self._deliver(
            due.thread,
            now,
            Outgoing(
                person,
                to=address,
                subject=subject if subject.casefold().startswith("re:") else f"Re: {subject}",
                body=body,
                message_id=self._new_id(person, now),
                date=now,
                in_reply_to=answered,
                references=(*str(mail.get("References", "")).split(), answered),
            ),
        )

    def _begin(self, now: datetime) -> None:
        """Somebody writes about something new."""
        rng = Random(f"{self._seed}:new:{self._written}")
        topic = rng.choice([topic for topic in topics() if topic.queue != "People"])
        person = rng.choice(PEOPLE_BY_LANGUAGE[topic.language])
        words = Words(rng, now.date())
        thread = _Thread(person, words, topic)
        sign = f"{phrases(person.language).regards}\n{person.name}\n\n-- \n{person.company.name}\n{person.phone}"
        queue = QUEUE_BY_NAME["Support" if rng.random() < 0.15 else topic.queue]
        self._deliver(
            thread,
            now,
            Outgoing(
                person,
                to=queue.address,
                subject=words.fill(topic.title),
                body=f"{words.fill(topic.mail)}\n\n{sign}\n",
                message_id=self._new_id(person, now),
                date=now,
                files=tuple(words.fill(one) for one in topic.files),
            ),
        )
        gap = _EAGER_GAP_S if self._written < _EAGER else _GAP_S
        self._next_at = now + timedelta(seconds=rng.uniform(*gap))

    def _deliver(self, thread: _Thread, now: datetime, mail: Outgoing) -> None:
        rng = Random(f"{self._seed}:{mail.message_id}")
        thread.ids.append(mail.message_id)
        self._threads[mail.message_id] = thread
        self._written += 1
        deliver(self._inbox, write_mail(mail, rng))

    def _new_id(self, person: Person, now: datetime) -> str:
        """Return a Message-ID; the time is in it, so a demo that is started again does not repeat itself."""
        return f"<{int(now.timestamp() * 1000):x}.{self._seed:x}.{self._written}@{person.company.domain}>"


def _is_automatic(mail: Message) -> bool:
    fields: dict[str, list[str]] = {}
    for name, value in mail.items():
        fields.setdefault(name.casefold(), []).append(str(value))
    return classify(fields, sender=parseaddr(_decoded(mail.get("From")))[1]).no_auto_reply


def _decoded(value: object) -> str:
    """Return a header as text, on one line."""
    return " ".join(str(make_header(decode_header(str(value or "")))).split())


def _text(mail: Message) -> str:
    """Return the first plain text of a mail, without its signature's rest and older quotes."""
    parts: Iterable[Message] = mail.walk()
    for part in parts:
        if part.get_content_type() == "text/plain":
            data = part.get_payload(decode=True)
            text = data.decode(part.get_content_charset("utf-8"), "replace") if isinstance(data, bytes) else ""
            lines = [line for line in text.splitlines() if not line.startswith(">")]
            return "\n".join(lines).strip()
    return ""
