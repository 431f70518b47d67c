"""What a mail becomes: ticket, article, duplicate, rejection; and what it does to state and lock."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from desk.desk_fixture import CLOSED, RAW, REMINDER, SALES, SECRET, SUPPORT, DeskOnTrial, anna
from loop.letters import letter
from loop.post import Post
from tuidesk.core.domain.ops import SetOwner, SetState
from tuidesk.core.domain.states import StateType
from tuidesk.core.domain.ticket import Ticket


@pytest.fixture
def post(own_desk: DeskOnTrial, tmp_path: Path) -> Post:
    """Mail to and from a desk of this test's own."""
    return Post(own_desk, tmp_path / "post")


def ticket_of(post: Post, number: str) -> Ticket:
    """Return a ticket by number."""
    return post.desk.desk.find(post.desk.viewer(anna), number)


def articles(post: Post, number: str) -> list[tuple[str, bool, tuple[str, ...]]]:
    """Return (kind, visible, flags) of a ticket's articles."""
    view = post.desk.desk.ticket(post.desk.viewer(anna), ticket_of(post, number).id)
    return [(one.kind, one.visible, one.flags) for one in view.articles]


@pytest.mark.parametrize(
    ("to", "queue"),
    [
        ("support@desk.test", SUPPORT),
        ("SALES@Desk.test", SALES),
        ("other@desk.test, secret@desk.test", SECRET),
        ("unknown@desk.test", RAW),
        ("", RAW),
    ],
)
def test_queue_by_recipient(post: Post, to: str, queue: int) -> None:
    (taken,) = post.receive(letter(to=to))
    assert taken.outcome == "new"
    assert ticket_of(post, taken.ticket_number).queue_id == queue


def test_resent_to_decides_before_to(post: Post) -> None:
    (taken,) = post.receive(letter(to="support@desk.test", Resent_To="sales@desk.test"))
    assert ticket_of(post, taken.ticket_number).queue_id == SALES


def test_reply_by_reference_under_another_subject(post: Post) -> None:
    (first,) = post.receive(letter("Printer", message_id="<first@customer.test>"))
    (second,) = post.receive(letter("Something else", answers="<first@customer.test>"))
    assert (second.outcome, second.ticket_number) == ("follow-up", first.ticket_number)


def test_new_stays_new_and_pending_opens(post: Post) -> None:
    (first,) = post.receive(letter())
    hook = f"Re: [Ticket#{first.ticket_number}] Printer"
    post.receive(letter(hook))
    assert ticket_of(post, first.ticket_number).state_type is StateType.NEW
    ticket = ticket_of(post, first.ticket_number)
    post.desk.do(anna, ticket, SetState(REMINDER, post.desk.clock.now() + timedelta(days=1)))
    post.receive(letter(hook))
    opened = ticket_of(post, first.ticket_number)
    assert opened.state_type is StateType.OPEN
    assert opened.pending_until is None


def test_automatic_mail_is_kept_and_changes_nothing(post: Post) -> None:
    (first,) = post.receive(letter())
    post.desk.do(anna, ticket_of(post, first.ticket_number), SetState(CLOSED))
    before = ticket_of(post, first.ticket_number)
    post.receive(letter(f"Re: [Ticket#{first.ticket_number}]", Auto_Submitted="auto-replied"))
    after = ticket_of(post, first.ticket_number)
    assert (after.state_id, after.owner_id) == (before.state_id, before.owner_id)
    assert after.last_article_no > before.last_article_no


def test_stranger_who_quotes_a_number_is_hidden_and_not_answered(post: Post) -> None:
    (first,) = post.receive(letter())
    post.send_out()
    count = len(post.letters())
    post.desk.do(anna, ticket_of(post, first.ticket_number), SetState(CLOSED))
    (second,) = post.receive(letter(f"[Ticket#{first.ticket_number}] me too", sender="eve@elsewhere.test"))
    assert (second.outcome, second.ticket_number) == ("follow-up", first.ticket_number)
    kind, visible, flags = articles(post, first.ticket_number)[-1]
    assert (kind, visible, flags) == ("FollowUp", False, ("unverified-sender",))
    assert ticket_of(post, first.ticket_number).state_type is StateType.CLOSED
    post.send_out()
    assert len(post.letters()) == count


