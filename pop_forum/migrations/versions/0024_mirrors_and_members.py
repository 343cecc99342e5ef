"""Communes of the programme, and what peers hold of each other's journals"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=260), nullable=False),
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=60), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("issuer", "host", name=op.f("uq_members_issuer_host")),
    )
    op.create_index(op.f("ix_members_host"), "members", ["host"])
    op.create_table(
        "mirrors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("peer_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("journal", sa.String(length=20), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("head_epoch", sa.Integer(), nullable=False),
        sa.Column("head_n", sa.Integer(), nullable=False),
        sa.Column("head_at", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("asked_n", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=20), nullable=True),
        sa.Column("quarantined", sa.Text(), nullable=True),
        sa.Column("quarantined_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_mirrors_peer_id_peers"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirrors")),
        sa.UniqueConstraint("peer_id", "host", "journal", name=op.f("uq_mirrors_peer_id_host_journal")),
    )
    op.add_column("journals", sa.Column("highest_n", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE journals SET highest_n = head_n")
    op.add_column("journals", sa.Column("head_at", sa.BigInteger(), nullable=True))
    op.add_column("journals", sa.Column("head_seen_at", sa.BigInteger(), nullable=True))
    op.add_column("peers", sa.Column("relayed", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("peers", schema=None) as batch_op:
        batch_op.drop_column("relayed")
    with op.batch_alter_table("journals", schema=None) as batch_op:
        batch_op.drop_column("head_seen_at")
        batch_op.drop_column("head_at")
        batch_op.drop_column("highest_n")
    op.drop_table("mirrors")
    op.drop_table("members")
