"""`pop_forum programme`: the common programme of a commune."""

import click

from pop_forum import paths
from pop_forum.cli.communes import opened
from pop_forum.cli.errors import Commands
from pop_forum.domain.programme import load_programme
from pop_forum.services import measures

FILE = "programme.yaml"


@click.group("programme", cls=Commands)
def group() -> None:
    """Le programme commun : charger une édition."""


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
            f"{found.settings.name} : édition {report.edition}, {report.themes} thèmes, "
            f"{report.measures} mesures, {news}"
        )
