"""Keys with the places of a journal at which they may sign, and the older keys of peers"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("journal_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ed25519", sa.String(length=80), nullable=False),
        sa.Column("rsa_pem", sa.Text(), nullable=False),
        sa.Column("since_epoch", sa.Integer(), nullable=False),
        sa.Column("since_n", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("until_epoch", sa.Integer(), nullable=True),
        sa.Column("until_n", sa.Integer(), nullable=True),
        sa.Column("until_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["journal_id"], ["journals.id"], name=op.f("fk_journal_keys_journal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_keys")),
        sa.UniqueConstraint(
            "journal_id",
            "number",
            "since_epoch",
            "since_n",
            name=op.f("uq_journal_keys_journal_id_number_since_epoch_since_n"),
        ),
    )
    op.execute(
        "INSERT INTO journal_keys (journal_id, number, ed25519, rsa_pem, since_epoch, since_n, since_at) "
        "SELECT journals.id, keys.number, keys.ed25519, keys.rsa_pem, 1, 1, COALESCE(("
        "SELECT received_at FROM entries WHERE journal_id = journals.id AND epoch = 1 AND n = 1), 0) "
        "FROM registered_keys AS keys JOIN journals ON journals.host = keys.host"
    )
    op.drop_table("registered_keys")
    op.add_column("journals", sa.Column("key_number", sa.Integer(), server_default="1", nullable=False))
    op.add_column("peers", sa.Column("older_rsa", sa.JSON(), nullable=True))
    op.add_column("peers", sa.Column("key_asked_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("peers", schema=None) as batch_op:
        batch_op.drop_column("key_asked_at")
        batch_op.drop_column("older_rsa")
    with op.batch_alter_table("journals", schema=None) as batch_op:
        batch_op.drop_column("key_number")
    op.create_table(
        "registered_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ed25519", sa.String(length=80), nullable=False),
        sa.Column("rsa_pem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_keys")),
        sa.UniqueConstraint("host", "number", name=op.f("uq_registered_keys_host_number")),
    )
    op.execute(
        "INSERT INTO registered_keys (host, number, ed25519, rsa_pem) "
        "SELECT journals.host, number, MIN(ed25519), MIN(rsa_pem) FROM journal_keys "
        "JOIN journals ON journals.id = journal_keys.journal_id GROUP BY journals.host, number"
    )
    op.drop_table("journal_keys")
