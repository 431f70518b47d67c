"""From rows of the desk to what widgets draw. Pure: no widget, no thread, no desk.

Invariant: nothing leaves here that a list line could not show: all its texts are made safe here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tuidesk.actions import Subject
from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.states import NOBODY, Channel, Lock, SenderType, StateType
from tuidesk.core.i18n import _
from tuidesk.mail_words import flag_words, readable_lines
from tuidesk.widgets.ages import day_and_time
from tuidesk.widgets.article_text import ArticleText
from tuidesk.widgets.safe import fit, one_line
from tuidesk.widgets.ticket_line import TicketLine

if TYPE_CHECKING:
    from tuidesk.core.domain.ticket import Ticket
    from tuidesk.core.mail.readable import Readable
    from tuidesk.core.store.ticket_lists import TicketRow
    from tuidesk.core.store.ticket_view import Article, Delivery

_TEXT_MAX = 300
_NAME_CELLS, _NAME_END = 48, 12
"""How wide the name of a file is in a line, and how much of that is its end."""


def ticket_line(row: TicketRow, config: DeskConfig) -> TicketLine:
    """Return a row of a list as it is drawn."""
    state = config.states.get(row.state_id)
    kind = state.type if state else StateType.OPEN
    queue = config.queues.get(row.queue_id)
    return TicketLine(
        id=row.id,
        key=row.key,
        version=row.version,
        number=one_line(row.number),
        title=one_line(row.title[:_TEXT_MAX]),
        state_letter=kind.letter,
        state=one_line(state.name) if state else "?",
        closed=kind.is_closed,
        pending=kind.is_pending,
        queue=one_line(queue.name) if queue else "?",
        queue_id=row.queue_id,
        state_id=row.state_id,
        priority_id=row.priority_id,
        owner_id=row.owner_id,
        owner=owner_name(config, row.owner_id),
        locked=row.lock == Lock.LOCK,
        customer=one_line(row.customer_user[:_TEXT_MAX]),
        unread=row.unread,
        created_at=row.created_at,
        pending_until=row.pending_until,
        escalation_at=row.escalation_at,
    )


def owner_name(config: DeskConfig, agent_id: int) -> str:
    """Return the login of an owner, `-` for nobody."""
    return "-" if agent_id == NOBODY else one_line(config.agent_name(agent_id))


def subject_of_line(line: TicketLine) -> Subject:
    """Return the ticket of a list line as actions see it."""
    return Subject(
        line.id, line.version, line.number, line.title, line.queue_id, line.state_id, line.priority_id,
        line.owner_id, NOBODY, line.locked, line.closed,
    )  # fmt: skip


def subject_of(ticket: Ticket) -> Subject:
    """Return a ticket as actions see it."""
    return Subject(
        ticket.id, ticket.version, ticket.number, ticket.title, ticket.queue_id, ticket.state_id,
        ticket.priority_id, ticket.owner_id, ticket.responsible_id, ticket.lock is Lock.LOCK, not ticket.is_open,
    )  # fmt: skip


def article_texts(
    articles: Sequence[Article],
    readable: Mapping[tuple[int, int], Readable],
    seen_no: int | None,
    now: datetime,
    zone: tzinfo,
) -> list[ArticleText]:
    """Return articles as the conversation shows them; those above `seen_no` are unread (None: none is).

    `readable` says what some of their files say (`TicketView.readable`).
    """
    return [_article(article, readable, seen_no, now, zone) for article in articles]


def _article(
    article: Article,
    readable: Mapping[tuple[int, int], Readable],
    seen_no: int | None,
    now: datetime,
    zone: tzinfo,
) -> ArticleText:
    is_note = article.channel is Channel.INTERNAL
    tone = "note" if is_note and article.sender_type is SenderType.AGENT else article.sender_type.value
    return ArticleText(
        no=article.no,
        tone=tone,
        sender=unquoted(article.sender or _sender_words()[article.sender_type])[:_TEXT_MAX],
        to=unquoted(article.to[: 4 * _TEXT_MAX]),
        cc=unquoted(article.cc[: 4 * _TEXT_MAX]),
        subject=article.subject[: 4 * _TEXT_MAX],
        when=day_and_time(article.at, now, zone),
        visible=article.visible,
        unread=seen_no is not None and article.no > seen_no,
        flags=tuple(flag_words(flag, raw=_("v r")) for flag in article.flags),
        files=tuple(
            f"{_short_name(file.name)}  {size_words(file.size_bytes)}  {file.content_type[:100]}"
            for file in article.files
        ),
        delivery=delivery_words(article.delivery, now, zone) if article.delivery else "",
        body=article.body,
        unsent="not-sent" in article.flags or (article.delivery is not None and article.delivery.state == "stopped"),
        parts=tuple(
            line
            for file in article.files
            if (said := readable.get((article.no, file.n))) is not None
            for line in ("", *readable_lines(said, zone))
        ),
    )


def _short_name(name: str) -> str:
    """Return the name of a file in a line: its middle is left out before size and type are.

    >>> _short_name("minutes.txt"), _short_name("x" * 90 + "-final.pdf")
    ('minutes.txt', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…xx-final.pdf')
    """
    safe = one_line(name[:_TEXT_MAX])
    if cell_len(safe) <= _NAME_CELLS:
        return safe
    end = safe[-_NAME_END:]
    while cell_len(end) > _NAME_END:
        end = end[1:]
    return fit(safe, _NAME_CELLS - _NAME_END).rstrip("… ") + "…" + end


_QUOTED = re.compile(r'(^|, )"([^"<>,@]{1,200})" <')


def unquoted(addresses: str) -> str:
    """Return addresses without the quotation marks around names that are names and nothing else.

    >>> unquoted('"Mia Lee" <m@x.test>, "a@b.test" <c@x.test>')
    'Mia Lee <m@x.test>, "a@b.test" <c@x.test>'
    """
    return _QUOTED.sub(r"\1\2 <", addresses)


def _sender_words() -> dict[SenderType, str]:
    return {
        SenderType.AGENT: _("agent"),
        SenderType.CUSTOMER: _("customer"),
        SenderType.SYSTEM: _("system"),
    }


def delivery_words(delivery: Delivery, now: datetime, zone: tzinfo) -> str:
    """Return where the mail of an article stands."""
    words = {
        "queued": _("waits to be sent"),
        "sending": _("is being sent"),
        "done": _("sent"),
        "dead": _("COULD NOT BE SENT"),
        "stopped": _("not sent: it was stopped in time"),
    }.get(delivery.state, delivery.state)
    if delivery.state == "queued" and delivery.not_before is not None:
        words += f" ({day_and_time(delivery.not_before, now, zone)})"
    if delivery.maybe_sent and delivery.state != "done":
        words += "; " + _("maybe sent before")
    if delivery.reason:
        words += f": {delivery.reason[:_TEXT_MAX]}"
    return _("Mail: {state}").format(state=words)


def size_words(size_bytes: int) -> str:
    """Return a size as people read it.

    >>> size_words(14_336), size_words(7)
    ('14 kB', '7 B')
    """
    if size_bytes < 1024:
        return f"{size_bytes} B"
    if size_bytes < 1024 * 1024:
        return f"{size_bytes // 1024} kB"
    return f"{size_bytes / 1024 / 1024:.1f} MB"
