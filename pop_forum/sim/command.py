"""`pop_forum sim`: seeds of faults lived through, on every core; one JSON object last."""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import click

from pop_forum.cli.help import FrenchCommand
from pop_forum.sim import report, seeds, shrinking
from pop_forum.sim.breaking import BREAKS
from pop_forum.sim.schedule import Schedule
from pop_forum.sim.seeds import Verdict
from pop_forum.sim.template import MOST_SITES

Sizes = tuple[int, int]
FAILED = 1
FEWEST_SITES = 2
SHOWN = 3  # failing seeds that are shortened and printed; the others are only counted
FINDINGS = 5  # of each


class SizesType(click.ParamType[Sizes]):
    """« 3 », or « 2..8 »: how many sites a seed has."""

    name = "sites"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Sizes:
        low, _, high = str(value).partition("..")
        if not (low.isdecimal() and (high or low).isdecimal()):
            self.fail(f"« {value} » n’est ni un nombre de sites ni un intervalle comme 2..8.", param, ctx)
        found = int(low), int(high or low)
        if not FEWEST_SITES <= found[0] <= found[1] <= MOST_SITES:
            self.fail(f"il faut de {FEWEST_SITES} à {MOST_SITES} sites, le plus petit nombre d’abord.", param, ctx)
        return found


@click.command("sim", cls=FrenchCommand)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 10**9), help="La première graine.")
@click.option("--count", default=1, show_default=True, type=click.IntRange(1, 10**6), help="Combien de graines.")
@click.option("--sites", default="2..8", show_default=True, type=SizesType(), metavar="SITES", help="Sites par graine.")
@click.option("--days", default=3, show_default=True, type=click.IntRange(1, 3650), help="Jours que dure une graine.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processus à la fois ; un par cœur si rien n’est dit.")
@click.option("--break", "broken", type=click.Choice(list(BREAKS)), metavar="NOM", help="Casse d’abord cette règle.")
@click.option("--trace", is_flag=True, help="Écrit tout ce qui se passe, pas à pas.")
def command(seed: int, count: int, sites: Sizes, days: int, jobs: int | None, broken: str | None, trace: bool) -> int:
    """Éprouve la fédération : pannes tirées d’une graine, puis tous les sites doivent dire la même chose.

    Les vrais services tournent sur un réseau, des horloges et des bases simulés. La dernière ligne est un objet JSON ;
    avant elle, un tableau « panne × sorte d’entrée ». Une graine qui échoue est raccourcie et imprimée.
    """
    tasks = [(number, sites, days, broken, trace) for number in range(seed, seed + count)]
    verdicts: list[Verdict] = []
    for verdict in _all(tasks, min(jobs or os.cpu_count() or 1, count)):
        verdicts.append(verdict)
        _progress(verdicts, count)
        if trace:
            click.echo("\n".join(verdict.trace))
            click.echo(f"{verdict.schedule.seed} {verdict.digest}")
    for verdict in [one for one in verdicts if one.failed][:SHOWN]:
        _explain(verdict, broken)
    click.echo(report.table(verdicts))
    click.echo(report.summary(verdicts))
    return FAILED if any(verdict.failed for verdict in verdicts) else 0


def one_seed(task: tuple[int, Sizes, int, str | None, bool]) -> Verdict:
    """The verdict on one seed, in whichever process this is."""
    number, sites, days, broken, trace = task
    with _broken(broken):
        verdict = seeds.run(seeds.schedule_of(number, sites, days))
    return verdict if trace else replace(verdict, trace=())


def _all(tasks: list[tuple[int, Sizes, int, str | None, bool]], jobs: int) -> Iterator[Verdict]:
    if jobs == 1:
        yield from map(one_seed, tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(one_seed, tasks, chunksize=min(8, max(1, len(tasks) // (4 * jobs))))


def _broken(name: str | None) -> AbstractContextManager[None]:
    if name is None:
        return nullcontext()
    return BREAKS[name]()


def _progress(verdicts: list[Verdict], count: int) -> None:
    """Where we are, on stderr: every seed on a terminal, every twentieth part elsewhere."""
    done, failed = len(verdicts), sum(verdict.failed for verdict in verdicts)
    line = f"{done}/{count} graines, {failed} en échec"
    if sys.stderr.isatty():
        click.echo(f"\r{line}", err=True, nl=done == count)
    elif done == count or done % max(1, count // 20) == 0:
        click.echo(line, err=True)


def _explain(verdict: Verdict, broken: str | None) -> None:
    """Seed, commit, what is wrong, and the shortest schedule found that still fails."""

    def fails(schedule: Schedule) -> bool:
        with _broken(broken):
            return seeds.run(schedule).failed

    click.echo(f"Graine {verdict.schedule.seed}, commit {report.source()} :")
    for finding in verdict.findings[:FINDINGS]:
        click.echo(f"  {finding}")
    click.echo(shrinking.shortened(verdict.schedule, fails, shrinking.MOST_RUNS).to_text())
