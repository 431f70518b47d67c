"""What each op does: a pure function from (ticket, op, context) to events.

Invariant: an op that changes nothing gives no event, hence no history, no version and no
notification. Values that can never be right raise `Invalid`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tuidesk.core.domain.actor import Actor, AgentActor, CustomerActor, SystemActor
from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.events import ARTICLE_KINDS, Event, Kind
from tuidesk.core.domain.merge_links import LinkKey, LinkMoves, is_linked
from tuidesk.core.domain.ops import (
    Absorb,
    AddArticle,
    Link,
    LockTicket,
    MergeInto,
    NewTicket,
    NoteDelivery,
    Op,
    SetCustomer,
    SetOwner,
    SetPending,
    SetPriority,
    SetQueue,
    SetResponsible,
    SetState,
    SetTitle,
    SetVisible,
    StopSend,
    Unlink,
    UnlockTicket,
    Unwatch,
    Watch,
)
from tuidesk.core.domain.states import NOBODY, LinkType, Lock, StateType
from tuidesk.core.domain.text import shorten, storable
from tuidesk.core.domain.ticket import Kin, NewArticle, Ticket
from tuidesk.core.errors import Invalid, NotFound

TITLE_MAX = 191


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A mail of the outbox as a `StopSend` finds it."""

    outbox_id: int
    article_no: int
    state: str
    ticket_id: int


@dataclass(frozen=True)
class Context:
    """All that a handler may know beside the ticket and the op.

    `tickets` and `kin` hold the other tickets of the act, `link_moves` what its merges do to links, by ticket,
    `outbox` the mails named by its ops, `replies_today` how many automatic replies each address (key form) got
    on this day.
    """

    config: DeskConfig
    actor: Actor
    now: datetime
    tickets: Mapping[int, Ticket] = field(default_factory=dict)
    kin: Mapping[int, Kin] = field(default_factory=dict)
    outbox: Mapping[int, QueuedMail] = field(default_factory=dict)
    replies_today: Callable[[str], int] = lambda address: 0
    link_moves: Mapping[int, LinkMoves] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NumberedArticle:
    """A new article with the number it gets in its ticket."""

    no: int
    article: NewArticle


@dataclass(frozen=True, slots=True)
class Step:
    """What an op makes happen, in order; `articles` carry the words of the article events."""

    events: tuple[Event, ...] = ()
    articles: tuple[NumberedArticle, ...] = ()


NOTHING = Step()


def created(new: NewTicket, context: Context) -> Step:
    """Return the event that begins a ticket. Raises NotFound and Invalid for values that do not exist."""
    config = context.config
    queue = _known(config.queues, new.queue_id, "queue")
    if new.state_id is None:
        state = config.first_state(StateType.NEW)
    else:
        state = _known(config.states, new.state_id, "state")
    if state.type is StateType.MERGED:
        raise Invalid("state", state.name, "any state but merged, which only a merge sets")
    priority = _known(config.priorities, new.priority_id, "priority")
    pending = _pending_for(state.type, new.pending_until, context.now)
    owner_id = new.owner_id or NOBODY
    if owner_id != NOBODY:
        _agent_for_work(config, owner_id)
    return _event(
        Kind.NEW_TICKET,
        number=new.number,
        title=_title(new.title),
        queue=_named(queue),
        priority=_named(priority),
        state=_state(state),
        owner=_agent(config, owner_id),
        responsible=_agent(config, NOBODY),
        lock=int(Lock.UNLOCK),
        customer_user=storable(new.customer_user),
        customer_id=storable(new.customer_id),
        created_at=(new.created_at or context.now).isoformat(),
        pending_until=pending.isoformat() if pending else None,
    )


