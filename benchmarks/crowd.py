"""The rows of a desk with a million tickets: 60 queues in 20 groups, 300 agents, 8 % of the tickets open.

The same number of tickets gives the same rows. What is said of a ticket's past is short (one change each), all
that lists, dashboard and search read is there in full.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from typing import Any

from tuidesk.core.domain.search_words import search_words
from tuidesk.core.domain.states import NOBODY
from tuidesk.core.store.metadata import to_micros
from tuidesk.core.store.search_index import scope_tokens

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = 1095
AGENTS = 300
CHUNK = 20_000

ALL, FORTY, TINY, NONE, PERSON = 2, 3, 4, 5, 6
"""Agents who read all queues; 40 of them; one tiny queue; none; none, but 2,500 tickets are theirs."""

USERS_GROUP = 1
TINY_GROUP = 4
"""The group of the tiny queue; the new desk brings the groups 1 to 3, the first with four queues."""
GROUP_SIZES = (1, *(3,) * 13, 5, 5, 6)
TINY_QUEUE, BIG_QUEUE = 5, 6

COMMON_WORD, RARE_WORD, UNKNOWN_WORD = "invoice", "quokkamoor", "zyzzyvatron"
RARE_EVERY = 20_000
PERSON_TICKETS = 2_500

_MINUTE = 60_000_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_TOPICS = (
    "Cannot log in to the portal", "Printer on floor {n} is jammed", "Order {n} not delivered",
    "Question about my contract", "Error {n} after the update", "Access to the shared folder", "Phone line is dead",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of the desk; `weight` is its share of the tickets."""

    id: int
    group_id: int
    weight: float
    has_sla: bool


def queues() -> list[Queue]:
    """Return all queues, those of a new desk first."""
    found = [Queue(n, USERS_GROUP, 0.4, has_sla=False) for n in range(1, 5)]
    for n, size in enumerate(GROUP_SIZES):
        for _ in range(size):
            queue_id = len(found) + 1
            weight = 0.016 if queue_id == TINY_QUEUE else 12 / (queue_id - BIG_QUEUE + 4)
            found.append(Queue(queue_id, TINY_GROUP + n, weight, has_sla=queue_id % 3 != 0))
    return found


def grants() -> list[tuple[int, int, str]]:
    """Return (agent, group, right) of everybody."""
    groups = [TINY_GROUP + n for n in range(len(GROUP_SIZES))]
    found = [(ALL, group, "rw") for group in (1, 2, 3, *groups)]
    found += [(FORTY, group, "rw") for group in groups[:14]]
    found += [(TINY, TINY_GROUP, "rw")]
    found += [(agent, groups[(agent + n) % len(groups)], "rw") for agent in range(7, AGENTS + 1) for n in (0, 3, 8)]
    return found


def vocabulary() -> list[str]:
    """Return 20,000 words; the first ones are used most."""
    rnd = random.Random(1)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    words = dict.fromkeys("".join(rnd.choices(syllables, k=rnd.randint(2, 4))) for _ in range(24_000))
    return list(words)[:20_000]


def _lines(rnd: random.Random) -> list[str]:
    """Return 10,000 lines of ten words, folded as a search would."""
    words = vocabulary()
    weights = list(accumulate(1 / (n + 20) for n in range(len(words))))
    return [" ".join(rnd.choices(words, cum_weights=weights, k=10)) for _ in range(10_000)]


@lru_cache(maxsize=50_000)
def _words(text: str) -> tuple[str, ...]:
    return tuple(search_words(text))


