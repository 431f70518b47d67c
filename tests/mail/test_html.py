"""HTML becomes text: what is shown, what is left out, and what happens to hostile input."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuidesk.core.mail.html import HTML_MAX, LINKS_MAX, TAG_MAX, html_to_text, strip_tags
from tuidesk.core.mail.html_child import HtmlReader


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two", "one\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("a&nbsp;b &amp; c &lt;d&gt;", "a b & c <d>"),
        ("<p>Grüße 日本</p>", "Grüße 日本"),
        ("<p>a</p><ul><li>one</li><li>two</li></ul>", "a\n\n  * one\n  * two"),
        ("<table><tr><td></td><td>one<br>two</td></tr></table>", "one\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a  b\nc  d"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<title>no</title><style>p{}</style><script>no()</script><p>yes</p>", "yes"),
        ("<!-- no --><p>yes</p>", "yes"),
        ("<?xml version='1.0' encoding='utf-8'?><p>yes</p>", "yes"),
        ("just words", "just words"),
        ("", ""),
        ("<p></p>", ""),
    ],
)
def test_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">no</div>',
        '<div style="DISPLAY : None !important">no</div>',
        '<span style="font-size:0">no</span>',
        '<span style="font-size: 0.0px; color: red">no</span>',
        '<span style="visibility:hidden">no</span>',
        '<span style="opacity:0">no</span>',
        '<div style="max-height:0; overflow:hidden">no</div>',
        '<div style="mso-hide:all">no</div>',
        "<p hidden>no</p>",
        '<div style="display:none"><p>no</p><blockquote>no</blockquote><a href="https://x.org">no</a></div>',
        '<img src="https://x.org/t.gif" width="1" height="1" alt="no">',
        '<img src="https://x.org/t.gif" alt="">',
        "<noscript>no</noscript>",
    ],
)
def test_hidden_things_are_left_out(hidden: str) -> None:
    assert html_to_text(f"<p>yes</p>{hidden}<p>end</p>") == "yes\n\nend"


@pytest.mark.parametrize(
    "shown",
    [
        '<td style="font-size:0"><div style="font-size:13px">yes</div></td>',
        '<div style="visibility:hidden"><p style="visibility:visible">yes</p></div>',
        '<p style="opacity:0.9">yes</p>',
        '<p style="font-size:10px">yes</p>',
        '<p style="max-height:0px5">yes</p>',
    ],
)
def test_shown_things_stay(shown: str) -> None:
    assert html_to_text(f"<table><tr>{shown}</tr></table>").strip() == "yes"


def test_links_are_numbered_notes_with_their_full_target() -> None:
    long = "https://example.org/" + "x" * 300
    html = (
        f'<p>See <a href="{long}">the page</a>, <a href="https://example.org/b">that one</a> '
        f'or <a href="{long}">again</a>.</p>'
    )
    assert html_to_text(html) == (
        f"See the page [1], that one [2] or again [1].\n\n[1] {long}\n[2] https://example.org/b"
    )


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ('<a href="https://example.org/">https://example.org</a>', "https://example.org"),
        ('<a href="https://example.org">example.org</a>', "example.org"),
        ('<a href="mailto:jo@example.org">jo@example.org</a>', "jo@example.org"),
        ('<a href="javascript:x()">press</a>', "press"),
        ('<a href="#top">up</a>', "up"),
        ('<a name="top">here</a>', "here"),
        (
            '<a href="https://evil.example">https://bank.example</a>',
            "https://bank.example [1]\n\n[1] https://evil.example",
        ),
        ('<a href="https://x.org"><b>bold</b></a>', "bold [1]\n\n[1] https://x.org"),
        ('<a href="https://x.org"><img alt="Logo"></a>', "[Logo] [1]\n\n[1] https://x.org"),
        ('<a href=" https://x.org/\na">broken</a>', "broken [1]\n\n[1] https://x.org/a"),
    ],
)
def test_a_note_is_made_when_it_says_something_new(link: str, text: str) -> None:
    assert html_to_text(link) == text


def test_quotes_are_marked_as_in_plain_mail() -> None:
    html = (
        "<p>answer</p><blockquote>first<br>second<blockquote>deeper</blockquote>back</blockquote><p>end</p>"
    )
    assert html_to_text(html) == "answer\n\n> first\n> second\n> > deeper\n> back\n\nend"


def test_pictures_are_their_description() -> None:
    assert html_to_text('<p>a <img src="x" alt="red\nlamp"> b</p>') == "a [red lamp] b"


def test_text_that_is_hidden_as_a_whole_is_shown() -> None:
    assert html_to_text('<body style="display:none"><p>all there is</p></body>') == "all there is"


HOSTILE = {
    "attributes": "<a " + " ".join(f"a{n}=1" for n in range(40_000)) + ">after",
    "quoted >": '<a x=">' + "y" * TAG_MAX + '">after',
    "divs": "<div>" * 50_000 + "after",
    "quotes": "<blockquote>" * 20_000 + "after",
    "tables": "<table><tr><td>" * 20_000 + "after",
    "spans": "<b><i>" * 30_000 + "after",
    "open": "<" * 100_000 + "after",
    "comments": "<!--" * 50_000 + "after",
    "open quotes": '<a "' * 50_000 + "after",
    "scripts": "<script>" * 50_000 + "after",
    "wide table": "<table><tr><td>"
    + "w " * 60_000
    + "</td></tr>"
    + "<tr><td>a<td>b" * 5_000
    + "</table>after",
    "bomb": '<p style="margin-top: 99999999em; padding-left: 99999999em">after</p>',
    "entities": "&#xe000;&#xe001;&#0;&#xd800;" * 1000 + "after",
    "controls": "a\0b\ud800c<p>after",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_html_gives_bounded_text(name: str) -> None:
    html = HOSTILE[name]
    for convert in (html_to_text, strip_tags):
        assert len(convert(html)) <= 3 * len(html)


@pytest.mark.parametrize("name", ["quoted >", "divs", "spans", "tables", "wide table", "bomb"])
def test_text_behind_hostile_markup_is_found(name: str) -> None:
    assert html_to_text(HOSTILE[name]).rstrip().endswith("after")


def test_what_is_read_and_noted_is_bounded() -> None:
    assert "end" not in html_to_text("x " * (HTML_MAX // 2) + "end")
    links = "".join(f'<a href="https://x.org/{n}">l</a> ' for n in range(LINKS_MAX + 5))
    assert html_to_text(links).count("https://") == LINKS_MAX


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b &amp; c</p>", "a\n\nb & c"),
        ("<style>no</style>yes<script>no", "yesno"),
        ("<!-- no -->yes", "yes"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ('<a title="a > b">yes</a>', "yes"),
        ("a\nb<br>c", "a b\nc"),
        ("<unclosed", ""),
    ],
)
def test_strip_tags(html: str, text: str) -> None:
    assert strip_tags(html) == text


@settings(deadline=None)
@given(st.lists(st.sampled_from(["<p>", "</p>", "<a href='https://x.org'>", "<blockquote>", "</", "<!--", "-->", "<td>", "&lt;", '"', "word ", "\n", "<img alt=x>", "<b style='display:none'>", "</b>"]), max_size=40))  # fmt: skip
def test_any_markup_gives_tidy_text(pieces: list[str]) -> None:
    for text in (html_to_text("".join(pieces)), strip_tags("".join(pieces))):
        assert "\n\n\n" not in text
        assert not [line for line in text.split("\n") if line != line.rstrip()]


# --- the child ----------------------------------------------------------------------------------


def test_one_child_converts_many_mails() -> None:
    with HtmlReader() as reader:
        assert reader.pid is None
        assert reader.read("<p>Grüße</p>") == "Grüße"
        first = reader.pid
        assert reader.read("<p>two</p>") == "two"
        assert reader.read("x " * 300_000).startswith("x x")
        assert reader.read(" ") == ""
        assert (reader.pid, reader.failures) == (first, 0)
    assert reader.pid is None


def test_a_child_that_died_is_replaced() -> None:
    with HtmlReader() as reader:
        assert reader.read("<p>one</p>") == "one"
        first = reader.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert reader.read('<p>two</p><p style="display:none">hidden</p>') == "two\n\nhidden"
        assert reader.failures == 1
        assert reader.read("<p>three</p>") == "three"
        assert reader.pid not in (None, first)


def test_a_child_that_overruns_is_killed() -> None:
    slow = ("<a " + " ".join(f"a{n}=1" for n in range(8_000)) + ">word </a>") * 15
    with HtmlReader(deadline_s=0.2) as reader:
        assert reader.read(slow) == " ".join(["word"] * 15)
        assert (reader.failures, reader.pid) == (1, None)


def test_closing_twice_is_no_error() -> None:
    reader = HtmlReader()
    reader.close()
    reader.close()
