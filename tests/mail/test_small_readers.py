"""What lies inside the parts of a mail: uuencoded files, reports, flowed text, invitations, cards, and
charsets that nobody named."""

from __future__ import annotations

import binascii
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.mail.cards import Card, read_card
from tuidesk.core.mail.charset_guess import guess_codec
from tuidesk.core.mail.delivery_status import DeliveryReport, read_delivery_status
from tuidesk.core.mail.flowed import FLOWED_MAX, unflow
from tuidesk.core.mail.invitation import Invitation, read_invitation
from tuidesk.core.mail.protection import (
    UNPROTECTED,
    Protection,
    container_protection,
    file_protection,
    inline_protection,
)
from tuidesk.core.mail.tree import OPAQUE
from tuidesk.core.mail.uuencode import FILES_MAX, take_files

# --- uuencode -----------------------------------------------------------------------------------------------------


def encoded(name: str, data: bytes) -> str:
    lines = [binascii.b2a_uu(data[at : at + 45], backtick=True).decode() for at in range(0, len(data), 45)]
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


@given(st.binary(min_size=1, max_size=500), st.text("ab\n.", max_size=30), st.text("ab\n.", max_size=30))
def test_an_encoded_file_comes_out_of_its_text(data: bytes, before: str, after: str) -> None:
    text, files = take_files(f"{before}\n{encoded('a b.txt', data)}{after}")
    assert text == f"{before}\n{after}"
    assert files == [("a b.txt", data)]


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 a\nend\n",
        "begin 644 a\nwords in small letters\nend\n",
        "begin at once, please\nend\n",
        "begin 644 a\nM" + "A" * 80,
        "begin 644 a\n`\nend\n",
        "x begin 644 a\n#0V%T\n`\nend\n",
    ],
)
def test_what_is_no_file_stays_text(text: str) -> None:
    assert take_files(text) == (text, [])


def test_many_beginnings_are_no_work() -> None:
    text = "begin 644 a\n" * 100_000 + "end\n"
    assert take_files(text) == (text, [])
    assert len(take_files(encoded("a", b"x") * (FILES_MAX + 5))[1]) == FILES_MAX


# --- delivery reports ---------------------------------------------------------------------------------------------


def test_the_fate_of_each_recipient_is_read() -> None:
    data = (
        b"Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; bo@x.test\r\nAction: Failed\r\nStatus: 5.1.1 (no)\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 No such\r\n  user\r\n\r\nOriginal-Recipient: rfc822;<al@x.test>\r\nAction: delayed\r\n"
    )
    failed, delayed = read_delivery_status(data)
    assert failed == DeliveryReport("bo@x.test", "failed", "5.1.1", "550 5.1.1 No such user")
    assert failed.is_final
    assert (delayed.recipient, delayed.is_final) == ("al@x.test", False)


@given(st.binary(max_size=300))
def test_any_report_is_borne(data: bytes) -> None:
    read_delivery_status(b"Final-Recipient: " + data)


# --- flowed text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("one \ntwo\n", "one two\n"),
        ("one\ntwo", "one\ntwo"),
        ("> one \n> two\nthree", "> one two\nthree"),
        ("> one \n>> two", "> one \n>> two"),
        (" >stuffed\n From here", ">stuffed\nFrom here"),
        ("one \n-- \nMia", "one \n-- \nMia"),
        ("", ""),
    ],
)
def test_flowed_lines_are_joined(text: str, joined: str) -> None:
    assert unflow(text) == joined


def test_the_blank_of_a_flowed_line_may_be_no_part_of_it() -> None:
    assert unflow("プリ \nンター", delete_space=True) == "プリンター"


# --- invitations --------------------------------------------------------------------------------------------------


