"""Giving decided changes their ids: tickets, changes, articles, mails and Message-IDs."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from tuidesk.core.domain.events import ARTICLE_KINDS, Event
from tuidesk.core.store.ticket_writes import DrawnIds
from tuidesk.core.tickets.decision import Decision, PlacedArticle, PlacedChange


def place(decisions: Sequence[Decision], ids: DrawnIds, fqdn: str) -> list[PlacedChange]:
    """Return the changes with their ids filled in, in the order given."""
    changes, tickets = iter(ids.changes), iter(ids.tickets)
    article_ids, mails = iter(ids.articles), iter(ids.mails)
    placed = []
    for decision in decisions:
        after = decision.after
        if decision.before.version == 0:
            after = replace(after, id=next(tickets))
        articles = tuple(
            PlacedArticle(
                id=next(article_ids),
                no=item.no,
                message_id=item.article.message_id or (new_message_id(fqdn) if item.article.send else ""),
                outbox_id=next(mails) if item.article.send else None,
                article=item.article,
            )
            for item in decision.articles
        )
        by_no = {article.no: article.id for article in articles}
        events = tuple(_named(event, by_no) for event in decision.events)
        placed.append(PlacedChange(next(changes), decision.before, after, events, articles))
    return placed


def new_message_id(fqdn: str) -> str:
    """Return a Message-ID that nobody else makes (RFC 5322 section 3.6.4)."""
    return f"<{secrets.token_hex(12)}@{fqdn}>"


def _named(event: Event, article_ids: dict[int, int]) -> Event:
    if event.kind not in ARTICLE_KINDS:
        return event
    head = event.data["article"]
    return replace(event, data={**event.data, "article": {**head, "id": article_ids[head["no"]]}})
