"""The loop, played and printed step by step: a mail becomes a ticket, an answer leaves, a reply comes back.

Real parts throughout: mail arrives in and leaves to Maildirs, and every step is read back from where a
user would find it. A step that does not hold ends the play.
"""

from __future__ import annotations

import email
from collections.abc import Callable
from email.message import Message
from email.utils import format_datetime
from pathlib import Path

from tuidesk.background import Background
from tuidesk.core.domain.actor import AgentActor, Cause, Door
from tuidesk.core.domain.ops import Act, Change, SetState
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.errors import TuideskError
from tuidesk.core.history_words import history_sentence
from tuidesk.core.mail.maildir import deliver
from tuidesk.core.store import tx
from tuidesk.core.store.check import faults
from tuidesk.core.tickets import intents
from tuidesk.core.work.poll_once import poll_once
from tuidesk.demo.people import MAIN_AGENT
from tuidesk.demo.world import World

CUSTOMER = "Mia Lindqvist <mia@lindqvist.example>"
DESK_ADDRESS = "support@desk.example"


class StepFailed(TuideskError):
    """A step of the loop did not hold."""

    def __init__(self, step: str, found: str) -> None:
        self.step = step
        self.found = found


class Play:
    """Plays the loop in a demo world and says each step through `say`."""

    def __init__(self, world: World, say: Callable[[str], None]) -> None:
        self._world = world
        self._say = say
        self._desk = world.assembly.desk
        self._background = Background(world.assembly)
        self._seen: set[str] = set()

    def run(self) -> None:
        """Play all steps. Raises StepFailed for the first that does not hold."""
        try:
            self._play()
        finally:
            self._background.stop()

    def _play(self) -> None:
        agent = AgentActor(self._desk.config().agent_ids[MAIN_AGENT], MAIN_AGENT)
        viewer = self._desk.viewer(agent.agent_id)
        question = self._customer_mail(
            "VPN drops every hour", "Hello,\n\nsince this morning the VPN drops once per hour.\n\nMia"
        )
        self._step("1 mail in", f"{CUSTOMER} → {DESK_ADDRESS}: VPN drops every hour")
        deliver(self._world.inbox, question)
        number = self._fetch("new")
        ticket = self._desk.find(viewer, number)
        self._step("2 ticket", f"{number}  {ticket.title}  ({self._state(ticket)})")

        auto = self._leave(1)
        self._hold(
            "3 automatic reply", number in str(auto["Subject"]) and bool(auto["Auto-Submitted"]), str(auto["Subject"])
        )
        self._step("3 automatic reply", f"to {auto['To']}: {auto['Subject']}")

        view = self._desk.ticket(viewer, ticket.id)
        config = self._desk.config()
        asked = intents.last_customer_article(view.articles)
        to, cc = intents.reply_recipients(config, ticket, asked, everybody=False)
        answer = intents.reply(
            config, ticket, asked, to=to, cc=cc, subject=intents.reply_subject(config, ticket, asked),
            body="Hello Mia,\n\nwe have raised the lease time; please reconnect once.\n\nAnna",
        )  # fmt: skip
        cause = Cause(Door.CLI)
        self._desk.act(agent, Act((Change(ticket.id, (answer, *intents.after_reply(config, ticket))),), cause))
        self._step("4 agent's reply", f"{MAIN_AGENT} → {to}")

        left = self._leave(2)
        same = str(left["In-Reply-To"]) == str(email.message_from_bytes(question)["Message-ID"])
        self._hold("5 mail that left", same and number in str(left["Subject"]), str(left["Subject"]))
        self._step("5 mail that left", f"to {left['To']}: {left['Subject']}  {left['Message-ID']}")

        deliver(self._world.inbox, self._customer_mail("AW: your answer", "It works, thank you!\n\nMia", answers=left))
        again = self._fetch("follow-up")
        self._hold("6 follow-up", again == number, again)
        self._step("6 follow-up", f"found its ticket {again} under another subject")

        done = SetState(config.state_ids["closed successful"])
        self._desk.act(agent, Act((Change(ticket.id, (done,)),), cause))
        closed = self._desk.find(viewer, number)
        self._hold("7 state", closed.closed_at is not None, self._state(closed))
        self._step("7 state", self._state(closed))

        for row in self._desk.history(viewer, ticket.id):
            self._say(f"    {row.version:>2}  {row.actor:<18} {row.door:<5} {history_sentence(row.event)}")
        with tx.read(self._world.assembly.engines) as connection:
            wrong = list(faults(connection, config))
        self._hold("8 history", not wrong, "; ".join(fault.what for fault in wrong))
        self._step("8 history", "replays to the ticket as it is; the database is sound")

    def _fetch(self, expected: str) -> str:
        report = poll_once(self._world.assembly.path, self._world.assembly.settings.secrets_file)
        taken = self._background.intake().run()
        self._hold("mail in", report.new == 1 and len(taken) == 1 and not report.failures, repr(report))
        self._hold("mail in", taken[0].outcome == expected, taken[0].outcome)
        return taken[0].ticket_number

    def _leave(self, count: int) -> Message:
        """Send what is due and return the newest of the mails that have left so far."""
        self._background.sender().run_once(lambda: False)
        mails = [email.message_from_bytes(path.read_bytes()) for path in _files(self._world.sent)]
        self._hold("mail out", len(mails) == count, f"{len(mails)} mails left")
        fresh = [mail for mail in mails if mail["Message-ID"] not in self._seen]
        self._seen = {mail["Message-ID"] for mail in mails}
        return fresh[0]

    def _customer_mail(self, subject: str, text: str, answers: Message | None = None) -> bytes:
        mail = Message()
        mail["From"], mail["To"], mail["Subject"] = CUSTOMER, DESK_ADDRESS, subject
        mail["Date"] = format_datetime(self._desk.clock.now())
        mail["Message-ID"] = f"<{abs(hash(text))}.{self._desk.clock.now().timestamp()}@lindqvist.example>"
        if answers is not None:
            mail["In-Reply-To"] = str(answers["Message-ID"])
            mail["References"] = f"{answers['References']} {answers['Message-ID']}"
        mail.set_payload(text, "utf-8")
        return mail.as_bytes()

    def _state(self, ticket: Ticket) -> str:
        return self._desk.config().states[ticket.state_id].name

    def _step(self, name: str, what: str) -> None:
        self._say(f"{name:<18} {what}")

    def _hold(self, step: str, held: bool, found: str) -> None:
        if not held:
            raise StepFailed(step, found)


def _files(maildir: Path) -> list[Path]:
    return sorted([*(maildir / "new").iterdir(), *(maildir / "cur").iterdir()])
