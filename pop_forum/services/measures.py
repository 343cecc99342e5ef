"""Measures: loading the programme, adopting, adapting, and revising the common text at the programme's home."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import select

from pop_forum.domain import permissions
from pop_forum.domain.lineage.texts import Text
from pop_forum.domain.measure_length import require_within
from pop_forum.domain.permissions import Viewer
from pop_forum.domain.programme import Measure as MeasureFacts
from pop_forum.domain.programme import Programme
from pop_forum.domain.text import clean_line, clean_text
from pop_forum.errors import Conflict, InvalidInput, NotFound
from pop_forum.federation import revisions
from pop_forum.federation.activities import (
    ADAPTATION,
    COMMON,
    LOCAL,
    LOCAL_ADAPTATION,
    MAX_SUMMARY_CHARS,
    Content,
    MeasureAdopted,
    RevisionPublished,
)
from pop_forum.federation.identifiers import Host, ObjectId, commune_id
from pop_forum.federation.revisions import MAX_BLOCKS, Block, measure_urn
from pop_forum.federation.strict_json import JsonObject
from pop_forum.federation.timestamps import to_text
from pop_forum.models import Edition, Measure, Revision, Stance, Theme
from pop_forum.services import consents, journal, lineage, translation, version_notices
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site
from pop_forum.services.versions import first_texts

PROGRAMME = "programme"
BLOCK_LETTERS = 8
TOO_MANY_PASSAGES = "Un texte compte au plus 200 passages. Réunissez-en, ou faites-en deux mesures."
NO_COMMON_TEXT = "Cette mesure est d’une commune : elle n’a pas de texte commun."


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What loading the programme did: its size, and how much of it (edition, first texts) was new here."""

    edition: str
    themes: int
    measures: int
    new: int


@dataclass(frozen=True, slots=True)
class MeasureDraft:
    """A text as a form gives it: blocks with their id, None for a new one; `base` is the digest shown in the form.

    `budget` is another sheet than the base's, None to keep that one.
    """

    title: str
    blocks: tuple[tuple[str | None, str], ...]
    reason: str
    base: str
    budget: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A text made of ours and the common one; `ours` and `theirs` are the digests that it was made from."""

    text: Text
    reason: str
    ours: str
    theirs: str


def load_programme(site: Site, programme: Programme) -> LoadReport:
    """The edition put into this commune. Loaded again, it changes nothing; its digests are the same everywhere."""
    edition = programme.edition
    counts: Counter[str] = Counter()
    texts: list[dict[str, str]] = []
    for theme in programme.themes:
        counts["themes"] += 1
        site.session.merge(Theme(slug=theme.slug, position=theme.position, title=theme.title, summary=theme.summary))
        for measure in theme.measures:
            counts["measures"] += 1
            new, digest = _load_measure(site, theme.slug, measure, edition.date.isoformat())
            counts["new"] += new
            texts.append({"measure": measure_urn(measure.slug), "digest": digest})
    if site.session.get(Edition, ("", edition.id)) is None:
        site.session.add(
            Edition(host="", id=edition.id, date=edition.date, title=edition.title, summary="", texts=texts)
        )
        counts["new"] += 1
    site.session.flush()
    for urn in site.session.scalars(select(Revision.measure).where(Revision.role == LOCAL).distinct().order_by(None)):
        lineage.register(site, urn)
    return LoadReport(edition.id, counts["themes"], counts["measures"], counts["new"])


def adopt(site: Site, viewer: Viewer, measure: Measure) -> Stance:
    """The common text taken as it is. Raises Forbidden."""
    _refuse_unless(permissions.may_adapt(viewer, site.settings.kind), viewer, f"may not adopt {measure.urn}")
    if measure.host == site.settings.host:
        raise InvalidInput("our own measure", "Cette mesure est de notre commune\u00a0: son texte est déjà le nôtre.")
    digest = common_revision(site, measure.urn).digest
    present = our_stance(site, measure.urn)
    if present is not None and (present.kind, present.digest) == (lineage.ADOPTED, digest):
        return present
    return hold(site, measure.urn, MeasureAdopted(measure.urn, digest), lineage.Word(lineage.ADOPTED, digest))


def adapt(site: Site, viewer: Viewer, measure: Measure, draft: MeasureDraft) -> Revision:
    """This commune's own text of a measure. Raises Forbidden, Conflict, InvalidInput."""
    begin_ours(site, viewer, measure)
    base = current_revision(site, measure.urn)
    return _publish(site, measure, draft, base, _own_role(site, measure))


