"""Pictures that people and other communes send.

They are recognised by their bytes, made small, and freed of all that they tell beside what they show.

Pillow is loaded with the first picture of a process, and holds one picture at a time.
"""

import hashlib
import os
import threading
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from pop_forum.errors import InvalidInput, TooLarge
from pop_forum.federation.images import MAX_IMAGE_BYTES, MAX_SIDE

MAX_BYTES = MAX_IMAGE_BYTES  # what a phone of today makes of one shot, twice over
MAX_PIXELS = MAX_SIDE * MAX_SIDE  # 100 MB while it is decoded
SIDE = 1_600  # pixels: fills a screen, and is about 200 KB
QUALITY = 78
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
BETWEEN_SITES = ("WEBP",)
TOO_HEAVY = "Cette image est trop lourde : 8 Mo au plus. Réduisez-la, ou prenez-en une capture d’écran."
TOO_WIDE = "Cette image est trop grande : 25 millions de points au plus. Réduisez-la, puis réessayez."
UNREADABLE = "Ce fichier n’est pas une image que nous savons lire. Envoyez une photo JPEG, PNG, WebP ou GIF."

_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept and served: WebP, without metadata."""

    content: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        """Its name."""
        return hashlib.sha256(self.content).hexdigest()


def read(data: bytes) -> Picture:
    """The picture in these bytes, upright and within SIDE; of a moving one the first image.

    Raises TooLarge and InvalidInput. Its size is looked at before anything is decoded (row 62).
    """
    return _within_limits(data, FORMATS)


def fetched(data: bytes) -> Picture:
    """The picture in these bytes of another commune, made anew like any other (rows 62 and 80)."""
    return _within_limits(data, BETWEEN_SITES)


def _within_limits(data: bytes, formats: tuple[str, ...]) -> Picture:
    if len(data) > MAX_BYTES:
        raise TooLarge(f"picture of {len(data)} bytes", TOO_HEAVY)
    with _one_at_a_time:
        return _read(data, formats)


def _read(data: bytes, formats: tuple[str, ...]) -> Picture:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # ours is smaller, and gives a sentence
    try:
        with Image.open(BytesIO(data), formats=formats) as image:
            if image.width * image.height > MAX_PIXELS:
                raise TooLarge(f"picture of {image.width} x {image.height}", TOO_WIDE)
            image.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((SIDE, SIDE))
            mode = "RGBA" if upright.has_transparency_data else "RGB"
            bare = Image.new(mode, upright.size)
            bare.paste(upright.convert(mode))
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise InvalidInput(f"unreadable picture: {error}", UNREADABLE) from error
    out = BytesIO()
    bare.save(out, "WEBP", quality=QUALITY)
    return Picture(out.getvalue(), bare.width, bare.height)


class PictureFiles:
    """The folder of a commune's pictures, named by their SHA-256."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "images"

    def path(self, digest: str) -> Path:
        """Where the picture of this name is."""
        return self._folder / digest[:2] / f"{digest}.webp"

    def keep(self, digest: str, content: bytes) -> None:
        """Nothing; the picture is on the disk, whole."""
        path = self.path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        building = path.with_suffix(".part")
        with building.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        building.replace(path)

    def read(self, digest: str) -> bytes | None:
        """The bytes of this picture, if they are here."""
        try:
            return self.path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, digest: str) -> None:
        """Nothing; the picture is gone."""
        self.path(digest).unlink(missing_ok=True)
