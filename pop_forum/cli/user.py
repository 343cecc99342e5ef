"""`pop_forum user`: accounts made and roles given by who runs the server."""

import click
from sqlalchemy import select

from pop_forum.cli.communes import one
from pop_forum.cli.errors import Commands
from pop_forum.domain.names import mail_key
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import InvalidInput, NotFound
from pop_forum.models import Account
from pop_forum.services import accounts, grants, sign_ins
from pop_forum.services.passwords import Passwords
from pop_forum.services.site import Site

OTHER_PASSWORD = "Les deux mots de passe diffèrent. Rien n’a été changé : recommencez."


def _typed(context: click.Context, parameter: click.Parameter, password: str | None) -> str:
    """The password that was given, or typed twice. Raises InvalidInput when the two differ."""
    if password is not None:
        return password
    first = click.prompt("Mot de passe", hide_input=True, prompt_suffix=" : ")
    if click.prompt("Le même, encore une fois", hide_input=True, prompt_suffix=" : ") != first:
        raise InvalidInput("two passwords", OTHER_PASSWORD)
    return str(first)


@click.group("user", cls=Commands)
def group() -> None:
    """Les comptes d’une commune : créer, changer de rôle ou de mot de passe."""


@group.command("create")
@click.argument("commune")
@click.option("--name", required=True, help="Nom affiché.")
@click.option("--mail", required=True, help="Adresse électronique.")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.RESIDENT.value, show_default=True
)
@click.option("--password", callback=_typed, help="Demandé au clavier s’il n’est pas donné.")
def create(commune: str, name: str, mail: str, role: str, password: str) -> None:
    """Crée un compte dans la COMMUNE."""
    found = one(commune)
    with found.reading() as site:
        checked = accounts.check_new_password(site, password, mail, name)
    hashed = Passwords().hash(checked)
    with found.transaction() as site:
        created = accounts.create_account(site, name, mail, hashed, Role(role)).person.name
    click.echo(f"Compte créé : {created}, {role}")


@group.command("role")
@click.argument("commune")
@click.argument("mail")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def give_role(commune: str, mail: str, role: str) -> None:
    """Donne un ROLE au compte de cette adresse."""
    found = one(commune)
    with found.transaction() as site:
        account = _by_mail(site, mail)
        grants.set_role(site, Viewer(0, Role.ADMIN), account.person_id, role)
    click.echo("Rôle donné. La personne devra se reconnecter.")


@group.command("password")
@click.argument("commune")
@click.argument("mail")
@click.option("--password", callback=_typed, help="Demandé au clavier s’il n’est pas donné.")
def reset_password(commune: str, mail: str, password: str) -> None:
    """Donne un nouveau mot de passe au compte de cette adresse ; ses connexions ouvertes se ferment."""
    found = one(commune)
    with found.reading() as site:
        account = _by_mail(site, mail)
        name = account.person.name
        checked = accounts.check_new_password(site, password, mail, name)
    hashed = Passwords().hash(checked)
    with found.transaction() as site:
        accounts.change_password(site, _by_mail(site, mail).person_id, hashed)
        sign_ins.end_sessions(site, account.person_id)
    click.echo(f"Mot de passe changé pour {name}.")


def _by_mail(site: Site, mail: str) -> Account:
    account = site.session.scalar(select(Account).where(Account.mail_key == mail_key(mail)))
    if account is None:
        raise NotFound(f"no account {mail}", "Aucun compte n’a cette adresse.")
    return account
