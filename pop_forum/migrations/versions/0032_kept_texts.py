"""Common versions beside which a commune keeps its own text"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_texts",
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("head", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("measure", "head", name=op.f("pk_kept_texts")),
    )


def downgrade() -> None:
    op.drop_table("kept_texts")
