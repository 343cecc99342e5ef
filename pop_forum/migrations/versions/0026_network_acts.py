"""What was decided on the exchange with a commune"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "network_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("peer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["peer_id"], ["peers.id"], name=op.f("fk_network_acts_peer_id_peers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_acts")),
    )
    op.create_index(op.f("ix_network_acts_at"), "network_acts", ["at"])
    op.create_index(op.f("ix_network_acts_peer_id"), "network_acts", ["peer_id"])


def downgrade() -> None:
    op.drop_table("network_acts")
