"""Following what one writes in, and an index for long threads"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COUNTED = ["thread_id", "order_key", "opening", "host", "deleted_at", "author_id"]


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("follows_own", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.drop_index(op.f("ix_posts_thread_id_order_key"), "posts")
    op.create_index(op.f("ix_posts_" + "_".join(COUNTED)), "posts", COUNTED)


def downgrade() -> None:
    op.drop_index(op.f("ix_posts_" + "_".join(COUNTED)), "posts")
    op.create_index(op.f("ix_posts_thread_id_order_key"), "posts", ["thread_id", "order_key"])
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("follows_own")
