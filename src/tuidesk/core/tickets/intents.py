"""What people mean, as ops: answer, note, call, new mail, merge, link. Shared by every door.

These functions only build; `ChangePath.act` checks and makes. They take what the door has already read.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import formataddr

from tuidesk.core.domain.actor import Cause
from tuidesk.core.domain.desk_config import DeskConfig, Queue
from tuidesk.core.domain.ops import (
    Absorb,
    Act,
    AddArticle,
    Change,
    Link,
    MergeInto,
    NewTicket,
    Op,
    SetState,
    Unlink,
)
from tuidesk.core.domain.states import Channel, LinkType, SenderType, StateType
from tuidesk.core.domain.subject import build_subject
from tuidesk.core.domain.text import address_key, storable
from tuidesk.core.domain.ticket import Attachment, NewArticle, OutgoingMail, Ticket
from tuidesk.core.errors import Invalid
from tuidesk.core.mail.compose import beginning, mail_addresses, quoted
from tuidesk.core.mail.recipients import recipients
from tuidesk.core.store.ticket_view import Article

FORWARDED_LINES, FORWARDED_CHARACTERS = 5_000, 500_000
"""More of a text is not put into a letter that somebody edits."""


def last_customer_article(articles: Sequence[Article]) -> Article | None:
    """Return the newest visible article that a customer wrote."""
    return next((one for one in reversed(articles) if one.sender_type is SenderType.CUSTOMER and one.visible), None)


def reply_recipients(
    config: DeskConfig, ticket: Ticket, article: Article | None, *, everybody: bool
) -> tuple[str, str]:
    """Return (to, cc) of an answer: who wrote the article, and with `everybody` its other people.

    Addresses of the desk itself are left out, so that no queue writes to itself.
    """
    if article is None:
        return (ticket.customer_user if "@" in ticket.customer_user else ""), ""
    if article.sender_type is SenderType.CUSTOMER:
        to = article.reply_to or article.sender
    else:
        to = article.to
    if not everybody:
        return to, ""
    taken = {address_key(address) for address in mail_addresses(to)} | set(config.addresses)
    others = [
        address for address in mail_addresses(", ".join((article.to, article.cc))) if address_key(address) not in taken
    ]
    return to, ", ".join(others)


def reply_subject(config: DeskConfig, ticket: Ticket, article: Article | None) -> str:
    """Return the subject of an answer, with the ticket's number."""
    subject = article.subject if article is not None and article.subject else ticket.title
    return build_subject(config.subject_style, ticket.number, subject, "reply")


def forward_subject(config: DeskConfig, ticket: Ticket, article: Article | None) -> str:
    """Return the subject of a forwarded article, with the ticket's number."""
    subject = article.subject if article is not None and article.subject else ticket.title
    return build_subject(config.subject_style, ticket.number, subject, "forward")


def reply_body(config: DeskConfig, ticket: Ticket, article: Article | None, attribution: str) -> str:
    """Return what a composer starts with: salutation, room to write, the quoted article, the signature."""
    queue = config.queues[ticket.queue_id]
    greeting = queue.salutation.strip()
    parts = [f"{greeting}\n\n" if greeting else "", "\n\n"]  # room to write comes first
    if article is not None and article.body.strip():
        parts.append(quoted(article.body, attribution) + "\n")
    if queue.signature.strip():
        parts.append(f"\n-- \n{queue.signature.strip()}\n")
    return "".join(parts)


def forward_body(config: DeskConfig, ticket: Ticket, article: Article | None, when: str) -> str:
    """Return what a forward starts with: room to write, the article with its head, the signature; `when` it came."""
    signature = config.queues[ticket.queue_id].signature.strip()
    parts = ["\n\n"]
    if article is not None:
        people = (("From", article.sender), ("To", article.to), ("Cc", article.cc))
        head = (*people, ("Date", when), ("Subject", article.subject))
        parts += [
            f"---- Forwarded message from {article.sender or article.sender_type.value} ----\n\n",
            "".join(f"{name}: {value}\n" for name, value in head if value),
            "\n" + "\n".join(beginning(article.body, FORWARDED_LINES, FORWARDED_CHARACTERS)),
            "\n\n---- End forwarded message ----\n",
        ]
    if signature:
        parts.append(f"\n-- \n{signature}\n")
    return "".join(parts)


def reply(
    config: DeskConfig,
    ticket: Ticket,
    article: Article | None,
    *,
    to: str,
    cc: str,
    subject: str,
    body: str,
    attachments: Sequence[Attachment] = (),
    delay_s: int = 0,
    kind: str = "SendAnswer",
) -> AddArticle:
    """Return the op that answers an article by mail from the queue's address.

    Raises Invalid when there is nobody to send to, or something else than addresses is in `to` or `cc`, or the
    queue has no address to send from.
    """
    queue = config.queues[ticket.queue_id]
    return AddArticle(
        NewArticle(
            kind=kind,
            sender_type=SenderType.AGENT,
            channel=Channel.EMAIL,
            visible=True,
            sender=sender_of(queue),
            to=storable(to),
            cc=storable(cc),
            subject=storable(subject),
            body=storable(body),
            in_reply_to=article.message_id if article else "",
            references=(*article.references, article.message_id) if article and article.message_id else (),
            attachments=tuple(attachments),
            send=_outgoing(queue, to, cc, delay_s),
        )
    )


