"""Which passage of a measure a discussion is about"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("threads", sa.Column("block", sa.String(length=80), nullable=True))


def downgrade() -> None:
    op.drop_column("threads", "block")
