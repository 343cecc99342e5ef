"""`pop_forum federation mirrors`: what peers hold of other communes' journals, as the console shows it."""

import json

import click

from pop_forum.cli.communes import one
from pop_forum.cli.help import FrenchCommand
from pop_forum.services import mirror_pages


@click.command("mirrors", cls=FrenchCommand)
@click.argument("commune")
@click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
def list_mirrors(commune: str, as_json: bool) -> None:
    """Liste ce que les communes reliées gardent des autres, et leur état."""
    with one(commune).reading() as site:
        rows = [
            {
                "host": origin.host,
                "journal": passed.journal,
                "mirror": source.mirror.peer.host,
                "n": source.mirror.n,
                "state": source.state,
                "head_at": None if source.mirror.head_at is None else source.mirror.head_at.isoformat(),
                "quarantined": source.mirror.quarantined,
            }
            for origin in mirror_pages.origins(site)
            for passed in origin.journals
            for source in passed.sources
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        click.echo("Aucune commune ne nous relaie rien pour l’instant.")
    for row in rows:
        place = f"{row['host']}/{row['journal']}  {row['mirror']}"
        click.echo(f"{place}  n° {row['n']}  {row['state']}  {row['head_at'] or ''}".rstrip())
