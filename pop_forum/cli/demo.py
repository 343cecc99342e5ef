"""`pop_forum demo`: three invented communes on this machine, in step, with one command."""

import os
from collections.abc import Mapping
from pathlib import Path

import click

from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.processes import ChildFailed, Interrupted, Supervisor, interruptible
from pop_forum.cli import demo_content, demo_network, demo_places
from pop_forum.cli.demo_places import DEFAULT_PORT, SLUGS, Place
from pop_forum.cli.demo_processes import broker_child, web_and_worker
from pop_forum.cli.demo_seeding import Seeding, load_programme_into
from pop_forum.cli.demo_terminal import Bar, step, welcome
from pop_forum.cli.help import FrenchCommand
from pop_forum.commune import Commune
from pop_forum.errors import SettingsError, Unavailable

HOST_NAME = "demo"
IN_STEP_SECONDS = 60.0


LEAST_PORT = 1024  # below, only root may listen; and 80 stands in no address


@click.command("demo", cls=FrenchCommand)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: os.environ.get("POP_FORUM_DATA", "var/demo"),
    show_default="POP_FORUM_DATA, sinon var/demo",
    help="Dossier des données de la démonstration.",
)
@click.option(
    "--port", type=click.IntRange(LEAST_PORT, 65535), default=DEFAULT_PORT, show_default=True, help="Port des sites."
)
@click.option("--reset", is_flag=True, help="Recommence à neuf : les données de la démonstration sont effacées.")
@click.option("--check", is_flag=True, help="Éprouve trois hôtes séparés par des pannes ; JSON en dernière ligne.")
def command(data: Path, port: int, reset: bool, check: bool) -> int:
    """Trois communes inventées sur cette machine, fédérées entre elles."""
    demo_places.forget_environment()
    if check:
        from pop_forum.cli.demo_check import run_check

        return run_check()
    return run(data.expanduser().absolute(), port, reset=reset)


def run(folder: Path, port: int, *, reset: bool) -> int:
    """The exit status, once the person has pressed Ctrl-C; everything was prepared before, if need be."""
    demo_places.require_free_port(port)
    with demo_places.held_alone(folder):
        return _run_in(folder, port, reset=reset)


def _run_in(folder: Path, port: int, *, reset: bool) -> int:
    """The same, in a folder that no other demonstration uses."""
    complete = demo_places.prepare_folder(folder, port, reset=reset)
    place = Place(HOST_NAME, folder, port, SLUGS, demo_places.network_on([port] * len(SLUGS)))
    supervisor = Supervisor(place.logs)
    try:
        with interruptible():
            try:
                _serve(place, supervisor, complete=complete)
            finally:
                supervisor.stop()
    except Interrupted:
        step("Tout est arrêté.")
    except Unavailable as error:
        raise _explained(error) from error
    return 0


def _serve(place: Place, supervisor: Supervisor, *, complete: bool) -> None:
    """Nothing; it ends by Interrupted only, or when something does not start."""
    step(f"Données dans {place.folder}")
    place.write_instances()
    supervisor.start([broker_child(place)])
    opened = place.open_communes()
    communes = {slug: opened[slug] for slug in SLUGS}
    content = demo_content.load()
    _prepare(communes, content, complete=complete)
    demo_places.write_mark(place.folder, place.port, complete=True)
    step("Démarrage du site et du travail de fond …")
    supervisor.start(web_and_worker(place))
    _await_step(supervisor, communes)
    for commune in communes.values():
        commune.close()
    welcome([commune.settings for commune in communes.values()], content)
    supervisor.watch()


def _prepare(communes: Mapping[str, Commune], content: demo_content.Content, *, complete: bool) -> None:
    """Nothing; the databases are up to date, and filled if they were not."""
    step("Bases de données …")
    for commune in communes.values():
        commune.migrate()
    if complete:
        load_programme_into(communes.values())
        return
    step("Programme commun, comptes, discussions, adaptations : une demi-minute, la première fois seulement …")
    Seeding(communes, content, SystemClock().now()).run(Bar("contenu"))


def _await_step(supervisor: Supervisor, communes: Mapping[str, Commune]) -> None:
    """Nothing, once the three communes hold the same; the person is told so either way."""
    clock = SystemClock()
    end = clock.monotonic() + IN_STEP_SECONDS
    supervisor.watch(until=lambda: demo_network.settled(communes.values()) or clock.monotonic() > end)
    if demo_network.settled(communes.values()):
        state = demo_network.states(communes.values())[SLUGS[0]]
        step(f"Les trois communes sont d’accord (empreinte commune : {state[:12]}).")
    else:
        step("Les trois communes se mettent encore d’accord ; cela continue pendant que vous essayez.")


def _explained(error: Unavailable) -> SettingsError:
    if "full" in str(error):
        return SettingsError("Le disque est plein : libérez de la place, puis relancez ; rien n’est perdu.")
    return ChildFailed(f"Une base de données ne répond pas : {error}")
