"""How far each journal is erased, and how far each peer says so of ours"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

NUMBERS = (("journals", ("erasure_epoch", "erasure_n")), ("links", ("erased_epoch", "erased_n")))


def upgrade() -> None:
    for table, columns in NUMBERS:
        for column in columns:
            op.add_column(table, sa.Column(column, sa.Integer(), server_default="0", nullable=False))
    op.add_column("links", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.add_column("links", sa.Column("erased_proof", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_column("erased_proof")
        batch_op.drop_column("erased_at")
    for table, columns in NUMBERS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.drop_column(column)
