"""Editions: who published each, and the versions that it freezes"""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    found = op.get_bind().execute(sa.text("SELECT id, date, title FROM editions")).all()
    first = _first_texts()
    op.drop_table("editions")
    table = op.create_table(
        "editions",
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("host", "id", name=op.f("pk_editions")),
    )
    held = [{"id": id_, "date": _day(day), "title": title} for id_, day, title in found]
    if held:
        op.bulk_insert(table, [{"host": "", "summary": "", "texts": first, "epoch": 0, "n": 0, **row} for row in held])


def downgrade() -> None:
    found = op.get_bind().execute(sa.text("SELECT id, date, title FROM editions WHERE host = ''")).all()
    op.drop_table("editions")
    table = op.create_table(
        "editions",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
    )
    if found:
        op.bulk_insert(table, [{"id": id_, "date": _day(day), "title": title} for id_, day, title in found])


def _first_texts() -> list[dict[str, Any]]:
    """The versions of the edition that `programme load` brought, in the order of the programme."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT r.measure, r.digest FROM revisions r JOIN measures m ON m.urn = r.measure "
            "JOIN themes t ON t.slug = m.theme WHERE r.role = 'edition' ORDER BY t.position, m.position, m.slug"
        )
    )
    return [{"measure": measure, "digest": digest} for measure, digest in rows]


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
