"""Alembic's entry: runs the migrations on the connection that store/migrate.py gives.

All migrations of one start are one transaction, which store/migrate.py commits.
"""

from alembic import context

from store import (  # noqa: F401  (their tables belong to the metadata)
    tables_access,
    tables_agents,
    tables_attachments,
    tables_city,
    tables_console,
    tables_drafts,
    tables_exchange,
    tables_intake,
    tables_listening,
    tables_outbox,
    tables_persons,
    tables_reminders,
    tables_search,
    tables_tasks,
    tables_vault,
    tables_voice,
)
from store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
