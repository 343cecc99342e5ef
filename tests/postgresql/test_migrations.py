"""Migrations on both kinds of database: states, what they make, interruptions, refusals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from pop_forum import migrations
from pop_forum.db import open_engine
from pop_forum.errors import SettingsError
from pop_forum.migrations import State
from pop_forum.models import Base
from tests.network import Network

NewDatabase = Callable[[], str]
BROKEN = '''"""A migration that is killed in the middle."""

from alembic import op

revision = "9000"
down_revision = "{head}"


def upgrade():
    op.execute("CREATE TABLE half_done (id INTEGER)")
    {then}
'''


@contextmanager
def engine_of(new_database: NewDatabase) -> Iterator[Engine]:
    engine = open_engine(new_database())
    yield engine
    engine.dispose()


def head() -> str:
    """The number of the last migration."""
    return max(path.name for path in (migrations.FOLDER / "versions").glob("0*.py")).partition("_")[0]


def set_version(engine: Engine, version: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_an_empty_database_becomes_current_and_stays_so(new_database: NewDatabase) -> None:
    with engine_of(new_database) as engine:
        assert migrations.state(engine) is State.EMPTY
        migrations.upgrade(engine)
        assert migrations.state(engine) is State.CURRENT
        migrations.upgrade(engine)
        assert migrations.state(engine) is State.CURRENT


def test_the_migrated_schema_is_that_of_the_models(new_database: NewDatabase) -> None:
    with engine_of(new_database) as engine:
        migrations.upgrade(engine)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []


def test_a_schema_of_a_later_version_is_newer(new_database: NewDatabase) -> None:
    with engine_of(new_database) as engine:
        migrations.upgrade(engine)
        set_version(engine, "9999")
        assert migrations.state(engine) is State.NEWER


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations to which a test adds its own; returns the folder of the versions."""
    source, folder = migrations.FOLDER, tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for path in (source / "env.py", *source.glob("versions/0*.py")):
        (folder / path.relative_to(source)).write_text(path.read_text())
    monkeypatch.setattr(migrations, "FOLDER", folder)
    return folder / "versions"


def test_an_interrupted_upgrade_leaves_nothing_and_can_be_run_again(new_database: NewDatabase, versions: Path) -> None:
    with engine_of(new_database) as engine:
        migrations.upgrade(engine)
        step = versions / "9000_next.py"
        step.write_text(BROKEN.format(head=head(), then="raise KeyboardInterrupt"))
        assert migrations.state(engine) is State.OLDER
        with pytest.raises(KeyboardInterrupt):
            migrations.upgrade(engine)
        assert migrations.state(engine) is State.OLDER
        assert not inspect(engine).has_table("half_done")
        step.write_text(BROKEN.format(head=head(), then="pass  # this time it ends"))
        migrations.upgrade(engine)
        assert migrations.state(engine) is State.CURRENT
        assert inspect(engine).has_table("half_done")


def test_a_first_upgrade_that_is_interrupted_leaves_an_empty_database(
    new_database: NewDatabase, versions: Path
) -> None:
    (versions / "9000_next.py").write_text(BROKEN.format(head=head(), then="raise KeyboardInterrupt"))
    with engine_of(new_database) as engine:
        with pytest.raises(KeyboardInterrupt):
            migrations.upgrade(engine)
        assert migrations.state(engine) is State.EMPTY
        assert not inspect(engine).has_table("threads")


def test_a_commune_refuses_a_newer_schema_and_serves_only_the_present_one(pair: Network) -> None:
    commune = pair.communes["valombre"]
    commune.check_schema()
    set_version(commune.database.engine, "9999")
    for refused in (commune.migrate, commune.check_schema):
        with pytest.raises(SettingsError) as error:
            refused()
        assert "Valombre" in error.value.public
    with commune.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(SettingsError, match="empty"):
        commune.check_schema()


def test_migrating_a_current_commune_changes_nothing(pair: Network) -> None:
    commune = pair.communes["valombre"]
    with commune.reading() as site:
        before = site.session.execute(text("SELECT host, name, n, hash FROM journals ORDER BY name")).all()
    commune.migrate()
    with commune.reading() as site:
        assert site.session.execute(text("SELECT host, name, n, hash FROM journals ORDER BY name")).all() == before
