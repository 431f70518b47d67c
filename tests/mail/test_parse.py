"""Whole mails: what is text, what is attachment, what the header says, and that nothing breaks the reader."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuidesk.core.domain.text import storable
from tuidesk.core.mail.notices import notices
from tuidesk.core.mail.parse import (
    HEADERS_MAX,
    REFERENCES_MAX,
    SUBJECT_MAX,
    TEXT_MAX,
    read_mail,
)
from tuidesk.core.mail.parsed import NOBODY, Address, ParsedMail
from tuidesk.core.mail.tree import DEPTH_MAX, NODES_MAX


def mail(head: str = "", body: str | bytes = "", *, content: str = "text/plain; charset=utf-8") -> bytes:
    """A mail from Jo with more header lines `head`; line ends as on the wire."""
    lines = ["From: Jo <jo@example.com>", "To: desk@example.org", "Subject: Printer", *head.splitlines()]
    if content:
        lines.append(f"Content-Type: {content}")
    data = body if isinstance(body, bytes) else body.replace("\n", "\r\n").encode()
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def part(head: str, body: str = "") -> str:
    return f"{head}\n\n{body}\n"


def multipart(kind: str, *parts: str, boundary: str = "b0") -> tuple[str, str]:
    """The content type and the body of a multipart."""
    body = "".join(f"--{boundary}\n{one}" for one in parts) + f"--{boundary}--\n"
    return f'multipart/{kind}; boundary="{boundary}"', body


def read_multipart(kind: str, *parts: str) -> ParsedMail:
    content, body = multipart(kind, *parts)
    return read_mail(mail(body=body, content=content))


def nested(kind: str, *parts: str, boundary: str) -> str:
    content, body = multipart(kind, *parts, boundary=boundary)
    return part(f"Content-Type: {content}", body)


PLAIN = part("Content-Type: text/plain; charset=utf-8", "Grüße in plain")
HTML = part("Content-Type: text/html; charset=utf-8", "<p>Grüße in <b>html</b></p>")
PDF = part(
    'Content-Type: application/pdf; name="a.pdf"\nContent-Disposition: attachment; filename="a.pdf"\n'
    "Content-Transfer-Encoding: base64",
    base64.b64encode(b"%PDF-1.4\0\xff").decode(),
)
PIXEL = part(
    "Content-Type: image/png\nContent-ID: <pic@1>\nContent-Disposition: inline\n"
    "Content-Transfer-Encoding: base64",
    base64.b64encode(b"\x89PNG").decode(),
)


# --- header -------------------------------------------------------------------------------------


def test_the_header_of_a_plain_mail() -> None:
    read = read_mail(
        mail(
            "Message-ID: <1@example.com>\nIn-Reply-To: <0@example.org>\nReferences: <a@x> <0@example.org>\n"
            "Date: Mon, 5 Jan 2026 09:30:00 +0100\nCc: Al <al@EXAMPLE.com>, bo@example.com\n"
            "Reply-To: team@example.com",
            "Hello\n\nIt is jammed.\n",
        )
    )
    assert read.message_id == "<1@example.com>"
    assert read.in_reply_to == ("<0@example.org>",)
    assert read.references == ("<a@x>", "<0@example.org>")
    assert read.sender == Address("Jo", "jo@example.com")
    assert read.reply_to == (Address("", "team@example.com"),)
    assert read.to == (Address("", "desk@example.org"),)
    assert read.cc == (Address("Al", "al@example.com"), Address("", "bo@example.com"))
    assert read.subject == "Printer"
    assert read.date == datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
    assert (read.text, read.text_from) == ("Hello\n\nIt is jammed.\n", "plain")
    assert read.attachments == ()
    assert read.headers["reply-to"] == "team@example.com"
    assert (read.parts_found, read.parts_kept, read.problems) == (1, 1, ())
    assert not read.automatic.no_auto_reply
    assert read.bounce_of == ""


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        ("From: a@x.org\nReply-To: b@x.org", Address("", "a@x.org")),
        ("Reply-To: b@x.org\nReturn-Path: <c@x.org>", Address("", "b@x.org")),
        ("From: <>\nReturn-Path: <c@x.org>\nSender: d@x.org", Address("", "c@x.org")),
        ("Sender: d@x.org", Address("", "d@x.org")),
        ("From: root (Cron)", Address("Cron", "root")),
        ("From: root\nSender: d@x.org", Address("", "d@x.org")),
        ("Subject: x", NOBODY),
    ],
)
def test_the_sender_is_looked_for_in_this_order(head: str, sender: Address) -> None:
    assert read_mail(f"{head}\n\nx".encode()).sender == sender


def test_delivered_to_keeps_the_order_of_the_rule() -> None:
    read = read_mail(
        mail(
            "X-Original-To: four@x.org\nDelivered-To: three@x.org\nDelivered-To: one@x.org\n"
            "Envelope-To: two@x.org\nResent-To: one@x.org"
        )
    )
    assert [who.address for who in read.delivered_to] == [
        "one@x.org",
        "two@x.org",
        "three@x.org",
        "four@x.org",
    ]


def test_an_unreadable_date_is_a_problem_and_a_missing_one_is_none() -> None:
    assert (read_mail(mail("Date: soon")).date, read_mail(mail("Date: soon")).problems) == (None, ("date",))
    assert (read_mail(mail()).date, read_mail(mail()).problems) == (None, ())


def test_raw_bytes_in_the_header_take_the_charset_of_the_body() -> None:
    raw = "Subject: Проверка\n\nx".encode("koi8-r").replace(
        b"\n\n", b"\nContent-Type: text/plain; charset=koi8-r\n\n"
    )
    assert read_mail(raw).subject == "Проверка"


def test_what_the_header_may_hold_is_bounded() -> None:
    many = "\n".join(f"X-{number}: y" for number in range(HEADERS_MAX + 10))
    ids = " ".join(f"<{number}@x>" for number in range(REFERENCES_MAX + 10))
    read = read_mail(f"{many}\nSubject: {'x' * 9000}\nReferences: {ids}\n\nx".encode())
    assert len(read.headers) == HEADERS_MAX
    assert len(read.subject) == SUBJECT_MAX
    assert len(read.references) == REFERENCES_MAX
    assert read.references[-1] == f"<{REFERENCES_MAX + 9}@x>"
    assert "headers" in read.problems


@pytest.mark.parametrize(
    "start", [b"\r\n\r\n", b"\xef\xbb\xbf", b"From jo@example.com Mon Jan  5 09:30:00 2026\n"]
)
def test_what_stands_before_the_header_does_not_hide_it(start: bytes) -> None:
    assert read_mail(start + mail(body="text")).subject == "Printer"


# --- text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "charset", "body", "text"),
    [
        ("8bit", "utf-8", "Grüße\r\n".encode(), "Grüße\n"),
        ("", "", "Grüße".encode(), "Grüße"),
        ("", "us-ascii", "Grüße".encode(), "Grüße"),
        ("quoted-printable", "iso-8859-1", b"Gr=FC=DFe =80=\r\n soft", "Grüße € soft"),
        ("Base64", "utf-8", base64.encodebytes("Grüße\r\n".encode()), "Grüße\n"),
        ("base64", "utf-8", b"R3LDvMOfZQ", "Grüße"),
        (
            "base64",
            "utf-8",
            b"This was not encoded, though it says so.",
            "This was not encoded, though it says so.",
        ),
        ("8bit", "utf-16", "Grüße".encode("utf-16"), "Grüße"),
        ("7bit", "iso-2022-jp", b"\x1b$B-!%F%9%H\x1b(B", "①テスト"),
        ("8bit", "windows-1252", b"\x84quoted\x93", "„quoted“"),
        ("8bit", "utf-8", b"\xef\xbb\xbfmarked", "marked"),
        ("8bit", "utf-8", b"a\0b\rc\r\nd", "ab\nc\nd"),
        ("8bit", "utf-8", "e\u0301".encode(), "é"),
    ],
)
def test_encodings_of_the_text(encoding: str, charset: str, body: bytes, text: str) -> None:
    content = f"text/plain; charset={charset}" if charset else "text/plain"
    head = f"Content-Transfer-Encoding: {encoding}" if encoding else ""
    assert read_mail(mail(head, body, content=content)).text == text


def test_wrong_labels_are_problems() -> None:
    assert read_mail(mail(body=b"caf\xe9", content="text/plain; charset=x-odd")).problems == (
        "charset:x-odd",
    )
    assert read_mail(mail(body=b"caf\xe9")).problems == ("decode:utf_8",)
    assert read_mail(mail("Content-Transfer-Encoding: x-zip", "a")).problems == ("encoding:x-zip",)


def test_a_mail_without_content_type_is_plain_text() -> None:
    assert read_mail(mail(body="hello", content="")).text == "hello"
    assert read_mail(mail(body="hello", content="text")).text == "hello"
    assert read_mail(b"just some words").text == "just some words"


def test_plain_is_preferred_and_html_becomes_a_file() -> None:
    read = read_multipart("alternative", PLAIN, HTML)
    assert (read.text.strip(), read.text_from) == ("Grüße in plain", "plain")
    (page,) = read.attachments
    assert (page.name, page.content_type, page.charset, page.disposition) == (
        "file-1.html",
        "text/html",
        "utf-8",
        "inline",
    )
    assert page.data == "<p>Grüße in <b>html</b></p>".encode()


@pytest.mark.parametrize("blank", ["", " \n\t\n", "\u00a0\n"])
def test_html_is_read_when_the_plain_alternative_is_empty(blank: str) -> None:
    read = read_multipart("alternative", part("Content-Type: text/plain; charset=utf-8", blank), HTML)
    assert (read.text.strip(), read.text_from) == ("Grüße in html", "html")
    assert [one.name for one in read.attachments] == ["file-1.html"]


def test_html_alone_is_converted_and_kept() -> None:
    read = read_mail(mail(body="<p>one</p><p>two</p>", content="text/html"))
    assert (read.text, read.text_from) == ("one\n\ntwo", "html")
    assert [one.name for one in read.attachments] == ["file-1.html"]


@pytest.mark.parametrize("source", ["<!-- styles -->", "<html><p>x</p></html>", " <!DOCTYPE html><p>x"])
def test_the_source_of_html_is_no_plain_text(source: str) -> None:
    read = read_multipart("alternative", part("Content-Type: text/plain; charset=utf-8", source), HTML)
    assert (read.text.strip(), read.text_from) == ("Grüße in html", "html")
    alone = read_multipart("alternative", part("Content-Type: text/plain; charset=utf-8", source))
    assert alone.text == source


def test_the_converter_is_called_only_without_plain_text() -> None:
    seen: list[str] = []

    def convert(html: str) -> str:
        seen.append(html)
        return "converted\0"

    content, body = multipart("alternative", PLAIN, HTML)
    read_mail(mail(body=body, content=content), html_to_text=convert)
    assert seen == []
    assert read_mail(mail(body="<p>x</p>", content="text/html"), html_to_text=convert).text == "converted"
    assert seen == ["<p>x</p>"]


def test_html_says_its_charset_itself() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1250">Łódź'.encode("cp1250")
    assert read_mail(mail(body=page, content="text/html")).text == "Łódź"


def test_inline_texts_are_joined() -> None:
    read = read_multipart("mixed", PLAIN, PDF, part("Content-Type: text/plain", "second"), HTML)
    assert read.text.split() == ["Grüße", "in", "plain", "second", "Grüße", "in", "html"]
    assert read.text_from == "plain"
    assert [one.name for one in read.attachments] == ["file-1.html", "a.pdf"]


def test_a_named_or_attached_text_is_no_body() -> None:
    read = read_multipart(
        "mixed",
        PLAIN,
        part('Content-Type: text/plain; name="log.txt"', "log"),
        part("Content-Type: text/plain\nContent-Disposition: attachment", "attached"),
    )
    assert read.text.strip() == "Grüße in plain"
    assert [(one.name, one.data) for one in read.attachments] == [
        ("log.txt", b"log"),
        ("file-2.txt", b"attached"),
    ]


def test_a_mail_that_begins_with_a_named_text_and_has_no_other() -> None:
    read = read_multipart("mixed", part('Content-Type: text/plain; name="mail.txt"', "hello"), PDF)
    assert (read.text, [one.name for one in read.attachments]) == ("hello", ["mail.txt", "a.pdf"])
    assert (read.parts_found, read.parts_kept) == (2, 2)


def test_a_text_of_a_kind_that_nobody_knows_is_read_where_there_is_no_other() -> None:
    enriched = part("Content-Type: text/enriched", "Hello <bold>you</bold>")
    read = read_multipart("mixed", enriched, PDF)
    assert (read.text, [one.name for one in read.attachments]) == ("Hello <bold>you</bold>", ["a.pdf"])
    assert [one.name for one in read_multipart("mixed", PLAIN, enriched).attachments] == ["file-1.txt"]


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: text/csv",
        "Content-Type: text/x-log; name=a.log",
        "Content-Type: text/enriched\nContent-Disposition: attachment",
        "Content-Type: text/plain; name=a.txt\nContent-Transfer-Encoding: x-gzip64",
    ],
)
def test_what_is_no_text_of_the_mail_stays_a_file(head: str) -> None:
    read = read_multipart("mixed", part(head, "data"), PDF)
    assert (read.text, len(read.attachments)) == ("", 2)


def test_a_name_makes_no_file_of_an_alternative() -> None:
    read = read_multipart("alternative", part("Content-Type: text/plain; name=plain.txt", "plain"), HTML)
    assert (read.text, [one.name for one in read.attachments]) == ("plain", ["file-1.html"])


def test_alternatives_may_hold_trees() -> None:
    related = nested("related", HTML, PIXEL, boundary="b1")
    alternative = nested("alternative", PLAIN, related, boundary="b2")
    read = read_multipart("mixed", alternative, PDF)
    assert read.text.strip() == "Grüße in plain"
    assert [(one.name, one.disposition, one.content_id) for one in read.attachments] == [
        ("file-1.html", "inline", ""),
        ("file-2.png", "inline", "pic@1"),
        ("a.pdf", "attachment", ""),
    ]
    assert (read.parts_found, read.parts_kept) == (4, 4)


def test_a_text_beyond_the_limit_is_cut_and_kept_as_file() -> None:
    read = read_mail(mail(body="x\n" * (TEXT_MAX // 3 + 5)))
    assert (abs(len(read.text) - TEXT_MAX * 2 // 3) <= 1, read.problems) == (True, ("text",))
    read = read_mail(mail(body="x" * (TEXT_MAX + 5)))
    assert (len(read.text), read.problems) == (TEXT_MAX, ("text",))
    assert [(one.name, len(one.data)) for one in read.attachments] == [("file-1.txt", TEXT_MAX + 5)]


# --- attachments --------------------------------------------------------------------------------


def test_an_attachment_has_its_exact_bytes() -> None:
    read = read_multipart("mixed", PLAIN, PDF)
    (pdf,) = read.attachments
    assert (pdf.name, pdf.content_type, pdf.charset, pdf.data) == (
        "a.pdf",
        "application/pdf",
        "",
        b"%PDF-1.4\0\xff",
    )


def test_a_mail_that_is_one_file() -> None:
    read = read_mail(mail("Content-Transfer-Encoding: base64", b"JVBERg==", content="application/pdf"))
    assert (read.text, read.text_from) == ("", "none")
    assert [(one.name, one.data) for one in read.attachments] == [("file-1.pdf", b"%PDF")]


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("Content-Type: application/pdf", "file-1.pdf"),
        ("Content-Type: image/jpeg", "file-1.jpg"),
        ("Content-Type: application/x-strange-thing", "file-1.bin"),
        ("Content-Type: text/calendar", "file-1.ics"),
        ("Content-Type: text/watch-html", "file-1.html"),
        ("Content-Type: text/x-made-up", "file-1.txt"),
        ("Content-Type: message/rfc822-headers", "file-1.txt"),
        ("Content-Type: image/jpeg\nContent-Location: Photo25.jpg", "Photo25.jpg"),
        ("Content-Type: image/jpeg\nContent-Location: http://x.test/a.jpg", "file-1.jpg"),
        ("Content-Type: application/pdf; name*=utf-8''%E2%82%AC.pdf", "€.pdf"),
        ('Content-Type: application/pdf; name="../../etc/passwd"', ".._.._etc_passwd"),
        ('Content-Type: application/pdf; name="C:\\Users\\jo\\b.pdf"', "b.pdf"),
        ('Content-Type: application/pdf; name=".."', "file-1.pdf"),
        ('Content-Type: application/pdf; name="=?utf-8?q?a=0D=0Ab.pdf?="', "a b.pdf"),
        (f"Content-Type: application/pdf; name={'x' * 500}.pdf", f"{'x' * 196}.pdf"),
        ("Content-Type: application/pdf\nContent-Disposition: attachment; filename=d.pdf", "d.pdf"),
        (
            "Content-Type: application/pdf; name=n.pdf\nContent-Disposition: attachment; filename=d.pdf",
            "d.pdf",
        ),
    ],
)
def test_every_attachment_has_a_good_name(head: str, name: str) -> None:
    assert [one.name for one in read_multipart("mixed", PLAIN, part(head, "data")).attachments] == [name]


def test_an_embedded_mail_is_one_file_with_its_bytes() -> None:
    inner = (
        "Subject: =?utf-8?q?Fw=3A_Gr=C3=BC=C3=9Fe/1?=\n"
        "Content-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--i--"
    )
    read = read_multipart("mixed", PLAIN, part("Content-Type: message/rfc822", inner))
    (embedded,) = read.attachments
    assert (embedded.name, embedded.content_type) == ("Fw: Grüße_1.eml", "message/rfc822")
    assert embedded.data == inner.replace("\n", "\r\n").encode()
    assert read.parts_found == 2


def test_the_members_of_a_digest_are_embedded_mails() -> None:
    read = read_multipart("digest", part("", "Subject: one\n\nx"), part("", "Subject: two\n\ny"))
    assert [one.name for one in read.attachments] == ["one.eml", "two.eml"]


def test_content_location_serves_as_content_id() -> None:
    picture = part("Content-Type: image/png\nContent-Location: pic%201.png", "x")
    (one,) = read_multipart("related", HTML, picture).attachments[1:]
    assert (one.content_id, one.disposition) == ("pic%201.png", "inline")


# --- bounces ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "inner"),
    [
        (
            "message/rfc822",
            "From: desk@example.org\nMessage-ID:\n <ours@example.org>\n\nMessage-ID: <other@x>",
        ),
        ("text/rfc822-headers", "message-id: <ours@example.org>\nSubject: x"),
    ],
)
def test_a_bounce_names_the_mail_that_came_back(kind: str, inner: str) -> None:
    content, body = multipart(
        "report; report-type=delivery-status",
        PLAIN,
        part("Content-Type: message/delivery-status", "Reporting-MTA: dns; x\n\nAction: failed"),
        part(f"Content-Type: {kind}", inner),
    )
    read = read_mail(mail(body=body, content=content))
    assert read.automatic.bounce
    assert read.bounce_of == "<ours@example.org>"
    assert read.text.strip() == "Grüße in plain"


def test_a_forwarded_mail_is_no_bounce() -> None:
    read = read_multipart("mixed", PLAIN, part("Content-Type: message/rfc822", "Message-ID: <a@b>\n\nx"))
    assert read.bounce_of == ""


# --- nothing can break it -----------------------------------------------------------------------


def deep(levels: int) -> bytes:
    tree = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(levels))
    return f"Subject: deep\n{tree}\nthe core".encode()


def test_nesting_has_a_limit() -> None:
    assert read_mail(deep(DEPTH_MAX)).text == "the core"
    read = read_mail(deep(5000))
    assert (read.subject, read.problems) == ("deep", ("depth",))
    assert "the core" in read.text


def test_the_number_of_parts_has_a_limit() -> None:
    content, body = multipart("mixed", *[PIXEL] * (NODES_MAX + 50))
    read = read_mail(mail(body=body, content=content))
    assert read.problems == ("parts",)
    assert read.parts_found == NODES_MAX + 1
    assert read.parts_kept == NODES_MAX
    assert read.attachments[-1].data.count(b"<pic@1>") >= 50  # what was not divided is one file
    assert len(read.attachments) <= NODES_MAX


@pytest.mark.parametrize(
    "content",
    [
        "multipart/mixed",
        'multipart/mixed; boundary=""',
        "multipart/mixed; boundary=missing",
        "multipart/mixed; boundary==?utf-8?q?=FF?=",
    ],
)
def test_a_multipart_without_its_boundary_is_text(content: str) -> None:
    assert "what was said" in read_mail(mail(body="what was said", content=content)).text


SEEDS = [
    mail(
        "Message-ID: <1@x>\nDate: Mon, 5 Jan 2026 09:30:00 +0100\nCc: =?utf-8?q?=C3=A4?= <a@b.cc>", "Grüße\n"
    ),
    *(
        mail(body=body, content=content)
        for content, body in (
            multipart("alternative", PLAIN, HTML),
            multipart("mixed", PLAIN, nested("related", HTML, PIXEL, boundary="b1"), PDF),
            multipart(
                "report; report-type=delivery-status",
                PLAIN,
                part("Content-Type: message/rfc822", "A: b\n\nc"),
            ),
        )
    ),
]
PIECES = [
    b"\r\n", b"\n\n", b'"', b"<", b">", b"(", b";", b"=", b"--b0", b"\0", b"\xff\xfe", b"=?utf-8?Q?=ff?=",
    b"*0*=", b"''%zz", b"\nContent-Type: multipart/mixed; boundary=a\n",
    b"\nContent-Transfer-Encoding: base64", b"charset=utf-7", b"charset=utf-16", b"message/rfc822",
    b"\nDate: 99 Foo 99999 99:99 +99999\n", b"@,@",
]  # fmt: skip


def checked(read: ParsedMail) -> None:
    """Every promise of `ParsedMail` that a type does not make."""
    assert not [problem for problem in read.problems if problem.startswith(("reader:", "structure"))]
    lines = [
        read.subject,
        read.message_id,
        *read.references,
        *read.in_reply_to,
        *read.headers,
        *read.headers.values(),
    ]
    for who in (read.sender, *read.reply_to, *read.to, *read.cc, *read.delivered_to):
        lines += [who.name, who.address]
        assert " " not in who.address
    for one in read.attachments:
        lines += [one.name, one.content_type, one.charset, one.content_id]
        assert one.name and "/" not in one.name
        assert one.disposition in ("inline", "attachment")
    for text in (read.text, *lines):
        assert storable(text) == text
        assert "\r" not in text
    assert not [line for line in lines if "\n" in line or "\t" in line]
    assert (read.text_from == "none") == (not read.text)
    assert read.date is None or read.date.tzinfo is UTC


@given(st.binary(max_size=300))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    checked(read_mail(raw))


@settings(deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(
        st.tuples(
            st.floats(0, 1), st.integers(0, 20), st.one_of(st.sampled_from(PIECES), st.binary(max_size=4))
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_damaged_mails_are_read(raw: bytes, damage: list[tuple[float, int, bytes]]) -> None:
    for place, removed, added in damage:
        at = int(place * len(raw))
        raw = raw[:at] + added + raw[at + removed :]
    checked(read_mail(raw))


def test_html_that_is_too_large_to_be_laid_out_is_flagged() -> None:
    for count, flags in ((20_000, ()), (27_000, ("html-plain",))):
        rows = "<tr><td><b>x</b></td></tr>" * count
        source = f"<div style='display:none'>hidden</div><table>{rows}</table>"
        mail = read_mail(f"From: a@b.test\nContent-Type: text/html\n\n{source}".encode())
        assert notices(mail) == flags
        assert ("hidden" in mail.text) == bool(flags)
