"""The one path by which tickets change: lock, expect, expand, authorise, reduce, automate, write.

Every door comes here with an `Act`. Nothing leaves the process from here and nothing is announced;
the caller commits. What is decided is pure (see `domain`); this module reads what the decision needs,
and writes what was decided, all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from tuidesk.core.domain.actor import Actor, AgentActor
from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.events import Event
from tuidesk.core.domain.evolve import evolve_kin, fold
from tuidesk.core.domain.expand import claims, releases
from tuidesk.core.domain.expect import conflicts
from tuidesk.core.domain.handlers import Context, Step, created, moved_links, reduce_op
from tuidesk.core.domain.merge_links import moves_by_merges
from tuidesk.core.domain.ops import (
    Absorb,
    Act,
    AddArticle,
    Change,
    Link,
    MergeInto,
    NewTicket,
    Op,
    SetVisible,
    StopSend,
    Unlink,
    Unwatch,
    Watch,
)
from tuidesk.core.domain.permissions import check_create, check_op
from tuidesk.core.domain.rules import Rule
from tuidesk.core.domain.ticket import Kin, Ticket
from tuidesk.core.errors import Invalid, NotFound, StaleTicket
from tuidesk.core.store.agent_state import mark_written
from tuidesk.core.store.auto_replies import replies_on
from tuidesk.core.store.ticket_reads import kin_of, later_events, linked_to, lock_tickets, queued_mails
from tuidesk.core.store.ticket_writes import draw_ids, insert_act, insert_change, write_ticket
from tuidesk.core.tickets.automate import automate
from tuidesk.core.tickets.decision import ActDone, ChangeDone, Decision, PlacedChange, Surroundings
from tuidesk.core.tickets.place import place
from tuidesk.core.tickets.write_articles import write_articles
from tuidesk.core.tickets.write_kin import reckon, write_kin

_NEEDS_KIN = (Watch, Unwatch, Link, Unlink, SetVisible, MergeInto, Absorb)


def apply(connection: sa.Connection, actor: Actor, act: Act, around: Surroundings) -> ActDone:
    """Make an act's changes in the caller's transaction.

    Raises NotFound for a ticket that is not there, StaleTicket, LockedByOther, Denied and Invalid
    when it is refused; then nothing was written.
    """
    _check_tickets(act)
    _check_merges(act)
    _check_links(act)
    tickets = lock(connection, act, around.config)
    expect(connection, act, tickets)
    context = surround(connection, actor, act, tickets, around)
    act = follow(act, context)
    decisions = [decide(connection, change, tickets, context, around.rules) for change in act.changes]
    return write(connection, actor, act, decisions, around)


def lock(connection: sa.Connection, act: Act, config: DeskConfig) -> dict[int, Ticket]:
    """Lock the tickets of an act in ascending id, those that its links only name and those linked to merged ones."""
    wanted = {change.ticket for change in act.changes if isinstance(change.ticket, int)}
    named = {op.other_id for change in act.changes for op in change.ops if isinstance(op, Link | Unlink)}
    merged = merges_of(act).keys()
    linked = linked_to(connection, merged) if merged else set()
    tickets = lock_tickets(connection, wanted | named | linked, config)
    if merged and (late := linked_to(connection, merged) - tickets.keys()):
        tickets |= lock_tickets(connection, late, config)  # linked since; what this may block is tried again
    for missing in sorted((wanted | named) - tickets.keys()):
        raise NotFound("ticket", str(missing))
    return tickets


def expect(connection: sa.Connection, act: Act, tickets: dict[int, Ticket]) -> None:
    """Refuse to overwrite, field by field, what others changed since the actor looked.

    Raises StaleTicket, and Invalid for a version that the ticket never had.
    """
    for change in act.changes:
        if not isinstance(change.ticket, int) or change.seen_version is None:
            continue
        ticket = tickets[change.ticket]
        if change.seen_version > ticket.version:
            raise Invalid("seen", change.seen_version, f"a version that the ticket has had, {ticket.version} at most")
        if change.seen_version == ticket.version:
            continue
        found = conflicts(ticket, change.ops, later_events(connection, ticket.id, change.seen_version))
        if found:
            raise StaleTicket(ticket.number, found)


def surround(
    connection: sa.Connection, actor: Actor, act: Act, tickets: dict[int, Ticket], around: Surroundings
) -> Context:
    """Read what the handlers of the act's ops need to know beside their ticket."""
    ops = [(change.ticket, op) for change in act.changes for op in change.ops]
    related = {ticket for ticket, op in ops if isinstance(op, _NEEDS_KIN) and isinstance(ticket, int)}
    mails = {op.outbox_id for _, op in ops if isinstance(op, StopSend)}
    kin = kin_of(connection, related) if related else {}
    merges = merges_of(act)
    links = (link for pair in merges.items() for side in pair if side in kin for link in kin[side].links)
    return Context(
        config=around.config,
        actor=actor,
        now=around.now,
        tickets=tickets,
        kin=kin,
        outbox=queued_mails(connection, mails),
        replies_today=lambda key: replies_on(connection, around.today, key),
        link_moves=moves_by_merges(merges, links) if merges else {},
    )


