"""Supporting an improvement: without a name in the network, void once the improvement is changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update

from pop_forum.domain import permissions
from pop_forum.errors import NotFound
from pop_forum.federation.activities import SupportGiven, SupportWithdrawn
from pop_forum.federation.build import revision_id
from pop_forum.federation.identifiers import Host, ObjectId
from pop_forum.models import Improvement, ImprovementBacker, Person, Support
from pop_forum.services import consents, drafting, journal, messages, threads, translation
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp
from pop_forum.services.network_pages import shown_hosts
from pop_forum.services.site import Site

FORUM = "forum"
SHOWN = 20  # among the notices of who supported


def object_of(improvement: Improvement) -> ObjectId:
    """What a support names: the improvement's text, at the commune that proposes it."""
    return revision_id(Host(improvement.host), improvement.digest)


def counts(site: Site, improvements: Sequence[Improvement]) -> dict[str, int]:
    """How many people of the communes shown here support each, by its digest."""
    objects = {object_of(one): one.digest for one in improvements}
    given = select(Support.object_uri, func.count()).where(
        Support.object_uri.in_(list(objects)), Support.active, Support.host.in_(shown_hosts(site))
    )
    return {objects[ObjectId(uri)]: count for uri, count in site.session.execute(given.group_by(Support.object_uri))}


def of(person_id: int) -> Select[str]:
    """The digests of those that this person of ours supports."""
    return select(ImprovementBacker.digest).where(ImprovementBacker.account_id == person_id)


def supports(site: Site, person_id: int, digest: str) -> bool:
    """Whether this person of ours supports it."""
    return site.session.get(ImprovementBacker, (digest, person_id)) is not None


def change(site: Site, person: Person, digest: str, *, active: bool) -> None:
    """This person's support given, or taken back; again, it changes nothing. Raises Forbidden, NotFound, Conflict."""
    viewer = threads.viewer_of(site, person)
    if not (permissions.may_support(viewer) if active else permissions.may_withdraw_support(viewer)):
        raise consents.refusal(viewer, f"{person.uri} may not support {digest}")
    improvement = site.session.get(Improvement, digest)
    if improvement is None:
        raise NotFound(f"no improvement {digest[:60]!r}", drafting.NO_IMPROVEMENT)
    if active:
        drafting.require_open(site, digest)
    if supports(site, person.id, digest) is active:
        return
    _tell(site, person, object_of(improvement), active=active)
    if active:
        site.session.add(ImprovementBacker(digest=digest, account_id=person.id))
    else:
        mine = (ImprovementBacker.digest == digest, ImprovementBacker.account_id == person.id)
        site.session.execute(delete(ImprovementBacker).where(*mine))
    site.session.flush()


def _tell(site: Site, person: Person, uri: ObjectId, *, active: bool) -> None:
    """The support in our journal, without a name."""
    token, known = threads.token_for(site, person.uri, uri), Known(site)
    content = SupportGiven(uri, token) if active else SupportWithdrawn(uri, token)
    entry = journal.append(site, FORUM, translation.said_by_commune(site, content))
    stamp, host = Stamp(entry.epoch, entry.n), site.settings.host
    messages.put_support(known, host=host, uri=uri, token=token, active=active, at=site.clock.now(), stamp=stamp)


def void(site: Site, account: int) -> list[tuple[ImprovementBacker, Improvement]]:
    """The improvements that this person supported and that were changed, the newest first."""
    query = select(ImprovementBacker, Improvement).join(Improvement, Improvement.digest == ImprovementBacker.digest)
    told = query.where(ImprovementBacker.account_id == account, ImprovementBacker.told_at.is_not(None))
    rows = site.session.execute(told.order_by(ImprovementBacker.told_at.desc(), Improvement.digest).limit(SHOWN))
    return [(row.ImprovementBacker, row.Improvement) for row in rows]


def unseen(site: Site, account: int) -> int:
    """How many of those this person has not seen."""
    waits = (ImprovementBacker.told_at.is_not(None), ImprovementBacker.seen_at.is_(None))
    mine = select(func.count()).select_from(ImprovementBacker).where(ImprovementBacker.account_id == account, *waits)
    return site.session.scalar(mine) or 0


def see(site: Site, account: int, *digests: str, until: datetime | None = None) -> None:
    """Those marked as seen: of these improvements, or all that this person was told of up to a moment."""
    mine = update(ImprovementBacker).where(
        ImprovementBacker.account_id == account, ImprovementBacker.told_at.is_not(None)
    )
    which = ImprovementBacker.digest.in_(digests) if until is None else ImprovementBacker.told_at <= until
    site.session.execute(mine.where(which, ImprovementBacker.seen_at.is_(None)).values(seen_at=site.clock.now()))
