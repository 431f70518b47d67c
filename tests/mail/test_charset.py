"""The ladder of charsets: what a name means, and text from bytes that do not keep their word."""

from __future__ import annotations

import encodings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.mail.charset import codec_of, decode


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF-8", "utf_8"),
        ("utf8", "utf_8"),
        ("us-ascii", "utf_8"),
        ("ISO-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("Windows-1252", "cp1252"),
        ("iso-8859-15", "iso8859_15"),
        ("iso-8859-9", "cp1254"),
        ("GB2312", "gb18030"),
        ("gb_2312-80", "gb18030"),
        ("x-gbk", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("euc-kr", "cp949"),
        ("Shift_JIS", "cp932"),
        ("x-sjis", "cp932"),
        ("iso-2022-jp", "iso2022_jp"),
        ("ISO-2022-JP-2", "iso2022_jp_2"),
        ("cp50220", "iso2022_jp"),
        ("big5", "cp950"),
        ("koi8-r", "koi8_r"),
        ("utf-7", "utf_7"),
        ("unicode-1-1-utf-7", "utf_7"),
        (' "windows-1251"', "cp1251"),
        ("iso88592", "iso8859_2"),
        ("8859-2", "iso8859_2"),
        ("iso 8859 1", "cp1252"),
        ("iso-8859-2 (Latin 2)", "iso8859_2"),
        ("charset=iso-8859-2", "iso8859_2"),
        ("cp-1250", "cp1250"),
        ("win-1251", "cp1251"),
        ("cp-9999", None),
        ("unknown-8bit", None),
        ("", None),
        ("zlib", None),
        ("rot13", None),
        ("unicode_escape", None),
        ("punycode", None),
        ("../../etc", None),
    ],
)
def test_a_name_means_one_codec_of_a_closed_list(name: str, codec: str | None) -> None:
    assert codec_of(name) == codec


@pytest.mark.parametrize(
    ("data", "declared", "text", "problem"),
    [
        (b"plain", "", "plain", ""),
        ("Grüße".encode(), "utf-8", "Grüße", ""),
        ("Grüße".encode(), "", "Grüße", ""),
        ("Grüße".encode("latin-1"), "", "Grüße", "charset:unsaid"),
        (b"\x93quoted\x94 \x80 5", "iso-8859-1", "“quoted” € 5", ""),
        (b"a\x81b", "iso-8859-1", "a\x81b", ""),
        ("Grüße".encode("latin-1"), "utf-8", "Grüße", "decode:utf_8"),
        ("žluťoučký kůň".encode() + b"\xe2\x82", "utf-8", "žluťoučký kůň�", "decode:utf_8"),
        ("漢字と镕".encode("gb18030"), "gb2312", "漢字と镕", ""),
        ("안녕 똠".encode("cp949"), "ks_c_5601-1987", "안녕 똠", ""),
        ("①㈱髙".encode("cp932"), "shift_jis", "①㈱髙", ""),
        (b"\x1b$B-!-j\x1b(B ok", "iso-2022-jp", "①㈱ ok", ""),
        (b"\x1b$B%F%9%H\x1b(B", "iso-2022-jp", "テスト", ""),
        ("日本".encode(), "iso-2022-jp", "日本", "decode:iso2022_jp"),
        (
            "次のあて先".encode("euc_jp") + b"\nThe account is disabled\n",
            "iso-2022-jp",
            "次のあて先\nThe account is disabled\n",
            "decode:iso2022_jp",
        ),
        (
            "宛先が不明です".encode("cp932") + b" (no such user)",
            "iso-2022-jp",
            "宛先が不明です (no such user)",
            "decode:iso2022_jp",
        ),
        (
            "宛先が不明です".encode("cp932") + b" (no such user)",
            "euc-jp",
            "宛先が不明です (no such user)",
            "decode:euc_jp",
        ),
        (
            "없는 주소".encode("cp949") + b" (no such user)",
            "iso-2022-kr",
            "없는 주소 (no such user)",
            "decode:iso2022_kr",
        ),
        ("Grüße aus Köln".encode() + b"\xc3", "", "Grüße aus Köln�", "decode:utf_8"),
        ("Grüß ".encode() + b"\xff" + "Köln".encode(), "x-made-up", "Grüß �Köln", "charset:x-made-up"),
        ("Срочно: заказ".encode()[:-1], "", "Срочно: зака�", "decode:utf_8"),
        ("Grüße für Ähnliches".encode("latin-1"), "", "Grüße für Ähnliches", "charset:unsaid"),
        ("É» oui, déjà été".encode("latin-1"), "", "É» oui, déjà été", "charset:unsaid"),
        (b"+AOQ-", "utf-7", "ä", ""),
        (b"jo+AOQ-list", "", "jo+AOQ-list", ""),
        (b"caf\xe9", "x-made-up", "café", "charset:x-made-up"),
        ("é".encode("utf-16"), "utf-16", "é", ""),
    ],
)
def test_decode(data: bytes, declared: str, text: str, problem: str) -> None:
    decoded = decode(data, declared)
    assert (decoded.text, decoded.problem) == (text, problem)


def test_names_from_mails_do_not_grow_the_registry_of_codecs() -> None:
    cache: dict[str, object] = encodings._cache
    before = set(cache)
    for number in range(50):
        decode(b"\xff", f"made-up-{number}")
    assert not {name for name in set(cache) - before if "made" in name}


NAMES = st.one_of(st.text(max_size=20), st.sampled_from(["utf-7", "hz", "utf-16", "iso-2022-jp", "big5"]))


@given(st.binary(max_size=200), NAMES)
def test_every_bytes_under_every_name_is_text(data: bytes, name: str) -> None:
    assert isinstance(decode(data, name).text, str)


@given(st.text(alphabet=st.characters(codec="iso2022_jp", exclude_characters="\x1b"), max_size=60))
def test_japanese_comes_back(text: str) -> None:
    assert decode(text.encode("iso2022_jp"), "iso-2022-jp").text == text
