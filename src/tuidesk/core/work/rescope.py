"""Search documents follow when a queue changes its group: in chunks, each with its own transaction.

Until it is done, a page of results is checked against the rights of now, so nobody finds what she may not
read; who was let in finds what the walk has reached. A walk that is broken off goes on where it stood.
"""

from __future__ import annotations

import sqlalchemy as sa

from tuidesk.core.store import tx
from tuidesk.core.store.queue_rescope import advance, due_walk, finish, tickets_ahead
from tuidesk.core.store.search_index import outdated_tickets, rescope_tickets
from tuidesk.core.store.ticket_reads import lock_tickets, tickets_by_id
from tuidesk.core.tickets.path import ChangePath
from tuidesk.core.tickets.scope import scopes_of

RESCOPE_DOCUMENTS = 1000


def rescope_chunk(path: ChangePath, documents: int = RESCOPE_DOCUMENTS) -> bool:
    """Let about so many documents follow; False when there is nothing (more) to do now."""
    now = path.clock.now()

    def work(connection: sa.Connection) -> bool:
        walk = due_walk(connection, now)
        if walk is None:
            return False
        # read after the walk was locked: the configuration is that of its edit, or of a later one, which waits
        config = path.config_within(connection)
        ahead = tickets_ahead(connection, walk, documents)
        if not ahead:
            finish(connection, walk)
            return True  # another queue may wait
        tickets = tickets_by_id(connection, [ticket_id for _, ticket_id in ahead], config)
        outdated = outdated_tickets(connection, scopes_of(connection, tickets.values(), config))
        locked = lock_tickets(connection, outdated, config)
        rescope_tickets(connection, scopes_of(connection, locked.values(), config))
        advance(connection, walk, ahead[-1])
        return True

    return tx.write(path.engines, work)