def calendar(*lines: str, method: str = "REQUEST") -> bytes:
    event = ["BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]
    return "\r\n".join([*event, ""]).encode()


def test_an_invitation_says_what_when_where_and_who() -> None:
    (found,) = read_invitation(
        calendar(
            "SUMMARY:Meeting\\, large",
            "DTSTART;TZID=Europe/Berlin:20260706T140000",
            "DTEND;TZID=Europe/Berlin:20260706T150000",
            "LOCATION:Room 9",
            "ORGANIZER;CN=Mia Lee:mailto:mia@x.test",
            "ATTENDEE;CN=Bo;PARTSTAT=ACCEPTED:mailto:bo@x.test",
            "ATTENDEE:mailto:al@x.test",
            "RRULE:FREQ=WEEKLY;COUNT=3",
        )
    )
    assert found == Invitation(
        method="request",
        what="Meeting, large",
        begins=datetime(2026, 7, 6, 12, tzinfo=UTC),
        ends=datetime(2026, 7, 6, 13, tzinfo=UTC),
        floating=False,
        where="Room 9",
        organizer="Mia Lee <mia@x.test>",
        people=(("Bo <bo@x.test>", "accepted"), ("al@x.test", "")),
        rule="FREQ=WEEKLY;COUNT=3",
        cancelled=False,
    )


@pytest.mark.parametrize(
    ("lines", "begins", "ends", "floating"),
    [
        (("DTSTART;VALUE=DATE:20260706", "DTEND;VALUE=DATE:20260708"), date(2026, 7, 6), date(2026, 7, 7), False),
        (("DTSTART:20260706T140000", "DURATION:PT90M"), datetime(2026, 7, 6, 14, tzinfo=UTC), datetime(2026, 7, 6, 15, 30, tzinfo=UTC), True),
        (("DTSTART:20260706T140000Z",), datetime(2026, 7, 6, 14, tzinfo=UTC), None, False),
        ((), None, None, False),
    ],
)  # fmt: skip
def test_days_times_and_lengths(lines: tuple[str, ...], begins: date | None, ends: date | None, floating: bool) -> None:
    (found,) = read_invitation(calendar("SUMMARY:x", *lines))
    assert (found.begins, found.ends, found.floating) == (begins, ends, floating)


def test_an_event_that_is_damaged_takes_no_other_with_it() -> None:
    good = ["SUMMARY:good", "DTSTART:20260706T140000Z", "END:VEVENT", "BEGIN:VEVENT"]
    for bad in ("DTSTART:soon", "DTSTART:20260706T140000Z\r\nDURATION:ever"):
        found = read_invitation(calendar(*good, "SUMMARY:bad", "LOCATION:Room 9", bad))
        assert [(one.what, one.where) for one in found] == [("good", ""), ("bad", "Room 9")]
        assert found[0].begins == datetime(2026, 7, 6, 14, tzinfo=UTC)


def test_a_line_of_junk_hides_no_event() -> None:
    (found,) = read_invitation(calendar("SUMMARY:x", "DTSTART:20260706T140000Z").replace(b"METHOD", b"X\r\nMETHOD"))
    assert (found.what, found.method) == ("x", "request")


def test_a_cancelled_meeting_is_cancelled() -> None:
    assert read_invitation(calendar("SUMMARY:x", method="CANCEL"))[0].cancelled
    assert read_invitation(calendar("SUMMARY:x", "STATUS:CANCELLED"))[0].cancelled


@pytest.mark.parametrize("data", [b"", b"BEGIN:VCALENDAR", b"/etc/passwd", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:x\r\n"])
def test_what_is_no_calendar_is_no_invitation(data: bytes) -> None:
    assert all(one.begins is None for one in read_invitation(data))


# --- cards --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "card"),
    [
        (
            "FN:Mia Lee\r\nORG:Acme;Sales\r\nTITLE:Head\r\nEMAIL;TYPE=work:mia@x.test\r\nTEL:tel:+49 30\r\n 12\r\n"
            "item1.ADR:;;Street 1;Town;;123;\r\nURL:https://x.test\r\n",
            Card("Mia Lee", "Acme, Sales", "Head", ("mia@x.test",), ("+49 3012",), "Street 1, Town, 123", "https://x.test"),
        ),
        (
            "N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=\r\n=F6rg\r\nTEL;HOME:1\r\n",
            Card("Jörg Müller", "", "", (), ("1",), "", ""),
        ),
    ],
)
def test_a_card_says_who_and_how_to_reach(lines: str, card: Card) -> None:
    assert read_card(f"BEGIN:VCARD\r\n{lines}END:VCARD\r\n".encode()) == (card,)


@given(st.binary(max_size=200))
def test_any_card_is_borne(data: bytes) -> None:
    read_card(b"BEGIN:VCARD\r\nFN:" + data + b"\r\nEND:VCARD")


# --- charsets that nobody named -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("プリンターが動きません。よろしく", "cp932"),
        ("プリンターが動きません。よろしく", "euc_jp"),
        ("프린터가 고장났습니다 도와주세요", "cp949"),
        ("打印机坏了请帮忙谢谢你们", "gb18030"),
        ("印表機壞了請幫忙謝謝你們", "cp950"),
        ("Принтер не работает", "koi8_r"),
        ("Принтер не работает", "cp1251"),
        ("тест тест", "koi8_r"),
    ],
)
def test_a_language_shows_its_charset(text: str, codec: str) -> None:
    assert guess_codec(text.encode(codec)) == codec
    assert guess_codec((text.encode(codec) * 2000)[:-1]) == codec


