"""Parts that were compressed apart make one gzip page, whatever they hold."""

import gzip

import pytest

from pop_forum.web.packing import gzipped, pack

PARTS = [b"", b"x", b"<p>Une navette.</p>" * 9_000, bytes(range(256)) * 700]


@pytest.mark.parametrize("head", PARTS)
@pytest.mark.parametrize("middle", PARTS)
@pytest.mark.parametrize("tail", PARTS)
def test_three_parts_read_as_one_page(head: bytes, middle: bytes, tail: bytes) -> None:
    assert gzip.decompress(gzipped(head, pack(middle), tail)) == head + middle + tail  # its checksum is compared


@pytest.mark.parametrize("part", PARTS)
def test_a_packed_part_gives_itself_back(part: bytes) -> None:
    assert pack(part).plain == part


def test_a_packed_part_tells_nothing_of_what_stands_around_it() -> None:
    middle = pack(b"Soutenir " * 500)
    for around in (b"", b"Soutenir " * 500):
        assert middle.deflated in gzipped(around, middle, around)
