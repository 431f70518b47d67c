"""Guards: triggers by which the database itself refuses any change that is not the one path's.

A change is *open* while its version is its ticket's version + 1 (a ticket that is not there yet
counts as 0). History and articles may be added, and watchers, links and the place of an article
altered, only while a change of their ticket is open; a ticket row may only take exactly that step.
DELETE is refused everywhere; words yield only to an erasure that names their row.

Triggers are used because foreign keys are off by default in any other program that opens a SQLite
file. `db check` compares what the database holds with the text made here (see `guard_texts`).
Each guard is written once, as a condition under which it refuses, and rendered for both databases.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

_OPEN_CHANGE = (
    "exists(select 1 from change c left join ticket t on t.id = c.ticket_id"
    " where c.id = {0} and c.version = coalesce(t.version, 0) + 1)"
)
_OPEN_TICKET = (
    "exists(select 1 from change c left join ticket t on t.id = c.ticket_id"
    " where c.ticket_id = {0} and c.version = coalesce(t.version, 0) + 1)"
)
_TOLD = (
    "exists(select 1 from change c join history h on h.change_id = c.id"
    " where c.ticket_id = new.id and c.version = new.version)"
)
_ERASED = "exists(select 1 from erasure_item where kind = '{0}' and row_id = {1})"


def _differs(*columns: str) -> str:
    return " or ".join(f"new.{column} is not old.{column}" for column in columns)


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses `operation` on `table` where `refuses` holds (SQLite spelling, `is not` for distinct).

    `taken` is added on SQLite only: REPLACE fires no delete trigger there, so an INSERT must itself
    refuse a key that exists.
    """

    table: str
    operation: str
    refuses: str
    taken: str = ""

    @property
    def name(self) -> str:
        """The trigger's name."""
        return f"guard_{self.table}_{self.operation}"


_WORDS = ("sender", "recipient", "cc", "reply_to", "subject", "body")
_FIXED = ("id", "change_id", "kind", "sender_type", "channel", "message_id", "refs", "flags", "at", "mail_in_id")
_BLANK = " and ".join(f"new.{column} = ''" for column in _WORDS)

