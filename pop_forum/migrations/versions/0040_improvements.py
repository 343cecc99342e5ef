"""Improvements of the common text, their answers, and who of this site wrote them"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "improvements",
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("need", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_improvements")),
    )
    op.create_index(op.f("ix_improvements_measure"), "improvements", ["measure"])
    op.create_table(
        "improvement_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=80), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_improvement_answers")),
        sa.UniqueConstraint("host", "digest", name=op.f("uq_improvement_answers_host_digest")),
    )
    op.create_index(op.f("ix_improvement_answers_digest"), "improvement_answers", ["digest"])
    op.create_table(
        "improvement_authors",
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.person_id"],
            name=op.f("fk_improvement_authors_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_improvement_authors")),
    )
    op.create_index(
        op.f("ix_improvement_authors_account_id_told_at_seen_at"),
        "improvement_authors",
        ["account_id", "told_at", "seen_at"],
    )


def downgrade() -> None:
    for table in ("improvement_authors", "improvement_answers", "improvements"):
        op.drop_table(table)
