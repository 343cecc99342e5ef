"""`pop_forum serve`, `worker` and `migrate`: what runs in production, each a process that systemd can watch."""

import os
import socket
import sys

import click

from pop_forum.cli.communes import chosen, named, opened, this_host
from pop_forum.cli.errors import reason
from pop_forum.cli.help import FrenchCommand
from pop_forum.commune import open_commune
from pop_forum.errors import SettingsError

WORKER_THREADS = 8
# A server process that is told to end before it listens to signals has lost the word: it is ended by force after this
# time. A request that is under way has it too; none takes longer.
KILL_SECONDS = 5
HEADER_SECONDS = 10  # for the headers of a request to arrive, and for the next request on an open connection


@click.command("serve", cls=FrenchCommand)
@click.option(
    "--address", default="127.0.0.1", show_default=True, help="Adresse d’écoute, derrière le serveur mandataire."
)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Port d’écoute.")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 32), help="Processus web.")
def serve(address: str, port: int, processes: int) -> None:
    """Sert les sites de toutes les communes de cet hôte."""
    _refuse_taken_port(address, port)
    for commune in opened(None):
        click.echo(f"{commune.settings.name} : {commune.settings.base_url}")
    os.execv(sys.executable, web_arguments(address, port, processes))


@click.command("worker", cls=FrenchCommand)
@click.option(
    "--threads", default=WORKER_THREADS, show_default=True, type=click.IntRange(1, 64), help="Envois simultanés."
)
def worker(threads: int) -> None:
    """Lance le travail de fond : envois, réceptions, rattrapage."""
    for commune in opened(None):
        click.echo(f"{commune.settings.name} : travail de fond")
    os.execv(sys.executable, worker_arguments(threads))


@click.command("migrate", cls=FrenchCommand)
@click.argument("commune", required=False)
def migrate(commune: str | None) -> None:
    """Met la base de la COMMUNE (ou de toutes) au niveau de cette version, et la crée au besoin."""
    host = this_host()
    for settings in chosen(host, commune):
        found = open_commune(settings, host)
        with named(settings):
            found.migrate()
        found.close()
        click.echo(f"{settings.name} : base à jour")


def _refuse_taken_port(address: str, port: int) -> None:
    """Raises SettingsError when something else listens there: the server itself would only print its own trace."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise SettingsError(
                f"Impossible d’écouter sur {address}:{port} ({reason(error)}). "
                "Arrêtez l’autre programme, ou choisissez un autre port avec --port."
            ) from error


def web_arguments(address: str, port: int, processes: int = 1) -> list[str]:
    """The command line of the web process."""
    return [
        sys.executable,
        *("-m", "granian", "--interface", "rsgi", "--host", address, "--port", str(port)),
        *("--workers", str(processes), "--backlog", "1024", "--log-level", "warning"),
        *("--http", "1", "--no-ws", "--http1-header-read-timeout", str(HEADER_SECONDS * 1000)),
        *("--workers-kill-timeout", str(KILL_SECONDS), "--respawn-failed-workers"),
        "pop_forum.host:door",
    ]


def worker_arguments(threads: int = WORKER_THREADS) -> list[str]:
    """The command line of the worker process."""
    return [sys.executable, "-m", "pop_forum.worker", "--threads", str(threads)]
