"""Replay: what a ticket must be, from its history alone.

Used by the property tests and by `tuidesk db check`. An erased value equals anything: erasure blanks
the words of a history row and leaves its place in the story.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from tuidesk.core.domain.events import ARTICLE_KINDS, Event, Kind
from tuidesk.core.domain.evolve import evolve, evolve_kin
from tuidesk.core.domain.ticket import Kin, Ticket


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """One change as the history tells it: version, when the act happened, its events in order."""

    version: int
    at: datetime
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A ticket rebuilt from its history; `erased` says that some of its words were blanked since.

    `unknown` names what events told whose words are gone: it equals anything.
    """

    ticket: Ticket
    kin: Kin
    erased: bool
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the stored ticket says otherwise than its history."""

    what: str
    stored: object
    replayed: object


def replay(ticket_id: int, changes: Iterable[RecordedChange]) -> Replayed:
    """Fold a whole history, oldest change first."""
    ticket = Ticket(id=ticket_id, version=0)
    kin = Kin()
    erased = False
    unknown: set[str] = set()
    for change in changes:
        for event in change.events:
            if event.data is None:
                erased = True
                unknown |= _TOLD_BY.get(event.kind, frozenset())
                continue
            erased = erased or event.kind is Kind.ERASED
            ticket = evolve(ticket, event, change.at)
            kin = evolve_kin(kin, event)
        ticket = replace(ticket, version=change.version, changed_at=change.at)
    return Replayed(ticket, kin, erased, frozenset(unknown))


def differences(stored: Ticket, stored_kin: Kin, replayed: Replayed) -> Sequence[Difference]:
    """Say where the stored ticket and its history disagree; empty when they agree."""
    found = []
    for field in fields(Ticket):
        ours, theirs = getattr(stored, field.name), getattr(replayed.ticket, field.name)
        blanked = replayed.erased and field.name in _PERSONAL and ours == ""
        if ours != theirs and not blanked and field.name not in replayed.unknown:
            found.append(Difference(field.name, ours, theirs))
    for name in ("watchers", "links"):
        ours, theirs = getattr(stored_kin, name), getattr(replayed.kin, name)
        if ours != theirs and name not in replayed.unknown:
            found.append(Difference(name, ours, theirs))
    mine = {head.id: head for head in stored_kin.articles}
    told = {head.id: head for head in replayed.kin.articles}
    if mine != told and "articles" not in replayed.unknown:
        found.append(Difference("articles", mine, told))
    return found


_PERSONAL = frozenset({"title", "customer_user", "customer_id"})
_ARTICLE = frozenset({"last_article_no", "last_customer_article_at", "articles"})
_STATE = frozenset({"state_id", "state_type", "closed_at"})
_TOLD_BY: dict[Kind, frozenset[str]] = {
    Kind.NEW_TICKET: frozenset(
        field.name for field in fields(Ticket) if field.name not in ("id", "version", "changed_at", "merged_into")
    ),
    **dict.fromkeys(ARTICLE_KINDS, _ARTICLE),
    Kind.STATE: _STATE,
    Kind.PENDING: frozenset({"pending_until"}),
    Kind.MOVE: frozenset({"queue_id"}),
    Kind.PRIORITY: frozenset({"priority_id"}),
    Kind.OWNER: frozenset({"owner_id"}),
    Kind.RESPONSIBLE: frozenset({"responsible_id"}),
    Kind.TITLE: frozenset({"title"}),
    Kind.CUSTOMER: frozenset({"customer_user", "customer_id"}),
    Kind.VISIBLE: frozenset({"articles"}),
    Kind.SUBSCRIBE: frozenset({"watchers"}),
    Kind.UNSUBSCRIBE: frozenset({"watchers"}),
    Kind.LINK_ADD: frozenset({"links"}),
    Kind.LINK_DELETE: frozenset({"links"}),
    Kind.MERGED: _ARTICLE | {"merged_into"},
}
