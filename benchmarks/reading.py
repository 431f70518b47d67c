"""Lists, the dashboard and search at a million tickets, for agents who see much, little and nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks import crowd
from benchmarks.figures import Bar, Figure, interleaved, milliseconds
from benchmarks.world import LargeDesk, World, overheard
from tuidesk.core.domain.filters import OPEN, Field, Filter, OneOf, both
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store.ticket_lists import Page, Sort
from tuidesk.core.views import ALL, ESCALATED, MINE, MY_QUEUES, OPEN_TICKETS

LIST_RATIO = Bar(5, "x bare driver")
DEEP_RATIO = Bar(2, "x first page")
DASHBOARD_MS = Bar(30, "ms")
DASHBOARD_STATEMENTS = Bar(8, "statements")
SEARCH_RATIO = Bar(5, "x bare driver")
SEARCH_MS = Bar(10, "ms")
DEEP_ROW = 20_000

_VIEWERS = (
    ("all queues", crowd.ALL), ("40 queues", crowd.FORTY), ("a tiny one", crowd.TINY), ("no queue", crowd.NONE),
)  # fmt: skip


def lists(world: World) -> Iterator[Figure]:
    """First pages against the bare driver with the same statement."""
    for large in world.large_desks():
        desk, config = large.desk, large.desk.config()
        for who, agent in _VIEWERS:
            viewer = desk.viewer(agent)
            queue = crowd.TINY_QUEUE if agent == crowd.TINY else crowd.BIG_QUEUE
            wanted: list[tuple[str, Filter, Sort]] = [
                ("a queue", both(OPEN, OneOf(Field.QUEUE, (queue,))), MY_QUEUES.sort)
            ]
            wanted += [
                (name, view.filter(viewer, config, crowd.NOW), view.sort)
                for name, view in (("mine", MINE), ("escalated", ESCALATED), ("open", OPEN_TICKETS), ("all", ALL))
            ]
            for name, tree, sort in wanted:
                yield _list(world, large, f"{large.name}, {who}, {name}", viewer, tree, sort)


def _list(world: World, large: LargeDesk, what: str, viewer: Viewer, tree: Filter, sort: Sort) -> Figure:
    page = Page()

    def candidate() -> list[object]:
        return list(large.desk.page(viewer, tree, sort, page))

    return against_bare(world, large, "lists", what, candidate, LIST_RATIO)


def against_bare(
    world: World, large: LargeDesk, benchmark: str, what: str, candidate: Callable[[], list[object]], bar: Bar
) -> Figure:
    """Return the ratio of a read to the statement that it makes, by the bare driver."""
    with overheard(large.desk.engines.read) as said:
        found = candidate()
    if len(said) != 1:
        return Figure(benchmark, f"{what}: one statement", len(said), Bar(1, "statements"))
    ((statement, values),) = said
    baseline, taken = interleaved(lambda: large.bare(statement, values), candidate, seconds=world.options.seconds)
    detail = f"{milliseconds(taken)} / {milliseconds(baseline)}, {len(found)} rows"
    return Figure(benchmark, what, taken / baseline, bar, detail, {"seconds": taken, "baseline_seconds": baseline})


def deep(world: World) -> Iterator[Figure]:
    """The page at row 20,000 of all tickets against the first one."""
    for large in world.large_desks():
        desk, config = large.desk, large.desk.config()
        for who, agent in _VIEWERS[:2]:
            viewer = desk.viewer(agent)
            tree = ALL.filter(viewer, config, crowd.NOW)
            row = min(DEEP_ROW, world.options.tickets // 4)
            key = desk.page(viewer, tree, ALL.sort, Page(limit=row))[-1].key

            def at(after: tuple[int, ...] | None, viewer: Viewer = viewer, tree: Filter = tree) -> Callable[[], object]:
                return lambda: desk.page(viewer, tree, ALL.sort, Page(after=after))

            first, later = interleaved(at(None), at(key), seconds=world.options.seconds)
            detail = f"{milliseconds(later)} / {milliseconds(first)}"
            yield Figure("deep", f"{large.name}, {who}, row {row}", later / first, DEEP_RATIO, detail)


def dashboard(world: World) -> Iterator[Figure]:
    """All figures of the dashboard: statements and time."""
    for large in world.large_desks():
        for who, agent in _VIEWERS:
            viewer = large.desk.viewer(agent)
            with overheard(large.desk.engines.read) as said:
                large.desk.dashboard(viewer)
            yield Figure("dashboard", f"{large.name}, {who}", len(said), DASHBOARD_STATEMENTS)

            def bare(said: list[tuple[str, tuple[object, ...]]] = said) -> None:
                for statement, values in said:
                    large.bare(statement, values)

            baseline, taken = interleaved(
                bare,
                lambda: large.desk.dashboard(viewer),
                seconds=world.options.seconds,
            )
            bar = DASHBOARD_MS if large.name == "sqlite" else Bar(float("inf"), "ms")
            detail = f"{taken / baseline:.2f} x bare driver ({milliseconds(baseline)})"
            yield Figure("dashboard", f"{large.name}, {who}, time", taken * 1e3, bar, detail)


def search(world: World) -> Iterator[Figure]:
    """The newest 50 articles with a word, against the bare statement with the same scope."""
    words = (("rare", crowd.RARE_WORD), ("common", crowd.COMMON_WORD), ("unknown", crowd.UNKNOWN_WORD))
    for large in world.large_desks():
        for who, agent in (*_VIEWERS, ("2,500 articles by person", crowd.PERSON)):
            viewer = large.desk.viewer(agent)
            for name, word in words:

                def candidate(viewer: Viewer = viewer, word: str = word) -> list[object]:
                    return list(large.desk.search(viewer, word))

                figure = against_bare(
                    world, large, "search", f"{large.name}, {who}, {name} word", candidate, SEARCH_RATIO
                )
                yield figure
                taken = figure.raw.get("seconds", float("inf"))
                yield Figure("search", f"{figure.what}, time", taken * 1e3, SEARCH_MS)
