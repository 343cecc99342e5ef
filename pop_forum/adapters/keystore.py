"""A site's keys and secret on disk: files only their owner may read, created whole or not at all.

The keys' folder appears by one rename, so that a crash leaves no half of a key pair, and of two processes that start at
once one creates and the other reads. Each file of a later pair appears whole, under a name that nothing else has had:
of two processes that make one at once, both end with the same.
"""

import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from pop_forum.adapters.clock import SystemEntropy
from pop_forum.errors import InvalidInput, SettingsError, system_reason
from pop_forum.federation.keys import SiteKeys

SECRET_BYTES = 32  # as long as the HMAC-SHA-256 it keys
MIN_DISTINCT_BYTES = 12  # 32 random bytes have fewer once in 10^11 draws; « 0000… » and « change-me » have fewer
KEYS_FOLDER = "keys"
SECRET_FILE = "secret.hex"
_KEY_FILE = re.compile(r"rsa-([1-9][0-9]{0,3})\.pem")


def create_keystore(folder: Path) -> None:
    """Nothing, with new keys and a secret in `keys/` of a commune's data folder; those that are there are kept."""
    keys = folder / KEYS_FOLDER
    if not keys.exists():
        _create(keys)


class Keystore:
    """The key pairs of a site, by number, and its secret, in `keys/` of a commune's data folder.

    Raises SettingsError, in a sentence for the person who keeps the machine, when a file is missing, unreadable,
    readable by others, or a secret is too short or not random. The first pair is never made here: another one would
    cut the site from its network, whose admins compared it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / KEYS_FOLDER
        self._read: dict[int, SiteKeys] = {}
        self.check()
        self.secret = _load_secret(self._folder / SECRET_FILE)

    def check(self) -> None:
        """Nothing, or SettingsError when the folder is not there, not private, or has no pair."""
        if not self._folder.exists():
            raise SettingsError(
                f"Les clés de ce site manquent : « {self._folder} » n’existe pas. Restaurez ce dossier depuis une "
                "sauvegarde ; pour une nouvelle commune, lancez « pop_forum migrate »."
            )
        _require_private(self._folder)
        if not self.numbers():
            raise SettingsError(f"Le dossier « {self._folder} » ne contient pas de clé « rsa-1.pem ».")

    def numbers(self) -> list[int]:
        """The numbers of the pairs that are there, in order."""
        return sorted(int(match[1]) for path in self._folder.iterdir() if (match := _KEY_FILE.fullmatch(path.name)))

    def has(self, number: int) -> bool:
        """Whether both files of this pair are there."""
        return all(path.exists() for path in self._files(number))

    def pair(self, number: int) -> SiteKeys:
        """The pair of this number, read once."""
        if number not in self._read:
            self._read[number] = self._load(number)
        return self._read[number]

    def _load(self, number: int) -> SiteKeys:
        if number > 1 and not self.has(number):
            raise SettingsError(
                f"Les clés numéro {number} de ce site manquent dans « {self._folder} ». Les autres communes les "
                "attendent : restaurez ce dossier depuis une sauvegarde faite après le changement de clés."
            )
        try:
            return SiteKeys.from_pem(number, *map(_read_private, self._files(number)))
        except InvalidInput as error:
            raise SettingsError(f"Les clés numéro {number} de « {self._folder} » sont illisibles ({error}).") from error

    def prepare(self, number: int) -> SiteKeys:
        """The pair of this number, made and kept if need be; it signs nothing before the site registers it."""
        if not self.has(number):
            made = SiteKeys.generate(number).to_files()
            try:
                for path in self._files(number):
                    _add_private(path, made[path.name])
                _sync_folder(self._folder)
            except OSError as error:
                raise SettingsError(f"Les clés ne peuvent pas être écrites : {error.strerror}.") from error
        return self.pair(number)

    def _files(self, number: int) -> tuple[Path, Path]:
        return self._folder / f"rsa-{number}.pem", self._folder / f"ed25519-{number}.pem"


def _create(folder: Path) -> None:
    """Nothing, with new keys in the folder; those of another process when it was faster."""
    secret = SystemEntropy().bytes(SECRET_BYTES).hex().encode("ascii") + b"\n"
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise SettingsError(f"Le dossier « {folder} » ne peut pas être créé : {system_reason(error)}.") from error
    try:
        for name, content in {**SiteKeys.generate().to_files(), SECRET_FILE: secret}.items():
            _write_private(building / name, content)
        _sync_folder(building)
        building.rename(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        shutil.rmtree(building, ignore_errors=True)
        if not folder.exists():
            raise SettingsError(f"Les clés ne peuvent pas être écrites : {system_reason(error)}.") from error


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _add_private(path: Path, content: bytes) -> None:
    """Nothing, with a new file that appears whole; one that is there already stays."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    building = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(building, path)
    finally:
        building.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _load_secret(path: Path) -> bytes:
    """The secret, if it is long enough and looks drawn at random (row 102)."""
    try:
        secret = bytes.fromhex(_read_private(path).decode("ascii").strip())
    except ValueError as error:
        raise SettingsError(f"Le secret « {path} » n’est pas écrit en hexadécimal.") from error
    if len(secret) < SECRET_BYTES:
        raise SettingsError(f"Le secret « {path} » est trop court : {len(secret)} octets au lieu de {SECRET_BYTES}.")
    if len(set(secret)) < MIN_DISTINCT_BYTES:
        raise SettingsError(f"Le secret « {path} » n’est pas tiré au hasard : remplacez-le par un vrai secret.")
    return secret


def _read_private(path: Path) -> bytes:
    """The content of a file that only its owner may read."""
    try:
        _require_private(path)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SettingsError(f"Le fichier « {path} » manque : restaurez-le depuis une sauvegarde.") from error
    except OSError as error:
        raise SettingsError(f"Le fichier « {path} » ne peut pas être lu : {system_reason(error)}.") from error


def _require_private(path: Path) -> None:
    """Nothing, or SettingsError when others than the owner may read or list this."""
    if path.stat().st_mode & 0o077:
        wanted = "700" if path.is_dir() else "600"
        raise SettingsError(f"« {path} » peut être lu par d’autres : faites « chmod {wanted} {path} ».")
