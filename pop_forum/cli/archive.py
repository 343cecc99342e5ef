"""`pop_forum federation archive`, and what `verify` says of such a file: it needs no database and no network."""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path, PurePosixPath

import click

from pop_forum.adapters import archive_file
from pop_forum.adapters.pictures import PictureFiles
from pop_forum.cli.communes import one
from pop_forum.cli.help import FrenchCommand
from pop_forum.errors import InvalidInput
from pop_forum.federation import shapes
from pop_forum.federation.archived import Reading
from pop_forum.federation.identifiers import Host, canonical_host
from pop_forum.federation.journal import MAX_JOURNAL_NAME
from pop_forum.federation.strict_json import JsonObject, load_object
from pop_forum.services import archiving

DESCRIPTION, PAGES, PICTURES, READ_ME = "archive.json", "journaux", "images", "LISEZMOI.txt"
MAX_JOURNALS = 16
ABOUT = """Archive de « {name} » ({host}), faite par pop_forum.

Elle contient tout ce que ce site a partagé avec les autres communes : ses journaux, page après page, et ses images.
Ce qui est resté dans la commune n’y est pas ; de ce qui a été effacé, il ne reste que la place.

Pour vérifier que rien n’a été changé, sans aucun site ni connexion :

    pop_forum federation verify CE_FICHIER

La commande affiche l’empreinte de la commune. Comparez-la avec celle que vous tenez de confiance ; ce fichier dit :

    {fingerprint}
"""


@click.command("archive", cls=FrenchCommand)
@click.argument("commune")
@click.argument("path", metavar="FICHIER", type=click.Path(path_type=Path, dir_okay=False))
def archive(commune: str, path: Path) -> None:
    """Écrit dans un seul fichier tout ce que la commune a partagé, vérifiable sans elle."""
    opened = one(commune)
    files, missing = PictureFiles(opened.settings.data), 0
    with opened.reading() as site, archive_file.new(path) as file:
        total, done = archiving.entries(site), 0
        description = archiving.description(site)
        file.add(DESCRIPTION, description)
        file.add(READ_ME, ABOUT.format(**load_object(description)).encode())
        for leaf in archiving.leaves(site):
            file.add(leaf.name, leaf.data)
            done += leaf.entries
            click.echo(f"\r{leaf.journal} : {done} entrées sur {total}", nl=False, err=True)
        pictures = archiving.pictures(site)
        for digest in pictures:
            content = files.read(digest)
            missing += content is None
            if content is not None:
                file.add(f"{PICTURES}/{digest}.webp", content)
    click.echo("", err=True)
    if missing:
        click.echo(f"{missing} images manquent sur le disque et ne sont pas dans l’archive.", err=True)
    click.echo(json.dumps({"entries": done, "pictures": len(pictures) - missing, "bytes": path.stat().st_size}))


def held(entries: int, proofs: int) -> str:
    """« 1 entrée, 1 preuve juste », « 12 entrées, 12 preuves justes »."""
    told = f"{entries} entrée{'s' if entries > 1 else ''}, {proofs} preuve"
    return f"{told}s justes" if proofs > 1 else f"{told} juste"


def check(path: Path) -> None:
    """Nothing; what the file holds is checked and told, the counts as JSON last. Exits with 1 when there is a fault."""
    with archive_file.opened(path) as file:
        host, names = _described(load_object(file.read(DESCRIPTION)))
        readings = [_read(file, Reading(host, name)) for name in names]
        pictures = file.names(PICTURES)
        wrong = [name for name in pictures if not _is_its_name(name, file.read(name))]
    for reading in readings:
        said = f"{host}/{reading.journal} : {held(reading.entries, reading.proofs)}"
        click.echo(said + (f", {reading.wrong} FAUTES" if reading.wrong else ""))
        for fault in reading.faults:
            click.echo(f"  {fault}")
    for name in wrong:
        click.echo(f"{name} : l’image n’est pas celle de ce nom")
    roots = sorted({str(reading.root) for reading in readings if reading.root})
    if len(roots) > 1:
        click.echo("Les journaux ne commencent pas par la même clé.")
    click.echo(f"Empreinte de {host}, à comparer avec celle que vous tenez de confiance : {', '.join(roots)}")
    faults = sum(reading.wrong for reading in readings) + len(wrong) + (len(roots) > 1)
    totals = Counter[str]()
    for reading in readings:
        totals.update(entries=reading.entries, proofs=reading.proofs, erased=reading.erased)
    counts = {"journals": len(readings), **{name: totals[name] for name in ("entries", "proofs", "erased")}}
    click.echo(json.dumps({**counts, "pictures": len(pictures), "faults": faults}))
    sys.exit(1 if faults else 0)


def _described(document: JsonObject) -> tuple[Host, list[str]]:
    """Whose archive it is, and the names of its journals. Raises InvalidInput."""
    host, names = shapes.string_at(document, "host"), shapes.strings_at(document, "journals", MAX_JOURNALS)
    right = shapes.type_at(document) == archiving.TYPE and document.get("schema") == archiving.SCHEMA
    named = names and all(len(name) <= MAX_JOURNAL_NAME and name.isalnum() for name in names)
    if not right or not named or canonical_host(host) != host:
        raise InvalidInput("not the description of an archive", archive_file.NO_ARCHIVE)
    return Host(host), list(names)


def _read(file: archive_file.Reader, reading: Reading) -> Reading:
    for name in file.names(f"{PAGES}/{reading.journal}"):
        reading.take(file.read(name))
        click.echo(f"\r{reading.journal} : {reading.entries} entrées", nl=False, err=True)
    click.echo("", err=True)
    reading.finish()
    return reading


def _is_its_name(name: str, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == PurePosixPath(name).stem
