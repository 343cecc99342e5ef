"""`pop_forum federation members | admit | dismiss`: the communes of the programme, kept by the site of its home."""

import json

import click

from pop_forum.cli.communes import one
from pop_forum.cli.help import FrenchCommand
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import InvalidInput
from pop_forum.federation.activities import MemberListed
from pop_forum.federation.handshake import KINDS
from pop_forum.federation.identifiers import Fingerprint
from pop_forum.services import invitations, members, peers

OPERATOR = Viewer(0, Role.ADMIN)  # who has the server has every right on it
NEEDS_ALL = "Nous ne sommes pas reliés à cette commune : donnez --name, --kind et --fingerprint (les 52 caractères)."


@click.command("members", cls=FrenchCommand)
@click.argument("commune")
@click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
def list_members(commune: str, as_json: bool) -> None:
    """Liste les communes du programme, telles que son site les annonce."""
    with one(commune).reading() as site:
        rows = [
            {"host": row.host, "name": row.name, "kind": row.kind, "fingerprint": row.fingerprint}
            for row in members.listed(site)
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        click.echo("Aucune commune pour l’instant : le site du programme n’en a pas annoncé.")
    for row in rows:
        click.echo(f"{row['host']}  {row['name']}  {row['kind']}  {row['fingerprint']}")


@click.command("admit", cls=FrenchCommand)
@click.argument("commune")
@click.argument("host")
@click.option("--name", help="Son nom, si nous ne sommes pas reliés à elle.")
@click.option("--kind", type=click.Choice(sorted(KINDS)), help="Qui parle sur son site.")
@click.option("--fingerprint", help="Son empreinte complète, comparée de vive voix.")
def admit(commune: str, host: str, name: str | None, kind: str | None, fingerprint: str | None) -> None:
    """Inscrit une commune dans la liste du programme ; seul le site du programme le peut."""
    with one(commune).transaction() as site:
        peer = peers.find(site, host)
        if peer is not None and name is None and kind is None and fingerprint is None:
            members.admit(site, OPERATOR, peer)
        elif name and kind and fingerprint:
            root = Fingerprint("".join(fingerprint.split()).lower())
            members.admit_unlinked(site, OPERATOR, MemberListed(invitations.host_of(host), name, kind, root))
        else:
            raise InvalidInput(f"{host} is not a peer", NEEDS_ALL)
    click.echo("Commune inscrite.")


@click.command("dismiss", cls=FrenchCommand)
@click.argument("commune")
@click.argument("host")
def dismiss(commune: str, host: str) -> None:
    """Retire une commune de la liste du programme ; seul le site du programme le peut."""
    with one(commune).transaction() as site:
        members.dismiss(site, OPERATOR, host)
    click.echo("Commune retirée de la liste.")
