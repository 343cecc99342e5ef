"""Searching when something is wrong with the index, or there is none: every question is answered, and in time."""

import errno
import os
import time
from typing import Any

import pytest

from pop_forum.adapters import index_folder
from pop_forum.cli.indexing import folder_of
from pop_forum.commune import Commune
from pop_forum.models import Post
from pop_forum.services import search_scan
from tests.web.neighbour import answer, write
from tests.web.test_search import tell

PREPARING = "La recherche complète est en préparation"
LONGEST = 20_000  # characters of a message
IN_USE_SECONDS = search_scan.SCAN_SECONDS  # tests/conftest.py gives all other tests more, later than this is read


@pytest.fixture
def filled(commune: Commune) -> Commune:
    """A commune with an index that does not fit into one page of memory."""
    uri = write(commune, "La déchetterie", "Elle ferme à midi.")
    answer(commune, uri, " ".join(f"mot{number}" for number in range(2_000)), "Karim B.")
    tell(commune)
    return commune


def search(client: Any, words: str = "mot1999") -> str:
    page = client.get("/recherche", query_string={"q": words})
    assert page.status_code == 200
    return str(page.text)


@pytest.mark.parametrize("left", [0, 50, 5_000])
def test_an_index_cut_short_while_it_is_open_ends_no_process(client: Any, filled: Commune, left: int) -> None:
    assert PREPARING not in search(client)
    generation = index_folder.current(folder_of(filled))
    assert generation is not None
    for path in generation.glob("*.seg"):
        os.truncate(path, left)
    page = search(client)
    assert PREPARING in page and "1 résultat" in page
    assert (folder_of(filled) / index_folder.SUSPECT).exists()


def test_a_disk_that_fails_ends_no_process(client: Any, filled: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PREPARING not in search(client)

    def fails(*_: int) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pread", fails)
    page = search(client)
    assert PREPARING in page and "1 résultat" in page


def test_a_search_without_an_index_answers_before_the_longest_messages_are_all_read(
    client: Any, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_scan, "SCAN_SECONDS", IN_USE_SECONDS)
    uri = write(commune, "La déchetterie")
    key = answer(commune, uri, "Un mot.", "Karim B.")
    with commune.transaction() as site:
        first = site.session.query(Post).filter_by(uri=key).one()
        columns = {column.name: getattr(first, column.name) for column in Post.__table__.columns if column.name != "id"}
        words = "Le vendredi matin, il y a le marché, et c’est le seul jour où je vois du monde. "
        for number in range(500):
            own = {"uri": f"{key}{number}", "key": f"k{number}", "source": (words * 300)[:LONGEST]}
            site.session.add(Post(**{**columns, **own}))
    start = time.process_time()
    page = search(client, "introuvablement")
    assert time.process_time() - start < 2
    assert "une partie des mesures et des messages les plus récents" in page
    assert "Rien dans ce qui a été parcouru" in page and "Aucun résultat" not in page


def test_a_search_without_an_index_gives_what_it_found_in_time(
    client: Any, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(commune, "La déchetterie")
    assert "1 résultat" in search(client, "déchetterie")
    monkeypatch.setattr(search_scan, "SCAN_SECONDS", -1.0)
    page = search(client, "déchetterie")
    assert "Rien dans ce qui a été parcouru" in page and "Réessayez dans une minute" in page
