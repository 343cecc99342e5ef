"""The file of an archive: a ZIP whose pages and pictures anybody can take out, written whole or not at all."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pop_forum.errors import InvalidInput

MAX_MEMBERS = 1_000_000
MAX_MEMBER_BYTES = 8 * 1024 * 1024  # unpacked; a page has 1 MiB, a picture less
TOO_MANY = "Ce fichier contient plus d’éléments qu’une archive n’en a."
NO_ARCHIVE = "Ce fichier n’est pas une archive de pop_forum, ou il est incomplet : redemandez-le à qui l’a faite."
TOO_LARGE = "Un élément de ce fichier dépasse ce qu’une archive contient."


class Writer:
    """What is put into a new archive, in order."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    def add(self, name: str, data: bytes) -> None:
        """Nothing; this member is in the archive."""
        self._file.writestr(name, data)


@contextmanager
def new(path: Path) -> Iterator[Writer]:
    """A new archive at this path, there once everything was added. Raises FileExistsError when something is there."""
    if path.exists():
        raise FileExistsError(path)
    building = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(building, "w", zipfile.ZIP_DEFLATED) as file:
            yield Writer(file)
        building.replace(path)
    finally:
        building.unlink(missing_ok=True)


class Reader:
    """The members of an archive by name."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    def names(self, folder: str) -> list[str]:
        """The names of the members below this folder, in order."""
        return sorted(name for name in self._file.namelist() if name.startswith(f"{folder}/"))

    def read(self, name: str) -> bytes:
        """The bytes of this member. Raises InvalidInput for one that is missing, damaged or too large."""
        try:
            with self._file.open(name) as member:
                data = member.read(MAX_MEMBER_BYTES + 1)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise InvalidInput(f"{name}: {error}", NO_ARCHIVE) from error
        if len(data) > MAX_MEMBER_BYTES:
            raise InvalidInput(f"{name} is too large", TOO_LARGE)
        return data


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """The archive at this path. Raises InvalidInput for another file."""
    try:
        file = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise InvalidInput(f"{path}: {error}", NO_ARCHIVE) from error
    with file:
        if len(file.namelist()) > MAX_MEMBERS:
            raise InvalidInput(f"{path}: too many members", TOO_MANY)
        yield Reader(file)
