"""The dashboard: what is mine, what is late, what is new, what waits where, and the last 14 days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widgets import Static

from tuidesk.actions import Context
from tuidesk.core.domain.states import StateType
from tuidesk.core.i18n import _
from tuidesk.screens.base import DeskScreen
from tuidesk.widgets.ages import day_and_time, due_span, short_span, weekday
from tuidesk.widgets.bars import bar, histogram
from tuidesk.widgets.safe import fit, plain
from tuidesk.widgets.tile import Tile, TileRow

if TYPE_CHECKING:
    from tuidesk.core.desk import Dashboard
    from tuidesk.core.domain.desk_config import DeskConfig
    from tuidesk.core.store.dashboard import Day
    from tuidesk.core.store.ticket_lists import TicketRow
    from tuidesk.session import Session

ROWS = 30
TICK_S = 60.0
_TILES = ("mine", "new", "reminders", "escalated", "queues")


class DashboardScreen(DeskScreen):
    """Tiles; Enter on a title opens all of it, on a row that ticket or queue."""

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.APP, Context.MOTION, Context.DASHBOARD)
    HINTS: ClassVar[tuple[str, ...]] = ("move.open", "ticket.create", "go.search", "app.command", "app.quit")

    def __init__(self, cached: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self._cached = cached or {}
        self._unread: dict[int, int] = {}

    def compose_body(self) -> ComposeResult:
        """Show the tiles."""
        with Container(id="tiles"):
            with Vertical(id="tiles-mine"):
                yield Tile(_("My tickets"), id="mine")
                yield Tile(_("New"), id="new")
            with Vertical(id="tiles-due"):
                yield Tile(_("Escalated"), id="escalated")
                yield Tile(_("My reminders"), id="reminders")
            with Vertical(id="tiles-queues"):
                yield Tile(_("Queues"), id="queues")
        days = Static("", id="days")
        days.border_title = plain(" " + _("Last 14 days") + " ")
        yield days

    def on_mount(self) -> None:
        """Show what was known last, until the desk answers."""
        self.title_line.set(f"tuidesk  {self.desk_app.agent.login}")
        self._show_cached()
        self.query_one("#mine").focus()
        self.set_interval(TICK_S, self._tick)

    def _tick(self) -> None:
        """Ask anew: deadlines pass also when nothing happens."""
        if self.is_current:
            self.reload()

    def _tile(self, name: str) -> Tile:
        return self.query_one(f"#{name}", Tile)

    def _show_cached(self) -> None:
        # a file of an earlier run: whatever does not look right in it is not shown
        tiles = self._cached.get("tiles")
        for name in _TILES:
            kept = tiles.get(name) if isinstance(tiles, Mapping) else None
            if isinstance(kept, Mapping) and isinstance(kept.get("rows"), list):
                rows = [
                    TileRow(str(row[0]), str(row[1]))
                    for row in kept["rows"][:ROWS]
                    if isinstance(row, list | tuple) and len(row) == 2
                ]
                self._tile(name).show(str(kept.get("count", "")), rows, dimmed=True, empty=_("reading …"))
            else:
                self._tile(name).show("", (), dimmed=True, empty=_("reading …"))

    def desk_ready(self, session: Session) -> None:
        """Ask for the figures."""
        self.reload()

    def reload(self) -> None:
        """Ask for the figures again."""
        self.read("dashboard", lambda session: (session.desk.dashboard(session.viewer, ROWS), session.config),
                  lambda found: self._came(*found))  # fmt: skip

    def _came(self, found: Dashboard, config: DeskConfig) -> None:
        app = self.desk_app
        now = app.clock.now()
        tickets = (*found.mine, *found.escalated, *found.reminders, *found.new)
        self._unread = {row.id: row.unread for row in tickets}
        new_states = {state.id for state in config.states.values() if state.type is StateType.NEW}
        new_count = sum(one.count for one in found.queues if one.state_id in new_states)
        escalated = _capped(found.escalated_count)
        mine = self._ticket_rows(found.mine, config, now)
        self._show("mine", _capped(found.mine_count), mine, _("none: g5 shows free ones"))
        self._show("new", str(new_count), self._ticket_rows(found.new, config, now), _("nothing new"))
        self._show("escalated", escalated, self._due_rows(found.escalated, config, now), _("nothing is late"))
        self._show("reminders", _more(found.reminders), self._reminder_rows(found.reminders, config, now), _("none"))
        self._show("queues", "", self._queue_rows(found, config, new_states), _("no open tickets"))
        self.query_one("#days", Static).update(plain(_days_text(found.days)))
        local = now.astimezone(app.zone)
        self.title_line.set(
            f"tuidesk  {app.agent.login}",
            f"{weekday(local)} {local:%H:%M}   ! {escalated} {_('escalated')}   {new_count} {_('new')}",
        )

    def _show(self, name: str, count: str, rows: Sequence[TileRow], empty: str) -> None:
        self._tile(name).show(count, rows, empty=empty)
        self.desk_app.figures[name] = {"count": count, "rows": [[row.left, row.right] for row in rows[:10]]}

    def _ticket_rows(self, rows: Sequence[TicketRow], config: DeskConfig, now: datetime) -> list[TileRow]:
        from tuidesk.screens.presenting import ticket_line

        result = []
        for row in rows:
            line = ticket_line(row, config)
            late = line.escalated(now)
            signs = ("*" if line.unread else " ") + ("!" if late else " ") + line.state_letter
            age = short_span(now - line.created_at)
            result.append(
                TileRow(f"{signs} {_short(line.number)} {age:>5} {line.title}", "", ("ticket", line.id), urgent=late)
            )
        return result

    def _due_rows(self, rows: Sequence[TicketRow], config: DeskConfig, now: datetime) -> list[TileRow]:
        from tuidesk.screens.presenting import ticket_line

        result = []
        for row in rows:
            line = ticket_line(row, config)
            due = due_span(line.escalation_at, now) if line.escalation_at else ""
            queue = fit(line.queue.rsplit("::", 1)[-1], 8)
            result.append(
                TileRow(f"! {_short(line.number)} {due:>6} {queue} {line.title}", "", ("ticket", line.id), urgent=True)
            )
        return result

    def _reminder_rows(self, rows: Sequence[TicketRow], config: DeskConfig, now: datetime) -> list[TileRow]:
        from tuidesk.screens.presenting import ticket_line

        result = []
        for row in rows:
            line = ticket_line(row, config)
            at = line.pending_until
            past = at is not None and at <= now
            when = "" if at is None else due_span(at, now) if past else day_and_time(at, now, self.desk_app.zone)
            result.append(
                TileRow(
                    f"{'!' if past else ' '} {when:<9} {_short(line.number)} {line.title}",
                    "",
                    ("ticket", line.id),
                    urgent=past,
                )
            )
        return result

    def _queue_rows(self, found: Dashboard, config: DeskConfig, new_states: set[int]) -> list[TileRow]:
        totals: Counter[int] = Counter()
        new: Counter[int] = Counter()
        for one in found.queues:
            totals[one.queue_id] += one.count
            if one.state_id in new_states:
                new[one.queue_id] += one.count
        most = max(totals.values(), default=0)
        names = {queue_id: config.queues[queue_id].name for queue_id in totals if queue_id in config.queues}
        width = min(20, max((len(name) for name in names.values()), default=0))
        word = _("new")
        result = []
        for queue_id, name in sorted(names.items(), key=lambda item: item[1]):
            short = name if len(name) <= width else "…" + name[-width + 1 :]
            fresh = f"{new[queue_id]:>4} {word}" if new[queue_id] else " " * (5 + len(word))
            result.append(
                TileRow(
                    f" {fit(short, width)} {bar(totals[queue_id], most, 8)}",
                    f"{totals[queue_id]:>5}{fresh}",
                    ("queue", queue_id, name),
                )
            )
        return result

    # --- keys ---------------------------------------------------------------------------------------

    @on(Tile.Chosen)
    def _chosen(self, message: Tile.Chosen) -> None:
        app, value = self.desk_app, message.value
        if value is None:
            app.open_view("open" if message.tile.id == "queues" else str(message.tile.id))
        elif value[0] == "ticket":
            app.open_ticket(value[1], unread=self._unread.get(value[1]))
        else:
            app.open_view("open", queue_id=value[1], queue_name=value[2])

    @property
    def _focused_tile(self) -> Tile:
        focused = self.focused
        return focused if isinstance(focused, Tile) else self._tile("mine")

    def do_move_down(self) -> None:
        """Move down, from the last row of a tile to the next tile."""
        if not self._focused_tile.move(self.repeats()):
            self.focus_next(Tile)

    def do_move_up(self) -> None:
        """Move up, from the title of a tile to the one before."""
        if not self._focused_tile.move(-self.repeats()):
            self.focus_previous(Tile)

    def do_move_half_down(self) -> None:
        """Go to the next tile."""
        self.focus_next(Tile)

    def do_move_half_up(self) -> None:
        """Go to the tile before."""
        self.focus_previous(Tile)

    do_move_page_down = do_move_half_down
    do_move_page_up = do_move_half_up

    def do_move_first(self) -> None:
        """Go to the title of the tile."""
        self._focused_tile.move_end(last=False)

    def do_move_last(self) -> None:
        """Go to the last row of the tile."""
        self._focused_tile.move_end(last=True)

    def do_move_open(self) -> None:
        """Open what is under the cursor, or the ticket whose number was typed."""
        if self.digits:
            self.desk_app.open_number(self.digits)
        else:
            self._focused_tile.choose()


def _capped(count: int) -> str:
    return str(count) if count <= 1000 else "1000+"


def _more(rows: Sequence[TicketRow]) -> str:
    return f"{ROWS}+" if len(rows) >= ROWS else str(len(rows))


def _short(number: str) -> str:
    return number if len(number) <= 7 else "…" + number[-6:]


def _days_text(days: Sequence[Day]) -> str:
    created, closed = [day.created for day in days], [day.closed for day in days]
    parts = [
        _("created {bars} {n}").format(bars=histogram(created), n=sum(created)),
        _("closed {bars} {n}").format(bars=histogram(closed), n=sum(closed)),
    ]
    if days:
        parts.append(_("today +{created} -{closed}").format(created=created[-1], closed=closed[-1]))
    return " " + "    ".join(parts)
