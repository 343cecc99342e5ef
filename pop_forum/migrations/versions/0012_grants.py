"""Roles with a scope, a reason and a history"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("form", sa.String(length=1), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name=op.f("fk_grants_ended_by")),
        sa.ForeignKeyConstraint(["given_by"], ["people.id"], name=op.f("fk_grants_given_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_grants_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_person_id"), "grants", ["person_id"])
    op.add_column("people", sa.Column("form", sa.String(length=1), server_default="", nullable=False))
    op.add_column("accounts", sa.Column("grants", sa.Text(), server_default="", nullable=False))
    op.execute(
        "INSERT INTO grants (person_id, role, scope, form, reason, given_at) "
        "SELECT person_id, role, 'site', '', '', created_at FROM accounts WHERE role <> 'resident'"
    )
    op.execute("UPDATE accounts SET grants = role || '@site' WHERE role <> 'resident'")
