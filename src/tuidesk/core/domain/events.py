"""Events: what happened to a ticket, in the words that OTRS users know from its history.

`data` holds JSON values only, with old and new ids *and* names, so that a row can be replayed and
explained without any configuration. Text for people is rendered on read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """History kinds; the OTRS names where OTRS has one."""

    NEW_TICKET = "NewTicket"
    # articles
    FOLLOW_UP = "FollowUp"
    EMAIL_CUSTOMER = "EmailCustomer"
    EMAIL_AGENT = "EmailAgent"
    PHONE_CUSTOMER = "PhoneCallCustomer"
    PHONE_AGENT = "PhoneCallAgent"
    ADD_NOTE = "AddNote"
    SEND_ANSWER = "SendAnswer"
    FORWARD = "Forward"
    SEND_AUTO_REPLY = "SendAutoReply"
    SEND_AUTO_REJECT = "SendAutoReject"
    SEND_AUTO_FOLLOW_UP = "SendAutoFollowUp"
    SYSTEM_REQUEST = "SystemRequest"
    # fields
    MOVE = "Move"
    STATE = "StateUpdate"
    PENDING = "SetPendingTime"
    PRIORITY = "PriorityUpdate"
    OWNER = "OwnerUpdate"
    RESPONSIBLE = "ResponsibleUpdate"
    LOCK = "Lock"
    UNLOCK = "Unlock"
    TITLE = "TitleUpdate"
    CUSTOMER = "CustomerUpdate"
    VISIBLE = "ArticleVisibilityUpdate"
    # people and relations
    SUBSCRIBE = "Subscribe"
    UNSUBSCRIBE = "Unsubscribe"
    LINK_ADD = "TicketLinkAdd"
    LINK_DELETE = "TicketLinkDelete"
    MERGED = "Merged"
    # mail
    LOOP_PROTECTION = "LoopProtection"
    SEND_STOPPED = "EmailSendingStopped"
    SEND_ERROR = "ArticleEmailSendingError"
    SEND_UNCERTAIN = "ArticleEmailMaybeSent"
    # the path itself
    MISC = "Misc"
    RULE_FAILED = "RuleFailed"
    ERASED = "Erased"


ARTICLE_KINDS = frozenset(
    {
        Kind.FOLLOW_UP,
        Kind.EMAIL_CUSTOMER,
        Kind.EMAIL_AGENT,
        Kind.PHONE_CUSTOMER,
        Kind.PHONE_AGENT,
        Kind.ADD_NOTE,
        Kind.SEND_ANSWER,
        Kind.FORWARD,
        Kind.SEND_AUTO_REPLY,
        Kind.SEND_AUTO_REJECT,
        Kind.SEND_AUTO_FOLLOW_UP,
        Kind.SYSTEM_REQUEST,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `rule_id` and `because_seq` name what set it off.

    `data` is a JSON object, or None once its words were erased.
    """

    kind: Kind
    data: Any
    rule_id: int | None = None
    because_seq: int | None = None
