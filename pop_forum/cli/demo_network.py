"""Communes of one machine brought together: invitations carried by hand, journals handed over, agreement checked.

Used before any process runs, so that the demonstration's past can be told with its own dates. What is handed over
are the very documents and pages that the worker would send.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations

from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import SettingsError
from pop_forum.federation import handshake
from pop_forum.federation.identifiers import Fingerprint
from pop_forum.federation.journal import JOURNALS
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Account, Delivery, Journal, Peer
from pop_forum.services import catchup, deliveries, digest, erasing, identity, invitations, journal, peers
from pop_forum.services.site import Site

Wait = Callable[[Callable[[], bool], str], None]


@dataclass(frozen=True, slots=True)
class Moment:
    """A clock that stands still."""

    at: datetime

    def now(self) -> datetime:
        """That moment."""
        return self.at


def at(site: Site, moment: datetime) -> Site:
    """The site as it would act at that moment."""
    return replace(site, clock=Moment(moment))


def introduce_all(communes: Iterable[Commune], moment: datetime) -> None:
    """Nothing; every two communes have invited and accepted each other."""
    for inviter, invited in combinations(communes, 2):
        _introduce(inviter, invited, moment)


def admin_of(site: Site) -> Viewer:
    """The viewer who runs this commune's site."""
    person_id = site.session.scalar(select(Account.person_id).where(Account.role == Role.ADMIN).limit(1))
    return Viewer(person_id, Role.ADMIN)


class Carrier:
    """Hands journals from commune to commune, page by page, as pushes would."""

    def __init__(self, communes: Mapping[str, Commune]) -> None:
        self._communes = communes
        self._carried: dict[tuple[str, str, str], int] = {}

    def carry(self, slug: str, moment: datetime) -> None:
        """Nothing; what this commune has to tell since last time is held by the others, received at that moment."""
        origin = self._communes[slug]
        for name in JOURNALS:
            for reader in self._communes.values():
                if reader is not origin:
                    self._hand_over(origin, reader, name, moment)

    def carry_all(self, moment: datetime) -> None:
        """Nothing; the same for every commune."""
        for slug in self._communes:
            self.carry(slug, moment)

    def confirm(self) -> None:
        """Nothing; every commune knows that its peers hold all of its journals."""
        for commune in self._communes.values():
            with commune.transaction() as site:
                for peer in peers.all_peers(site):
                    for link in peers.links_of(site, peer):
                        own = journal.find(site, site.settings.host, link.journal)
                        deliveries.confirm(site, link, journal.position_of(own) if own else None)
                        deliveries.release(site, link.id)

    def _hand_over(self, origin: Commune, reader: Commune, name: str, moment: datetime) -> None:
        key = (origin.settings.host, reader.settings.host, name)
        more = True
        while more:
            with origin.reading() as site:
                held = journal.find(site, origin.settings.host, name)
                if held is None or held.n <= self._carried.get(key, 0):
                    return
                page = journal.page(site, name, self._carried.get(key, 0))
                root = identity.own_fingerprint(site)
            more = self._take(reader, key, root, page, moment)

    def _take(
        self, reader: Commune, key: tuple[str, str, str], root: Fingerprint, page: bytes, moment: datetime
    ) -> bool:
        origin, _, name = key
        with reader.transaction() as site:
            taken = catchup.receive_page(at(site, moment), origin, root, name, page, sender=origin)
        if not taken.accepted or taken.position is None:
            raise SettingsError(f"{reader.settings.host} refuses a page of {origin}/{name}: {taken}")
        self._carried[key] = taken.position.n
        return taken.more


def states(communes: Iterable[Commune]) -> dict[str, str]:
    """The digest of the shared state, per commune."""
    found = {}
    for commune in communes:
        with commune.reading() as site:
            found[commune.settings.slug] = digest.shared_state(site)["all"]
    return found


def positions(commune: Commune) -> dict[tuple[str, str], tuple[int, int]]:
    """How far this commune holds each journal, its own included: (host, name) → (epoch, n)."""
    with commune.reading() as site:
        rows = site.session.scalars(select(Journal)).all()
        return {(row.host, row.name): (row.epoch, row.n) for row in rows}


def in_step(communes: Iterable[Commune]) -> bool:
    """Whether all of them hold the same entries and tell the same digest."""
    chosen = list(communes)
    first, *others = [positions(commune) for commune in chosen]
    return all(first == other for other in others) and len(set(states(chosen).values())) == 1


def settled(communes: Iterable[Commune]) -> bool:
    """Whether they are in step, and stay so while nobody writes: none has words to erase that were withdrawn."""
    chosen = list(communes)
    return not any(_erases(commune) for commune in chosen) and in_step(chosen)


def _erases(commune: Commune) -> bool:
    with commune.reading() as site:
        return erasing.is_owed(site)


def befriend(inviter: Commune, invited: Commune, wait: Wait) -> None:
    """Nothing, once two running sites have met: both admins act, their workers do the rest; `wait` is for them."""
    host, our_host = invited.settings.host, inviter.settings.host
    with inviter.transaction() as site:
        invitations.invite(site, admin_of(site), host)
    wait(lambda: _state(inviter, host) == peers.INVITED, f"{our_host} trouve {host}")
    with inviter.transaction() as site:
        invitations.confirm(site, admin_of(site), _peer(site, host))
    wait(lambda: _state(invited, our_host) == peers.INVITED, f"{host} reçoit l’invitation de {our_host}")
    with invited.transaction() as site:
        invitations.confirm(site, admin_of(site), _peer(site, our_host))
    wait(lambda: _state(inviter, host) == peers.ACTIVE, f"{our_host} apprend que {host} accepte")


def _introduce(inviter: Commune, invited: Commune, moment: datetime) -> None:
    with inviter.transaction() as site, invited.reading() as other:
        site = at(site, moment)
        peer = invitations.invite(site, admin_of(site), invited.settings.host)
        invitations.found(site, peer, identity.own_actor(other))
        invitations.confirm(site, admin_of(site), peer)
    _carry_letters(inviter, invited, moment)
    with invited.transaction() as site:
        invitations.confirm(at(site, moment), admin_of(site), _peer(site, inviter.settings.host))
    _carry_letters(invited, inviter, moment)


def _carry_letters(sender: Commune, receiver: Commune, moment: datetime) -> None:
    """Nothing; the handshakes that the sender owes are received."""
    with sender.transaction() as site, receiver.transaction() as other:
        for delivery in site.session.scalars(select(Delivery).where(Delivery.due_at.is_not(None))):
            document = handshake.parse(load_object(delivery.activity))
            invitations.receive(at(other, moment), document, identity.own_actor(site))
            delivery.due_at, delivery.outcome = None, "200"


def _peer(site: Site, host: str) -> Peer:
    found = peers.find(site, host)
    if found is None:
        raise SettingsError(f"{site.settings.host} ne connaît pas {host}.")
    return found


def _state(commune: Commune, host: str) -> str | None:
    with commune.reading() as site:
        found = peers.find(site, host)
        return found.state if found else None
