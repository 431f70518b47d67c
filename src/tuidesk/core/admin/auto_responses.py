"""Automatic replies of queues: at most one of each type (OTRS rule 3.7)."""

from __future__ import annotations

from collections.abc import Sequence

from tuidesk.core.admin.values import name_value, text_value
from tuidesk.core.clock import Clock
from tuidesk.core.domain.states import AutoResponseType
from tuidesk.core.errors import Invalid, NotFound
from tuidesk.core.i18n import _
from tuidesk.core.store import admin_queues, tx
from tuidesk.core.store.admin_log import Connection, Edited, edit_config
from tuidesk.core.store.admin_queues import AutoResponseRow
from tuidesk.core.store.engine import Engines


def list_auto_responses(engines: Engines, queue: str | None = None) -> Sequence[AutoResponseRow]:
    """Return the automatic replies by queue and type, of one queue if given. Raises NotFound."""
    with tx.read(engines) as connection:
        queue_id = None if queue is None else admin_queues.queue_named(connection, queue).id
        return admin_queues.auto_responses(connection, queue_id)


def set_auto_response(
    engines: Engines, clock: Clock, actor_label: str, queue: str, type: str, subject: str, body: str
) -> AutoResponseRow:
    """Let a queue send an automatic reply of that type, instead of the one it may have.

    `<OTRS_…>` tags in subject and body are filled in when it is sent. Raises NotFound and Invalid.
    """
    kind = _kind(type)
    checked_subject = name_value("subject", subject)
    checked_body = text_value("body", body)
    if not checked_body.strip():
        raise Invalid("body", body, _("a text that is not empty"))

    def work(connection: Connection) -> Edited[AutoResponseRow]:
        row = admin_queues.queue_named(connection, queue)
        before = _response(connection, row.id, kind)
        after = AutoResponseRow(row.name, kind, checked_subject, checked_body)
        admin_queues.put_auto_response(connection, row.id, kind, checked_subject, checked_body)
        return Edited(after, f"auto response {row.name}: {kind.value}", before, after)

    return edit_config(engines, clock, actor_label, work)


def default_responses() -> dict[AutoResponseType, tuple[str, str]]:
    """Return subject and body of the replies that a new queue begins with, in the language of whoever asks."""
    subject = "RE: <OTRS_CUSTOMER_SUBJECT[60]>"
    hello = _("Hello <OTRS_CUSTOMER_REALNAME>,")
    receipt = _(
        "thank you for your message. It has the number <OTRS_TICKET_TicketNumber>;\n"
        "please keep it in the subject when you write again."
    )
    rejected = _(
        "<OTRS_TICKET_TicketNumber> is closed and takes no more messages. If there is\n"
        "something new, please write without its number in the subject."
    )
    anew = _("the old matter is closed, so your message has a number of its own:\n<OTRS_TICKET_TicketNumber>.")
    return {
        AutoResponseType.REPLY: (subject, f"{hello}\n\n{receipt}\n"),
        AutoResponseType.REJECT: (subject, f"{hello}\n\n{rejected}\n"),
        AutoResponseType.NEW_TICKET: (subject, f"{hello}\n\n{anew}\n"),
    }


def give_default_responses(engines: Engines, clock: Clock, actor_label: str, queue: str) -> bool:
    """Give a queue the replies that a new one begins with, unless it has some; say whether. Raises NotFound."""
    if list_auto_responses(engines, queue):
        return False
    for kind, (subject, body) in default_responses().items():
        set_auto_response(engines, clock, actor_label, queue, kind, subject, body)
    return True


def remove_auto_response(engines: Engines, clock: Clock, actor_label: str, queue: str, type: str) -> AutoResponseRow:
    """Let a queue send no automatic reply of that type any more; return the one it had.

    Raises Invalid for an unknown type, NotFound for an unknown queue and when there was no reply.
    """
    kind = _kind(type)

    def work(connection: Connection) -> Edited[AutoResponseRow]:
        row = admin_queues.queue_named(connection, queue)
        before = _response(connection, row.id, kind)
        if before is None:
            raise NotFound("auto response", f"{row.name}: {kind.value}")
        admin_queues.delete_auto_response(connection, row.id, kind)
        return Edited(before, f"auto response {row.name}: {kind.value}", before, None)

    return edit_config(engines, clock, actor_label, work)


def _response(connection: Connection, queue_id: int, kind: AutoResponseType) -> AutoResponseRow | None:
    found = admin_queues.auto_responses(connection, queue_id)
    return next((response for response in found if response.type is kind), None)


def _kind(value: str) -> AutoResponseType:
    if value not in frozenset(AutoResponseType):
        raise Invalid("type", value, ", ".join(kind.value for kind in AutoResponseType))
    return AutoResponseType(value)
