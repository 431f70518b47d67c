"""What reading a mail again would change, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from difflib import unified_diff
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tuidesk.core.errors import Invalid
from tuidesk.core.i18n import _

if TYPE_CHECKING:
    from tuidesk.core.mail.reread import Reread

COMPARED_CHARS = 200_000
"""Longer texts are cut before they are compared line by line, which may take time that grows with their square."""


def day(text: str, zone: str) -> datetime:
    """Return the beginning of a day such as 2026-11-23 in a zone. Raises Invalid."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise Invalid("date", text, "YYYY-MM-DD") from error


def difference_lines(one: Reread, *, diff: bool) -> Iterator[str]:
    """Yield which fields of an article would be read otherwise, with `diff` line by line."""
    fields = ", ".join(change.field for change in one.changes)
    yield _("{number} #{article}  {fields}").format(number=one.ticket_number, article=one.article_no, fields=fields)
    if not diff:
        return
    for change in one.changes:
        before, after = change.before[:COMPARED_CHARS].split("\n"), change.after[:COMPARED_CHARS].split("\n")
        lines = unified_diff(before, after, change.field, change.field, lineterm="", n=1)
        yield from (f"  {line}" for line in lines)
