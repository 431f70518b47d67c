"""Automation inside the change: automatic replies, then rules until none has anything to add.

Each rule runs at most once a change, in at most ten rounds. A rule that raises leaves a history row
and the agent's change stands; it runs in a savepoint, since a failed read breaks a transaction of
PostgreSQL.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from tuidesk.core.domain.auto_response import auto_response
from tuidesk.core.domain.events import Event, Kind
from tuidesk.core.domain.evolve import fold
from tuidesk.core.domain.handlers import Context, NumberedArticle, Step, reduce_op
from tuidesk.core.domain.rules import Rule
from tuidesk.core.domain.ticket import Ticket

MAX_ROUNDS = 10

_log = logging.getLogger(__name__)


def automate(
    connection: sa.Connection,
    ticket: Ticket,
    events: tuple[Event, ...],
    articles: tuple[NumberedArticle, ...],
    context: Context,
    rules: tuple[Rule, ...],
) -> Step:
    """Return what follows from a change's events; `ticket` is the ticket after them."""
    more_events: list[Event] = []
    more_articles: list[NumberedArticle] = []
    for item in articles:
        step = auto_response(ticket, item.article, context)
        ticket = fold(ticket, step.events, context.now)
        more_events += step.events
        more_articles += step.articles
    waiting = list(rules)
    fresh: Sequence[Event] = (*events, *more_events)
    for _ in range(MAX_ROUNDS):
        if not waiting or not fresh:
            break
        made: list[Event] = []
        for rule in tuple(waiting):
            answer = _answer(connection, rule, ticket, fresh, context)
            if answer is None:
                continue
            waiting.remove(rule)
            ticket = fold(ticket, answer.events, context.now)
            made += answer.events
            more_articles += answer.articles
        more_events += made
        fresh = made
    return Step(tuple(more_events), tuple(more_articles))


def _answer(
    connection: sa.Connection, rule: Rule, ticket: Ticket, fresh: Sequence[Event], context: Context
) -> Step | None:
    """Return what a rule makes happen, None when it does not match."""
    try:
        with connection.begin_nested():
            ops = rule.answer(ticket, fresh, context)
            if ops is None:
                return None
            events: list[Event] = []
            articles: list[NumberedArticle] = []
            for op in ops:
                done = reduce_op(ticket, op, context)
                ticket = fold(ticket, done.events, context.now)
                events += (replace(event, rule_id=rule.id, because_seq=0) for event in done.events)
                articles += done.articles
            return Step(tuple(events), tuple(articles))
    except Exception as error:  # noqa: BLE001 - a rule is foreign code: whatever it raises is recorded
        _log.exception("rule %s failed on ticket %s", rule.name, ticket.number)
        data = {"rule": rule.name, "error": f"{type(error).__name__}: {error}"[:500]}
        return Step((Event(Kind.RULE_FAILED, data, rule_id=rule.id),))
