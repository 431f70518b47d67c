"""Alembic's entry: it runs on the connection and in the transaction that `migrate` gives to it."""

from __future__ import annotations

from alembic import context

from tuidesk.core.store import schema, schema_indexes  # noqa: F401 - the indexes join the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
