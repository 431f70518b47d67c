"""What every way that mail leaves by can do. No protocol here, no store.

Invariant: each recipient gets exactly one result, and `unknown` is said only when the mail may have been
accepted without our hearing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Outcome = Literal["sent", "retry", "dead", "unknown"]


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """What became of the mail for one recipient.

    `code` is the server's reply code, 0 when the result is ours; `reply` is the server's text or our reason.
    """

    address: str
    outcome: Outcome
    code: int
    reply: str


class Transport(Protocol):
    """Takes one mail to its recipients."""

    def send(
        self,
        envelope_from: str,
        recipients: Sequence[str],
        raw: bytes,
        *,
        before_data: Callable[[], None],
    ) -> list[RecipientResult]:
        """Send `raw`, and return one result for each recipient, in their order.

        `envelope_from` "" is the null sender. `before_data` is called right before the mail may be accepted;
        what it raises is passed on, and then nothing has been sent. A server that fails is not an error
        but a result.
        """
        ...
