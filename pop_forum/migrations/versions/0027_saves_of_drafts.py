"""The newest save of a draft by each open page"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_saves",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("page", name=op.f("pk_draft_saves")),
    )
    op.create_index(op.f("ix_draft_saves_saved_at"), "draft_saves", ["saved_at"])


def downgrade() -> None:
    op.drop_table("draft_saves")
