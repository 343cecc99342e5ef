"""The rows of improvements and of their answers, from here and from the network."""

from datetime import datetime

from sqlalchemy import select, update

from pop_forum.federation import activities as a
from pop_forum.federation import revisions
from pop_forum.models import (
    DraftingGroup,
    Improvement,
    ImprovementAnswer,
    ImprovementAuthor,
    ImprovementBacker,
    ImprovementOpinion,
)
from pop_forum.services import lineage
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site


def put_proposal(site: Site, said: a.ImprovementProposed, *, host: str, stamp: Stamp, at: datetime) -> str | None:
    """None once the improvement is here; else the address of the version that must come first."""
    revision, digest = said.revision, revisions.digest(said.revision)
    missing = lineage.put_revision(
        site, revision, host=host, role=a.IMPROVEMENT, summary=said.reason, stamp=stamp, at=at
    )
    if missing is None and site.session.get(Improvement, digest) is None:
        row = Improvement(
            digest=digest,
            host=host,
            measure=revision.measure,
            need=said.need,
            reason=said.reason,
            at=at,
            replaces=said.replaces,
        )
        site.session.add(row)
        site.session.flush()
        _tell_backers(site, said.replaces, host)
    return missing


def put_answer(site: Site, said: a.ImprovementDecided, *, host: str, stamp: Stamp, at: datetime) -> ImprovementAnswer:
    """A commune's last word on an improvement, which may come later; its author is told when it is the home's."""
    mine = (ImprovementAnswer.host == host, ImprovementAnswer.digest == said.digest)
    row = site.session.scalar(select(ImprovementAnswer).where(*mine))
    if row is None:
        row = ImprovementAnswer(host=host, digest=said.digest, epoch=-1, n=-1)
        site.session.add(row)
    if (stamp.epoch, stamp.n) > (row.epoch, row.n):
        before = (row.outcome, row.sentence, row.result)
        row.outcome, row.sentence, row.result = said.outcome, said.sentence, said.result
        row.at, row.epoch, row.n = at, stamp.epoch, stamp.n
        if host == site.settings.programme.home and before != (row.outcome, row.sentence, row.result):
            told = update(ImprovementAuthor).where(ImprovementAuthor.digest == said.digest)
            site.session.execute(told.values(told_at=site.clock.now(), seen_at=None))
    site.session.flush()
    return row


def put_opinion(site: Site, said: a.OpinionGiven, *, host: str, stamp: Stamp, at: datetime) -> ImprovementOpinion:
    """An editor's last word on an improvement, which may come later."""
    mine = (ImprovementOpinion.editor == said.editor, ImprovementOpinion.digest == said.digest)
    row = site.session.scalar(select(ImprovementOpinion).where(*mine))
    if row is None:
        row = ImprovementOpinion(host=host, editor=said.editor, digest=said.digest, epoch=-1, n=-1)
        site.session.add(row)
    if (stamp.epoch, stamp.n) > (row.epoch, row.n):
        row.outcome, row.sentence = said.outcome, said.sentence
        row.at, row.epoch, row.n = at, stamp.epoch, stamp.n
    site.session.flush()
    return row


def put_group(site: Site, said: a.GroupSettled, *, host: str, stamp: Stamp, at: datetime) -> DraftingGroup:
    """A site's last word on who answers improvements."""
    row = site.session.get(DraftingGroup, host)
    if row is None:
        row = DraftingGroup(host=host, epoch=-1, n=-1)
        site.session.add(row)
    if (stamp.epoch, stamp.n) > (row.epoch, row.n):
        row.editors, row.quorum, row.days = list(said.editors), said.quorum, said.days
        row.at, row.epoch, row.n = at, stamp.epoch, stamp.n
    site.session.flush()
    return row


def _tell_backers(site: Site, replaced: str | None, host: str) -> None:
    """Nothing; who of this site supported what was changed is told, once: their support is void."""
    before = None if replaced is None else site.session.get(Improvement, replaced)
    if before is None or before.host != host:
        return
    told = update(ImprovementBacker).where(ImprovementBacker.digest == replaced, ImprovementBacker.told_at.is_(None))
    site.session.execute(told.values(told_at=site.clock.now()))
