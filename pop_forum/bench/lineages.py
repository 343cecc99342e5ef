"""A measure with a long history: versions of the common text and of ours, and what thirty other communes made of it."""

from sqlalchemy import select

from pop_forum.bench.content import text
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.federation import revisions
from pop_forum.federation.activities import ADAPTATION
from pop_forum.federation.identifiers import Host, commune_id
from pop_forum.federation.revisions import Block
from pop_forum.federation.timestamps import to_text
from pop_forum.models import Measure, Peer
from pop_forum.services import lineage, measures, peers
from pop_forum.services.measures import MeasureDraft
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site

VERSIONS = 50
ADAPTATIONS = 30
BLOCKS = 12


def write_history(commune: Commune, slug: str, person_id: int) -> None:
    """Nothing; the measure has VERSIONS versions, half of them ours, and ADAPTATIONS in other communes."""
    admin = Viewer(person_id, Role.ADMIN, agreed=True)
    for number in range(VERSIONS):
        with commune.transaction() as site:
            _publish(site, admin, measures.by_slug(site, slug), number)
    with commune.transaction() as site:
        measure = measures.by_slug(site, slug)
        for number in range(ADAPTATIONS):
            _adapt_elsewhere(site, measure, number)


def adopt_the_rest(commune: Commune, person_id: int) -> int:
    """How many measures the commune now holds: all."""
    admin = Viewer(person_id, Role.ADMIN, agreed=True)
    with commune.transaction() as site:
        every = site.session.scalars(select(Measure)).all()
        for measure in every:
            if measures.our_stance(site, measure.urn) is None:
                measures.adopt(site, admin, measure)
    return len(every)


def _publish(site: Site, admin: Viewer, measure: Measure, number: int) -> None:
    common = number % 2 == 0
    found = measures.common_revision if common else measures.current_revision
    base = found(site, measure.urn)
    kept = [(str(block["id"]), str(block["text"])) for block in base.blocks[: BLOCKS - 1]]
    draft = MeasureDraft(base.title, (*kept, (None, text(number))), f"Version {number}", base.digest)
    (measures.revise_common if common else measures.adapt)(site, admin, measure, draft)


def _adapt_elsewhere(site: Site, measure: Measure, number: int) -> None:
    """One more neighbour, which has its own text of the measure."""
    host = Host(f"voisine-{number}.example")
    now, base = site.clock.now(), measures.common_revision(site, measure.urn)
    peer = Peer(host=host, base_url=f"https://{host}", state=peers.ACTIVE, invited_by=peers.US, created_at=now)
    peer.name, peer.kind, peer.active_at = f"Voisine {number}", "citoyenne", now
    site.session.add(peer)
    blocks = (*lineage.to_value(base).blocks[:-1], Block(f"voisine-{number}", "paragraph", text(number)))
    revision = revisions.Revision(
        measure.urn, (base.digest,), base.title, blocks, None, commune_id(host), to_text(site.clock.now())
    )
    lineage.put_revision(
        site, revision, host=host, role=ADAPTATION, summary="Pour nos hameaux.", stamp=Stamp(1, number + 2), at=now
    )