def take_in(site: Site, viewer: Viewer, measure: Measure, taken: TakenIn) -> Revision:
    """This commune's own text with changes of the common one: a version with two parents, ours first.

    Raises Forbidden; Conflict when either text moved on; InvalidInput.
    """
    begin_ours(site, viewer, measure)
    ours, theirs = current_revision(site, measure.urn), {head.digest for head in common_heads(site, measure.urn)}
    if ours.digest != taken.ours or taken.theirs not in theirs or taken.ours == taken.theirs:
        raise Conflict(f"{taken.ours} or {taken.theirs} is no longer the text of {measure.urn}")
    revision = _made_of_two(site, measure, taken)
    if (revision.title, revision.blocks, revision.budget) == (ours.title, lineage.to_value(ours).blocks, ours.budget):
        raise InvalidInput("nothing changed", "Vos choix laissent notre texte tel quel : rien n’a été enregistré.")
    return _record(site, measure, revision, _own_role(site, measure), taken.reason)


def integrate(site: Site, viewer: Viewer, measure: Measure, taken: TakenIn) -> Revision:
    """A new version of the common text, made of it (`ours`) and of a proposed one. Raises Forbidden, Conflict."""
    allowed = permissions.may_revise_common(viewer, site.settings.is_programme_home)
    _refuse_unless(allowed, viewer, "may not revise the common text")
    site.one_at_a_time(f"text of {measure.urn}")
    if taken.ours != common_revision(site, measure.urn).digest:
        raise Conflict(f"{taken.ours} is no longer the text of {measure.urn}")
    return _record(site, measure, _made_of_two(site, measure, taken), COMMON, taken.reason)


def begin_ours(site: Site, viewer: Viewer, measure: Measure) -> None:
    """Nothing; until the transaction ends nobody else publishes a text of this measure. Raises Forbidden.

    To be called before the present texts are read: two versions never follow one by accident.
    """
    _refuse_unless(permissions.may_adapt(viewer, site.settings.kind), viewer, f"may not adapt {measure.urn}")
    site.one_at_a_time(f"text of {measure.urn}")


def hold(site: Site, urn: str, content: Content, word: lineage.Word) -> Stance:
    """What this commune holds from now on, said in its journal."""
    activity = translation.said_by_commune(site, content)
    entry = journal.append(site, PROGRAMME, activity)
    stamp = Stamp(entry.epoch, entry.n)
    return lineage.put_stance(site, site.settings.host, urn, word, stamp, activity.published)


def revise_common(site: Site, viewer: Viewer, measure: Measure, draft: MeasureDraft) -> Revision:
    """A new version of the common text, at the programme's home only. Raises Forbidden, Conflict, InvalidInput."""
    allowed = permissions.may_revise_common(viewer, site.settings.is_programme_home)
    _refuse_unless(allowed, viewer, "may not revise the common text")
    if measure.host:
        raise InvalidInput("a measure of one commune", NO_COMMON_TEXT)
    site.one_at_a_time(f"text of {measure.urn}")
    base = common_revision(site, measure.urn)
    published = _publish(site, measure, draft, base, COMMON)
    if viewer.person_id is not None:
        version_notices.see(site, viewer.person_id, measure.urn)
    return published


def common_heads(site: Site, urn: str) -> list[Revision]:
    """The newest versions of the common text, or of its commune's: usually one; none is ever overwritten.

    The first one is shown: most recent in the journal first, ties by digest; the edition's when nothing followed it.
    """
    rows = site.session.scalars(
        select(Revision).where(Revision.measure == urn, first_texts(site.settings.programme.home))
    ).all()
    superseded = {parent for row in rows for parent in row.parents}
    heads = [row for row in rows if row.digest not in superseded]
    return sorted(heads, key=lambda row: (-row.epoch, -row.n, row.digest))


def common_revision(site: Site, urn: str) -> Revision:
    """The common text. Raises NotFound."""
    heads = common_heads(site, urn)
    if not heads:
        raise NotFound(f"no text of {urn}")
    return heads[0]


def our_stance(site: Site, urn: str) -> Stance | None:
    """What this commune holds for a measure, if it has taken or adapted it."""
    return site.session.scalar(select(Stance).where(Stance.host == site.settings.host, Stance.measure == urn))


def current_revision(site: Site, urn: str) -> Revision:
    """The text this commune holds: its own once adopted or adapted, else the common one. Raises NotFound."""
    stance = our_stance(site, urn)
    if stance is None or stance.kind not in (lineage.ADOPTED, lineage.ADAPTED):
        return common_revision(site, urn)
    found = site.session.get(Revision, stance.digest)
    return found or common_revision(site, urn)


def by_slug(site: Site, slug: str) -> Measure:
    """The measure with this address. Raises NotFound."""
    found = site.session.scalar(select(Measure).where(Measure.slug == slug))
    if found is None:
        raise NotFound(f"no measure {slug[:80]!r}")
    return found


