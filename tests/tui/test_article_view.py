"""The conversation: folding, huge bodies, warnings, moving between articles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from driving import drive, screen_text, shows, until
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tuidesk.widgets.article_text import ArticleText, Fold, article_lines
from tuidesk.widgets.article_view import ArticleView


def article(no: int = 1, body: str = "Hello", **more: Any) -> ArticleText:
    fields: dict[str, Any] = {
        "no": no, "tone": "customer", "sender": "Mia Lee", "to": "raw@desk.test", "cc": "", "subject": "S",
        "when": "today 08:00", "visible": True, "unread": False, "flags": (), "files": (), "delivery": "",
        "body": body,
    }  # fmt: skip
    return ArticleText(**{**fields, **more})


class Talk(App[None]):
    """A conversation alone."""

    CSS = "ArticleView { height: 1fr; }"

    def __init__(self, *articles: ArticleText) -> None:
        super().__init__()
        self.articles = articles

    def compose(self) -> ComposeResult:
        """Show it."""
        yield ArticleView(id="talk")

    @property
    def view(self) -> ArticleView:
        """The conversation."""
        return self.query_one("#talk", ArticleView)

    def on_mount(self) -> None:
        """Begin."""
        self.view.show(self.articles)


QUOTED = "Answer\n\nOn Mon, 1 Jan 2026, Support wrote:\n> one\n> two\n> three\n\nBye\n-- \nMia"


def test_a_preview_names_no_key_that_it_does_not_take() -> None:
    app = Talk(article(body=QUOTED))

    async def scenario(pilot: Pilot[Any]) -> None:
        app.view.can_focus = False
        app.view.refresh()
        await shows(pilot, "[+ 4 quoted lines]")

    drive(app, scenario)


def test_quotes_fold_and_unfold() -> None:
    app = Talk(article(body=QUOTED))

    async def scenario(pilot: Pilot[Any]) -> None:
        await shows(pilot, "[+ 4 quoted lines – Enter unfolds]", "Answer", "Bye")
        assert "> two" not in screen_text(app)
        app.view.toggle_fold()
        await shows(pilot, "> two")
        app.view.toggle_fold()
        await until(pilot, lambda: "Answer" not in screen_text(app), "folding")
        app.view.toggle_fold()
        await shows(pilot, "[+ 4 quoted lines")

    drive(app, scenario)


@pytest.mark.parametrize(
    "body",
    ["x" * 2_000_000, "line\n" * 100_000, "> q\n" * 100_000, "日本 " * 300_000, "a\u0301" * 400_000, "\x1b[31m" * 100_000],
    ids=["one-line", "lines", "quotes", "wide", "marks", "escapes"],
)  # fmt: skip
def test_a_huge_body_is_laid_out_within_bounds(body: str) -> None:
    lines = article_lines(article(body=body), 0, Fold(), 80)
    assert len(lines) <= 510
    assert lines[-2].kind in ("more", "fold")
    assert all("\x1b" not in line.text for line in lines)
    more = article_lines(article(body=body), 0, Fold(quotes=True, lines=2_000), 80)
    assert len(more) <= 2_010


def test_a_long_conversation_begins_folded_but_for_its_end() -> None:
    app = Talk(*(article(n, body=f"body of {n}\n" * 5) for n in range(1, 301)))

    async def scenario(pilot: Pilot[Any]) -> None:
        await shows(pilot, "body of 300")
        assert app.view.current_no == 300
        app.view.go_first()
        await shows(pilot, "#1 Mia", "#2 Mia")
        assert "body of 1" not in screen_text(app)

    drive(app, scenario)


def test_it_begins_at_the_first_unread_article_and_goes_on_from_there() -> None:
    app = Talk(*(article(n, body="text\n" * 30, unread=n >= 3) for n in range(1, 6)))

    async def scenario(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.view.current_no == 3)
        app.view.next_article(1)
        assert app.view.current_no == 4
        app.view.next_article(-3)
        assert app.view.current_no == 1
        app.view.go_last()
        assert app.view.current_no == 5
        app.view.scroll_lines(-90)
        assert app.view.current_no in (2, 3)

    drive(app, scenario)


def test_new_articles_leave_the_place_and_the_folds_alone() -> None:
    app = Talk(article(1, body=QUOTED), article(2, body="text\n" * 60))

    async def scenario(pilot: Pilot[Any]) -> None:
        app.view.go_first()
        app.view.toggle_fold()
        await shows(pilot, "> two")
        app.view.show([*app.articles, article(3, body="newest")], keep_place=True)
        await shows(pilot, "> two")
        assert app.view.current_no == 1

    drive(app, scenario)


def test_what_must_be_known_of_an_article_is_in_words() -> None:
    app = Talk(
        article(
            1,
            visible=False,
            flags=("the sender is not verified",),
            files=("client.log  14 kB  text/plain", "b.pdf"),
            delivery="Mail: COULD NOT BE SENT: 550 no such user",
            cc="x@y.test",
        ),
        article(2, tone="note"),
    )

    async def scenario(pilot: Pilot[Any]) -> None:
        app.view.go_first()
        await shows(
            pilot,
            "(not visible to the customer)",
            "! the sender is not verified",
            "[d1] client.log  14 kB",
            "[d2] b.pdf",
            "550 no such user",
            "Cc: x@y.test",
            "(internal note)",
            "2 files",
        )

    drive(app, scenario)


def test_a_quoted_line_that_is_broken_keeps_its_signs() -> None:
    body = "Yes.\n> > " + "what about the printer " * 6 + "\n> short\n> more\n"
    lines = article_lines(article(1, body), 0, Fold(quotes=True), 40)
    quoted = [line.text for line in lines if line.kind == "quote"]
    assert len(quoted) > 5
    assert all(text.startswith("> ") for text in quoted)
    assert all(text.startswith("> > ") for text in quoted[:4])


def test_a_mail_that_was_stopped_says_so_in_its_head_line() -> None:
    stopped = replace(article(3, "x"), unsent=True)
    assert "(not sent)" in article_lines(stopped, 0, Fold(body=False), 80)[0].text
