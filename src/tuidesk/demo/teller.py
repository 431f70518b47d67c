"""Telling one story: who writes what when, with greetings, signatures and quotes around the matter.

A teller goes forward in time only. The first thing that would happen after the present ends the story
(`Present`), so stories that are not over yet are simply open tickets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from tuidesk.core.domain.states import Right
from tuidesk.core.domain.ticket import Attachment
from tuidesk.core.mail.compose import quoted
from tuidesk.demo import attachments
from tuidesk.demo.hours import ZONE, customer_moment, office_moment
from tuidesk.demo.people import (
    AGENTS,
    DESK_DOMAIN,
    MAIN_AGENT,
    PEOPLE_BY_LANGUAGE,
    QUEUE_BY_NAME,
    WORKERS,
    Person,
)
from tuidesk.demo.steps import By, Said, Sets, Step, Story
from tuidesk.demo.topics import Phrases, Words, phrases

_NAMES = {agent.login: agent.name for agent in AGENTS}
_RIGHTS = {agent.login: agent.rights for agent in AGENTS}


class Present(Exception):
    """The story has reached the present."""


class Teller:
    """Tells the story with the key `key` from `start` on, of a person who writes in `language`."""

    def __init__(self, seed: int, key: int, now: datetime, start: datetime, language: str, queue: str) -> None:
        self.rng = Random(f"{seed}:{key}")
        self.key = key
        self.at = start
        self.now = now
        self.queue = self._first_queue = queue
        self.person: Person = self.rng.choice(PEOPLE_BY_LANGUAGE[language])
        self.phrases: Phrases = phrases(language)
        self.words = Words(self.rng, start.date())
        self.agent = self.worker()
        self.title = ""
        self.priority = 3
        self.sender = self.person.mailbox
        self.steps: list[Step] = []
        self._seed = seed
        self._ids: list[str] = []
        self._heard = ("", "")  # attribution and text of the last mail that one could answer
        self._signs = self.rng.random() < 0.7

    # --- who and when ---------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        """Say yes with that probability."""
        return self.rng.random() < probability

    def worker(self) -> str:
        """Return an agent of the queue, the main one more often than others."""
        workers = WORKERS[self.queue]
        if MAIN_AGENT in workers and self.rng.random() < 0.35:
            return MAIN_AGENT
        return self.rng.choice(workers)

    def office(self, hours: float) -> None:
        """Let about so many working hours pass."""
        self.at = office_moment(self.rng, self.at, hours)

    def wait(self, hours: float) -> None:
        """Let about so many hours pass until the customer does something."""
        self.at = customer_moment(self.rng, self.at, hours)

    # --- what happens ---------------------------------------------------------------------------

    def mail(self, text: str, files: Sequence[str] = ()) -> None:
        """The customer writes: the first mail as it is, later ones as answers with a quote."""
        parts = [self._filled(text)]
        if self._signs or not self._ids:
            person = self.person
            parts.append(f"{self.phrases.regards}\n{person.name}")
            parts.append(f"-- \n{person.name} | {person.company.name}\n{person.phone} | {person.email}")
        body = "\n\n".join(parts)
        if self._ids and self.chance(0.6):
            body += "\n\n" + quoted(self._heard[1], self._heard[0])
        kind = "FollowUp" if self._ids else "EmailCustomer"
        self._letter(By.MAIL, kind, body, self.person.company.domain, files)
        self._hear(self.person.name, parts[0])

    def foreign_mail(self, text: str, sender: str, *, subject: str = "", automatic: bool = False,
                     stranger: bool = False) -> None:  # fmt: skip
        """Somebody else, or something, writes into the story."""
        self._add(Step(self.at, By.MAIL, said=Said(
            "FollowUp" if self.steps else "EmailCustomer", self._filled(text), subject, sender,
            message_id=self._new_id(sender.rpartition("@")[2].rstrip(">")),
            references=tuple(self._ids[-3:]), automatic=automatic, stranger=stranger,
        )))  # fmt: skip

    def answer(self, text: str, sets: Sets | None = None, files: Sequence[str] = (), *, kind: str = "SendAnswer",
               to: str = "") -> None:  # fmt: skip
        """The agent writes to the customer (or to `to`), and sets fields with it."""
        hello = self.phrases.hello.format(name=self.person.greeting)
        sign = f"{self.phrases.regards}\n{_NAMES[self.agent]}"
        text = self._filled(text)
        body = text if to else f"{hello}\n\n{text}"
        body = f"{body}\n\n{sign}\n\n-- \n{QUEUE_BY_NAME[self.queue].signature}"
        if self._heard[1]:
            body += "\n\n" + quoted(self._heard[1], self._heard[0], max_lines=12)
        self._letter(By.AGENT, kind, body, DESK_DOMAIN, files, sets or Sets(state="open"), to)
        if not to:
            self._hear(_NAMES[self.agent], text)

    def note(self, text: str, subject: str = "Note", sets: Sets | None = None, files: Sequence[str] = (),
             agent: str = "") -> None:  # fmt: skip
        """An agent writes something for colleagues only."""
        said = Said("AddNote", self._filled(text), subject, files=self._files(files))
        self._add(Step(self.at, By.AGENT, agent or self.agent, said, sets or Sets()))

    def call(self, text: str, subject: str, sets: Sets | None = None, *, outgoing: bool = False) -> None:
        """Agent and customer talk on the phone."""
        kind = "PhoneCallAgent" if outgoing else "PhoneCallCustomer"
        self._add(Step(self.at, By.AGENT, self.agent, Said(kind, self._filled(text), subject), sets or Sets()))
        self._ids = self._ids or [""]

    def system_note(self, text: str, subject: str) -> None:
        """The system adds something for agents."""
        self._add(Step(self.at, By.MAIL, said=Said("SystemRequest", self._filled(text), subject)))

    def change(self, sets: Sets, agent: str = "") -> None:
        """An agent sets fields and says nothing."""
        self._add(Step(self.at, By.AGENT, agent or self.agent, sets=sets))

    def move(self, queue: str, note: str = "") -> None:
        """Pass the ticket on to another queue; one of its agents goes on with it."""
        said = Said("AddNote", self._filled(note), "Moved") if note else None
        self._add(Step(self.at, By.AGENT, self._mover(queue), said, Sets(queue=queue)))
        self.queue = queue
        self.agent = self.worker()

    def time_runs_out(self, at: datetime, state: str) -> None:
        """The pending time is over, and the ticket gets its next state."""
        self.at = max(at, self.at)
        self._add(Step(self.at, By.CLOCK, sets=Sets(state=state)))

    def merge_into(self, key: int) -> None:
        """The agent finds that this is the same as another story."""
        self._add(Step(self.at, By.AGENT, self.agent, merge_into=key))

    def undelivered(self, reply: str) -> None:
        """The last mail could not be delivered."""
        self._add(Step(self.at, By.SENDER, undelivered=reply))

    def story(self) -> Story:
        """Return what was told."""
        stranger = self.sender != self.person.mailbox
        address = self.sender.rpartition("<")[2].rstrip(">")
        company = address if stranger else self.person.company.customer_id
        return Story(self.key, self._first_queue, self.title, self.sender, address, company, self.priority,
                     tuple(self.steps))  # fmt: skip

    # --- inside ---------------------------------------------------------------------------------

    def _letter(
        self,
        by: By,
        kind: str,
        body: str,
        domain: str,
        files: Sequence[str],
        sets: Sets | None = None,
        to: str = "",
    ) -> None:
        known = tuple(one for one in self._ids if one)[-12:]
        message_id = self._new_id(domain)
        said = Said(kind, body, to=to, message_id=message_id, references=known, files=self._files(files))
        self._add(Step(self.at, by, self.agent if by is By.AGENT else "", said, sets or Sets()))
        self._ids.append(message_id)

    def _add(self, step: Step) -> None:
        if step.at >= self.now:
            raise Present
        self.steps.append(step)
        self.at = step.at + timedelta(seconds=1)  # two steps of a story never share their moment

    def _new_id(self, domain: str) -> str:
        return f"<{self._seed:x}.{self.key}.{len(self.steps)}.{int(self.at.timestamp()):x}@{domain}>"

    def _filled(self, text: str) -> str:
        return self.words.fill(text)

    def _files(self, specs: Sequence[str]) -> tuple[Attachment, ...]:
        return tuple(attachments.make(self._filled(spec), self.rng, self.at) for spec in specs)

    def _hear(self, name: str, text: str) -> None:
        day = self.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
        self._heard = (self.phrases.wrote.format(date=day, other=name), text)

    def _mover(self, queue: str) -> str:
        """Return an agent who may work in this queue and may move into the other one; at best the present one."""
        return next(login for login in (self.agent, *WORKERS[self.queue], *_NAMES) if self._may_move(login, queue))

    def _may_move(self, login: str, queue: str) -> bool:
        here = _RIGHTS[login].get(QUEUE_BY_NAME[self.queue].group, ())
        there = _RIGHTS[login].get(QUEUE_BY_NAME[queue].group, ()) if queue in QUEUE_BY_NAME else (Right.RW,)
        return Right.RW in here and (Right.RW in there or Right.MOVE_INTO in there)
