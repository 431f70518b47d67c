"""What happens in a story: steps, each with its time, who did it, what was said and what was set.

Values only. Names stand for everything: logins, names of queues and states, keys of other stories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tuidesk.core.domain.ticket import Attachment


class By(StrEnum):
    """Which hand makes a step."""

    MAIL = "mail"  # a mail came in
    AGENT = "agent"
    CLOCK = "clock"  # a pending time ran out
    SENDER = "sender"  # a mail could not be delivered


@dataclass(frozen=True, slots=True)
class Said:
    """An article. An empty `subject` means that of an answer in the ticket.

    `kind` is a history kind (see `domain.events`); `sender` and `to` are header text, empty for those
    that follow from the ticket. `automatic` and `stranger` tell how mail intake would take a mail.
    """

    kind: str
    body: str
    subject: str = ""
    sender: str = ""
    to: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    files: tuple[Attachment, ...] = ()
    automatic: bool = False
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Sets:
    """Fields that a step sets; None and empty leave them alone."""

    queue: str = ""
    state: str = ""
    until: datetime | None = None
    priority: int | None = None
    owner: str = ""
    responsible: str = ""
    watcher: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened at `at` (UTC). `agent` is a login, empty unless `by` is AGENT.

    `merge_into` is the key of another story, `undelivered` the server's answer to the last mail of this one.
    """

    at: datetime
    by: By
    agent: str = ""
    said: Said | None = None
    sets: Sets = field(default_factory=Sets)
    merge_into: int | None = None
    undelivered: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One ticket's past; the first step makes the ticket. `steps` are in the order of their times.

    `sender` is the customer's mailbox as header text, `customer_user` and `customer_id` what the ticket
    carries.
    """

    key: int
    queue: str
    title: str
    sender: str
    customer_user: str
    customer_id: str
    priority: int
    steps: tuple[Step, ...]
