"""Pictures that people and other communes send.

They are recognised by their bytes, made small, and freed of all that they tell beside what they show.

Pillow is loaded with the first picture of a process, and holds one picture at a time.
"""

import hashlib
import os
import struct
import threading
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pop_forum.errors import InvalidInput, TooLarge
from pop_forum.federation.images import MAX_IMAGE_BYTES, MAX_SIDE

if TYPE_CHECKING:
    from PIL import Image
    from PIL.Image import Transpose

MAX_BYTES = MAX_IMAGE_BYTES  # what a phone of today makes of one shot, twice over
MAX_PIXELS = (
    MAX_SIDE * MAX_SIDE
)  # of a plain JPEG, as cameras make them: it shrinks while it is decoded, and takes 80 MB
MAX_WHOLE_PIXELS = 3_840 * 2_160  # of what is decoded whole, a screen at most: 180 MB for a WebP
SIDE = 1_600  # pixels: fills a screen, and is about 200 KB
QUALITY = 78
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
BETWEEN_SITES = ("WEBP",)
TOO_HEAVY = "Cette image est trop lourde : 8 Mo au plus. Réduisez-la, ou prenez-en une capture d’écran."
TOO_WIDE = "Cette image est trop grande : 25 millions de points au plus. Réduisez-la, puis réessayez."
TOO_WIDE_WHOLE = (
    "Cette image est trop grande : 8 millions de points au plus pour une image PNG, WebP, GIF ou JPEG progressive. "
    "Réduisez-la, ou envoyez-la en JPEG ordinaire."
)
UNREADABLE = "Ce fichier n’est pas une image que nous savons lire. Envoyez une photo JPEG, PNG, WebP ou GIF."
ORIENTATION = 0x0112  # the only thing that is read of EXIF
UNREADABLE_BY_PILLOW = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)

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
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # ours is smaller, and gives a sentence
    try:
        with Image.open(BytesIO(data), formats=formats) as image:
            shrinks = image.format in ("JPEG", "MPO") and "progressive" not in image.info
            most, sentence = (MAX_PIXELS, TOO_WIDE) if shrinks else (MAX_WHOLE_PIXELS, TOO_WIDE_WHOLE)
            if image.width * image.height > most:
                raise TooLarge(f"{image.format} of {image.width} x {image.height}", sentence)
            bare = _upright(image)
    except UNREADABLE_BY_PILLOW as error:
        raise InvalidInput(f"unreadable picture: {error}", UNREADABLE) from error
    out = BytesIO()
    bare.save(out, "WEBP", quality=QUALITY)
    return Picture(out.getvalue(), bare.width, bare.height)


def _upright(image: "Image.Image") -> "Image.Image":
    """What this picture shows and nothing else, within SIDE. It is turned last: a small one costs little."""
    from PIL import Image

    turn = _turn(image)
    image.draft("RGB", (SIDE, SIDE))
    image.load()
    image.thumbnail((SIDE, SIDE))
    mode = "RGBA" if image.has_transparency_data else "RGB"
    bare = Image.new(mode, image.size)
    bare.paste(image if image.mode == mode else image.convert(mode))
    return bare if turn is None else bare.transpose(turn)


def _turn(image: "Image.Image") -> "Transpose | None":
    """How the camera was held; None when that cannot be read, which is no reason to refuse what it saw."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    try:
        return turns.get(image.getexif().get(ORIENTATION, 1))
    except UNREADABLE_BY_PILLOW:
        return None


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
