"""Notices, followed threads and reading positions"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ORDER_KEY = sa.String(length=500).with_variant(sa.String(length=500, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        _account("notices"),
        _of("notices", "thread_id", "threads"),
        _of("notices", "about_id", "posts"),
        _of("notices", "post_id", "posts"),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_notices_actor_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    for columns in NOTICE_INDEXES:
        op.create_index(op.f("ix_notices_" + "_".join(columns)), "notices", columns)
    op.create_table(
        "follows",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        _account("follows"),
        _of("follows", "thread_id", "threads"),
        sa.PrimaryKeyConstraint("account_id", "thread_id", name=op.f("pk_follows")),
    )
    op.create_index(op.f("ix_follows_thread_id_active"), "follows", ["thread_id", "active"])
    op.create_table(
        "readings",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("read_key", ORDER_KEY, nullable=False),
        sa.Column("seen_id", sa.Integer(), nullable=False),
        sa.Column("missed", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _account("readings"),
        _of("readings", "thread_id", "threads"),
        sa.PrimaryKeyConstraint("account_id", "thread_id", name=op.f("pk_readings")),
    )
    op.create_index(op.f("ix_readings_at"), "readings", ["at"])
    op.create_index(op.f("ix_readings_thread_id"), "readings", ["thread_id"])
    op.create_table(
        "positions",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_positions")),
    )
    # Nobody is told of what was there before: it was read, or not, without notices.
    op.execute("INSERT INTO positions (name, post_id) SELECT 'notices', COALESCE(MAX(id), 0) FROM posts")


def downgrade() -> None:
    for table in ("positions", "readings", "follows", "notices"):
        op.drop_table(table)


NOTICE_INDEXES = (
    ("account_id", "seen_at"),
    ("account_id", "made_at"),
    ("thread_id",),
    ("about_id",),
    ("post_id",),
    ("made_at",),
)


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["accounts.person_id"], name=op.f(f"fk_{table}_account_id"), ondelete="CASCADE"
    )


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")
