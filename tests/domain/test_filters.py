"""The predicate tree: what may be compared with what, and what a planner may conclude from it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tuidesk.core.domain.filters import (
    EVERYTHING,
    OPEN,
    And,
    Compare,
    Field,
    Filter,
    Is,
    Not,
    OneOf,
    Or,
    asks_escalation,
    asks_open,
    both,
    equal,
    pinned,
)
from tuidesk.core.errors import Invalid

NOW = datetime(2026, 6, 1, tzinfo=UTC)
IDS = (Field.QUEUE, Field.STATE, Field.PRIORITY, Field.OWNER, Field.RESPONSIBLE, Field.WATCHER, Field.LOCK)
TIMES = (Field.CREATED, Field.CHANGED, Field.CLOSED, Field.PENDING, Field.ESCALATION)
VALUES: dict[str, Any] = {"id": 1, "text": "x", "time": NOW, "naive": datetime(2026, 6, 1)}  # noqa: DTZ001


@pytest.mark.parametrize("field", Field)
@pytest.mark.parametrize("how", Is)
@pytest.mark.parametrize("kind", VALUES)
def test_a_field_takes_values_of_its_kind_only(field: Field, how: Is, kind: str) -> None:
    if field in IDS:
        fits = kind == "id" and how is not Is.CONTAINS
    elif field in TIMES:
        fits = kind == "time" and how is not Is.CONTAINS
    elif field is Field.OPEN:
        fits = False  # a truth value only
    else:
        fits = kind == "text" and how in (Is.EQUAL, Is.CONTAINS)
    if fits:
        assert Compare(field, how, VALUES[kind]).value == VALUES[kind]
        return
    with pytest.raises(Invalid):
        Compare(field, how, VALUES[kind])


def test_open_is_true_or_false() -> None:
    assert equal(Field.OPEN, False).value is False
    with pytest.raises(Invalid):
        Compare(Field.OPEN, Is.LESS, True)


@pytest.mark.parametrize("field", Field)
def test_only_ids_may_be_one_of_several(field: Field) -> None:
    if field in IDS:
        assert OneOf(field, (1, 2)).values == (1, 2)
        return
    with pytest.raises(Invalid):
        OneOf(field, (1,))


def test_both_flattens() -> None:
    one, two, three = (equal(Field.QUEUE, n) for n in (1, 2, 3))
    assert both(one, And((two, And((three,)))), EVERYTHING).terms == (one, two, And((three,)))
    assert both() == EVERYTHING


@pytest.mark.parametrize(
    ("tree", "queues"),
    [
        (EVERYTHING, None),
        (equal(Field.QUEUE, 5), {5}),
        (OneOf(Field.QUEUE, (5, 6)), {5, 6}),
        (OneOf(Field.QUEUE, ()), set()),
        (Compare(Field.QUEUE, Is.MORE, 5), None),
        (equal(Field.OWNER, 5), None),
        (both(OPEN, OneOf(Field.QUEUE, (5, 6)), equal(Field.OWNER, 7)), {5, 6}),
        (both(OneOf(Field.QUEUE, (5, 6)), OneOf(Field.QUEUE, (6, 7))), {6}),
        (both(equal(Field.QUEUE, 5), equal(Field.QUEUE, 6)), set()),
        (Not(equal(Field.QUEUE, 5)), None),
        (Or((equal(Field.QUEUE, 5), equal(Field.QUEUE, 6))), None),
        (both(Or((equal(Field.QUEUE, 5),)), equal(Field.QUEUE, 6)), {6}),
    ],
)
def test_pinned_says_only_what_the_filter_implies(tree: Filter, queues: set[int] | None) -> None:
    assert pinned(tree, Field.QUEUE) == queues


@pytest.mark.parametrize(
    ("tree", "asks"),
    [
        (OPEN, True),
        (equal(Field.OPEN, False), False),
        (both(equal(Field.QUEUE, 5), OPEN), True),
        (And((And((OPEN,)),)), True),
        (Not(OPEN), False),
        (Or((OPEN,)), False),
        (EVERYTHING, False),
    ],
)
def test_a_filter_asks_for_open_tickets_only_where_it_must(tree: Filter, asks: bool) -> None:
    assert asks_open(tree) is asks


@pytest.mark.parametrize(
    ("tree", "asks"),
    [
        (Compare(Field.ESCALATION, Is.LESS, NOW), True),
        (both(OPEN, Compare(Field.ESCALATION, Is.AT_LEAST, NOW)), True),
        (Not(Compare(Field.ESCALATION, Is.LESS, NOW)), False),
        (Or((Compare(Field.ESCALATION, Is.LESS, NOW), OPEN)), False),
        (EVERYTHING, False),
    ],
)
def test_a_filter_asks_for_a_deadline_only_where_it_must(tree: Filter, asks: bool) -> None:
    assert asks_escalation(tree) is asks
