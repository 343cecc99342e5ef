"""`pop_forum instance`: make a commune's folder, check the folders, list the communes."""

import json
import os
import re
import tempfile
from pathlib import Path

import click

from pop_forum.cli.errors import Commands
from pop_forum.domain.french import format_number
from pop_forum.errors import SettingsError
from pop_forum.settings import TEMPLATE, Host, Instance, Kind, advice, load_all, load_each, load_instance, refuse_double
from pop_forum.settings.reading import listed, nearest
from pop_forum.settings.shapes import LONGEST_SLUG, address, is_one_line, is_slug

FILES = ("instance.toml", "charter.md", "legal.md")
KEY_LINE = re.compile(r"(?m)^(\w+) = .*$")


@click.group("instance", cls=Commands)
def group() -> None:
    """Les communes de cet hôte : créer, vérifier, lister."""


@group.command("new")
@click.argument("slug")
@click.option("--name", required=True, help="Nom de la commune, comme sur sa plaque.")
@click.option("--insee", required=True, help="Code INSEE, cinq caractères.")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in Kind]), help="Qui parle ici.")
@click.option("--host", required=True, help="Nom de domaine du site, par exemple forum.macommune.fr.")
@click.option("--keeper", required=True, help="Qui tient le site : « l’association … ».")
@click.option("--mail", required=True, help="Adresse électronique de contact.")
@click.option("--population", required=True, type=int, help="Nombre d’habitantes et d’habitants.")
@click.option("--home", help="Site de la commune qui rédige le programme commun ; celui-ci par défaut.")
def new(slug: str, home: str | None, **values: str | int) -> None:
    """Crée le dossier de la commune SLUG d’après le modèle."""
    environment = Host.from_environment(os.environ)
    target = environment.instances / slug
    _refuse_target(slug, target)
    for option, value in values.items():
        if not is_one_line(str(value)):
            raise SettingsError(f"L’option « --{option} » contient un caractère illisible.")
    values["home"] = home or str(values["host"])
    values["scheme"] = "http" if address(str(values["host"])) in environment.loopback else "https"
    with tempfile.TemporaryDirectory(dir=environment.instances, prefix=".nouvelle-") as workshop:
        draft = Path(workshop) / slug
        _copy_template(environment.instances / TEMPLATE, draft, values)
        refuse_double(load_instance(draft, environment=environment), environment=environment)
        draft.rename(target)
    click.echo(f"{target} est créé. Ensuite :")
    click.echo("  1. complétez instance.toml, charter.md et legal.md (les passages « [à compléter …] ») ;")
    click.echo(f"  2. vérifiez : pop_forum instance check {slug} ;")
    click.echo("  3. créez la base et chargez le programme : pop_forum migrate, puis pop_forum programme load ;")
    click.echo("  4. créez le compte d’administration : pop_forum user create ; puis redémarrez le site.")


@group.command("check")
@click.argument("slug", required=False)
def check(slug: str | None) -> None:
    """Vérifie la commune SLUG, ou toutes : chaque problème est nommé, et le code de sortie est 2."""
    environment = Host.from_environment(os.environ)
    instances = _all(environment) if slug is None else _one(slug, environment)
    for instance in instances:
        for remark in advice(instance):
            click.echo(f"À revoir : {instance.slug}/{remark}", err=True)
    click.echo(f"{len(instances)} {'commune vérifiée' if len(instances) < 2 else 'communes vérifiées'}")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="En JSON, pour un programme.")
def show(as_json: bool) -> None:
    """Liste les communes que cet hôte sert."""
    environment = Host.from_environment(os.environ)
    instances, refused = load_each(environment.instances, environment=environment)
    for slug in refused:
        click.echo(f"« {slug} » n’est pas en ordre : pop_forum instance check {slug}", err=True)
    if as_json:
        click.echo(json.dumps([_summary(instance) for instance in instances], ensure_ascii=False, indent=2))
        return
    rows = [("commune", "nom", "INSEE", "genre", "habitants", "adresse")]
    rows += [
        (one.slug, one.name, one.insee, one.kind.value, format_number(one.population), one.base_url)
        for one in instances
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _summary(instance: Instance) -> dict[str, str | int]:
    return {
        "slug": instance.slug,
        "name": instance.name,
        "insee": instance.insee,
        "kind": instance.kind.value,
        "population": instance.population,
        "url": instance.base_url,
        "programme_home": instance.programme.home,
    }


def _all(environment: Host) -> tuple[Instance, ...]:
    return load_all(environment.instances, environment=environment)


def _one(slug: str, environment: Host) -> tuple[Instance, ...]:
    folder = environment.instances / slug
    if slug == TEMPLATE:
        raise SettingsError(
            f"« {TEMPLATE} » est le modèle, pas une commune : « pop_forum instance new » le copie et le remplit."
        )
    if not is_slug(slug) or not folder.is_dir():
        known = [entry.name for entry in environment.instances.glob("*/") if entry.name != TEMPLATE]
        raise SettingsError(f"La commune « {slug} » n’existe pas.{nearest(slug, known, listed(known))}")
    return (load_instance(folder, environment=environment),)


def _refuse_target(slug: str, target: Path) -> None:
    if not is_slug(slug) or slug == TEMPLATE:
        rule = f"en minuscules, chiffres et tirets, {LONGEST_SLUG} caractères au plus"
        raise SettingsError(f"« {slug} » ne peut pas nommer une commune : {rule}.")
    if target.exists():
        raise SettingsError(f"« {target} » existe déjà : rien n’a été changé.")
    if not (target.parent / TEMPLATE).is_dir():
        raise SettingsError(f"Le modèle « {target.parent / TEMPLATE} » manque : copiez-le du dépôt de pop_forum.")


def _copy_template(template: Path, draft: Path, values: dict[str, str | int]) -> None:
    """Write the template's three files to `draft`, each `key = …` line of the settings with its new value."""
    draft.mkdir()
    for name in FILES:
        text = (template / name).read_text("utf-8")
        if name == "instance.toml":
            text = KEY_LINE.sub(lambda line: _filled(line, values), text)
        else:
            text = text.replace("{commune}", str(values["name"]))
        (draft / name).write_text(text, "utf-8")


def _filled(line: re.Match[str], values: dict[str, str | int]) -> str:
    # A JSON string of printable characters is also a TOML string.
    key = line[1]
    return f"{key} = {json.dumps(values[key], ensure_ascii=False)}" if key in values else line[0]
