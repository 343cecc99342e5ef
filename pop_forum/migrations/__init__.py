"""The schema's versions (Alembic), run from code: no alembic.ini, the same for SQLite and PostgreSQL."""

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine


class State(StrEnum):
    """How a database's schema stands against the code."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"  # made by a later version of pop_forum: this one must not touch it


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def state(engine: Engine) -> State:
    """How this database's schema stands against the code."""
    scripts = ScriptDirectory.from_config(_config())
    with engine.execution_options(writes=False).connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        return State.EMPTY
    if revision == scripts.get_current_head():
        return State.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return State.OLDER if revision in known else State.NEWER


def upgrade(engine: Engine) -> None:
    """The schema brought to this code's version; run again after an interruption, it finishes the work."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")
