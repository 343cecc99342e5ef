"""`pop_forum federation keys` and `rotate`: the pairs of a site, and the change of its pair."""

import json

import click

from pop_forum.cli.communes import one
from pop_forum.cli.help import FrenchCommand
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.services import identity, rotation
from pop_forum.services.rotation import ROTATION_DAYS, Pair

OPERATOR = Viewer(0, Role.ADMIN)  # who has the server has every right on it


@click.command("keys", cls=FrenchCommand)
@click.argument("commune")
@click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
def list_keys(commune: str, as_json: bool) -> None:
    """Liste les paires de clés de ce site : numéro, empreinte, depuis quand, jusqu’à quand."""
    with one(commune).reading() as site:
        root, pairs = identity.own_short(site), rotation.pairs(site)
    if as_json:
        click.echo(json.dumps([_describe(pair) for pair in pairs], ensure_ascii=False))
        return
    click.echo(f"Empreinte du site : {root}")
    for pair in pairs:
        until = "" if pair.until is None else f"  jusqu’au {pair.until:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{pair.number}  {pair.short}  {_state(pair)}  depuis le {pair.since:%Y-%m-%d %H:%M} UTC{until}")


@click.command("rotate", cls=FrenchCommand)
@click.argument("commune")
def rotate(commune: str) -> None:
    """Change les clés de ce site : une nouvelle paire signe aussitôt, l’ancienne est acceptée encore sept jours."""
    found = one(commune)
    pair = found.prepare_pair()
    with found.transaction() as site:
        rotation.rotate(site, OPERATOR, pair)
    click.echo(f"La paire n° {pair.number} signe désormais. L’ancienne est acceptée encore {ROTATION_DAYS} jours.")
    click.echo(
        f"Sauvegardez maintenant « {found.settings.data / 'keys'} » : une sauvegarde plus ancienne ne suffit plus."
    )


def _describe(pair: Pair) -> dict[str, str | int | None]:
    return {
        "number": pair.number,
        "fingerprint": pair.fingerprint,
        "state": "signs" if pair.signs else "dropped" if pair.dropped else "accepted",
        "since": pair.since.isoformat(timespec="seconds"),
        "until": None if pair.until is None else pair.until.isoformat(timespec="seconds"),
    }


def _state(pair: Pair) -> str:
    return "signe" if pair.signs else "ne signe plus" if pair.dropped else "encore acceptée"
