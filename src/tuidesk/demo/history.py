"""Playing stories into a desk: every step is an act through the change path, at its own time.

What mail intake decides (follow-ups, strangers, automatic mail) is decided here by the same rules; only
the mails themselves are not stored. Automatic replies are written down but not sent, and of the agents'
answers only the last few leave, so that customers have something to answer once the demo runs.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from email.utils import formataddr, getaddresses
from heapq import merge
from random import Random

from tuidesk.core.clock import FrozenClock
from tuidesk.core.desk import Desk
from tuidesk.core.domain.actor import CLOCK, POSTMASTER, SENDER, Actor, AgentActor, Cause, Door
from tuidesk.core.domain.auto_response import fill as fill_tags
from tuidesk.core.domain.follow_up import follow_up
from tuidesk.core.domain.ops import (
    Absorb,
    Act,
    AddArticle,
    Change,
    Link,
    LockTicket,
    MergeInto,
    NewTicket,
    NoteDelivery,
    Op,
    SetOwner,
    SetPriority,
    SetQueue,
    SetResponsible,
    SetState,
    Watch,
)
from tuidesk.core.domain.states import AutoResponseType, Channel, Lock, SenderType
from tuidesk.core.domain.subject import build_subject
from tuidesk.core.domain.ticket import NewArticle, OutgoingMail, Ticket
from tuidesk.demo.people import MAIN_AGENT
from tuidesk.demo.steps import By, Said, Sets, Step, Story
from tuidesk.demo.story import stories

LEAVING = 4
"""How many of the last answers still leave as mail when the demo starts."""

_AUTO_KINDS = {
    AutoResponseType.REPLY: "SendAutoReply",
    AutoResponseType.NEW_TICKET: "SendAutoReply",
    AutoResponseType.REJECT: "SendAutoReject",
    AutoResponseType.FOLLOW_UP: "SendAutoFollowUp",
}
_WRITTEN = frozenset({"SendAnswer", "Forward", "EmailAgent"})
_SPOKEN = frozenset({"PhoneCallAgent", "PhoneCallCustomer"})


def fill(desk: Desk, clock: FrozenClock, seed: int, count: int) -> int:
    """Play `count` stories of the six weeks before the clock's time into a desk; return how many acts that took.

    `clock` is the desk's own; it ends where it began. The desk must have been made by `setup.make_desk`.
    """
    now = clock.at
    told = list(stories(seed, now, count))
    player = _Player(desk, clock, _leaving(told))
    try:
        with _uncollected():
            for story, step in _by_time(told):
                clock.at = step.at
                player.play(story, step)
    finally:
        clock.at = now
    player.read(Random(f"{seed}:read"))
    return player.acts


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector off: it takes a quarter of the time here and finds next to nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _by_time(told: Sequence[Story]) -> Iterator[tuple[Story, Step]]:
    """Yield all steps of all stories in the order of their times."""

    def of(story: Story) -> Iterator[tuple[Story, Step]]:
        return ((story, step) for step in story.steps)

    return merge(*map(of, told), key=lambda pair: (pair[1].at, pair[0].key))


def _leaving(told: Sequence[Story]) -> frozenset[str]:
    """Return the message ids of the answers that still leave: last words of open stories, the newest ones."""
    found = [
        (story.steps[-1].at, story.steps[-1].said.message_id)
        for story in told
        if story.steps[-1].said is not None
        and story.steps[-1].said.kind == "SendAnswer"
        and story.steps[-1].sets.state == "open"
    ]
    return frozenset(message_id for _, message_id in sorted(found)[-LEAVING:])


class _Player:
    """Plays steps; knows the present ticket of each story by its key."""

    def __init__(self, desk: Desk, clock: FrozenClock, leaving: Collection[str]) -> None:
        self.acts = 0
        self._desk = desk
        self._clock = clock
        self._config = desk.config()
        self._leaving = leaving
        self._tickets: dict[int, Ticket] = {}
        self._last_by_agent: dict[int, str] = {}  # story -> who wrote its last article, empty: a customer

    def play(self, story: Story, step: Step) -> None:
        """Make what one step says."""
        ticket = self._tickets.get(story.key)
        if step.said is not None:
            self._last_by_agent[story.key] = step.agent
        if ticket is None:
            self._begin(story, step)
        elif step.merge_into is not None:
            self._merge(story, step, ticket, self._tickets[step.merge_into])
        elif step.undelivered:
            failed = NoteDelivery(ticket.last_article_no, ticket.customer_user, "dead", 550, step.undelivered)
            self._act(SENDER, Door.JOB, story, Change(ticket.id, (failed,)))
        elif step.by is By.MAIL and step.said is not None and step.said.kind == "FollowUp":
            self._follow_up(story, step.said, ticket)
        else:
            article = [AddArticle(self._article(story, step, step.said, ticket))] if step.said else []
            ops = (*self._takes(step, ticket), *article, *self._ops(step.sets))
            door = {By.MAIL: Door.MAIL, By.CLOCK: Door.JOB}.get(step.by, Door.TUI)
            self._act(self._actor(step), door, story, Change(ticket.id, ops))

    def read(self, rng: Random) -> None:
        """Let the main agent have read most of it: all that is closed, what she wrote, much of the rest."""
        reader = self._config.agent_ids[MAIN_AGENT]
        for key, ticket in self._tickets.items():
            hers = self._last_by_agent.get(key) == MAIN_AGENT
            if not ticket.is_open or hers or rng.random() < 0.45:
                self._desk.mark_seen(reader, ticket.id, ticket.last_article_no)
            elif ticket.last_article_no > 2 and rng.random() < 0.7:
                self._desk.mark_seen(reader, ticket.id, ticket.last_article_no - 1)

    # --- kinds of steps -------------------------------------------------------------------------

    def _begin(self, story: Story, step: Step) -> None:
        said = step.said
        if said is None:
            raise AssertionError("a story begins with an article")
        agent = self._config.agent_ids[step.agent] if step.agent else None
        new = NewTicket(
            number=self._desk.new_number(),
            queue_id=self._config.queue_ids[story.queue],
            title=story.title,
            customer_user=story.customer_user,
            customer_id=story.customer_id,
            priority_id=story.priority,
            owner_id=agent,
            state_id=self._config.state_ids[step.sets.state] if step.sets.state else None,
            pending_until=step.sets.until,
        )
        begins = self._imagined(new)
        article = self._article(story, step, said, begins)
        ops: tuple[Op, ...] = (AddArticle(article),)
        if step.by is By.MAIL and not said.automatic:
            ops = (*ops, *self._auto_reply(begins, article, AutoResponseType.REPLY))
        if agent is not None and step.sets.state == "open":
            ops = (LockTicket(), *ops)
        door = Door.TUI if step.agent else Door.MAIL
        self._act(self._actor(step), door, story, Change(new, ops))

    def _follow_up(self, story: Story, said: Said, ticket: Ticket) -> None:
        decided = follow_up(self._config, ticket, stranger=said.stranger, automatic=said.automatic)
        article = self._customer_article(story, said, ticket)
        if not decided.new_ticket:
            article = replace(article, visible=decided.visible, flags=decided.flags)
            reply = self._auto_reply(ticket, article, decided.auto_response)
            ops = (AddArticle(article), *reply, *decided.ops)
            self._act(POSTMASTER, Door.MAIL, story, Change(ticket.id, ops))
            return
        new = NewTicket(
            number=self._desk.new_number(),
            queue_id=ticket.queue_id,
            title=ticket.title,
            customer_user=ticket.customer_user,
            customer_id=ticket.customer_id,
        )
        reply = self._auto_reply(self._imagined(new), article, decided.auto_response)
        self._act(POSTMASTER, Door.MAIL, story, Change(new, (AddArticle(article), *reply)))
        self._link(self._tickets[story.key], ticket)

    def _merge(self, story: Story, step: Step, ticket: Ticket, main: Ticket) -> None:
        sides = (
            Change(ticket.id, (MergeInto(main.id),)),
            Change(main.id, (Absorb(ticket.id),)),
        )
        done = self._desk.act(self._actor(step), Act(sides, Cause(Door.TUI)))
        self.acts += 1
        self._tickets[story.key] = done.changes[0].ticket
        for key, one in self._tickets.items():
            if one.id == main.id:
                self._tickets[key] = done.changes[1].ticket

    def _link(self, ticket: Ticket, other: Ticket) -> None:
        sides = (
            Change(ticket.id, (Link(other.id),)),
            Change(other.id, (Link(ticket.id, reverse=True),)),
        )
        done = self._desk.act(POSTMASTER, Act(sides, Cause(Door.MAIL)))
        self.acts += 1
        fresh = {change.ticket.id: change.ticket for change in done.changes}
        for key, one in self._tickets.items():
            self._tickets[key] = fresh.get(one.id, one)

    # --- articles -------------------------------------------------------------------------------

    def _article(self, story: Story, step: Step, said: Said, ticket: Ticket) -> NewArticle:
        if said.kind in ("EmailCustomer", "FollowUp"):
            return self._customer_article(story, said, ticket)
        if said.kind in _WRITTEN:
            return self._written(story, said, ticket)
        agent = self._config.agents[self._config.agent_ids[step.agent]] if step.agent else None
        who = formataddr((agent.name, agent.email)) if agent and agent.name.isascii() else ""
        who = who or (f'"{agent.name}" <{agent.email}>' if agent else "tuidesk")
        spoken = said.kind in _SPOKEN
        calls = said.kind == "PhoneCallCustomer"
        return NewArticle(
            kind=said.kind,
            sender_type=SenderType.CUSTOMER if calls else SenderType.AGENT if agent else SenderType.SYSTEM,
            channel=Channel.PHONE if spoken else Channel.INTERNAL,
            visible=spoken,
            sender=story.sender if calls else who,
            to=self._desk_address(ticket) if calls else story.sender if spoken else "",
            subject=said.subject,
            body=said.body,
            attachments=said.files,
        )

    def _customer_article(self, story: Story, said: Said, ticket: Ticket) -> NewArticle:
        first = said.kind == "EmailCustomer"
        return NewArticle(
            kind=said.kind,
            sender_type=SenderType.CUSTOMER,
            channel=Channel.EMAIL,
            visible=True,
            sender=said.sender or story.sender,
            to=self._desk_address(ticket),
            subject=said.subject or (ticket.title if first else self._subject(ticket, answer=True)),
            body=said.body,
            message_id=said.message_id,
            in_reply_to=said.references[-1] if said.references else "",
            references=said.references,
            attachments=said.files,
        )

    def _written(self, story: Story, said: Said, ticket: Ticket) -> NewArticle:
        queue = self._config.queues[ticket.queue_id]
        leaves = None
        if said.message_id in self._leaving:
            leaves = OutgoingMail((getaddresses([story.sender])[0][1],), queue.address)
        return NewArticle(
            kind=said.kind,
            sender_type=SenderType.AGENT,
            channel=Channel.EMAIL,
            visible=said.kind != "Forward",
            sender=formataddr((queue.realname, queue.address)),
            to=said.to or story.sender,
            subject=self._subject(ticket, answer=said.kind == "SendAnswer"),
            body=said.body,
            message_id=said.message_id,
            in_reply_to=said.references[-1] if said.references else "",
            references=said.references,
            attachments=said.files,
            send=leaves,
        )

    def _auto_reply(
        self, ticket: Ticket, article: NewArticle, wanted: AutoResponseType | None
    ) -> tuple[AddArticle, ...]:
        """Return the automatic reply as it would have been sent, none if the queue has none of that type."""
        response = self._config.auto_responses.get((ticket.queue_id, wanted)) if wanted else None
        if wanted is None or response is None:
            return ()
        queue = self._config.queues[ticket.queue_id]
        reply = NewArticle(
            kind=_AUTO_KINDS[wanted],
            sender_type=SenderType.SYSTEM,
            channel=Channel.EMAIL,
            visible=True,
            sender=formataddr((queue.realname, queue.address)),
            to=article.sender,
            subject=build_subject(
                self._config.subject_style,
                ticket.number,
                fill_tags(response.subject, ticket, article, self._config, queue),
                "new",
            ),
            body=fill_tags(response.body, ticket, article, self._config, queue),
            in_reply_to=article.message_id,
        )
        return (AddArticle(reply),)

    # --- small parts ----------------------------------------------------------------------------

    def _act(self, actor: Actor, door: Door, story: Story, change: Change) -> None:
        done = self._desk.act(actor, Act((change,), Cause(door)))
        self.acts += 1
        self._tickets[story.key] = done.changes[0].ticket

    def _actor(self, step: Step) -> Actor:
        if step.by is By.AGENT:
            return AgentActor(self._config.agent_ids[step.agent], step.agent)
        return CLOCK if step.by is By.CLOCK else POSTMASTER

    def _takes(self, step: Step, ticket: Ticket) -> tuple[Op, ...]:
        """Take a ticket over that somebody else holds, as an agent does before she goes on with it."""
        if step.by is not By.AGENT or step.sets.owner or ticket.lock is not Lock.LOCK:
            return ()
        if step.said is not None and step.said.kind == "AddNote" and not step.sets.queue:
            return ()  # anybody may leave a note
        agent_id = self._config.agent_ids[step.agent]
        return () if agent_id == ticket.owner_id else (SetOwner(agent_id),)

    def _ops(self, sets: Sets) -> tuple[Op, ...]:
        config = self._config
        ops: list[Op] = []
        if sets.owner:
            ops.append(SetOwner(config.agent_ids[sets.owner]))
        if sets.responsible:
            ops.append(SetResponsible(config.agent_ids[sets.responsible]))
        if sets.watcher:
            ops.append(Watch(config.agent_ids[sets.watcher]))
        if sets.priority is not None:
            ops.append(SetPriority(sets.priority))
        if sets.state:
            ops.append(SetState(config.state_ids[sets.state], sets.until))
        if sets.queue:
            ops.append(SetQueue(config.queue_ids[sets.queue]))
        return tuple(ops)

    def _imagined(self, new: NewTicket) -> Ticket:
        """Return a ticket that is about to be made, as far as its articles need to know it."""
        return Ticket(
            id=0, version=0, number=new.number, title=new.title, queue_id=new.queue_id, customer_user=new.customer_user
        )

    def _subject(self, ticket: Ticket, *, answer: bool) -> str:
        return build_subject(self._config.subject_style, ticket.number, ticket.title, "reply" if answer else "new")

    def _desk_address(self, ticket: Ticket) -> str:
        return self._config.queues[ticket.queue_id].address
