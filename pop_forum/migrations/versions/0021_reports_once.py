"""The form that made a report"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("submission", sa.String(length=26), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_reports_submission"), ["submission"])


def downgrade() -> None:
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_reports_submission"), type_="unique")
        batch_op.drop_column("submission")
