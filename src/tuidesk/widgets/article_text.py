"""An article as the conversation shows it, and its lines at a width. No drawing, no scrolling.

Invariant: laying out an article costs time bounded by `Limits`, however long its body is; a body is never
laid out beyond what may be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len

from tuidesk.core.domain.safe_text import safe_text
from tuidesk.core.i18n import _, ngettext
from tuidesk.core.mail.quote import fold_quotes
from tuidesk.widgets.safe import fit, one_line
from tuidesk.widgets.wrap import wrap_line

LINES_FIRST = 500
MORE_TIMES = 4
"""How much more each unfolding shows: a log of 100,000 lines is there after four, none of which takes a blink."""
CHARS_PER_LINE = 200
_QUOTE_SIGNS = re.compile(r"(?:> ?)*")
BODY_WIDTH = 90
"""Text is never wider, however wide the terminal is."""


@dataclass(frozen=True, slots=True)
class ArticleText:
    """What is shown of an article; every text may be as it came, it is made safe when it is laid out.

    `tone` is customer, agent, system or note; `flags` are warnings in words; `files` are lines such as
    `client.log  14 kB text/plain`; `parts` are lines of files that are shown as text, such as an invitation;
    `delivery` says where its mail stands.
    """

    no: int
    tone: str
    sender: str
    to: str
    cc: str
    subject: str
    when: str
    visible: bool
    unread: bool
    flags: tuple[str, ...]
    files: tuple[str, ...]
    delivery: str
    body: str
    parts: tuple[str, ...] = ()
    unsent: bool = False
    """True for a mail that was stopped: its head says so, folded or not."""


@dataclass(frozen=True, slots=True)
class Fold:
    """How an article is folded: `body` shown at all, `quotes` shown, and at most how many lines."""

    body: bool = True
    quotes: bool = False
    lines: int = LINES_FIRST


class Line(NamedTuple):
    """One line of the view; `kind` names its look: head, meta, warn, text, quote, signature, file, blank.

    Those of kind fold and more stand for lines that are not shown; what shows them, the view says.
    """

    kind: str
    text: str
    article: int


def article_lines(article: ArticleText, index: int, fold: Fold, width: int) -> list[Line]:
    """Return the lines of an article at a width, the first one its header line."""
    lines = [Line("head", head_text(article, width), index)]
    if not fold.body:
        return lines
    body_width = min(width - 2, BODY_WIDTH)
    meta = [(_("To"), article.to), (_("Cc"), article.cc)]
    for label, value in meta:
        if value:
            lines.append(Line("meta", fit(f"{label}: {one_line(value)}", width - 2).rstrip(), index))
    lines += [Line("warn", "! " + one_line(flag), index) for flag in article.flags]
    if article.delivery:
        lines.append(Line("meta", one_line(article.delivery), index))
    lines += _body_lines(article.body, index, fold, body_width)
    for part in article.parts:
        safe = safe_text(part, multiline=False)
        indent = " " * (len(safe) - len(safe.lstrip(" ")))
        first, *others = wrap_line(safe, body_width - len(indent)) if safe else ("",)
        lines += [Line("text", first, index), *(Line("text", indent + other, index) for other in others)]
    for n, file in enumerate(article.files, 1):
        lines.append(Line("file", fit(f"[d{n}] {one_line(file)}", width - 2).rstrip(), index))
    lines.append(Line("blank", "", index))
    return lines


def head_text(article: ArticleText, width: int) -> str:
    """Return the header line: number, who to whom, then when and how many files, right-aligned."""
    who = one_line(article.sender) or "?"
    kind = _("(internal note)") if article.tone == "note" else ""
    hidden = "" if article.visible or article.tone == "note" else _("(not visible to the customer)")
    unsent = _("(not sent)") if article.unsent else ""
    words = " ".join(part for part in (f"#{article.no}", who, kind, hidden, unsent) if part)
    files = len(article.files)
    right = article.when + ("  " + ngettext("{n} file", "{n} files", files).format(n=files) if files else "")
    right = f" {right} " if width >= 50 else ""
    new = "*" if article.unread else " "
    left = fit(f"{new}{words} ", max(0, width - len(right) - 2)).rstrip() + " "
    return left + "─" * max(0, width - 2 - cell_len(left) - cell_len(right)) + right + "─"


def _body_lines(body: str, index: int, fold: Fold, width: int) -> Iterator[Line]:
    # cut before anything looks at the text: a body may be as long as a mail can be
    shown = body[: fold.lines * CHARS_PER_LINE]
    cut = len(shown) < len(body)
    raw = safe_text(shown, multiline=True).split("\n", fold.lines)
    if len(raw) > fold.lines:
        raw, cut = raw[: fold.lines], True
    while raw and not raw[-1].strip():
        raw.pop()
    laid = 0
    for block in fold_quotes("\n".join(raw)):
        if block.kind == "quote" and not fold.quotes and block.end - block.start > 2:
            count = block.end - block.start
            words = ngettext("+ {n} quoted line", "+ {n} quoted lines", count)
            yield Line("fold", words.format(n=count), index)
            continue
        for done, line in enumerate(raw[block.start : block.end], block.start):
            for piece in _wrapped(line, width) if block.kind == "quote" else wrap_line(line, width):
                if laid >= fold.lines:
                    yield _more(body, done, index)
                    return
                laid += 1
                yield Line(block.kind, piece, index)
    if cut:
        yield _more(body, len(raw), index)


def _wrapped(line: str, width: int) -> Iterator[str]:
    """Yield a quoted line in pieces that each begin with its signs."""
    signs = _QUOTE_SIGNS.match(line)
    if signs is None or not 0 < signs.end() <= width // 2:
        yield from wrap_line(line, width)
    else:
        yield from (signs[0] + piece for piece in wrap_line(line[signs.end() :], width - signs.end()))


def _more(body: str, done: int, index: int) -> Line:
    # a line that was cut in two counts as one that is still to come
    more = max(1, body.rstrip("\n").count("\n") + 1 - done)
    words = ngettext("… {n} more line", "… {n} more lines", more)
    return Line("more", words.format(n=more), index)


def has_quotes(lines: list[Line]) -> bool:
    """Say whether laid out lines hold a folded quote."""
    return any(line.kind == "fold" for line in lines)


def has_more(lines: list[Line]) -> bool:
    """Say whether laid out lines end before the body does."""
    return any(line.kind == "more" for line in lines)
