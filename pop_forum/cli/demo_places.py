"""Where a demonstration lives: its folder, its communes' settings, its host's environment, its port."""

import fcntl
import json
import os
import re
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pop_forum import paths
from pop_forum.adapters.broker import EmbeddedBroker
from pop_forum.adapters.queue import Wakeups
from pop_forum.adapters.remote import Remote
from pop_forum.commune import Commune, open_commune
from pop_forum.errors import SettingsError, system_reason
from pop_forum.settings import Host, load_all

SLUGS = ("valombre", "pont-hervel", "sainte-aure")
HOME = "valombre"  # the commune that keeps the common text of the programme
DEFAULT_PORT = 8080
PORTS, PORTS_PER_PROCESS = range(20_000, 32_000), 32  # Linux lends clients those from 32768 on
MARK = "demo.json"
NEEDED_BYTES = 200_000_000  # three databases, an append-only file and logs, with room to play
_HOST_LINE = re.compile(r'(?m)^host = ".*"$')
_HOME_LINE = re.compile(r'(?m)^home = ".*"$')


@dataclass(frozen=True, slots=True)
class Place:
    """One host on this machine: its folder, its port, the communes it serves, and the whole network's addresses."""

    name: str
    folder: Path
    port: int
    slugs: tuple[str, ...]
    network: Mapping[str, str]  # slug → authority, of every commune of the network

    @property
    def broker(self) -> EmbeddedBroker:
        """The broker of this host."""
        return EmbeddedBroker(self.folder / "broker")

    @property
    def logs(self) -> Path:
        """Where its processes write."""
        return self.folder / "logs"

    def environment(self) -> dict[str, str]:
        """The POP_FORUM_* variables of its processes."""
        return {
            "POP_FORUM_MODE": "demo",
            "POP_FORUM_INSTANCES": str(self.folder / "instances"),
            "POP_FORUM_DATA": str(self.folder / "communes"),
            "POP_FORUM_BROKER": self.broker.url,
            "POP_FORUM_LOOPBACK": ",".join(self.network.values()),
        }

    def write_instances(self, limits: Mapping[str, int] | None = None) -> None:
        """Nothing; the settings of its communes are in its folder, with the network's addresses in them."""
        for slug in self.slugs:
            target = self.folder / "instances" / slug
            shutil.copytree(_shipped_instances() / slug, target, dirs_exist_ok=True)
            file = target / "instance.toml"
            text = _HOST_LINE.sub(f'host = "{self.network[slug]}"', file.read_text("utf-8"))
            text = _HOME_LINE.sub(f'home = "{self.network[HOME]}"', text)
            lines = [f"{name} = {value}" for name, value in (limits or {}).items()]
            file.write_text("\n".join([text, *(["[limits]", *lines] if lines else []), ""]), "utf-8")

    def open_communes(self) -> dict[str, Commune]:
        """Its communes, opened in this process; they share one client and one way to wake the worker."""
        host = Host.from_environment(self.environment())
        remote, wakeups = Remote(host.loopback), Wakeups(host.broker)
        instances = load_all(host.instances, environment=host)
        return {one.slug: open_commune(one, host, remote, wakeups) for one in instances}


def network_on(ports: Iterable[int]) -> dict[str, str]:
    """Each commune's authority, on these ports in the order of SLUGS."""
    return {slug: f"{slug}.localhost:{port}" for slug, port in zip(SLUGS, ports, strict=True)}


@contextmanager
def held_alone(folder: Path) -> Iterator[None]:
    """Nothing; no other demonstration uses this folder meanwhile. Raises SettingsError when one does.

    The lock is the folder's own, which no file stands for: what is in it may be emptied. The kernel frees it, however
    we end.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = system_reason(error)
        raise SettingsError(
            f"Le dossier « {folder} » ne peut pas être créé ({reason}) : choisissez-en un autre "
            "(make demo DATA=var/demo)."
        ) from error
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(
                f"Une démonstration tourne déjà dans « {folder} » : arrêtez-la, ou choisissez un autre dossier "
                "(make demo PORT=8081 DATA=var/demo-8081)."
            ) from error
        yield
    finally:
        os.close(lock)


def _empty(folder: Path) -> None:
    """Nothing; the folder, which holds the lock, is empty."""
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()


def prepare_folder(folder: Path, port: int, *, reset: bool) -> bool:
    """Whether the demonstration in this folder is complete already; a half-made one is thrown away.

    Raises SettingsError for a folder that is not ours, made for another port, or on a full disk.
    """
    mark = _read_mark(folder)
    if mark is None and folder.exists() and any(folder.iterdir()):
        raise SettingsError(f"Le dossier « {folder} » contient autre chose qu’une démonstration.")
    if mark is not None and mark["port"] != port and not reset:
        raise SettingsError(
            f"La démonstration de « {folder} » a été faite pour le port {mark['port']} : reprenez ce port, "
            f"ou un autre dossier pour celui-ci (make demo PORT={port} DATA=var/demo-{port})."
        )
    complete = mark is not None and mark["complete"] is True and not reset
    if mark is not None and not complete:
        _empty(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _require_room(folder)
    if not complete:
        write_mark(folder, port, complete=False)
    return complete


def write_mark(folder: Path, port: int, *, complete: bool) -> None:
    """Nothing; the folder says that it is a demonstration, for which port, and whether its content is whole."""
    temporary = folder / f".{MARK}"
    temporary.write_text(json.dumps({"port": port, "complete": complete}) + "\n", "utf-8")
    temporary.replace(folder / MARK)


def require_free_port(port: int) -> None:
    """Nothing when the port can be taken; SettingsError with what to do otherwise."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise SettingsError(f"Le port {port} est réservé par le système : prenez-en un plus grand.") from error
        except OSError as error:
            raise SettingsError(
                f"Le port {port} est déjà pris, peut-être par une démonstration en cours : arrêtez-la, "
                f"ou choisissez un autre port et un autre dossier (make demo PORT={port + 1} DATA=var/demo-{port + 1})."
            ) from error


def free_ports(count: int) -> list[int]:
    """That many ports that nobody uses; the kernel lends none of these to a client before we take them."""
    return list(islice(filter(_is_free, _PORTS), count))


def _ports_of_this_process() -> Iterator[int]:
    """Each of PORTS once, from a place of this process on: two that look at the same time find different ones."""
    place = os.getpid() * PORTS_PER_PROCESS % len(PORTS)
    yield from (*PORTS[place:], *PORTS[:place])


_PORTS = _ports_of_this_process()


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def forget_environment() -> None:
    """Nothing; POP_FORUM_* variables of the person's shell do not reach the demonstration's processes."""
    for name in [name for name in os.environ if name.startswith("POP_FORUM_")]:
        del os.environ[name]


def _shipped_instances() -> Path:
    """The folder of the three invented communes: beside the package, or where the command is run."""
    for folder in (paths.PACKAGE.parent / "instances", Path.cwd() / "instances"):
        if all((folder / slug / "instance.toml").is_file() for slug in SLUGS):
            return folder
    raise SettingsError("Les communes inventées manquent : lancez la démonstration depuis le dossier du projet.")


def _read_mark(folder: Path) -> dict[str, object] | None:
    try:
        mark = json.loads((folder / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) and {"port", "complete"} <= mark.keys() else None


def _require_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise SettingsError(
            f"Le disque est presque plein : il reste {free // 1_000_000} Mo pour « {folder} », "
            f"il en faut {NEEDED_BYTES // 1_000_000}."
        )
