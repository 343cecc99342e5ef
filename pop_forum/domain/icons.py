"""Icons in a commune's colour: a PNG drawn once in shades, its palette replaced (PNG specification, section 11.2.2).

In the drawings of data/icons/, colours 0 to 127 are the plate from transparent to opaque, and 128 to 255 go from the
plate to the white of its letter. Only the palette depends on the commune: no picture is drawn while the site runs.
"""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SHADES = 128
WHITE = 255


def coloured(drawing: bytes, accent: str) -> bytes:
    """The drawing in this colour, given as « #rrggbb »."""
    colours = palette(bytes.fromhex(accent.removeprefix("#")))
    return SIGNATURE + b"".join(_chunk(kind, colours if kind == b"PLTE" else data) for kind, data in _chunks(drawing))


def palette(plate: bytes) -> bytes:
    """256 colours: the plate's own for each degree of transparency, then the way to white."""
    ramp = (_towards_white(part, step) for step in range(SHADES) for part in plate)
    return plate * SHADES + bytes(ramp)


def _towards_white(part: int, step: int) -> int:
    return part + round((WHITE - part) * step / (SHADES - 1))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(png):
        [length] = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
