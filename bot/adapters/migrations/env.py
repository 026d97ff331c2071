"""What Alembic runs for every command: the revisions, over the connection and in the transaction that it was given."""

from __future__ import annotations

from alembic import context

from bot.adapters.upkeep_schema import BATCHES

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=BATCHES.metadata,  # of all tables
    transactional_ddl=True,  # on SQLite too: the store begins its transactions itself
)
with context.begin_transaction():
    context.run_migrations()
