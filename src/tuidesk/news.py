"""The thread that waits for news of changed tickets, and posts them to the app.

A thread of its own: the pool that workers share has few threads, and the program ends only when all of
them do. Invariant: a feed that breaks is asked again, and both its breaking and its return are told once.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable
from typing import Any

from textual.message import Message

from tuidesk.core.errors import TuideskError
from tuidesk.messages import FeedState, TicketsChanged

WAIT_S = 1.0
BREAK_S = 5.0
_log = logging.getLogger(__name__)


class NewsThread:
    """Asks a feed until it is stopped; `words` puts an error into a sentence."""

    def __init__(
        self, feed: Callable[[], Any], post: Callable[[Message], bool], words: Callable[[Exception], str]
    ) -> None:
        self._feed = feed
        self._post = post
        self._words = words
        self._ending = threading.Event()
        context = contextvars.copy_context()  # posting needs to know which app it is for
        self._thread = threading.Thread(target=lambda: context.run(self._run), name="tuidesk-news", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def stop(self) -> None:
        """End the waiting, within one wait."""
        self._ending.set()
        self._thread.join(2 * WAIT_S)

    def _run(self) -> None:
        feed, broken = self._feed(), False
        while not self._ending.is_set():
            try:
                changed = feed.wait(WAIT_S)
            except TuideskError as error:
                if not broken:
                    _log.warning("no news: %s", error)
                    self._post(FeedState(self._words(error)))
                broken = True
                self._ending.wait(BREAK_S)
                continue
            if broken:
                broken = False
                self._post(FeedState(""))
            if changed is not None and not self._ending.is_set():
                self._post(TicketsChanged(tuple(changed)))
        for name in ("close", "close_connections"):
            if callable(close := getattr(feed, name, None)):
                close()
