"""Improving the common text: a commune proposes passages of its own, the programme's home answers in public."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from pop_forum.domain import permissions
from pop_forum.domain.lineage.ancestry import common_bases
from pop_forum.domain.lineage.passages import BudgetPassage, Choice, Passage
from pop_forum.domain.lineage.taking import Taking, key_of, result, taking
from pop_forum.domain.lineage.texts import Block as TextBlock
from pop_forum.domain.lineage.texts import Text
from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import clean_line
from pop_forum.errors import Conflict, InvalidInput, NotFound
from pop_forum.federation import activities as a
from pop_forum.federation import revisions
from pop_forum.federation.identifiers import Host, ObjectId, commune_id
from pop_forum.federation.timestamps import to_text
from pop_forum.models import Improvement, ImprovementAnswer, ImprovementAuthor, Measure, Revision
from pop_forum.services import consents, drafting, improvement_rows, journal, lineage, measures, translation
from pop_forum.services import programme_pages as pages
from pop_forum.services.measures import PROGRAMME, TakenIn
from pop_forum.services.messages import Stamp
from pop_forum.services.programme_pages import MeasurePage
from pop_forum.services.site import Site
from pop_forum.services.versions import blocks_of

NOTHING = "Cochez au moins un passage."


@dataclass(frozen=True, slots=True)
class Between:
    """What another text would change in the common one; budgets stay out of it, each is for its own commune."""

    common: Revision
    other: Revision
    taking: Taking

    @property
    def asked(self) -> tuple[Passage, ...]:
        """The passages that both texts changed since they parted."""
        return tuple(one for one in self.taking.asked if not isinstance(one, BudgetPassage))

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of all that can be ticked."""
        return (*(one.key for one in self.asked), *(key_of(change) for change in self.taking.taken))

    def picked(self, ticked: Collection[str]) -> Text:
        """The common text with what is ticked. Raises InvalidInput when nothing is, or nothing is of that name."""
        if not ticked or set(ticked) - set(self.keys):
            raise InvalidInput(f"ticked: {sorted(ticked)}", NOTHING)
        choices: dict[str, Choice] = {one.key: "theirs" if one.key in ticked else "ours" for one in self.taking.asked}
        refused = {key_of(change) for change in self.taking.taken} - set(ticked)
        return result(self.taking, choices, refused)


