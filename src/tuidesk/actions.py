"""The registry of what an agent can do by key: ids, keys, where they work, what they need.

Keys, the `?` sheet and the command bar come from here and from nowhere else. Must not import screens:
an action names what it does by its id, and the screen has a method for it (`ticket.take` → `do_ticket_take`).
Invariant, checked by a test: no two actions that one screen offers share a key or begin one another's keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from tuidesk.core.domain.states import Right
from tuidesk.core.i18n import _

if TYPE_CHECKING:
    from tuidesk.core.domain.desk_config import DeskConfig


class Context(Enum):
    """Where an action works; a screen offers those of all its contexts."""

    APP = "app"
    MOTION = "motion"
    TICKETS = "tickets"  # a ticket is under the cursor or open
    LIST = "list"
    TICKET = "ticket"
    DASHBOARD = "dashboard"
    SEARCH = "search"
    RETRY = "retry"
    REVIEW = "review"  # a composed text, before it is sent
    DRAFTS = "drafts"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do; `right` is what it needs on the ticket's queue, `bulk` whether `;` may precede it.

    `short` is its word in the status line, where there is little room. `begins_text` says that what is typed
    behind it is a text.
    """

    id: str
    keys: tuple[tuple[str, ...], ...]
    context: Context
    title: str
    right: Right | None = None
    short: str = ""
    only_open: bool = False
    needs_ticket: bool = False
    bulk: bool = False
    begins_text: bool = False

    @property
    def method(self) -> str:
        """The name of the method that does it."""
        return "do_" + self.id.replace(".", "_")


