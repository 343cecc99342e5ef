"""Communes at run time: settings, database, keys, and the adapters that their entrances share."""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from pop_forum import migrations
from pop_forum.adapters.clock import SystemClock, SystemEntropy
from pop_forum.adapters.indexer import Indexer
from pop_forum.adapters.keystore import Keystore, create_keystore
from pop_forum.adapters.marker import Marker
from pop_forum.adapters.page_signal import PageSignal
from pop_forum.adapters.queue import Wakeups
from pop_forum.adapters.remote import Remote
from pop_forum.db import Database, Reached, open_engine
from pop_forum.domain.searching import INDEX
from pop_forum.errors import SettingsError, Unavailable
from pop_forum.federation.keys import SiteKeys
from pop_forum.services import erasing_again, journal, key_registers, reprise, rotation
from pop_forum.services.site import FIRST, Clock, Entropy, Site
from pop_forum.settings import Host, Instance, Mode

if TYPE_CHECKING:
    from pop_forum.adapters.index import CommuneIndex

INDEX_PAUSE = 2.0  # seconds in which one process asks once for its index: who writes it looks every second by itself


class Commune:
    """Everything one commune needs while the process runs."""

    def __init__(
        self,
        settings: Instance,
        host: Host,
        remote: Remote,
        wakeups: Wakeups,
        clock: Clock | None = None,
        indexer: Indexer | None = None,
        entropy: Entropy | None = None,
        lanes: Callable[[int], Executor] = ThreadPoolExecutor,
        patience: float | None = None,
    ) -> None:
        self.indexer = indexer
        self.lanes = lanes  # what runs so many requests side by side
        self._index_asked = float("-inf")
        self.settings = settings
        self.mode = host.mode
        self.proxies = host.proxies
        self.mail_server = None if host.mode is Mode.DEMO else host.smtp  # the people of a demonstration are invented
        self.remote = remote
        self.wakeups = wakeups
        self.clock: Clock = clock or SystemClock()
        self.entropy: Entropy = entropy or SystemEntropy()
        self.database = Database(
            open_engine(settings.database_url, patience),
            self._tell_queue,
            self._tell_pages,
            self._tell_marker,
            self._keep_erased,
            patience,
        )

    @cached_property
    def keystore(self) -> Keystore:
        """The site's key pairs and its secret. Raises SettingsError when they are not there."""
        return Keystore(self.settings.data)

    @cached_property
    def page_signal(self) -> PageSignal:
        """The word that changes with what visitors' pages show, in every process of this commune."""
        return PageSignal(self.settings.data)

    @cached_property
    def marker(self) -> Marker:
        """How far our journals have ever come, outside the database."""
        return Marker(self.settings.data)

    @property
    def keys(self) -> SiteKeys:
        """The private keys that sign for the site now. Raises SettingsError when they are not there."""
        with self.reading() as site:
            return site.keys

    @property
    def secret(self) -> bytes:
        """What signs cookies and keys the tokens of supports."""
        return self.keystore.secret

    @cached_property
    def index(self) -> "CommuneIndex":
        """What finds words here; Whoosh is loaded by the first search of a process, not before."""
        from pop_forum.adapters.index import CommuneIndex

        return CommuneIndex(self.settings.data)

    def _site(self, session: Session) -> Site:
        return Site(session, self.settings, self.keystore, self.secret, self.clock, self.entropy)

    @contextmanager
    def transaction(self) -> Iterator[Site]:
        """One unit of work, committed when the block ends without raising."""
        with self.database.transaction() as session:
            yield self._site(session)

    def in_passing(self, work: Callable[[Site], object]) -> bool:
        """Whether the work was done: while others write for long, a page does without what it would only note."""
        try:
            with self.database.transaction(hurried=True) as session:
                work(self._site(session))
        except Unavailable as error:
            logging.getLogger(__name__).info("%s: left out: %s", self.settings.slug, error)
            return False
        return True

    @contextmanager
    def reading(self) -> Iterator[Site]:
        """A read-only snapshot."""
        with self.database.reading() as session:
            yield self._site(session)

    def migrate(self) -> None:
        """The schema brought up to date and the journals founded; nothing happens when both are done.

        Keys are made with the database of a new commune, and never again: see `Keystore`.
        """
        state = migrations.state(self.database.engine)
        if state is migrations.State.NEWER:
            raise SettingsError(
                f"{self.settings.slug}: the schema is newer than this code",
                f"{self.settings.name} : la base a été créée par une version plus récente de pop_forum. "
                "Installez cette version, ou restaurez une sauvegarde.",
            )
        if state is migrations.State.EMPTY:
            create_keystore(self.settings.data)
            self.keystore.pair(FIRST)
        self.keystore.check()
        if state is not migrations.State.CURRENT:
            migrations.upgrade(self.database.engine)
        self._check_identity()
        with self.transaction() as site:
            if state is migrations.State.OLDER and not self.marker.read():
                reprise.begin_marking(site)  # the version before kept no marker
            journal.found_all(site)

    def prepare_pair(self) -> SiteKeys:
        """The pair for the next change of keys, in files; it signs nothing before services.rotation registers it.

        One that was made before, by a run that was cut off, is taken.
        """
        with self.reading() as site:
            number = rotation.next_number(site)
        return self.keystore.prepare(number)

    def check_schema(self) -> None:
        """Raises SettingsError unless the schema is the one this code needs (`serve` and `worker` refuse others)."""
        state = migrations.state(self.database.engine)
        if state is not migrations.State.CURRENT:
            raise SettingsError(
                f"{self.settings.slug}: schema {state}",
                f"{self.settings.name} : la base n’est pas à jour. Lancez d’abord « pop_forum migrate ».",
            )
        self._check_identity()

    def look_back(self) -> None:
        """The site is in reprise when its database stands before what its journals had reached, or nobody knows."""
        reached = self.marker.read()
        with self.reading() as site:
            is_behind = bool(reprise.behind(site, reached))
        if is_behind:
            with self.transaction() as site:
                reprise.begin(site, reached)
        self.erase_again()

    def erase_again(self) -> None:
        """What was erased once is erased again where an older database has brought it back."""
        ids = self.marker.erased()
        with self.reading() as site:
            is_back = bool(ids) and erasing_again.is_back(site, ids)
        if is_back:
            with self.transaction() as site:
                erasing_again.erase_again(site, ids)

    def close(self) -> None:
        if "index" in vars(self):
            self.index.close()
        self.database.close()
        if "page_signal" in self.__dict__:
            self.page_signal.close()

    def _check_identity(self) -> None:
        """Raises SettingsError when the keys on disk are not those that this site's journals declared."""
        with self.reading() as site:
            signing = site.keys.public()
            declared = key_registers.valid_now(site, self.settings.host)
        if declared and declared.get(signing.number) != signing:
            raise SettingsError(
                f"{self.settings.name} : les clés de « {self.settings.data} » ne sont pas celles de ses journaux. "
                "Restaurez les clés et la base de la même sauvegarde."
            )

    def _tell_marker(self, reached: Reached) -> None:
        try:
            self.marker.raise_to(reached)
        except OSError:  # what was said is committed; a marker that stands behind does no harm
            logging.getLogger(__name__).exception("%s: the marker cannot be written", self.settings.slug)

    def _keep_erased(self, ids: Collection[str]) -> None:
        try:
            self.marker.keep_erased(ids)
        except OSError as error:  # before the commit: nothing is erased then
            raise Unavailable(f"what is erased cannot be noted: {error}") from error

    def _tell_pages(self) -> None:
        self.page_signal.change()

    def _tell_queue(self, kinds: frozenset[str]) -> None:
        for kind in sorted(kinds):
            if kind != INDEX or self._may_ask_for_index():
                self.wakeups.wake(self.settings.slug, kind)

    def _may_ask_for_index(self) -> bool:
        """Whether the last time is long enough ago: a reply must not wait for the queue each time."""
        now = self.clock.now().timestamp()
        if self._index_asked <= now < self._index_asked + INDEX_PAUSE:
            return False
        self._index_asked = now
        return True


