"""`pop_forum federation why | verify`: what became of one thing, and whether what is held is what was signed."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from pop_forum.cli import archive
from pop_forum.cli.communes import one
from pop_forum.cli.help import FrenchCommand
from pop_forum.commune import Commune
from pop_forum.services import checking, whereabouts
from pop_forum.services.checking import Checked
from pop_forum.services.whereabouts import Whereabouts

ARCHIVE = ".zip"  # no commune is called so
SHOWN = {
    whereabouts.HERE: "Montré sur ce site.",
    whereabouts.LOCAL: "Montré sur ce site, et nulle part ailleurs : la discussion reste dans la commune.",
    whereabouts.HIDDEN: "Gardé, pas montré : sa commune n’est pas montrée ici (suspendue, retirée, ou jamais reliée).",
    whereabouts.HIDDEN_THREAD: "Gardé, pas montré : la discussion est d’une commune qui n’est pas montrée ici.",
    whereabouts.NO_EFFECT: "Gardé, sans effet ici.",
    whereabouts.PLAIN: "Appliqué ici.",
}
DELETED = {"author": "Retiré par son auteur ou son autrice.", "moderation": "Retiré par la modération."}
OUTCOMES = {
    "own": "écrite ici",
    "applied": "appliquée",
    "waiting": "attend",
    "postponed": "remise à plus tard, attend",
    "unsupported": "d’une sorte que cette version ne connaît pas",
    "refused": "refusée",
    "erased": "effacée",
}
STANDS = {
    whereabouts.HAS: "l’a",
    whereabouts.AWAITS: "ne l’a pas encore",
    whereabouts.CUT: "l’échange est arrêté",
}


@click.command("why", cls=FrenchCommand)
@click.argument("commune")
@click.argument("wanted", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Sortie en JSON.")
def why(commune: str, wanted: str, as_json: bool) -> None:
    """Dit si un message, une version ou une activité est montré ici, pourquoi, et où il en est ailleurs."""
    with one(commune).reading() as site:
        found = whereabouts.find(site, wanted)
        if as_json:
            click.echo(json.dumps(_document(found), ensure_ascii=False))
            return
        for line in _lines(found):
            click.echo(line)


@click.command("verify", cls=FrenchCommand)
@click.argument("commune", metavar="COMMUNE_OU_FICHIER")
def verify(commune: str) -> None:
    """Revérifie les journaux détenus, ou une archive : enchaînement, empreinte, preuve. N’écrit rien."""
    if Path(commune).is_file() or commune.endswith(ARCHIVE):
        archive.check(Path(commune))
        return
    opened, done = one(commune), []
    with opened.reading() as site:
        journals = checking.held(site)
    for host, name in journals:
        checked = _checked(opened, host, name)
        done.append(checked)
        click.echo(_summary(checked))
        for fault in checked.faults:
            click.echo(f"  époque {fault.epoch}, n° {fault.n} : {fault.why}")
    wrong = sum(each.wrong for each in done)
    counts = {
        "journals": len(done),
        "entries": sum(each.entries for each in done),
        "proofs": sum(each.proofs for each in done),
        "erased": sum(each.erased for each in done),
        "refused": sum(each.refused for each in done),
        "faults": wrong,
    }
    click.echo(json.dumps(counts))
    sys.exit(1 if wrong else 0)


def _checked(commune: Commune, host: str, name: str) -> Checked:
    """One journal, checked in one snapshot; how far it has come goes to the error output."""
    with commune.reading() as site:
        for checked in checking.check(site, host, name):  # noqa: B007
            click.echo(f"\r{host}/{name} : {checked.entries} sur {checked.total}", nl=False, err=True)
        click.echo("", err=True)
        return checked


def _summary(checked: Checked) -> str:
    said = f"{checked.host}/{checked.name} : {archive.held(checked.entries, checked.proofs)}"
    others = [(checked.erased, "effacées"), (checked.refused, "refusées"), (checked.wrong, "FAUSSES")]
    return ", ".join([said, *(f"{count} {word}" for count, word in others if count)])


def _lines(found: Whereabouts) -> list[str]:
    lines = [DELETED.get(found.deleted_by or "", SHOWN.get(found.shown, "Retiré."))]
    entry, row = found.entry, found.journal
    if entry is None or row is None:
        return [*lines, "Aucun journal ne le porte."]
    why = ": ".join(text for text in (entry.waiting_on, entry.reason) if text)
    outcome = f"{OUTCOMES.get(entry.outcome, entry.outcome)} {why}".rstrip()
    lines.append(f"{row.host}/{row.name}, époque {entry.epoch}, n° {entry.n} ({entry.type}) : {outcome}")
    if entry.received_from:
        lines.append(f"Reçue de {entry.received_from} le {entry.received_at.isoformat(timespec='seconds')}")
    for each in found.elsewhere:
        since = f", dernière nouvelle {each.since.isoformat(timespec='seconds')}" if each.since else ""
        lines.append(f"{each.host} : {STANDS[each.state]}{since}{f'. {each.why}' if each.why else ''}")
    return lines


def _document(found: Whereabouts) -> dict[str, object]:
    entry, row = found.entry, found.journal
    place = None
    if entry is not None and row is not None:
        place = {
            "host": row.host,
            "journal": row.name,
            "epoch": entry.epoch,
            "n": entry.n,
            "type": entry.type,
            "outcome": entry.outcome,
            "reason": entry.reason,
            "waiting_on": entry.waiting_on,
            "received_from": entry.received_from,
        }
    elsewhere = [{**asdict(each), "since": each.since.isoformat() if each.since else None} for each in found.elsewhere]
    return {"shown": found.shown, "deleted_by": found.deleted_by, "entry": place, "elsewhere": elsewhere}
