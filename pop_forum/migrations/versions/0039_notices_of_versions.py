"""Who follows a measure, and who was told of which version"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measure_follows",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.person_id"],
            name=op.f("fk_measure_follows_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "measure", name=op.f("pk_measure_follows")),
    )
    op.create_index(op.f("ix_measure_follows_measure"), "measure_follows", ["measure"])
    op.create_table(
        "version_notices",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=80), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.person_id"],
            name=op.f("fk_version_notices_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "head", name=op.f("pk_version_notices")),
    )
    op.create_index(op.f("ix_version_notices_account_id_seen_at"), "version_notices", ["account_id", "seen_at"])
    op.create_index(op.f("ix_version_notices_made_at"), "version_notices", ["made_at"])
    op.create_index(op.f("ix_version_notices_measure"), "version_notices", ["measure"])


def downgrade() -> None:
    op.drop_table("version_notices")
    op.drop_table("measure_follows")