@dataclass(frozen=True, slots=True)
class Subject:
    """The ticket that an action is about, as far as rights and words need it."""

    id: int
    version: int
    number: str
    title: str
    queue_id: int
    state_id: int
    priority_id: int
    owner_id: int
    responsible_id: int
    locked: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides whether an action can be done now."""

    agent_id: int
    config: DeskConfig | None
    subject: Subject | None


def why_not(action: Action, situation: Situation) -> str:
    """Return why an action cannot be done now, "" when it can.

    The answer saves a vain try; who may do what is decided by the desk alone.
    """
    if not (action.needs_ticket or action.right):
        return ""
    if situation.config is None:
        return _("the desk is not open yet")
    if situation.subject is None:
        return _("no ticket is chosen")
    subject = situation.subject
    if action.only_open and subject.closed:
        return _("the ticket is closed")
    if action.right is not None:
        hers = situation.agent_id in (subject.owner_id, subject.responsible_id)
        from tuidesk.core.domain.viewer import rights_on  # loaded with the desk, after the first frame

        if not hers and action.right not in rights_on(situation.config, situation.agent_id, subject.queue_id):
            return _("you lack the right “{right}” here").format(right=action.right.value)
    return ""


def _keys(text: str) -> tuple[tuple[str, ...], ...]:
    """Return sequences from `g d | home`: keys parted by blanks, alternatives by ` | `."""
    return tuple(tuple(one.split()) for one in text.split(" | "))


def all_actions() -> tuple[Action, ...]:
    """Return every action, with titles in the language in use."""
    app, motion, tickets = Context.APP, Context.MOTION, Context.TICKETS
    in_list, ticket, retry, review = Context.LIST, Context.TICKET, Context.RETRY, Context.REVIEW

    priorities = (
        _("Priority very low"),
        _("Priority low"),
        _("Priority normal"),
        _("Priority high"),
        _("Priority very high"),
    )

    def on_ticket(id_: str, keys: str, title: str, right: Right | None, short: str = "", **more: bool) -> Action:
        return Action(id_, _keys(keys), tickets, title, right, short, needs_ticket=True, **more)

    return (
        Action("app.back", _keys("escape | q"), app, _("Back, losing nothing"), short=_("back")),
        Action("app.quit", _keys("Q"), app, _("Leave tuidesk"), short=_("quit")),
        Action("app.help", _keys("?"), app, _("What can I do here?")),
        Action("app.command", _keys(":"), app, _("Find a command"), short=_("command")),
        Action("app.refresh", _keys("R"), app, _("Read again")),
        Action("app.redraw", _keys("ctrl+l"), app, _("Draw the screen again")),
        Action("app.mouse", _keys("%"), app, _("Mouse on, or off to let the terminal select text")),
        Action("app.suspend", _keys("ctrl+z"), app, _("To the background")),
        Action("go.dashboard", _keys("g d"), app, _("Dashboard")),
        Action("go.mine", _keys("g t | g 1"), app, _("My tickets")),
        Action("go.escalated", _keys("g 2"), app, _("Escalated tickets")),
        Action("go.new", _keys("g 3"), app, _("New tickets")),
        Action("go.reminders", _keys("g 4"), app, _("My reminders")),
        Action("go.unassigned", _keys("g 5"), app, _("Tickets without owner")),
        Action("go.queues", _keys("g 6"), app, _("All my queues")),
        Action("go.watched", _keys("g 7"), app, _("Watched tickets")),
        Action("go.open", _keys("g 8"), app, _("All open tickets")),
        Action("go.all", _keys("g 9"), app, _("All tickets")),
        Action("go.queue", _keys("g q"), app, _("A queue …")),
        Action("go.search", _keys("/ | g s"), app, _("Search"), short=_("find")),
        Action("go.outbox", _keys("g o"), app, _("Outbox")),
        Action("go.failed", _keys("g m"), app, _("Mail that could not be taken in")),
        Action("go.drafts", _keys("g f"), app, _("My drafts")),
        Action("go.last", _keys("g '"), app, _("The last ticket again")),
        Action("ticket.create", _keys("C"), app, _("New ticket"), short=_("new")),
        Action("mail.stop", _keys("u"), app, _("Stop the mail that is about to leave")),
        #
        Action("move.down", _keys("j | down"), motion, _("Down")),
        Action("move.up", _keys("k | up"), motion, _("Up")),
        Action("move.half_down", _keys("ctrl+d"), motion, _("Half a page down")),
        Action("move.half_up", _keys("ctrl+u"), motion, _("Half a page up")),
        Action("move.page_down", _keys("pagedown | ctrl+f"), motion, _("A page down")),
        Action("move.page_up", _keys("pageup"), motion, _("A page up")),
        Action("move.first", _keys("g g | home"), motion, _("To the first")),
        Action("move.last", _keys("G | end"), motion, _("To the last")),
        Action("move.open", _keys("enter"), motion, _("Open; after a number: that ticket"), short=_("open")),
        #
        Action("list.mark", _keys("space"), in_list, _("Mark")),
        Action("list.mark_range", _keys("V"), in_list, _("Mark from the last mark to here")),
        Action("list.mark_all", _keys("*"), in_list, _("Mark all that are loaded")),
        Action("list.unmark", _keys("U"), in_list, _("Take all marks away")),
        Action("list.bulk", _keys(";"), in_list, _("Let the next key act on the marked ones")),
        Action("list.limit", _keys("l"), in_list, _("Limit the list to …"), short=_("limit")),
        Action("list.sort", _keys("o"), in_list, _("Order")),
        Action("list.views", _keys("f"), in_list, _("Views and queues"), short=_("views")),
        Action("list.preview", _keys("P"), in_list, _("Preview on, or off")),
        Action("list.preview_down", _keys("J"), in_list, _("Preview: down")),
        Action("list.preview_up", _keys("K"), in_list, _("Preview: up")),
        #
        Action("article.next", _keys("n"), ticket, _("Next article"), short=_("article")),
        Action("article.previous", _keys("p"), ticket, _("Previous article")),
        Action("article.page_down", _keys("space"), ticket, _("A page down")),
        Action("article.page_up", _keys("-"), ticket, _("A page up")),
        Action("article.unfold_all", _keys("z R"), ticket, _("Unfold everything")),
        Action("article.fold_all", _keys("z M"), ticket, _("Fold all articles")),
        Action("ticket.next", _keys("J"), ticket, _("Next ticket of the list")),
        Action("ticket.previous", _keys("K"), ticket, _("Previous ticket of the list")),
        Action("ticket.facts", _keys("b"), ticket, _("Facts beside the conversation")),
        *(
            Action(f"article.file_{n}", _keys(f"d {n}"), ticket, _("Save file {n}").format(n=n), needs_ticket=True)
            for n in range(1, 10)
        ),
        Action("ticket.files", _keys("d d"), tickets, _("Files of the ticket …"), needs_ticket=True),
        Action("go.customer", _keys("g c"), tickets, _("All tickets of this customer"), needs_ticket=True),
        Action("ticket.unread", _keys("v u"), tickets, _("Make it unread"), needs_ticket=True),
        Action("article.raw", _keys("v r"), ticket, _("The raw mail, as it came or left"), needs_ticket=True),
        Action("ticket.history", _keys("v h"), tickets, _("History"), needs_ticket=True),
        #
        on_ticket("ticket.take", "t", _("Take"), Right.OWNER, only_open=True, bulk=True),
        on_ticket("ticket.assign", "a", _("Assign to …"), Right.OWNER, bulk=True),
        on_ticket("ticket.state", "s", _("State …"), Right.RW, bulk=True),
        on_ticket("ticket.close", "x", _("Close …"), Right.RW, only_open=True, bulk=True),
        on_ticket("ticket.move", "m", _("Move to queue …"), Right.RW, bulk=True),
        *(
            on_ticket(f"ticket.priority_{n}", f"! {n}", title, Right.PRIORITY, bulk=True)
            for n, title in enumerate(priorities, 1)
        ),
        on_ticket("ticket.priority", "! !", _("Priority …"), Right.PRIORITY, bulk=True),
        on_ticket("ticket.pending", "w", _("Wait until …"), Right.RW, bulk=True),
        on_ticket("ticket.lock", "L", _("Lock, or unlock"), Right.RW, bulk=True),
        on_ticket("ticket.merge", "M", _("Merge into …"), Right.RW, bulk=True),
        on_ticket("ticket.link", "e l", _("Link with …"), Right.RW),
        on_ticket("ticket.watch", "W", _("Watch, or watch no longer"), Right.RO),
        on_ticket("ticket.title", "e t", _("Title …"), Right.RW),
        on_ticket("ticket.note", "i", _("Internal note"), Right.NOTE, _("note"), begins_text=True),
        on_ticket("ticket.reply", "r", _("Reply"), Right.RW, begins_text=True),
        on_ticket("ticket.reply_all", "A", _("Reply to all"), Right.RW, begins_text=True),
        on_ticket("ticket.forward", "F", _("Forward"), Right.RW, begins_text=True),
        on_ticket("ticket.copy", "y", _("Copy the number"), None),
        #
        Action("mail.retry", _keys("r"), retry, _("Try again now"), short=_("try again")),
        #
        Action("review.send", _keys("y"), review, _("Send")),
        Action("review.send_close", _keys("X"), review, _("Send and close the ticket"), short=_("send+close")),
        Action("review.edit", _keys("o"), review, _("Edit")),
        Action("review.editor", _keys("ctrl+o"), review, _("Edit in $EDITOR")),
        Action("review.attach", _keys("a"), review, _("Attach a file …"), short=_("attach")),
        Action("review.detach", _keys("d"), review, _("Leave a file out …"), short=_("leave out")),
        Action("review.take", _keys("t"), review, _("Take the ticket over"), short=_("take")),
        Action("review.postpone", _keys("p"), review, _("Keep as a draft"), short=_("keep")),
        Action("review.discard", _keys("D"), review, _("Throw away")),
        #
        Action("draft.discard", _keys("D"), Context.DRAFTS, _("Throw the draft away"), short=_("throw away")),
    )


def offered(actions: Iterable[Action], contexts: Iterable[Context]) -> list[Action]:
    """Return the actions of a screen, in the order of the registry."""
    wanted = set(contexts)
    return [action for action in actions if action.context in wanted]


def key_table(actions: Iterable[Action]) -> Mapping[tuple[str, ...], str]:
    """Return which keys do what. Raises ValueError for a clash: equal keys, or one the start of another."""
    table: dict[tuple[str, ...], str] = {}
    for action in actions:
        for keys in action.keys:
            if keys in table:
                raise ValueError(f"{action.id} and {table[keys]} share {' '.join(keys)}")
            table[keys] = action.id
    for keys, action_id in table.items():
        for n in range(1, len(keys)):
            if keys[:n] in table:
                raise ValueError(f"{table[keys[:n]]} hides {action_id}")
    return table
