"""A desk to test on: a migrated database of each kind with queues, agents and mail at hand.

A template is migrated and filled once a test process; modules and tests get copies of it. The clock stands
still until a test moves it.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from servers.postgres import PostgresServer
from tuidesk.core.clock import Clock, FrozenClock
from tuidesk.core.desk import Desk
from tuidesk.core.domain.actor import POSTMASTER, Actor, AgentActor, Cause, Door
from tuidesk.core.domain.numbers import NumberStyle
from tuidesk.core.domain.ops import Absorb, Act, AddArticle, Change, Link, MergeInto, NewTicket, Op
from tuidesk.core.domain.replay import differences, replay
from tuidesk.core.domain.sla import EscalationFacts, facts_after_article, facts_after_state, new_facts
from tuidesk.core.domain.states import AutoResponseType, Channel, LinkType, SenderType, StateType
from tuidesk.core.domain.subject import SubjectStyle
from tuidesk.core.domain.ticket import Attachment, Kin, NewArticle, OutgoingMail, Ticket
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store import schema, tx
from tuidesk.core.store.clocks import article_story, read_clocks
from tuidesk.core.store.config_reads import ConfigSource
from tuidesk.core.store.engine import Engines, open_engines
from tuidesk.core.store.guards import GUARDED_TABLES
from tuidesk.core.store.migrate import upgrade
from tuidesk.core.store.ticket_reads import kin_of, recorded_changes, tickets_by_id
from tuidesk.core.tickets.decision import ActDone
from tuidesk.core.tickets.path import ChangePath

MONDAY = datetime(2026, 6, 1, 10, tzinfo=UTC)

SUPPORT_GROUP, SECRET_GROUP = 4, 5
RAW, SUPPORT, SALES, SECRET = 2, 5, 6, 7
"""Raw belongs to `users`, Support and Sales to `support`, Secret to `secret`."""

ANNA, BEN, CORA, NOOR = 2, 3, 4, 5
"""Anna may do everything, Ben everything in `support`, Cora reads `secret` and moves into it, Noor nothing."""

anna, ben, cora, noor = (
    AgentActor(number, name) for number, name in ((ANNA, "anna"), (BEN, "ben"), (CORA, "cora"), (NOOR, "noor"))
)
NEW, CLOSED, UNSOLVED, OPEN, REMOVED, REMINDER, AUTO_CLOSE = 1, 2, 3, 4, 5, 6, 7

_QUEUES = (
    # id, name, group, address, follow-up policy, minutes until first response, update and solution
    (SUPPORT, "Support", SUPPORT_GROUP, "support@desk.test", "possible", (60, 120, 480)),
    (SALES, "Sales", SUPPORT_GROUP, "sales@desk.test", "reject", (0, 0, 0)),
    (SECRET, "Secret", SECRET_GROUP, "secret@desk.test", "new ticket", (0, 90, 0)),
)
_GRANTS = (
    *((ANNA, group, "rw") for group in (1, 2, 3, SUPPORT_GROUP, SECRET_GROUP)),
    (BEN, SUPPORT_GROUP, "rw"),
    (CORA, SECRET_GROUP, "ro"),
    (CORA, SECRET_GROUP, "move_into"),
)


@dataclass
class DeskOnTrial:
    """A Desk with shortcuts for what tests do all the time; `url` opens the same database again."""

    url: str
    engines: Engines
    clock: FrozenClock
    desk: Desk
    _mails: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engines.is_sqlite

    # --- acting ---------------------------------------------------------------------------------

    def act(self, actor: Actor, *changes: Change, door: Door = Door.TUI) -> ActDone:
        """Make an act of these changes."""
        return self.desk.act(actor, Act(changes, Cause(door)))

    def do(self, actor: Actor, ticket: Ticket | int, *ops: Op, seen: int | None = None) -> Ticket:
        """Make an act on one ticket; return the ticket after it."""
        ticket_id = ticket if isinstance(ticket, int) else ticket.id
        return self.act(actor, Change(ticket_id, ops, seen)).changes[0].ticket

    def mail(self, queue_id: int = SUPPORT, *, ops: Sequence[Op] = (), **said: Any) -> Ticket:
        """Take a mail in as a new ticket; `said` are fields of its article."""
        return self.receive(queue_id, ops=ops, **said).changes[0].ticket

    def receive(self, queue_id: int = SUPPORT, *, ops: Sequence[Op] = (), **said: Any) -> ActDone:
        """Take a mail in as a new ticket; return all that was done."""
        article = self.article(**said)
        customer = said.get("sender", "mia@customer.test")
        new = NewTicket(
            self.desk.new_number(), queue_id, article.subject, customer, "customer.test", created_at=article.at
        )
        return self.act(POSTMASTER, Change(new, (AddArticle(article), *ops)), door=Door.MAIL)

    def follow_up(self, ticket: Ticket | int, *ops: Op, **said: Any) -> ActDone:
        """Take a mail in that belongs to a ticket."""
        ticket_id = ticket if isinstance(ticket, int) else ticket.id
        article = self.article(**{"kind": "FollowUp", **said})
        return self.act(POSTMASTER, Change(ticket_id, (AddArticle(article), *ops)), door=Door.MAIL)

    def article(self, **said: Any) -> NewArticle:
        """Return a customer's mail, as far as `said` does not tell otherwise."""
        n = next(self._mails)
        fields: dict[str, Any] = {
            "kind": "EmailCustomer",
            "sender_type": SenderType.CUSTOMER,
            "channel": Channel.EMAIL,
            "visible": True,
            "sender": "mia@customer.test",
            "to": "support@desk.test",
            "subject": f"Subject {n}",
            "body": f"Body {n}",
            "message_id": f"<mail-{n}@customer.test>",
        }
        return NewArticle(**{**fields, **said})

    def merge(self, actor: Actor, merged: Ticket, main: Ticket, *more: Op) -> ActDone:
        """Merge one ticket into another."""
        return self.act(actor, Change(merged.id, (MergeInto(main.id), *more)), Change(main.id, (Absorb(merged.id),)))

    def link(self, actor: Actor, source: Ticket, target: Ticket, kind: LinkType = LinkType.NORMAL) -> ActDone:
        """Link two tickets."""
        return self.act(
            actor,
            Change(source.id, (Link(target.id, kind),)),
            Change(target.id, (Link(source.id, kind, reverse=True),)),
        )

    # --- looking --------------------------------------------------------------------------------

    def viewer(self, actor: AgentActor) -> Viewer:
        """Return what an agent may read."""
        return self.desk.viewer(actor.agent_id)

    def ticket(self, ticket: Ticket | int) -> Ticket:
        """Return a ticket as it is stored now."""
        ticket_id = ticket if isinstance(ticket, int) else ticket.id
        with tx.read(self.engines) as connection:
            return tickets_by_id(connection, [ticket_id], self.desk.config())[ticket_id]

    def kin(self, ticket: Ticket) -> Kin:
        """Return watchers, links and article heads of a ticket."""
        with tx.read(self.engines) as connection:
            return kin_of(connection, [ticket.id])[ticket.id]

    def kinds(self, ticket: Ticket | int, after: int = 0) -> list[str]:
        """Return the kinds of a ticket's history after a version."""
        ticket_id = ticket if isinstance(ticket, int) else ticket.id
        rows = self.desk.history(self.viewer(anna), ticket_id)
        return [row.event.kind.value for row in rows if row.version > after]

    def rows(self, statement: str | sa.Executable, **values: Any) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        query = sa.text(statement) if isinstance(statement, str) else statement
        with tx.read(self.engines) as connection:
            return [tuple(row) for row in connection.execute(query, values)]

    def dump(self) -> Mapping[str, list[str]]:
        """Return all guarded rows, to see whether anything changed."""
        tables = schema.metadata.tables
        return {name: sorted(map(repr, self.rows(sa.select(tables[name])))) for name in GUARDED_TABLES}

    def configure(self, *statements: str) -> None:
        """Change the configuration as an admin would, with a new revision."""
        with self.engines.write.begin() as connection:
            for statement in (*statements, "update config_revision set revision = revision + 1"):
                connection.execute(sa.text(statement))

    # --- checking -------------------------------------------------------------------------------

    def check_stories(self, only: Sequence[int] = ()) -> int:
        """Demand that each ticket is what its history tells, and its clock what its articles tell.

        Looks at all tickets unless some are named; returns how many were looked at.
        """
        config = self.desk.config()
        with tx.read(self.engines) as connection:
            ids = list(only) or list(connection.scalars(sa.select(schema.ticket.c.id)))
            stored, kin = tickets_by_id(connection, ids, config), kin_of(connection, ids)
            told, clocks = recorded_changes(connection, ids), read_clocks(connection, ids)
            for ticket_id in ids:
                found = differences(stored[ticket_id], kin[ticket_id], replay(ticket_id, told[ticket_id]))
                assert not found, (stored[ticket_id], found)
                assert clocks[ticket_id].facts == self._facts(connection, ticket_id), stored[ticket_id]
                clock = sa.select(schema.ticket_clock.c.queue_id).where(schema.ticket_clock.c.ticket_id == ticket_id)
                assert connection.execute(clock).scalar() == stored[ticket_id].queue_id
        return len(ids)

    def _facts(self, connection: sa.Connection, ticket_id: int) -> EscalationFacts:
        """Fold a ticket's articles and states anew."""
        created_at = tickets_by_id(connection, [ticket_id], self.desk.config())[ticket_id].created_at
        assert created_at is not None
        facts = new_facts(created_at)
        for sender_type, visible, at in article_story(connection, ticket_id):
            facts = facts_after_article(facts, sender_type, visible, at)
        for change in recorded_changes(connection, [ticket_id])[ticket_id]:
            for event in change.events:
                if event.data is not None and event.kind.value in ("NewTicket", "StateUpdate"):
                    kind = event.data["state" if event.kind.value == "NewTicket" else "new"]["type"]
                    facts = facts_after_state(facts, StateType(kind))
        return facts