def follow(act: Act, context: Context) -> Act:
    """Give tickets whose links follow a merge a change of their own: they tell it as well.

    Nothing else is done to them, so who may merge needs no right on them.
    """
    present = {change.ticket for change in act.changes}
    more = tuple(Change(ticket, ()) for ticket in sorted(context.link_moves) if ticket not in present)
    return replace(act, changes=(*act.changes, *more)) if more else act


def merges_of(act: Act) -> dict[int, int]:
    """Return the main ticket of each ticket that an act merges."""
    return {
        change.ticket: op.main_id
        for change in act.changes
        for op in change.ops
        if isinstance(op, MergeInto) and isinstance(change.ticket, int)
    }


def decide(
    connection: sa.Connection,
    change: Change,
    tickets: dict[int, Ticket],
    context: Context,
    rules: tuple[Rule, ...],
) -> Decision:
    """Expand, authorise, reduce and automate one change; nothing is written."""
    config, actor = context.config, context.actor
    kin = dict(context.kin)  # of this change alone: a merge partner must see the others as they were
    context = replace(context, kin=kin)
    if isinstance(change.ticket, NewTicket):
        check_create(config, actor, change.ticket.queue_id)
        before = Ticket(id=0, version=0)
        kin[before.id] = Kin()
        step = created(_titled(change.ticket, change.ops), context)
        ticket = fold(before, step.events, context.now)
        ops: tuple[Op, ...] = change.ops
        authorised_against = ticket
        must_be_allowed: tuple[Op, ...] = tuple(op for op in ops if not isinstance(op, AddArticle))
    else:
        before = ticket = authorised_against = tickets[change.ticket]
        # the two sides of a merge tell it as a part of their op, which comes first
        merges = any(isinstance(op, MergeInto | Absorb) for op in change.ops)
        step = Step() if merges else moved_links(before, context)
        _tell(kin, before.id, step.events)
        ops = (*claims(config, actor, before, change.ops), *change.ops, *releases(config, before, change.ops))
        must_be_allowed = change.ops  # what the lock adds is allowed by the op that needs it
    for op in must_be_allowed:
        check_op(config, actor, authorised_against, op)
    events, articles = list(step.events), list(step.articles)
    for op in ops:
        done = reduce_op(ticket, op, context)
        events += done.events
        articles += done.articles
        ticket = fold(ticket, done.events, context.now)
        _tell(kin, ticket.id, done.events)
    more = automate(connection, ticket, tuple(events), tuple(articles), context, rules)
    events += more.events
    articles += more.articles
    ticket = fold(ticket, more.events, context.now)
    if events:
        ticket = replace(ticket, version=before.version + 1, changed_at=context.now)
    return Decision(before, ticket, tuple(events), tuple(articles))


def _tell(kin: dict[int, Kin], ticket_id: int, events: Sequence[Event]) -> None:
    """Fold events over what is known of a ticket's kin, if anything had to be known."""
    if ticket_id in kin:
        for event in events:
            kin[ticket_id] = evolve_kin(kin[ticket_id], event)


