"""`pop_forum index`: the search index of each commune: its state, making it anew, and the process that writes it."""

from contextlib import ExitStack
from pathlib import Path

import click

from pop_forum.adapters import index_folder
from pop_forum.adapters.clock import SystemClock
from pop_forum.cli import communes as known
from pop_forum.cli import indexing
from pop_forum.cli.demo_terminal import Bar
from pop_forum.cli.errors import Commands
from pop_forum.commune import Commune, open_commune
from pop_forum.domain.french import format_number
from pop_forum.services.indexing import count_owed
from pop_forum.settings import Host, Instance

ASK_SECONDS = 0.2


@click.group("index", cls=Commands)
def group() -> None:
    """La recherche : état de l’index, reconstruction."""


@group.command("state")
@click.argument("commune", required=False)
def state(commune: str | None) -> None:
    """Dit combien l’index de la COMMUNE (ou de toutes) contient, et ce qui lui manque encore."""
    for found in known.opened(commune):
        documents = found.index.documents()
        with found.reading() as site:
            owed = count_owed(site)
        held = "index absent ou abîmé" if documents is None else f"index de {_counted(documents, 'document')}"
        late = f"en retard de {_counted(owed, 'changement')}" if owed else "à jour"
        click.echo(f"{found.settings.name} : {held}, {late}")


@group.command("rebuild")
@click.argument("names", nargs=-1, metavar="[COMMUNE]…")
def rebuild(names: tuple[str, ...]) -> None:
    """Refait l’index des COMMUNES nommées, ou de toutes ; la recherche marche pendant ce temps."""
    host = known.this_host()
    chosen = [one for name in names or (None,) for one in known.chosen(host, name)]
    with ExitStack() as stack:
        _hold(stack, host.data)
        for settings in chosen:
            _rebuild(_opened(stack, settings, host))


@group.command("run")
def run() -> None:
    """Écrit les index de cet hôte, puis finit ; le travail de fond lance cette commande lui-même."""
    host = known.this_host()
    with ExitStack() as stack:
        indexing.run([_opened(stack, settings, host) for settings in known.chosen(host, None)], host.data)


def _opened(stack: ExitStack, settings: Instance, host: Host) -> Commune:
    commune = open_commune(settings, host)
    stack.callback(commune.close)
    commune.check_schema()
    return commune


def _hold(stack: ExitStack, data: Path) -> None:
    """Nothing, once this process alone writes indexes; the one at work is asked to leave."""
    clock, told = SystemClock(), False
    stack.callback((data / indexing.WANTED).unlink, missing_ok=True)
    while not stack.enter_context(index_folder.written_alone(data)):
        (data / indexing.WANTED).touch()
        if not told:
            click.echo("Un index est en cours d’écriture : on attend son tour …")
            told = True
        clock.sleep(ASK_SECONDS)


def _rebuild(commune: Commune) -> None:
    bar = Bar(commune.settings.slug)
    index_folder.clear(indexing.folder_of(commune))
    for done, total in indexing.made_anew(commune):
        bar(done, total)
    click.echo(f"{commune.settings.name} : index de {_counted(commune.index.documents() or 0, 'document')}")


def _counted(count: int, noun: str) -> str:
    return f"{format_number(count)} {noun}{'s' if count > 1 else ''}"
