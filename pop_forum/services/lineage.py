"""The rows of measure revisions and of what each commune holds, from here and from the network."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from pop_forum.errors import InvalidInput
from pop_forum.federation import revisions
from pop_forum.federation.activities import ADAPTATION, LOCAL, LOCAL_ADAPTATION, MeasureSetAside
from pop_forum.federation.identifiers import commune_id
from pop_forum.models import Measure, Revision, Stance, Theme
from pop_forum.services.messages import NO_STAMP, Stamp
from pop_forum.services.site import Site

EDITION = "edition"  # the role of a revision that came with the programme itself
ADOPTED = "adopted"
ADAPTED = "adapted"
ASIDE = "aside"
UNDECIDED = "undecided"
OWN_TEXT = frozenset({ADAPTATION, LOCAL, LOCAL_ADAPTATION})  # the roles of what a commune holds by publishing it
AFTER_THE_PROGRAMME = 10_000  # the place of the communes' own measures in their theme
MAX_DEPTH = 10_000  # revisions of one measure behind each other; a cycle would need a broken SHA-256 (row 37)


class Word(NamedTuple):
    """What a commune says that it holds: the kind of stance, the version (empty when none), and a reason."""

    kind: str
    digest: str
    reason: str | None = None


def put_revision(
    site: Site,
    revision: revisions.Revision,
    *,
    host: str,
    role: str,
    summary: str,
    stamp: Stamp,
    at: datetime,
) -> str | None:
    """None once the revision is here; else the address of a parent that must come first (row 33).

    An adaptation also becomes what its commune holds for the measure. Raises InvalidInput for an author who is not
    the publishing commune, or a parent of another measure.
    """
    if revision.author != commune_id(host):
        raise InvalidInput(f"a revision by {revision.author} in the journal of {host}")
    _check_whose(revision, host, role)
    digest = revisions.digest(revision)
    for parent in revision.parents:
        found = site.session.get(Revision, parent)
        if found is None:
            return address_of_digest(parent)
        if found.measure != revision.measure:
            raise InvalidInput(f"parent {parent} is of another measure")
    if site.session.get(Revision, digest) is None:
        site.session.add(row_of(site, revision, digest, host=host, role=role, summary=summary, stamp=stamp))
        if role == LOCAL:
            register(site, revision.measure)
        site.session.flush()
    if role in OWN_TEXT:
        put_stance(site, host, revision.measure, Word(ADAPTED, digest), stamp, at)
    return None


def _check_whose(revision: revisions.Revision, host: str, role: str) -> None:
    """Refuse a text of another commune's measure, but for the adaptation that comes from a version of it."""
    own = revision.measure.startswith(revisions.local_measure_urn(host, ""))
    if role == LOCAL_ADAPTATION:
        if own or revisions.is_of_programme(revision.measure) or not revision.parents:
            raise InvalidInput(f"{revision.measure} is adapted from no version of another commune")
    elif not own and not revisions.is_of_programme(revision.measure):
        raise InvalidInput(f"{revision.measure} is a measure of another commune")


def register(site: Site, urn: str) -> None:
    """The measure of a commune has its place here, once the theme that its name tells is known."""
    name = revisions.local_name(urn)
    if name is None or len(name.id) > revisions.MAX_LOCAL_ID or site.session.get(Theme, name.theme) is None:
        return
    if site.session.get(Measure, urn) is None:
        slug = revisions.slug_at(urn, site.settings.host)
        place = {"theme": name.theme, "position": AFTER_THE_PROGRAMME, "facts": {}}
        site.session.add(Measure(urn=urn, slug=slug, host=name.host, **place))


def row_of(
    site: Site,
    revision: revisions.Revision,
    digest: str,
    *,
    host: str,
    role: str,
    summary: str,
    stamp: Stamp = NO_STAMP,
) -> Revision:
    """A revision as it is stored."""
    return Revision(
        digest=digest,
        measure=revision.measure,
        host=host,
        role=role,
        title=revision.title,
        blocks=block_rows(revision),
        budget=revision.budget,
        parents=list(revision.parents),
        author=revision.author,
        created=revision.created,
        summary=summary,
        epoch=stamp.epoch,
        n=stamp.n,
        received_at=site.clock.now(),
    )


def put_adoption(site: Site, measure: str, digest: str, *, host: str, stamp: Stamp, at: datetime) -> str | None:
    """None once the commune is known to hold this revision; else the address of the revision it waits for."""
    found = site.session.get(Revision, digest)
    if found is None:
        return address_of_digest(digest)
    if found.measure != measure:
        raise InvalidInput(f"{digest} is not a text of {measure}")
    own = found.host == host and found.role in OWN_TEXT  # its own text, held again
    put_stance(site, host, measure, Word(ADAPTED if own else ADOPTED, digest), stamp, at)
    return None


def put_aside(site: Site, said: MeasureSetAside, *, host: str, stamp: Stamp, at: datetime) -> Stance:
    """What a commune holds once it has set a measure aside; the version that it held may come later."""
    return put_stance(site, host, said.measure, Word(ASIDE, said.held or "", said.summary), stamp, at)


def put_stance(site: Site, host: str, measure: str, word: Word, stamp: Stamp, at: datetime) -> Stance:
    """What a commune holds for a measure: its newest word, by its own journal's order."""
    row = site.session.scalar(select(Stance).where(Stance.host == host, Stance.measure == measure))
    if row is None:
        row = Stance(host=host, measure=measure, **word._asdict(), epoch=stamp.epoch, n=stamp.n, at=at)
        site.session.add(row)
        site.session.flush()
    elif stamp == Stamp(0, 0) or (stamp.epoch, stamp.n) > (row.epoch, row.n):
        row.kind, row.digest, row.reason = word
        row.at, row.epoch, row.n = at, stamp.epoch, stamp.n
    return row


def block_rows(revision: revisions.Revision) -> list[dict[str, Any]]:
    """The blocks as they are stored and hashed."""
    return [{"id": block.id, "type": block.type, "text": block.text} for block in revision.blocks]


def to_value(row: Revision) -> revisions.Revision:
    """The revision a row holds, as the value whose digest is its address."""
    return revisions.Revision(
        measure=row.measure,
        parents=tuple(row.parents),
        title=row.title,
        blocks=tuple(revisions.Block(block["id"], block["type"], block["text"]) for block in row.blocks),
        budget=row.budget,
        author=row.author,
        created=row.created,
    )


def address_of(revision: revisions.Revision) -> str:
    """What entries that wait for this revision name."""
    return address_of_digest(revisions.digest(revision))


def address_of_digest(digest: str) -> str:
    """The same, by the digest of the revision."""
    return f"revision:{digest}"