def write(
    connection: sa.Connection, actor: Actor, act: Act, decisions: Sequence[Decision], around: Surroundings
) -> ActDone:
    """Write an act as a whole: changes and history, then articles and their kin, then all ticket rows."""
    real = [decision for decision in decisions if decision.events]
    if not real:
        return ActDone(None, tuple(ChangeDone(decision.after, None, (), (), ()) for decision in decisions))
    ids = draw_ids(
        connection,
        changes=len(real),
        tickets=sum(1 for decision in real if decision.before.version == 0),
        articles=sum(len(decision.articles) for decision in real),
        mails=sum(1 for decision in real for item in decision.articles if item.article.send),
    )
    insert_act(
        connection,
        ids.act,
        at=around.now,
        recorded_at=around.now,
        actor=actor.label,
        door=act.cause.door.value,
        undoes=act.undoes,
    )
    places = iter(place(real, ids, around.fqdn))
    placed = [next(places) if decision.events else None for decision in decisions]
    written = [change for change in placed if change is not None]
    for change in written:
        insert_change(
            connection, change.change_id, ids.act, change.after, act.cause.parent_change, change.events, actor.label
        )
    write_articles(connection, written, around)
    for change in written:
        write_kin(connection, change, around)
    for change in written:  # after all of them: a merge moves articles from one ticket to the other
        reckon(connection, change, around)
    for change in sorted(written, key=lambda change: change.after.id):
        write_ticket(connection, change.after)
    if isinstance(actor, AgentActor):
        for change in written:
            if change.articles:
                first, last = change.articles[0].no, change.articles[-1].no
                mark_written(connection, actor.agent_id, change.after.id, first, last)
    return ActDone(
        ids.act,
        tuple(
            ChangeDone(decision.after, None, (), (), ()) if change is None else _done(change)
            for decision, change in zip(decisions, placed, strict=True)
        ),
    )


def _done(change: PlacedChange) -> ChangeDone:
    return ChangeDone(
        change.after,
        change.change_id,
        change.events,
        tuple(article.id for article in change.articles),
        tuple(article.outbox_id for article in change.articles if article.outbox_id is not None),
    )


def _titled(new: NewTicket, ops: Sequence[Op]) -> NewTicket:
    if new.title.strip():
        return new
    return replace(new, title=next((op.article.subject for op in ops if isinstance(op, AddArticle)), ""))


def _check_tickets(act: Act) -> None:
    """Refuse two changes of one ticket: each ticket gets one version an act."""
    seen: set[int] = set()
    for change in act.changes:
        if isinstance(change.ticket, int):
            if change.ticket in seen:
                raise Invalid("act", change.ticket, "one change for each ticket")
            seen.add(change.ticket)


def _check_links(act: Act) -> None:
    """Refuse half a link: both ends tell it in their history, and tell the same."""
    told: dict[tuple[type[Op], int, int, str], set[int]] = {}
    for change in act.changes:
        for op in change.ops:
            if not isinstance(op, Link | Unlink):
                continue
            if not isinstance(change.ticket, int):
                raise Invalid("link", op.other_id, "a link of two tickets that exist")
            ends = (change.ticket, op.other_id)
            if isinstance(op, Unlink):
                ends = (min(ends), max(ends))
            elif op.reverse:
                ends = (op.other_id, change.ticket)
            told.setdefault((type(op), *ends, op.type.value), set()).add(change.ticket)
    for (_, source, target, _), tellers in told.items():
        if tellers != {source, target}:
            raise Invalid("link", (source, target), "an act that changes both tickets")


def _check_merges(act: Act) -> None:
    """Refuse half a merge: the two sides name each other, and come first in their changes."""
    sides = set()
    for change in act.changes:
        for n, op in enumerate(change.ops):
            if isinstance(op, MergeInto | Absorb):
                if n > 0 or not isinstance(change.ticket, int):
                    raise Invalid("merge", n, "the first op of a change of an existing ticket")
                pair = (change.ticket, op.main_id) if isinstance(op, MergeInto) else (op.merged_id, change.ticket)
                sides.add((type(op), pair))
    for kind, pair in sides:
        other = Absorb if kind is MergeInto else MergeInto
        if (other, pair) not in sides:
            raise Invalid("merge", pair, "an act that changes both tickets")
