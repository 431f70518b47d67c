"""The indexes beside the keys: one for each shape of list, partial where only some rows are ever asked for.

Imported by migrations and by what checks them, never by a running desk: an index with a predicate makes
SQLAlchemy load every driver that it knows. A predicate is spelled exactly as queries render it.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Index

from tuidesk.core.store.schema_mail import mail_in, outbox
from tuidesk.core.store.schema_ticket import article, ticket, ticket_clock


def _partial(name: str, where: sa.ColumnElement[bool], *columns: Column[object]) -> None:
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


def _literal(text: str) -> sa.ColumnElement[str]:
    return sa.literal_column(text)


# --- lists of tickets: each of all, of a queue, of a person --------------------------------------

_t = ticket.c
_open = _t.closed_at.is_(None)
_partial("ix_ticket_open_created", _open, _t.created_at, _t.id)
_partial("ix_ticket_open_urgency", _open, _t.urgency, _t.created_at, _t.id)
_partial("ix_ticket_open_changed", _open, _t.changed_at, _t.id)
_partial("ix_ticket_open_queue_created", _open, _t.queue_id, _t.created_at, _t.id)
_partial("ix_ticket_open_queue_urgency", _open, _t.queue_id, _t.urgency, _t.created_at, _t.id)
_partial("ix_ticket_open_queue_changed", _open, _t.queue_id, _t.changed_at, _t.id)
# closed_at, which is null in all of it: else SQLite reads each ticket to see that
_partial("ix_ticket_open_queue_state", _open, _t.queue_id, _t.state_id, _t.closed_at)
_partial("ix_ticket_open_owner_created", _open, _t.owner_id, _t.created_at, _t.id)
Index("ix_ticket_created", _t.created_at, _t.id)
Index("ix_ticket_queue_created", _t.queue_id, _t.created_at, _t.id)
Index("ix_ticket_owner_created", _t.owner_id, _t.created_at, _t.id)
_partial("ix_ticket_responsible", _t.responsible_id != _literal("1"), _t.responsible_id, _t.created_at, _t.id)
Index("ix_ticket_customer", _t.customer_key, _t.created_at, _t.id)
Index("ix_ticket_company", _t.customer_id, _t.created_at, _t.id)
_partial("ix_ticket_closed", _t.closed_at.is_not(None), _t.closed_at, _t.queue_id)
_partial("ix_ticket_pending", _t.pending_until.is_not(None), _t.pending_until, _t.id)

_clock = ticket_clock.c
_escalates = _clock.escalation_at.is_not(None)
_partial("ix_ticket_clock_escalation", _escalates, _clock.escalation_at, _clock.ticket_id)
_partial("ix_ticket_clock_queue_escalation", _escalates, _clock.queue_id, _clock.escalation_at, _clock.ticket_id)

# --- threading, and from a change to its articles ------------------------------------------------

_partial("ix_article_message_id", article.c.message_id != _literal("''"), article.c.message_id)
Index("ix_article_change", article.c.change_id)

# --- work that waits -----------------------------------------------------------------------------

_partial("ix_mail_in_spooled", mail_in.c.state == _literal("'spooled'"), mail_in.c.id)
Index("ix_mail_in_message_id", mail_in.c.source_id, mail_in.c.message_id)
_partial("ix_mail_in_unacked", mail_in.c.acked_at.is_(None), mail_in.c.source_id, mail_in.c.id)
_partial("ix_mail_in_failed", mail_in.c.state == _literal("'failed'"), mail_in.c.id)
_waiting = outbox.c.state.in_([_literal("'queued'"), _literal("'sending'")])
_partial("ix_outbox_waiting", _waiting, outbox.c.not_before, outbox.c.id)
Index("ix_outbox_article", outbox.c.article_id)
