"""Whose a measure is: the programme's, or one commune's"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("measures", sa.Column("host", sa.String(length=260), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("measures", "host")
