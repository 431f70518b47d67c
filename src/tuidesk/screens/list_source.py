"""What a list holds: a standing view, a queue, a customer's tickets, or the hits of a search; asked page by page.

Used from thread workers, so the modules of the store are imported late. Invariant: a source is a value; a
limit or another order makes another source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tuidesk.core.domain.filters import Compare, Field, Filter, Is, Or, both, equal
from tuidesk.core.domain.states import Lock, StateType
from tuidesk.core.i18n import _
from tuidesk.screens.presenting import owner_name, ticket_line
from tuidesk.session import Session
from tuidesk.widgets.row_window import Wanted
from tuidesk.widgets.safe import one_line
from tuidesk.widgets.ticket_line import TicketLine

if TYPE_CHECKING:
    from tuidesk.core.store.search import Hit
    from tuidesk.core.store.ticket_lists import Sort

COUNT_CAP = 1000


class ListSource(Protocol):
    """Where the rows of a list come from; both calls run in a thread."""

    @property
    def title(self) -> str:
        """What the list is called."""
        ...

    def page(self, session: Session, wanted: Wanted) -> list[TicketLine]:
        """Return a page of rows."""
        ...

    def count(self, session: Session) -> int | None:
        """Return how many rows there are, None when they are not counted."""
        ...


def view_title(name: str) -> str:
    """Return the name of a standing view for people."""
    titles = {
        "mine": _("My tickets"),
        "queues": _("My queues"),
        "escalated": _("Escalated"),
        "new": _("New"),
        "reminders": _("My reminders"),
        "unassigned": _("Without owner"),
        "watched": _("Watched"),
        "open": _("Open tickets"),
        "all": _("All tickets"),
    }
    return titles.get(name, name)


def sort_titles() -> Mapping[str, str]:
    """Return the orders a list may have, by their names in the store."""
    return {
        "OLDEST": _("oldest first"),
        "NEWEST": _("newest first"),
        "URGENT": _("most urgent first"),
        "CHANGED": _("last changed first"),
        "ESCALATION": _("next deadline first (only tickets that have one)"),
        "PENDING": _("next reminder first (only tickets that wait)"),
    }


@dataclass(frozen=True, slots=True)
class ViewSource:
    """A standing view, perhaps of one queue or one customer only, with a limit and an order of its own."""

    view: str = "open"
    queue_id: int | None = None
    queue_name: str = ""
    limit: str = ""
    order: str = ""
    customer: str = ""

    @property
    def title(self) -> str:
        """What the list is called."""
        name = self.queue_name or view_title(self.view)
        if self.customer:
            name = _("{view} of {customer}").format(view=name, customer=one_line(self.customer))
        return f"{name} > {self.limit}" if self.limit else name

    def page(self, session: Session, wanted: Wanted) -> list[TicketLine]:
        """Return a page of rows."""
        from tuidesk.core.store.ticket_lists import Page

        tree, sort = self.resolve(session)
        page = Page(limit=wanted.limit, after=wanted.after, backward=wanted.backward)
        rows = session.desk.page(session.viewer, tree, sort, page)
        return [ticket_line(row, session.config) for row in rows]

    def count(self, session: Session) -> int | None:
        """Return how many tickets there are, None for more than are counted."""
        count = session.desk.count(session.viewer, self.resolve(session)[0], COUNT_CAP)
        return count if count <= COUNT_CAP else None

    def resolve(self, session: Session) -> tuple[Filter, Sort]:
        """Return what the list holds, and its order."""
        from tuidesk.core.store.ticket_lists import Sort
        from tuidesk.core.views import VIEWS

        view = VIEWS[self.view]
        tree = view.filter(session.viewer, session.config, session.desk.clock.now())
        if self.queue_id is not None:
            tree = both(tree, equal(Field.QUEUE, self.queue_id))
        if self.customer:
            tree = both(tree, equal(Field.CUSTOMER_USER, self.customer))
        for word in self.limit.split():
            tree = both(
                tree,
                Or(
                    (
                        Compare(Field.TITLE, Is.CONTAINS, word),
                        Compare(Field.CUSTOMER_USER, Is.CONTAINS, word),
                        Compare(Field.NUMBER, Is.CONTAINS, word),
                    )
                ),
            )
        return tree, (Sort[self.order] if self.order else view.sort)


@dataclass(frozen=True, slots=True)
class SearchSource:
    """Tickets with an article that holds all words, the newest article first; each ticket once."""

    text: str

    @property
    def title(self) -> str:
        """What the list is called."""
        return _("Search: {text}").format(text=self.text) if self.text else _("Search")

    def page(self, session: Session, wanted: Wanted) -> list[TicketLine]:
        """Return a page of hits as rows; unread articles and deadlines are read with the preview."""
        if wanted.backward or not self.text.strip():
            return []
        before = wanted.after[0] if wanted.after else None
        lines: dict[int, TicketLine] = {}
        while len(lines) < wanted.limit:
            hits = session.desk.search(session.viewer, self.text, limit=wanted.limit, before=before)
            for hit in hits:
                line = _hit_line(hit, session)
                lines[line.id] = line if line.id not in lines else _older(lines[line.id], line)
            if len(hits) < wanted.limit:
                break
            before = hits[-1].article_id
        return list(lines.values())

    def count(self, session: Session) -> int | None:
        """Hits are not counted."""
        return None


def _older(first: TicketLine, later: TicketLine) -> TicketLine:
    """Return the row of a ticket with several hits: the newest hit's, keyed by the oldest one read."""
    from dataclasses import replace

    return replace(first, key=later.key)


def _hit_line(hit: Hit, session: Session) -> TicketLine:
    state, queue = session.config.states.get(hit.state_id), session.config.queues.get(hit.queue_id)
    kind = state.type if state else StateType.OPEN
    return TicketLine(
        id=hit.ticket_id,
        key=(hit.article_id,),
        version=hit.version,
        number=one_line(hit.ticket_number),
        title=one_line(hit.title[:300]),
        state_letter=kind.letter,
        state=one_line(state.name) if state else "?",
        closed=kind.is_closed,
        pending=kind.is_pending,
        queue=one_line(queue.name) if queue else "?",
        queue_id=hit.queue_id,
        state_id=hit.state_id,
        priority_id=hit.priority_id,
        owner_id=hit.owner_id,
        owner=owner_name(session.config, hit.owner_id),
        locked=hit.lock == Lock.LOCK,
        customer=one_line(hit.customer_user[:300]),
        unread=0,
        created_at=hit.at,
        pending_until=None,
        escalation_at=None,
    )
