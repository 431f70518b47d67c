"""The window over a long list: the cursor keeps to its ticket whatever is loaded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tuidesk.widgets.row_window import RowWindow, Wanted
from tuidesk.widgets.ticket_line import TicketLine

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def line(n: int) -> TicketLine:
    """Return the ticket with id n, at place n of its order."""
    return TicketLine(
        id=n, key=(n,), version=1, number=str(1000000 + n), title=f"Title {n}", state_letter="O", state="open",
        closed=False, pending=False, queue="Raw", queue_id=2, state_id=4, priority_id=3, owner_id=1, owner="-",
        locked=False, customer="mia", unread=0, created_at=NOON, pending_until=None, escalation_at=None,
    )  # fmt: skip


def answer(ids: list[int], wanted: Wanted) -> list[TicketLine]:
    """Answer as the desk does: by keyset over tickets in ascending order."""
    if wanted.backward:
        found = [n for n in ids if wanted.after is None or (n,) < wanted.after]
        return [line(n) for n in found[-wanted.limit :]]
    found = [n for n in ids if wanted.after is None or (n,) > wanted.after]
    return [line(n) for n in found[: wanted.limit]]


def loaded(ids: list[int], size: int = 50) -> RowWindow:
    window = RowWindow()
    wanted = window.first_page(size)
    window.take(wanted, answer(ids, wanted))
    return window


def test_the_window_grows_by_pages_to_the_end() -> None:
    ids = list(range(230))
    window = loaded(ids)
    asked = []
    while wanted := window.next_page(0, len(window.rows) + 5, 50):
        asked.append(wanted.after)
        window.take(wanted, answer(ids, wanted))
    assert [row.id for row in window.rows] == ids
    assert window.complete
    assert asked == [(49,), (99,), (149,), (199,)]


def test_the_end_is_read_backward_and_grows_upward() -> None:
    ids = list(range(500))
    window = loaded(ids)
    window.set_total(500)
    wanted = window.last_page(50)
    window.take(wanted, answer(ids, wanted))
    assert window.current == line(499)
    assert window.cursor_y == 499
    more = window.next_page(430, 499, 50)
    assert more is not None
    moved = window.take(more, answer(ids, more))
    assert moved == 0, "the cursor stays at its place of the whole list"
    assert [row.id for row in window.rows] == list(range(400, 500))


def test_rows_that_are_not_loaded_count_once_the_total_is_known() -> None:
    window = loaded(list(range(500)))
    assert window.height == 51, "one row stands for those that nobody counted"
    window.set_total(500)
    assert window.height == 500
    assert window.line(49) is not None
    assert window.line(50) is None


def test_a_ticket_that_left_the_list_stays_until_the_cursor_leaves_it() -> None:
    ids = list(range(20))
    window = loaded(ids)
    window.move_to(7)
    ids.remove(7)
    wanted = window.again(50)
    window.take(wanted, answer(ids, wanted))
    assert window.current == replace(line(7), gone=True)
    window.move_to(8)
    assert window.current == line(8)
    assert [row.id for row in window.rows] == ids


def test_going_up_from_a_gone_ticket() -> None:
    ids = list(range(20))
    window = loaded(ids)
    window.move_to(7)
    ids.remove(7)
    wanted = window.again(50)
    window.take(wanted, answer(ids, wanted))
    window.move_to(6)
    assert window.current == line(6)


def test_a_ticket_beyond_what_was_read_again_is_not_gone() -> None:
    window = loaded(list(range(1000, 1200)), size=200)
    window.move_to(199)
    # so many new ones that it lies beyond the page that was read again
    ids = list(range(1200))
    wanted = window.again(200)
    window.take(wanted, answer(ids, wanted))
    assert not any(row.gone for row in window.rows[:-1]) or window.current is not None


@given(
    st.sets(st.integers(0, 300), min_size=1, max_size=120),
    st.lists(
        st.one_of(
            st.tuples(st.just("move"), st.integers(-30, 30)),
            st.tuples(st.just("add"), st.integers(0, 300)),
            st.tuples(st.just("remove"), st.integers(0, 300)),
            st.tuples(st.just("again"), st.just(0)),
            st.tuples(st.just("more"), st.just(0)),
        ),
        max_size=30,
    ),
)
def test_reading_again_never_moves_the_cursor_to_another_ticket(start: set[int], steps: list[tuple[str, int]]) -> None:
    ids = sorted(start)
    window = loaded(ids, size=200)
    for what, n in steps:
        if what == "move":
            window.move_to(window.cursor + n)
        elif what == "add" and n not in ids:
            ids = sorted([*ids, n])
        elif what == "remove" and n in ids and len(ids) > 1:
            ids.remove(n)
        elif what == "again":
            before = window.current
            wanted = window.again(200)
            window.take(wanted, answer(ids, wanted))
            assert before is not None
            assert window.current is not None
            assert window.current.id == before.id
            assert window.current.gone == (before.id not in ids)
        elif what == "more":
            wanted_more = window.next_page(0, window.height + 10, 200)
            if wanted_more is not None:
                window.take(wanted_more, answer(ids, wanted_more))
        assert sum(row.gone for row in window.rows) <= 1
        assert len({row.id for row in window.rows}) == len(window.rows)
        assert 0 <= window.cursor < len(window.rows)
