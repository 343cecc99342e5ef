"""The communes of this host, for commands that work on one or on all of them."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError

from pop_forum.cli.errors import sentence
from pop_forum.commune import Commune, open_commune
from pop_forum.errors import SettingsError, Unavailable
from pop_forum.settings import Host, Instance, load_all
from pop_forum.settings.reading import listed, nearest


def this_host() -> Host:
    """The host that the environment describes."""
    return Host.from_environment(os.environ)


def chosen(host: Host, slug: str | None) -> tuple[Instance, ...]:
    """The commune with this folder name, or all of them. Raises SettingsError naming the one that was meant, or all."""
    instances = load_all(host.instances, environment=host)
    if not instances:
        raise SettingsError(f"Aucune commune dans {host.instances}. Créez-en une avec « pop_forum instance new ».")
    if slug is None:
        return instances
    found = tuple(one for one in instances if one.slug == slug)
    if not found:
        names = [one.slug for one in instances]
        raise SettingsError(f"Commune inconnue « {slug} ».{nearest(slug, names, listed(names))}")
    return found


def opened(slug: str | None) -> Iterator[Commune]:
    """Each chosen commune of this host, opened, closed at the end; all schemas are checked before the first."""
    host = this_host()
    communes = [open_commune(settings, host) for settings in chosen(host, slug)]
    try:
        for commune in communes:
            with named(commune.settings):
                commune.check_schema()
        yield from communes
    finally:
        for commune in communes:
            commune.close()


def one(slug: str) -> Commune:
    """One commune of this host, opened, its schema checked."""
    host = this_host()
    commune = open_commune(chosen(host, slug)[0], host)
    with named(commune.settings):
        commune.check_schema()
    return commune


@contextmanager
def named(settings: Instance) -> Iterator[None]:
    """Nothing; what the database or the system refuses meanwhile is told with the name of the commune."""
    try:
        yield
    except (Unavailable, DatabaseError, sqlite3.Error, OSError) as error:
        raise SettingsError(f"{settings.name} : {sentence(error)}") from error
