"""What happened to a ticket, in the order it happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from tuidesk.core.i18n import _
from tuidesk.screens.rows import RowsScreen
from tuidesk.widgets.ages import full_date
from tuidesk.widgets.picker import Choice

if TYPE_CHECKING:
    from tuidesk.core.domain.events import Event
    from tuidesk.core.store.ticket_view import HistoryRow


KINDS_FROM = 120
"""From how many columns on the names of the kinds of events have a column."""


class HistoryScreen(RowsScreen):
    """The history of one ticket, the newest at the bottom."""

    def __init__(self, ticket_id: int, number: str, title: str) -> None:
        super().__init__()
        self._ticket_id = ticket_id
        self._ticket_name = f"{number}  {title}"

    def on_mount(self) -> None:
        """Name the ticket."""
        self.title_line.set(_("History of {ticket}").format(ticket=self._ticket_name))

    def reload(self) -> None:
        """Read the history again."""
        ticket_id = self._ticket_id
        self.read("rows", lambda session: session.desk.history(session.viewer, ticket_id), self._came)

    def _came(self, rows: Sequence[HistoryRow]) -> None:
        app = self.desk_app
        roomy = self.size.width >= KINDS_FROM
        choices = [
            Choice(
                row,
                f"{row.at.astimezone(app.zone):%Y-%m-%d %H:%M}  {row.actor.partition(':')[2]:<10.10}  "
                + (f"{row.event.kind.value:<18} " if roomy else "")
                + event_words(row.event, app.zone),
                note=row.door,
            )
            for row in rows
        ]
        self.show_rows(choices, _("nothing happened"), at_end=True)

    def detail(self, value: Any) -> str:
        """Return who did it, through which door, and by which rule."""
        row: HistoryRow = value
        words = _("version {version}, by {actor} through {door}").format(
            version=row.version, actor=row.actor, door=row.door
        )
        if row.event.rule_id is not None:
            words += ", " + _("set off by rule {rule}").format(rule=row.event.rule_id)
        return f"{row.event.kind.value}: {event_words(row.event, self.desk_app.zone)}\n{words}"


def event_words(event: Event, zone: tzinfo) -> str:
    """Return what an event did; times in the viewer's zone."""
    from tuidesk.core.domain.events import Kind
    from tuidesk.core.history_words import history_sentence

    if event.kind is Kind.PENDING and event.data is not None and event.data["new"]:
        return _("pending until {when}").format(when=full_date(datetime.fromisoformat(event.data["new"]), zone))
    return history_sentence(event)
