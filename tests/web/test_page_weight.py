"""What a first visit costs on a slow connection: everything a page brings along, as it travels."""

import gzip
import re
from typing import Any

from pop_forum.commune import Commune
from tests.web.neighbour import answer, write

MOST_BYTES_OF_A_THREAD, MOST_BYTES, MOST_REQUESTS = 60_000, 100_000, 8
REPLIES = 40
BROUGHT = re.compile(
    r'<(?:link rel="(?:stylesheet|icon|apple-touch-icon|manifest)" href|script src|img[^>]* src)="([^"]+)"'
)
COMPRESSED = {"Accept-Encoding": "gzip, deflate, br"}
LONG = "Le vendredi matin, il y a le marché, et c’est le seul jour où je verrais du monde. " * 8


def first_view(client: Any, address: str) -> list[int]:
    """The bytes of the page, compressed as the page cache does, and of each file that it brings along."""
    page = client.get(address)
    weights = [len(gzip.compress(page.data, 6))]
    for file in BROUGHT.findall(page.text):
        brought = client.get(file.replace("&amp;", "&"), headers=COMPRESSED)
        assert brought.status_code == 200, file
        weights.append(len(brought.data))
    return weights


def test_a_discussion_is_read_for_few_bytes(client: Any, commune: Commune) -> None:
    uri = write(commune, "La navette", LONG)
    for number in range(REPLIES):
        answer(commune, uri, f"Réponse {number}. {LONG}")
    weights = first_view(client, f"/discussions/{uri.rsplit('/', 1)[1]}")
    assert sum(weights) <= MOST_BYTES_OF_A_THREAD, weights
    assert len(weights) <= MOST_REQUESTS, weights


def test_the_widest_pages_stay_light(client: Any) -> None:
    for address in ("/", "/programme", "/programme/navette-a-la-demande", "/quotidien", "/reseau", "/aide"):
        weights = first_view(client, address)
        assert sum(weights) <= MOST_BYTES and len(weights) <= MOST_REQUESTS, (address, weights)


def test_a_file_is_compressed_for_who_can_read_it(client: Any) -> None:
    address = next(file for file in BROUGHT.findall(client.get("/").text) if "pop.css" in file).replace("&amp;", "&")
    plain, zipped = client.get(address), client.get(address, headers=COMPRESSED)
    assert zipped.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(zipped.data) == plain.data and len(zipped.data) < len(plain.data) / 3
    assert "Accept-Encoding" in zipped.headers["Vary"] and "Accept-Encoding" in plain.headers["Vary"]
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    known = {**COMPRESSED, "If-None-Match": zipped.headers["ETag"]}
    assert client.get(address, headers=known).status_code == 304
    refused = client.get(address, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
