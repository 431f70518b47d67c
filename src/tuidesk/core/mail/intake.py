"""From the spool into tickets: each mail becomes exactly one ticket or article, or is set aside.

Better a minimal ticket than a lost mail: what cannot be read is still made a ticket that says so and
keeps the raw mail. Reading happens outside any transaction; deciding and writing in one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import getaddresses

import sqlalchemy as sa

from tuidesk.core.domain.actor import POSTMASTER, Cause, Door
from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.follow_up import FollowUp, follow_up, is_stranger
from tuidesk.core.domain.ops import Act, AddArticle, Change, Link, NewTicket, NoteDelivery, Op
from tuidesk.core.domain.states import AutoResponseType, Channel, SenderType
from tuidesk.core.domain.subject import clean_subject
from tuidesk.core.domain.text import address_key
from tuidesk.core.domain.ticket import Attachment, NewArticle, Ticket
from tuidesk.core.errors import DatabaseUnavailable, TuideskError
from tuidesk.core.i18n import _
from tuidesk.core.mail.header_text import header_text
from tuidesk.core.mail.notices import notices
from tuidesk.core.mail.parse import read_mail
from tuidesk.core.mail.parsed import Address, ParsedMail
from tuidesk.core.mail.threading import Match, match_ticket
from tuidesk.core.store import inbox, tx
from tuidesk.core.store.admin_customers import customer_by_email
from tuidesk.core.store.ticket_reads import article_with_message, participants
from tuidesk.core.tickets.decision import ActDone
from tuidesk.core.tickets.path import ChangePath

CLAIM_MAILS = 50
LEASE = timedelta(minutes=5)
OLD = timedelta(days=7)
BOUNCES_MAX = 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one mail: new, follow-up, duplicate, lost-lease or failed."""

    mail_id: int
    outcome: str
    ticket_number: str = ""
    ticket_id: int | None = None