# --- articles that agents write -----------------------------------------------------------------


def note(body: str = "a note", **said: Any) -> AddArticle:
    """Return the op that adds an internal note."""
    fields: dict[str, Any] = {"kind": "AddNote", "channel": Channel.INTERNAL, "visible": False}
    return AddArticle(NewArticle(**{**fields, "sender_type": SenderType.AGENT, "body": body, **said}))


def answer(*recipients: str, delay_s: int = 0, **said: Any) -> AddArticle:
    """Return the op that answers by mail."""
    to = recipients or ("mia@customer.test",)
    fields: dict[str, Any] = {
        "kind": "SendAnswer",
        "sender_type": SenderType.AGENT,
        "channel": Channel.EMAIL,
        "visible": True,
        "sender": "Support <support@desk.test>",
        "to": ", ".join(to),
        "subject": "Answer",
        "body": "an answer",
        "send": OutgoingMail(to, "support@desk.test", delay_s),
    }
    return AddArticle(NewArticle(**{**fields, **said}))


def file(name: str = "a.txt", data: bytes = b"hello") -> Attachment:
    """Return a file to attach."""
    return Attachment(name, "text/plain", data)


# --- databases ----------------------------------------------------------------------------------


def desk_at(url: str, clock: Clock) -> Desk:
    """Return a Desk on a database; the caller disposes of its engines."""
    configs = ConfigSource(
        subject_style=SubjectStyle(),
        number_style=NumberStyle(),
        timezone="Europe/Berlin",
        default_queue="Raw",
        auto_replies_per_day=3,
    )
    return Desk(ChangePath(open_engines(url, durable=False), configs, clock, fqdn=lambda: "desk.test"))


