"""Automatic replies: whether one may be sent, and its words (OTRS rule 3.7, RFC 3834).

A reply is made only to mail that a person wrote lately, never to the desk itself, and at most so
many times a day to one address. What is not sent leaves a history row that says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.utils import formataddr, parseaddr

from tuidesk.core.domain.desk_config import DeskConfig, Queue
from tuidesk.core.domain.events import Event, Kind
from tuidesk.core.domain.handlers import Context, Step, add_article
from tuidesk.core.domain.states import AutoResponseType, Channel, SenderType
from tuidesk.core.domain.subject import build_subject, clean_subject
from tuidesk.core.domain.text import address_key
from tuidesk.core.domain.ticket import NewArticle, OutgoingMail, Ticket

_NEVER_ANSWERED = re.compile(r"(mailer-daemon|postmaster|abuse)@.+?\..+?", re.IGNORECASE)
_KINDS = {
    AutoResponseType.REPLY: Kind.SEND_AUTO_REPLY,
    AutoResponseType.NEW_TICKET: Kind.SEND_AUTO_REPLY,
    AutoResponseType.REJECT: Kind.SEND_AUTO_REJECT,
    AutoResponseType.FOLLOW_UP: Kind.SEND_AUTO_FOLLOW_UP,
}


def auto_response(ticket: Ticket, article: NewArticle, context: Context) -> Step:
    """Return the automatic reply to an article that asks for one, or the reason why none is sent.

    `ticket` is the ticket after the article was added. Nothing at all happens when the queue has no
    response of that type.
    """
    config = context.config
    wanted = article.auto_response
    if wanted is None:
        return Step()
    response = config.auto_responses.get((ticket.queue_id, wanted))
    queue = config.queues.get(ticket.queue_id)
    if response is None or queue is None or not queue.address:
        return Step()
    recipient = parseaddr(article.reply_to or article.sender)[1]
    key = address_key(recipient)
    refusal = article.no_auto_reply or _refusal(recipient, key, queue, config)
    if not refusal and wanted is AutoResponseType.REPLY and ticket.state_type.is_closed:
        refusal = "the new ticket is closed already"
    if refusal:
        return Step((Event(Kind.MISC, {"what": "no automatic reply", "why": refusal, "type": wanted.value}),))
    if config.auto_replies_per_day and context.replies_today(key) >= config.auto_replies_per_day:
        data = {"address": recipient, "limit": config.auto_replies_per_day, "type": wanted.value}
        return Step((Event(Kind.LOOP_PROTECTION, data),))
    reply = NewArticle(
        kind=_KINDS[wanted].value,
        sender_type=SenderType.SYSTEM,
        channel=Channel.EMAIL,
        visible=True,
        sender=_address(queue.realname, queue.address),
        to=recipient,
        subject=_subject(response.subject, ticket, article, config),
        body=fill(response.body, ticket, article, config, queue),
        in_reply_to=article.message_id,
        references=(*article.references, article.message_id) if article.message_id else article.references,
        send=OutgoingMail(recipients=(recipient,), envelope_from="", automatic=True),
    )
    return add_article(ticket, reply)


def fill(text: str, ticket: Ticket, article: NewArticle, config: DeskConfig, queue: Queue) -> str:
    """Fill in the `<OTRS_…>` tags that automatic replies use; unknown tags become `-` (OTRS rule 3.9)."""
    values: dict[str, Callable[[], str]] = {
        "TICKET_TICKETNUMBER": lambda: ticket.number,
        "TICKET_TITLE": lambda: ticket.title,
        "TICKET_QUEUE": lambda: queue.name,
        "CUSTOMER_FROM": lambda: article.sender,
        "CUSTOMER_SUBJECT": lambda: clean_subject(config.subject_style, ticket.number, article.subject),
        "CUSTOMER_REALNAME": lambda: next(filter(None, parseaddr(article.sender)), ""),
    }

    def replaced(match: re.Match[str]) -> str:
        name, count = match.group(1).upper(), int(match.group(2) or 0)
        if name in ("CUSTOMER_EMAIL", "CUSTOMER_BODY"):
            lines = article.body.splitlines()[: count or None]
            return "\n".join(f"> {line}" for line in lines)
        value = values[name]() if name in values else "-"
        return value[:count] + " [...]" if count and len(value) > count else value

    return _TAG.sub(replaced, text)


_TAG = re.compile(r"<OTRS_([A-Za-z_]+)(?:\[(\d{1,4})\])?>")


def _subject(template: str, ticket: Ticket, article: NewArticle, config: DeskConfig) -> str:
    queue = config.queues[ticket.queue_id]
    return build_subject(
        config.subject_style, ticket.number, fill(template, ticket, article, config, queue), "new"
    )


def _address(name: str, address: str) -> str:
    """Return name and address as people read them; `formataddr` encodes every name that is not ASCII."""
    if name.isascii():
        return formataddr((name, address))
    quoted = name.replace("\\", r"\\").replace('"', r"\"")
    return f'"{quoted}" <{address}>'


def _refusal(recipient: str, key: str, queue: Queue, config: DeskConfig) -> str:
    if "@" not in recipient or not recipient.isascii():
        return "no address to answer to"
    if _NEVER_ANSWERED.match(recipient):
        return f"{recipient} is a mail system"
    if key in config.addresses or key == address_key(queue.address):
        return f"{recipient} is an address of this desk"
    return ""
