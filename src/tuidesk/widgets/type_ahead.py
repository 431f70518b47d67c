"""Keys typed faster than screens come and go reach the screen that they are meant for.

A key that opens or leaves a screen has keys behind it in the queues of the old one: over a slow line, `m`, a
few letters and Enter come as one packet. Invariant: a screen that is not on top obeys no key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from textual import events
from textual.binding import Binding
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input


@runtime_checkable
class KeepsKeys(Protocol):
    """A screen that keeps keys by itself until it can use them."""

    def keep_key(self, key: events.Key) -> bool:
        """Keep a key and say True, or say False: then it comes as keys do."""


def handed_over(event: events.Key, screen: Screen[Any]) -> bool:
    """Pass a key on to the screen on top unless this is it; say whether it was passed on."""
    top = screen.app.screen
    if top is screen:
        return False
    event.stop()
    event.prevent_default()
    key = events.Key(event.key, event.character)
    key.time = event.time  # when it was typed, whichever way it comes
    key._set_forwarded()  # else the app sends it round again when nobody wants it
    if isinstance(top, KeepsKeys) and top.keep_key(key):
        return True

    def deliver() -> None:
        target: MessagePump = top.focused or next(iter(top.focus_chain), None) or top
        target.post_message(key)

    # after the first refresh its widgets are there, and keys keep their order
    top.call_after_refresh(deliver)
    return True


def actions_of(widget: type[Widget]) -> Mapping[str, str]:
    """Return which key runs which action of a widget.

    A key that is left to Textual acts after what was typed behind it: bindings come by a message, letters do not.
    """
    return {
        key.strip(): binding.action
        for binding in widget.BINDINGS
        if isinstance(binding, Binding)
        for key in binding.key.split(",")
    }


class Field(Input):
    """A line to type in: its cursor never blinks, and it takes no keys once its screen is left.

    `special` is given every key that types nothing, and says whether it was for it. It is called at once,
    not by a message: what is typed behind Enter must find the question answered. So is what edits the line.
    """

    _keys = actions_of(Input)

    def __init__(
        self,
        value: str = "",
        *,
        special: Callable[[str], bool] = lambda key: False,
        placeholder: str = "",
        password: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(
            value, placeholder=placeholder, password=password, id=id, classes="field", select_on_focus=False
        )
        self._special = special
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        if handed_over(event, self.screen):
            return
        if event.is_printable:
            return
        action = None if self._special(event.key) else self._keys.get(event.key, "")
        if action == "":
            return  # for the screen
        event.stop()
        event.prevent_default()
        if action is not None:
            await self.run_action(action)
