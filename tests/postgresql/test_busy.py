"""Another process writes for too long: on both kinds of database, who has little patience is told so."""

from collections.abc import Callable

import pytest

from pop_forum.db import Database, open_engine, serialise
from pop_forum.errors import Unavailable


def test_a_writer_waits_no_longer_than_its_patience(new_database: Callable[[], str]) -> None:
    url = new_database()
    worker, web = Database(open_engine(url)), Database(open_engine(url, 0.1), patience=0.1)
    with worker.transaction() as held:
        serialise(held, "work")
        for _ in range(2):
            with pytest.raises(Unavailable), web.transaction() as session:
                serialise(session, "work")
    with web.transaction() as session:
        serialise(session, "work")
    worker.close()
    web.close()
