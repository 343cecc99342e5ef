"""The drafting group, its opinions, improvements that replace others, and who supports them"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("improvements", sa.Column("replaces", sa.String(length=80), nullable=True))
    op.create_index(op.f("ix_improvements_replaces"), "improvements", ["replaces"])
    op.create_table(
        "improvement_opinions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("editor", sa.String(length=400), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_improvement_opinions")),
        sa.UniqueConstraint("editor", "digest", name=op.f("uq_improvement_opinions_editor_digest")),
    )
    op.create_index(op.f("ix_improvement_opinions_digest"), "improvement_opinions", ["digest"])
    op.create_table(
        "drafting_groups",
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("editors", sa.JSON(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_drafting_groups")),
    )
    op.create_table(
        "improvement_backers",
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.person_id"],
            name=op.f("fk_improvement_backers_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", "account_id", name=op.f("pk_improvement_backers")),
    )
    op.create_index(
        op.f("ix_improvement_backers_account_id_told_at_seen_at"),
        "improvement_backers",
        ["account_id", "told_at", "seen_at"],
    )


def downgrade() -> None:
    for table in ("improvement_backers", "drafting_groups", "improvement_opinions"):
        op.drop_table(table)
    op.drop_index(op.f("ix_improvements_replaces"), "improvements")
    op.drop_column("improvements", "replaces")
