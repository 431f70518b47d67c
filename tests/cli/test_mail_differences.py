"""What reading a mail again would change, in lines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tuidesk.cli.mail_differences import day, difference_lines
from tuidesk.core.errors import Invalid
from tuidesk.core.mail.reread import FieldChange, Reread

ONE = Reread(7, "1000001", 3, (FieldChange("subject", "Gr??e", "Grüße"), FieldChange("body", "a\nb\nc", "a\nx\nc")))


def test_a_line_names_the_fields() -> None:
    assert list(difference_lines(ONE, diff=False)) == ["1000001 #3  subject, body"]


def test_with_diff_each_change_is_told() -> None:
    lines = list(difference_lines(ONE, diff=True))
    assert lines[1:6] == ["  --- subject", "  +++ subject", "  @@ -1 +1 @@", "  -Gr??e", "  +Grüße"]
    assert lines[-5:] == ["  @@ -1,3 +1,3 @@", "   a", "  -b", "  +x", "   c"]


def test_a_day_begins_in_its_zone() -> None:
    assert day("2026-07-06", "Europe/Berlin") == datetime(2026, 7, 5, 22, tzinfo=UTC)
    with pytest.raises(Invalid):
        day("6.7.2026", "UTC")
