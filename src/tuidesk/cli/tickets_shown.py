"""Tickets as lines of text and as JSON. Fields of the JSON are stable; new ones may join."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.i18n import _, ngettext
from tuidesk.mail_words import flag_words, readable_lines

if TYPE_CHECKING:
    from tuidesk.core.desk import TicketFacts, TicketView
    from tuidesk.core.store.ticket_lists import TicketRow
    from tuidesk.core.store.ticket_view import Article, LinkRow

TICKET_HEADINGS = (_("S"), _("Number"), _("Age"), _("P"), _("Owner"), _("Queue"), _("Customer"), _("Title"))


def age(at: datetime, now: datetime) -> str:
    """Return an age in its largest unit: `12m`, `3h`, `5d`."""
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"


def row_cells(config: DeskConfig, row: TicketRow, now: datetime) -> tuple[str, ...]:
    """Return a ticket as cells under `TICKET_HEADINGS`."""
    late = "!" if row.escalation_at is not None and row.escalation_at <= now else ""
    return (
        late + config.states[row.state_id].type.letter,
        row.number,
        age(row.created_at, now),
        str(row.priority_id),
        config.agent_name(row.owner_id),
        config.queues[row.queue_id].name,
        row.customer_user,
        row.title,
    )


def row_json(config: DeskConfig, row: TicketRow) -> dict[str, Any]:
    """Return a ticket of a list as JSON values."""
    return {
        "number": row.number,
        "version": row.version,
        "title": row.title,
        "state": config.states[row.state_id].name,
        "queue": config.queues[row.queue_id].name,
        "priority": config.priorities[row.priority_id].name,
        "owner": config.agent_name(row.owner_id),
        "customer": row.customer_user,
        "created": row.created_at,
        "changed": row.changed_at,
        "pending_until": row.pending_until,
        "escalates": row.escalation_at,
        "unread": row.unread,
    }


def ticket_json(config: DeskConfig, view: TicketView, facts: TicketFacts) -> dict[str, Any]:
    """Return a whole ticket as JSON values."""
    ticket = view.ticket
    return {
        "number": ticket.number,
        "version": ticket.version,
        "title": ticket.title,
        "state": config.states[ticket.state_id].name,
        "queue": config.queues[ticket.queue_id].name,
        "priority": config.priorities[ticket.priority_id].name,
        "owner": config.agent_name(ticket.owner_id),
        "responsible": config.agent_name(ticket.responsible_id),
        "locked": not ticket.is_free,
        "customer": ticket.customer_user,
        "customer_id": ticket.customer_id,
        "created": ticket.created_at,
        "changed": ticket.changed_at,
        "closed": ticket.closed_at,
        "pending_until": ticket.pending_until,
        "escalates": facts.due.escalation_at,
        "watchers": [config.agent_name(agent) for agent in facts.watchers],
        "links": [{"number": one.number, "type": one.type, "parent": one.is_source} for one in facts.links],
        "articles": [article_json(one) for one in view.articles],
    }


def article_json(article: Article) -> dict[str, Any]:
    """Return an article as JSON values."""
    return {
        "no": article.no,
        "kind": article.kind,
        "sender_type": article.sender_type.value,
        "channel": article.channel.value,
        "visible": article.visible,
        "from": article.sender,
        "to": article.to,
        "cc": article.cc,
        "subject": article.subject,
        "at": article.at,
        "message_id": article.message_id,
        "flags": list(article.flags),
        "body": article.body,
        "delivery": article.delivery.state if article.delivery else None,
        "outbox": article.delivery.outbox_id if article.delivery else None,
        "files": [
            {"n": one.n, "name": one.name, "type": one.content_type, "bytes": one.size_bytes} for one in article.files
        ],
    }


def ticket_text(
    config: DeskConfig, view: TicketView, facts: TicketFacts, zone: tzinfo, *, quotes: bool
) -> Iterator[tuple[str, bool]]:
    """Yield a whole ticket as lines, each with whether it is of minor interest and may be shown dimmed.

    Quoted text is folded unless `quotes`; invitations are told in `zone`.
    """
    ticket = view.ticket
    lines = [
        f"{ticket.number}  {ticket.title}",
        " · ".join(
            (
                config.states[ticket.state_id].name,
                config.priorities[ticket.priority_id].name,
                config.queues[ticket.queue_id].name,
                _("owner {name}").format(name=config.agent_name(ticket.owner_id)),
                ticket.customer_user,
                *([_("locked")] if not ticket.is_free else []),
            )
        ),
    ]
    if ticket.pending_until:
        lines.append(_("pending until {when}").format(when=f"{ticket.pending_until:%Y-%m-%d %H:%M} UTC"))
    if facts.due.escalation_at:
        lines.append(_("answer due {when}").format(when=f"{facts.due.escalation_at:%Y-%m-%d %H:%M} UTC"))
    for one in facts.links:
        lines.append(_("link {role}: {number} {title}").format(role=_role(one), number=one.number, title=one.title))
    yield from ((line, False) for line in lines)
    for article in view.articles:
        yield "", False
        yield from _article_lines(ticket.number, article, quotes=quotes)
        for file in article.files:
            if (said := view.readable.get((article.no, file.n))) is not None:
                yield from ((line, False) for line in ("", *readable_lines(said, zone)))


def _role(one: LinkRow) -> str:
    if one.type != "ParentChild":
        return _("to")
    return _("to its parent") if one.is_source else _("to its child")


def _article_lines(number: str, article: Article, *, quotes: bool) -> Iterator[tuple[str, bool]]:
    raw = " ".join(("tuidesk", "ticket", "raw", number, str(article.no)))
    marks = [article.channel.value]
    if not article.visible:
        marks.append(_("not visible for the customer"))
    if article.delivery is not None and article.delivery.state != "done":
        marks.append(_("mail {state}").format(state=article.delivery.state))
    who = " → ".join(part for part in (article.sender or article.sender_type.value, article.to) if part)
    head = (
        f"-- #{article.no} {who}"
        f" · {article.at:%Y-%m-%d %H:%M} UTC · {', '.join(marks)} --"
    )
    yield head, False
    yield article.subject, False
    yield from ((f"! {flag_words(flag, raw)}", False) for flag in article.flags)
    yield "", False
    yield from _body_lines(article.body.rstrip(), quotes=quotes)
    for one in article.files:
        yield f"  [{one.n}] {one.name}  {one.size_bytes} B  {one.content_type}", False


def _body_lines(body: str, *, quotes: bool) -> Iterator[tuple[str, bool]]:
    from tuidesk.core.mail.quote import fold_quotes  # its patterns take a hundredth of a second, and lists need none

    lines = body.split("\n")
    for block in fold_quotes(body):
        count = block.end - block.start
        if block.kind == "quote" and not quotes and count > 2:
            folded = ngettext("[+ {n} quoted line, --quotes shows it]", "[+ {n} quoted lines, --quotes shows them]", count)
            yield folded.format(n=count), True
        else:
            yield from ((line, block.kind != "text") for line in lines[block.start : block.end])
