"""The sites as they stand before a seed: schema, programme, people, and each a peer of those that it is linked with.

Made once for a process by the real services; each seed then begins with copies in memory.
"""

import atexit
import hashlib
import shutil
import sqlite3
import tempfile
from functools import cache
from itertools import combinations
from pathlib import Path

from pop_forum import migrations, paths, tasks
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.domain.programme import load_programme
from pop_forum.federation.keys import fingerprint
from pop_forum.services import accounts, envelopes, invitations, journal, measures, peers
from pop_forum.settings import (
    Accent,
    Contact,
    Host,
    InseeCode,
    Instance,
    Kind,
    Limits,
    Mail,
    Mode,
    Programme,
    Retention,
    Roles,
)
from pop_forum.sim import keys, shapes
from pop_forum.sim.chance import Chance
from pop_forum.sim.clocks import WorldClock
from pop_forum.sim.network import Network
from pop_forum.sim.sites import SimSite, folder_of

MOST_SITES = 8
PORT = 8080
NO_PASSWORD = "!"  # the hash of none
PEOPLE = (("Administration", Role.ADMIN), ("Claude", Role.RESIDENT), ("Dominique", Role.RESIDENT))
ADMIN = Viewer(0, Role.ADMIN)
CUT = (  # what a smaller network does not know, in the order in which rows refer to each other
    "DELETE FROM links WHERE peer_id IN (SELECT id FROM peers WHERE host NOT IN ({}))",
    "DELETE FROM peers WHERE host NOT IN ({})",
    "DELETE FROM deliveries WHERE host NOT IN ({})",
    "DELETE FROM envelopes WHERE host NOT IN ({})",
)
HOME = 0  # the site that keeps the common text, and the list of all


class Template:
    """Eight sites of this process, and what each holds before a seed."""

    def __init__(self) -> None:
        root = Path(tempfile.mkdtemp(prefix="pop_forum_sim_"))
        atexit.register(shutil.rmtree, root, ignore_errors=True)
        self.sites = tuple(_site(root, number) for number in range(MOST_SITES))
        self._whole: tuple[sqlite3.Connection, ...] = ()
        self._prepared: dict[tuple[int, str], tuple[sqlite3.Connection, ...]] = {}
        self._prepare()

    def restore(self, count: int, shape: str = shapes.MESH) -> tuple[SimSite, ...]:
        """The first `count` sites as they were prepared, linked in this shape and with nobody else."""
        chosen = self.sites[:count]
        for site, prepared in zip(chosen, self._copies(count, shape), strict=True):
            prepared.backup(site.memory)
            site.sim_marker.reached, site.sim_marker.gone = site.own_places(), []
        return chosen

    def _copies(self, count: int, shape: str) -> tuple[sqlite3.Connection, ...]:
        if (count, shape) not in self._prepared:
            copies = tuple(_copy(whole) for whole in self._whole[:count])
            for number, copy in enumerate(copies):
                linked = shapes.neighbours(shape, count, number)
                names = ", ".join(f"'{self.sites[each].settings.host}'" for each in sorted(linked))
                for statement in CUT:
                    copy.execute(statement.format(names))
                copy.execute("COMMIT")
            self._prepared[count, shape] = copies
        return self._prepared[count, shape]

    def _prepare(self) -> None:
        world = WorldClock()
        network = Network(world, Chance("template"), list(self.sites))
        for site in self.sites:
            site.begin(world, Chance("template", site.number), network)
        first = self.sites[0]
        migrations.upgrade(first.database.engine)
        with first.transaction() as open_site:
            measures.load_programme(open_site, load_programme((paths.data_files() / "programme.yaml").read_bytes()))
        for site in self.sites[1:]:
            first.memory.backup(site.memory)
        for site in self.sites:
            _settle_in(site)
        for one, other in combinations(self.sites, 2):
            _befriend(one, other)
        self._whole = tuple(_copy(site.memory) for site in self.sites)


@cache
def template() -> Template:
    """The template of this process."""
    return Template()


def host_name(number: int) -> str:
    """The host of a simulated site."""
    return f"commune-{number}.localhost:{PORT}"


def _site(root: Path, number: int) -> SimSite:
    slug, loopback = f"commune-{number}", frozenset((host_name(each), PORT) for each in range(MOST_SITES))
    settings = Instance(
        slug=slug,
        folder=root,
        data=folder_of(root, slug),
        name=f"Commune {number}",
        insee=InseeCode(f"{number:05}"),
        kind=Kind.CITOYENNE,
        host=host_name(number),
        scheme="http",
        keeper="le simulateur",
        languages=("fr",),
        contact=Contact(f"contact@commune-{number}.example"),
        mail=Mail(f"contact@commune-{number}.example"),
        coordinates=None,
        population=1_000,
        roles=Roles(),
        limits=Limits(),
        retention=Retention(),
        accent=Accent("#0d5561", "#86cbd5"),
        programme=Programme(host_name(HOME), fingerprint(keys.keys_of(HOME).public())),
        database_url="sqlite://",
        charter="",
        legal="",
    )
    host = Host(Mode.TEST, root, root, "redis://127.0.0.1:1/0", loopback=loopback)
    return SimSite(settings, host, keys.keys_of(number), hashlib.sha256(slug.encode()).digest())


def _settle_in(site: SimSite) -> None:
    """The site's journals and its people."""
    with site.transaction() as open_site:
        journal.found_all(open_site)
        for name, role in PEOPLE:
            accounts.create_account(open_site, name, f"{name.lower()}@{site.settings.slug}.example", NO_PASSWORD, role)


def _befriend(one: SimSite, other: SimSite) -> None:
    """Two sites made peers as their admins would: invite, compare, accept; no journal is carried yet."""
    with one.transaction() as open_site:
        invitations.invite(open_site, ADMIN, other.settings.host)
    tasks.run(one, peers.CONTACT)
    for site, peer in ((one, other), (other, one)):
        with site.transaction() as open_site:
            invitations.confirm(open_site, ADMIN, peers.by_host(open_site, peer.settings.host))
        tasks.run(site, peers.SEND)
        tasks.run(peer, envelopes.RECEIVE)


def _copy(source: sqlite3.Connection) -> sqlite3.Connection:
    target = sqlite3.connect(":memory:")
    source.backup(target)
    return target
