"""What Alembic runs: the connection comes from `migrations.upgrade`."""

from alembic import context

from pop_forum.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