def chunks(tickets: int) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """Yield the rows of about 20,000 tickets at a time, by table, in the order of `COLUMNS`."""
    rnd = random.Random(7)
    lines = _lines(rnd)
    places = queues()
    place_weights = list(accumulate(queue.weight for queue in places))
    owners = [ALL, FORTY, TINY, *range(7, AGENTS + 1)]
    now = to_micros(NOW) or 0
    start = now - DAYS * _DAY
    step = (now - start) // tickets
    person_every = max(1, tickets // PERSON_TICKETS)
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COLUMNS}
    for n in range(1, tickets + 1):
        created = start + n * step
        queue = rnd.choices(places, cum_weights=place_weights)[0]
        recent = n > tickets * 0.92
        is_open = rnd.random() < (0.5 if recent else 0.0435)
        person = n % person_every == 7 % person_every
        state = rnd.choices((1, 4, 6, 7), (25, 62, 10, 3))[0] if is_open else rnd.choice((2, 2, 2, 3))
        owner = PERSON if person else (NOBODY if state == 1 else rnd.choice(owners))
        responsible = rnd.choice(owners) if rnd.random() < 0.03 else NOBODY
        closed = None if is_open else min(now, created + int(rnd.expovariate(1 / 3) * _DAY) + _MINUTE)
        changed = closed or min(now, created + int(rnd.expovariate(1 / 2) * _DAY))
        customer = rnd.randrange(20_000)
        address = f"customer{customer:05d}@client{customer % 700:03d}.example.com"
        number = f"10{n:07d}"
        title = rnd.choice(_TOPICS).format(n=n % 1000)
        said = rnd.choices(lines, k=4)
        if rnd.random() < 0.3:
            said.append(COMMON_WORD)
        if n % RARE_EVERY == RARE_EVERY // 2:
            said.append(RARE_WORD)
        body = "\n".join(said)
        priority = rnd.choices((1, 2, 3, 4, 5), (3, 7, 75, 10, 5))[0]
        pending = now + rnd.randrange(-2 * _DAY, 20 * _DAY) if state in (6, 7) else None
        if state == 7:
            pending = now + 3650 * _DAY  # never due: a daemon beside a benchmark must find nothing to do
        escalates = queue.has_sla and state in (1, 4) and rnd.random() < 0.8
        due = now + rnd.randrange(-5 * _DAY, 12 * _DAY) if escalates else None
        watchers = [rnd.choice(owners)] if rnd.random() < 0.02 else []
        document = " ".join((*_words(title), *_words(address), *_words("desk@example.com"), *said))
        scope = scope_tokens(queue.group_id, {owner, responsible, *watchers})
        facts = f'{{"created_at":"{datetime.fromtimestamp(created // 1_000_000, UTC).isoformat()}"}}'
        rows["act"].append((n, changed, changed, "postmaster", "mail"))
        rows["change"].append((n, n, n, 1))
        rows["history"].append((n, 0, "NewTicket", None, "postmaster"))
        rows["ticket"].append((
            n, 1, number, title, queue.id, state, priority, -priority, owner, responsible, 1 if owner == NOBODY else 2,
            f"client{customer % 700:03d}", address, address, pending, created, changed, closed, 1, created,
        ))  # fmt: skip
        rows["ticket_clock"].append((n, queue.id, due, due, facts, 3))
        rows["article"].append((
            n, n, 1, n, "EmailCustomer", "customer", "email", True, f'"Customer {customer}" <{address}>',
            "desk@example.com", "", "", title, f"<{n}@client{customer % 700:03d}.example.com>", "", body, "", created,
        ))  # fmt: skip
        rows["doc"].append((n, n, document, scope))
        rows["ticket_watcher"] += [(n, watcher) for watcher in watchers]
        rows["seen"] += [(agent, n, 1) for agent in (ALL, FORTY, TINY) if rnd.random() < 0.02]
        if n % CHUNK == 0 or n == tickets:
            yield rows
            rows = {table: [] for table in COLUMNS}


COLUMNS = {
    "act": "id at recorded_at actor door",
    "change": "id act_id ticket_id version",
    "history": "change_id seq kind data actor",
    "ticket": "id version number title queue_id state_id priority_id urgency owner_id responsible_id lock customer_id"
    " customer_user customer_key pending_until created_at changed_at closed_at last_article_no"
    " last_customer_article_at",
    "ticket_clock": "ticket_id queue_id solution_at escalation_at facts config_revision",
    "article": "id ticket_id no change_id kind sender_type channel visible sender recipient cc reply_to subject"
    " message_id refs body flags at",
    "doc": "article_id ticket_id words scope",
    "ticket_watcher": "ticket_id agent_id",
    "seen": "agent_id ticket_id article_no",
}
"""The columns of each table that are filled; on PostgreSQL `doc` has its index beside them."""
