"""Why the configuration is as it is: who changed what, and when."""

from __future__ import annotations

from collections.abc import Sequence

from tuidesk.core.store import tx
from tuidesk.core.store.admin_log import ConfigEdit, config_edits
from tuidesk.core.store.engine import Engines


def why_config(
    engines: Engines, *, about: str = "", before_revision: int | None = None, limit: int = 50
) -> Sequence[ConfigEdit]:
    """Return edits of the configuration, newest first.

    `about` is how the thing edited begins, e.g. `queue Support` or `agent`; things are named as they
    were called before the edit. `before_revision` is the last one of the page before.
    """
    with tx.read(engines) as connection:
        return config_edits(connection, about=about, before_revision=before_revision, limit=limit)
