"""Alembic's entry: the connection is handed in by `service.migrate`."""

from alembic import context

from feeling_manager.service.models import Base

connection = context.config.attributes["connection"]
# SQLite changes a table by copying it (batch)
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=False)
with context.begin_transaction():
    context.run_migrations()
