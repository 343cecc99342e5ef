"""The tab or the form that a draft was typed in"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("drafts", sa.Column("origin", sa.String(length=26), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("drafts") as table:
        table.drop_column("origin")
