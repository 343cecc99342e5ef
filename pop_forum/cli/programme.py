"""`pop_forum programme`: the common programme of a commune."""

import click

from pop_forum import paths
from pop_forum.cli.communes import one, opened
from pop_forum.cli.errors import Commands
from pop_forum.cli.help import FrenchCommand
from pop_forum.cli.members import OPERATOR
from pop_forum.domain.programme import load_programme
from pop_forum.services import editions, measures

FILE = "programme.yaml"


@click.group("programme", cls=Commands)
def group() -> None:
    """Le programme commun : charger la première édition, en publier d’autres."""


@group.command("load")
@click.argument("commune", required=False)
def load(commune: str | None) -> None:
    """Charge la première édition du programme dans la COMMUNE (ou dans toutes) ; rechargée, elle ne change rien."""
    programme = load_programme((paths.data_files() / FILE).read_bytes(), FILE)
    for found in opened(commune):
        with found.transaction() as site:
            report = measures.load_programme(site, programme)
        news = f"{report.new} nouveautés" if report.new else "rien de nouveau"
        click.echo(
            f"{found.settings.name} : édition {report.edition}, {report.themes} thèmes, "
            f"{report.measures} mesures, {news}"
        )


@group.command("edition", cls=FrenchCommand)
@click.argument("commune")
@click.option("--title", required=True, help="Le titre de l’édition.")
@click.option("--reason", required=True, help="Ce qu’elle apporte, en une phrase.")
def edition(commune: str, title: str, reason: str) -> None:
    """Publie une édition du programme, figée dans ses textes actuels ; seul le site du programme le peut."""
    with one(commune).transaction() as site:
        made = editions.publish(site, OPERATOR, title, reason)
        told = f"Édition {made.id} publiée : {len(made.texts)} mesures, {site.url(f'/programme/editions/{made.id}')}"
    click.echo(told)


@group.command("editions", cls=FrenchCommand)
@click.argument("commune")
def list_editions(commune: str) -> None:
    """Liste les éditions du programme que la COMMUNE connaît."""
    with one(commune).reading() as site:
        for row in editions.shown(site):
            click.echo(f"{row.id}  {row.date.isoformat()}  {len(row.texts)} mesures  {row.title}")
