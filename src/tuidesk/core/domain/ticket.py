"""A ticket and its articles as values.

`Ticket` is what the row says; it changes only by folding events over it (see `evolve`), which is why
replaying the history gives the row again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tuidesk.core.domain.states import NOBODY, AutoResponseType, Channel, Lock, SenderType, StateType


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket at one version; `version` 0 is a ticket that does not exist yet."""

    id: int
    version: int
    number: str = ""
    title: str = ""
    queue_id: int = 0
    state_id: int = 0
    state_type: StateType = StateType.NEW
    priority_id: int = 3
    owner_id: int = NOBODY
    responsible_id: int = NOBODY
    lock: Lock = Lock.UNLOCK
    customer_id: str = ""
    customer_user: str = ""
    pending_until: datetime | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None
    closed_at: datetime | None = None
    last_article_no: int = 0
    last_customer_article_at: datetime | None = None
    merged_into: int | None = None

    @property
    def is_open(self) -> bool:
        """True while somebody may still have to work on it."""
        return self.closed_at is None

    @property
    def is_free(self) -> bool:
        """True while nobody claims it (OTRS rule: tmp_lock counts as free)."""
        return self.lock is not Lock.LOCK


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an article, with its bytes."""

    name: str
    content_type: str
    data: bytes
    disposition: str = "attachment"
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """Asks that an article leaves as mail: to whom, in answer to what, and how long to wait.

    `delay_s` is the undo time; `envelope_from` is empty for automatic mail (RFC 3834 section 3.3).
    """

    recipients: tuple[str, ...]
    envelope_from: str
    delay_s: int = 0
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article that is to be added; `kind` is the history kind that OTRS gives to it.

    `sender`, `to` and `cc` are header text. `at` is when it was written, None for now.
    `flags` are machine words such as `unverified-sender`. `auto_response` asks for an automatic
    reply of that type (the change path decides whether it may be sent).
    """

    kind: str
    sender_type: SenderType
    channel: Channel
    visible: bool
    sender: str = ""
    to: str = ""
    cc: str = ""
    reply_to: str = ""
    subject: str = ""
    body: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    at: datetime | None = None
    mail_in_id: int | None = None
    flags: tuple[str, ...] = ()
    send: OutgoingMail | None = None
    auto_response: AutoResponseType | None = None
    no_auto_reply: str = ""


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """What replay knows of an article."""

    id: int
    no: int
    sender_type: SenderType
    channel: Channel
    visible: bool


@dataclass(frozen=True, slots=True)
class Kin:
    """What belongs to a ticket beside its row: who watches, what is linked, the heads of its articles.

    `links` holds (source id, target id, type) with this ticket on one side.
    """

    watchers: frozenset[int] = frozenset()
    links: frozenset[tuple[int, int, str]] = frozenset()
    articles: tuple[ArticleHead, ...] = field(default=())
