"""winmail.dat: the files and texts in it, mails that are attached to it, and what nobody can read."""

from __future__ import annotations

import base64
import struct
import time
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich_text import packed

from tuidesk.core.mail import winmail
from tuidesk.core.mail.parse import read_mail
from tuidesk.core.mail.parsed import ParsedMail
from tuidesk.core.mail.winmail import DEPTH_MAX, FILES_MAX, SIGNATURE, Winmail, read_winmail

PLACEHOLDER = b"This attachment is a MAPI 1.0 embedded message and is not supported by this mail system."
MESSAGE = bytes.fromhex("0703020000000000c000000000000046")
STORAGE = bytes.fromhex("0b00000000000000c000000000000046")


def attribute(name: int, data: bytes, level: int = 1) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def bytes_property(name: int, data: bytes, kind: int = 0x102) -> bytes:
    return struct.pack("<HHII", kind, name, 1, len(data)) + data + b"\0" * (-len(data) % 4)


def text_property(name: int, text: str) -> bytes:
    return bytes_property(name, text.encode("utf-16-le") + b"\0\0", 0x1F)


def time_property(name: int, when: datetime) -> bytes:
    ticks = int((when - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
    return struct.pack("<HHQ", 0x40, name, ticks)


def properties(*each: bytes, of: int = 0x9003, level: int = 1) -> bytes:
    return attribute(of, struct.pack("<I", len(each)) + b"".join(each), level)


def file(name: str, data: bytes, *each: bytes) -> bytes:
    said = properties(text_property(0x3707, name), *each, of=0x9005, level=2)
    return attribute(0x9002, b"\0" * 14, 2) + attribute(0x800F, data, 2) + said


def container(*each: bytes) -> bytes:
    return SIGNATURE + b"\1\0" + attribute(0x9007, struct.pack("<II", 1252, 0)) + b"".join(each)


def attached(inner: bytes, title: str = "Untitled") -> bytes:
    """What Outlook writes for a mail that is attached to the mail."""
    said = properties(text_property(0x3001, title), bytes_property(0x3701, MESSAGE + inner, 0xD), of=0x9005, level=2)
    return attribute(0x9002, b"\0" * 14, 2) + attribute(0x800F, PLACEHOLDER, 2) + said


def read(data: bytes) -> Winmail:
    found = read_winmail(data)
    assert found is not None
    return found


def mail_of(*data: bytes, text: str = "") -> ParsedMail:
    parts = [f"Content-Type: text/plain\n\n{text}\n"] if text else []
    parts += [
        f"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n{base64.encodebytes(one).decode()}"
        for one in data
    ]
    head = "From: mia@customer.test\nContent-Type: multipart/mixed; boundary=b\n\n"
    return read_mail((head + "".join(f"--b\n{part}\n" for part in parts) + "--b--\n").encode())


FORWARDED = container(
    properties(
        text_property(0x37, "Drucker: Größe"),
        text_property(0x0042, "Mia Lee"),
        text_property(0x0065, "mia@customer.test"),
        text_property(0x0E04, "Support"),
        text_property(0x1000, "Er druckt\r\nnicht."),
        time_property(0x0039, datetime(2026, 7, 6, 14, 30, tzinfo=UTC)),
    ),
    file("bild.png", b"picture", text_property(0x370E, "image/png")),
)
SHORT_NAME = attribute(0x9002, b"\0" * 14, 2) + attribute(0x800F, b"data", 2) + attribute(0x8010, b"SHORT~1.XLS\0", 2)
WINMAIL = container(
    attribute(0x800C, "Größe\0".encode("cp1252")),
    SHORT_NAME,
    properties(text_property(0x370E, "Image/PNG"), text_property(0x3707, "Übersicht.png"), of=0x9005, level=2),
)
DEEP = container(
    properties(bytes_property(0x1009, packed(rb"{\rtf1\ansi\ansicpg1252 Gr\'fc\u223?e\par}"))),
    attached(container(properties(text_property(0x37, "One")), attached(FORWARDED))),
    file("a.txt", b"a"),
)


def test_a_winmail_gives_its_text_and_files() -> None:
    found = read(WINMAIL)
    assert (found.text, found.whole) == ("Größe", True)
    assert found.files == [("Übersicht.png", "image/png", "", b"data", "")]


def test_a_cut_winmail_says_so() -> None:
    found = [read_winmail(WINMAIL[:end]) for end in range(7, len(WINMAIL))]
    assert sum(one is not None and one.whole for one in found) <= 6  # between two attributes nothing is missing


def test_the_last_attribute_is_read_without_its_checksum() -> None:
    found = read(WINMAIL[:-2])
    assert (found.files, found.whole) == (read(WINMAIL).files, False)


# --- mails attached to it -----------------------------------------------------------------------------------------


def test_an_attached_mail_becomes_a_text_and_its_files() -> None:
    found = read(container(attached(FORWARDED), file("b.txt", b"b")))
    text, picture, other = found.files
    assert (text.name, text.media, text.charset) == ("Drucker: Größe.txt", "text/plain", "utf-8")
    assert text.data.decode() == (
        "From: Mia Lee <mia@customer.test>\nDate: Mon, 06 Jul 2026 14:30:00 +0000\nTo: Support\n"
        "Subject: Drucker: Größe\n\nEr druckt\nnicht."
    )
    assert picture == ("bild.png", "image/png", "", b"picture", "")
    assert other.name == "b.txt"
    assert found.whole


def test_an_attached_mail_stands_in_the_list_of_files() -> None:
    mail = mail_of(container(attached(FORWARDED)), text="See the mail.")
    assert [(part.name, part.charset) for part in mail.attachments] == [("Drucker: Größe.txt", "utf-8"), ("bild.png", "")]
    assert (mail.text.strip(), mail.problems) == ("See the mail.", ())


def test_an_attached_mail_with_html_alone_stays_html() -> None:
    html = b'<html><meta charset="iso-8859-1"><p>Gr\xfc\xdfe</p></html>'
    inner = container(properties(text_property(0x37, "<Größe>"), bytes_property(0x1013, html)))
    (only,) = read(container(attached(inner))).files
    assert (only.name, only.media) == ("<Größe>.html", "text/html")
    assert only.data == b"<p>Subject: &lt;Gr&#246;&#223;e&gt;</p>\n" + html


def test_an_address_of_a_directory_is_not_shown() -> None:
    inner = container(properties(text_property(0x0C1A, "Mia"), text_property(0x0C1F, "/O=FIRM/CN=MIA"), text_property(0x1000, "x")))
    (only,) = read(container(attached(inner, "Fwd: x"))).files
    assert only[0::3] == ("Fwd: x.txt", b"From: Mia\n\nx")


def test_what_holds_no_text_and_no_file_is_kept_as_it_is() -> None:
    contact = container(properties(text_property(0x3A06, "Mia")))
    (only,) = read(container(attached(contact, "Mia Lee"))).files
    assert only == ("Mia Lee.dat", "application/vnd.ms-tnef", "", contact, "")


@pytest.mark.parametrize("interface", [STORAGE, MESSAGE])
def test_another_object_wins_over_its_placeholder(interface: bytes) -> None:
    said = properties(text_property(0x3707, "sheet.xls"), bytes_property(0x3701, interface + b"object", 0xD), of=0x9005, level=2)
    for order in ((attribute(0x800F, PLACEHOLDER, 2), said), (said, attribute(0x800F, PLACEHOLDER, 2))):
        (only,) = read(container(attribute(0x9002, b"\0" * 14, 2), *order)).files
        assert (only.name, only.data) == ("sheet.xls", b"object")


def test_a_cut_mail_within_leaves_the_container() -> None:
    mail = mail_of(container(attached(FORWARDED[:-1])))
    assert [part.name for part in mail.attachments] == ["Drucker: Größe.txt", "bild.png", "winmail.dat"]
    assert mail.problems == ("winmail",)


def test_mails_in_mails_end_at_a_depth() -> None:
    data = FORWARDED
    for _ in range(DEPTH_MAX - 1):
        data = container(attached(data))
    assert read(data).whole
    assert [one.name for one in read(data).files][-2:] == ["Drucker: Größe.txt", "bild.png"]
    deeper = read(container(attached(data)))
    assert not deeper.whole
    assert not any("Drucker" in one.name for one in deeper.files)
    for _ in range(200):
        data = container(attached(data))
    assert not read(data).whole


def test_the_files_of_all_depths_are_counted_together() -> None:
    many = container(*[file("a", b"x")] * (FILES_MAX // 2))
    found = read(container(*[attached(many)] * 4))
    assert not found.whole
    assert len(found.files) <= FILES_MAX


def test_attached_mails_cannot_blow_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winmail, "TEXT_MAX", 1000)
    bomb = container(properties(bytes_property(0x1009, packed(rb"{\rtf1 " + b"a" * 50_000 + b"}"))))
    data = container(*[attached(bomb)] * 50)
    found = read(data)
    assert not found.whole
    # texts as long as the container at most, and the containers that were not unpacked any more
    assert sum(len(one.data) for one in found.files) <= 1000 + 2 * len(data)


def test_depth_costs_no_memory() -> None:
    data = container(file("a", b"x" * 4_000_000))
    for _ in range(DEPTH_MAX - 1):
        data = container(attached(data))
    tracemalloc.start()
    begin = time.process_time()
    assert read(data).files[-1].name == "a"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * len(data)
    assert time.process_time() - begin < 1


# --- texts that stand in rich text alone --------------------------------------------------------------------------


def rich(rtf: bytes, *each: bytes) -> bytes:
    return container(properties(bytes_property(0x1009, packed(rtf))), *each)


def test_rich_text_is_shown_beside_files() -> None:
    mail = mail_of(rich(rb"{\rtf1\ansi\ansicpg1252 Der Drucker\par ist zu gro\'df.}", file("a.txt", b"a")))
    assert (mail.text, mail.text_from, mail.problems) == ("Der Drucker\nist zu groß.", "plain", ())
    assert [part.name for part in mail.attachments] == ["a.txt"]


@pytest.mark.parametrize("blank", [" ", "\xa0\n\n "])
def test_a_blank_text_hides_nothing(blank: str) -> None:
    read = mail_of(container(properties(text_property(0x1000, "What Outlook says"))), text=blank)
    assert (read.text.strip(), read.attachments, read.problems) == ("What Outlook says", (), ())


def test_html_in_rich_text_is_read_as_html() -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg1251\fromhtml1 {\*\htmltag64 <meta charset=iso-8859-1><p>}\htmlrtf \par\htmlrtf0 "
        rb"\'cf\'f0\'e8\'e2\'e5\'f2 <b>\u8364?</b>{\*\htmltag72 </p>}}"
    )
    mail = mail_of(rich(rtf, file("a.txt", b"a")))
    assert (mail.text.strip(), mail.text_from) == ("Привет €", "html")
    assert [part.name for part in mail.attachments] == ["file-1.html", "a.txt"]


def test_plain_text_and_html_come_before_rich_text() -> None:
    both = container(properties(bytes_property(0x1009, packed(rb"{\rtf1 rich}")), text_property(0x1000, "plain")))
    assert read(both).text == "plain"
    both = container(properties(bytes_property(0x1009, packed(rb"{\rtf1 rich}")), bytes_property(0x1013, b"<p>html")))
    assert (read(both).text, read(both).html) == ("", b"<p>html")


def test_html_as_unicode_reads_alike_whatever_it_names() -> None:
    found = read(container(properties(text_property(0x1013, "<meta charset=koi8-r>Größe"))))
    assert found.html == b"<meta charset=koi8-r>Gr&#246;&#223;e"


@pytest.mark.parametrize("broken", [b"", b"x" * 30, packed(b"no rtf"), packed(rb"{\rtf1 Drucker}")[:-4], packed(rb"{\rtf1 a{\pict 00}}")])
def test_rich_text_that_cannot_be_read_leaves_the_container(broken: bytes) -> None:
    mail = mail_of(container(properties(bytes_property(0x1009, broken)), file("a.txt", b"a")))
    kept = ["a.txt", "winmail.dat"] if broken else ["a.txt"]
    assert [part.name for part in mail.attachments] == kept
    assert mail.problems == (("winmail",) if broken else ())


def test_the_container_of_a_second_text_is_kept() -> None:
    mail = mail_of(rich(rb"{\rtf1 one}", file("a", b"a")), rich(rb"{\rtf1 two}", file("b", b"b")))
    assert mail.text == "one"
    assert [part.name for part in mail.attachments] == ["a", "b", "winmail.dat"]


# --- any bytes ----------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300), st.sampled_from((WINMAIL, DEEP)), st.data())
def test_any_bytes_in_a_winmail_are_borne(noise: bytes, data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data)))
    read_winmail(data[:at] + noise + data[at + len(noise) :])
    read_winmail(data[:at])
    read_winmail(SIGNATURE + noise)
    assert read_winmail(b"x" + noise) is None


@given(st.sampled_from((WINMAIL, DEEP)), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8), st.integers(0, 2000))
def test_flipped_and_cut_a_winmail_is_borne(data: bytes, flips: list[tuple[int, int]], cut: int) -> None:
    harmed = bytearray(data)
    for at, value in flips:
        harmed[at % len(harmed)] = value
    for one in (bytes(harmed), bytes(harmed[: len(harmed) - cut])):
        mail = mail_of(one)
        assert not any(problem.startswith("reader:") for problem in mail.problems)
        assert sum(len(part.data) for part in mail.attachments) < 20 * len(data)
