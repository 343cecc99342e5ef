"""`pop_forum mail`: whether the mail of a commune leaves."""

import click

from pop_forum.cli.communes import one
from pop_forum.cli.errors import Commands
from pop_forum.domain.letters import Posted, Trouble
from pop_forum.errors import SettingsError
from pop_forum.services import mail

SAID = {
    Trouble.REFUSED: "Le serveur refuse ce courriel",
    Trouble.LATER: "Le serveur demande d’attendre",
    Trouble.SENDER: "Le serveur refuse l’adresse d’expédition (« sender » dans instance.toml)",
    Trouble.LOGIN: "Le serveur refuse notre identifiant (POP_FORUM_SMTP)",
    Trouble.PLAIN: "Le serveur ne propose pas de liaison chiffrée (essayez « smtps:// » et le port 465)",
    Trouble.UNREACHABLE: "Le serveur de courrier ne répond pas",
    Trouble.TOO_LATE: "Ce courriel a attendu trop longtemps",
}


@click.group("mail", cls=Commands)
def group() -> None:
    """Le courrier d’une commune : essayer qu’il part."""


@group.command("test")
@click.argument("commune")
@click.argument("address")
def test(commune: str, address: str) -> None:
    """Envoie tout de suite un courriel d’essai à cette ADDRESS, au nom de la COMMUNE."""
    from pop_forum.adapters.mail import send

    found = one(commune)
    server = found.mail_server
    if server is None:
        raise SettingsError(
            "Aucun serveur de courrier : indiquez-le dans POP_FORUM_SMTP (sans effet en démonstration)."
        )
    name = found.settings.name
    with found.reading() as site:
        letter = mail.trial(site, address, f"Essai du courrier de {name}", "Ce courriel d’essai est bien arrivé.")
    [outcome] = send(server, [letter])
    if outcome.trouble is not None:
        raise SettingsError(_refusal(outcome))
    click.echo(f"{server.host} a pris le courriel pour {letter.recipient} : voyez s’il arrive.")


def _refusal(outcome: Posted) -> str:
    said = SAID[outcome.trouble] if outcome.trouble else ""
    return f"{said} : {outcome.answer}" if outcome.answer else f"{said}."
