"""What a mail says reaches its article: flags, invitations, bounces; and reading it again gives the same."""

from __future__ import annotations

import binascii
from datetime import timedelta
from pathlib import Path

import pytest

from desk.desk_fixture import DeskOnTrial, anna
from loop.letters import letter
from loop.post import Post
from tuidesk.core.desk import TicketView
from tuidesk.core.domain.events import Kind
from tuidesk.core.mail.html import html_to_text
from tuidesk.core.mail.reread import FieldChange, Reread, reread

LETTERS = Path(__file__).parent.parent / "mail" / "letters"


@pytest.fixture
def post(own_desk: DeskOnTrial, tmp_path: Path) -> Post:
    """Mail to and from a desk of this test's own."""
    return Post(own_desk, tmp_path / "post")


def taken(post: Post, *names: str) -> TicketView:
    """Take letters in; return the ticket of the last one."""
    last = post.receive(*((LETTERS / f"{name}.eml").read_bytes() for name in names))[-1]
    viewer = post.desk.viewer(anna)
    return post.desk.desk.ticket(viewer, post.desk.desk.find(viewer, last.ticket_number).id)


def again(post: Post, **options: object) -> list[Reread]:
    """Read all mails again."""
    given: dict[str, object] = {
        "since": None, "max_size_bytes": 32 << 20, "html_to_text": html_to_text, **options,
    }  # fmt: skip
    return list(reread(post.desk.engines, **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("signed-pgp", ("signed:pgp",)),
        ("encrypted-smime", ("encrypted:smime",)),
        ("from-nobody", ("no-sender",)),
        ("alternative", ()),
    ],
)
def test_what_is_to_be_known_of_a_mail_is_a_flag(post: Post, name: str, flags: tuple[str, ...]) -> None:
    assert taken(post, name).articles[0].flags == flags


def test_parts_that_were_not_read_are_counted(post: Post) -> None:
    parts = b"--b\nContent-Type: image/png\n\nx\n" * 1100
    raw = b"From: m@x.test\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n" + parts + b"--b--\n"
    (found,) = post.receive(raw)
    viewer = post.desk.viewer(anna)
    (article,) = post.desk.desk.ticket(viewer, post.desk.desk.find(viewer, found.ticket_number).id).articles
    assert article.flags == ("parts-missing:1",)
    assert article.body == "text"
    assert article.files[-1].size_bytes > 100 * 30  # what was not divided is kept as it came


def test_invitations_and_cards_are_read_with_the_ticket(post: Post) -> None:
    view = taken(post, "invitation")
    ((place, said),) = view.readable.items()
    assert view.articles[0].files[place[1] - 1].content_type == "text/calendar"
    assert said.invitations[0].what == "Walk through the printer room, floor 9"
    assert [card.name for said in taken(post, "card").readable.values() for card in said.cards] == ["Mia Lee"]
    assert taken(post, "alternative").readable == {}


def test_a_uuencoded_file_is_a_file_of_its_article(post: Post) -> None:
    data = binascii.b2a_uu(b"line one").decode()
    post.receive(letter(body=f"see\n\nbegin 644 log.txt\n{data}`\nend\n"))
    view = taken(post, "uuencoded")
    assert [(file.name, file.size_bytes) for file in view.articles[0].files] == [("log file.txt", 45)]
    assert "begin" not in view.articles[0].body


def test_a_bounce_tells_which_recipients_failed(post: Post) -> None:
    (first,) = post.receive(letter(message_id="<first@customer.test>"))
    viewer = post.desk.viewer(anna)
    ticket = post.desk.desk.find(viewer, first.ticket_number)
    post.desk.clock.advance(minutes=5)
    post.send_out()
    ours = post.letters()[0]["Message-ID"].encode()
    sent = post.desk.desk.raw(viewer, ticket.id, 2)
    assert ours in sent and b"Auto-Submitted" in sent, "what was sent can be shown as it left"
    bounce = (LETTERS / "bounce.eml").read_bytes().replace(b"<out-1@desk.test>", ours)
    (second,) = post.receive(bounce)
    assert second.ticket_number == first.ticket_number
    errors = [row.event.data for row in post.desk.desk.history(viewer, ticket.id) if row.event.kind is Kind.SEND_ERROR]
    assert [(data["no"], data["address"], data["reply"]) for data in errors if data] == [
        (2, "bo@customer.test", "550 5.1.1 No such user here")
    ]


def test_reading_again_gives_the_same_article(post: Post) -> None:
    names = sorted(path.stem for path in LETTERS.glob("*.eml"))
    post.receive(*((LETTERS / f"{name}.eml").read_bytes() for name in names))
    found = again(post)
    assert len(found) == len(names)
    assert [one for one in found if one.changes] == []


def test_a_reader_that_reads_otherwise_is_told_by_field(post: Post) -> None:
    taken(post, "alternative", "html-newsletter")
    plain, html = again(post, html_to_text=lambda html: "other")
    assert plain.changes == ()
    (change,) = html.changes
    assert isinstance(change, FieldChange)
    assert (change.field, change.after) == ("body", "other")
    assert change.before.startswith("News")


def test_reading_again_begins_at_a_day_and_leaves_large_mails_alone(post: Post) -> None:
    taken(post, "alternative")
    now = post.desk.clock.now()
    assert again(post, since=now + timedelta(days=1)) == []
    assert len(again(post, since=now - timedelta(days=1))) == 1
    assert again(post, max_size_bytes=10) == []
