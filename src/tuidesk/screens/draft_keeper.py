"""Keeping one text as a draft, from whichever thread, however fast the saves follow each other.

Outlives its screen: what was handed to it is kept or dropped even when nobody is there any more to be told.
Invariant: one text is at most one draft; an older state never replaces a newer one, and nothing is kept
after `drop`.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable

from tuidesk.core.errors import TuideskError
from tuidesk.screens.composition import Composition, to_draft
from tuidesk.session import Session

_log = logging.getLogger(__name__)


class DraftKeeper:
    """The draft of one text; `kept` is its state in the database, None when there is none."""

    def __init__(self, draft_id: int | None = None, kept: Composition | None = None) -> None:
        self.draft_id = draft_id
        self.kept = kept
        self._turns = itertools.count(1)
        self._turn = 0
        self._dropped = False
        self._lock = threading.Lock()

    def wants(self, what: Composition) -> bool:
        """Say whether there is something to keep that is not kept yet."""
        return what != self.kept and (what.touched or self.draft_id is not None)

    def keeping(self, what: Composition) -> Callable[[Session], None]:
        """Return the job that keeps a text, to be run in a thread; jobs may overtake each other."""
        turn = next(self._turns)

        def job(session: Session) -> None:
            with self._lock:
                if self._dropped or turn < self._turn:
                    return
                self._turn = turn
                self.draft_id = session.desk.save_draft(
                    session.agent, self.draft_id, what.ticket_id, what.kind, to_draft(what), what.seen_version
                )
                self.kept = what

        return job

    def keep_at_the_end(self, what: Composition, session: Session) -> None:
        """Keep a text when the app ends; nobody is there any more to be told of a failure."""
        try:
            self.keeping(what)(session)
        except TuideskError as error:
            _log.error("a draft was not kept when the app ended: %s", error)

    def drop(self, session: Session) -> None:
        """Throw the draft away, and whatever is still on its way to be kept."""
        with self._lock:
            self._dropped = True
            if self.draft_id is not None:
                session.desk.drop_draft(session.agent.agent_id, self.draft_id)
                self.draft_id = self.kept = None

    def drop_sent(self, session: Session) -> None:
        """Throw the draft of a text away that was sent; a failure must not look as if sending had failed."""
        try:
            self.drop(session)
        except TuideskError as error:
            _log.warning("the draft of a text that was sent stays: %s", error)
