"""`pop_forum bench`: the measurements of docs/guides/mesures.md; one JSON object last."""

import logging
from collections.abc import Callable
from statistics import median

import click

from pop_forum.adapters.processes import Interrupted, interruptible
from pop_forum.bench import catch_up, machine, memory, propagation, pushes, replies, results, search, sizes
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.cli.demo_places import forget_environment
from pop_forum.cli.help import FrenchCommand

Found = tuple[list[Result], list[float]]  # the results, and the floor's rates
INTERRUPTED = 130


def _alone(measure: Callable[[Sizes], list[Result]]) -> Callable[[Sizes], Found]:
    return lambda chosen: (measure(chosen), [])


MEASURES: dict[str, Callable[[Sizes], Found]] = {
    "catch_up": _alone(catch_up.measure),
    "replies": replies.measure_replies,
    "pages": replies.measure_pages,
    "propagation": _alone(propagation.measure),
    "pushes": _alone(pushes.measure),
    "search": _alone(search.measure),
    "memory": _alone(memory.measure),
}


@click.command("bench", cls=FrenchCommand)
@click.argument("names", nargs=-1, type=click.Choice(list(MEASURES)), metavar="[NOM]…")
@click.option("--quick", is_flag=True, help="Très petites quantités : pour voir que tout marche, pas pour mesurer.")
@click.option("--pairs", default=5, show_default=True, type=click.IntRange(1, 50), help="Répétitions de chaque débit.")
def command(names: tuple[str, ...], quick: bool, pairs: int) -> int:
    """Mesure débits, délais et mémoire sur cette machine ; un objet JSON en dernière ligne.

    NOM : catch_up, replies, pages, propagation, pushes, search, memory ; tous par défaut.
    """
    forget_environment()
    logging.getLogger("pop_forum").setLevel(logging.ERROR)
    chosen = sizes.QUICK if quick else sizes.full(pairs)
    try:
        with interruptible():
            run(names or tuple(MEASURES), chosen)
    except Interrupted:
        click.echo("Interrompu ; tout est arrêté et effacé.", err=True)
        return INTERRUPTED
    return 0


def run(names: tuple[str, ...], chosen: Sizes) -> None:
    """Nothing; the table and the last line are printed."""
    found: list[Result] = []
    floor: list[float] = []
    for name in names:
        click.echo(f"→ {name} …")
        lines, rates = MEASURES[name](chosen)
        floor += rates
        found += lines
        for line in results.table(lines):
            click.echo(line)
    if floor:
        floor_line = results.of_repeats("floor_rps", floor, "requests/s")
        for line in results.table([floor_line]):
            click.echo(line)
    click.echo(results.last_line(machine.describe(), median(floor) if floor else None, found))
