"""A real desk on SQLite for the screens' tests, and the app over it. Times stand still; texts are fixed."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tuidesk.app import TuideskApp
from tuidesk.core.clock import FrozenClock
from tuidesk.core.desk import Desk
from tuidesk.core.domain.actor import POSTMASTER, Actor, AgentActor, Cause, Door
from tuidesk.core.domain.numbers import NumberStyle
from tuidesk.core.domain.ops import Act, AddArticle, Change, NewTicket, Op
from tuidesk.core.domain.states import Channel, SenderType
from tuidesk.core.domain.subject import SubjectStyle
from tuidesk.core.domain.ticket import Attachment, NewArticle, Ticket
from tuidesk.core.store.config_reads import ConfigSource
from tuidesk.core.store.engine import Engines, open_engines
from tuidesk.core.store.migrate import upgrade
from tuidesk.core.tickets.path import ChangePath

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RAW, JUNK, SECRET = 2, 3, 5
ANNA, BEN = AgentActor(2, "anna"), AgentActor(3, "ben")

_SETUP = (
    "insert into agent(id,login,login_key,name,email,password_hash,valid) values"
    " (2,'anna','anna','Anna Berg','anna@desk.test','',true), (3,'ben','ben','Ben Ott','ben@desk.test','',true)",
    "insert into desk_group(id,name,name_key,valid) values (9,'secret','secret',true)",
    "insert into agent_grant values (2,1,'rw'), (3,1,'rw'), (2,9,'ro')",
    "update queue set address='raw@desk.test' where id=2",
    "insert into queue select 5,'Secret','secret',9,'','',follow_up,follow_up_lock,targets,calendar_id,"
    "unlock_timeout_min,salutation,signature,valid from queue where id=2",
    "update config_revision set revision=revision+1",
)


@dataclass
class TuiDesk:
    """A desk and what tests do with it."""

    engines: Engines
    desk: Desk
    clock: FrozenClock
    _mails: Any = field(default_factory=lambda: itertools.count(1))

    def app(self, **more: Any) -> TuideskApp:
        """Return the app over this desk."""
        given: dict[str, Any] = {"agent": ANNA, "feed": None, "clock": self.clock, "zone": "UTC", **more}
        return TuideskApp(lambda: self.desk, **given)

    def mail(self, title: str = "", *, queue_id: int = RAW, ops: tuple[Op, ...] = (), **said: Any) -> Ticket:
        """Take a mail in as a new ticket."""
        n = next(self._mails)
        title = title or f"Subject {n}"
        article = self.article(n, subject=title, **said)
        new = NewTicket(self.desk.new_number(), queue_id, title, f"c{n}@x.test", "x.test", created_at=said.get("at"))
        done = self.desk.act(POSTMASTER, Act((Change(new, (AddArticle(article), *ops)),), Cause(Door.MAIL)))
        return done.changes[0].ticket

    def follow_up(self, ticket: Ticket, body: str) -> Ticket:
        """Take a mail in that belongs to a ticket."""
        article = self.article(next(self._mails), kind="FollowUp", body=body)
        return self.do(POSTMASTER, ticket, AddArticle(article))

    def article(self, n: int, **said: Any) -> NewArticle:
        """Return a customer's mail, as far as `said` does not tell otherwise."""
        fields: dict[str, Any] = {
            "kind": "EmailCustomer",
            "sender_type": SenderType.CUSTOMER,
            "channel": Channel.EMAIL,
            "visible": True,
            "sender": f"Mia Lee <c{n}@x.test>",
            "to": "raw@desk.test",
            "body": f"Body {n}",
            "message_id": f"<{n}@x.test>",
        }
        return NewArticle(**{**fields, **said})

    def do(self, actor: Actor, ticket: Ticket | int, *ops: Op) -> Ticket:
        """Make an act on a ticket; return the ticket after it."""
        ticket_id = ticket if isinstance(ticket, int) else ticket.id
        done = self.desk.act(actor, Act((Change(ticket_id, ops),), Cause(Door.TUI)))
        return done.changes[0].ticket

    def ticket(self, ticket: Ticket | int) -> Ticket:
        """Return a ticket as it is now."""
        ticket_id = ticket if isinstance(ticket, int) else ticket.id
        return self.desk.ticket(self.desk.viewer(ANNA.agent_id), ticket_id).ticket

    def close(self) -> None:
        """Close all connections, once what outlives the app is done with them."""
        for thread in threading.enumerate():
            if thread.name in ("tuidesk-leave", "tuidesk-draft"):
                thread.join(30)
        self.engines.dispose()


def open_desk(path: Path, clock: Any = None) -> TuiDesk:
    """Return a desk on a database file, made when it is not there."""
    new = not path.exists()
    engines = open_engines(f"sqlite:///{path}", durable=False)
    if new:
        upgrade(engines)
        with engines.write.begin() as connection:
            for statement in _SETUP:
                connection.execute(sa.text(statement))
    clock = clock or FrozenClock(NOON)
    configs = ConfigSource(
        subject_style=SubjectStyle(),
        number_style=NumberStyle(),
        timezone="UTC",
        default_queue="Raw",
        auto_replies_per_day=40,
    )
    return TuiDesk(engines, Desk(ChangePath(engines, configs, clock, fqdn=lambda: "desk.test")), clock)


TALK = """Hello,

since this morning the VPN connection drops once per hour. I use the client version 5.1
on Windows 11. The log says peer did not respond, then tunnel closed.

On Mon, 23 Nov 2026 at 08:00, Support wrote:
> Dear Mia,
> can you send us
> the client log?
> Support

Can you help? 日本語 and 👩‍👩‍👧 too.
--\u0020
Mia Lee
ACME Ltd
"""


def fill(desk: TuiDesk, count: int, word: Callable[[int], str] = lambda n: f"Printer {n} is on fire") -> None:
    """Fill a desk with tickets of some variety."""
    for n in range(count):
        at = desk.clock.now() - timedelta(minutes=7 * (count - n))
        files = (Attachment("client.log", "text/plain", b"x" * 14_000),) if n % 5 == 0 else ()
        ticket = desk.mail(word(n), body=TALK, attachments=files, at=at, queue_id=RAW if n % 3 else JUNK)
        if n % 4 == 0:
            desk.follow_up(ticket, "Any news?\n\n> earlier words\n> of mine\n> here")