def _load_measure(site: Site, theme: str, measure: MeasureFacts, date: str) -> tuple[int, str]:
    """1 when the measure's first text was new here, else 0; and its digest."""
    urn = measure_urn(measure.slug)
    facts = {
        "dominant": measure.cost_nature.dominant,
        "investissement": measure.cost_nature.investissement,
        "fonctionnement": measure.cost_nature.fonctionnement,
        "budget_effect": measure.budget_effect,
        "funding_hints": list(measure.funding_hints),
        "related": list(measure.related),
    }
    site.session.merge(Measure(urn=urn, slug=measure.slug, theme=theme, position=measure.position, facts=facts))
    revision = revisions.first_edition_revision(measure.slug, measure.title, measure.summary, date)
    digest = revisions.digest(revision)
    if site.session.get(Revision, digest) is not None:
        return 0, digest
    site.session.add(lineage.row_of(site, revision, digest, host="", role=lineage.EDITION, summary=""))
    return 1, digest


def _publish(site: Site, measure: Measure, draft: MeasureDraft, base: Revision, role: str) -> Revision:
    """A new revision on top of `base`, which must still be the one its author saw."""
    if draft.base != base.digest:
        raise Conflict(f"{draft.base} is no longer the text of {measure.urn}")
    revision = revisions.validated(
        revisions.Revision(
            measure=measure.urn,
            parents=(base.digest,),
            title=clean_line(draft.title, revisions.MAX_TITLE_CHARS),
            blocks=_blocks(site, draft, base),
            budget=base.budget if draft.budget is None else draft.budget,
            author=commune_id(Host(site.settings.host)),
            created=to_text(site.clock.now()),
        )
    )
    said = (base.title, lineage.to_value(base).blocks, base.budget)
    if (revision.title, revision.blocks, revision.budget) == said:
        raise InvalidInput("nothing changed", "Ce texte est le même que la version actuelle : rien n’a été enregistré.")
    return _record(site, measure, revision, role, draft.reason)


def _record(site: Site, measure: Measure, revision: revisions.Revision, role: str, reason: str) -> Revision:
    """The revision in our journal, and the row that it is stored as."""
    summary = clean_line(reason, MAX_SUMMARY_CHARS)
    activity = translation.said_by_commune(site, RevisionPublished(revision, role, summary), _group(site, measure))
    entry = journal.append(site, PROGRAMME, activity)
    lineage.put_revision(
        site,
        revision,
        host=site.settings.host,
        role=role,
        summary=summary,
        stamp=Stamp(entry.epoch, entry.n),
        at=activity.published,
    )
    digest = revisions.digest(revision)
    version_notices.tell(site, digest)
    return site.session.get_one(Revision, digest)


def _blocks(site: Site, draft: MeasureDraft, base: Revision) -> tuple[Block, ...]:
    """The draft's blocks that hold text: those of the base keep their id, new ones get one."""
    require_length(site, [text for _, text in draft.blocks])
    sources = [base, *common_heads(site, base.measure)]  # a passage taken from the common text keeps its id
    known = {str(block["id"]) for source in sources for block in source.blocks}
    blocks: list[Block] = []
    for block_id, text in draft.blocks:
        if not text.strip():
            continue
        if block_id not in known or any(block.id == block_id for block in blocks):
            block_id = f"b-{site.entropy.token(BLOCK_LETTERS)}"
        blocks.append(Block(block_id, "paragraph", clean_text(text, site.settings.limits.measure_chars)))
    if not blocks:
        raise InvalidInput("empty text", "Le texte est vide. Gardez au moins un passage.")
    return tuple(blocks)


def require_length(site: Site, texts: Sequence[str]) -> None:
    """Nothing, for the passages of a text that we may publish. Raises InvalidInput, MeasureTooLong."""
    if len(texts) > MAX_BLOCKS:
        raise InvalidInput(f"{len(texts)} blocks", TOO_MANY_PASSAGES)
    require_within(texts, revisions.MAX_BLOCK_CHARS, site.settings.limits.measure_chars)


def _made_of_two(site: Site, measure: Measure, taken: TakenIn) -> revisions.Revision:
    """The version with two parents that a text taken in makes."""
    text = taken.text
    require_length(site, [block.text for block in text.blocks])
    return revisions.validated(
        revisions.Revision(
            measure=measure.urn,
            parents=(taken.ours, taken.theirs),
            title=text.title,
            blocks=tuple(Block(block.id, "paragraph", block.text) for block in text.blocks),
            budget=cast("JsonObject | None", text.budget),
            author=commune_id(Host(site.settings.host)),
            created=to_text(site.clock.now()),
        )
    )


def _own_role(site: Site, measure: Measure) -> str:
    """The role in which this commune publishes its own text of a measure."""
    if not measure.host:
        return ADAPTATION
    return LOCAL if measure.host == site.settings.host else LOCAL_ADAPTATION


def _group(site: Site, measure: Measure) -> ObjectId:
    return ObjectId(site.url(f"/m/{measure.slug}"))


def _refuse_unless(allowed: bool, viewer: Viewer, cause: str) -> None:
    if not allowed:
        raise consents.refusal(viewer, f"{viewer} {cause}")
