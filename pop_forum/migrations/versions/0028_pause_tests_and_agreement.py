"""Pauses, test messages, and whether both sites hold the same"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("paused_at", "test_sent_at", "test_reached_at", "test_back_at"):
        op.add_column("peers", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("peers", sa.Column("test_id", sa.String(length=400), nullable=True))
    op.add_column("links", sa.Column("agrees", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_column("agrees")
    with op.batch_alter_table("peers", schema=None) as batch_op:
        for name in ("test_id", "test_back_at", "test_reached_at", "test_sent_at", "paused_at"):
            batch_op.drop_column(name)
