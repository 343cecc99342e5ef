"""The ids that entries kept without effect give to messages: no later entry of their journal may give them"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

CLAIMS = sa.text("creates IS NOT NULL")
ENTRIES = sa.table("entries", *map(sa.column, ("id", "journal_id", "outcome", "activity", "creates")))
JOURNALS = sa.table("journals", sa.column("id"), sa.column("name"))


def upgrade() -> None:
    op.add_column("entries", sa.Column("creates", sa.String(length=400), nullable=True))
    op.create_index("ix_entries_creates", "entries", ["creates"], sqlite_where=CLAIMS, postgresql_where=CLAIMS)
    _fill()


def _fill() -> None:
    """Each entry that is kept without effect tells the id that it gives."""
    connection = op.get_bind()
    kept = (
        sa.select(ENTRIES.c.id, ENTRIES.c.activity)
        .join(JOURNALS, JOURNALS.c.id == ENTRIES.c.journal_id)
        .where(ENTRIES.c.outcome.in_(("waiting", "postponed", "unsupported")), JOURNALS.c.name == "forum")
        .where(ENTRIES.c.activity.is_not(None))
    )
    for entry, activity in connection.execute(kept).all():
        document = json.loads(bytes(activity))
        found = document.get("object")
        uri = found.get("id") if isinstance(found, dict) else None
        if document.get("type") in ("Create", "pop:Erase") and isinstance(uri, str) and len(uri) <= 400:
            connection.execute(sa.update(ENTRIES).where(ENTRIES.c.id == entry).values(creates=uri))


def downgrade() -> None:
    op.drop_index("ix_entries_creates", table_name="entries")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_column("creates")
