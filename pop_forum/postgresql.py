"""What the databases of PostgreSQL understand alike: loaded when a commune keeps its rows in one, and not before.

The models say `sqlite_where` of a partial index and no `postgresql_where`: that word alone loads PostgreSQL's
dialects into every process. Here PostgreSQL is told the same condition.
"""

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from pop_forum.models import Base


class DatabasesOfPostgreSQL(PGDialect_psycopg):
    """A statement compiled for one commune serves every other whose server has the same version."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatabasesOfPostgreSQL) and self._version() == other._version()

    def __hash__(self) -> int:
        return hash(type(self))

    def _version(self) -> object:
        return getattr(self, "server_version_info", None)  # unknown before the first connection


def _tell_conditions() -> None:
    """Nothing; each index that is partial in SQLite is so in PostgreSQL, in the same words."""
    for table in Base.metadata.tables.values():
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


_tell_conditions()
