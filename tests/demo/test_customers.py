"""Made-up customers on Maildirs: what they write, when they answer, and when they do not."""

from __future__ import annotations

import email
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from random import Random

import pytest

from tuidesk.core.domain.ticket import Attachment
from tuidesk.core.mail.compose import Letter, compose
from tuidesk.core.mail.maildir import deliver
from tuidesk.core.mail.parse import read_mail
from tuidesk.demo.customers import Customers
from tuidesk.demo.letters import Outgoing, write_mail
from tuidesk.demo.people import CUSTOMERS, QUEUES, Person

NOW = datetime(2026, 6, 10, 13, 30, tzinfo=UTC)
INGRID = CUSTOMERS[0]


class World:
    """Both Maildirs, the customers, and a clock that is moved by hand."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.inbox, self.outbox = folder / "in", folder / "out"
        self.customers = Customers(self.inbox, self.outbox, seed)
        self.now = NOW
        self._seen: set[Path] = set()

    def run(self, seconds: int, every: int = 5) -> list[bytes]:
        """Let time pass; return what the customers wrote meanwhile, in order."""
        written = []
        for _ in range(seconds // every):
            count = self.customers.step(self.now)
            fresh = [path for path in _files(self.inbox) if path not in self._seen]
            assert len(fresh) == count
            self._seen |= set(fresh)
            written += [path.read_bytes() for path in fresh]
            self.now += timedelta(seconds=every)
        return written

    def desk_says(self, text: str, answers: Message | None = None, *, automatic: bool = False, to: str = "",
                  n: int = 1) -> str:  # fmt: skip
        """Deliver a mail of the desk; return its Message-ID."""
        message_id = f"<{n}.desk@desk.example>"
        refs = (str(answers["Message-ID"]),) if answers is not None else ()
        to = to or (str(answers["From"]) if answers is not None else INGRID.email)
        letter = Letter(
            sender="Service Desk <support@desk.example>", to=to, subject="Re: [Ticket#1000001] Grüße", body=text,
            message_id=message_id, date=self.now, in_reply_to=refs[0] if refs else "", references=refs,
            automatic=automatic, attachments=(Attachment("a.txt", "text/plain", b"x"),),
        )  # fmt: skip
        deliver(self.outbox, compose(letter))
        return message_id


def _files(maildir: Path) -> list[Path]:
    return sorted((maildir / "new").iterdir()) if maildir.exists() else []


def _answers_to(mails: list[bytes], message_id: str) -> list[Message]:
    parsed = [email.message_from_bytes(raw) for raw in mails]
    return [mail for mail in parsed if mail["In-Reply-To"] == message_id]


def _answering_seed(tmp_path: Path) -> World:
    return World(tmp_path, seed=2)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_they_write_by_themselves(world: World) -> None:
    mails = [email.message_from_bytes(raw) for raw in world.run(600)]
    assert 5 <= len(mails) <= 15
    addresses = {queue.address for queue in QUEUES}
    assert all(mail["To"] in addresses for mail in mails)
    assert all(mail["In-Reply-To"] is None for mail in mails)
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)


def test_the_first_mail_comes_within_a_quarter_of_a_minute(world: World) -> None:
    assert world.run(15)


def test_what_they_write_is_what_the_desk_reads(world: World) -> None:
    for raw in world.run(3000):
        mail = read_mail(raw)
        assert mail.sender.address in {person.email for person in CUSTOMERS}
        assert mail.sender.name in {person.name for person in CUSTOMERS}
        assert mail.text.strip()
        assert "�" not in mail.text + mail.subject
        assert "$" not in mail.subject
        assert not mail.automatic.no_auto_reply


@pytest.mark.parametrize("person", CUSTOMERS, ids=lambda person: person.email)
def test_every_charset_and_form_can_be_read(person: Person) -> None:
    body = f"{person.name} {person.company.name}\n\n<b> & „Zitat“ 🙂\n"
    for n in range(12):
        mail = Outgoing(person, "support@desk.example", f"Betreff {person.name} 🙂" if n % 2 else person.name,
                        body if n % 3 else body.replace("🙂", "").replace("„Zitat“", ""), f"<{n}@x.example>", NOW,
                        files=("csv:größe.csv",) if n % 4 == 0 else ())  # fmt: skip
        raw = write_mail(mail, Random(n))
        found = read_mail(raw)
        assert found.text.strip().split() == mail.body.split()
        assert found.subject == mail.subject
        tables = [part.name for part in found.attachments if part.content_type == "text/csv"]
        assert tables == ["größe.csv"] * (n % 4 == 0)


def test_an_answer_belongs_to_the_mail_that_it_answers(tmp_path: Path) -> None:
    world = _answering_seed(tmp_path)
    message_id = world.desk_says("Which version do you use?\n\n> an old quote")
    found = _answers_to(world.run(120), message_id)
    assert len(found) == 1
    answer = found[0]
    assert message_id in str(answer["References"]).split()
    assert str(make_header(decode_header(str(answer["Subject"])))) == "Re: [Ticket#1000001] Grüße"
    assert answer["To"] == "support@desk.example"
    assert INGRID.email in str(answer["From"])
    text = read_mail(answer.as_bytes()).text
    assert "> Which version do you use?" in text
    assert "an old quote" not in text


def test_an_answer_takes_a_while(tmp_path: Path) -> None:
    world = _answering_seed(tmp_path)
    message_id = world.desk_says("Which version?")
    assert not _answers_to(world.run(10), message_id)
    assert _answers_to(world.run(90), message_id)


def test_a_mail_is_answered_once_and_filed_as_seen(tmp_path: Path) -> None:
    world = _answering_seed(tmp_path)
    message_id = world.desk_says("Which version?")
    assert len(_answers_to(world.run(600), message_id)) == 1
    assert not _files(world.outbox)
    assert [path.name.endswith(":2,S") for path in (world.outbox / "cur").iterdir()] == [True]


def test_automatic_mail_is_not_answered(world: World) -> None:
    ids = [world.desk_says("We got it.", automatic=True, n=n) for n in range(20)]
    mails = world.run(200)
    assert not [mail for one in ids for mail in _answers_to(mails, one)]


def test_strangers_do_not_exist(world: World) -> None:
    ids = [world.desk_says("Hello?", to="someone@else.example", n=n) for n in range(20)]
    mails = world.run(200)
    assert not [mail for one in ids for mail in _answers_to(mails, one)]


def test_every_matter_comes_to_an_end(tmp_path: Path) -> None:
    world = _answering_seed(tmp_path)
    first = email.message_from_bytes(world.run(15)[0])
    last, rounds = first, 0
    for n in range(30):
        message_id = world.desk_says("And now?", last, n=n)
        found = _answers_to(world.run(70), message_id)
        if found:
            last, rounds = found[0], rounds + 1
    assert 1 <= rounds <= 6


def test_the_same_seed_and_times_give_the_same_mails(tmp_path: Path) -> None:
    def play(name: str, seed: int) -> list[bytes]:
        world = World(tmp_path / name, seed)
        world.desk_says("Which version?")
        return sorted(world.run(300))

    assert play("a", 3) == play("b", 3)
    assert play("c", 3) != play("d", 4)


def test_a_mail_that_somebody_else_took_is_passed_over(world: World) -> None:
    world.desk_says("Which version?")
    for path in _files(world.outbox):
        path.unlink()
    world.run(60)
