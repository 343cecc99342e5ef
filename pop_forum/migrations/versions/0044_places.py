"""Where the communes of the network lie"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("peers", sa.Column("latitude", sa.Integer(), nullable=True))
    op.add_column("peers", sa.Column("longitude", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("peers", "longitude")
    op.drop_column("peers", "latitude")
