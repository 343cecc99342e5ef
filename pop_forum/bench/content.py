"""Invented content of realistic shape: the same at every run, so that runs can be compared."""

from dataclasses import dataclass

from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.federation.revisions import measure_urn
from pop_forum.models import Measure, Person, Post, Thread
from pop_forum.services import accounts, measures, threads
from pop_forum.services.site import Site

PEOPLE = 40
REPLIES = (2, 3, 5, 8, 13)  # per thread, in turn
ADAPTED = 10  # measures; as many are adopted
BLOCKS = 12
SENTENCES = (
    "Le car de 7 h 10 est complet dès le deuxième arrêt, et le suivant arrive après la sonnerie.",
    "J’ai compté **quatorze** enfants debout mardi, dont trois du primaire.",
    "La salle des fêtes est libre le jeudi soir : pourquoi ne pas y tenir la réunion ?",
    "Le devis de l’an dernier parlait de 12 400 euros, sans la peinture.",
    "À mon avis, il faut d’abord demander au département qui paie l’entretien de la route.",
    "On pourrait commencer petit :\n\n- un samedi par mois ;\n- sans inscription ;\n- avec les outils de chacun.",
    "> Qui s’en occupe pendant l’été ?\n\nLes bénévoles se relaient, comme pour la bibliothèque.",
    "Je ne suis pas d’accord, mais je comprends l’argument sur le bruit.",
    "Le plan est [affiché au lavoir](https://valombre.example/plan) depuis lundi.",
    "Merci pour le compte rendu ; il manque la question de l’accès en fauteuil.",
    "Une haie plutôt qu’un grillage : *moins cher* et mieux pour les oiseaux.",
)


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody with an account who may write."""

    person_id: int
    mail: str


def text(number: int) -> str:
    """Two to five sentences; never the same twice."""
    chosen = [SENTENCES[(number * 7 + step * 3) % len(SENTENCES)] for step in range(2 + number % 4)]
    return "\n\n".join([*chosen, f"(message {number})"])


def add_writers(commune: Commune, count: int, kept_hash: str) -> list[Writer]:
    """Accounts that share one password."""
    with commune.transaction() as site:
        return [_add_writer(site, number, kept_hash) for number in range(count)]


def open_daily_threads(commune: Commune, writer: Writer, count: int) -> list[str]:
    """The ids of new shared threads of daily life."""
    with commune.transaction() as site:
        author = accounts.person(site, writer.person_id)
        return [_open(site, author, number, None).uri for number in range(count)]


def reply_in(commune: Commune, writers: list[Writer], uri: str, count: int) -> None:
    """Nothing; the thread has that many replies."""
    with commune.transaction() as site:
        thread = site.session.scalars(select(Thread).where(Thread.uri == uri)).one()
        for number in range(count):
            author = accounts.person(site, writers[number % len(writers)].person_id)
            threads.reply(site, author, thread, text(number))


def fill(commune: Commune, writers: list[Writer], thread_count: int) -> None:
    """Nothing; the commune has discussed this much: messages, supports, edits, deletions, texts of measures."""
    with commune.transaction() as site:
        urns = _write_measures(site, Viewer(writers[0].person_id, Role.ADMIN))
    for number in range(thread_count):
        with commune.transaction() as site:
            people = [accounts.person(site, writer.person_id) for writer in writers]
            _discuss(site, people, number, urns[number % len(urns)] if number % 3 else None)


def _add_writer(site: Site, number: int, kept_hash: str) -> Writer:
    mail = f"habitante-{number}@{site.settings.slug}.example"
    account = accounts.create_account(site, f"Habitante {number}", mail, kept_hash, Role.RESIDENT)
    return Writer(account.person_id, mail)


def _open(site: Site, author: Person, number: int, measure: str | None) -> Thread:
    title = f"{SENTENCES[number % len(SENTENCES)].splitlines()[0][:60]} ({number})"
    return threads.open_thread(site, author, threads.ThreadDraft(title, text(number), measure, True))


def _discuss(site: Site, people: list[Person], number: int, measure: str | None) -> None:
    """One thread: replies, for each message a support or two, here and there an edit or a deletion."""
    thread = _open(site, people[number % len(people)], number, measure)
    posts: list[Post] = []
    for place in range(REPLIES[number % len(REPLIES)]):
        author = people[(number + place * 3 + 1) % len(people)]
        to = posts[place // 2] if place % 3 == 2 else None
        posts.append(threads.reply(site, author, thread, text(number * 31 + place), to))
    for place, post in enumerate(posts):
        for offset in range(1 + (number + place) % 2):
            who = people[(number + place + offset + 5) % len(people)]
            if who.id != post.author_id:
                threads.support(site, who, post)
        if (number + place) % 9 == 0:
            threads.edit(site, Viewer(post.author_id, Role.RESIDENT), post, post.source + "\n\nCorrection.")
        elif (number + place) % 40 == 1:
            threads.delete(site, Viewer(post.author_id, Role.RESIDENT), post)


def _write_measures(site: Site, admin: Viewer) -> list[str]:
    """The measures of the programme, after some were adapted and some adopted."""
    urns = [measure_urn(slug) for slug in _slugs(site)]
    for number, urn in enumerate(urns[: 2 * ADAPTED]):
        measure = measures.by_slug(site, urn.rsplit(":", 1)[1])
        base = measures.current_revision(site, urn)
        if number % 2:
            measures.adopt(site, admin, measure)
            continue
        blocks = tuple((None, text(number * BLOCKS + place)) for place in range(BLOCKS))
        measures.adapt(site, admin, measure, measures.MeasureDraft(base.title, blocks, "Pour ici", base.digest))
    return urns


def _slugs(site: Site) -> list[str]:
    """The addresses of the programme's measures, in order."""
    return list(site.session.scalars(select(Measure.slug).order_by(Measure.slug)))


def thread_keys(site: Site) -> list[str]:
    """The page addresses of the threads written here."""
    return list(site.session.scalars(select(Thread.key).where(Thread.host == site.settings.host).order_by(Thread.id)))
