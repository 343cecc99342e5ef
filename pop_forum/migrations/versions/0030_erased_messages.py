"""Messages whose words are erased, and entries that a later epoch erased"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

WITHDRAWN = sa.text("deleted_by = 'author' AND erased_at IS NULL")


def upgrade() -> None:
    op.add_column("entries", sa.Column("erased_epoch", sa.Integer(), nullable=True))
    op.add_column("posts", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_posts_withdrawn", "posts", ["host"], sqlite_where=WITHDRAWN, postgresql_where=WITHDRAWN)


def downgrade() -> None:
    op.drop_index("ix_posts_withdrawn", table_name="posts")
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_column("erased_at")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_column("erased_epoch")
