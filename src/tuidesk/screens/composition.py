"""What is being written, as a value: begun from a ticket, kept as a draft, made into an act.

Runs in thread workers of the composer. No widget, no key. Invariant: `from_draft(to_draft(c)) == c`, also
through JSON.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuidesk.core.domain.events import Kind
from tuidesk.core.domain.named import queue_named
from tuidesk.core.domain.ops import Act, Change, Op, SetState
from tuidesk.core.domain.states import StateType
from tuidesk.core.domain.ticket import Attachment
from tuidesk.core.errors import Invalid, NotFound
from tuidesk.core.i18n import _
from tuidesk.session import Session

if TYPE_CHECKING:
    from tuidesk.core.desk import TicketView
    from tuidesk.core.domain.desk_config import DeskConfig
    from tuidesk.core.store.ticket_view import Article
    from tuidesk.core.tickets.decision import ActDone

KINDS = ("reply", "reply_all", "forward", "note", "phone", "mail")
ON_A_TICKET = frozenset({"reply", "reply_all", "forward", "note"})
BY_MAIL = frozenset({"reply", "reply_all", "forward", "mail"})
_AUTOMATIC = frozenset({Kind.SEND_AUTO_REPLY.value, Kind.SEND_AUTO_REJECT.value, Kind.SEND_AUTO_FOLLOW_UP.value})
_QUEUES_NAMED = 20
# untranslated: what customers' and agents' mails are searched for
_FILE_WORDS = ("attach", "anhang", "anbei", "angehängt", "pièce jointe", "adjunto")


@dataclass(frozen=True, slots=True)
class Composition:
    """A text on its way to become an article.

    `number` and `title` name the ticket for people; `start` and `start_head` are body and fields as they were
    at the beginning, so that an untouched draft is known. `seen_article` is the newest article that the writer
    has been told of. `files` are paths on this machine, `carried` files of the article that is forwarded, each
    its number and its name.
    """

    kind: str
    ticket_id: int | None = None
    article_no: int | None = None
    seen_version: int | None = None
    seen_article: int = 0
    number: str = ""
    title: str = ""
    sender: str = ""
    to: str = ""
    cc: str = ""
    queue: str = ""
    subject: str = ""
    body: str = ""
    start: str = ""
    start_head: tuple[str, ...] = field(default=())
    greeting: str = ""
    files: tuple[str, ...] = field(default=())
    carried: tuple[str, ...] = field(default=())

    @property
    def head(self) -> tuple[str, ...]:
        """The fields above the text."""
        return (self.to, self.cc, self.queue, self.subject)

    @property
    def written(self) -> bool:
        """True when there is a text, and more than it began with; a forward says enough as it begins."""
        return self.body.strip() not in (("",) if self.kind == "forward" else ("", self.start.strip()))

    @property
    def touched(self) -> bool:
        """True when somebody wrote something worth keeping."""
        return self.body.strip() != self.start.strip() or self.head != self.start_head or bool(self.files)

    def as_begun(self) -> Composition:
        """Return it as something that nobody has touched yet."""
        return replace(self, start=self.body, start_head=self.head)

    @property
    def write_at(self) -> int:
        """The place in the text where writing goes on: before what it began with, behind what was written."""
        tail = self.start.removeprefix(self.greeting).strip()
        mine = self.body.rstrip()
        if tail and mine.endswith(tail):
            mine = mine[: -len(tail)].rstrip()
        elif tail:
            return len(mine)
        return min(len(self.body), len(mine) + 2) if mine == self.greeting and mine else len(mine)


def to_draft(composition: Composition) -> dict[str, Any]:
    """Return a composition as JSON values."""
    return asdict(composition)


def from_draft(content: Mapping[str, Any]) -> Composition:
    """Return a composition that was kept; fields of another version are left out."""
    known = {one.name for one in fields(Composition)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in content.items() if key in known
    }
    return Composition(**values)


def begin(
    session: Session, kind: str, ticket_id: int | None, article_no: int | None, queue: str = ""
) -> Composition:
    """Return what the composer starts with. Raises NotFound, and Invalid for a queue that cannot send."""
    from tuidesk.core.tickets import intents

    config = session.config
    if ticket_id is None:
        return Composition(kind, queue=queue or config.default_queue).as_begun()
    view = session.desk.ticket(session.viewer, ticket_id)
    ticket = view.ticket
    base = Composition(
        kind,
        ticket_id=ticket.id,
        seen_version=ticket.version,
        seen_article=ticket.last_article_no,
        number=ticket.number,
        title=ticket.title,
        queue=config.queues[ticket.queue_id].name,
    )
    if kind == "note":
        return replace(base, subject=_("Note"), article_no=article_no).as_begun()
    article = _article(view, article_no)
    if article is not None and (article.kind in _AUTOMATIC or (kind != "forward" and not article.visible)):
        # an automatic reply says nothing to answer, and the customer must not read what was meant for us
        article = intents.last_customer_article(view.articles)
    sender = intents.sender_of(config.queues[ticket.queue_id])
    if article is None:
        attribution = ""
    else:
        attribution = _("On {when}, {who} wrote:").format(
            when=f"{article.at:%Y-%m-%d %H:%M} UTC", who=article.sender or article.sender_type.value
        )
    body = intents.reply_body(config, ticket, article, attribution)
    to, cc = intents.reply_recipients(config, ticket, article, everybody=kind == "reply_all")
    if not to:  # a call, say, has no address
        asked = intents.last_customer_article(view.articles)
        to, _cc = intents.reply_recipients(config, ticket, asked, everybody=False)
        to = to or session.desk.customer_address(ticket)
    subject = intents.reply_subject(config, ticket, article)
    if kind == "forward":
        to, cc, subject = "", "", intents.forward_subject(config, ticket, article)
        body = intents.forward_body(config, ticket, article, f"{article.at:%Y-%m-%d %H:%M} UTC" if article else "")
        base = replace(base, carried=tuple(f"{file.n} {file.name}" for file in article.files) if article else ())
    return replace(
        base,
        article_no=article.no if article else None,
        sender=sender,
        to=to,
        cc=cc,
        subject=subject,
        body=body,
        greeting=config.queues[ticket.queue_id].salutation.strip(),
    ).as_begun()


def send(session: Session, what: Composition, *, close: bool, undo_send_s: int) -> ActDone:
    """Make the act that a composition means. Raises what the desk refuses, and Invalid for a bad field."""
    act = _act(session, what, close=close, undo_send_s=undo_send_s)
    return session.desk.act(session.agent, act)


def stop_sending(session: Session, ticket_id: int, outbox_id: int, sent: Composition) -> Composition:
    """Stop a mail that still waits, keep what was `sent` as a draft on its ticket, and return it.

    Raises Invalid when sending won.
    """
    from tuidesk.core.domain.ops import StopSend

    session.act([Change(ticket_id, (StopSend(outbox_id),))])
    ticket = session.desk.ticket(session.viewer, ticket_id).ticket
    again = replace(
        sent,
        kind=sent.kind if sent.kind in ON_A_TICKET else "reply",  # the mail of a new ticket: the ticket is there now
        ticket_id=ticket_id,
        seen_version=ticket.version,
        seen_article=ticket.last_article_no,
        number=ticket.number,
        title=ticket.title,
        queue=session.config.queues[ticket.queue_id].name,
    )
    session.desk.save_draft(session.agent, None, ticket_id, again.kind, to_draft(again), again.seen_version)
    return again


def warnings(what: Composition, config: DeskConfig) -> list[str]:
    """Return what a careful colleague would ask before this is sent."""
    found = []
    if what.ticket_id is None and not _is_queue(config, what.queue):
        names = ", ".join(sorted(config.queue_ids)[:_QUEUES_NAMED])
        found.append(_("There is no queue “{name}”; there are: {names}").format(name=what.queue, names=names))
    fresh = "\n".join(line for line in what.body.splitlines() if not line.startswith(">")).casefold()
    names_file = any(word in fresh for word in _FILE_WORDS)
    if what.kind in BY_MAIL and names_file and not what.files:
        found.append(_("The text speaks of an attachment, and nothing is attached."))
    if not what.written:
        found.append(_("Nothing was written yet."))
    return found


def _is_queue(config: DeskConfig, name: str) -> bool:
    try:
        queue_named(config, name)
    except NotFound:
        return False
    return True


def _act(session: Session, what: Composition, *, close: bool, undo_send_s: int) -> Act:
    from tuidesk.core.domain.actor import Cause, Door
    from tuidesk.core.tickets import intents

    config, cause = session.config, Cause(Door.TUI)
    files = _attachments(what.files)
    if what.ticket_id is None:
        return _new_ticket(session, what, files, close=close, undo_send_s=undo_send_s)
    after: tuple[Op, ...] = ()
    if close:
        after = (SetState(config.first_state(StateType.CLOSED).id),)
    if what.kind == "note":
        name = config.agents[session.agent.agent_id].name
        added = intents.note(what.subject, what.body, attachments=files, sender=name)
        return Act((Change(what.ticket_id, (added, *after), what.seen_version),), cause)
    view = session.desk.ticket(session.viewer, what.ticket_id)
    article = _article(view, what.article_no)
    if article is not None:
        files = (*_carried(session, what, article), *files)
    answer = intents.reply(
        config,
        view.ticket,
        article,
        to=what.to,
        cc=what.cc,
        subject=what.subject,
        body=what.body,
        attachments=files,
        delay_s=undo_send_s,
        kind=(Kind.FORWARD if what.kind == "forward" else Kind.SEND_ANSWER).value,
    )
    if not close and what.kind != "forward":
        after = intents.after_reply(config, view.ticket)
    return Act((Change(what.ticket_id, (answer, *after), what.seen_version),), cause)


def _new_ticket(
    session: Session, what: Composition, files: Sequence[Attachment], *, close: bool, undo_send_s: int
) -> Act:
    from tuidesk.core.domain.actor import Cause, Door
    from tuidesk.core.tickets import intents

    config = session.config
    if not what.to.strip():
        raise Invalid("customer", "", _("a login or a mail address"))
    queue = queue_named(config, what.queue)
    customer = session.desk.customer(what.to)
    number = session.desk.new_number()
    if what.kind == "mail":
        first = intents.first_mail(
            config,
            queue.id,
            number,
            to=customer.address,
            cc=what.cc,
            subject=what.subject,
            body=what.body,
            attachments=files,
            delay_s=undo_send_s,
        )
    else:
        first = intents.phone_call(
            what.subject, what.body, inbound=True, sender=customer.address or customer.login, attachments=files
        )
    state = config.first_state(StateType.CLOSED if close else StateType.OPEN)
    return intents.new_ticket(
        number, queue.id, what.subject, customer.login, customer.customer_id, first, Cause(Door.TUI), state_id=state.id
    )


def _article(view: TicketView, no: int | None) -> Article | None:
    from tuidesk.core.tickets import intents

    if no is None:
        return intents.last_customer_article(view.articles)
    found = next((one for one in view.articles if one.no == no), None)
    if found is None:
        raise NotFound("article", f"{view.ticket.number} #{no}")
    return found


def _carried(session: Session, what: Composition, article: Article) -> tuple[Attachment, ...]:
    kinds = {file.n: file.content_type for file in article.files}
    found = []
    for text in what.carried:
        n = int(text.partition(" ")[0])
        name, data = session.desk.file(session.viewer, what.ticket_id or 0, article.no, n)
        found.append(Attachment(name, kinds.get(n, "application/octet-stream"), data))
    return tuple(found)


def _attachments(paths: Sequence[str]) -> tuple[Attachment, ...]:
    found = []
    for text in paths:
        path = Path(text).expanduser()
        try:
            data = path.read_bytes()
        except OSError as error:
            allowed = _("a file that can be read ({reason})").format(reason=error.strerror)
            raise Invalid("attachment", text, allowed) from error
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        found.append(Attachment(path.name, kind, data))
    return tuple(found)
