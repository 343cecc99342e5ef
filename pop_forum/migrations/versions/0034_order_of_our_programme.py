"""The order that a commune chose for its programme"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ranks",
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("measure", name=op.f("pk_ranks")),
    )


def downgrade() -> None:
    op.drop_table("ranks")