def reduce_op(ticket: Ticket, op: Op, context: Context) -> Step:
    """Return what an op makes happen to the ticket. Raises Invalid or NotFound for impossible values."""
    config = context.config
    match op:
        case SetState(state_id, until):
            return _set_state(ticket, _known(config.states, state_id, "state"), until, context)
        case SetPending(until):
            if not ticket.state_type.is_pending:
                raise Invalid("pending", until.isoformat(), "only a ticket in a pending state waits for a time")
            return _set_pending(ticket, _pending_for(ticket.state_type, until, context.now))
        case SetQueue(queue_id):
            queue = _known(config.queues, queue_id, "queue")
            if queue_id == ticket.queue_id:
                return NOTHING
            return _event(Kind.MOVE, new=_named(queue), old=_named_by_id(config.queues, ticket.queue_id))
        case SetOwner(agent_id):
            _agent_for_work(config, agent_id)
            if agent_id == ticket.owner_id:
                return NOTHING
            return _event(Kind.OWNER, new=_agent(config, agent_id), old=_agent(config, ticket.owner_id))
        case SetResponsible(agent_id):
            _agent_for_work(config, agent_id)
            if agent_id == ticket.responsible_id:
                return NOTHING
            old = _agent(config, ticket.responsible_id)
            return _event(Kind.RESPONSIBLE, new=_agent(config, agent_id), old=old)
        case SetPriority(priority_id):
            priority = _known(config.priorities, priority_id, "priority")
            if priority_id == ticket.priority_id:
                return NOTHING
            old = _named_by_id(config.priorities, ticket.priority_id)
            return _event(Kind.PRIORITY, new=_named(priority), old=old)
        case SetTitle(title):
            if not title.strip():
                raise Invalid("title", title, "a title that is not empty")
            new = _title(title)
            return NOTHING if new == ticket.title else _event(Kind.TITLE, new=new, old=ticket.title)
        case SetCustomer(user, company):
            user, company = storable(user), storable(company)
            if (user, company) == (ticket.customer_user, ticket.customer_id):
                return NOTHING
            old = {"customer_user": ticket.customer_user, "customer_id": ticket.customer_id}
            return _event(Kind.CUSTOMER, new={"customer_user": user, "customer_id": company}, old=old)
        case LockTicket():
            return NOTHING if ticket.lock is Lock.LOCK else _event(Kind.LOCK, by=_label(context.actor))
        case UnlockTicket():
            return NOTHING if ticket.lock is Lock.UNLOCK else _event(Kind.UNLOCK, by=_label(context.actor))
        case AddArticle(article):
            return add_article(ticket, article)
        case SetVisible(no, visible):
            return _set_visible(ticket, no, visible, context)
        case Link() | Unlink():
            return _link(ticket, op, context)
        case Watch(agent_id) | Unwatch(agent_id):
            return _watch(ticket, op, agent_id, context)
        case MergeInto(main_id):
            return _merge_into(ticket, main_id, context)
        case Absorb(merged_id):
            return _absorb(ticket, merged_id, context)
        case StopSend(outbox_id):
            return _stop_send(ticket, outbox_id, context)
        case NoteDelivery():
            return _note_delivery(op)


def add_article(ticket: Ticket, article: NewArticle) -> Step:
    """Return the step that adds an article under the next number. Raises Invalid for a kind of no article."""
    if article.kind not in ARTICLE_KINDS:
        raise Invalid("article kind", article.kind, ", ".join(sorted(ARTICLE_KINDS)))
    no = ticket.last_article_no + 1
    head = {
        "id": None,  # drawn when the change is written
        "no": no,
        "sender_type": article.sender_type.value,
        "channel": article.channel.value,
        "visible": article.visible,
    }
    data: dict[str, Any] = {"article": head, "from": article.sender}
    if article.send is not None:
        data["to"] = list(article.send.recipients)
    if article.at is not None:
        data["at"] = article.at.isoformat()
    if article.flags:
        data["flags"] = list(article.flags)
    return Step((Event(Kind(article.kind), data),), (NumberedArticle(no, article),))


def _set_state(ticket: Ticket, state: Any, until: datetime | None, context: Context) -> Step:
    if state.type is StateType.MERGED:
        raise Invalid("state", state.name, "any state but merged, which only a merge sets")
    if state.id == ticket.state_id and until is None:
        return NOTHING  # also when its time has passed meanwhile
    pending = _pending_for(state.type, until or ticket.pending_until, context.now)
    events: tuple[Event, ...] = ()
    if state.id != ticket.state_id:
        old = context.config.states.get(ticket.state_id)
        events = _event(Kind.STATE, new=_state(state), old=_state(old)).events
    return Step((*events, *_set_pending(ticket, pending).events))


def _set_pending(ticket: Ticket, until: datetime | None) -> Step:
    if until == ticket.pending_until:
        return NOTHING
    old = ticket.pending_until
    return _event(
        Kind.PENDING, new=until.isoformat() if until else None, old=old.isoformat() if old else None
    )