GUARDS: tuple[Guard, ...] = (
    Guard("act", "insert", "1 = 0", taken="exists(select 1 from act where id = new.id)"),
    Guard("act", "update", "1 = 1"),
    Guard("act", "delete", "1 = 1"),
    Guard(
        "change",
        "insert",
        "new.version is not coalesce((select version from ticket where id = new.ticket_id), 0) + 1",
        taken="exists(select 1 from change where id = new.id"
        " or (ticket_id = new.ticket_id and version = new.version))",
    ),
    Guard("change", "update", "1 = 1"),
    Guard("change", "delete", "1 = 1"),
    Guard(
        "history",
        "insert",
        f"not {_OPEN_CHANGE.format('new.change_id')}",
        taken="exists(select 1 from history where change_id = new.change_id and seq = new.seq)",
    ),
    Guard(
        "history",
        "update",
        f"{_differs('change_id', 'seq', 'kind', 'actor', 'rule_id', 'because_seq')}"
        " or new.data is not null or not "
        + _ERASED.format("history", "cast(old.change_id as text) || '/' || cast(old.seq as text)"),
    ),
    Guard("history", "delete", "1 = 1"),
    Guard(
        "ticket",
        "insert",
        f"new.version is not 1 or not {_TOLD}",
        taken="exists(select 1 from ticket where id = new.id or number = new.number)",
    ),
    Guard(
        "ticket",
        "update",
        f"{_differs('id', 'number', 'created_at')} or new.version is not old.version + 1 or not {_TOLD}",
    ),
    Guard("ticket", "delete", "1 = 1"),
    Guard(
        "article",
        "insert",
        f"not {_OPEN_CHANGE.format('new.change_id')} or not exists("
        "select 1 from change where id = new.change_id and ticket_id = new.ticket_id)",
        taken="exists(select 1 from article where id = new.id or (ticket_id = new.ticket_id and no = new.no))",
    ),
    Guard(
        "article",
        "update",
        f"{_differs(*_FIXED)}"
        f" or (({_differs(*_WORDS)}) and not ({_BLANK} and "
        + _ERASED.format("article", "cast(old.id as text)")
        + f")) or (({_differs('ticket_id', 'no', 'visible')}) and not ("
        f"{_OPEN_TICKET.format('old.ticket_id')} and {_OPEN_TICKET.format('new.ticket_id')}))"
        " or exists(select 1 from article a where a.ticket_id = new.ticket_id and a.no = new.no"
        " and a.id <> old.id)",
    ),
    Guard("article", "delete", "1 = 1"),
    Guard(
        "attachment",
        "insert",
        "not exists(select 1 from article a where a.id = new.article_id and "
        + _OPEN_CHANGE.format("a.change_id")
        + ")",
        taken="exists(select 1 from attachment where article_id = new.article_id and n = new.n)",
    ),
    Guard("attachment", "update", "1 = 1"),
    Guard("attachment", "delete", "not " + _ERASED.format("attachment", "cast(old.article_id as text)")),
    Guard(
        "ticket_watcher",
        "insert",
        f"not {_OPEN_TICKET.format('new.ticket_id')}",
        taken="exists(select 1 from ticket_watcher"
        " where ticket_id = new.ticket_id and agent_id = new.agent_id)",
    ),
    Guard("ticket_watcher", "update", "1 = 1"),
    Guard("ticket_watcher", "delete", f"not {_OPEN_TICKET.format('old.ticket_id')}"),
    Guard(
        "ticket_link",
        "insert",
        f"not ({_OPEN_TICKET.format('new.source_id')} and {_OPEN_TICKET.format('new.target_id')})",
        taken="exists(select 1 from ticket_link where source_id = new.source_id"
        " and target_id = new.target_id and type = new.type)",
    ),
    Guard("ticket_link", "update", "1 = 1"),
    Guard(
        "ticket_link",
        "delete",
        f"not ({_OPEN_TICKET.format('old.source_id')} and {_OPEN_TICKET.format('old.target_id')})",
    ),
    Guard(
        "erasure",
        "insert",
        f"not {_OPEN_CHANGE.format('new.change_id')}",
        taken="exists(select 1 from erasure where id = new.id)",
    ),
    Guard("erasure", "update", "1 = 1"),
    Guard("erasure", "delete", "1 = 1"),
    Guard(
        "erasure_item",
        "insert",
        "not exists(select 1 from erasure e where e.id = new.erasure_id and "
        + _OPEN_CHANGE.format("e.change_id")
        + ")",
        taken="exists(select 1 from erasure_item where kind = new.kind and row_id = new.row_id)",
    ),
    Guard("erasure_item", "update", "1 = 1"),
    Guard("erasure_item", "delete", "1 = 1"),
)

GUARDED_TABLES: tuple[str, ...] = tuple(dict.fromkeys(guard.table for guard in GUARDS))

# SQLite has no deferred trigger. Instead each new change owes a row to a table that is always empty,
# by a reference that is checked at commit; writing the change's ticket pays the debt.
_SQLITE_DEBT = {
    "guard_change_owes_ticket": "create trigger guard_change_owes_ticket after insert on change begin"
    " insert into open_change(change_id, ticket_id, version, never)"
    " values (new.id, new.ticket_id, new.version, 0); end",
    "guard_ticket_insert_pays": "create trigger guard_ticket_insert_pays after insert on ticket begin"
    " delete from open_change where ticket_id = new.id and version = new.version; end",
    "guard_ticket_update_pays": "create trigger guard_ticket_update_pays after update on ticket begin"
    " delete from open_change where ticket_id = new.id and version = new.version; end",
}
_SQLITE_TABLES = (
    "create table if not exists never (id integer primary key)",
    "create table if not exists open_change (change_id integer primary key, ticket_id integer not null,"
    " version integer not null, never integer not null"
    " references never(id) deferrable initially deferred)",
)


def guard_texts(dialect: str) -> dict[str, str]:
    """Return the triggers of a database by name, in the order in which they are made."""
    if dialect == "sqlite":
        return {guard.name: _sqlite(guard) for guard in GUARDS} | _SQLITE_DEBT
    texts = {guard.name: _postgres(guard) for guard in GUARDS if guard.refuses != "1 = 0"}
    for table in GUARDED_TABLES:
        texts[f"guard_{table}_truncate"] = (
            f"create trigger guard_{table}_truncate before truncate on {table}"
            " for each statement execute function guard_refuse_truncate()"
        )
    texts["guard_change_owes_ticket"] = (
        "create constraint trigger guard_change_owes_ticket after insert on change"
        " deferrable initially deferred for each row execute function guard_change_owes_ticket()"
    )
    return texts


