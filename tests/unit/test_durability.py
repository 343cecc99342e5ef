"""What the tests switch off for speed is on where people write."""

from pathlib import Path

import pytest

from pop_forum import db
from tests.conftest import DURABLE


def test_a_commit_on_sqlite_reaches_the_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "SYNCHRONOUS", DURABLE)
    engine = db.open_engine(f"sqlite:///{tmp_path / 'forum.sqlite'}")
    with engine.connect() as connection:
        full = 2
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == db.BUSY_TIMEOUT_MS
    engine.dispose()