def sender_of(queue: Queue) -> str:
    """Return the From of a queue's mail. Raises Invalid when it has no address."""
    if not queue.address:
        raise Invalid("queue", queue.name, "a queue with an address to send from (queue set --address)")
    return (
        formataddr((queue.realname, queue.address))
        if queue.realname.isascii()
        else (f'"{queue.realname}" <{queue.address}>')
    )


def _outgoing(queue: Queue, to: str, cc: str, delay_s: int) -> OutgoingMail:
    everybody = tuple(dict.fromkeys((*recipients("to", to), *recipients("cc", cc))))
    if not everybody:
        raise Invalid("to", "", "at least one mail address")
    return OutgoingMail(recipients=everybody, envelope_from=queue.address, delay_s=delay_s)


def after_reply(config: DeskConfig, ticket: Ticket) -> tuple[Op, ...]:
    """Return what an answer does to the state: an answered ticket is open (OTRS rule 2.2)."""
    if ticket.state_type in (StateType.OPEN, StateType.MERGED):
        return ()
    return (SetState(config.first_state(StateType.OPEN).id),)


def note(subject: str, body: str, *, visible: bool = False, attachments: Sequence[Attachment] = (),
         sender: str = "") -> AddArticle:  # fmt: skip
    """Return the op that adds a note of an agent."""
    return AddArticle(
        NewArticle(
            kind="AddNote",
            sender_type=SenderType.AGENT,
            channel=Channel.INTERNAL,
            visible=visible,
            sender=storable(sender),
            subject=storable(subject),
            body=storable(body),
            attachments=tuple(attachments),
        )
    )


def phone_call(
    subject: str, body: str, *, inbound: bool, sender: str, attachments: Sequence[Attachment] = ()
) -> AddArticle:
    """Return the op that logs a call: the customer's words when inbound, the agent's otherwise."""
    return AddArticle(
        NewArticle(
            kind="PhoneCallCustomer" if inbound else "PhoneCallAgent",
            sender_type=SenderType.CUSTOMER if inbound else SenderType.AGENT,
            channel=Channel.PHONE,
            visible=True,
            sender=storable(sender),
            subject=storable(subject),
            body=storable(body),
            attachments=tuple(attachments),
        )
    )


def first_mail(
    config: DeskConfig,
    queue_id: int,
    number: str,
    *,
    to: str,
    cc: str,
    subject: str,
    body: str,
    attachments: Sequence[Attachment] = (),
    delay_s: int = 0,
) -> AddArticle:
    """Return the op that begins a ticket by a mail to a customer. Raises Invalid as `reply` does."""
    queue = config.queues[queue_id]
    return AddArticle(
        NewArticle(
            kind="EmailAgent",
            sender_type=SenderType.AGENT,
            channel=Channel.EMAIL,
            visible=True,
            sender=sender_of(queue),
            to=storable(to),
            cc=storable(cc),
            subject=build_subject(config.subject_style, number, storable(subject), "new"),
            body=storable(body),
            attachments=tuple(attachments),
            send=_outgoing(queue, to, cc, delay_s),
        )
    )


def new_ticket(
    number: str,
    queue_id: int,
    title: str,
    customer_user: str,
    customer_id: str,
    first: AddArticle,
    cause: Cause,
    *,
    state_id: int | None = None,
    priority_id: int = 3,
) -> Act:
    """Return the act that makes a ticket with its first article."""
    if not title.strip():
        raise Invalid("title", title, "a title that is not empty")
    new = NewTicket(
        number=number,
        queue_id=queue_id,
        title=storable(title),
        customer_user=storable(customer_user),
        customer_id=storable(customer_id),
        state_id=state_id,
        priority_id=priority_id,
    )
    return Act((Change(new, (first,)),), cause)


def merge(
    merged: Ticket, main: Ticket, cause: Cause, note_text: str, *, sender: str = "", seen: bool = False
) -> Act:
    """Return the act that ends `merged` as a part of `main` (OTRS rule 1.12).

    `note_text` is the words of the note that stays in the merged ticket, `sender` who wrote it.
    Raises Invalid for one and the same ticket.
    """
    if merged.id == main.id:
        raise Invalid("into", main.number, "another ticket than the one that is merged")
    stays = note("Ticket Merged", note_text, visible=True, sender=sender)
    return Act(
        (
            Change(merged.id, (MergeInto(main.id), stays), merged.version if seen else None),
            Change(main.id, (Absorb(merged.id),), main.version if seen else None),
        ),
        cause,
    )


def link(source: Ticket, target: Ticket, kind: LinkType, cause: Cause) -> Act:
    """Return the act that links two tickets, `source` being the parent of a ParentChild link.

    Raises Invalid for one and the same ticket.
    """
    if source.id == target.id:
        raise Invalid("link", target.number, "another ticket than the one that is linked")
    return Act(
        (
            Change(source.id, (Link(target.id, kind),)),
            Change(target.id, (Link(source.id, kind, reverse=True),)),
        ),
        cause,
    )


def unlink(one: Ticket, other: Ticket, kind: LinkType, cause: Cause) -> Act:
    """Return the act that takes a link away."""
    return Act((Change(one.id, (Unlink(other.id, kind),)), Change(other.id, (Unlink(one.id, kind),))), cause)
