"""`pop_forum federation`: the network of a commune, as its admin page shows it, and the digest of the shared state."""

import json
from collections.abc import Sequence
from typing import Any

import click

from pop_forum.cli import archive, inquiries, keys, members, mirrors
from pop_forum.cli.communes import one
from pop_forum.cli.errors import Commands
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import NotFound
from pop_forum.models import Peer
from pop_forum.services import digest, identity, invitations, network_pages, peers, reprise, sync
from pop_forum.services.network_pages import PeerLine
from pop_forum.services.site import Site

OPERATOR = Viewer(0, Role.ADMIN)  # who has the server has every right on it


@click.group("federation", cls=Commands)
def group() -> None:
    """Le réseau d’une commune : inviter, accepter, suivre."""


@group.command("peers")
@click.argument("commune")
@click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
def list_peers(commune: str, as_json: bool) -> None:
    """Liste les communes du réseau, leur état et ce qui attend."""
    with one(commune).reading() as site:
        rows = [_describe(line) for line in network_pages.console(site)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        click.echo("Aucune commune pour l’instant. Invitez-en une : pop_forum federation invite COMMUNE ADRESSE")
    for row in rows:
        click.echo(_line(row))


@group.command("fingerprint")
@click.argument("commune")
def show_fingerprint(commune: str) -> None:
    """Affiche l’empreinte de ce site, à comparer au téléphone."""
    found = one(commune)
    with found.reading() as site:
        click.echo(identity.own_short(site))
        click.echo(identity.own_fingerprint(site))


@group.command("invite")
@click.argument("commune")
@click.argument("address")
@click.option("--fingerprint", help="Empreinte attendue, si vous la connaissez déjà.")
def invite(commune: str, address: str, fingerprint: str | None) -> None:
    """Cherche le site d’une autre commune pour l’inviter."""
    with one(commune).transaction() as site:
        host = invitations.invite(site, OPERATOR, address, fingerprint).host
    click.echo(
        f"Recherche de {host}. Comparez ensuite l’empreinte au téléphone, puis : "
        f"pop_forum federation accept {commune} {host} --fingerprint EMPREINTE"
    )


@group.command("accept")
@click.argument("commune")
@click.argument("host")
@click.option("--fingerprint", required=True, help="Empreinte lue au téléphone : 16 lettres suffisent.")
def accept(commune: str, host: str, fingerprint: str) -> None:
    """Confirme une commune dont vous avez comparé l’empreinte : envoie notre invitation, ou accepte la sienne."""
    with one(commune).transaction() as site:
        peer = _peer(site, host)
        invitations.check_fingerprint(peer, fingerprint)
        invitations.confirm(site, OPERATOR, peer)
        state = f"{peer.host} : {peer.state}"
    click.echo(state)


@group.command("decline")
@click.argument("commune")
@click.argument("host")
def decline(commune: str, host: str) -> None:
    """Décline ou retire une invitation."""
    with one(commune).transaction() as site:
        invitations.decline(site, OPERATOR, _peer(site, host))
    click.echo("Invitation retirée.")


@group.command("sync")
@click.argument("commune")
@click.argument("host", required=False)
def sync_now(commune: str, host: str | None) -> None:
    """Demande au travail de fond de tout comparer maintenant, avec toutes les communes ou avec une seule."""
    with one(commune).transaction() as site:
        if host is None:
            sync.ask_all(site)
        else:
            peers.retry(site, OPERATOR, _peer(site, host))
    click.echo("Comparaison demandée.")


@group.command("resume")
@click.argument("commune")
@click.option("--now", is_flag=True, help="N’attend plus les communes qui n’ont pas répondu.")
def resume(commune: str, now: bool) -> None:
    """Dit où en est la reprise d’un site restauré ; avec --now, y met fin."""
    found = one(commune)
    if now:
        with found.transaction() as site:
            reprise.decide(site, OPERATOR, found.marker.read())
    with found.reading() as site:
        state = reprise.waiting(site)
    if state is None:
        click.echo("Pas de reprise en cours : ce site écrit normalement.")
        return
    click.echo("Reprise en cours : ce site n’écrit rien de partagé.")
    click.echo(f"Ont répondu : {_names(state.answered)}")
    click.echo(f"Pas encore : {_names(state.silent)}")


@group.command("digest")
@click.argument("commune")
def show_digest(commune: str) -> None:
    """Affiche en JSON l’empreinte de l’état partagé : la même sur chaque site à jour."""
    with one(commune).reading() as site:
        click.echo(json.dumps(digest.shared_state(site)))


for command in (
    members.list_members,
    members.admit,
    members.dismiss,
    mirrors.list_mirrors,
    keys.list_keys,
    keys.rotate,
    inquiries.why,
    inquiries.verify,
    archive.archive,
):
    group.add_command(command)


def _names(found: Sequence[Peer]) -> str:
    return ", ".join(peer.name or peer.host for peer in found) or "aucune"


def _peer(site: Site, host: str) -> Peer:
    found = peers.find(site, host)
    if found is None:
        known = ", ".join(peer.host for peer in peers.all_peers(site)) or "aucune"
        raise NotFound(f"unknown peer {host}", f"Commune inconnue « {host} ». Connues : {known}.")
    return found


def _line(row: dict[str, Any]) -> str:
    """One commune in a line: its state, what is on its way both ways, when it was last heard of, its last error."""
    waits = "".join(
        f"  {name} : {each['to_send']} à envoyer, {each['to_receive']} à recevoir"
        for name, each in row["journals"].items()
        if each["to_send"] or each["to_receive"]
    )
    heard = f"  vue {row['contact_at']}" if row["contact_at"] else ""
    said = f"{row['host']}  {row['state']}  {row['fingerprint']}{heard}{waits}  {row['error'] or ''}"
    return said.rstrip()


def _describe(line: PeerLine) -> dict[str, Any]:
    peer = line.peer
    return {
        "host": peer.host,
        "name": peer.name,
        "state": peer.state,
        "exchange": line.state,
        "fingerprint": peers.short(peer),
        "contact_at": peer.contact_at.isoformat(timespec="seconds") if peer.contact_at else None,
        "error": peer.error,
        "letters": line.deliveries,
        "journals": {
            each.journal: {
                "confirmed": each.confirmed,
                "to_send": each.to_send,
                "theirs": each.theirs,
                "received": each.received,
                "to_receive": each.to_receive,
                "waiting": each.waiting,
                "refused": each.refused,
                "quarantined": each.quarantined,
            }
            for each in line.journals
        },
    }
