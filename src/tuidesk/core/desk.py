"""The facade that every door holds: acts, lists, tickets, search, and each agent's own state.

All values that go in and out are plain: dataclasses of the domain and rows of the store. A Desk is
thread-safe; a call runs in the caller's thread and opens its own short transaction. Each call imports what
it needs: whoever reads a list should not wait for the composing of mail to be loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tuidesk.core.errors import Invalid, NotFound
from tuidesk.core.store import tx
from tuidesk.core.store.ticket_lists import Page, Sort, TicketRow, count_lists, count_tickets, page_query, ticket_page
from tuidesk.core.tickets.path import ChangePath

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tuidesk.core.clock import Clock
    from tuidesk.core.domain.actor import Actor, AgentActor
    from tuidesk.core.domain.desk_config import DeskConfig
    from tuidesk.core.domain.filters import Filter
    from tuidesk.core.domain.ops import Act
    from tuidesk.core.domain.ticket import Ticket
    from tuidesk.core.domain.viewer import Viewer
    from tuidesk.core.mail.readable import Readable
    from tuidesk.core.store import agent_state, dashboard, leases, outbox, ticket_view
    from tuidesk.core.store.engine import Engines
    from tuidesk.core.store.inbox import FailedMail
    from tuidesk.core.store.people import Person
    from tuidesk.core.store.search import Hit
    from tuidesk.core.tickets.decision import ActDone

ONE_CUSTOMER = "the login of a customer, or one mail address"
PRESENCE = timedelta(minutes=10)
READABLE_FILES = 20


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket with its articles, as a screen first paints it.

    `readable` says what invitations and business cards among the files say, by the numbers of article and file.
    """

    ticket: Ticket
    articles: Sequence[ticket_view.Article]
    readable: Mapping[tuple[int, int], Readable]


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What else there is to know of a ticket."""

    links: Sequence[ticket_view.LinkRow]
    watchers: Sequence[int]
    due: ticket_view.Due
    present: Sequence[agent_state.Presence]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The figures of the dashboard; lists hold the first rows, counts are capped at 1001."""

    mine: Sequence[TicketRow]
    mine_count: int
    escalated: Sequence[TicketRow]
    escalated_count: int
    reminders: Sequence[TicketRow]
    new: Sequence[TicketRow]
    queues: Sequence[dashboard.QueueCount]
    days: Sequence[dashboard.Day]


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of a new ticket: login (or bare address), company, mail address (empty when unknown)."""

    login: str
    customer_id: str
    address: str


class Desk:
    """Everything that a door may ask for."""

    def __init__(self, path: ChangePath) -> None:
        self.path = path
        self.engines: Engines = path.engines
        self.clock: Clock = path.clock

    # --- configuration and rights ---------------------------------------------------------------

    def config(self) -> DeskConfig:
        """Return the configuration as it is now."""
        return self.path.config()

    def viewer(self, agent_id: int) -> Viewer:
        """Return what an agent may read now."""
        from tuidesk.core.domain.viewer import viewer_of

        return viewer_of(self.config(), agent_id)

    # --- changes --------------------------------------------------------------------------------

    def act(self, actor: Actor, act: Act) -> ActDone:
        """Make an act's changes in one transaction, or none of them.

        Raises the refusals of `tickets.apply.apply`, and DatabaseUnavailable.
        """
        return self.path.act(actor, act)

    def new_number(self) -> str:
        """Draw a ticket number, in a transaction of its own."""
        return self.path.new_number()

    # --- reading tickets ------------------------------------------------------------------------

    def page(self, viewer: Viewer, tree: Filter, sort: Sort, page: Page) -> list[TicketRow]:
        """Return a page of a list."""
        query = page_query(self.engines.dialect, viewer, tree, sort, page)
        if query is None:
            return []
        return query.rows(tx.alone(self.engines, query.text, query.params, prepared=query.fits_all))

    def count(self, viewer: Viewer, tree: Filter, cap: int = 1000) -> int:
        """Return how many tickets a list holds, at most `cap` + 1."""
        with tx.read(self.engines) as connection:
            return count_tickets(connection, viewer, tree, cap)

    def find(self, viewer: Viewer, number: str) -> Ticket:
        """Return the ticket with that number, or the only visible one whose number ends so.

        Raises NotFound when there is none that the viewer may see, and Invalid when there are several.
        """
        from tuidesk.core.store import ticket_view
        from tuidesk.core.store.ticket_numbers import ids_by_number, numbers_ending
        from tuidesk.core.store.ticket_reads import tickets_by_id

        wanted = number.strip().lstrip("#")
        with tx.read(self.engines) as connection:
            found = ids_by_number(connection, [wanted]).get(wanted)
            candidates = [found] if found is not None else numbers_ending(connection, wanted, limit=20)
            visible = [one for one in candidates if ticket_view.may_see(connection, viewer, one)]
            if len(visible) > 1:
                raise Invalid("ticket", number, "more digits, since several numbers end so")
            if not visible:
                raise NotFound("ticket", number)
            return tickets_by_id(connection, visible, self.path.config_within(connection))[visible[0]]

    def ticket(self, viewer: Viewer, ticket_id: int) -> TicketView:
        """Return a ticket with its articles. Raises NotFound for one that the viewer may not see."""
        from tuidesk.core.store import ticket_view
        from tuidesk.core.store.ticket_reads import tickets_by_id

        with tx.read(self.engines) as connection:
            config = self.path.config_within(connection)
            ticket = tickets_by_id(connection, [ticket_id], config).get(ticket_id)
            if ticket is None or not ticket_view.may_see(connection, viewer, ticket_id):
                raise NotFound("ticket", str(ticket_id))
            articles = ticket_view.articles(connection, ticket_id)
            return TicketView(ticket, articles, self._readable(connection, articles))

    def _readable(
        self, connection: sa.Connection, articles: Sequence[ticket_view.Article]
    ) -> Mapping[tuple[int, int], Readable]:
        """Read the newest files that are shown as text; most tickets have none, which costs no statement."""
        from tuidesk.core.mail.readable import is_readable, read_file
        from tuidesk.core.store.blobs import read_blobs

        files = [
            (article.no, file)
            for article in reversed(articles)
            for file in article.files
            if is_readable(file.content_type, file.size_bytes)
        ][:READABLE_FILES]
        if not files:
            return {}
        content = read_blobs(connection, {file.sha256 for _no, file in files})
        return {(no, file.n): read_file(file.content_type, content.get(file.sha256, b"")) for no, file in files}

    def facts(self, viewer: Viewer, ticket_id: int) -> TicketFacts:
        """Return links, watchers, deadlines and who is there. Raises NotFound."""
        from tuidesk.core.store import agent_state, ticket_view
        from tuidesk.core.store.ticket_reads import watchers_of

        with tx.read(self.engines) as connection:
            self._check(connection, viewer, ticket_id)
            return TicketFacts(
                ticket_view.links(connection, ticket_id),
                watchers_of(connection, ticket_id),
                ticket_view.due(connection, ticket_id),
                agent_state.present(connection, ticket_id, self.clock.now()),
            )

    def history(self, viewer: Viewer, ticket_id: int) -> Sequence[ticket_view.HistoryRow]:
        """Return what happened to a ticket, oldest first. Raises NotFound."""
        from tuidesk.core.store import ticket_view

        with tx.read(self.engines) as connection:
            self._check(connection, viewer, ticket_id)
            return ticket_view.history(connection, ticket_id)

    def file(self, viewer: Viewer, ticket_id: int, article_no: int, n: int) -> tuple[str, bytes]:
        """Return name and content of a file. Raises NotFound."""
        from tuidesk.core.store import ticket_view

        with tx.read(self.engines) as connection:
            self._check(connection, viewer, ticket_id)
            found = ticket_view.file_bytes(connection, ticket_id, article_no, n)
        if found is None:
            raise NotFound("file", f"#{article_no} file {n}")
        return found

    def raw(self, viewer: Viewer, ticket_id: int, article_no: int) -> bytes:
        """Return the mail that an article came from, as it came, or left as, as it left. Raises NotFound."""
        from tuidesk.core.store import ticket_view
        from tuidesk.core.store.inbox import raw_chunks
        from tuidesk.core.store.outbox import raw_of

        with tx.read(self.engines) as connection:
            self._check(connection, viewer, ticket_id)
            found = ticket_view.articles(connection, ticket_id, limit=1, only_no=article_no)
            if found and found[0].mail_in_id is not None:
                return b"".join(raw_chunks(connection, found[0].mail_in_id))
            if found and found[0].delivery is not None:
                return raw_of(connection, found[0].delivery.outbox_id)
        raise NotFound("raw mail", f"#{article_no}")

    def customer(self, name: str) -> Customer:
        """Return who a login or mail address belongs to; an address that nobody has stands for itself.

        Raises Invalid for what is neither a known login nor a mail address.
        """
        from tuidesk.core.mail.recipients import recipients
        from tuidesk.core.store.admin_customers import customer_by_email, customer_by_login

        with tx.read(self.engines) as connection:
            by_login = customer_by_login(connection, name.strip())
            if by_login is not None:
                return Customer(by_login.login, by_login.customer_id, by_login.email)
            try:
                addresses = recipients("customer", name)
            except Invalid as refused:
                raise Invalid("customer", name, ONE_CUSTOMER) from refused
            if len(addresses) != 1:
                raise Invalid("customer", name, ONE_CUSTOMER)
            address = addresses[0]
            known = customer_by_email(connection, address)
        if known is not None:
            return Customer(known.login, known.customer_id, address)
        return Customer(address, address, address)

    def customer_address(self, ticket: Ticket) -> str:
        """Return where mail to the customer of a ticket goes, "" when nobody knows."""
        from tuidesk.core.store.admin_customers import customer_by_login

        with tx.read(self.engines) as connection:
            known = customer_by_login(connection, ticket.customer_user)
        if known is not None and known.email:
            return known.email
        return ticket.customer_user if "@" in ticket.customer_user else ""

    def people(self, viewer: Viewer, part: str) -> Sequence[Person]:
        """Return who may be meant by a part of a name or address, those first whom admins entered."""
        from tuidesk.core.store.people import people

        with tx.read(self.engines) as connection:
            return people(connection, viewer, part)

    def search(self, viewer: Viewer, text: str, *, limit: int = 50, before: int | None = None) -> Sequence[Hit]:
        """Return articles that hold all words of a text, newest first."""
        from tuidesk.core.store.search import search_query

        query = search_query(self.engines.dialect, viewer, text, limit=limit, before=before)
        return [] if query is None else query.hits(tx.alone(self.engines, query.text, query.params))

    def dashboard(self, viewer: Viewer, rows: int = 10) -> Dashboard:
        """Return the dashboard's figures, in eight statements at most."""
        from tuidesk.core.store import dashboard
        from tuidesk.core.views import ESCALATED, MINE, NEW, REMINDERS

        now = self.clock.now()
        with tx.read(self.engines) as connection:
            config = self.path.config_within(connection)
            first = Page(limit=rows)
            mine, escalated = MINE.filter(viewer, config, now), ESCALATED.filter(viewer, config, now)
            reminders, new = REMINDERS.filter(viewer, config, now), NEW.filter(viewer, config, now)
            mine_count, escalated_count = count_lists(connection, viewer, [mine, escalated])
            return Dashboard(
                mine=ticket_page(connection, viewer, mine, MINE.sort, first),
                mine_count=mine_count,
                escalated=ticket_page(connection, viewer, escalated, ESCALATED.sort, first),
                escalated_count=escalated_count,
                reminders=ticket_page(connection, viewer, reminders, REMINDERS.sort, first),
                new=ticket_page(connection, viewer, new, NEW.sort, first),
                queues=dashboard.queue_counts(connection, viewer),
                days=dashboard.days(connection, viewer, now, config.timezone),
            )

    def _check(self, connection: sa.Connection, viewer: Viewer, ticket_id: int) -> None:
        from tuidesk.core.store import ticket_view

        if not ticket_view.may_see(connection, viewer, ticket_id):
            raise NotFound("ticket", str(ticket_id))

    # --- each agent's own state -----------------------------------------------------------------

    def mark_seen(self, agent_id: int, ticket_id: int, article_no: int) -> None:
        """Record that an agent has seen a ticket up to an article."""
        from tuidesk.core.store import agent_state

        tx.write(self.engines, lambda c: agent_state.mark_seen(c, agent_id, ticket_id, article_no))

    def seen_article(self, agent_id: int, ticket_id: int) -> int:
        """Return the highest number of an article that an agent has seen, 0 for none."""
        from tuidesk.core.store import agent_state

        with tx.read(self.engines) as connection:
            return agent_state.seen_article(connection, agent_id, ticket_id)

    def mark_unseen(self, agent_id: int, ticket_id: int) -> None:
        """Make a ticket unread for an agent."""
        from tuidesk.core.store import agent_state

        tx.write(self.engines, lambda c: agent_state.mark_unseen(c, agent_id, ticket_id))

    def enter(self, agent_id: int, ticket_id: int, doing: str) -> None:
        """Say that an agent reads or writes in a ticket."""
        from tuidesk.core.store import agent_state

        now = self.clock.now()
        tx.write(self.engines, lambda c: agent_state.enter(c, agent_id, ticket_id, doing, now, PRESENCE))

    def leave(self, agent_id: int, ticket_id: int) -> None:
        """Say that an agent left a ticket."""
        from tuidesk.core.store import agent_state

        tx.write(self.engines, lambda c: agent_state.leave(c, agent_id, ticket_id))

    def save_draft(
        self,
        agent: AgentActor,
        draft_id: int | None,
        ticket_id: int | None,
        kind: str,
        content: Mapping[str, Any],
        seen_version: int | None,
    ) -> int:
        """Keep a draft; return its id."""
        from tuidesk.core.store import agent_state

        now = self.clock.now()
        return tx.write(
            self.engines,
            lambda c: agent_state.save_draft(c, agent.agent_id, draft_id, ticket_id, kind, content, seen_version, now),
        )

    def drafts(self, agent_id: int, ticket_id: int | None = None) -> Sequence[agent_state.Draft]:
        """Return an agent's drafts, newest first."""
        from tuidesk.core.store import agent_state

        with tx.read(self.engines) as connection:
            return agent_state.drafts(connection, agent_id, ticket_id)

    def drop_draft(self, agent_id: int, draft_id: int) -> None:
        """Throw a draft away."""
        from tuidesk.core.store import agent_state

        tx.write(self.engines, lambda c: agent_state.drop_draft(c, agent_id, draft_id))

    # --- mail and work --------------------------------------------------------------------------

    def outbox(self, *, only_waiting: bool, limit: int = 200) -> Sequence[outbox.OutboxRow]:
        """Return mails of the outbox, newest first."""
        from tuidesk.core.store import outbox

        with tx.read(self.engines) as connection:
            return outbox.outbox_rows(connection, only_waiting=only_waiting, limit=limit)

    def retry_outbox(self, outbox_id: int) -> None:
        """Queue a mail again at once. Raises NotFound for one that is gone, stopped or on its way."""
        from tuidesk.core.store import outbox

        if not tx.write(self.engines, lambda c: outbox.retry_mail(c, outbox_id, self.clock.now())):
            raise NotFound("waiting or dead mail", str(outbox_id))

    def failed_mails(self, limit: int = 200) -> Sequence[FailedMail]:
        """Return mails that could not be taken in, newest first."""
        from tuidesk.core.store.inbox import failed_mails

        with tx.read(self.engines) as connection:
            return failed_mails(connection, limit)

    def retry_failed(self, mail_id: int) -> None:
        """Put a mail that was set aside back into the spool. Raises NotFound."""
        from tuidesk.core.store.inbox import retry_mail

        if not tx.write(self.engines, lambda c: retry_mail(c, mail_id)):
            raise NotFound("failed mail", str(mail_id))

    def statuses(self) -> Mapping[str, leases.Status]:
        """Return what each background job last reported."""
        from tuidesk.core.store import leases

        with tx.read(self.engines) as connection:
            return leases.statuses(connection)