def test_rejected_follow_up_is_kept(post: Post) -> None:
    (first,) = post.receive(letter(to="sales@desk.test"))
    post.desk.do(anna, ticket_of(post, first.ticket_number), SetState(CLOSED))
    (second,) = post.receive(letter(f"Re: [Ticket#{first.ticket_number}]", to="sales@desk.test"))
    assert second.ticket_number == first.ticket_number
    assert articles(post, first.ticket_number)[-1][0] in ("FollowUp", "SendAutoReject")
    assert ticket_of(post, first.ticket_number).state_type is StateType.CLOSED
    assert any("follow-up-rejected" in flags for _, _, flags in articles(post, first.ticket_number))


def test_new_ticket_policy_links_to_the_old_one(post: Post) -> None:
    (first,) = post.receive(letter(to="secret@desk.test"))
    post.desk.do(anna, ticket_of(post, first.ticket_number), SetState(CLOSED))
    (second,) = post.receive(letter(f"Re: [Ticket#{first.ticket_number}] Printer", to="secret@desk.test"))
    assert second.outcome == "new"
    made = ticket_of(post, second.ticket_number)
    assert first.ticket_number not in made.title
    links = post.desk.desk.facts(post.desk.viewer(anna), made.id).links
    assert [link.number for link in links] == [first.ticket_number]


def test_follow_up_to_merged_goes_to_its_target(post: Post) -> None:
    main, merged = post.receive(letter("A"), letter("B", message_id="<b@customer.test>"))
    post.desk.merge(anna, ticket_of(post, merged.ticket_number), ticket_of(post, main.ticket_number))
    by_number, by_reference = post.receive(
        letter(f"Re: [Ticket#{merged.ticket_number}]"), letter("Re: other", answers="<b@customer.test>")
    )
    assert {by_number.ticket_number, by_reference.ticket_number} == {main.ticket_number}


def test_owner_who_left_gives_the_lock_up(post: Post) -> None:
    (first,) = post.receive(letter())
    ticket = post.desk.do(anna, ticket_of(post, first.ticket_number), SetOwner(anna.agent_id))
    assert not ticket.is_free
    (second,) = post.receive(letter(f"Re: [Ticket#{first.ticket_number}]"))
    assert second.outcome == "follow-up"
    assert not ticket_of(post, first.ticket_number).is_free


def test_same_mail_twice_in_one_mailbox_is_a_duplicate(post: Post) -> None:
    mail = letter()
    first, second = post.receive(mail, mail)
    assert (first.outcome, second.outcome) == ("new", "duplicate")


def test_same_message_id_with_other_bytes_is_no_duplicate(post: Post) -> None:
    first, second = post.receive(
        letter("A", message_id="<same@x.test>", body="one"), letter("B", message_id="<same@x.test>", body="two")
    )
    assert (first.outcome, second.outcome) == ("new", "new")


def test_too_large_mail_becomes_a_minimal_ticket_with_its_raw_bytes(post: Post) -> None:
    post.max_size_bytes = 10_000
    raw = letter("Big one", body="x" * 20_000)
    (taken,) = post.receive(raw)
    ticket = ticket_of(post, taken.ticket_number)
    assert ticket.title == "Big one"
    assert post.desk.desk.raw(post.desk.viewer(anna), ticket.id, 1) == raw


def test_raw_mail_is_kept_byte_for_byte(post: Post) -> None:
    raw = b"From: a@b.test\r\nSubject: \xff\xfe junk\r\n\r\nbody \x00 \xe9\r\n"
    (taken,) = post.receive(raw)
    ticket = ticket_of(post, taken.ticket_number)
    assert post.desk.desk.raw(post.desk.viewer(anna), ticket.id, 1) == raw


def test_mail_without_any_address_becomes_a_ticket(post: Post) -> None:
    (taken,) = post.receive(b"no header at all, only words\n")
    assert taken.outcome == "new"
    assert articles(post, taken.ticket_number)[0][2] == ("no-sender",)


def test_old_mail_gets_no_automatic_reply(post: Post) -> None:
    long_ago = "Mon, 01 Jan 2024 10:00:00 +0000"
    post.receive(letter(Date=long_ago))
    post.send_out()
    recent = [mail for mail in post.letters() if mail["Auto-Submitted"]]
    assert len(recent) <= 1
