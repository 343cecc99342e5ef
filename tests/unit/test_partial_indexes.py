"""The models say the condition of a partial index once; PostgreSQL has it as well."""

from sqlalchemy import Dialect, Index
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.schema import CreateIndex

from pop_forum.models import Base
from pop_forum.postgresql import DatabasesOfPostgreSQL


def _condition(index: Index, dialect: Dialect) -> str:
    return str(CreateIndex(index).compile(dialect=dialect)).partition(" WHERE ")[2]


def test_an_index_is_partial_in_both_databases_or_in_none() -> None:
    indexes = [index for table in Base.metadata.tables.values() for index in table.indexes]
    said = {index.name: _condition(index, SQLiteDialect_pysqlite()) for index in indexes}
    assert said == {index.name: _condition(index, DatabasesOfPostgreSQL()) for index in indexes}
    assert said["uq_posts_author_id_submission"] == "submission IS NOT NULL"
