"""Signed pushes: a reply on its way to fifty peers, through the functions that the worker uses."""

import resource
from datetime import timedelta

from sqlalchemy import select

from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.queue import Wakeups
from pop_forum.bench import content, results, sink
from pop_forum.bench.content import Writer
from pop_forum.bench.results import Result
from pop_forum.bench.sizes import Sizes
from pop_forum.bench.stage import NO_PASSWORD, stage
from pop_forum.cli.demo_network import introduce_all
from pop_forum.cli.demo_places import free_ports
from pop_forum.commune import Commune
from pop_forum.errors import Unavailable
from pop_forum.models import Link, Peer
from pop_forum.services import claims, journal
from pop_forum.services.declarations import FORUM
from pop_forum.tasks import deliver

SENDER, PEER = "valombre", "pont-hervel"
PEERS = 50  # fewer than the client keeps connections for
NOTE = "une réponse pour 50 voisines par la tâche entière : réservation, page, signature RSA, envoi, position notée"


class Unheard(Wakeups):
    """Wake-ups that go nowhere: this process does the worker's work itself."""

    def wake(self, slug: str, kind: str) -> bool:
        """True, with nobody woken."""
        return True


def measure(sizes: Sizes) -> list[Result]:
    """Pushes per second of processor time of the sending process, its database included."""
    port = free_ports(1)[0]
    more = {f"commune-{number:03}": port for number in range(1, PEERS)}
    with stage((SENDER, PEER), elsewhere={PEER: port, **more}) as prepared, sink.serving(port):
        sender = prepared.communes[SENDER]
        sender.wakeups = Unheard(prepared.host.broker.url)
        introduce_all(prepared.communes.values(), SystemClock().now() - timedelta(days=1))
        _copy_peer(sender, [prepared.host.network[name] for name in more])
        owing = Owing(sender)
        deliver.run(sender)  # the beginnings of both journals, and a connection to each peer
        rounds = max(1, sizes.pushes // PEERS)
        pushes = [rate(owing, rounds) for _ in range(sizes.pairs)]
    return [results.of_repeats("signed_pushes_per_s_per_core", pushes, "pushes/s", results.at_least(800), NOTE)]


class Owing:
    """A commune of which every peer has everything, until `reply`."""

    def __init__(self, sender: Commune) -> None:
        self.sender = sender
        self._writers: list[Writer] = content.add_writers(sender, 1, NO_PASSWORD)
        self._thread = content.open_daily_threads(sender, self._writers[0], 1)[0]

    def reply(self) -> None:
        """Nothing; one entry more is owed to each peer."""
        content.reply_in(self.sender, self._writers, self._thread, 1)


def rate(owing: Owing, rounds: int) -> float:
    """Pushes per second of processor time; writing the replies is not counted."""
    used = 0.0
    for _ in range(rounds):
        owing.reply()
        before = _processor_seconds()
        deliver.run(owing.sender)
        used += _processor_seconds() - before
        _settle(owing.sender)
    return rounds * PEERS / used


def _settle(sender: Commune) -> None:
    """Nothing; no link is claimed any more, and every peer has everything, or Unavailable."""
    with sender.transaction() as site:
        claims.release_all(site)
        own = journal.find(site, site.settings.host, FORUM)
        confirmed = set(site.session.scalars(select(Link.confirmed_n).where(Link.journal == FORUM)))
        if own is None or confirmed != {own.n}:
            raise Unavailable(f"some pushes were not taken: {sorted(confirmed)}")


def _copy_peer(sender: Commune, hosts: list[str]) -> None:
    """Nothing; these hosts are peers too, with the key of the one that was introduced: the sink checks none."""
    with sender.transaction() as site:
        met = site.session.scalars(select(Peer)).one()
        known = {column.key: getattr(met, column.key) for column in Peer.__table__.columns}
        names = [link.journal for link in site.session.scalars(select(Link).where(Link.peer_id == met.id))]
        for host in hosts:
            peer = Peer(**{**known, "id": None, "host": host, "base_url": f"http://{host}"})
            site.session.add(peer)
            site.session.flush()
            due = site.clock.now()
            site.session.add_all(Link(peer_id=peer.id, journal=name, push_due_at=due) for name in names)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