def _sqlite(guard: Guard) -> str:
    condition = f"{guard.refuses} or {guard.taken}" if guard.taken else guard.refuses
    return (
        f"create trigger {guard.name} before {guard.operation} on {guard.table} begin"
        f" select raise(abort, 'tuidesk guard: {guard.operation} on {guard.table}') where {condition}; end"
    )


def _postgres(guard: Guard) -> str:
    return (
        f"create trigger {guard.name} before {guard.operation} on {guard.table}"
        f" for each row execute function {guard.name}()"
    )


def guard_functions() -> dict[str, str]:
    """Return the functions behind the triggers of PostgreSQL by name."""
    texts = {}
    for guard in GUARDS:
        if guard.refuses == "1 = 0":
            continue
        condition = guard.refuses.replace(" is not null", " is not  null").replace(" is not ", " is distinct from ")
        condition = condition.replace(" is distinct from  null", " is not null")
        kept = "old" if guard.operation == "delete" else "new"
        texts[guard.name] = (
            f"create or replace function {guard.name}() returns trigger language plpgsql as $guard$ begin"
            f" if {condition} then raise exception 'tuidesk guard: {guard.operation} on {guard.table}'; end if;"
            f" return {kept}; end $guard$"
        )
    texts["guard_refuse_truncate"] = (
        "create or replace function guard_refuse_truncate() returns trigger language plpgsql as $guard$ begin"
        " raise exception 'tuidesk guard: truncate on %', tg_table_name; end $guard$"
    )
    texts["guard_change_owes_ticket"] = (
        "create or replace function guard_change_owes_ticket() returns trigger language plpgsql as $guard$"
        " begin if not exists(select 1 from ticket where id = new.ticket_id and version >= new.version)"
        " then raise exception 'tuidesk guard: change without its ticket'; end if; return null; end $guard$"
    )
    return texts


def create_guards(connection: sa.Connection) -> None:
    """Put all guards in place; those that are there are replaced."""
    drop_guards(connection)
    if connection.dialect.name == "sqlite":
        for text in _SQLITE_TABLES:
            connection.exec_driver_sql(text)
    else:
        for text in guard_functions().values():
            connection.exec_driver_sql(text.replace("%", "%%"))
    for text in guard_texts(connection.dialect.name).values():
        connection.exec_driver_sql(text)


def drop_guards(connection: sa.Connection) -> None:
    """Take all guards away, for a migration only."""
    if connection.dialect.name == "sqlite":
        for name in guard_texts("sqlite"):
            connection.exec_driver_sql(f"drop trigger if exists {name}")
        return
    tables = {guard.name: guard.table for guard in GUARDS}
    for name in guard_texts("postgresql"):
        table = tables.get(name) or name.removeprefix("guard_").removesuffix("_truncate")
        if name == "guard_change_owes_ticket":
            table = "change"
        connection.exec_driver_sql(f"drop trigger if exists {name} on {table}")


def guard_faults(connection: sa.Connection) -> list[str]:
    """Return the names of guards that are missing or altered; empty when all stand."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("select name, sql from sqlite_master where type = 'trigger'")
        found = {name: " ".join((text or "").lower().split()) for name, text in rows}
        return [
            name
            for name, text in guard_texts("sqlite").items()
            if found.get(name) != " ".join(text.lower().split())
        ]
    rows = connection.exec_driver_sql(
        "select t.tgname, t.tgenabled, p.prosrc, pg_get_triggerdef(t.oid, true)"
        " from pg_trigger t join pg_proc p on p.oid = t.tgfoid"
        " join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace"
        " where not t.tgisinternal and n.nspname = current_schema()"
    )
    live = {name: (enabled, source, text.lower()) for name, enabled, source, text in rows}
    functions = guard_functions()
    faults = []
    for name, text in guard_texts("postgresql").items():
        body = functions.get(name, functions["guard_refuse_truncate"])
        enabled, source, trigger = live.get(name, ("D", "", ""))
        stands = enabled in ("O", b"O", "A", b"A") and source == body.split("$guard$")[1] and trigger == text
        if not stands:
            faults.append(name)
    return faults