def open_commune(
    settings: Instance,
    host: Host,
    remote: Remote | None = None,
    wakeups: Wakeups | None = None,
    clock: Clock | None = None,
    indexer: Indexer | None = None,
    patience: float | None = None,
) -> Commune:
    """A commune of this host; several communes of one process share one `remote` and one `wakeups`.

    Only the worker has an `indexer`: elsewhere an index that is behind stays so. Only the web process has a `patience`,
    the seconds it waits for other writers: it has other communes to answer for.
    """
    remote, wakeups = remote or Remote(host.loopback), wakeups or Wakeups(host.broker)
    return Commune(settings, host, remote, wakeups, clock, indexer, patience=patience)


class Communes:
    """The communes of this host, each opened once, when first needed."""

    def __init__(
        self,
        host: Host,
        instances: Iterable[Instance],
        indexer: Indexer | None = None,
        patience: float | None = None,
    ) -> None:
        self.host, self._patience = host, patience
        self._indexer = indexer
        self.instances = tuple(instances)
        self._remote = Remote(host.loopback)
        self._wakeups = Wakeups(host.broker)
        self._open: dict[str, Commune] = {}
        self._lock = threading.Lock()

    def commune(self, slug: str) -> Commune | None:
        """The commune of this folder name, or None when this host does not have it."""
        with self._lock:
            if slug not in self._open:
                settings = next((one for one in self.instances if one.slug == slug), None)
                if settings is None:
                    return None
                self._open[slug] = open_commune(
                    settings, self.host, self._remote, self._wakeups, indexer=self._indexer, patience=self._patience
                )
            return self._open[slug]
