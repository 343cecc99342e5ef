"""Journals of ours that wait for what the peers hold of them"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("journals", sa.Column("resuming_since", sa.BigInteger(), nullable=True))
    op.add_column("links", sa.Column("asked_epoch", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("links", "asked_epoch")
    op.drop_column("journals", "resuming_since")
