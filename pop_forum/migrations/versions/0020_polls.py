"""Polls in discussions"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("threads", sa.Column("poll", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "polls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("multiple", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("voters", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_polls_decision_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_polls_thread_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
        sa.UniqueConstraint("thread_id", name=op.f("uq_polls_thread_id")),
    )
    op.create_index(op.f("ix_polls_settled_at_ends_at"), "polls", ["settled_at", "ends_at"])
    op.create_table(
        "poll_ballots",
        sa.Column("poll_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("choices", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.person_id"], name=op.f("fk_poll_ballots_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_poll_ballots_poll_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("poll_id", "account_id", name=op.f("pk_poll_ballots")),
    )
    op.create_index(op.f("ix_poll_ballots_account_id"), "poll_ballots", ["account_id"])


def downgrade() -> None:
    op.drop_table("poll_ballots")
    op.drop_table("polls")
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.drop_column("poll")
