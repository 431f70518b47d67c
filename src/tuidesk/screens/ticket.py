"""One ticket: its head, its conversation, and its facts beside it where there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from tuidesk.actions import Context, Subject
from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.i18n import _, ngettext
from tuidesk.screens.base import DeskScreen
from tuidesk.screens.facts import facts_text
from tuidesk.screens.presenting import article_texts, owner_name, subject_of
from tuidesk.screens.ticket_files import ArticleFiles
from tuidesk.session import Session
from tuidesk.widgets.ages import day_and_time, due_span, short_span
from tuidesk.widgets.article_view import ArticleView
from tuidesk.widgets.safe import one_line, plain_lines
from tuidesk.widgets.ticket_line import TicketLine

if TYPE_CHECKING:
    from tuidesk.core.desk import TicketFacts, TicketView
    from tuidesk.core.domain.ticket import Ticket
    from tuidesk.core.store.ticket_view import Article

Neighbour = Callable[[int, int], TicketLine | None]
Place = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class _Read:
    """What one reading of a ticket brings."""

    view: TicketView
    config: DeskConfig
    unread: int


class TicketScreen(ArticleFiles):
    """Shows a ticket; being here is told to others, and what was shown counts as read."""

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.APP, Context.MOTION, Context.TICKETS, Context.TICKET)
    HINTS: ClassVar[tuple[str, ...]] = (
        "ticket.reply", "ticket.note", "article.next", "ticket.take", "ticket.state", "ticket.close",
    )  # fmt: skip

    def __init__(
        self,
        ticket_id: int,
        *,
        neighbour: Neighbour | None = None,
        place: Place | None = None,
        article_no: int | None = None,
        unread: int | None = None,
    ) -> None:
        super().__init__()
        self._place = place
        self._unread = unread
        self.ticket_id = ticket_id
        self._neighbour = neighbour
        self._begin_at = article_no
        self._view: TicketView | None = None
        self._facts: TicketFacts | None = None
        self._entered = False

    def compose_body(self) -> ComposeResult:
        """Show head, conversation and facts."""
        yield Static("", id="ticket-head")
        with Horizontal(id="ticket-body"):
            yield ArticleView(id="conversation")
            with VerticalScroll(id="facts", can_focus=False):
                yield Static("", id="facts-text")

    @property
    def conversation(self) -> ArticleView:
        """The articles."""
        return self.query_one("#conversation", ArticleView)

    def on_mount(self) -> None:
        """Begin in the conversation."""
        self.title_line.set("tuidesk")
        self.conversation.say(_("reading …"))
        self.conversation.focus()

    def desk_ready(self, session: Session) -> None:
        """Read the ticket."""
        self._read_ticket()

    def reload(self) -> None:
        """Read the ticket again."""
        self._read_ticket()

    def on_screen_resume(self) -> None:
        """Be the last ticket that was on the screen."""
        if self._view is not None:
            self.desk_app.last_ticket_id = self.ticket_id

    def _read_ticket(self) -> None:
        ticket_id, unread, me = self.ticket_id, self._unread, self.desk_app.agent.agent_id

        def job(session: Session) -> _Read:
            view = session.desk.ticket(session.viewer, ticket_id)
            if unread is not None:
                return _Read(view, session.config, unread)
            seen = session.desk.seen_article(me, ticket_id)
            return _Read(view, session.config, max(0, view.ticket.last_article_no - seen))

        self.read("ticket", job, self._came, self._failed)

    def _failed(self, error: Exception) -> None:
        if self._view is None:
            self.conversation.say("")
        self.show_error(error)

    def _came(self, read: _Read) -> None:
        app, ticket = self.desk_app, read.view.ticket
        again = self._view is not None and self._view.ticket.id == ticket.id
        known = self._view.ticket.last_article_no if again and self._view else None
        mine = known is not None and app.own_article == (ticket.id, known + 1)
        if mine and known is not None:
            known += 1  # what the agent herself wrote is no news to her, but she wants to see it
            self._begin_at = known
        self._view = read.view
        app.last_ticket_id = ticket.id
        app.last_subject = subject_of(ticket)
        self._unread = read.unread
        seen = known if known is not None else ticket.last_article_no - read.unread
        texts = article_texts(read.view.articles, read.view.readable, seen, app.clock.now(), app.zone)
        self.conversation.show(texts, keep_place=again and not mine, at=self._begin_at)
        self._begin_at = None
        self._show_head(ticket, read.config)
        if again and known is not None and ticket.last_article_no > known:
            new = ticket.last_article_no - known
            self.say(ngettext("{n} new article", "{n} new articles", new).format(n=new))
        self._tell(ticket)
        ticket_id = ticket.id
        self.read("facts", lambda session: session.desk.facts(session.viewer, ticket_id), self._facts_came)

    def _tell(self, ticket: Ticket) -> None:
        """Say that it is read, and by whom; neither is part of the ticket's story."""
        me, number, entered = self.desk_app.agent.agent_id, ticket.last_article_no, self._entered
        self._entered = True

        def job(session: Session) -> None:
            session.desk.mark_seen(me, ticket.id, number)
            if not entered:
                session.desk.enter(me, ticket.id, "reading")

        self.write(job, lambda _nothing: self._below_is_stale())

    def _below_is_stale(self) -> None:
        """Let what lies below show on return that the ticket was read; nobody else needs to know."""
        for screen in self.desk_app.screen_stack:
            if isinstance(screen, DeskScreen) and screen is not self:
                screen.stale = True

    def on_unmount(self) -> None:
        """Say that nobody is here any more."""
        if self._entered:
            self.desk_app.leave_ticket(self.ticket_id)

    # --- head and facts -----------------------------------------------------------------------------

    def _show_head(self, ticket: Ticket, config: DeskConfig) -> None:
        self._show_title(ticket)
        state, queue = config.states.get(ticket.state_id), config.queues.get(ticket.queue_id)
        now, zone = self.desk_app.clock.now(), self.desk_app.zone
        priority = config.priorities.get(ticket.priority_id)
        parts = [
            state.name if state else "?",
            _("priority {name}").format(name=priority.name if priority else ticket.priority_id),
            queue.name if queue else "?",
            _("owner {name}").format(name=owner_name(config, ticket.owner_id)) + ("" if ticket.is_free else " (L)"),
            ticket.customer_user or _("no customer"),
        ]
        for link in self._facts.links if self._facts is not None and ticket.merged_into is not None else ():
            if link.ticket_id == ticket.merged_into:
                parts[0] = _("merged into {number}: {number} Enter goes there").format(number=link.number)
        if ticket.pending_until is not None:
            parts.insert(1, day_and_time(ticket.pending_until, now, zone))
        if self._facts is not None and self._facts.due.escalation_at is not None and ticket.is_open:
            parts.append(_("due {span}").format(span=due_span(self._facts.due.escalation_at, now)))
        lines = joined_lines([one_line(part) for part in parts], self.size.width - 2)
        if others := self._others(config, now):
            lines.append(f"! {others}")
        self.query_one("#ticket-head", Static).update(plain_lines("\n".join(lines)))

    def on_resize(self) -> None:
        """Break the head's lines anew."""
        if self._view is not None and self.session is not None and self.is_mounted:
            self._show_head(self._view.ticket, self.session.config)

    def _others(self, config: DeskConfig, now: datetime) -> str:
        if self._facts is None:
            return ""
        me = self.desk_app.agent.agent_id
        words = [
            (_("{name} is writing here ({span})") if who.doing == "writing" else _("{name} is here ({span})")).format(
                name=one_line(config.agent_name(who.agent_id)), span=short_span(now - who.since)
            )
            for who in self._facts.present
            if who.agent_id != me
        ]
        return ", ".join(words)

    def _show_title(self, ticket: Ticket) -> None:
        words = ""
        if (no := self.conversation.current_no) is not None:
            words = _("article {n} of {total}").format(n=no, total=ticket.last_article_no)
        if self._neighbour is not None:
            place = self._place(ticket.id) if self._place is not None else ""
            words += f"  [{f'{place} ' if place else ''}K J]"
        self.title_line.set(f"{ticket.number}  {ticket.title}", words)

    def _facts_came(self, facts: TicketFacts) -> None:
        self._facts = facts
        view, session, app = self._view, self.session, self.desk_app
        if view is None or session is None:
            return
        self._show_head(view.ticket, session.config)
        self.query_one("#facts-text", Static).update(
            plain_lines(facts_text(view.ticket, facts, session.config, app.clock.now(), app.zone))
        )

    # --- what actions are about ---------------------------------------------------------------------

    def subject(self) -> Subject | None:
        """Return this ticket."""
        return subject_of(self._view.ticket) if self._view is not None else None

    def article_no(self) -> int | None:
        """Return the current article."""
        return self.conversation.current_no

    def current_article(self) -> Article | None:
        """Return the article whose files the digits name."""
        no = self.conversation.current_no
        articles = self._view.articles if self._view is not None else ()
        return next((article for article in articles if article.no == no), None)

    # --- actions ------------------------------------------------------------------------------------

    def do_ticket_next(self) -> None:
        """Show the next ticket of the list."""
        self._show_neighbour(self.repeats())

    def do_ticket_previous(self) -> None:
        """Show the previous ticket of the list."""
        self._show_neighbour(-self.repeats())

    def _show_neighbour(self, by: int) -> None:
        found = self._neighbour(self.ticket_id, by) if self._neighbour is not None else None
        if found is None:
            self.say(_("no more tickets there"))
            return
        if self._entered:
            self.desk_app.leave_ticket(self.ticket_id)
        self.ticket_id, self._unread = found.id, found.unread
        self._view = self._facts = None
        self._entered = False
        self._read_ticket()

    def do_article_raw(self) -> None:
        """Show the mail that the article came from."""
        view, no = self._view, self.conversation.current_no
        if view is not None and no is not None:
            from tuidesk.screens.raw_mail import RawMailScreen

            self.app.push_screen(RawMailScreen(view.ticket.id, view.ticket.number, no))

    def do_ticket_facts(self) -> None:
        """Show the facts, or hide them."""
        facts = self.query_one("#facts")
        facts.display = not facts.display

    def do_article_next(self) -> None:
        """Go to the next article."""
        self.conversation.next_article(self.repeats())

    def do_article_previous(self) -> None:
        """Go to the previous article."""
        self.conversation.next_article(-self.repeats())

    def do_article_page_down(self) -> None:
        """Read on."""
        self.conversation.scroll_pages(1)

    def do_article_page_up(self) -> None:
        """Read back."""
        self.conversation.scroll_pages(-1)

    def do_article_unfold_all(self) -> None:
        """Unfold everything."""
        self.conversation.fold_all(folded=False)

    def do_article_fold_all(self) -> None:
        """Fold all articles."""
        self.conversation.fold_all(folded=True)

    def do_move_open(self) -> None:
        """Fold or unfold the article, or open the ticket whose number was typed."""
        if self.digits:
            self.desk_app.open_number(self.digits)
        else:
            self.conversation.toggle_fold()

    def do_move_down(self) -> None:
        """Scroll down."""
        self.conversation.scroll_lines(self.repeats())

    def do_move_up(self) -> None:
        """Scroll up."""
        self.conversation.scroll_lines(-self.repeats())

    def do_move_half_down(self) -> None:
        """Scroll half a page down."""
        self.conversation.scroll_pages(0.5)

    def do_move_half_up(self) -> None:
        """Scroll half a page up."""
        self.conversation.scroll_pages(-0.5)

    def do_move_page_down(self) -> None:
        """Scroll a page down."""
        self.conversation.scroll_pages(1)

    def do_move_page_up(self) -> None:
        """Scroll a page up."""
        self.conversation.scroll_pages(-1)

    def do_move_first(self) -> None:
        """Go to the beginning."""
        self.conversation.go_first()

    def do_move_last(self) -> None:
        """Go to the end."""
        self.conversation.go_last()

    @on(ArticleView.ArticleReached)
    def _article_reached(self) -> None:
        if self._view is not None:
            self._show_title(self._view.ticket)


def joined_lines(parts: Sequence[str], width: int) -> list[str]:
    """Return parts with dots between them as lines that are broken between parts only.

    >>> joined_lines(["open", "high", "Support"], 12)
    ['open . high', 'Support']
    """
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(lines[-1]) + 3 + cell_len(part) <= width:
            lines[-1] += f" . {part}"
        else:
            lines.append(part)
    return lines
