"""Where a discussion was moved to, apart from why"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("thread_acts", sa.Column("moved_to", sa.Text(), nullable=True))
    op.execute("UPDATE thread_acts SET moved_to = sentence, sentence = '' WHERE act = 'moved'")
    op.create_index(op.f("ix_thread_acts_at"), "thread_acts", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_thread_acts_at"), "thread_acts")
    op.execute("UPDATE thread_acts SET sentence = coalesce(moved_to, '') WHERE act = 'moved'")
    with op.batch_alter_table("thread_acts", schema=None) as batch_op:
        batch_op.drop_column("moved_to")