@contextmanager
def on_trial(url: str) -> Iterator[DeskOnTrial]:
    """Open a desk for a test."""
    clock = FrozenClock(MONDAY)
    desk = desk_at(url, clock)
    try:
        yield DeskOnTrial(url, desk.engines, clock, desk)
    finally:
        desk.engines.dispose()


def fill(connection: sa.Connection) -> None:
    """Set up what all tests share: two more groups, three queues, four agents and automatic replies."""
    connection.execute(
        sa.insert(schema.desk_group),
        [
            {"id": n, "name": name, "name_key": name}
            for n, name in ((SUPPORT_GROUP, "support"), (SECRET_GROUP, "secret"))
        ],
    )
    for queue_id, name, group_id, address, policy, (first, update, solution) in _QUEUES:
        targets = {"first_response_min": first, "update_min": update, "solution_min": solution}
        connection.execute(
            sa.insert(schema.queue).values(
                id=queue_id, name=name, name_key=name.casefold(), group_id=group_id, address=address,
                realname=f"{name} Desk", follow_up=policy, follow_up_lock=False, targets=json.dumps(targets),
                unlock_timeout_min=0, salutation="", signature="",
            )
        )  # fmt: skip
    for actor in (anna, ben, cora, noor):
        connection.execute(
            sa.insert(schema.agent).values(
                id=actor.agent_id, login=actor.login, login_key=actor.login, name=actor.login.title(),
                email=f"{actor.login}@desk.test", password_hash="",
            )
        )  # fmt: skip
    connection.execute(
        sa.insert(schema.agent_grant),
        [{"agent_id": agent, "group_id": group, "rights": right} for agent, group, right in _GRANTS],
    )
    connection.execute(
        sa.insert(schema.auto_response),
        [
            {
                "queue_id": queue_id,
                "type": kind.value,
                "subject": "RE: <OTRS_CUSTOMER_SUBJECT[20]>",
                "body": f"{kind.value}: <OTRS_TICKET_TicketNumber>",
            }
            for queue_id in (SUPPORT, SALES)
            for kind in AutoResponseType
        ],
    )
    connection.execute(sa.text("update config_revision set revision = revision + 1"))


