"""The measures that a commune adds to the programme, and those that other communes added."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import select

from pop_forum.domain import permissions
from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import clean_line, clean_text
from pop_forum.errors import InvalidInput
from pop_forum.federation import revisions
from pop_forum.federation.activities import LOCAL, MAX_SUMMARY_CHARS, RevisionPublished
from pop_forum.federation.identifiers import Host, ObjectId, commune_id
from pop_forum.federation.revisions import Block, LocalName
from pop_forum.federation.timestamps import to_text
from pop_forum.models import Measure, Revision, Stance, Theme
from pop_forum.services import consents, journal, lineage, measures, translation
from pop_forum.services.lineage import ADAPTED, UNDECIDED
from pop_forum.services.measures import BLOCK_LETTERS, PROGRAMME
from pop_forum.services.messages import Stamp
from pop_forum.services.network_pages import commune_names, listed_hosts
from pop_forum.services.programme_pages import first_words
from pop_forum.services.site import Site

ID_LETTERS = 4  # behind the words of the title: no two measures of a commune have one address


@dataclass(frozen=True, slots=True)
class LocalDraft:
    """A measure as its form gives it: the slug of its theme, and passages without ids."""

    theme: str
    title: str
    passages: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class OtherMeasure:
    """A measure of another commune, on which ours has decided nothing."""

    slug: str
    title: str
    summary: str
    commune: str


def add(site: Site, viewer: Viewer, draft: LocalDraft) -> Measure:
    """The measure of this commune alone, published in its first version. Raises Forbidden, InvalidInput."""
    if not permissions.may_adapt(viewer, site.settings.kind):
        raise consents.refusal(viewer, f"{viewer} may not add a measure")
    if site.session.get(Theme, draft.theme) is None:
        raise InvalidInput(f"no theme {draft.theme[:80]!r}", "Choisissez un thème du programme.")
    revision = _first_version(site, draft)
    summary = clean_line(draft.reason, MAX_SUMMARY_CHARS)
    slug = revisions.slug_at(revision.measure, site.settings.host)
    content = RevisionPublished(revision, LOCAL, summary)
    activity = translation.said_by_commune(site, content, ObjectId(site.url(f"/m/{slug}")))
    entry = journal.append(site, PROGRAMME, activity)
    stamp = Stamp(entry.epoch, entry.n)
    host, at = site.settings.host, activity.published
    lineage.put_revision(site, revision, host=host, role=LOCAL, summary=summary, stamp=stamp, at=at)
    return site.session.get_one(Measure, revision.measure)


def others_in(site: Site, theme: str) -> list[OtherMeasure]:
    """The measures of other communes in this theme that ours may still take up, by title."""
    here, names = site.settings.host, commune_names(site)
    decided = select(Stance.measure).where(Stance.host == here, Stance.kind != UNDECIDED)
    standing = (Stance.measure == Measure.urn) & (Stance.host == Measure.host) & (Stance.kind == ADAPTED)
    rows = site.session.execute(
        select(Measure, Revision)
        .join(Stance, standing)
        .join(Revision, Revision.digest == Stance.digest)
        .where(Measure.theme == theme, Measure.host.in_(listed_hosts(site)[1:]), Measure.urn.not_in(decided))
    )
    found = [
        OtherMeasure(row.Measure.slug, row.Revision.title, first_words(row.Revision), names[row.Measure.host])
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.title.casefold(), one.slug))


def _first_version(site: Site, draft: LocalDraft) -> revisions.Revision:
    title = clean_line(draft.title, revisions.MAX_TITLE_CHARS)
    measures.require_length(site, draft.passages)
    texts = [clean_text(text, site.settings.limits.measure_chars) for text in draft.passages if text.strip()]
    if not texts:
        raise InvalidInput("empty text", "Le texte est vide. Écrivez au moins un passage.")
    own_id = f"{_words_of(title)}-{site.entropy.token(ID_LETTERS)}"
    return revisions.validated(
        revisions.Revision(
            measure=LocalName(site.settings.host, draft.theme, own_id).urn,
            parents=(),
            title=title,
            blocks=tuple(Block(f"b-{site.entropy.token(BLOCK_LETTERS)}", "paragraph", text) for text in texts),
            budget=None,
            author=commune_id(Host(site.settings.host)),
            created=to_text(site.clock.now()),
        )
    )


def _words_of(title: str) -> str:
    """The title's letters and figures, as they stand in an address."""
    apart = unicodedata.normalize("NFKD", title.casefold().replace("œ", "oe"))
    bare = (letter for letter in apart if not unicodedata.combining(letter))
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in bare).split()
    return "-".join(words)[: revisions.MAX_LOCAL_ID - ID_LETTERS - 1].strip("-") or "mesure"