def _pending_for(kind: StateType, until: datetime | None, now: datetime) -> datetime | None:
    """Return the pending time that belongs to a state type (OTRS rule 2.1: required, in the future)."""
    if not kind.is_pending:
        return None
    if until is None:
        raise Invalid("until", "", "the time until which the ticket waits, since the state is a pending one")
    if until <= now:
        raise Invalid("pending", until.isoformat(), "a time in the future")
    return until


def _set_visible(ticket: Ticket, no: int, visible: bool, context: Context) -> Step:
    heads = {head.no: head for head in context.kin[ticket.id].articles}
    head = heads.get(no)
    if head is None or head.id is None:
        raise NotFound("article", f"{ticket.number} #{no}")
    if head.visible == visible:
        return NOTHING
    return _event(Kind.VISIBLE, id=head.id, no=no, new=visible, old=head.visible)


def _link(ticket: Ticket, op: Link | Unlink, context: Context) -> Step:
    other = context.tickets.get(op.other_id)
    if other is None:
        raise NotFound("ticket", str(op.other_id))
    if other.id == ticket.id:
        raise Invalid("link", other.number, "another ticket")
    links = context.kin[ticket.id].links
    if isinstance(op, Unlink):
        ends = ((ticket.id, other.id, op.type.value), (other.id, ticket.id, op.type.value))
        found = [link for link in ends if link in links]
        return Step(tuple(_link_event(Kind.LINK_DELETE, link, other) for link in found))
    source, target = (other.id, ticket.id) if op.reverse else (ticket.id, other.id)
    link = (source, target, op.type.value)
    if op.type is LinkType.PARENT_CHILD and (target, source, op.type.value) in links:
        raise Invalid("link", other.number, "two tickets that are not parent and child the other way round")
    return NOTHING if is_linked(links, link) else Step((_link_event(Kind.LINK_ADD, link, other),))


def moved_links(ticket: Ticket, context: Context) -> Step:
    """Return how a ticket's links follow the merges of its act, whether it is merged itself or only linked."""
    moves = context.link_moves.get(ticket.id, LinkMoves())
    told = [(Kind.LINK_DELETE, link) for link in moves.gone] + [(Kind.LINK_ADD, link) for link in moves.new]
    others = [link[0] if link[1] == ticket.id else link[1] for _, link in told]
    return Step(
        tuple(
            _link_event(kind, link, context.tickets[other]) for (kind, link), other in zip(told, others, strict=True)
        )
    )


def _link_event(kind: Kind, link: LinkKey, other: Ticket) -> Event:
    source, target, name = link
    return Event(
        kind,
        {"source": source, "target": target, "type": name, "other": {"id": other.id, "number": other.number}},
    )


def _watch(ticket: Ticket, op: Watch | Unwatch, agent_id: int, context: Context) -> Step:
    if isinstance(op, Watch):
        _agent_for_work(context.config, agent_id)
    watching = agent_id in context.kin[ticket.id].watchers
    wanted = isinstance(op, Watch)
    if watching == wanted:
        return NOTHING
    kind = Kind.SUBSCRIBE if wanted else Kind.UNSUBSCRIBE
    return _event(kind, agent=_agent(context.config, agent_id))


def _merge_into(ticket: Ticket, main_id: int, context: Context) -> Step:
    """End a merged ticket: articles and links go, state and lock follow, watchers leave (OTRS rule 1.12)."""
    main = _merge_partner(ticket, main_id, context)
    kin = context.kin[ticket.id]
    moved = [
        {"id": head.id, "old_no": head.no, "no": no}
        for head, no in zip(kin.articles, _numbers_after(main, kin), strict=True)
    ]
    merged = Event(Kind.MERGED, {"role": "merged", "main": _numbered(main), "articles": moved})
    state = context.config.first_state(StateType.MERGED)
    old = context.config.states.get(ticket.state_id)
    ends = Event(Kind.STATE, {"new": _state(state), "old": _state(old)})
    steps = [merged, ends, *_set_pending(ticket, None).events]
    if ticket.lock is not Lock.UNLOCK:
        steps.append(Event(Kind.UNLOCK, {"by": _label(context.actor)}))
    leavers = sorted(kin.watchers)
    steps += [Event(Kind.UNSUBSCRIBE, {"agent": _agent(context.config, agent)}) for agent in leavers]
    return Step((*steps, *moved_links(ticket, context).events))


