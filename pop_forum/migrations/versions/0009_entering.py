"""Codes by mail, registrations that wait, agreements with their text, sessions with their device"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail", sa.String(length=254), nullable=False),
        sa.Column("mail_key", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("consent_version", sa.String(length=20), nullable=False),
        sa.Column("consent_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("mail_key", name=op.f("uq_registrations_mail_key")),
        sa.UniqueConstraint("name_key", name=op.f("uq_registrations_name_key")),
    )
    op.create_index(op.f("ix_registrations_created_at"), "registrations", ["created_at"], unique=False)
    op.create_table(
        "codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("mail", sa.String(length=254), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("next_page", sa.String(length=400), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.person_id"], name=op.f("fk_codes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_codes_registration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_codes_link_hash")),
    )
    for column in ("subject", "account_id", "registration_id", "browser_hash", "expires_at"):
        op.create_index(op.f(f"ix_codes_{column}"), "codes", [column], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.person_id"], name=op.f("fk_consents_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_account_id"), "consents", ["account_id"], unique=False)
    op.add_column("accounts", sa.Column("age_declared_at", sa.BigInteger(), nullable=True))
    op.add_column("sign_ins", sa.Column("method", sa.String(length=20), nullable=True))
    op.add_column("sign_ins", sa.Column("device", sa.String(length=60), nullable=True))
    _keep_former_agreements()
    op.drop_column("accounts", "consent_version")
    op.drop_column("accounts", "consent_at")


def _keep_former_agreements() -> None:
    """What was agreed to so far: the charter and the legal notice of a site, whose digest was the version."""
    op.execute(
        "INSERT INTO consents (account_id, subject, version, digest, given_at) "
        "SELECT person_id, 'opinions', consent_version, consent_version, consent_at FROM accounts"
    )


def downgrade() -> None:
    op.drop_column("sign_ins", "device")
    op.drop_column("sign_ins", "method")
    op.drop_column("accounts", "age_declared_at")
    op.drop_table("consents")
    op.drop_table("codes")
    op.drop_table("registrations")
