"""Getting around the one path with plain SQL: every way is refused by the database and leaves no trace.

SQLite is attacked through a connection of its own with foreign keys off, as any other program opens it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from desk import desk_fixture
from desk.desk_fixture import BEN, DeskOnTrial, anna, ben, file, note, on_trial
from tuidesk.core.domain.ops import SetTitle, SetVisible, Watch
from tuidesk.core.store.guards import GUARDED_TABLES, create_guards, drop_guards, guard_faults

databases, desk_url, own_desk = desk_fixture.databases, desk_fixture.desk_url, desk_fixture.own_desk


@dataclass(frozen=True)
class Scene:
    """A desk whose guarded tables all hold rows, and the ids that attacks name."""

    desk: DeskOnTrial
    ids: Mapping[str, Any]

    def text(self, statement: str) -> str:
        """Fill the ids in."""
        return statement.format_map(self.ids)


@pytest.fixture(scope="module")
def scene(desk_url: str) -> Iterator[Scene]:
    """The scene of all attacks; a refused one leaves it as it was, which each test checks."""
    with on_trial(desk_url) as desk:
        one, two = desk.mail(body="first", attachments=(file(),)), desk.mail(body="second")
        desk.do(ben, one, SetTitle("Told"), Watch(BEN), note())
        desk.link(anna, one, two)
        erase(desk, two.id)
        yield Scene(desk, _ids(desk, one.id, two.id))


def _ids(desk: DeskOnTrial, one: int, two: int) -> Mapping[str, Any]:
    def value(query: str) -> Any:
        return desk.rows(query)[0][0]

    return {
        "one": one,
        "two": two,
        "version": desk.ticket(one).version,
        "next": desk.ticket(one).version + 1,
        "number": desk.ticket(one).number,
        "other_number": desk.ticket(two).number,
        "act": value("select min(id) from act"),
        "change": value(f"select min(id) from change where ticket_id = {one}"),
        "article": value(f"select min(id) from article where ticket_id = {one}"),
        "other_article": value(f"select min(id) from article where ticket_id = {two}"),
        "erasure": value("select min(id) from erasure"),
        "no": desk.ticket(one).last_article_no + 1,
        "agent": BEN,
    }


def erase(desk: DeskOnTrial, ticket_id: int) -> None:
    """Blank the first article of a ticket and what history says of it, as an erasure must be made."""
    (article, change, seq) = desk.rows(
        "select a.id, h.change_id, h.seq from article a join history h on h.change_id = a.change_id"
        " where a.ticket_id = :id and a.no = 1 and h.kind = 'EmailCustomer'",
        id=ticket_id,
    )[0]
    with desk.engines.write.begin() as connection:
        for statement in (
            *_opened(desk, ticket_id, "Erased"),
            "insert into erasure (id, change_id) values (900, 900)",
            f"insert into erasure_item (erasure_id, kind, row_id) values (900, 'article', '{article}')",
            f"insert into erasure_item (erasure_id, kind, row_id) values (900, 'history', '{change}/{seq}')",
            "update article set sender = '', recipient = '', cc = '', reply_to = '', subject = '', body = ''"
            f" where id = {article}",
            f"update history set data = null where change_id = {change} and seq = {seq}",
            f"update ticket set version = version + 1, changed_at = changed_at + 1, title = '' where id = {ticket_id}",
        ):
            connection.exec_driver_sql(statement)


def _opened(desk: DeskOnTrial, ticket_id: int, kind: str = "Misc", number: int = 900) -> list[str]:
    """Return the beginning of a change made by hand, as far as the guards demand it."""
    at = desk.rows("select changed_at from ticket where id = :id", id=ticket_id)[0][0] + 1
    return [
        f"insert into act (id, at, recorded_at, actor, door) values ({number}, {at}, {at}, 'system:admin', 'cli')",
        f"insert into change (id, act_id, ticket_id, version) select {number}, {number}, id, version + 1"
        f" from ticket where id = {ticket_id}",
        f"insert into history (change_id, seq, kind, data, actor)"
        f" values ({number}, 0, '{kind}', '{{}}', 'system:admin')",
    ]


@contextmanager
def _raw(desk: DeskOnTrial, *, foreign_keys: bool = False) -> Iterator[Any]:
    """Give a connection that knows nothing of tuidesk, inside of a transaction; the caller ends it."""
    url = desk.engines.url
    if desk.is_sqlite:
        with closing(sqlite3.connect(url.database or "", isolation_level=None)) as connection:
            connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
        return
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(plain)) as connection:
        yield connection


_ERRORS = (sqlite3.Error, psycopg.Error)


def _refused(scene: Scene, *statements: str, by: str = "tuidesk guard") -> None:
    """Demand that the last statement is refused, after those before it were not, and that nothing changed."""
    before = scene.desk.dump()
    *cover, attack = (scene.text(statement) for statement in statements)
    with _raw(scene.desk) as connection:
        for statement in cover:
            connection.execute(statement)
        with pytest.raises(_ERRORS, match=by):
            connection.execute(attack)
        connection.execute("rollback" if cover else "commit")
    assert scene.desk.dump() == before


def _columns(scene: Scene, table: str) -> list[str]:
    with scene.desk.engines.read.connect() as connection:
        columns = [column["name"] for column in sa.inspect(connection).get_columns(table)]
    return [column for column in columns if column != "index"]


def _copy(scene: Scene, table: str, *, verb: str = "insert", **changed: str) -> str:
    """Return a statement that puts a row again, with some columns changed."""
    columns = _columns(scene, table)
    values = ", ".join(changed.get(column, column) for column in columns)
    where = {"article": "id = {article}", "ticket": "id = {one}", "attachment": "article_id = {article}"}.get(table)
    clause = f" where {where}" if where else ""
    return f"{verb} into {table} ({', '.join(columns)}) select {values} from {table}{clause} limit 1"


# --- each operation on each table ---------------------------------------------------------------

NEW_KEYS: dict[str, dict[str, str]] = {
    "change": {"id": "901", "version": "77"},
    "history": {"seq": "77"},
    "ticket": {"id": "901", "number": "'901'", "version": "1"},
    "article": {"id": "901", "no": "77"},
    "attachment": {"n": "77"},
    "ticket_watcher": {"agent_id": "77"},
    "ticket_link": {"type": "'ParentChild'"},
    "erasure": {"id": "901"},
    "erasure_item": {"row_id": "'901'"},
}


def test_the_scene_has_rows_in_every_guarded_table(scene: Scene) -> None:
    dump = scene.desk.dump()
    assert set(dump) == set(GUARDED_TABLES) == {*NEW_KEYS, "act"}
    assert all(dump.values())


@pytest.mark.parametrize("table", NEW_KEYS)
def test_insert(scene: Scene, table: str) -> None:
    """(An act alone touches no ticket: any may be written, none may be altered.)"""
    _refused(scene, _copy(scene, table, **NEW_KEYS[table]))


@pytest.mark.parametrize("table", GUARDED_TABLES)
def test_insert_of_what_is_there(scene: Scene, table: str) -> None:
    _refused(scene, _copy(scene, table), by="tuidesk guard|duplicate key")


@pytest.mark.parametrize("table", GUARDED_TABLES)
def test_replace(scene: Scene, table: str) -> None:
    if scene.desk.is_sqlite:
        _refused(scene, _copy(scene, table, verb="replace"))
    else:  # there is no REPLACE; an upsert is its like
        column = _columns(scene, table)[-1]
        keys = ", ".join(_primary(scene, table))
        upsert = _copy(scene, table) + f" on conflict ({keys}) do update set {column} = excluded.{column}"
        _refused(scene, upsert)


def _primary(scene: Scene, table: str) -> list[str]:
    with scene.desk.engines.read.connect() as connection:
        return list(sa.inspect(connection).get_pk_constraint(table)["constrained_columns"])


@pytest.mark.parametrize("table", GUARDED_TABLES)
def test_delete(scene: Scene, table: str) -> None:
    _refused(scene, f"delete from {table}")


@pytest.mark.parametrize("table", GUARDED_TABLES)
def test_truncate(scene: Scene, table: str) -> None:
    if scene.desk.is_sqlite:
        _refused(scene, f"delete from {table} where 1")  # the truncate optimisation of SQLite
    else:
        _refused(scene, f"truncate {table} cascade")


@pytest.mark.parametrize(
    "statement",
    [
        "update act set actor = 'agent:forged'",
        "update act set undoes = null",
        "update change set version = version + 1",
        "update change set act_id = act_id",
        "update change set parent_id = id",
        "update history set kind = 'Forged'",
        "update history set actor = 'agent:forged'",
        "update history set seq = seq + 50",
        "update history set data = '{{}}' where change_id = {change}",
        "update history set data = null where change_id = {change}",
        "update history set rule_id = 7 where change_id = {change}",
        "update history set data = 'again' where data is null",
        "update ticket set title = 'forged' where id = {one}",
        "update ticket set title = title where id = {one}",
        "update ticket set owner_id = 3, lock = 2 where id = {one}",
        "update ticket set version = version - 1 where id = {one}",
        "update ticket set version = version + 1 where id = {one}",
        "update ticket set version = version + 2 where id = {one}",
        "update article set body = 'forged' where id = {article}",
        "update article set body = '' where id = {article}",
        "update article set sender='', recipient='', cc='', reply_to='', subject='', body='' where id = {article}",
        "update article set body = 'forged' where id = {other_article}",
        "update article set visible = not visible where id = {article}",
        "update article set ticket_id = {two}, no = 77 where id = {article}",
        "update article set no = 77 where id = {article}",
        "update article set sender_type = 'agent' where id = {article}",
        "update article set at = 0 where id = {article}",
        "update article set message_id = '<forged@x>' where id = {article}",
        "update article set flags = 'forged' where id = {article}",
        "update article set change_id = (select max(id) from change) where id = {article}",
        "update article set id = 901 where id = {article}",
        "update attachment set name = 'forged'",
        "update ticket_watcher set agent_id = 77",
        "update ticket_link set type = 'ParentChild'",
        "update erasure set change_id = {change}",
        "update erasure_item set row_id = '{article}'",
    ],
)
def test_update(scene: Scene, statement: str) -> None:
    _refused(scene, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "update or replace ticket set number = '{other_number}' where id = {one}",
        "update or replace ticket set id = {two} where id = {one}",
        "update or replace article set ticket_id = {two} where id = {article}",
        "update or replace change set version = 2 where id = {change}",
        "update or replace history set seq = 0 where change_id = {change}",
        "replace into ticket (id, number, version) values (901, '{number}', 1)",
        "replace into change (id, act_id, ticket_id, version) values (901, {act}, {one}, {version})",
        "replace into article (id, ticket_id, no, change_id) values (901, {one}, 1, {change})",
        "insert or ignore into ticket (id, number, version) values (901, '901', 1)",
        "insert into ticket (id, number, version, title) values ({one}, '{number}', 1, '')"
        " on conflict (id) do update set title = 'forged'",
        "insert into ticket (id, number, version, title) values (901, '{number}', 1, '')"
        " on conflict (number) do update set title = 'forged'",
    ],
)
def test_the_conflict_clauses_of_sqlite(scene: Scene, statement: str) -> None:
    if not scene.desk.is_sqlite:  # the same wish in the words that PostgreSQL has for it
        statement = "update ticket set number = '{other_number}x', version = version + 1 where id = {one}"
    _refused(scene, statement)


# --- under cover of a change --------------------------------------------------------------------


@pytest.mark.parametrize(
    "statements",
    [
        # no history
        (
            "insert into change (id, act_id, ticket_id, version) values (950, {act}, {one}, {next})",
            "update ticket set version = {next} where id = {one}",
        ),
        # a change that was closed long ago
        ("insert into history (change_id, seq, kind, actor) values ({change}, 77, 'Misc', 'x')",),
        # two changes ahead
        ("insert into change (id, act_id, ticket_id, version) values (950, {act}, {one}, {next} + 1)",),
        # a ticket that begins at a later version
        ("insert into change (id, act_id, ticket_id, version) values (950, {act}, 951, 2)",),
    ],
)
def test_half_a_change(scene: Scene, statements: tuple[str, ...]) -> None:
    _refused(scene, *statements)


@pytest.mark.parametrize(
    "statement",
    [
        "update ticket set version = {next} + 1 where id = {one}",
        "update ticket set version = {next}, number = 'forged' where id = {one}",
        "update ticket set version = {next}, created_at = 0 where id = {one}",
        "update ticket set version = version + 1 where id = {two}",
        "update article set ticket_id = {two}, no = 77 where id = {article}",
        "update article set visible = false where id = {other_article}",
        "update article set no = 2 where id = {article}",
        "update article set body = 'forged' where id = {article}",
        "update history set data = null where change_id = {change}",
        "delete from article where id = {article}",
        "delete from attachment",
        "delete from ticket_link",
        "insert into ticket_watcher (ticket_id, agent_id) values ({two}, 2)",
        "insert into ticket_link (source_id, target_id, type) values ({one}, {two}, 'ParentChild')",
        "insert into erasure_item (erasure_id, kind, row_id) values ({erasure}, 'article', '{article}')",
        "insert into history (change_id, seq, kind, actor) values ({change}, 77, 'Misc', 'x')",
        "insert into change (id, act_id, ticket_id, version) values (951, {act}, {one}, {next} + 1)",
    ],
)
def test_an_open_change_of_one_ticket_covers_nothing_else(scene: Scene, statement: str) -> None:
    _refused(scene, *_cover(scene), statement)


@pytest.mark.parametrize("table", ["article", "attachment", "ticket_watcher", "history", "change", "erasure_item"])
def test_nothing_is_replaced_under_cover_of_an_open_change(scene: Scene, table: str) -> None:
    covered = {"change_id": "930"} if table in ("article", "erasure") else {}
    verb = "replace" if scene.desk.is_sqlite else "insert"
    again = _copy(scene, table, verb=verb, **covered)
    _refused(scene, *_cover(scene), again, by="tuidesk guard|duplicate key")


def test_an_article_belongs_to_the_ticket_of_its_change(scene: Scene) -> None:
    wrong = _copy(scene, "article", id="901", no="77", ticket_id="{two}", change_id="930")
    _refused(scene, *_cover(scene), wrong)


def test_a_new_ticket_does_not_steal_a_number(scene: Scene) -> None:
    verb = "replace" if scene.desk.is_sqlite else "insert"
    _refused(
        scene,
        "insert into change (id, act_id, ticket_id, version) values (950, {act}, 951, 1)",
        "insert into history (change_id, seq, kind, actor) values (950, 0, 'NewTicket', 'x')",
        _copy(scene, "ticket", verb=verb, id="951", version="1"),
        by="tuidesk guard|duplicate key",
    )


@pytest.mark.parametrize("new", [False, True])
def test_a_change_is_not_committed_without_its_ticket(scene: Scene, new: bool) -> None:
    before = scene.desk.dump()
    opened = [
        "insert into change (id, act_id, ticket_id, version) values (930, {act}, 951, 1)",
        "insert into history (change_id, seq, kind, actor) values (930, 0, 'NewTicket', 'x')",
    ]
    statements = opened if new else _cover(scene)
    with _raw(scene.desk, foreign_keys=True) as connection:
        for statement in statements:
            connection.execute(scene.text(statement))
        with pytest.raises(_ERRORS, match=r"FOREIGN KEY|foreign key|change without its ticket"):
            connection.execute("commit")
    assert scene.desk.dump() == before


def test_the_cover_of_these_attacks_is_a_change_as_it_should_be(scene: Scene) -> None:
    with _raw(scene.desk, foreign_keys=True) as connection:
        for statement in (*_cover(scene), "update ticket set version = version + 1 where id = {one}"):
            connection.execute(scene.text(statement))
        connection.execute("rollback")


def _cover(scene: Scene) -> list[str]:
    """Return a change of the first ticket that is open and well told."""
    return _braced(_opened(scene.desk, scene.ids["one"], number=930))


def _braced(statements: list[str]) -> list[str]:
    return [statement.replace("{", "{{").replace("}", "}}") for statement in statements]


# --- what is allowed ----------------------------------------------------------------------------


def test_readers_cannot_write_at_all(scene: Scene) -> None:
    before = scene.desk.dump()
    with (
        pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"),
        scene.desk.engines.read.connect() as connection,
    ):
        connection.exec_driver_sql("update config_revision set revision = 0")
    assert scene.desk.dump() == before


def test_an_erasure_blanks_what_it_names_and_replay_agrees(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    ticket = desk.mail(body="private")
    desk.do(ben, ticket, SetVisible(1, False))
    erase(desk, ticket.id)
    view = desk.desk.ticket(desk.viewer(ben), ticket.id)
    assert [(one.body, one.sender, one.subject) for one in view.articles] == [("", "", "")]
    assert (view.ticket.version, view.ticket.title) == (3, "")
    assert desk.rows("select count(*) from history where data is null") == [(1,)]
    desk.check_stories()
    # life goes on, and the words do not come back
    desk.do(ben, ticket, note("later"), SetTitle("New"))
    desk.follow_up(ticket)
    desk.check_stories()
    scene = Scene(desk, _ids(desk, ticket.id, ticket.id))
    _refused(scene, "update article set body = 'again' where id = {article}")
    _refused(scene, "update history set data = '' where data is null")
    _refused(scene, "insert into erasure_item (erasure_id, kind, row_id) values (900, 'article', '2')")


def test_the_first_row_of_a_history_may_be_erased_too(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    ticket = desk.mail(body="private")
    with desk.engines.write.begin() as connection:
        for statement in (
            *_opened(desk, ticket.id, "Erased"),
            "insert into erasure (id, change_id) values (900, 900)",
            "insert into erasure_item (erasure_id, kind, row_id) values (900, 'history', '1/0')",
            "update history set data = null where change_id = 1 and seq = 0",
            "update ticket set version = 2, changed_at = changed_at + 1, title = '', customer_user = ''",
        ):
            connection.exec_driver_sql(statement)
    desk.check_stories()


# --- whether they stand -------------------------------------------------------------------------


def _faults(desk: DeskOnTrial) -> list[str]:
    with desk.engines.read.connect() as connection:
        return guard_faults(connection)


def test_all_guards_stand_after_an_upgrade_and_can_be_put_again(own_desk: DeskOnTrial) -> None:
    assert _faults(own_desk) == []
    with own_desk.engines.write.begin() as connection:
        create_guards(connection)
    assert _faults(own_desk) == []


@pytest.mark.parametrize("name", ["guard_history_update", "guard_ticket_delete", "guard_change_owes_ticket"])
def test_a_dropped_guard_is_noticed(own_desk: DeskOnTrial, name: str) -> None:
    table = {"guard_history_update": "history", "guard_ticket_delete": "ticket"}.get(name, "change")
    on = "" if own_desk.is_sqlite else f" on {table}"
    with own_desk.engines.write.begin() as connection:
        connection.exec_driver_sql(f"drop trigger {name}{on}")
    assert _faults(own_desk) == [name]


def _altered(desk: DeskOnTrial) -> dict[str, list[str]]:
    if desk.is_sqlite:
        weak = "create trigger guard_history_delete before delete on history begin select 1; end"
        return {"weaker": ["drop trigger guard_history_delete", weak]}
    again = "create trigger guard_history_delete {} on history for each row {}execute function guard_history_delete()"
    return {
        "weaker": [
            "create or replace function guard_history_delete() returns trigger language plpgsql as"
            " $guard$ begin return old; end $guard$"
        ],
        "switched off": ["alter table history disable trigger guard_history_delete"],
        "never": ["drop trigger guard_history_delete on history", again.format("before delete", "when (false) ")],
        "too late": ["drop trigger guard_history_delete on history", again.format("after delete", "")],
        "elsewhere": ["drop trigger guard_history_delete on history", again.format("before update", "")],
    }


def test_an_altered_guard_is_noticed(own_desk: DeskOnTrial) -> None:
    for how, statements in _altered(own_desk).items():
        with own_desk.engines.write.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        assert _faults(own_desk) == ["guard_history_delete"], how
        with own_desk.engines.write.begin() as connection:
            if not own_desk.is_sqlite:
                connection.exec_driver_sql("alter table history enable trigger guard_history_delete")
            create_guards(connection)
        assert _faults(own_desk) == [], how


def test_without_guards_all_are_missing(own_desk: DeskOnTrial) -> None:
    with own_desk.engines.write.begin() as connection:
        drop_guards(connection)
    assert len(_faults(own_desk)) > 3 * len(GUARDED_TABLES) - 3
