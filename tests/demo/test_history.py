"""Stories played into a desk: every state and kind of article, queues' policies, and a sound history."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tuidesk.core.clock import FrozenClock
from tuidesk.core.desk import Desk
from tuidesk.core.domain.events import ARTICLE_KINDS
from tuidesk.core.domain.replay import differences, replay
from tuidesk.core.store import schema, tx
from tuidesk.core.store.ticket_lists import Page
from tuidesk.core.store.ticket_reads import kin_of, recorded_changes, tickets_by_id
from tuidesk.core.views import ESCALATED, MINE, NEW, REMINDERS
from tuidesk.demo.history import LEAVING, fill

COUNT = 60
NOW = datetime(2026, 6, 10, 13, 30, tzinfo=UTC)


@pytest.fixture
def filled(demo_desk: Desk, demo_clock: FrozenClock) -> Desk:
    fill(demo_desk, demo_clock, 5, COUNT)
    return demo_desk


def test_a_desk_with_a_past(filled: Desk, demo_clock: FrozenClock) -> None:
    # one test: the past takes seconds to make
    assert demo_clock.at == NOW
    _check_states(filled)
    _check_articles(filled)
    _check_lists(filled)
    _check_outbox(filled)
    _check_replay(filled)
    _check_times(filled)


def _values(desk: Desk, query: sa.Select[tuple[object]]) -> set[object]:
    with tx.read(desk.engines) as connection:
        return set(connection.scalars(query))


def _check_states(desk: Desk) -> None:
    config = desk.config()
    used = {config.states[id].name for id in _values(desk, sa.select(schema.ticket.c.state_id)) if isinstance(id, int)}
    assert used == {state.name for state in config.states.values()}


def _check_articles(desk: Desk) -> None:
    article = schema.article.c
    assert _values(desk, sa.select(article.kind)) == {kind.value for kind in ARTICLE_KINDS}
    assert _values(desk, sa.select(article.channel)) == {"Email", "Phone", "Internal"}
    flags = _values(desk, sa.select(article.flags))
    assert "follow-up-rejected" in flags  # Facility takes no mail to what is closed
    assert _values(desk, sa.select(schema.ticket_link.c.type)) == {"Normal", "ParentChild"}  # a new ticket of it, and merges
    counts = _values(desk, sa.select(schema.ticket.c.last_article_no))
    assert max(count for count in counts if isinstance(count, int)) >= 40
    assert _values(desk, sa.select(schema.attachment.c.content_type)) == {"text/plain", "text/csv", "image/png"}


def _check_lists(desk: Desk) -> None:
    config = desk.config()
    viewer = desk.viewer(config.agent_ids["anna"])
    shown = {
        view.name: desk.page(viewer, view.filter(viewer, config, NOW), view.sort, Page(limit=100))
        for view in (MINE, ESCALATED, REMINDERS, NEW)
    }
    assert len(shown["mine"]) >= 5
    assert 3 <= len(shown["escalated"]) <= COUNT // 6
    assert len(shown["new"]) >= 4
    due = [row for row in shown["reminders"] if row.pending_until is not None and row.pending_until < NOW]
    assert len(due) >= 2
    assert len(shown["reminders"]) > len(due)
    hidden = {queue.id for queue in config.queues.values() if queue.name == "People"}
    assert not hidden & set(viewer.queue_ids)
    everything = _values(desk, sa.select(schema.ticket.c.queue_id))
    assert hidden <= everything


def _check_outbox(desk: Desk) -> None:
    waiting = desk.outbox(only_waiting=True)
    assert 1 <= len(waiting) <= LEAVING


def _check_replay(desk: Desk) -> None:
    with tx.read(desk.engines) as connection:
        config = desk.config()
        ids = list(connection.scalars(sa.select(schema.ticket.c.id)))
        changes = recorded_changes(connection, ids)
        tickets, kin = tickets_by_id(connection, ids, config), kin_of(connection, ids)
        assert len(ids) >= COUNT
        for ticket_id in ids:
            assert not differences(tickets[ticket_id], kin[ticket_id], replay(ticket_id, changes[ticket_id]))


def _check_times(desk: Desk) -> None:
    with tx.read(desk.engines) as connection:
        times = list(connection.scalars(sa.select(schema.act.c.at).order_by(schema.act.c.id)))
    assert times == sorted(times)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_short_past(demo_desk: Desk, demo_clock: FrozenClock, count: int) -> None:
    acts = fill(demo_desk, demo_clock, 1, count)
    assert (acts > 0) == (count > 0)
    tickets = _values(demo_desk, sa.select(schema.ticket.c.id))
    assert len(tickets) == count
