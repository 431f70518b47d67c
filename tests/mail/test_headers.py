"""Raw header values: folding, encoded words, parameters, ids, dates, addresses."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.mail.addresses import ADDRESS_MAX, ADDRESSES_MAX, read_addresses
from tuidesk.core.mail.headers import (
    base64_bytes,
    decode_words,
    message_ids,
    parameters,
    plain,
    read_date,
    readable,
    single_line,
)
from tuidesk.core.mail.parsed import Address


def raw(value: bytes) -> str:
    """The form in which the tree holds a header value."""
    return value.decode("ascii", "surrogateescape")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"no words", "no words"),
        (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?UTF-8?b?R3LDvMOfZQ==?=", "Grüße"),
        (b"=?utf-8?q?one?= =?utf-8?q?two?=", "onetwo"),
        (b"=?utf-8?q?one?=\r\n\t=?utf-8?q?two?=", "onetwo"),
        (b"=?utf-8?q?one?= and =?utf-8?q?two?=", "one and two"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"),
        (b"=?utf-8?b?w6Q=?==?utf-8?b?w7Y=?=", "äö"),
        (b"=?utf-8?q?=C3=A4?= =?iso-8859-1?q?=F6?=", "äö"),
        (b"=?utf-8*de?q?=C3=A4?=", "ä"),
        (b"=?utf-8?q?raw blanks in it?=", "raw blanks in it"),
        (b"=?utf-8?q?why? because?=", "why? because"),
        (b"Re:=?utf-8?q?_touching?=text", "Re: touchingtext"),
        (b"=?utf-8?q?under_score=5F?=", "under score_"),
        (b"=?utf-8?b?w6Q?=", "ä"),
        (b"=?utf-8?Q?M=C3=\r\n =BCller?=", "Müller"),
        (b"=?utf-8?q?never closed", "=?utf-8?q?never closed"),
        (b"=?x-made-up?q?caf=E9?=", "caf\ufffd"),
        (b"=?utf-8?q?caf=E9_au_lait?=", "caf\ufffd au lait"),
        (b"=?x-made-up?q?=C3=A4=07?=", "ä\ufffd"),
        (b"=?utf-8?q?line=0Abreak=00=1B[31m?=", "line break[31m"),
        (b"folded\r\n  value", "folded value"),
        ("roh und laut: ä".encode(), "roh und laut: ä"),
        (b"latin \xe4", "latin ä"),
        (b"\x1b$B%F%9%H\x1b(B", "テスト"),
        (b"=?iso-8859-1?Q?Gr\xfc\xdfe?=", "Grüße"),
        (b"=?iso-8859-1?Q?warum?\xfc?= \xfc", "warum?ü ü"),
        (b"=?koi8-r?q?" + "тест".encode("koi8-r") + b"?= =?iso-8859-1?q?=FC?=", "тестü"),
        ("=?utf-8?Q?Grüße?= und".encode(), "Grüße und"),
        (b"=?gb2312?b?tPLTobv6u7XBy6Gk6UY=?=", "打印机坏了·镕"),
    ],
)
def test_readable(value: bytes, text: str) -> None:
    assert readable(raw(value), 1000) == text


def test_raw_bytes_take_the_charset_of_the_body() -> None:
    value = raw("Проверка".encode("koi8-r"))
    assert plain(value, "koi8-r") == "Проверка"
    assert plain(raw("Проверка".encode()), "koi8-r") == "Проверка"


def test_utf8_that_was_cut_within_a_character_stays_utf8() -> None:
    value = raw("Юникод без меток".encode()[:-1])
    assert plain(value) == plain(value, "iso-8859-1") == "Юникод без мето�"
    assert parameters(f"inline; filename*={value}")[1] == {"filename": "Юникод без мето�"}


def test_a_line_has_no_breaks_and_a_length() -> None:
    assert single_line("a\u2028b\x85c\rd\te\x07f\0", 100) == "a b c d ef"
    assert single_line("x" * 50, 10) == "x" * 10


@pytest.mark.parametrize(
    ("value", "head", "values"),
    [
        (b"Text/Plain; charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (
            b'text/plain; charset="utf-8"; format=flowed',
            "text/plain",
            {"charset": "utf-8", "format": "flowed"},
        ),
        (b"text/plain (comment); charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (
            b"attachment; filename=two words.pdf; size=3",
            "attachment",
            {"filename": "two words.pdf", "size": "3"},
        ),
        (b'attachment; filename="a;b, c.pdf"', "attachment", {"filename": "a;b, c.pdf"}),
        (b'attachment; filename="a \\"b\\" c"', "attachment", {"filename": 'a "b" c'}),
        (b'attachment; filename="C:\\dir\\file.doc"', "attachment", {"filename": "C:\\dir\\file.doc"}),
        (b"attachment; filename*=utf-8''%E2%82%AC%20rates.txt", "attachment", {"filename": "€ rates.txt"}),
        (b"attachment; filename*=ISO-8859-1'de'%E4.txt", "attachment", {"filename": "ä.txt"}),
        (b'inline; filename*0="long "; filename*1="name.txt"', "inline", {"filename": "long name.txt"}),
        (b"inline; filename*1*=%A4.txt; filename*0*=utf-8''%C3", "inline", {"filename": "ä.txt"}),
        (b"inline; filename*0*=utf-8''%C3%A4; filename*1=.txt", "inline", {"filename": "ä.txt"}),
        (b"inline; filename=plain.txt; filename*=utf-8''b%C3%A4r.txt", "inline", {"filename": "bär.txt"}),
        (b'inline; filename="=?utf-8?q?b=C3=A4r?= one.txt"', "inline", {"filename": "bär one.txt"}),
        ('inline; filename="bär.txt"'.encode(), "inline", {"filename": "bär.txt"}),
        (b'inline; filename="never closed.txt', "inline", {"filename": "never closed.txt"}),
        (b'application/pdf name="a; b.pdf"', "application/pdf", {"name": "a; b.pdf"}),
        (b"text/plain charset=iso-8859-2", "text/plain", {"charset": "iso-8859-2"}),
        (b"text/plain, charset=utf-8; format=flowed", "text/plain", {"charset": "utf-8", "format": "flowed"}),
        (b"text/plain; charset:iso-8859-2", "text/plain", {"charset": "iso-8859-2"}),
        (b"text/plain; charset=iso-8859-2 (Latin 2)", "text/plain", {"charset": "iso-8859-2"}),
        (b"text/plain (charset=x); charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b"attachment; filename=report (1).pdf", "attachment", {"filename": "report (1).pdf"}),
        (b"attachment filename=a.pdf", "attachment", {"filename": "a.pdf"}),
        (b"", "", {}),
    ],
)
def test_parameters(value: bytes, head: str, values: dict[str, str]) -> None:
    assert parameters(raw(value)) == (head, values)


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (["<a@b>"], ("<a@b>",)),
        (["<a@b> <c@d>\r\n <e@f>"], ("<a@b>", "<c@d>", "<e@f>")),
        (["<a@\r\n b>"], ("<a@b>",)),
        (["a@b c@d"], ("<a@b>", "<c@d>")),
        (["Your message of today <x@y>"], ("<x@y>",)),
        (["nothing here"], ()),
        ([], ()),
    ],
)
def test_message_ids(values: list[str], ids: tuple[str, ...]) -> None:
    assert message_ids(values, 100) == ids


def test_the_newest_ids_are_kept() -> None:
    assert message_ids([" ".join(f"<{number}@x>" for number in range(300))], 2) == ("<298@x>", "<299@x>")


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("Mon, 5 Jan 2026 09:30:00 +0100", datetime(2026, 1, 5, 8, 30, tzinfo=UTC)),
        ("5 Jan 2026 09:30:00 GMT", datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
        ("Mon, 5 Jan 2026 09:30:60 -0000", datetime(2026, 1, 5, 9, 30, 59, tzinfo=UTC)),
        ("Mon, 32 Jan 2026 09:30:00 +0100", None),
        ("5 Jan 9999 09:30:00 +0100", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(value: str, date: datetime | None) -> None:
    assert read_date(value) == date


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVs\r\nbG8=\r\n", b"hello"),
        (b"aGVsbG8", b"hello"),
        (b"aGVs!bG8=", b"hello"),
        (b"aGVsbG8=aGVsbG8=", b"hellohello"),
        (b"aGVsbG8hx", b"hello!"),
        (b"", b""),
    ],
)
def test_base64_is_lenient(data: bytes, decoded: bytes) -> None:
    assert base64_bytes(data) == decoded


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"jo@example.com", [("", "jo@example.com")]),
        (b"<Jo@EXAMPLE.com>", [("", "Jo@example.com")]),
        (b"Jo Doe <jo@example.com>", [("Jo Doe", "jo@example.com")]),
        (
            b'"Doe, Jo" <jo@example.com>, al@example.com',
            [("Doe, Jo", "jo@example.com"), ("", "al@example.com")],
        ),
        (b"jo@example.com (Jo (the) Doe)", [("Jo (the) Doe", "jo@example.com")]),
        (b"jo@example.com; al@example.com", [("", "jo@example.com"), ("", "al@example.com")]),
        (b"Team: jo@example.com, Al <al@example.com>;", [("", "jo@example.com"), ("Al", "al@example.com")]),
        (b"undisclosed-recipients:;", []),
        (b"Jo <mailto:jo@example.com>", [("Jo", "jo@example.com")]),
        (b"<@relay.example:jo@example.com>", [("", "jo@example.com")]),
        (b"jo @ example.com", [("", "jo@example.com")]),
        (b"Jo Doe jo@example.com", [("Jo Doe", "jo@example.com")]),
        (b'"john.doe"@example.com', [("", '"john.doe"@example.com')]),
        (b"A <a@example.com> B <b@example.com>", [("A", "a@example.com"), ("B", "b@example.com")]),
        (b"=?utf-8?q?J=C3=B6?= <jo@example.com>", [("Jö", "jo@example.com")]),
        (b'"=?utf-8?q?J=C3=B6?=" <jo@example.com>', [("Jö", "jo@example.com")]),
        ("Jö <jo@example.com>".encode(), [("Jö", "jo@example.com")]),
        (b"=?iso-8859-1?Q?J\xf6rg?= <jo@example.com>", [("Jörg", "jo@example.com")]),
        (b"root", [("", "root")]),
        (b"<>", []),
        (b"two words", []),
        (b'"Firm \\"Sun\\"" <a@b.test>', [('Firm "Sun"', "a@b.test")]),
        (b'"\\"Sun\\" Ltd" <a@b.test>', [('"Sun" Ltd', "a@b.test")]),
        (b"\"'Mia'\" <a@b.test>", [("Mia", "a@b.test")]),
        (b"Mia O' <a@b.test>", [("Mia O'", "a@b.test")]),
        (b'"Mia <a@b.test>', [("Mia", "a@b.test")]),
        (b"<Undisclosed-Recipient:@mx.test;>", []),
        (b"Mia (A nice \\) one) <mia(private (really))@home.test(hers)>", [("Mia", "mia@home.test")]),
        (b"Bo <bo@(at the host of)public.test>", [("Bo", "bo@public.test")]),
        (b"mia@home   . test", [("", "mia@home.test")]),
        (b'"a(b)"@home.test', [("", '"a(b)"@home.test')]),
        (b"jo@", []),
        (b"", []),
    ],
)
def test_addresses(value: bytes, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.address) for one in read_addresses([raw(value)])] == found


@pytest.mark.parametrize(
    "value",
    [
        b"=?utf-8?q?boss=40example.org=2C?= <jo@example.com>",
        b"=?utf-8?q?boss=40example.org_=3Cboss=40example.org=3E=2C?= <jo@example.com>",
        b'"boss@example.org, " <jo@example.com>',
        b'"boss@example.org" jo@example.com',
        b"(boss@example.org) jo@example.com",
        b"=?utf-8?q?boss@example.org,?= <jo@example.com>",
        b'"\\"boss@example.org>\\" <" <jo@example.com>',
        b"jo(boss@example.org,)@example.com",
        b"<jo(boss@example.org)@example.com>",
        b"jo@example.com . =?utf-8?q?boss@example.org?=",
        b"=?iso-8859-1?q?\xfc,_boss@example.org,?= <jo@example.com>",
    ],
)
def test_a_name_never_becomes_an_address(value: bytes) -> None:
    assert [one.address for one in read_addresses([raw(value)])] == ["jo@example.com"]


def test_address_lists_are_bounded() -> None:
    assert len(read_addresses(["a@example.com, " * (ADDRESSES_MAX + 5)])) == ADDRESSES_MAX
    assert read_addresses([f"{'a' * ADDRESS_MAX}@example.com"]) == ()


def test_all_headers_of_a_name_count() -> None:
    assert read_addresses(["a@example.com", "b@example.com"]) == (
        Address("", "a@example.com"),
        Address("", "b@example.com"),
    )


@given(st.text(alphabet='ab@<>"\\(),;: =?qQ\r\n\t\0\udce4', max_size=80))
def test_any_value_gives_lines_and_bare_addresses(value: str) -> None:
    for one in read_addresses([value]):
        assert one.address and not set(one.address) & set(" <>\r\n\t\0")
        assert not set(one.name) & set("\r\n\t\0\udce4")
    assert not set(readable(value, 100)) & set("\r\n\t\0\udce4")
    parameters(value)
    message_ids([value], 10)
    read_date(value)


@given(st.text(max_size=40))
def test_text_without_words_stays(text: str) -> None:
    assert decode_words(text.replace("=?", "")) == text.replace("=?", "")


@pytest.mark.parametrize(
    "piece", ["<{n}@x> ", "n{n}@x ", "=?utf-8?q?=C3=A4?= ", "a{n}@b.test, ", "(", "(a)", "aa ", "<a>", "@"]
)
def test_a_long_header_takes_no_more_than_ten_times_its_size(piece: str) -> None:
    value = "".join(piece.format(n=n) for n in range(12_000))[:60_000]
    reads: tuple[Callable[[], object], ...] = (
        lambda: message_ids([value], 100), lambda: readable(value, 4000), lambda: read_addresses([value]),
    )  # fmt: skip
    for read in reads:
        read()
        tracemalloc.start()
        try:
            read()
            assert tracemalloc.get_traced_memory()[1] < 10 * len(value)
        finally:
            tracemalloc.stop()
