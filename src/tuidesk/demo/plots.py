"""The courses that stories take. A plot tells from the first mail to the end; the present may cut it short."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

from tuidesk.demo.hours import customer_moment, office_moment
from tuidesk.demo.people import MAIN_AGENT, WORKERS
from tuidesk.demo.steps import Sets
from tuidesk.demo.teller import Teller
from tuidesk.demo.topics import LongTopic, Odd, Topic

Plot: TypeAlias = Callable[[Teller, Topic], None]

CLOSED = "closed successful"


def question(teller: Teller, topic: Topic) -> None:
    """A mail, questions and answers, a solution."""
    begin(teller, topic)
    rng = teller.rng
    teller.office(1.6)
    if teller.queue != topic.queue:
        teller.move(topic.queue, "Not for the general inbox." if teller.chance(0.5) else "")
        teller.office(1.0)
    elif topic.queue == "Support::L1" and teller.chance(0.08):
        teller.move("Support::L2", "Beyond what we can see from here, please take over.")
        teller.office(1.5)
    if teller.chance(0.12):
        teller.change(Sets(priority=rng.choice((2, 4))))
    notes = list(topic.notes)
    for turn in topic.turns:
        teller.answer(turn.agent)
        if notes and teller.chance(0.6):
            teller.note(notes.pop(0))
        _perhaps_away(teller)
        teller.wait(4)
        teller.mail(turn.customer)
        _perhaps_meanwhile(teller)
        teller.office(2.0)
    if notes and teller.chance(0.7):
        teller.note(notes[0])
        teller.office(0.3)
    solve(teller, topic)


def begin(teller: Teller, topic: Topic) -> None:
    """The first mail of a topic."""
    teller.title = teller.words.fill(topic.title)
    teller.priority = topic.priority
    teller.mail(topic.mail, topic.files)


def solve(teller: Teller, topic: Topic) -> None:
    """The last answer, and what comes of it: closed at once, after thanks, or by itself after a week."""
    ending = teller.rng.random()
    if ending < 0.5 or not topic.thanks:
        teller.answer(topic.solved, Sets(state=CLOSED))
        if topic.thanks and teller.chance(0.2):  # thanks that open the ticket again
            teller.wait(3)
            teller.mail(topic.thanks)
            teller.office(1.5)
            teller.change(Sets(state=CLOSED))
    elif ending < 0.85:
        teller.answer(topic.solved)
        teller.wait(5)
        teller.mail(topic.thanks)
        teller.office(1.5)
        teller.change(Sets(state=CLOSED))
    else:
        _close_by_itself(teller, topic.solved, "pending auto close+", CLOSED, days=5)


def reminder(teller: Teller, topic: Topic) -> None:
    """Something has to arrive first; the agent sets a reminder and goes on when it is due."""
    begin(teller, topic)
    teller.office(1.5)
    teller.answer(topic.turns[0].agent)
    teller.wait(4)
    teller.mail(topic.turns[0].customer)
    teller.office(2.0)
    until = office_moment(teller.rng, teller.at + timedelta(days=teller.rng.randint(2, 5)), 2)
    teller.answer(teller.phrases.waiting, Sets(state="pending reminder", until=until))
    teller.at = until
    teller.office(2.0)
    teller.call(f"Told {teller.person.name} that the part has come. Is content.", "Called back", outgoing=True)
    teller.office(1.0)
    teller.answer(topic.solved, Sets(state=CLOSED))


def silence(teller: Teller, topic: Topic) -> None:
    """The customer never answers; after a week the ticket closes by itself, unsuccessful."""
    begin(teller, topic)
    teller.office(2.0)
    teller.answer(topic.turns[0].agent)
    teller.office(22.0)
    _close_by_itself(teller, teller.phrases.unanswered, "pending auto close-", "closed unsuccessful", days=7)


def reopened(teller: Teller, topic: Topic) -> None:
    """Closed, and a few days later it is back."""
    begin(teller, topic)
    teller.office(1.5)
    teller.answer(topic.solved, Sets(state=CLOSED))
    teller.at += timedelta(days=teller.rng.randint(1, 4))
    teller.wait(2)
    teller.mail(teller.phrases.again)
    teller.office(1.0)
    teller.note("Opened again by the customer. Same cause, I was too fast.")
    teller.answer(topic.turns[-1].agent)
    teller.wait(3)
    teller.mail(teller.rng.choice(teller.phrases.thanks))
    teller.office(2.0)
    teller.change(Sets(state=CLOSED))


def impatient(teller: Teller, topic: Topic) -> None:
    """Nobody answers for a day, and the customer asks again; then things go fast."""
    begin(teller, topic)
    teller.wait(9)
    teller.mail(teller.rng.choice(teller.phrases.nudge))
    teller.office(6.0)
    teller.note("Fell through the cracks on Friday, I take it.", sets=Sets(priority=4, watcher=MAIN_AGENT))
    teller.answer(teller.rng.choice(teller.phrases.ack))
    teller.office(2.0)
    teller.answer(topic.solved, Sets(state=CLOSED, responsible=teller.agent))


def bounced(teller: Teller, topic: Topic) -> None:
    """The answer cannot be delivered; the agent calls instead."""
    begin(teller, topic)
    teller.office(1.5)
    teller.answer(topic.turns[0].agent)
    teller.at += timedelta(minutes=2)
    teller.undelivered("550 5.1.1 mailbox is over its quota")
    teller.office(0.5)
    teller.call("The mailbox is full; will make room and write again.", "Called about the bounce", outgoing=True)
    teller.wait(2)
    teller.mail(topic.turns[0].customer)
    teller.office(1.0)
    teller.answer(topic.solved, Sets(state=CLOSED))


def unanswered(teller: Teller, topic: Topic) -> None:
    """A first mail, and nothing more."""
    begin(teller, topic)


def waits_for_reminder(teller: Teller, topic: Topic, until_h: float) -> None:
    """An open reminder that is due `until_h` hours from the present (negative: since then)."""
    if MAIN_AGENT in WORKERS[teller.queue]:
        teller.agent = MAIN_AGENT  # who looks at a demo shall find reminders of her own
    begin(teller, topic)
    teller.office(1.0)
    until = (teller.now + timedelta(hours=until_h)).replace(minute=0, second=0, microsecond=0)
    teller.answer(teller.phrases.waiting, Sets(state="pending reminder", until=until))
    teller.office(0.3)
    teller.note("Order number at the supplier is $serial.")


def closes_soon(teller: Teller, topic: Topic) -> None:
    """Solved, and closing by itself within the next days."""
    begin(teller, topic)
    teller.office(1.0)
    teller.answer(topic.turns[0].agent)
    teller.wait(2)
    teller.mail(topic.turns[0].customer)
    teller.office(1.0)
    teller.answer(topic.solved, Sets(state="pending auto close+", until=teller.now + timedelta(days=2, hours=4)))


def gives_up_soon(teller: Teller, topic: Topic) -> None:
    """Without an answer for long; closes unsuccessfully within the next days."""
    begin(teller, topic)
    teller.office(1.0)
    teller.answer(topic.turns[0].agent)
    teller.office(8.0)
    teller.answer(teller.phrases.unanswered, Sets(state="pending auto close-", until=teller.now + timedelta(days=3)))


def stalled(teller: Teller, topic: Topic) -> None:
    """An agent took it, the customer answered twice, and nobody went on."""
    begin(teller, topic)
    teller.office(1.0)
    teller.answer(topic.turns[0].agent, Sets(state="open", priority=4))
    teller.wait(2)
    teller.mail(topic.turns[0].customer)
    teller.wait(10)
    teller.mail(teller.rng.choice(teller.phrases.nudge))


def spam(teller: Teller, mail: Odd) -> None:
    """Advertising: thrown away unread."""
    teller.sender, teller.title = mail["sender"], mail["title"]
    teller.foreign_mail(mail["body"], mail["sender"], subject=mail["title"], automatic=teller.chance(0.5))
    teller.office(2.0)
    teller.change(Sets(queue="Junk", state="removed"))


def alarm(teller: Teller, mail: Odd) -> None:
    """A machine complains; somebody looks, or it calms down by itself."""
    teller.sender, teller.title = mail["sender"], teller.words.fill(mail["title"])
    teller.foreign_mail(mail["body"], mail["sender"], subject=teller.title, automatic=True)
    teller.at += timedelta(minutes=teller.rng.randint(12, 90))
    teller.system_note("The same alarm came $times times within an hour.".replace("$times", "4"), "Repeated alarm")
    teller.at += timedelta(minutes=teller.rng.randint(5, 60))
    teller.foreign_mail(mail["recovered"], mail["sender"], subject=f"OK: {teller.title}", automatic=True)
    teller.office(3.0)
    teller.note("Nightly job, known. Will move it an hour.", "Seen", Sets(state=CLOSED))


def begun(teller: Teller, mail: Odd) -> None:
    """The agent writes first."""
    teller.title = teller.words.fill(mail["title"])
    teller.office(0.5)
    teller.answer(mail["body"], Sets(state="open", owner=teller.agent), kind="EmailAgent")
    _perhaps_away(teller)
    teller.wait(4)
    teller.mail(mail["answer"])
    teller.office(2.0)
    teller.change(Sets(state=CLOSED))


def phoned(teller: Teller, call: Odd) -> None:
    """A customer calls; often that is all."""
    teller.title = teller.words.fill(call["title"])
    teller.office(0.5)
    if teller.chance(0.5):
        teller.call(call["body"], teller.title, Sets(state=CLOSED, owner=teller.agent))
        return
    teller.call(call["body"], teller.title, Sets(state="open", owner=teller.agent))
    teller.office(4.0)
    teller.answer(teller.rng.choice(teller.phrases.ack))
    teller.office(3.0)
    teller.call("Everything settled.", "Called back", Sets(state=CLOSED), outgoing=True)


def forwarded(teller: Teller, topic: Topic, letter: Odd) -> None:
    """Passed on to a supplier, who answers into the ticket."""
    begin(teller, topic)
    teller.office(1.5)
    teller.answer(teller.rng.choice(teller.phrases.ack))
    teller.office(0.5)
    teller.answer(letter["body"], kind="Forward", to=letter["to"])
    teller.wait(6)
    teller.foreign_mail(letter["answer"], letter["to"])
    teller.office(2.0)
    teller.answer(topic.solved, Sets(state=CLOSED))


def twice(teller: Teller, topic: Topic, other: int) -> None:
    """The customer writes the same thing again; the agent merges it into the story `other`."""
    teller.title = teller.words.fill(topic.title)
    teller.mail(f"{topic.mail.splitlines()[0]}\n\n{teller.rng.choice(teller.phrases.nudge)}")
    teller.office(0.8)
    teller.merge_into(other)


def for_weeks(teller: Teller, topic: LongTopic, articles: int, agent: str) -> None:
    """A thread of at least so many articles, still open, in the hands of one agent."""
    words, rng = teller.words, teller.rng
    teller.agent = agent
    teller.title = words.fill(topic.title)
    teller.priority = 4
    teller.mail(topic.mail)
    teller.office(1.0)
    teller.answer(topic.opening, Sets(state="open", priority=4, responsible=MAIN_AGENT, watcher=MAIN_AGENT))
    gap_h = (teller.now - teller.at).total_seconds() / 3600 / articles
    for n in range(articles):
        figures = {
            "n": 1 + n // 3 % 14, "count": rng.randint(60, 240), "total": rng.randint(241, 300),
            "bad": rng.randint(2, 19), "minutes": rng.randint(18, 95), "percent": min(99, 4 + n * 2),
        }  # fmt: skip
        files = ("csv:report-$iso.csv",) if n % 7 == 3 else ()
        if n % 5 == 4:
            note = topic.notes[n // 5 % len(topic.notes)]
            teller.office(0.2)
            teller.note(words.fill(note, **figures), agent=rng.choice(("anna", "dmitri")))
        elif n % 5 in (0, 2):
            teller.office(gap_h * 0.25)
            teller.answer(words.fill(topic.agent[n * 2 // 5 % len(topic.agent)], **figures), files=files)
        else:
            teller.wait(gap_h * 0.7)
            teller.mail(words.fill(topic.customer[n * 2 // 5 % len(topic.customer)], **figures), files)


def _close_by_itself(teller: Teller, text: str, pending: str, then: str, *, days: int) -> None:
    until = teller.at + timedelta(days=days)
    teller.answer(text, Sets(state=pending, until=until))
    teller.time_runs_out(until + timedelta(minutes=1), then)


def _perhaps_away(teller: Teller) -> None:
    """Now and then the answer meets an out-of-office reply."""
    if teller.chance(0.04):
        teller.at += timedelta(seconds=teller.rng.randint(20, 70))
        back = (teller.at + timedelta(days=4)).date().isoformat()
        teller.foreign_mail(
            teller.phrases.away.format(date=back),
            teller.person.mailbox,
            subject=teller.phrases.away_subject.format(subject=teller.title),
            automatic=True,
        )


def _perhaps_meanwhile(teller: Teller) -> None:
    """Now and then something else happens: a stranger, a call, another owner, a watcher."""
    event = teller.rng.random()
    if event < 0.02:
        teller.at = customer_moment(teller.rng, teller.at, 0.4)
        teller.foreign_mail(
            "I heard that you are dealing with this number. We see the same, please add us.",
            '"Pat Unbekannt" <pat@elsewhere.example>',
            stranger=True,
        )
    elif event < 0.07:
        teller.office(0.5)
        teller.call(f"{teller.person.name} is on another line, will call back after lunch.", "Called", outgoing=True)
    elif event < 0.11:
        teller.office(0.5)
        former, teller.agent = teller.agent, teller.worker()
        teller.note("Please go on with this one.", "Handed over", Sets(owner=teller.agent), agent=former)
    elif event < 0.15:
        teller.office(0.3)
        teller.change(Sets(watcher=MAIN_AGENT), agent=MAIN_AGENT if teller.queue not in ("Facility", "People") else "")
