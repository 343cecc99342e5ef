"""The list and the map of the network's communes, with three of them or with thousands."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import select

from pop_forum.domain.map import Map, Place, drawn
from pop_forum.errors import NotFound
from pop_forum.models import Peer
from pop_forum.services.identity import MILLIONTHS
from pop_forum.services.network_pages import shown_peer
from pop_forum.services.site import Site

PER_PAGE = 60
QUERY_CHARS = 80
NO_PAGE = "Cette page de la liste n’existe pas."


@dataclass(frozen=True, slots=True)
class CommuneRow:
    """One commune of the list; ours has no host of another."""

    name: str
    kind: str | None
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Communes:
    """One page of those that were asked for, by name; the map is of all that are shown here and say where they lie."""

    rows: tuple[CommuneRow, ...]
    total: int
    found: int
    page: int
    pages: int
    asked: str
    map: Map | None
    placed: int


def listed(site: Site, asked: str, page: int) -> Communes:
    """The communes whose name holds these words, accents and case apart. Raises NotFound beyond the last page."""
    wanted = asked.strip()[:QUERY_CHARS]
    columns = (Peer.host, Peer.name, Peer.kind, Peer.base_url, Peer.latitude, Peer.longitude)
    peers = site.session.execute(select(*columns).where(shown_peer())).all()
    settings = site.settings
    every = [CommuneRow(settings.name, str(settings.kind), settings.base_url, here=True)]
    every += [CommuneRow(row.name or row.host, row.kind, row.base_url, here=False) for row in peers]
    every.sort(key=lambda row: plain(row.name))
    words = plain(wanted).split()
    found = [row for row in every if all(word in plain(row.name) for word in words)]
    pages = max(1, -(-len(found) // PER_PAGE))
    if not 1 <= page <= pages:
        raise NotFound(f"no page {page} of {pages}", NO_PAGE)
    places = [
        Place(row.name or row.host, row.latitude / MILLIONTHS, row.longitude / MILLIONTHS)
        for row in peers
        if row.latitude is not None and row.longitude is not None
    ]
    if settings.coordinates is not None:
        own = settings.coordinates
        places.append(Place(settings.name, own.latitude, own.longitude, here=True))
    some = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    return Communes(tuple(some), len(every), len(found), page, pages, wanted, drawn(places), len(places))


def plain(name: str) -> str:
    """The name without accents, hyphens and case, for comparing: « Sainte-Aure » is found by « saint aur »."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(one for one in letters if not unicodedata.combining(one))
    return " ".join(kept.replace("-", " ").replace("’", " ").replace("'", " ").split())
