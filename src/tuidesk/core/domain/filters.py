"""Filters: one predicate tree for lists, searches, command line flags and rules.

The store turns a tree into SQL (see `store.filter_sql`); its text syntax is the query language. A
value is always of the field's own type: ids for queues, states, priorities and agents; aware
datetimes for times; text for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

from tuidesk.core.errors import Invalid


class Field(StrEnum):
    """What a filter may ask about."""

    NUMBER = "number"
    TITLE = "title"
    QUEUE = "queue"
    STATE = "state"
    PRIORITY = "priority"
    OWNER = "owner"
    RESPONSIBLE = "responsible"
    WATCHER = "watcher"
    LOCK = "lock"
    CUSTOMER_USER = "customer_user"
    CUSTOMER_ID = "customer_id"
    OPEN = "open"
    CREATED = "created"
    CHANGED = "changed"
    CLOSED = "closed"
    PENDING = "pending"
    ESCALATION = "escalation"
    TEXT = "text"


class Is(StrEnum):
    """How a value is compared."""

    EQUAL = "="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    CONTAINS = "~"


Value: TypeAlias = int | str | bool | datetime

_TIMES = frozenset({Field.CREATED, Field.CHANGED, Field.CLOSED, Field.PENDING, Field.ESCALATION})
_IDS = frozenset({Field.QUEUE, Field.STATE, Field.PRIORITY, Field.OWNER, Field.RESPONSIBLE, Field.WATCHER, Field.LOCK})
_WORDS = frozenset({Field.NUMBER, Field.TITLE, Field.CUSTOMER_USER, Field.CUSTOMER_ID, Field.TEXT})


@dataclass(frozen=True, slots=True)
class Compare:
    """One field against one value. Raises Invalid for a comparison that has no meaning."""

    field: Field
    how: Is
    value: Value

    def __post_init__(self) -> None:
        if self.field in _TIMES:
            fits = isinstance(self.value, datetime) and self.value.tzinfo is not None and self.how is not Is.CONTAINS
        elif self.field in _IDS:
            fits = isinstance(self.value, int) and self.how is not Is.CONTAINS
        elif self.field is Field.OPEN:
            fits = isinstance(self.value, bool) and self.how is Is.EQUAL
        else:
            fits = isinstance(self.value, str) and self.how in (Is.EQUAL, Is.CONTAINS)
        if not fits:
            raise Invalid(self.field.value, self.value, f"a value that {self.field.value} {self.how.value} can take")
        if isinstance(self.value, datetime):
            # in other zones two moments an hour apart can be equal: the hour that comes twice
            object.__setattr__(self, "value", self.value.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field that has one of several ids; none at all matches nothing."""

    field: Field
    values: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.field not in _IDS:
            raise Invalid(self.field.value, self.values, "a field that holds an id")


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a filter."""

    term: Filter


@dataclass(frozen=True, slots=True)
class And:
    """All of several filters; none at all matches everything."""

    terms: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """Any of several filters; none at all matches nothing."""

    terms: tuple[Filter, ...] = ()


Filter: TypeAlias = Compare | OneOf | Not | And | Or

EVERYTHING = And()
OPEN = Compare(Field.OPEN, Is.EQUAL, True)


def equal(field: Field, value: Value) -> Compare:
    """Return the filter `field = value`."""
    return Compare(field, Is.EQUAL, value)


def both(*terms: Filter) -> And:
    """Return the filter that asks for all of the given ones, flattened."""
    flat: list[Filter] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, And) else (term,))
    return And(tuple(flat))


def pinned(tree: Filter, field: Field) -> frozenset[int] | None:
    """Return the ids that `field` must have for the filter to hold, None when it does not say.

    A planner uses it to walk few index ranges; what it returns is implied by the filter.
    """
    match tree:
        case Compare(found, Is.EQUAL, value) if found is field and isinstance(value, int):
            return frozenset({value})
        case OneOf(found, values) if found is field:
            return frozenset(values)
        case And(terms):
            known = [ids for ids in (pinned(term, field) for term in terms) if ids is not None]
            return _intersection(known)
        case _:
            return None


def fields(tree: Filter) -> frozenset[Field]:
    """Return the fields that a filter asks about."""
    match tree:
        case And(terms) | Or(terms):
            return frozenset().union(*map(fields, terms))
        case Not(term):
            return fields(term)
        case Compare(name) | OneOf(name):
            return frozenset({name})


def asks_open(tree: Filter) -> bool:
    """Say whether the filter holds for open tickets only."""
    match tree:
        case Compare(Field.OPEN, Is.EQUAL, value):
            return value is True
        case And(terms):
            return any(asks_open(term) for term in terms)
        case _:
            return False


def asks_escalation(tree: Filter) -> bool:
    """Say whether the filter holds only for tickets that have a deadline."""
    match tree:
        case Compare(Field.ESCALATION):
            return True
        case And(terms):
            return any(asks_escalation(term) for term in terms)
        case _:
            return False


def _intersection(sets: Iterable[frozenset[int]]) -> frozenset[int] | None:
    result: frozenset[int] | None = None
    for ids in sets:
        result = ids if result is None else result & ids
    return result
