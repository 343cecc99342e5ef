"""Drafts, and one message per form"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("browser", sa.String(length=64), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reach", sa.String(length=20), nullable=True),
        sa.Column("to", sa.String(length=12), nullable=True),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.person_id"], name=op.f("fk_drafts_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("account_id", "place", name=op.f("uq_drafts_account_id_place")),
        sa.UniqueConstraint("browser", "place", name=op.f("uq_drafts_browser_place")),
    )
    op.create_index(op.f("ix_drafts_saved_at"), "drafts", ["saved_at"])
    op.add_column("posts", sa.Column("submission", sa.String(length=26), nullable=True))
    op.create_index(
        "uq_posts_author_id_submission",
        "posts",
        ["author_id", "submission"],
        unique=True,
        sqlite_where=sa.text("submission IS NOT NULL"),
        postgresql_where=sa.text("submission IS NOT NULL"),
    )
