"""The schema's versions (Alembic), run from code: no alembic.ini, the same for SQLite and PostgreSQL.

Versions are numbered in order, `0001_….py`, so that a process that only serves can tell how its database stands
without loading Alembic, which takes twelve megabytes in each of them.
"""

from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine, inspect, text

FOLDER = Path(__file__).parent
NUMBER = 4  # digits at the head of a version's file name


class State(StrEnum):
    """How a database's schema stands against the code."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"  # made by a later version of pop_forum: this one must not touch it


def known() -> list[str]:
    """The numbers of every version this code has, the newest last."""
    return sorted(path.name[:NUMBER] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def state(engine: Engine) -> State:
    """How this database's schema stands against the code. A SQLite file that does not exist is not made by asking."""
    if engine.dialect.name == "sqlite" and engine.url.database and not Path(engine.url.database).exists():
        return State.EMPTY
    with engine.execution_options(writes=False).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return State.EMPTY
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version is None:
        return State.EMPTY
    versions = known()
    if version == versions[-1]:
        return State.CURRENT
    return State.OLDER if version in versions else State.NEWER


def upgrade(engine: Engine) -> None:
    """The schema brought to this code's version; run again after an interruption, it finishes the work.

    Triggers are made last and every time: a table that SQLite has to copy to change it loses its own.
    """
    from alembic import command
    from alembic.config import Config

    from pop_forum.migrations import triggers

    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        triggers.make(connection)
