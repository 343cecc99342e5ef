"""The rows of editions of the programme, from here and from the network."""

from sqlalchemy import select

from pop_forum.errors import InvalidInput
from pop_forum.federation import editions
from pop_forum.federation.activities import EditionPublished
from pop_forum.models import Edition, Revision
from pop_forum.services import lineage
from pop_forum.services.messages import Stamp
from pop_forum.services.site import Site


def put(site: Site, said: EditionPublished, *, host: str, stamp: Stamp) -> str | None:
    """None once the edition is here; else the address of a version that must come first.

    An edition never changes: of two by one name, the first in its journal stands. Raises InvalidInput for a version
    of another measure.
    """
    texts = said.edition.texts
    found = select(Revision.digest, Revision.measure).where(Revision.digest.in_([digest for _, digest in texts]))
    measures = dict(site.session.execute(found).all())
    for urn, digest in texts:
        if digest not in measures:
            return lineage.address_of_digest(digest)
        if measures[digest] != urn:
            raise InvalidInput(f"{digest} is not a text of {urn}")
    row = site.session.get(Edition, (host, said.edition.id))
    if row is None:
        row = Edition(host=host, id=said.edition.id)
        site.session.add(row)
    elif (row.epoch, row.n) <= (stamp.epoch, stamp.n):
        return None
    tell(row, said)
    row.epoch, row.n = stamp.epoch, stamp.n
    site.session.flush()
    return None


def tell(row: Edition, said: EditionPublished) -> None:
    """Nothing; the row says what the entry says."""
    for name, value in columns(said).items():
        setattr(row, name, value)


def columns(said: EditionPublished) -> dict[str, object]:
    """What an entry says of an edition, by column."""
    edition = said.edition
    texts = [{"measure": urn, "digest": digest} for urn, digest in edition.texts]
    return {"date": edition.date, "title": edition.title, "summary": said.summary, "texts": texts}


def value_of(row: Edition) -> editions.Edition:
    """The edition that a row holds, as the value whose digest is its address."""
    texts = tuple((str(text["measure"]), str(text["digest"])) for text in row.texts)
    return editions.Edition(row.id, row.date, row.title, texts)