@dataclass(frozen=True, slots=True)
class Proposal:
    """An improvement as its form gives it; `common` and `ours` are the versions that it was ticked between."""

    common: str
    ours: str
    ticked: frozenset[str]
    need: str
    reason: str
    replaces: str | None = None  # the digest of one of ours that waits, of which this is a change


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as its form gives it; when it integrates, what is ticked, into this version of the common text."""

    outcome: str  # whole (or part, by what is ticked) | rework | refused
    common: str
    ticked: frozenset[str]
    sentence: str


def ours_against_common(page: MeasurePage) -> Between | None:
    """What our adaptation would change in the common text, None when it is none, or would change nothing."""
    if page.standing.kind != lineage.ADAPTED or page.origin is not None:
        return None
    found = between(page.versions.parents(), page.versions.get, page.heads[0], page.standing.current)
    return found if found.keys else None


def proposed_against_common(page: MeasurePage, proposed: Revision) -> Between:
    """What an improvement would change in the present common text."""
    parents = {**page.versions.parents(), proposed.digest: tuple(proposed.parents)}
    return between(parents, page.versions.get, page.heads[0], proposed)


def between(
    parents: Mapping[str, tuple[str, ...]], find: Callable[[str], Revision | None], common: Revision, other: Revision
) -> Between:
    """The same of any two versions whose ancestors are known."""
    bases = [one for one in map(find, common_bases(parents, common.digest, other.digest)) if one is not None]
    return Between(common, other, taking([text_of(one) for one in bases], text_of(common), text_of(other)))


def propose(site: Site, viewer: Viewer, measure: Measure, proposal: Proposal) -> Improvement:
    """The improvement, published for every commune to read. Raises Forbidden, Conflict, InvalidInput."""
    measures.begin_ours(site, viewer, measure)
    found = ours_against_common(pages.measure_page(site, measure.slug))
    if found is None or (found.common.digest, found.other.digest) != (proposal.common, proposal.ours):
        raise Conflict(f"{proposal.common} or {proposal.ours} is no longer the text of {measure.urn}")
    if proposal.need not in a.NEEDS:
        raise InvalidInput(f"need {proposal.need[:40]!r}", "Dites si c’est indispensable ou souhaitable.")
    text = found.picked(proposal.ticked)
    measures.require_length(site, [block.text for block in text.blocks])
    revision = revisions.validated(
        revisions.Revision(
            measure=measure.urn,
            parents=(proposal.common,),  # not ours: what is not proposed of it must not be undone there one day
            title=text.title,
            blocks=tuple(revisions.Block(block.id, "paragraph", block.text) for block in text.blocks),
            budget=found.common.budget,
            author=commune_id(Host(site.settings.host)),
            created=to_text(site.clock.now()),
        )
    )
    reason = clean_line(proposal.reason, a.MAX_SUMMARY_CHARS)
    content = a.ImprovementProposed(revision, proposal.need, reason, _replaced(site, measure, proposal.replaces))
    stamp, at = _say(site, content, measure)
    improvement_rows.put_proposal(site, content, host=site.settings.host, stamp=stamp, at=at)
    digest = revisions.digest(revision)
    if viewer.person_id is not None:
        site.session.add(ImprovementAuthor(digest=digest, account_id=viewer.person_id))
        site.session.flush()
    return site.session.get_one(Improvement, digest)


def answer(site: Site, viewer: Viewer, measure: Measure, digest: str, said: Answer) -> ImprovementAnswer:
    """What became of an improvement, said in public. Raises Forbidden, NotFound, Conflict, InvalidInput."""
    require_keeper(site, viewer)
    site.one_at_a_time(f"text of {measure.urn}")
    improvement = find(site, measure, digest)
    drafting.require_open(site, digest)
    if said.outcome in a.OUTCOMES:
        drafting.require_carried(site, digest, said.outcome)
    sentence = clean_line(said.sentence, a.MAX_SUMMARY_CHARS)
    outcome, result_digest = said.outcome, None
    if outcome == a.WHOLE:
        outcome, result_digest = _integrate(site, viewer, measure, improvement, said)
    elif outcome not in a.OUTCOMES or outcome == a.PART:
        raise InvalidInput(f"outcome {outcome[:40]!r}", "Choisissez une réponse.")
    content = a.ImprovementDecided(Host(improvement.host), digest, outcome, sentence, result_digest)
    return publish_answer(site, content, measure)


def publish_answer(site: Site, content: a.ImprovementDecided, measure: Measure) -> ImprovementAnswer:
    """An answer, said in our journal."""
    stamp, at = _say(site, content, measure)
    return improvement_rows.put_answer(site, content, host=site.settings.host, stamp=stamp, at=at)


def require_keeper(site: Site, viewer: Viewer) -> None:
    """Nothing. Raises Forbidden for who does not keep the common text."""
    if not permissions.may_revise_common(viewer, site.settings.is_programme_home):
        raise consents.refusal(viewer, f"{viewer} may not answer improvements")


def find(site: Site, measure: Measure, digest: str) -> Improvement:
    """The improvement of this measure with this digest. Raises NotFound."""
    row = site.session.get(Improvement, digest)
    if row is None or row.measure != measure.urn:
        raise NotFound(f"no improvement {digest[:60]!r}", drafting.NO_IMPROVEMENT)
    return row


def see(site: Site, account: int, digest: str) -> None:
    """The answer that this author reads now, marked as seen."""
    mine = (ImprovementAuthor.account_id == account, ImprovementAuthor.digest == digest)
    unseen = update(ImprovementAuthor).where(*mine, ImprovementAuthor.told_at.is_not(None))
    site.session.execute(unseen.where(ImprovementAuthor.seen_at.is_(None)).values(seen_at=site.clock.now()))


def see_all(site: Site, account: int, until: datetime) -> None:
    """Every answer that this author was told of up to this moment marked as seen."""
    mine = (ImprovementAuthor.account_id == account, ImprovementAuthor.told_at <= until)
    unseen = update(ImprovementAuthor).where(*mine, ImprovementAuthor.seen_at.is_(None))
    site.session.execute(unseen.values(seen_at=site.clock.now()))


def unseen(site: Site, account: int) -> int:
    """How many answers this author has not seen."""
    waits = (ImprovementAuthor.told_at.is_not(None), ImprovementAuthor.seen_at.is_(None))
    mine = select(func.count()).select_from(ImprovementAuthor).where(ImprovementAuthor.account_id == account, *waits)
    return site.session.scalar(mine) or 0


def text_of(revision: Revision) -> Text:
    """A version as lineage sees it."""
    blocks = tuple(TextBlock(block.id, block.text) for block in blocks_of(revision))
    return Text(revision.title, blocks, revision.budget)


def _replaced(site: Site, measure: Measure, digest: str | None) -> str | None:
    """The same digest, of an improvement of ours that still waits. Raises NotFound, Conflict."""
    if digest is None:
        return None
    if find(site, measure, digest).host != site.settings.host:
        raise NotFound(f"{digest} is not ours", drafting.NO_IMPROVEMENT)
    drafting.require_open(site, digest)
    return digest


def _integrate(site: Site, viewer: Viewer, measure: Measure, improvement: Improvement, said: Answer) -> tuple[str, str]:
    """Whether all or a part was integrated, and the common version that came of it."""
    proposed = site.session.get_one(Revision, improvement.digest)
    found = proposed_against_common(pages.measure_page(site, measure.slug), proposed)
    if found.common.digest != said.common:
        raise Conflict(f"{said.common} is no longer the text of {measure.urn}")
    text = found.picked(said.ticked)
    taken = TakenIn(text, said.sentence, found.common.digest, proposed.digest)
    published = measures.integrate(site, viewer, measure, taken)
    return (a.WHOLE if set(said.ticked) == set(found.keys) else a.PART), published.digest


def _say(site: Site, content: a.Content, measure: Measure) -> tuple[Stamp, datetime]:
    """Where this stands in our journal, and when it was said."""
    activity = translation.said_by_commune(site, content, ObjectId(site.url(f"/m/{measure.slug}")))
    entry = journal.append(site, PROGRAMME, activity)
    return Stamp(entry.epoch, entry.n), activity.published
