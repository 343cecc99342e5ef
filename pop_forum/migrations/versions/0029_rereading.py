"""A peer's journal read again"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

COUNTS = ("reread_entries", "reread_wrong")


def upgrade() -> None:
    op.add_column("links", sa.Column("reread_after", sa.Integer(), nullable=True))
    op.add_column("links", sa.Column("reread_at", sa.BigInteger(), nullable=True))
    for name in COUNTS:
        op.add_column("links", sa.Column(name, sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("links", schema=None) as batch_op:
        for name in (*COUNTS, "reread_at", "reread_after"):
            batch_op.drop_column(name)
