"""Automatic replies: when none is sent and why, and the words of one that is (OTRS rule 3.7, RFC 3834)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tuidesk.core.domain.actor import POSTMASTER
from tuidesk.core.domain.auto_response import auto_response, fill
from tuidesk.core.domain.desk_config import AutoResponse, DeskConfig, Queue
from tuidesk.core.domain.events import Kind
from tuidesk.core.domain.handlers import Context, Step
from tuidesk.core.domain.states import AutoResponseType, Channel, SenderType, StateType
from tuidesk.core.domain.ticket import NewArticle, Ticket

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
SUPPORT = Queue(1, "Support::L1", 1, "support@desk.test", "Support")
CONFIG = DeskConfig(
    queues={1: SUPPORT, 2: Queue(2, "Silent", 1), 3: Queue(3, "Mute", 1, "mute@desk.test")},
    auto_responses={
        (queue, kind): AutoResponse("RE: <OTRS_CUSTOMER_SUBJECT[10]>", "Hello <OTRS_CUSTOMER_REALNAME>")
        for queue in (1, 2)
        for kind in AutoResponseType
    },
    addresses={"support@desk.test": 1, "mute@desk.test": 3},
    auto_replies_per_day=2,
)
TICKET = Ticket(7, 1, "1000007", "Printer", queue_id=1, last_article_no=1)
ARTICLE = NewArticle(
    "EmailCustomer", SenderType.CUSTOMER, Channel.EMAIL, True, "Mia M <mia@x.test>", subject="Re: Printer on fire",
    body="one\ntwo\nthree", message_id="<1@x.test>", references=("<0@x.test>",),
    auto_response=AutoResponseType.REPLY,
)  # fmt: skip


def _step(article: NewArticle = ARTICLE, ticket: Ticket = TICKET, sent: int = 0) -> Step:
    return auto_response(ticket, article, Context(CONFIG, POSTMASTER, NOW, replies_today=lambda key: sent))


def test_a_reply_is_an_article_of_the_system_that_leaves_without_a_sender() -> None:
    step = _step()
    (event,), (item,) = step.events, step.articles
    assert (event.kind, item.no, item.article.sender_type) == (Kind.SEND_AUTO_REPLY, 2, SenderType.SYSTEM)
    assert (item.article.to, item.article.sender) == ("mia@x.test", "Support <support@desk.test>")
    assert item.article.subject == "[Ticket#1000007] Printer on [...]"
    assert item.article.body == "Hello Mia M"
    assert (item.article.in_reply_to, item.article.references) == ("<1@x.test>", ("<0@x.test>", "<1@x.test>"))
    assert item.article.send is not None
    assert (item.article.send.envelope_from, item.article.send.automatic) == ("", True)
    assert item.article.auto_response is None


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        (AutoResponseType.REPLY, Kind.SEND_AUTO_REPLY),
        (AutoResponseType.NEW_TICKET, Kind.SEND_AUTO_REPLY),
        (AutoResponseType.REJECT, Kind.SEND_AUTO_REJECT),
        (AutoResponseType.FOLLOW_UP, Kind.SEND_AUTO_FOLLOW_UP),
    ],
)
def test_each_type_has_its_kind(wanted: AutoResponseType, kind: Kind) -> None:
    assert [event.kind for event in _step(replace(ARTICLE, auto_response=wanted)).events] == [kind]


@pytest.mark.parametrize("queue_id", [2, 3, 99])
def test_a_queue_without_text_or_address_says_nothing(queue_id: int) -> None:
    assert _step(ticket=replace(TICKET, queue_id=queue_id)) == Step()
    assert _step(replace(ARTICLE, auto_response=None)) == Step()


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON@x.test", "<postmaster@mail.x.test>", "Abuse <abuse@x.test>", "SUPPORT@desk.test",
        "mute@Desk.test", "nobody", "", "grüße@x.test",
    ],
)  # fmt: skip
def test_some_are_never_answered_and_it_is_said_why(sender: str) -> None:
    for article in (replace(ARTICLE, sender=sender), replace(ARTICLE, reply_to=sender or "nobody")):
        step = _step(article)
        (event,) = step.events
        assert (event.kind, event.data["type"], step.articles) == (Kind.MISC, "auto reply", ())
        assert event.data["why"]


def test_people_whose_names_begin_like_that_are_answered() -> None:
    for sender in ("postmasters@x.test", "abuse.desk@x.test", "postmaster@localhost"):
        assert _step(replace(ARTICLE, sender=sender)).articles


def test_what_the_intake_refuses_is_refused_with_its_words() -> None:
    (event,) = _step(replace(ARTICLE, no_auto_reply="old mail")).events
    assert (event.kind, event.data["why"]) == (Kind.MISC, "old mail")


def test_a_new_ticket_that_is_closed_is_not_answered_but_a_rejection_is() -> None:
    closed = replace(TICKET, state_type=StateType.CLOSED)
    assert _step(ticket=closed).articles == ()
    assert _step(replace(ARTICLE, auto_response=AutoResponseType.REJECT), closed).articles


def test_the_limit_of_a_day() -> None:
    assert [len(_step(sent=sent).articles) for sent in (0, 1, 2, 3)] == [1, 1, 0, 0]
    (event,) = _step(sent=2).events
    assert (event.kind, event.data["address"], event.data["limit"]) == (Kind.LOOP_PROTECTION, "mia@x.test", 2)
    endless = replace(CONFIG, auto_replies_per_day=0)
    assert auto_response(TICKET, ARTICLE, Context(endless, POSTMASTER, NOW, replies_today=lambda key: 999)).articles


def test_a_realname_that_is_not_ascii_stays_readable() -> None:
    config = replace(CONFIG, queues={1: replace(SUPPORT, realname='Bür"o\\')})
    (item,) = auto_response(TICKET, ARTICLE, Context(config, POSTMASTER, NOW)).articles
    assert item.article.sender == r'"Bür\"o\\" <support@desk.test>'


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("<OTRS_TICKET_TicketNumber> <OTRS_TICKET_TITLE>", "1000007 Printer"),
        ("<otrs_ticket_title>", "<otrs_ticket_title>"),
        ("<OTRS_TICKET_QUEUE>", "Support::L1"),
        ("<OTRS_CUSTOMER_FROM>", "Mia M <mia@x.test>"),
        ("<OTRS_CUSTOMER_SUBJECT>", "Printer on fire"),
        ("<OTRS_CUSTOMER_SUBJECT[7]>!", "Printer [...]!"),
        ("<OTRS_CUSTOMER_BODY[2]>", "> one\n> two"),
        ("<OTRS_CUSTOMER_EMAIL>", "> one\n> two\n> three"),
        ("<OTRS_UNKNOWN_THING> <b>", "- <b>"),
    ],
)
def test_tags_are_filled_in(text: str, filled: str) -> None:
    assert fill(text, TICKET, ARTICLE, CONFIG, SUPPORT) == filled


def test_what_a_customer_writes_is_not_filled_in_again() -> None:
    sly = replace(ARTICLE, subject="<OTRS_CUSTOMER_BODY>", sender='"<OTRS_TICKET_TITLE>" <mia@x.test>')
    assert fill("<OTRS_CUSTOMER_SUBJECT>", TICKET, sly, CONFIG, SUPPORT) == "<OTRS_CUSTOMER_BODY>"
