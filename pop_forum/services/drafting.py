"""The drafting group (« atelier de rédaction »): its editors, of several communes, and what they think."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import clean_line
from pop_forum.errors import Conflict, Gone, InvalidInput, NotFound
from pop_forum.federation import activities as a
from pop_forum.federation.identifiers import Host, ObjectId, authority
from pop_forum.models import Account, DraftingGroup, Improvement, ImprovementAnswer, ImprovementOpinion, Person
from pop_forum.services import consents, declarations, improvement_rows, journal, profiles, translation
from pop_forum.services.measures import PROGRAMME
from pop_forum.services.messages import Stamp
from pop_forum.services.network_pages import commune_names
from pop_forum.services.site import Site

DAYS = 30  # for an answer, until a group says otherwise (product.md)
COMMUNES_LEAST = 2  # that the editors, and those who agree, are from
SIDES = {a.WHOLE: a.WHOLE, a.PART: a.WHOLE, a.REWORK: a.REWORK, a.REFUSED: a.REFUSED}  # which opinions agree
UNKNOWN = "Une de ces adresses n’est celle de personne ici. On se fait connaître en publiant un message partagé."
TWO_COMMUNES = "L’atelier compte des personnes d’au moins deux communes."
WRONG_QUORUM = "Le nombre d’avis va de 2 au nombre de personnes de l’atelier."
WRONG_DAYS = "Le délai va de 7 à 365 jours."
TOO_MANY = "L’atelier compte 40 personnes au plus."
NO_IMPROVEMENT = "Cette amélioration n’existe pas, ou nous ne l’avons pas encore reçue."
ANSWERED = "Cette amélioration a déjà sa réponse."
CHANGED = "Cette amélioration a été remplacée par une autre : c’est la nouvelle qui attend une réponse."
TOO_FEW = "Il manque l’accord de personnes de l’atelier, d’au moins deux communes, pour donner cette réponse."
NO_OUTCOME = "Choisissez un avis."
NOT_EDITOR = "Seules les personnes de l’atelier de rédaction donnent leur avis."


@dataclass(frozen=True, slots=True)
class Editor:
    """One person of the group; no name while her commune has not told it."""

    uri: str
    host: str
    name: str | None
    key: str
    commune: str


@dataclass(frozen=True, slots=True)
class Group:
    """The group as the programme's home settled it."""

    editors: tuple[Editor, ...]
    quorum: int
    days: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OpinionLine:
    """What an editor thinks of an improvement."""

    editor: Editor
    outcome: str
    sentence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Settings:
    """The group as its form gives it: the addresses of the profiles of its editors."""

    profiles: Sequence[str]
    quorum: int
    days: int


def term(site: Site) -> timedelta:
    """How long an answer may take."""
    row = _row(site)
    return timedelta(days=DAYS if row is None else row.days)


def group(site: Site) -> Group | None:
    """The group, or None while there is none: then who keeps the programme answers alone."""
    row = _row(site)
    if row is None or not row.editors:
        return None
    return Group(_editors(site, row.editors), row.quorum, row.days, row.at)


def settle(site: Site, viewer: Viewer, wanted: Settings) -> Group | None:
    """The group from now on, told to every commune; no editors at all end it. Raises Forbidden, InvalidInput."""
    if not permissions.may_revise_common(viewer, site.settings.is_programme_home):
        raise consents.refusal(viewer, f"{viewer} may not settle the drafting group")
    people = [_person(site, address) for address in wanted.profiles]
    uris = list(dict.fromkeys(person.uri for person in people))
    _check(uris, wanted)
    for person in people:
        if person.host == site.settings.host:
            declarations.declare(site, person)
    quorum = wanted.quorum if uris else a.QUORUM_LEAST
    content = a.GroupSettled(tuple(map(ObjectId, uris)), quorum, wanted.days)
    activity = translation.said_by_site(site, content)
    entry = journal.append(site, PROGRAMME, activity)
    stamp = Stamp(entry.epoch, entry.n)
    improvement_rows.put_group(site, content, host=site.settings.host, stamp=stamp, at=activity.published)
    return group(site)


def is_editor(site: Site, person_id: int | None) -> bool:
    """Whether this person of ours is of the group."""
    row, person = _row(site), None if person_id is None else site.session.get(Person, person_id)
    return row is not None and person is not None and person.uri in row.editors


def give_opinion(site: Site, viewer: Viewer, digest: str, outcome: str, sentence: str) -> ImprovementOpinion:
    """What an editor of ours thinks, told to every commune. Raises Forbidden, NotFound, Conflict, InvalidInput."""
    if not permissions.may_give_opinion(viewer, is_editor(site, viewer.person_id)):
        raise consents.refusal(viewer, f"{viewer} is no editor")
    require_open(site, digest)
    if outcome not in a.OUTCOMES:
        raise InvalidInput(f"outcome {outcome[:40]!r}", NO_OUTCOME)
    improvement, editor = site.session.get_one(Improvement, digest), site.session.get_one(Person, viewer.person_id)
    declarations.declare(site, editor)
    words = clean_line(sentence, a.MAX_SUMMARY_CHARS)
    content = a.OpinionGiven(Host(improvement.host), digest, ObjectId(editor.uri), outcome, words)
    activity = translation.said_by_commune(site, content)
    entry = journal.append(site, PROGRAMME, activity)
    stamp = Stamp(entry.epoch, entry.n)
    return improvement_rows.put_opinion(site, content, host=site.settings.host, stamp=stamp, at=activity.published)