@pytest.mark.parametrize("text", ["", "äöü", "Grüße aus München, für Sie", "ÄÖÜ ÄÖÜ", "« accès refusé »", "x" * 50 + "ÿ"])
def test_western_text_is_nothing_else(text: str) -> None:
    assert guess_codec(text.encode("cp1252")) is None


@given(st.binary(max_size=200))
def test_a_guess_can_be_decoded(data: bytes) -> None:
    codec = guess_codec(data)
    assert codec is None or data.decode(codec, "replace")


# --- protection ---------------------------------------------------------------------------------------------------


def test_containers_say_how_a_mail_is_protected() -> None:
    signed = container_protection("multipart/signed", "application/x-pkcs7-signature", "", b"")
    assert signed == Protection("smime", True, False)
    assert container_protection("application/pkcs7-mime", "", "enveloped-data", b"").encrypted
    assert container_protection("application/pkcs7-mime", "", "certs-only", b"") == Protection("", False, False)
    assert inline_protection("x\n-----BEGIN PGP MESSAGE-----\n") == Protection("pgp", False, True)
    assert inline_protection("> -----BEGIN PGP MESSAGE-----\n") == Protection("", False, False)


@pytest.mark.parametrize(
    ("name", "media", "data", "protection"),
    [
        ("a.doc.pgp", OPAQUE, b"\x85", Protection("pgp", False, True)),
        ("a.asc", OPAQUE, b"-----BEGIN PGP MESSAGE-----\n", Protection("pgp", False, True)),
        ("me.pgp", "application/pgp-keys", b"", UNPROTECTED),
        ("me.pgp", OPAQUE, b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", UNPROTECTED),
        ("fw.eml", "message/rfc822", b"Subject: x\n\n-----BEGIN PGP MESSAGE-----\n", UNPROTECTED),
        ("smime.p7m", OPAQUE, b"\x30\x80", Protection("smime", False, True)),
        ("a.pdf", OPAQUE, b"%PDF", UNPROTECTED),
    ],
)
def test_files_say_how_a_mail_is_protected(name: str, media: str, data: bytes, protection: Protection) -> None:
    assert file_protection(name, media, data) == protection


def test_only_the_beginning_of_a_very_long_text_is_unflowed() -> None:
    text = "one \ntwo\n" * (FLOWED_MAX // 9 + 100)
    read = unflow(text)
    assert read.startswith("one two\none two\n")
    assert read.endswith("one \ntwo\n")
    assert len(read) == len(text) - read.count("one two")
