"""The tables under one name: `schema.ticket`. A part is loaded when one of its tables is asked for; `metadata` has all.

Times are whole microseconds since 1970 in UTC, in a 64-bit column on both databases: one format,
exact order, and keysets that compare as numbers. `*_key` columns hold the folded form of a text.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuidesk.core.store.metadata import metadata
    from tuidesk.core.store.schema_config import (
        agent,
        agent_grant,
        auto_response,
        calendar,
        config_log,
        config_revision,
        customer_company,
        customer_user,
        desk_group,
        mail_account,
        number_counter,
        priority,
        queue,
        state,
        system_account,
    )
    from tuidesk.core.store.schema_mail import (
        auto_reply_count,
        blob,
        blob_chunk,
        mail_in,
        mail_raw,
        outbox,
        outbox_recipient,
    )
    from tuidesk.core.store.schema_ticket import (
        act,
        article,
        attachment,
        change,
        doc,
        erasure,
        erasure_item,
        history,
        ticket,
        ticket_clock,
        ticket_link,
        ticket_watcher,
    )
    from tuidesk.core.store.schema_work import draft, lease, presence, queue_rescope, seen, work_status

__all__ = [
    "act",
    "agent",
    "agent_grant",
    "article",
    "attachment",
    "auto_reply_count",
    "auto_response",
    "blob",
    "blob_chunk",
    "calendar",
    "change",
    "config_log",
    "config_revision",
    "customer_company",
    "customer_user",
    "desk_group",
    "doc",
    "draft",
    "erasure",
    "erasure_item",
    "history",
    "lease",
    "mail_account",
    "mail_in",
    "mail_raw",
    "metadata",
    "number_counter",
    "outbox",
    "outbox_recipient",
    "presence",
    "priority",
    "queue",
    "queue_rescope",
    "seen",
    "state",
    "system_account",
    "ticket",
    "ticket_clock",
    "ticket_link",
    "ticket_watcher",
    "work_status",
]

_PART_OF = {
    name: part
    for part, names in {
        "schema_config": (
            "agent agent_grant auto_response calendar config_log config_revision customer_company "
            "customer_user desk_group mail_account number_counter priority queue state system_account"
        ),
        "schema_mail": "auto_reply_count blob blob_chunk mail_in mail_raw outbox outbox_recipient",
        "schema_ticket": (
            "act article attachment change doc erasure erasure_item history ticket ticket_clock ticket_link "
            "ticket_watcher"
        ),
        "schema_work": "draft lease presence queue_rescope seen work_status",
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    # building all tables takes longer than most commands
    if name == "metadata":
        for part in set(_PART_OF.values()):
            import_module(f"tuidesk.core.store.{part}")
        return import_module("tuidesk.core.store.metadata").metadata
    if name in _PART_OF:
        return getattr(import_module(f"tuidesk.core.store.{_PART_OF[name]}"), name)
    raise AttributeError(name)
