"""Categories of daily life; pinned, closed and moved threads"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INSTANTS = ("pinned_at", "pinned_until", "closed_at")


def upgrade() -> None:
    op.add_column("threads", sa.Column("category", sa.String(length=40), nullable=True))
    op.add_column("drafts", sa.Column("category", sa.String(length=40), nullable=True))
    for name in INSTANTS:
        op.add_column("threads", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_threads_pinned_at"), "threads", ["pinned_at"])
    op.create_index(op.f("ix_threads_category_active_at"), "threads", ["category", "active_at"])
    op.create_table(
        "thread_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("moderator_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name=op.f("fk_thread_acts_thread_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["moderator_id"], ["people.id"], name=op.f("fk_thread_acts_moderator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_acts")),
    )
    op.create_index(op.f("ix_thread_acts_thread_id"), "thread_acts", ["thread_id"])


def downgrade() -> None:
    op.drop_table("thread_acts")
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.drop_column("category")
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_threads_pinned_at"))
        batch_op.drop_index(op.f("ix_threads_category_active_at"))
        for name in ("category", *INSTANTS):
            batch_op.drop_column(name)