def _absorb(ticket: Ticket, merged_id: int, context: Context) -> Step:
    """Take a merged ticket in: its articles under the next numbers, its watchers and links without doubles."""
    merged = _merge_partner(ticket, merged_id, context)
    theirs, ours = context.kin[merged_id], context.kin[ticket.id]
    articles = [
        {
            "id": head.id,
            "old_no": head.no,
            "no": no,
            "sender_type": head.sender_type,
            "channel": head.channel,
            "visible": head.visible,
        }
        for head, no in zip(theirs.articles, _numbers_after(ticket, theirs), strict=True)
    ]
    last = merged.last_customer_article_at
    absorbed = Event(
        Kind.MERGED,
        {
            "role": "main",
            "merged": _numbered(merged),
            "articles": articles,
            "last_customer_article_at": last.isoformat() if last else None,
        },
    )
    comers = sorted(theirs.watchers - ours.watchers)
    joins = [Event(Kind.SUBSCRIBE, {"agent": _agent(context.config, agent)}) for agent in comers]
    return Step((absorbed, *joins, *moved_links(ticket, context).events))


def _merge_partner(ticket: Ticket, other_id: int, context: Context) -> Ticket:
    other = context.tickets.get(other_id)
    if other is None:
        raise NotFound("ticket", str(other_id))
    if other.id == ticket.id:
        raise Invalid("merge", other.number, "another ticket")
    for one in (ticket, other):
        if one.state_type is StateType.MERGED:
            raise Invalid("merge", one.number, "a ticket that is not merged already")
    return other


def _numbers_after(main: Ticket, kin: Kin) -> range:
    """Return the numbers that moved articles get: they go on from the main ticket's, never reusing one."""
    return range(main.last_article_no + 1, main.last_article_no + 1 + len(kin.articles))


def _stop_send(ticket: Ticket, outbox_id: int, context: Context) -> Step:
    mail = context.outbox.get(outbox_id)
    if mail is None or mail.ticket_id != ticket.id:  # rights were checked on this ticket only
        raise NotFound("outbox mail", str(outbox_id))
    if mail.state == "stopped":
        return NOTHING
    if mail.state != "queued":
        raise Invalid("outbox", outbox_id, "a mail that still waits; this one is already on its way")
    return _event(Kind.SEND_STOPPED, outbox_id=outbox_id, no=mail.article_no)


def _note_delivery(op: NoteDelivery) -> Step:
    kind = Kind.SEND_UNCERTAIN if op.outcome == "maybe-sent" else Kind.SEND_ERROR
    return _event(
        kind,
        no=op.article_no,
        address=storable(op.address),
        outcome=op.outcome,
        code=op.code,
        reply=storable(op.reply),
    )


def _event(kind: Kind, **data: Any) -> Step:
    return Step((Event(kind, data),))


def _known(values: Mapping[int, Any], key: int, kind: str) -> Any:
    found = values.get(key)
    if found is None:
        raise NotFound(kind, str(key))
    return found


def _agent_for_work(config: DeskConfig, agent_id: int) -> None:
    agent = _known(config.agents, agent_id, "agent")
    if not agent.valid:
        raise Invalid("agent", agent.login, "an agent who is not disabled")


def _agent(config: DeskConfig, agent_id: int) -> dict[str, Any]:
    return {"id": agent_id, "name": config.agent_name(agent_id)}


def _named(thing: Any) -> dict[str, Any]:
    return {"id": thing.id, "name": thing.name}


def _named_by_id(values: Mapping[int, Any], key: int) -> dict[str, Any]:
    thing = values.get(key)
    return {"id": key, "name": thing.name if thing else f"#{key}"}


def _numbered(ticket: Ticket) -> dict[str, Any]:
    return {"id": ticket.id, "number": ticket.number}


def _state(state: Any) -> dict[str, Any]:
    if state is None:
        return {"id": 0, "name": "", "type": StateType.NEW.value}
    return {"id": state.id, "name": state.name, "type": state.type.value}


def _title(title: str) -> str:
    return shorten(" ".join(storable(title).split()), TITLE_MAX)


def _label(actor: Actor) -> str:
    match actor:
        case AgentActor() | CustomerActor() | SystemActor():
            return actor.label


