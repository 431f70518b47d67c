"""Transfer encodings undone, with what programs on the way do to them."""

from __future__ import annotations

import base64
import binascii
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tuidesk.core.mail.transfer import FOOTER_MAX, decoded, is_known

TEXT = "Grüße, das Gerät geht nicht.\r\n".encode()
LONG = bytes(range(256)) * 9
FOOTER = b"\n____________\nusers mailing list\nhttps://lists.test/users\n"


@pytest.mark.parametrize("data", [TEXT, TEXT[:-1], TEXT[:-2], LONG], ids=len)
@pytest.mark.parametrize(
    "footer",
    [FOOTER, FOOTER.replace(b"\n", b"\r\n"), b"\n-- ignored", b"\n--x-->\nThis mail was scanned.\n", b"\nsee you\n=\n"],
    ids=range(5),
)
def test_a_text_behind_base64_is_no_data(data: bytes, footer: bytes) -> None:
    assert decoded(base64.encodebytes(data).rstrip(b"\n") + footer, "base64") == (data, "encoding:base64-footer")


def test_a_text_in_the_last_line_begins_behind_its_padding() -> None:
    assert decoded(base64.b64encode(TEXT[:-1]) + b" == ignored", "base64") == (TEXT[:-1], "encoding:base64-footer")


@pytest.mark.parametrize(
    ("raw", "data", "problem"),
    [
        (b"PGh0*bWw+Cg==", b"<html>\n", ""),
        (b"    aGVs\n    bG8h\n    aGVs\n    bG8=", b"hello!hello", ""),
        (b"\xef\xbb\xbf" + base64.encodebytes(LONG), LONG, ""),
        (base64.encodebytes(LONG) + b"---\n" + base64.encodebytes(LONG), LONG + LONG, ""),
        (base64.encodebytes(LONG).replace(b"A", b"A!", 9), LONG, ""),
        (b"Hello,\nsee you. Regards, Mia", None, "encoding:base64"),
        (b"Dear\n\nthis was never encoded.", None, "encoding:base64"),
        (b"Hello,\nworld.", None, "encoding:base64"),
        (base64.encodebytes(LONG) + b"and text. " * FOOTER_MAX, base64.encodebytes(LONG) + b"and text. " * FOOTER_MAX, None),
    ],
    ids=range(9),
)  # fmt: skip
def test_other_signs_are_ignored_and_prose_is_none(raw: bytes, data: bytes | None, problem: str | None) -> None:
    found, said = decoded(raw, "base64")
    if problem is None:
        assert found.startswith(LONG)
    else:
        assert (found, said) == (raw if data is None else data, problem)


def encoded(data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45], backtick=True) for at in range(0, len(data), 45)]
    return b"begin 644 ball.png\n" + b"".join(lines) + b"`\nend\n"


@pytest.mark.parametrize("encoding", ["x-uuencode", "uuencode", "x-uue", "uue"])
def test_a_uuencoded_part_is_its_file(encoding: str) -> None:
    assert decoded(b"\r\n" + encoded(LONG).replace(b"\n", b"\r\n"), encoding) == (LONG, "")
    assert decoded(encoded(LONG) + FOOTER, encoding) == (LONG, "encoding:x-uuencode")
    for raw in (b"no file", b"Words first.\n" + encoded(LONG)):
        assert decoded(raw, encoding) == (raw, "encoding:x-uuencode")
    assert is_known(encoding)


@pytest.mark.parametrize("encoding", ["", "8bit", "quoted-printable", "quoted printable", "base64"])
def test_names_are_known(encoding: str) -> None:
    assert is_known(encoding)


def test_an_unheard_of_encoding_leaves_the_bytes() -> None:
    assert decoded(b"=41", "quoted printable") == (b"A", "")
    assert decoded(b"=41", "x-Zip 5") == (b"=41", "encoding:x-ip5")
    assert not is_known("x-zip")


@example(raw=b"!\t", encoding="x-uue")
@given(st.binary(max_size=200), st.sampled_from(["base64", "x-uue", "quoted-printable", "?"]))
def test_any_bytes_are_borne(raw: bytes, encoding: str) -> None:
    decoded(raw, encoding)
    decoded(b"begin 644 x\n" + raw + b"\nend\n", encoding)


@pytest.mark.parametrize("piece", [b"begin 644 x\n!00  \n!00\n", b"!00\n", b"a=\n", b"a! ", b"ab c\n", base64.encodebytes(LONG)], ids=range(6))
@pytest.mark.parametrize("encoding", ["base64", "x-uue"])
def test_a_large_part_takes_a_few_times_its_size(piece: bytes, encoding: str) -> None:
    raw = b"begin 644 x\n" + piece * (600_000 // len(piece)) + b"end\n"
    tracemalloc.start()
    try:
        decoded(raw, encoding)
        assert tracemalloc.get_traced_memory()[1] < 5 * len(raw)
    finally:
        tracemalloc.stop()
