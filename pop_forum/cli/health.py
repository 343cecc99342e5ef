"""`pop_forum health`: what is wrong on this host, for people and for a timer that must warn when no worker can."""

import json
from dataclasses import asdict

import click

from pop_forum.adapters.disk import used_share
from pop_forum.adapters.speech import Speech
from pop_forum.cli.communes import opened
from pop_forum.cli.help import FrenchCommand
from pop_forum.commune import Commune
from pop_forum.domain.health import Finding, Trouble, findings
from pop_forum.domain.letters import Posted
from pop_forum.services import alarms, health, mail

UNWELL = 1
TOLD_DIRECTLY = frozenset((Trouble.WORKER, Trouble.QUEUE))  # whoever would carry the letter is what has stopped


@click.command("health", cls=FrenchCommand)
@click.argument("commune", required=False)
@click.option("--mail", "warns", is_flag=True, help="Écrit aussi aux admins, sans le travail de fond, s’il est arrêté.")
@click.option("--json", "as_json", is_flag=True, help="Un objet JSON par commune.")
def command(commune: str | None, warns: bool, as_json: bool) -> None:
    """Dit ce qui ne va pas sur cet hôte ; le code de sortie est 1 s’il y a quelque chose."""
    unwell = False
    for each in opened(commune):
        found = examine(each)
        unwell = unwell or bool(found)
        click.echo(_as_json(each, found) if as_json else _in_words(each, found))
        if warns:
            for outcome in warn(each, found):
                click.echo(f"  {_outcome(outcome)}", err=True)
    raise SystemExit(UNWELL if unwell else 0)


def examine(commune: Commune) -> tuple[Finding, ...]:
    """What is wrong with one commune, seen from outside its worker."""
    with commune.reading() as site:
        facts = health.facts(
            site,
            mail_leaves=commune.mail_server is not None,
            queue_answers=commune.wakeups.answers(),
            disk_used=used_share(commune.settings.data),
        )
        return findings(facts, site.clock.now())


def warn(commune: Commune, found: tuple[Finding, ...]) -> list[Posted]:
    """What the mail server said to the letters that the worker cannot send; the rest is the worker's to tell."""
    from pop_forum.adapters.mail import send

    server = commune.mail_server
    if server is None:
        return []
    with commune.transaction() as site:
        letters = [
            mail.trial(site, address, *alarms.letter(site, finding, finding.since, Speech(language)))
            for finding in alarms.untold(site, [one for one in found if one.trouble in TOLD_DIRECTLY])
            for address, language in alarms.recipients(site)
        ]
    return send(server, letters) if letters else []


def _in_words(commune: Commune, found: tuple[Finding, ...]) -> str:
    speech, name = Speech(None), commune.settings.name
    lines = [f"{name} : tout va bien."] if not found else [f"{name} :"]
    for finding in found:
        headline, advice = alarms.words(finding, speech)
        lines += [f"  ! {headline}", f"    {advice}"]
    return "\n".join(lines)


def _as_json(commune: Commune, found: tuple[Finding, ...]) -> str:
    troubles = [{**asdict(finding), "since": finding.since.isoformat() if finding.since else None} for finding in found]
    return json.dumps({"commune": commune.settings.slug, "troubles": troubles}, ensure_ascii=False)


def _outcome(outcome: Posted) -> str:
    return f"Courriel refusé : {outcome.answer}" if outcome.trouble else "Courriel envoyé."
