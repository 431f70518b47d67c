"""Which stories a demo desk has behind it: six weeks of them, told by their plots.

Pure: the same seed, time and count give the same stories. Invariant: all steps lie before `now`, those of a
story are in order, and stories come in the order in which they begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from tuidesk.demo import plots
from tuidesk.demo.hours import arrival, office_moment
from tuidesk.demo.people import MAIN_AGENT
from tuidesk.demo.steps import Sets, Story
from tuidesk.demo.teller import Present, Teller
from tuidesk.demo.topics import Topic, long_topics, odd, topics

SPAN = timedelta(days=42)

_Tell = Callable[[Teller], None]


@dataclass(frozen=True, slots=True)
class _Cast:
    """A story that is to be told: when it begins, where, in which language, and how it goes."""

    start: datetime
    language: str
    queue: str
    tell: _Tell


def stories(seed: int, now: datetime, count: int) -> Iterator[Story]:
    """Yield `count` stories of the six weeks before `now` (aware; UTC).

    The first dozen and more are always there: every state, reminders that are due, escalated tickets and
    threads of more than 40 articles; the others are drawn. Raises ValueError for a `now` without a zone.
    """
    if now.utcoffset() is None:
        raise ValueError(f"{now.isoformat()} has no zone")
    rng = Random(f"{seed}:stories")
    casts = _certain(rng, now)[:count]
    while len(casts) < count:
        casts.append(_drawn(rng, arrival(rng, now - SPAN, now)))
    casts.sort(key=lambda cast: cast.start)
    for key, cast in enumerate(casts, 1):
        told = _told(seed, key, now, cast)
        if told is not None:
            yield told


def _told(seed: int, key: int, now: datetime, cast: _Cast) -> Story | None:
    """Tell a story; None when it would begin after the present."""
    teller = Teller(seed, key, now, cast.start, cast.language, cast.queue)
    with suppress(Present):
        cast.tell(teller)
    return teller.story() if teller.steps else None


# --- those that are always there ----------------------------------------------------------------


def _certain(rng: Random, now: datetime) -> list[_Cast]:
    """Return the stories that a demo must show, the more important ones first."""
    pick = partial(_topic, rng)
    quiet = ("phishing", "webshop-slow", "alarm-temperatura")  # nobody would leave these lying around
    one, two = "Support::L1", "Support::L2"
    return [
        _long(now, 0, timedelta(days=37), 46, MAIN_AGENT),
        _cast(_days_ago(now, 2.4), pick(one), plots.unanswered),
        _cast(_days_ago(now, 3.2), pick(two, quiet), plots.stalled),
        _cast(_days_ago(now, 4), pick("Billing"), partial(plots.waits_for_reminder, until_h=-3)),
        _cast(_days_ago(now, 5), pick(one), partial(plots.waits_for_reminder, until_h=-27)),
        _cast(_days_ago(now, 3), pick(two, quiet), partial(plots.waits_for_reminder, until_h=45)),
        _cast(_days_ago(now, 4), pick(one), plots.closes_soon),
        _cast(_days_ago(now, 9), pick("Billing"), plots.gives_up_soon),
        _Cast(_days_ago(now, 6), "en", one, partial(plots.spam, mail=odd("spam")[0])),
        *_doubles(rng, now),
        _cast(_days_ago(now, 20), pick(one), plots.silence),
        _cast(_days_ago(now, 15), pick("Facility"), _late_thanks),
        _cast(_days_ago(now, 16), pick("Billing"), _late_thanks),
        _Cast(_days_ago(now, 8), "en", two, partial(plots.alarm, mail=odd("alarm")[0])),
        _Cast(_days_ago(now, 11), "en", two, partial(plots.begun, mail=odd("begun")[0])),
        _Cast(_days_ago(now, 10), "de", one, partial(plots.phoned, call=odd("call")[1])),
        _cast(_days_ago(now, 12), pick(one), partial(plots.forwarded, letter=odd("forward")[0])),
        _cast(_days_ago(now, 13), pick(two), plots.bounced),
        _long(now, 1, timedelta(days=30), 52, "dmitri"),
        _cast(_days_ago(now, 2.9), pick(two, quiet), plots.unanswered),
        _cast(_days_ago(now, 4.5), pick(one), plots.stalled),
        _cast(_days_ago(now, 6), pick("Billing"), partial(plots.waits_for_reminder, until_h=-1)),
        _cast(_days_ago(now, 2), pick("People"), plots.question),
        _cast(now - timedelta(minutes=47), pick(one), plots.unanswered),
        _cast(now - timedelta(minutes=12), pick("Billing"), plots.unanswered),
        _cast(now - timedelta(minutes=4), pick(two), plots.unanswered),
    ]  # fmt: skip


def _days_ago(now: datetime, working_days: float) -> datetime:
    """Return a moment in office hours, about so many working days before `now`."""
    at = now
    for _ in range(int(working_days)):
        at -= timedelta(days=1)
        while at.weekday() >= 5:
            at -= timedelta(days=1)
    at -= timedelta(hours=24 * (working_days % 1))
    return office_moment(Random(int(at.timestamp())), at, 0.5)


def _long(now: datetime, n: int, ago: timedelta, articles: int, agent: str) -> _Cast:
    topic = long_topics()[n]
    start = office_moment(Random(n), now - ago, 1.0)
    tell = partial(plots.for_weeks, topic=topic, articles=articles, agent=agent)
    return _Cast(start, topic.language, topic.queue, tell)


def _doubles(rng: Random, now: datetime) -> list[_Cast]:
    """Return two stories of one matter; the second is merged into the first."""
    topic = _topic(rng, "Support::L1")
    start = _days_ago(now, 7)
    keys: list[int] = []

    def first(teller: Teller) -> None:
        keys.append(teller.key)
        plots.unanswered(teller, topic)
        teller.office(5.0)
        plots.solve(teller, topic)

    def second(teller: Teller) -> None:
        plots.twice(teller, topic, keys[0])

    later = start + timedelta(minutes=9)
    return [_Cast(start, topic.language, topic.queue, first), _Cast(later, topic.language, topic.queue, second)]


def _late_thanks(teller: Teller, topic: Topic) -> None:
    """Closed, and thanks that come too late: what then happens depends on the queue."""
    plots.begin(teller, topic)
    teller.office(1.0)
    teller.answer(topic.solved, Sets(state=plots.CLOSED))
    teller.wait(20)
    teller.mail(topic.thanks or teller.phrases.thanks[0])
    teller.office(2.0)
    teller.change(Sets(state=plots.CLOSED))


# --- those that are drawn -----------------------------------------------------------------------

_PLOTS: tuple[tuple[float, plots.Plot], ...] = (
    (52, plots.question),
    (6, plots.reminder),
    (5, plots.silence),
    (5, plots.reopened),
    (5, plots.impatient),
    (2, plots.bounced),
)
_ODD: tuple[tuple[float, str, Callable[..., None], str], ...] = (
    (5, "spam", plots.spam, "mail"),
    (5, "alarm", plots.alarm, "mail"),
    (5, "begun", plots.begun, "mail"),
    (7, "call", plots.phoned, "call"),
)
_FORWARDED = 4.0
_WEIGHTS = {"en": 1.6, "de": 1.2}


def _drawn(rng: Random, start: datetime) -> _Cast:
    weights = [*(weight for weight, _ in _PLOTS), *(row[0] for row in _ODD), _FORWARDED]
    n = rng.choices(range(len(weights)), weights)[0]
    if n < len(_PLOTS):
        plot = _PLOTS[n][1]
        topic = _topic(rng)
        general = plot is plots.question and topic.queue != "People" and rng.random() < 0.18
        return _cast(start, topic, plot, "Support" if general else "")
    if n < len(weights) - 1:
        _, kind, tell, name = _ODD[n - len(_PLOTS)]
        mail = rng.choice(odd(kind))
        queue = mail.get("queue") or ("Support::L2" if kind == "alarm" else "Support")
        return _Cast(start, mail.get("language", "en"), queue, partial(tell, **{name: mail}))
    topic = _topic(rng, "Support::L1")
    return _cast(start, topic, partial(plots.forwarded, letter=rng.choice(odd("forward"))))


def _cast(start: datetime, topic: Topic, plot: plots.Plot, queue: str = "") -> _Cast:
    return _Cast(start, topic.language, queue or topic.queue, lambda teller: plot(teller, topic))


def _topic(rng: Random, queue: str = "", without: tuple[str, ...] = ()) -> Topic:
    """Return a topic, of a queue if one is named; some languages are more often heard."""
    found = [topic for topic in topics() if topic.queue == queue or not queue]
    found = [topic for topic in found if topic.name not in without]
    weights = [_WEIGHTS.get(topic.language, 0.7) * (0.5 if topic.queue == "People" else 1.0) for topic in found]
    return rng.choices(found, weights)[0]
