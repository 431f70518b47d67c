"""What happens on a ticket while somebody writes: new articles, and others who write there too.

`look` runs in a thread, the rest is words. Must not decide: whether a text is sent all the same, the writer says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.utils import parseaddr
from typing import TYPE_CHECKING

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.states import NOBODY
from tuidesk.core.i18n import _, ngettext
from tuidesk.session import Session
from tuidesk.widgets.ages import day_and_time, short_span
from tuidesk.widgets.safe import one_line

if TYPE_CHECKING:
    from tuidesk.core.mail.readable import Readable
    from tuidesk.core.store.agent_state import Presence
    from tuidesk.core.store.ticket_view import Article

WRITING = "writing"
_BEGINNING_MAX = 60


@dataclass(frozen=True, slots=True)
class Look:
    """A ticket as it is while somebody writes; `others` are those who write there too."""

    version: int
    last_article_no: int
    articles: Sequence[Article]
    readable: Mapping[tuple[int, int], Readable]
    others: tuple[Presence, ...]
    holder: int
    """Who has locked the ticket, nobody's id for nobody."""


def look(session: Session, ticket_id: int) -> Look:
    """Read what happens on a ticket. Raises NotFound."""
    view = session.desk.ticket(session.viewer, ticket_id)
    present = session.desk.facts(session.viewer, ticket_id).present
    others = tuple(one for one in present if one.agent_id != session.agent.agent_id and one.doing == WRITING)
    ticket = view.ticket
    holder = NOBODY if ticket.is_free else ticket.owner_id
    if ticket.responsible_id == session.agent.agent_id:
        holder = session.agent.agent_id  # who is responsible may work as the owner may
    return Look(ticket.version, ticket.last_article_no, view.articles, view.readable, others, holder)


def news_words(found: Look, seen_article: int, now: datetime, zone: tzinfo) -> str:
    """Return which articles came since the writer began, "" for none."""
    new = [article for article in found.articles if article.no > seen_article]
    if not new:
        return ""
    last = new[-1]
    beginning = next((line for line in last.body[: 20 * _BEGINNING_MAX].splitlines() if line.strip()), "")
    if len(beginning) > _BEGINNING_MAX:
        beginning = beginning[: _BEGINNING_MAX - 1] + "…"
    words = ngettext(
        "{n} new article since you began: #{no} {who}, {when}: “{beginning}”",
        "{n} new articles since you began, the last: #{no} {who}, {when}: “{beginning}”",
        len(new),
    )
    return words.format(
        n=len(new),
        no=last.no,
        who=one_line(_name(last.sender)) or "?",
        when=day_and_time(last.at, now, zone),
        beginning=one_line(beginning),
    )


def _name(sender: str) -> str:
    name, address = parseaddr(sender[: 4 * _BEGINNING_MAX])
    return (name or address or sender)[:_BEGINNING_MAX]


def locked_words(found: Look, config: DeskConfig, me: int) -> str:
    """Return who holds the ticket so that nothing can be sent from it, "" for nobody else."""
    if found.holder in (NOBODY, me):
        return ""
    words = _("{name} has locked this ticket: t in the review takes it over, before the mail can be sent")
    return words.format(name=one_line(config.agent_name(found.holder)))


def others_words(found: Look, config: DeskConfig, now: datetime) -> str:
    """Return who writes here too, "" for nobody."""
    return ", ".join(
        _("{name} is writing here ({span})").format(
            name=one_line(config.agent_name(one.agent_id)), span=short_span(now - one.since)
        )
        for one in found.others
    )
