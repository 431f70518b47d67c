"""The first tables, full text, and what OTRS ships.

Written out in `revision_0001`, apart from the tables that the program uses now: what this revision made
never changes.
"""

from __future__ import annotations

from tuidesk.core.store.migrations.revision_0001.config_tables import create_config_tables
from tuidesk.core.store.migrations.revision_0001.defaults import insert_defaults
from tuidesk.core.store.migrations.revision_0001.full_text import create_full_text
from tuidesk.core.store.migrations.revision_0001.mail_tables import create_outbox_tables, create_spool_tables
from tuidesk.core.store.migrations.revision_0001.ticket_tables import create_ticket_tables
from tuidesk.core.store.migrations.revision_0001.work_tables import create_work_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables and what OTRS ships; a table comes after those that it refers to."""
    create_config_tables()
    create_spool_tables()
    create_ticket_tables()
    create_outbox_tables()
    create_work_tables()
    create_full_text()
    insert_defaults()
