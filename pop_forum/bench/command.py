"""`pop_forum bench`: the measurements of docs/guides/mesures.md; one JSON object last."""

import logging
from collections.abc import Callable
from statistics import median

import click

from pop_forum.adapters.logs import only
from pop_forum.adapters.processes import Interrupted, interruptible
from pop_forum.bench import (
    catch_up,
    data,
    machine,
    measures,
    memory,
    merging,
    pages,
    propagation,
    pushes,
    replies,
    results,
    search,
    sizes,
    slow,
    weight,
)
from pop_forum.bench.language import Language
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.cli.communes import chosen, one, this_host
from pop_forum.cli.demo_places import forget_environment
from pop_forum.cli.help import FrenchCommand

Found = tuple[list[Result], list[float]]  # the results, and the floor's rates
INTERRUPTED = 130
DATA = "data"
MANY = click.IntRange(1, 10_000_000)


def _alone(measure: Callable[[Sizes], list[Result]]) -> Callable[[Sizes], Found]:
    return lambda chosen: (measure(chosen), [])


MEASURES: dict[str, Callable[[Sizes], Found]] = {
    "catch_up": _alone(catch_up.measure),
    "replies": replies.measure_replies,
    "pages": pages.measure,
    "weight": _alone(weight.measure),
    "slow": _alone(slow.measure),
    "propagation": _alone(propagation.measure),
    "pushes": _alone(pushes.measure),
    "search": _alone(search.measure),
    "memory": _alone(memory.measure),
    "merge": _alone(merging.measure),
    "measures": _alone(measures.measure),
}


@click.command("bench", cls=FrenchCommand)
@click.argument("names", nargs=-1, type=click.Choice([*MEASURES, DATA]), metavar="[NOM]…")
@click.option("--quick", is_flag=True, help="Très petites quantités : pour voir que tout marche, pas pour mesurer.")
@click.option("--pairs", default=5, show_default=True, type=click.IntRange(1, 50), help="Répétitions de chaque débit.")
@click.option("--posts", default=100_000, show_default=True, type=MANY, help="Messages de « data ».")
@click.option("--commune", help="La commune où « data » écrit ; inutile quand l’hôte n’en a qu’une.")
def command(names: tuple[str, ...], quick: bool, pairs: int, posts: int, commune: str | None) -> int:
    """Mesure débits, délais et mémoire sur cette machine ; un objet JSON en dernière ligne.

    NOM : catch_up, replies, pages, weight, slow, propagation, pushes, search, memory, merge, measures ; tous
    par défaut.
    « data », seul, écrit un grand jeu de messages inventés dans une commune de cet hôte.
    """
    if DATA in names:
        if names != (DATA,):
            raise click.UsageError("« data » ne va avec aucune mesure.")
        return write_data(posts, commune)
    forget_environment()
    chosen = sizes.QUICK if quick else sizes.full(pairs)
    try:
        with only(logging.ERROR), interruptible():
            run(names or tuple(MEASURES), chosen)
    except Interrupted:
        click.echo("Interrompu ; tout est arrêté et effacé.", err=True)
        return INTERRUPTED
    return 0


def write_data(posts: int, slug: str | None) -> int:
    """0, once the commune has so many invented messages more."""
    host = this_host()
    communes = chosen(host, slug)
    if len(communes) > 1:
        names = ", ".join(one.slug for one in communes)
        raise click.UsageError(f"Dites dans quelle commune écrire, avec --commune : {names}.")
    commune = one(communes[0].slug)
    try:
        with interruptible(), click.progressbar(length=posts, label=f"{commune.settings.name} : messages") as bar:
            for done in data.write(commune, Language(), posts):
                bar.update(done - bar.pos)
    except Interrupted:
        click.echo("Interrompu ; les messages déjà écrits restent.", err=True)
        return INTERRUPTED
    finally:
        commune.close()
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
