"""What a commune decides about a measure without writing: it sets it aside, or keeps its text beside a new one."""

from sqlalchemy import delete

from pop_forum.domain.permissions import Viewer
from pop_forum.domain.text import clean_line
from pop_forum.errors import Conflict, InvalidInput
from pop_forum.federation.activities import MAX_SUMMARY_CHARS, MeasureAdopted, MeasureReopened, MeasureSetAside
from pop_forum.models import KeptText, Measure, Revision, Stance
from pop_forum.services import lineage
from pop_forum.services.measures import begin_ours, common_heads, hold, our_stance
from pop_forum.services.site import Site


def set_aside(site: Site, viewer: Viewer, measure: Measure, reason: str) -> Stance:
    """The measure this commune does not take, and why. Raises Forbidden, InvalidInput."""
    begin_ours(site, viewer, measure)
    present, said = our_stance(site, measure.urn), clean_line(reason, MAX_SUMMARY_CHARS)
    if present is not None and present.kind == lineage.ASIDE:
        raise InvalidInput("already set aside", "Cette mesure est déjà écartée.")
    held = present.digest if present is not None else ""
    word = lineage.Word(lineage.ASIDE, held, said)
    return hold(site, measure.urn, MeasureSetAside(measure.urn, held or None, said), word)


def take_up_again(site: Site, viewer: Viewer, measure: Measure) -> Stance:
    """What this commune held before it set the measure aside. Raises Forbidden, InvalidInput."""
    begin_ours(site, viewer, measure)
    present = our_stance(site, measure.urn)
    if present is None or present.kind != lineage.ASIDE:
        raise InvalidInput("not set aside", "Cette mesure n’est pas écartée.")
    if not present.digest:
        return hold(site, measure.urn, MeasureReopened(measure.urn), lineage.Word(lineage.UNDECIDED, ""))
    own = site.session.get_one(Revision, present.digest).host == site.settings.host
    kind = lineage.ADAPTED if own else lineage.ADOPTED
    return hold(site, measure.urn, MeasureAdopted(measure.urn, present.digest), lineage.Word(kind, present.digest))


def keep(site: Site, viewer: Viewer, measure: Measure, head: str) -> None:
    """Nothing; this commune keeps its text beside this common version. Raises Forbidden, Conflict."""
    begin_ours(site, viewer, measure)
    if head not in {one.digest for one in common_heads(site, measure.urn)}:
        raise Conflict(f"{head} is no longer the common text of {measure.urn}")
    if site.session.get(KeptText, (measure.urn, head)) is None:
        site.session.add(KeptText(measure=measure.urn, head=head, at=site.clock.now()))
        site.session.flush()


def keep_no_longer(site: Site, viewer: Viewer, measure: Measure, head: str) -> None:
    """Nothing; this common version is to be looked at again. Raises Forbidden."""
    begin_ours(site, viewer, measure)
    site.session.execute(delete(KeptText).where(KeptText.measure == measure.urn, KeptText.head == head))
