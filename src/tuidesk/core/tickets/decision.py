"""What the steps of the path hand to each other: surroundings, decisions, placed changes, results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.events import Event
from tuidesk.core.domain.handlers import NumberedArticle
from tuidesk.core.domain.rules import Rule
from tuidesk.core.domain.ticket import NewArticle, Ticket


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the path needs of the desk: its configuration, the time, its rules and its name in mail."""

    config: DeskConfig
    now: datetime
    fqdn: str
    rules: tuple[Rule, ...] = ()

    @property
    def today(self) -> str:
        """The ISO date in the desk's zone, by which daily limits count."""
        return self.now.astimezone(ZoneInfo(self.config.timezone)).date().isoformat()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one change does, decided and not yet written."""

    before: Ticket
    after: Ticket
    events: tuple[Event, ...]
    articles: tuple[NumberedArticle, ...]


@dataclass(frozen=True, slots=True)
class PlacedArticle:
    """A new article with its ids; `outbox_id` is None for one that does not leave."""

    id: int
    no: int
    message_id: str
    outbox_id: int | None
    article: NewArticle


@dataclass(frozen=True, slots=True)
class PlacedChange:
    """A decided change with all its ids drawn: `after` has its id, events name their articles."""

    change_id: int
    before: Ticket
    after: Ticket
    events: tuple[Event, ...]
    articles: tuple[PlacedArticle, ...]


@dataclass(frozen=True, slots=True)
class ChangeDone:
    """What one change did; `change_id` is None and `events` empty when there was nothing to change."""

    ticket: Ticket
    change_id: int | None
    events: tuple[Event, ...]
    article_ids: tuple[int, ...]
    outbox_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ActDone:
    """What an act did; `act_id` is None when nothing changed at all.

    `changes` are those asked for, in order, then those of tickets whose links followed a merge.
    """

    act_id: int | None
    changes: tuple[ChangeDone, ...]
