"""What the databases of PostgreSQL understand alike: loaded when a commune keeps its rows in one, and not before."""

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg


class DatabasesOfPostgreSQL(PGDialect_psycopg):
    """A statement compiled for one commune serves every other whose server has the same version."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatabasesOfPostgreSQL) and self._version() == other._version()

    def __hash__(self) -> int:
        return hash(type(self))

    def _version(self) -> object:
        return getattr(self, "server_version_info", None)  # unknown before the first connection
