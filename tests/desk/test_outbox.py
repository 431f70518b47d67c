"""What leaves: automatic replies and their brakes, and the fate of a mail between queue and server."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
import sqlalchemy as sa

from desk.desk_fixture import (
    CLOSED,
    MONDAY,
    OPEN,
    SALES,
    SECRET,
    DeskOnTrial,
    anna,
    answer,
    ben,
    file,
)
from tuidesk.core.domain.ops import Change, SetState, StopSend
from tuidesk.core.domain.states import AutoResponseType
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.errors import Invalid, NotFound
from tuidesk.core.store import schema, tx
from tuidesk.core.store.outbox import (
    ClaimedMail,
    RecipientFate,
    claim_mails,
    enter_data,
    next_due,
    settle_mail,
)

REPLY, FOLLOW_UP, REJECT = AutoResponseType.REPLY, AutoResponseType.FOLLOW_UP, AutoResponseType.REJECT
LEASE = timedelta(minutes=2)


def _mails(desk: DeskOnTrial, ticket: Ticket) -> list[tuple[int, str, EmailMessage]]:
    """Return (outbox id, envelope sender, message) of all mails of a ticket."""
    outbox, article = schema.outbox, schema.article
    query = (
        sa.select(outbox.c.id, outbox.c.envelope_from, outbox.c.raw)
        .join_from(outbox, article, article.c.id == outbox.c.article_id)
        .where(article.c.ticket_id == ticket.id)
        .order_by(outbox.c.id)
    )
    return [
        (number, sender, cast(EmailMessage, message_from_bytes(bytes(raw), policy=policy.default)))
        for number, sender, raw in desk.rows(query)
    ]


# --- automatic replies --------------------------------------------------------------------------


def test_a_new_mail_is_answered_once_and_by_no_loop(desk: DeskOnTrial) -> None:
    ticket = desk.mail(
        sender="Mia <mia.new@customer.test>", subject="A rather long subject of a mail", auto_response=REPLY
    )
    assert desk.kinds(ticket) == ["NewTicket", "EmailCustomer", "SendAutoReply"]
    ((_, envelope_from, mail),) = _mails(desk, ticket)
    assert envelope_from == ""
    assert mail["To"] == "mia.new@customer.test"
    assert mail["From"] == "Support Desk <support@desk.test>"
    assert mail["Subject"] == f"[Ticket#{ticket.number}] A rather long subjec [...]"
    assert (mail["Auto-Submitted"], mail["X-Loop"], mail["Precedence"]) == ("auto-replied", "yes", "bulk")
    assert mail["In-Reply-To"] == "<mail-1@customer.test>"
    assert mail.get_content().strip() == f"auto reply: {ticket.number}"
    view = desk.desk.ticket(desk.viewer(ben), ticket.id)
    assert [one.sender_type for one in view.articles] == ["customer", "system"]
    desk.check_stories()


def test_the_reply_of_each_kind_is_its_queues_own(desk: DeskOnTrial) -> None:
    ticket = desk.mail(SALES, sender="kinds@customer.test")
    desk.follow_up(ticket, sender="kinds@customer.test", auto_response=FOLLOW_UP)
    desk.follow_up(ticket, sender="kinds@customer.test", auto_response=REJECT)
    assert desk.kinds(ticket, after=1) == ["FollowUp", "SendAutoFollowUp", "FollowUp", "SendAutoReject"]
    secret = desk.mail(SECRET, sender="kinds@customer.test", auto_response=REPLY)
    assert desk.kinds(secret) == ["NewTicket", "EmailCustomer"]  # a queue without a text says nothing


def test_reply_to_is_where_an_answer_goes(desk: DeskOnTrial) -> None:
    ticket = desk.mail(sender="a@x.test", reply_to="Other <other@x.test>", auto_response=REPLY)
    ((_, _, mail),) = _mails(desk, ticket)
    assert mail["To"] == "other@x.test"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"sender": "Mailer <MAILER-DAEMON@x.test>"}, "mail system"),
        ({"sender": "postmaster@mail.x.test"}, "mail system"),
        ({"sender": "Sales@Desk.test"}, "address of this desk"),
        ({"sender": "fine@x.test", "reply_to": "secret@desk.test"}, "address of this desk"),
        ({"sender": "nobody"}, "no address"),
        ({"sender": "grüße@x.test"}, "no address"),
        ({"sender": "a@x.test", "no_auto_reply": "old mail"}, "old mail"),
    ],
)
def test_some_mail_is_not_answered_and_the_history_says_why(desk: DeskOnTrial, said: dict[str, str], why: str) -> None:
    ticket = desk.mail(auto_response=REPLY, **said)
    assert desk.kinds(ticket) == ["NewTicket", "EmailCustomer", "Misc"]
    told = desk.desk.history(desk.viewer(ben), ticket.id)[-1].event.data
    assert why in told["why"]
    assert _mails(desk, ticket) == []


def test_a_ticket_that_is_born_closed_is_not_answered(desk: DeskOnTrial) -> None:
    ticket = desk.mail(sender="spam@x.test", auto_response=REPLY, ops=(SetState(CLOSED),))
    assert desk.kinds(ticket) == ["NewTicket", "EmailCustomer", "StateUpdate", "Misc"]
    assert _mails(desk, ticket) == []


def test_an_address_gets_so_many_replies_a_day(desk: DeskOnTrial) -> None:
    desk.clock.at = MONDAY.replace(hour=21)  # 23:00 in the desk's zone
    loop = {"auto_response": REPLY, "sender": "Loop@x.test"}
    kinds = [desk.kinds(desk.mail(**loop))[-1] for _ in range(5)]
    assert kinds == ["SendAutoReply"] * 3 + ["LoopProtection"] * 2
    assert desk.kinds(desk.mail(auto_response=REPLY, sender="other.loop@x.test"))[-1] == "SendAutoReply"
    loop["sender"] = "<lOOp@x.test>"
    assert desk.kinds(desk.mail(**loop))[-1] == "LoopProtection"
    desk.clock.advance(hours=2)  # past midnight there, not in UTC
    assert desk.kinds(desk.mail(**loop))[-1] == "SendAutoReply"
    desk.check_stories()


def test_a_name_of_the_desk_that_is_not_ascii_reads_well_and_travels_encoded(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    desk.configure("update queue set realname = 'Bürger \"Büro\"' where id = 5")
    ticket = desk.mail(auto_response=REPLY)
    article = desk.desk.ticket(desk.viewer(ben), ticket.id).articles[-1]
    assert article.sender == '"Bürger \\"Büro\\"" <support@desk.test>'
    ((_, _, mail),) = _mails(desk, ticket)
    assert mail["From"].addresses[0].display_name == 'Bürger "Büro"'
    assert mail.as_bytes().isascii()


# --- answers of agents --------------------------------------------------------------------------


def test_the_message_id_of_article_and_mail_is_the_same(desk: DeskOnTrial) -> None:
    ticket = desk.mail(auto_response=REPLY, sender="ids@x.test")
    desk.do(ben, ticket, answer(attachments=(file(),)))
    stored = desk.rows(
        "select a.message_id, o.message_id from article a join outbox o on o.article_id = a.id"
        " where a.ticket_id = :id order by a.no",
        id=ticket.id,
    )
    mails = [str(mail["Message-ID"]) for _, _, mail in _mails(desk, ticket)]
    assert [pair[0] for pair in stored] == [pair[1] for pair in stored] == mails
    assert len(set(mails)) == 2
    assert all(one.endswith("@desk.test>") for one in mails)


def test_an_answer_is_no_automatic_mail(desk: DeskOnTrial) -> None:
    ticket = desk.do(ben, desk.mail(), answer("a@x.test", "b@x.test"))
    ((_, envelope_from, mail),) = _mails(desk, ticket)
    assert envelope_from == "support@desk.test"
    assert mail["Auto-Submitted"] is None
    assert mail["To"] == "a@x.test, b@x.test"
    assert desk.rows("select count(*) from auto_reply_count where address_key = 'a@x.test'") == [(0,)]


def test_a_mail_is_stopped_while_it_waits_and_says_so(desk: DeskOnTrial) -> None:
    ticket = desk.do(ben, desk.mail(), answer(delay_s=60))
    ((number, _, _),) = _mails(desk, ticket)
    desk.do(ben, ticket, StopSend(number))
    assert desk.kinds(ticket, after=2) == ["EmailSendingStopped"]
    article = desk.desk.ticket(desk.viewer(ben), ticket.id).articles[-1]
    assert article.delivery is not None
    assert article.delivery.state == "stopped"
    assert desk.act(ben, Change(ticket.id, (StopSend(number),))).act_id is None
    desk.check_stories()


def test_only_mail_of_the_ticket_itself_can_be_stopped(desk: DeskOnTrial) -> None:
    secret = desk.do(anna, desk.mail(SECRET), answer(delay_s=60))
    ((number, _, _),) = _mails(desk, secret)
    mine = desk.mail()
    for wrong in (number, 4711):
        with pytest.raises(NotFound):
            desk.do(ben, mine, StopSend(wrong))
    assert desk.rows("select state from outbox where id = :id", id=number) == [("queued",)]


# --- the queue ----------------------------------------------------------------------------------


def _claim(desk: DeskOnTrial, holder: str = "one") -> list[ClaimedMail]:
    return tx.write(desk.engines, lambda c: claim_mails(c, holder, desk.clock.now(), LEASE, 10))


def _settle(desk: DeskOnTrial, number: int, holder: str, *fates: RecipientFate, again: bool = False) -> str:
    now = desk.clock.now()
    retry_at = now + timedelta(minutes=10) if again else None
    return tx.write(
        desk.engines, lambda c: settle_mail(c, number, holder, fates, retry_at=retry_at, reason="said", now=now)
    )


def _state(desk: DeskOnTrial, number: int) -> tuple[str, bool]:
    ((state, maybe),) = desk.rows("select state, maybe_sent from outbox where id = :id", id=number)
    return state, bool(maybe)


def test_a_mail_waits_for_its_time_and_is_claimed_once(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    desk.do(ben, desk.mail(), answer("a@x.test", "b@x.test", delay_s=30))
    assert _claim(desk) == []
    with tx.read(desk.engines) as connection:
        assert next_due(connection) == MONDAY + timedelta(seconds=30)
    desk.clock.advance(seconds=30)
    (mail,) = _claim(desk)
    assert (mail.recipients, mail.attempts, mail.maybe_sent) == (((0, "a@x.test"), (1, "b@x.test")), 1, False)
    assert b"\r\nFrom: Support" in mail.raw
    assert _claim(desk, "two") == []
    with pytest.raises(Invalid):
        desk.do(ben, 1, StopSend(mail.id))  # it is on its way


def test_each_recipient_has_a_fate_of_its_own(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    desk.do(ben, desk.mail(), answer("a@x.test", "b@x.test"))
    (mail,) = _claim(desk)
    fates = (RecipientFate(0, "sent", 250, "ok"), RecipientFate(1, "retry", 451, "later"))
    assert _settle(desk, mail.id, "one", *fates, again=True) == "queued"
    assert _claim(desk) == []
    desk.clock.advance(minutes=10)
    (again,) = _claim(desk)
    assert (again.recipients, again.attempts) == (((1, "b@x.test"),), 2)
    assert again.raw == mail.raw
    assert _settle(desk, mail.id, "one", RecipientFate(1, "dead", 550, "no")) == "dead"
    assert _claim(desk) == []
    desk.desk.retry_outbox(mail.id)
    (third,) = _claim(desk)
    assert third.recipients == ((1, "b@x.test"),)
    assert _settle(desk, mail.id, "one", RecipientFate(1, "sent", 250, "ok")) == "done"
    with pytest.raises(NotFound):
        desk.desk.retry_outbox(mail.id)


def test_who_gives_up_leaves_a_dead_mail(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    desk.do(ben, desk.mail(), answer())
    (mail,) = _claim(desk)
    assert _settle(desk, mail.id, "one", RecipientFate(0, "retry", 451, "later")) == "dead"
    (row,) = desk.desk.outbox(only_waiting=True)
    assert (row.state, row.recipients, row.reason) == ("dead", "mia@customer.test", "said")


def test_a_lost_lease_settles_nothing(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    desk.do(ben, desk.mail(), answer())
    (mail,) = _claim(desk)
    desk.clock.advance(minutes=3)
    now = desk.clock.now()
    assert not tx.write(desk.engines, lambda c: enter_data(c, mail.id, "one", now))
    (taken,) = _claim(desk, "two")
    assert (taken.id, taken.attempts, taken.newly_uncertain) == (mail.id, 2, False)
    assert _settle(desk, mail.id, "one", RecipientFate(0, "sent", 250, "ok")) == ""
    assert _settle(desk, mail.id, "two", RecipientFate(0, "sent", 250, "ok")) == "done"


def test_a_worker_that_dies_after_data_leaves_a_mail_that_was_maybe_sent(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    desk.do(ben, desk.mail(), answer())
    (mail,) = _claim(desk)
    assert tx.write(desk.engines, lambda c: enter_data(c, mail.id, "one", desk.clock.now()))
    desk.clock.advance(minutes=3)
    (again,) = _claim(desk, "two")
    assert (again.maybe_sent, again.newly_uncertain, again.message_id) == (True, True, mail.message_id)
    desk.clock.advance(minutes=3)
    (third,) = _claim(desk, "three")
    assert (third.maybe_sent, third.newly_uncertain) == (True, False)
    assert _state(desk, mail.id) == ("sending", True)


def test_stopped_mail_is_never_claimed(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    ticket = desk.do(ben, desk.mail(), answer(), SetState(OPEN))
    ((number, _, _),) = _mails(desk, ticket)
    desk.do(ben, ticket, StopSend(number))
    desk.clock.advance(days=1)
    assert _claim(desk) == []
    assert desk.desk.outbox(only_waiting=True) == []
    assert [row.state for row in desk.desk.outbox(only_waiting=False)] == ["stopped"]
    with pytest.raises(NotFound):
        desk.desk.retry_outbox(number)