def opinions(site: Site, digest: str) -> tuple[OpinionLine, ...]:
    """What the editors of the group think of an improvement, the oldest first."""
    row = _row(site)
    if row is None:
        return ()
    said = select(ImprovementOpinion).where(
        ImprovementOpinion.digest == digest, ImprovementOpinion.editor.in_(row.editors)
    )
    rows = site.session.scalars(said.order_by(ImprovementOpinion.at, ImprovementOpinion.editor)).all()
    editors = {one.uri: one for one in _editors(site, [each.editor for each in rows])}
    return tuple(OpinionLine(editors[each.editor], each.outcome, each.sentence, each.at) for each in rows)


def agreeing(given: Collection[OpinionLine], outcome: str) -> tuple[OpinionLine, ...]:
    """Those opinions that agree with this answer."""
    return tuple(one for one in given if SIDES[one.outcome] == SIDES[outcome])


def is_carried(found: Group | None, given: Collection[OpinionLine], outcome: str) -> bool:
    """Whether enough editors of enough communes agree with this answer; without a group nobody is asked."""
    if found is None:
        return True
    agreed = agreeing(given, outcome)
    return len(agreed) >= found.quorum and len({one.editor.host for one in agreed}) >= COMMUNES_LEAST


def require_carried(site: Site, digest: str, outcome: str) -> None:
    """Nothing. Raises Conflict when too few editors agree with this answer."""
    found = group(site)
    if not is_carried(found, opinions(site, digest), outcome):
        raise Conflict(f"too few opinions for {outcome} of {digest}", TOO_FEW)


def require_open(site: Site, digest: str) -> None:
    """Nothing. Raises Conflict when the improvement was replaced or answered, NotFound when there is none."""
    if site.session.get(Improvement, digest) is None:
        raise NotFound(f"no improvement {digest[:60]!r}", NO_IMPROVEMENT)
    if answer_of(site, digest) is not None:
        raise Conflict(f"{digest} is answered", ANSWERED)
    if replaced_by(site, digest) is not None:
        raise Conflict(f"{digest} is replaced", CHANGED)


def replaced_by(site: Site, digest: str) -> Improvement | None:
    """The improvement of the same commune that is a change of this one, the newest of several."""
    before = site.session.get(Improvement, digest)
    if before is None:
        return None
    later = select(Improvement).where(Improvement.replaces == digest, Improvement.host == before.host)
    return site.session.scalars(later.order_by(Improvement.at.desc(), Improvement.digest).limit(1)).first()


def answer_of(site: Site, digest: str) -> ImprovementAnswer | None:
    """What the programme's home said of it, or None."""
    home = site.settings.programme.home
    said = select(ImprovementAnswer).where(ImprovementAnswer.host == home, ImprovementAnswer.digest == digest)
    return site.session.scalar(said)


def _row(site: Site) -> DraftingGroup | None:
    return site.session.get(DraftingGroup, site.settings.programme.home)


def _editors(site: Site, uris: Sequence[str]) -> tuple[Editor, ...]:
    rows = site.session.scalars(select(Person).where(Person.uri.in_(uris)))
    people = {row.uri: row for row in rows if row.shared or row.host == site.settings.host}
    names, found = commune_names(site), []
    for uri in uris:
        host, person = authority(ObjectId(uri)), people.get(uri)
        name = None if person is None else person.name
        found.append(Editor(uri, host, name or None, uri.rpartition("/")[2], names.get(host, host)))
    return tuple(found)


def _person(site: Site, address: str) -> Person:
    """The person whose profile is at this address, here or on her own site. Raises InvalidInput."""
    key = address.strip().rstrip("/").rpartition("/")[2]
    try:
        person = profiles.find(site, key)
    except (NotFound, Gone) as error:
        raise InvalidInput(str(error), UNKNOWN) from error
    own = person.host == site.settings.host
    if (own and site.session.get(Account, person.id) is None) or not (own or person.shared):
        raise InvalidInput(f"{person.uri} is not known here", UNKNOWN)
    return person


def _check(uris: Sequence[str], wanted: Settings) -> None:
    """Nothing. Raises InvalidInput for a group that the rules do not allow."""
    if not a.DAYS_LEAST <= wanted.days <= a.MAX_DAYS:
        raise InvalidInput(f"{wanted.days} days", WRONG_DAYS)
    if len(uris) > a.MAX_EDITORS:
        raise InvalidInput(f"{len(uris)} editors", TOO_MANY)
    if uris and len({authority(ObjectId(uri)) for uri in uris}) < COMMUNES_LEAST:
        raise InvalidInput("editors of one commune", TWO_COMMUNES)
    if uris and not a.QUORUM_LEAST <= wanted.quorum <= len(uris):
        raise InvalidInput(f"quorum {wanted.quorum} of {len(uris)}", WRONG_QUORUM)
