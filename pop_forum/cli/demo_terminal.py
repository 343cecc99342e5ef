"""What the demonstration says while it prepares, and once it runs."""

import sys
from collections.abc import Iterable, Mapping

import click

from pop_forum.cli.demo_content import Content
from pop_forum.cli.demo_seeding import PASSWORD, mails
from pop_forum.domain.permissions import Role
from pop_forum.settings import Instance

BAR_CELLS = 30
KINDS = {"citoyenne": "association citoyenne", "partisane": "équipe politique", "municipale": "mairie"}
ROLES = {
    Role.RESIDENT: "habitante",
    Role.CANDIDATE: "candidate",
    Role.MODERATOR: "modération",
    Role.ADMIN: "administration",
}
IDEAS = (
    "Connectez-vous à Valombre comme habitante, ouvrez une discussion sur une mesure, choisissez « Partagée avec le\n"
    "     réseau », puis ouvrez la même mesure à Pont-Hervel : votre discussion y est, avec sa provenance.",
    "À Valombre, comme candidate, ouvrez « Équipements publics plus ouverts » : le texte commun a évolué,\n"
    "     reprenez ses changements passage par passage.",
    "À Pont-Hervel, comme candidate, adaptez une mesure : Sainte-Aure la voit dans « Dans les autres communes ».",
    "À Valombre, comme administration, révisez le texte commun d’une mesure : les autres peuvent le comparer.",
    "Arrêtez tout avec Ctrl-C, relancez : rien n’est perdu. Et « make demo-check » le prouve avec des pannes.",
)


def step(text: str) -> None:
    """One line of progress."""
    click.echo(f"→ {text}")


class Bar:
    """A progress bar on one line of a terminal; silent in a file."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        """Show how much is done."""
        percent = 100 * done // max(total, 1)
        if not sys.stdout.isatty() or percent == self._shown:
            return
        self._shown = percent
        filled = BAR_CELLS * done // max(total, 1)
        end = "\n" if done == total else ""
        click.echo(f"\r  {self._label} {'█' * filled}{'░' * (BAR_CELLS - filled)} {percent:3d} %{end}", nl=False)


def welcome(instances: Iterable[Instance], content: Content) -> None:
    """The addresses, the accounts by role, and what to try."""
    shown = {one.slug: one for one in instances}
    click.echo("\nTrois communes inventées, en démonstration :\n")
    for instance in shown.values():
        click.echo(f"  {instance.name:18} {instance.base_url:36} {KINDS[instance.kind]}")
    click.echo(f"\nComptes, tous avec le mot de passe {PASSWORD} :\n")
    addresses = mails(content)
    for slug, instance in shown.items():
        click.echo(f"  {instance.name}")
        for role, line in _first_of_each_role(content, slug, addresses).items():
            click.echo(f"    {ROLES[role]:16} {line}")
    click.echo("\nAucun courriel ne part d’une démonstration ; ils se lisent ici :\n")
    for instance in shown.values():
        click.echo(f"  {instance.name:18} {instance.base_url}/demonstration/courrier")
    click.echo("\nÀ essayer :\n")
    for number, idea in enumerate(IDEAS, 1):
        click.echo(f"  {number}. {idea}")
    click.echo("\nCtrl-C arrête tout ; les données restent.")


def _first_of_each_role(content: Content, slug: str, addresses: Mapping[str, str]) -> dict[Role, str]:
    found: dict[Role, str] = {}
    for person in content.people:
        if person.commune == slug:
            found.setdefault(Role(person.role), addresses[person.key])
    return found