def _prepared(url: str) -> str:
    engines = open_engines(url, durable=False)
    try:
        upgrade(engines)
        with engines.write.begin() as connection:
            fill(connection)
    finally:
        engines.dispose()  # the last connection of a SQLite file empties its log: one file is all there is
    return url


@dataclass
class Databases:
    """Makes filled templates; `server` gives the PostgreSQL server, which only starts when it is needed."""

    folder: Path
    server: Callable[[], PostgresServer]
    _templates: dict[str, str] = field(default_factory=dict)

    def template(self, kind: str) -> str:
        """Return the URL of the filled template, made at the first call."""
        if kind not in self._templates:
            empty = f"sqlite:///{self.folder / 'template.db'}" if kind == "sqlite" else self.server()()
            self._templates[kind] = _prepared(empty)
        return self._templates[kind]

    def sqlite_copy(self, folder: Path) -> str:
        """Return the URL of a new copy of the SQLite template."""
        source = sa.make_url(self.template("sqlite")).database
        assert source is not None
        target = folder / "desk.db"
        shutil.copy(source, target)
        return f"sqlite:///{target}"


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Templates of both kinds of database."""
    folder = tmp_path_factory.mktemp("desk-template")
    return Databases(folder, lambda: request.getfixturevalue("postgres_server"))


@contextmanager
def new_database(request: pytest.FixtureRequest, databases: Databases, folder: Path) -> Iterator[str]:
    """Give the URL of a new, filled database of the kind that `request.param` names."""
    if request.param == "sqlite":
        yield databases.sqlite_copy(folder)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create_database(databases.template("postgresql"))
    try:
        yield url
    finally:
        server.drop_database(url)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk_url(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """URL of a filled database of each kind, shared by the tests of a module."""
    with new_database(request, databases, tmp_path_factory.mktemp("desk")) as url:
        yield url


@pytest.fixture(scope="module")
def desk_of_module(desk_url: str) -> Iterator[DeskOnTrial]:
    """The desk behind `desk`."""
    with on_trial(desk_url) as trial:
        yield trial


@pytest.fixture
def desk(desk_of_module: DeskOnTrial) -> DeskOnTrial:
    """A desk on each kind of database; tests of a module share its tickets, and leave its configuration."""
    desk_of_module.clock.at = MONDAY
    return replace(desk_of_module, _mails=itertools.count(1))


@pytest.fixture(params=["sqlite", "postgresql"])
def own_desk(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[DeskOnTrial]:
    """A desk without tickets that the test has for itself."""
    with new_database(request, databases, tmp_path) as url, on_trial(url) as trial:
        yield trial
