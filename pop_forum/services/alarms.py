"""Letters to admins about what goes wrong: one when it begins, one a day while it lasts, one when it is over."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select

from pop_forum.domain.health import Finding, Trouble
from pop_forum.domain.permissions import Role
from pop_forum.models import Account, Alarm
from pop_forum.services import envelopes, journal, mail, peers, picture_requests
from pop_forum.services.site import Site

ALARM = "alarm"  # the kind of these letters
AGAIN = timedelta(days=1)
PAGE = "/administration/sante"

HEADLINES = {
    Trouble.WORKER: "Le travail de fond est arrêté.",
    Trouble.QUEUE: "La file d’attente ne répond pas.",
    Trouble.STALLED: "Un travail n’avance plus : %(subject)s.",
    Trouble.SILENT: "Aucune nouvelle de %(subject)s depuis plus d’un jour.",
    Trouble.DIVERGENT: "Un journal raconte deux histoires : %(subject)s.",
    Trouble.ALTERED: "Un journal nous a été relayé modifié par %(subject)s.",
    Trouble.DIFFERENT: "Une commune montre autre chose que nous : %(subject)s.",
    Trouble.CLOCK: "L’horloge de %(subject)s et la nôtre ne disent pas la même heure.",
    Trouble.DISK: "Le disque des données est presque plein.",
    Trouble.REPRISE: "Ce site reprend ce qu’il avait publié.",
}
ADVICE = {
    Trouble.WORKER: "Rien ne part vers les autres communes, et aucun courriel non plus. "
    "Ce que les gens écrivent est gardé. Relancez le travail de fond, puis lisez son journal s’il s’arrête de nouveau.",
    Trouble.QUEUE: "Le travail avance plus lentement, rien n’est perdu. "
    "Relancez Redis, puis vérifiez POP_FORUM_BROKER.",
    Trouble.STALLED: "Il attend depuis plus d’un quart d’heure. Relancez le travail de fond ; "
    "si cela recommence, lisez son journal.",
    Trouble.SILENT: "Rien n’est perdu : ce qui lui est dû partira dès son retour. "
    "Voyez la dernière erreur sur la page du réseau, et appelez son équipe.",
    Trouble.DIVERGENT: "Nous n’en prenons plus rien, et ce qui était déjà là reste lisible. "
    "Appelez son équipe avant toute chose : sa base a peut-être été restaurée.",
    Trouble.ALTERED: "Rien de faux n’a été pris : nous ne lisons plus ce journal chez cette commune. "
    "Appelez son équipe, puis voyez la page de ce que les communes se relaient.",
    Trouble.DIFFERENT: "Les deux sites ont lu la même chose et n’en montrent pas la même. "
    "Ce qui a été lu a déjà été appliqué de nouveau ici, sans que cela suffise. "
    "Voyez quelles parties sur la page de cette commune, et appelez son équipe : l’une des deux bases a été changée.",
    Trouble.CLOCK: "Le dernier message d’essai le montre. Vérifiez l’heure de ce serveur, "
    "puis demandez à son équipe de vérifier la sienne. Un nouvel essai lève l’alarme.",
    Trouble.DISK: "Plus de 85 %% sont pris. Faites de la place : un disque plein refuse les messages.",
    Trouble.REPRISE: "Sa base est plus ancienne que ce que les autres communes ont reçu de lui. "
    "Il n’écrit rien de partagé avant d’avoir tout repris : voyez sur la page du réseau qui n’a pas encore répondu.",
}
KINDS = {
    journal.DELIVER: "les envois aux autres communes.",
    peers.SYNC: "les comparaisons avec les autres communes.",
    peers.SEND: "les invitations à remettre.",
    envelopes.RECEIVE: "les lettres reçues des autres sites.",
    picture_requests.PICTURES: "les images à aller chercher.",
    mail.MAIL: "les courriels.",
}
SUBJECT = "%(name)s : %(headline)s."
SUBJECT_OVER = "%(name)s : c’est réglé. %(headline)s."
HELLO = "Bonjour."
SINCE = "Depuis le %(moment)s."
OVER = "C’est réglé : cette alarme est levée."
SEE = "L’état du site se lit sur cette page : %(address)s."


class Speech(Protocol):
    """Sentences in one person’s language: adapters/speech.py."""

    def say(self, sentence: str, **values: str) -> str: ...

    def moment(self, at: datetime) -> str: ...


Speak = Callable[[str | None], Speech]


def review(site: Site, found: Collection[Finding], speak: Speak) -> int:
    """How many letters are owed for what began, what lasts and what is over since the last review."""
    letters = 0
    for finding in untold(site, found):
        letters += _post(site, finding, finding.since, speak, over=False)
    lasting = {(finding.trouble.value, finding.subject) for finding in found}
    for row in site.session.scalars(select(Alarm)).all():
        if (row.trouble, row.subject) not in lasting:
            letters += _post(site, Finding(Trouble(row.trouble), row.subject), row.began_at, speak, over=True)
            site.session.delete(row)
    return letters


def untold(site: Site, found: Iterable[Finding]) -> list[Finding]:
    """Those that admins have not heard of for a day, each with its beginning; they count as told from now on."""
    now = site.clock.now()
    known = {(row.trouble, row.subject): row for row in site.session.scalars(select(Alarm))}
    news: list[Finding] = []
    for finding in found:
        row = known.get((finding.trouble.value, finding.subject))
        if row is None:
            row = Alarm(trouble=finding.trouble, subject=finding.subject, began_at=finding.since or now, told_at=now)
            site.session.add(row)
        elif abs(now - row.told_at) < AGAIN:
            continue
        row.told_at = now
        news.append(replace(finding, since=row.began_at))
    return news


def words(finding: Finding, speech: Speech) -> tuple[str, str]:
    """The headline of a trouble and what to do."""
    subject = speech.say(KINDS[finding.subject]).rstrip(".") if finding.subject in KINDS else finding.subject
    return speech.say(HEADLINES[finding.trouble], subject=subject), speech.say(ADVICE[finding.trouble])


def recipients(site: Site) -> Iterator[tuple[str, str | None]]:
    """The address and language of every admin; the contact of the commune while it has none."""
    rows = site.session.execute(
        select(Account.mail, Account.language).where(Account.role == Role.ADMIN).order_by(Account.person_id)
    ).all()
    if rows:
        yield from ((address, language) for address, language in rows)
    else:
        yield site.settings.contact.mail, None


def letter(
    site: Site, finding: Finding, began_at: datetime | None, speech: Speech, *, over: bool = False
) -> tuple[str, str]:
    """The subject and text of one letter."""
    headline, advice = words(finding, speech)
    title = speech.say(
        SUBJECT_OVER if over else SUBJECT, name=site.settings.name, headline=headline.rstrip(".")
    ).rstrip(".")
    since = [speech.say(SINCE, moment=speech.moment(began_at))] if began_at else []
    body = [speech.say(OVER)] if over else [*since, advice]
    see = speech.say(SEE, address=site.url(PAGE)).rstrip(".")
    return title, "\n\n".join([speech.say(HELLO), headline, *body, see])


def _post(site: Site, finding: Finding, began_at: datetime | None, speak: Speak, *, over: bool) -> int:
    count = 0
    for address, language in recipients(site):
        title, text = letter(site, finding, began_at, speak(language), over=over)
        mail.post(site, ALARM, address, title, text, language=language or site.settings.languages[0])
        count += 1
    return count
