"""What the options of lists name becomes a filter and an order. Unknown names raise NotFound."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.domain.filters import Compare, Field, Filter, Is, both, equal
from tuidesk.core.domain.named import agent_named, queue_named, state_named
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.errors import Invalid

if TYPE_CHECKING:
    from tuidesk.core.store.ticket_lists import Sort


def selected(
    config: DeskConfig,
    viewer: Viewer,
    now: datetime,
    view: str,
    *,
    queue: str | None,
    state: str | None,
    owner: str | None,
    customer: str | None,
    title: str | None,
    sort: str | None,
) -> tuple[Filter, Sort]:
    """Return the filter and order of a list."""
    from tuidesk.core.store.ticket_lists import Sort
    from tuidesk.core.views import VIEWS

    if view not in VIEWS:
        raise Invalid("view", view, ", ".join(VIEWS))
    terms = [VIEWS[view].filter(viewer, config, now)]
    if queue is not None:
        terms.append(equal(Field.QUEUE, queue_named(config, queue).id))
    if state is not None:
        terms.append(equal(Field.STATE, state_named(config, state)))
    if owner is not None:
        terms.append(equal(Field.OWNER, agent_named(config, owner, viewer.agent_id)))
    if customer is not None:
        terms.append(Compare(Field.CUSTOMER_USER, Is.CONTAINS, customer))
    if title is not None:
        terms.append(Compare(Field.TITLE, Is.CONTAINS, title))
    if sort is not None and sort.upper() not in Sort.__members__:
        raise Invalid("sort", sort, ", ".join(name.lower() for name in Sort.__members__))
    return both(*terms), Sort[sort.upper()] if sort else VIEWS[view].sort
