"""Pictures of other communes"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture_requests",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("digest", "host", name=op.f("pk_picture_requests")),
    )
    op.create_index(op.f("ix_picture_requests_due_at"), "picture_requests", ["due_at"])
    op.add_column("pictures", sa.Column("looked_at", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("pictures", sa.Column("fetched", sa.Boolean(), server_default=sa.false(), nullable=False))
    for side in ("width", "height"):
        op.add_column("post_pictures", sa.Column(side, sa.Integer(), server_default="1", nullable=False))
        same = "pictures.digest = post_pictures.digest"
        known = f"SELECT pictures.{side} FROM pictures WHERE {same}"
        op.execute(f"UPDATE post_pictures SET {side} = ({known}) WHERE EXISTS ({known})")
    op.drop_index(op.f("ix_pictures_kept_at"), "pictures")
    op.create_index(op.f("ix_pictures_looked_at"), "pictures", ["looked_at"])
