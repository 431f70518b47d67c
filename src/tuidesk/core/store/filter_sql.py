"""Filters as SQL text with positional parameters, over the alias `t` of a ticket row.

Text is built by hand here, not by SQLAlchemy's expressions: a list is a union of up to several dozen
index ranges, and building that tree of objects would cost more than running it. Values are always
parameters; only whole numbers of our own are written into the text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tuidesk.core.domain.filters import And, Compare, Field, Filter, Is, Not, OneOf, Or
from tuidesk.core.domain.text import address_key
from tuidesk.core.store.metadata import to_micros


@dataclass
class Sql:
    """SQL text in pieces, with its parameters in order; `mark` is the driver's placeholder.

    `clock_joined` says that the ticket's clock is at hand as `k`. While `by_person` is true, queue and state
    are written so that SQLite, which keeps no statistics here, cannot prefer their index to a person's.
    """

    mark: str
    clock_joined: bool = False
    by_person: bool = False
    parts: list[str] = field(default_factory=list)
    params: list[Any] = field(default_factory=list)

    def add(self, text: str, *params: Any) -> Sql:
        """Append text in which each `?` stands for the next parameter."""
        self.parts.append(text if self.mark == "?" else text.replace("?", self.mark))
        self.params.extend(params)
        return self

    @property
    def text(self) -> str:
        """The whole statement."""
        return " ".join(self.parts)


_COLUMNS = {
    Field.NUMBER: "t.number",
    Field.TITLE: "t.title",
    Field.QUEUE: "t.queue_id",
    Field.STATE: "t.state_id",
    Field.PRIORITY: "t.priority_id",
    Field.OWNER: "t.owner_id",
    Field.RESPONSIBLE: "t.responsible_id",
    Field.LOCK: "t.lock",
    Field.CUSTOMER_ID: "t.customer_id",
    Field.CREATED: "t.created_at",
    Field.CHANGED: "t.changed_at",
    Field.CLOSED: "t.closed_at",
    Field.PENDING: "t.pending_until",
}


def add_filter(sql: Sql, tree: Filter) -> None:
    """Append the condition of a filter, in brackets."""
    match tree:
        case And(terms):
            _join(sql, terms, "and", "1 = 1")
        case Or(terms):
            _join(sql, terms, "or", "1 = 0")
        case Not(term):
            sql.add("(not coalesce(")
            add_filter(sql, term)
            sql.add(", false))")
        case OneOf(Field.WATCHER, values):
            _add_watchers(sql, values)
        case OneOf(name, values):
            sql.add(f"({_id_column(sql, name)} in ({id_list(values)}))" if values else "(1 = 0)")
        case Compare(Field.OPEN, _, value):
            sql.add("(t.closed_at is null)" if value else "(t.closed_at is not null)")
        case Compare(Field.WATCHER, _, value):
            _add_watchers(sql, (int(str(value)),))
        case Compare(Field.TEXT, _, value):
            _add_text(sql, str(value))
        case Compare(Field.ESCALATION, how, value) if sql.clock_joined:
            sql.add(f"(k.escalation_at {how.value} ?)", _stored(value))
        case Compare(Field.ESCALATION, how, value):
            sql.add(
                "exists (select 1 from ticket_clock k where k.ticket_id = t.id"
                f" and k.escalation_at {how.value} ?)",
                _stored(value),
            )
        case Compare(Field.CUSTOMER_USER, Is.EQUAL, value):
            sql.add("(t.customer_key = ?)", address_key(str(value)))
        case Compare(Field.CUSTOMER_USER, _, value):
            sql.add(r"(t.customer_key like ? escape '\')", _pattern(address_key(str(value))))
        case Compare(name, Is.CONTAINS, value):
            sql.add(rf"(lower({_COLUMNS[name]}) like lower(?) escape '\')", _pattern(str(value)))
        case Compare(name, how, value):
            sql.add(f"({_id_column(sql, name)} {how.value} ?)", _stored(value))


def id_list(values: Any) -> str:
    """Return ids as SQL text; whole numbers of our own need no parameters."""
    return ", ".join(str(int(value)) for value in sorted(values))


def _id_column(sql: Sql, name: Field) -> str:
    plus = "+" if sql.by_person and name in (Field.QUEUE, Field.STATE) else ""
    return plus + _COLUMNS[name]


def _join(sql: Sql, terms: tuple[Filter, ...], word: str, empty: str) -> None:
    if not terms:
        sql.add(f"({empty})")
        return
    sql.add("(")
    for n, term in enumerate(terms):
        if n:
            sql.add(word)
        add_filter(sql, term)
    sql.add(")")


def _add_watchers(sql: Sql, values: tuple[int, ...]) -> None:
    if not values:
        sql.add("(1 = 0)")
        return
    sql.add(
        "exists (select 1 from ticket_watcher w where w.ticket_id = t.id"
        f" and w.agent_id in ({id_list(values)}))"
    )


def _add_text(sql: Sql, text: str) -> None:
    from tuidesk.core.domain.search_words import query_words  # most filters have no words

    words = query_words(text)
    if not words:
        sql.add("(1 = 0)")
    elif sql.mark == "?":
        sql.add(
            "t.id in (select d.ticket_id from doc_index join doc d on d.article_id = doc_index.rowid"
            " where doc_index match ?)",
            "words : (" + " AND ".join(f'"{word}"' for word in words) + ")",
        )
    else:
        sql.add(
            "t.id in (select d.ticket_id from doc d where d.index @@ cast(? as tsquery))",
            " & ".join(f"'{word}'" for word in words),
        )


def _pattern(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def _stored(value: Any) -> Any:
    return to_micros(value) if isinstance(value, datetime) else value
