"""What can be listed, with how much is open there: the standing views, then the queues, as a tree.

Used by the pane beside a list and, where there is no room for it, by a picker. Counting is one statement.
Invariant: entries come from the configuration alone, so they can be shown before anything is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuidesk.core.i18n import _
from tuidesk.screens.list_source import ViewSource, view_title
from tuidesk.session import Session
from tuidesk.widgets.safe import one_line
from tuidesk.widgets.view_list import ViewRow

VIEWS = ("mine", "escalated", "new", "reminders", "unassigned", "queues", "watched", "open", "all")
"""In the order of the keys `g1` to `g9`."""
QUEUES_MAX = 200
COUNT_CAP = 999


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to list; one that is not `counted` would cost too much."""

    text: str
    source: ViewSource
    counted: bool = True


def entries(session: Session) -> list[Entry]:
    """Return the views and the queues that the agent reads."""
    found = [
        Entry(f"{n} {view_title(name)}", ViewSource(name), counted=name != "all") for n, name in enumerate(VIEWS, 1)
    ]
    names = {session.config.queues[id_].name: id_ for id_ in session.viewer.queue_ids if id_ in session.config.queues}
    for name in sorted(names)[:QUEUES_MAX]:
        parts = name.split("::")
        # a queue stands below the nearest one above it that she reads too
        above = next((n for n in range(len(parts) - 1, 0, -1) if "::".join(parts[:n]) in names), 0)
        text = "  " * above + one_line("::".join(parts[above:]))
        found.append(Entry(text, ViewSource("open", queue_id=names[name], queue_name=one_line(name))))
    return found


def count_entries(session: Session, found: Sequence[Entry]) -> dict[ViewSource, int]:
    """Return how many tickets each counted entry holds, at most `COUNT_CAP` + 1; in one statement, in a thread."""
    from tuidesk.core.store import tx
    from tuidesk.core.store.ticket_lists import count_lists

    counted = [entry.source for entry in found if entry.counted]
    trees = [source.resolve(session)[0] for source in counted]
    with tx.read(session.desk.engines) as connection:
        return dict(zip(counted, count_lists(connection, session.viewer, trees, COUNT_CAP), strict=True))


def view_rows(found: Sequence[Entry], counts: dict[ViewSource, int]) -> list[ViewRow]:
    """Return entries as rows, with a heading above the queues."""
    rows: list[ViewRow] = []
    for entry in found:
        if entry.source.queue_id is not None and (not rows or rows[-1].value.queue_id is None):
            rows.append(ViewRow(_("Queues")))
            rows.append(ViewRow(f" {entry.text}", count_words(counts.get(entry.source)), entry.source))
            continue
        indent = " " if entry.source.queue_id is not None else ""
        rows.append(ViewRow(indent + entry.text, count_words(counts.get(entry.source)), entry.source))
    return rows


def count_words(count: int | None) -> str:
    """Return a count as it stands beside an entry, "" for one that is not known."""
    if count is None:
        return ""
    return str(count) if count <= COUNT_CAP else f"{COUNT_CAP}+"
