"""A page compressed in parts: what stands in the middle of many readers' pages is compressed once for all of them.

Parts that were compressed apart stand one behind the other in one stream (RFC 1951: each ends on a whole byte, and none
refers back to another), and the checksum of the whole follows from theirs. So a reader is sent one ordinary gzip page.
"""

import struct
import zlib
from dataclasses import dataclass
from functools import cache

from pop_forum.web.compression import LEVEL

RAW = -zlib.MAX_WBITS  # a stream without its frame: the frame is written around the whole
# RFC 1952, section 2.3: deflate, no flags, no date, no word on the effort, an unknown system.
FRAME = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255))
POLYNOMIAL = 0xEDB88320  # of the checksum of RFC 1952, section 8, in its reflected form
ONE = 1 << 31  # the polynomial 1 in that form


@dataclass(frozen=True, slots=True)
class Packed:
    """A part that is ready to stand behind another one."""

    deflated: bytes
    length: int
    crc: int
    shift: int  # what the checksum of all before it is multiplied by

    @property
    def plain(self) -> bytes:
        """The part as it was."""
        return zlib.decompressobj(RAW).decompress(self.deflated)


def pack(part: bytes) -> Packed:
    """The part, compressed apart from what will stand around it."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW)
    deflated = packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)
    return Packed(deflated, len(part), zlib.crc32(part), _power(8 * len(part)))


def gzipped(head: bytes, middle: Packed, tail: bytes) -> bytes:
    """The three parts as one gzip page; head and tail are compressed now."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW)
    before = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    after = packer.compress(tail) + packer.flush(zlib.Z_FINISH)
    crc = zlib.crc32(tail, _product(middle.shift, zlib.crc32(head)) ^ middle.crc)
    length = len(head) + middle.length + len(tail)
    return b"".join((FRAME, before, middle.deflated, after, struct.pack("<II", crc, length & 0xFFFFFFFF)))


def _power(number: int) -> int:
    """x to this power, modulo the polynomial of the checksum."""
    found, square = ONE, 0
    while number:
        if number & 1:
            found = _product(_square(square), found)
        number, square = number >> 1, square + 1
    return found


@cache
def _square(times: int) -> int:
    """x, squared this many times."""
    return _product(_square(times - 1), _square(times - 1)) if times else ONE >> 1


def _product(one: int, other: int) -> int:
    """The product of two polynomials, modulo that of the checksum (crc32_combine of zlib does the same)."""
    product = 0
    for place in range(31, -1, -1):
        if one >> place & 1:
            product ^= other
        other = other >> 1 ^ (POLYNOMIAL if other & 1 else 0)
    return product