class Intake:
    """Takes spooled mails in; one for each worker.

    `html_to_text` turns HTML-only mail into text; `holder` names this worker in leases.
    """

    def __init__(
        self,
        path: ChangePath,
        *,
        holder: str,
        max_size_bytes: int,
        html_to_text: Callable[[str], str] | None,
        lease: timedelta = LEASE,
        queue_of_source: Callable[[int], int | None] = lambda source_id: None,
    ) -> None:
        self._path = path
        self._holder = holder
        self._max_size_bytes = max_size_bytes
        self._html_to_text = html_to_text
        self._lease = lease
        self._queue_of_source = queue_of_source
        self._untried: list[int] = []
        self._agents: tuple[int, frozenset[str]] = (0, frozenset())

    def run(self, stop: Callable[[], bool] = lambda: False) -> list[Taken]:
        """Take in what is spooled until nothing is left or `stop` says so."""
        done: list[Taken] = []
        _asked_before_any_transaction = self._path.fqdn
        self._release()  # an earlier run was broken off when the database was gone
        while not stop():
            claimed = self._claim()
            if not claimed:
                break
            self._untried = [one.id for one in claimed]
            for mail in claimed:
                if stop():
                    break
                del self._untried[0]
                try:
                    done.append(self.take_in(mail))
                except DatabaseUnavailable:
                    self._untried.insert(0, mail.id)  # no fault of it: it is given back with the others
                    raise
            self._release()
            self._path.announce()
        return done

    def _release(self) -> None:
        """Give back what this worker claimed and did not try."""
        if self._untried:
            tx.write(self._path.engines, lambda c: inbox.release_mails(c, self._untried, self._holder))
            self._untried = []

    def _claim(self) -> list[inbox.ClaimedMail]:
        config = self._path.config()
        return tx.write(
            self._path.engines,
            lambda c: inbox.claim_mails(
                c, self._holder, self._path.clock.now(), self._lease, CLAIM_MAILS, config.number_style, config.timezone
            ),
        )

    def take_in(self, mail: inbox.ClaimedMail) -> Taken:
        """Take one claimed mail in. A refusal or defect is recorded on the mail, which is tried again.

        Raises DatabaseUnavailable, which is no fault of the mail.
        """
        try:
            parsed = self._read(mail)
            return tx.write(self._path.engines, lambda c: self._write(c, mail, parsed))
        except DatabaseUnavailable:
            raise
        except (TuideskError, sa.exc.SQLAlchemyError, ValueError, LookupError, TypeError) as error:
            reason = f"{type(error).__name__}: {error}"
            _log.exception("mail %s could not be taken in", mail.id)
            tx.write(self._path.engines, lambda c: self._give_up(c, mail, reason))
            return Taken(mail.id, "failed")

    def _give_up(self, connection: sa.Connection, mail: inbox.ClaimedMail, reason: str) -> None:
        """Note why a try failed; the lease runs out by itself, so a broken mail is not tried in a hot loop."""
        if mail.attempts >= inbox.MAX_ATTEMPTS:
            inbox.fail_mails(connection, [mail.id], reason, self._path.clock.now())
        else:
            inbox.note_failure(connection, mail.id, reason)

    def _read(self, mail: inbox.ClaimedMail) -> ParsedMail:
        """Read a mail; one that is too large or could not be fetched becomes a mail that says so."""
        if mail.sha256 is None:
            return _stand_in(
                mail, _("This mail could not be fetched from its server: {reason}").format(reason=mail.reason)
            )
        too_large = mail.size_bytes > self._max_size_bytes
        with tx.read(self._path.engines) as connection:
            if too_large:
                raw = next(inbox.raw_chunks(connection, mail.id), b"")
            else:
                raw = b"".join(inbox.raw_chunks(connection, mail.id))
        if not too_large:
            return read_mail(raw, html_to_text=self._html_to_text)
        head = read_mail(raw.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n")
        text = _("This mail is too large to be shown ({size} bytes). The raw mail is kept.")
        return replace(
            _stand_in(mail, text.format(size=mail.size_bytes)),
            message_id=head.message_id, in_reply_to=head.in_reply_to, references=head.references,
            sender=head.sender, reply_to=head.reply_to, to=head.to, cc=head.cc, delivered_to=head.delivered_to,
            subject=head.subject, date=head.date, automatic=head.automatic, headers=head.headers,
        )  # fmt: skip

    # --- deciding and writing, in one transaction -----------------------------------------------

    def _write(self, connection: sa.Connection, mail: inbox.ClaimedMail, parsed: ParsedMail) -> Taken:
        if not inbox.still_mine(connection, mail.id, self._holder):
            return Taken(mail.id, "lost-lease")
        twin = inbox.twin_of(connection, mail)
        if twin is not None:
            inbox.mark_duplicate(connection, mail.id, twin)
            return Taken(mail.id, "duplicate")
        config = self._path.config_within(connection)
        article = self._article(mail, parsed)
        match = match_ticket(connection, config, parsed)
        if match is not None:
            decision = self._decide(connection, config, match, parsed)
            if not decision.new_ticket:
                return self._follow_up(connection, mail, parsed, match, decision, article)
        done = self._new_ticket(connection, config, mail, parsed, article, match)
        ticket = done.changes[0].ticket
        return Taken(mail.id, "new", ticket.number, ticket.id)

    def _decide(self, connection: sa.Connection, config: DeskConfig, match: Match, parsed: ParsedMail) -> FollowUp:
        ticket = match.ticket
        sender = address_key(parsed.sender.address)
        known = self._known_addresses(connection, config, ticket)
        customer = customer_by_email(connection, parsed.sender.address)
        colleague = customer is not None and customer.customer_id == ticket.customer_id != ""
        stranger = not colleague and is_stranger(sender, known, by_reference=match.by_reference)
        automatic = parsed.automatic.no_auto_reply and not stranger
        return follow_up(config, ticket, stranger=stranger, automatic=automatic)

    def _known_addresses(self, connection: sa.Connection, config: DeskConfig, ticket: Ticket) -> set[str]:
        """Return the keys of all who take part in a ticket: its customer, its people, the desk's agents."""
        if self._agents[0] != config.revision:  # there may be hundreds of agents, and few edits of them
            emails = {address_key(agent.email) for agent in config.agents.values() if agent.email}
            self._agents = (config.revision, frozenset(emails))
        known = {address_key(ticket.customer_user), *self._agents[1]}
        for fields in participants(connection, ticket.id):
            known |= {address_key(address) for _name, address in getaddresses(fields) if address}
        return known - set(config.addresses)

    def _follow_up(
        self,
        connection: sa.Connection,
        mail: inbox.ClaimedMail,
        parsed: ParsedMail,
        match: Match,
        decision: FollowUp,
        article: NewArticle,
    ) -> Taken:
        added = replace(
            article,
            kind="FollowUp",
            visible=decision.visible and match.how != "bounce",
            flags=(*article.flags, *decision.flags),
            auto_response=decision.auto_response,
        )
        ops: tuple[Op, ...] = (AddArticle(added), *decision.ops)
        if match.how == "bounce":
            bounced = article_with_message(connection, match.ticket.id, parsed.bounce_of)
            ops = (*ops, *_bounces(parsed, bounced))
        done = self._act(connection, Act((Change(match.ticket.id, ops),), Cause(Door.MAIL)))
        change = done.changes[0]
        inbox.finish_mail(connection, mail.id, change.article_ids[0], parsed.message_id)
        return Taken(mail.id, "follow-up", change.ticket.number, change.ticket.id)

    def _new_ticket(
        self,
        connection: sa.Connection,
        config: DeskConfig,
        mail: inbox.ClaimedMail,
        parsed: ParsedMail,
        article: NewArticle,
        old: Match | None,
    ) -> ActDone:
        customer = customer_by_email(connection, parsed.sender.address)
        address = parsed.sender.address
        title = parsed.subject
        if old is not None:
            title = clean_subject(config.subject_style, old.ticket.number, title)
        new = NewTicket(
            number=mail.ticket_number,
            queue_id=self._queue(config, mail, parsed) if old is None else old.ticket.queue_id,
            title=title or _("(no subject)"),
            customer_user=customer.login if customer else address,
            customer_id=customer.customer_id if customer else address,
            created_at=article.at,
        )
        wanted = AutoResponseType.REPLY if old is None else AutoResponseType.NEW_TICKET
        first = AddArticle(replace(article, auto_response=wanted))
        done = self._act(connection, Act((Change(new, (first,)),), Cause(Door.MAIL)))
        made = done.changes[0]
        if old is not None:
            link = (
                Change(made.ticket.id, (Link(old.ticket.id),)),
                Change(old.ticket.id, (Link(made.ticket.id, reverse=True),)),
            )
            self._act(connection, Act(link, Cause(Door.MAIL, parent_change=made.change_id)))
        inbox.finish_mail(connection, mail.id, made.article_ids[0], parsed.message_id)
        return done

    def _act(self, connection: sa.Connection, act: Act) -> ActDone:
        return self._path.act_within(connection, POSTMASTER, act)

    def _queue(self, config: DeskConfig, mail: inbox.ClaimedMail, parsed: ParsedMail) -> int:
        """Return the queue of a new ticket (OTRS rule 3.6): the account's, else by recipient, else the default."""
        fixed = self._queue_of_source(mail.source_id)
        if fixed is not None:
            return fixed
        for address in _recipients(parsed):
            queue_id = config.addresses.get(address_key(address.address))
            if queue_id is not None:
                return queue_id
        return config.queue_ids.get(config.default_queue) or min(config.queues)

    def _article(self, mail: inbox.ClaimedMail, parsed: ParsedMail) -> NewArticle:
        written = mail.received_at or parsed.date
        is_old = mail.old or (written is not None and self._path.clock.now() - written > OLD)
        refusal = ""
        if is_old:
            refusal = "old mail"
        elif parsed.automatic.no_auto_reply:
            refusal = "automatic mail: " + ", ".join(parsed.automatic.reasons)
        return NewArticle(
            kind="EmailCustomer",
            sender_type=SenderType.CUSTOMER,
            channel=Channel.EMAIL,
            visible=True,
            sender=header_text([parsed.sender]),
            to=header_text(parsed.to),
            cc=header_text(parsed.cc),
            reply_to=header_text(parsed.reply_to),
            subject=parsed.subject,
            body=parsed.text,
            message_id=parsed.message_id,
            in_reply_to=parsed.in_reply_to[0] if parsed.in_reply_to else "",
            references=parsed.references,
            attachments=tuple(
                Attachment(part.name, part.content_type, part.data, part.disposition, part.content_id)
                for part in parsed.attachments
            ),
            at=_past(written, self._path.clock.now()) if is_old else None,
            mail_in_id=mail.id,
            flags=notices(parsed),
            no_auto_reply=refusal,
        )


def _bounces(parsed: ParsedMail, article_no: int) -> tuple[NoteDelivery, ...]:
    """Return what a bounce says of each recipient of an article's mail who will not get it; late is not never."""
    if parsed.delivery_reports:
        return tuple(
            NoteDelivery(article_no, one.recipient, "bounced", 0, one.diagnostic or one.status)
            for one in parsed.delivery_reports[:BOUNCES_MAX]
            if one.is_final
        )
    address = parsed.headers.get("x-failed-recipients", parsed.subject)[:500]
    return (NoteDelivery(article_no, address, "bounced", 0, parsed.subject[:500]),)


def _past(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at < now else None


def _recipients(parsed: ParsedMail) -> list[Address]:
    """Return the recipients in the order in which they decide about the queue (OTRS rule 3.6)."""
    early = parsed.headers.get("resent-to", "") + parsed.headers.get("envelope-to", "")
    first = [one for one in parsed.delivered_to if one.address and one.address in early]
    return [*first, *parsed.to, *parsed.cc, *parsed.delivered_to]


def _stand_in(mail: inbox.ClaimedMail, text: str) -> ParsedMail:
    """Return a mail that says why the real one is not shown."""
    empty = read_mail(b"\r\n")
    return replace(
        empty,
        message_id=mail.message_id,
        subject=_("Mail that could not be read"),
        text=text,
        text_from="plain",
        parts_found=1,
        parts_kept=0,
    )
