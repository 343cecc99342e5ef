"""The index: French words, filters, spellings; batches, merges, what a crash or a damaged file leaves."""

import gc
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pop_forum.adapters import index_folder, index_writing
from pop_forum.adapters.index import CommuneIndex
from pop_forum.adapters.index_writing import Batch, IndexDamaged, Rebuilding
from pop_forum.domain.search_words import read_query
from pop_forum.domain.searching import Document, Kind, Lookup

DAY = date(2026, 3, 14)
KILLED = """
import datetime, os, pathlib, signal, sys
from pop_forum.adapters.index_writing import Rebuilding
from pop_forum.domain.searching import Document, Kind
half = Document("p2", Kind.REPLY, "ici.fr", "", "nouveau", datetime.date(2026, 3, 14))
Rebuilding(pathlib.Path(sys.argv[1])).add([half])
os.kill(os.getpid(), signal.SIGKILL)
"""
HERE, THERE = "ici.fr", "ailleurs.fr"


def document(number: int, text: str, **more: Any) -> Document:
    values = {"kind": Kind.REPLY, "host": HERE, "title": "", "day": DAY, **more}
    return Document(ref=f"p{number}", text=text, **values)


def made(data: Path, *documents: Document) -> CommuneIndex:
    fresh = Rebuilding(data)
    fresh.add(documents)
    fresh.finish()
    return CommuneIndex(data)


def refs(index: CommuneIndex, text: str, **more: Any) -> set[str]:
    values = {"shown": (HERE, THERE), **more}
    found = index.find(Lookup(read_query(text), **values))
    assert found is not None
    return set(found.refs)


FRENCH = {
    1: "La déchetterie ferme à midi.",
    2: "Deux dechetteries pour trois communes.",
    3: "L’été, l'école est vide.",
    4: "Une décision de la municipalité.",
    5: "Le conseil municipal vote.",
    6: "Des œufs au marché, des chevaux au pré.",
    7: "Un hydravion, deux élections.",
}


@pytest.fixture(scope="module")
def french(tmp_path_factory: pytest.TempPathFactory) -> CommuneIndex:
    return made(tmp_path_factory.mktemp("index"), *(document(number, text) for number, text in FRENCH.items()))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("déchetterie", {"p1", "p2"}),
        ("dechetterie", {"p1", "p2"}),
        ("DÉCHETTERIES", {"p1", "p2"}),
        ("été", {"p3"}),
        ("ete", {"p3"}),
        ("l’école", {"p3"}),
        ("ecole", {"p3"}),
        ("municipalité", {"p4", "p5"}),
        ("municipalite", {"p4"}),
        ("oeufs", {"p6"}),
        ("œuf", {"p6"}),
        ("cheval", {"p6"}),
        ("déch*", {"p1", "p2"}),
        ("déchetterie -midi", {"p2"}),
        ('"conseil municipal"', {"p5"}),
        ('"municipal conseil"', set()),
        ("école marché", set()),
        ("hydravions", {"p7"}),
        ("élection", {"p7"}),
    ],
)
def test_french_words_are_found_however_they_are_typed(french: CommuneIndex, typed: str, found: set[str]) -> None:
    assert refs(french, typed) == found


@given(st.text(max_size=300))
@example("a* OR b* " * 500)
@example("*" * 10_000)
@example('"' * 300)
@example("-" * 300)
@example("commune " + "-école " * 50)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_row_61_a_question_of_any_shape_is_answered_quickly(french: CommuneIndex, text: str) -> None:
    start = time.process_time()
    asked = read_query(text)
    assert not asked.wanted or french.find(Lookup(asked, (HERE,))) is not None
    assert time.process_time() - start < 1


def test_filters_leave_out_kinds_places_themes_and_times(tmp_path: Path) -> None:
    index = made(
        tmp_path,
        document(1, "le car", kind=Kind.DISCUSSION, theme="transports", measure="navette"),
        document(2, "le car", host=THERE),
        document(3, "le car", day=date(2020, 1, 1)),
    )
    assert refs(index, "car") == {"p1", "p2", "p3"}
    assert refs(index, "car", kind=Kind.DISCUSSION) == {"p1"}
    assert refs(index, "car", theme="transports") == refs(index, "car", measure="navette") == {"p1"}
    assert refs(index, "car", hosts=(THERE,)) == {"p2"}
    assert refs(index, "car", hosts=()) == set()
    assert refs(index, "car", since=DAY) == {"p1", "p2"}
    assert refs(index, "car", shown=(HERE,)) == {"p1", "p3"}


def test_a_word_in_a_title_weighs_more(tmp_path: Path) -> None:
    index = made(tmp_path, document(1, "le four et le pain"), document(2, "le pain et la pierre", title="Le four"))
    found = index.find(Lookup(read_query("four"), (HERE,)))
    assert found is not None and found.refs == ("p2", "p1")


def test_a_known_word_has_no_other_spelling_and_an_unknown_one_its_nearest(french: CommuneIndex) -> None:
    assert french.spellings(["dechetterie"]) == {}
    assert french.spellings(["dechteterie"])["dechteterie"] in ("déchetterie", "dechetteries")
    assert french.spellings(["ecoel", "zzzzzz", "pré"]) == {"ecoel": "école"}


def test_a_batch_adds_changes_and_removes(tmp_path: Path) -> None:
    index = made(tmp_path, document(1, "ancien"), document(2, "ancien"))
    batch = Batch(
        [document(1, "nouveau"), document(3, "nouveau")], [document(2, "voisin"), document(4, "voisin")], ["p9"]
    )
    index_writing.put(tmp_path, batch)
    assert refs(index, "nouveau") == {"p1", "p3"}
    assert (refs(index, "ancien"), refs(index, "voisin")) == ({"p2"}, {"p4"})
    index_writing.put(tmp_path, Batch([], gone=["p1", "p2"]))
    assert (refs(index, "nouveau"), refs(index, "ancien")) == ({"p3"}, set())


def test_an_index_is_made_beside_the_one_in_use(tmp_path: Path) -> None:
    index = made(tmp_path, document(1, "ancien"))
    fresh = Rebuilding(tmp_path)
    fresh.add([document(2, "nouveau")])
    assert refs(index, "ancien") == {"p1"}
    fresh.finish()
    assert (refs(index, "ancien"), refs(index, "nouveau")) == (set(), {"p2"})
    assert len([path for path in (tmp_path / "index").iterdir() if path.is_dir()]) == 1


def test_what_a_killed_rebuild_leaves_is_not_used_and_goes_away(tmp_path: Path) -> None:
    index = made(tmp_path, document(1, "ancien"))
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len([path for path in (tmp_path / "index").iterdir() if path.is_dir()]) == 2
    assert refs(CommuneIndex(tmp_path), "ancien") == refs(index, "ancien") == {"p1"}
    index_folder.clear(tmp_path / "index")
    assert len([path for path in (tmp_path / "index").iterdir() if path.is_dir()]) == 1


def test_a_missing_index_answers_nothing_and_cannot_be_added_to(tmp_path: Path) -> None:
    index = CommuneIndex(tmp_path)
    assert index.find(Lookup(read_query("pluie"), (HERE,))) is None
    assert index.spellings(["pluie"]) == {} and index.documents() is None
    with pytest.raises(IndexDamaged):
        index_writing.put(tmp_path, Batch([document(1, "pluie")]))
    assert index_folder.must_be_made(tmp_path / "index")


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("damage", [b"", b"\x00" * 300, b"not an index at all" * 50])
def test_a_damaged_index_answers_nothing_and_is_made_again(tmp_path: Path, damage: bytes) -> None:
    made(tmp_path, document(1, "pluie")).close()
    generation = index_folder.current(tmp_path / "index")
    assert generation is not None
    for path in (*generation.glob("*.seg"), *generation.glob("_MAIN_*.toc")):
        path.write_bytes(damage)
    assert CommuneIndex(tmp_path).find(Lookup(read_query("pluie"), (HERE,))) is None
    assert (tmp_path / "index" / index_folder.SUSPECT).exists()
    assert not index_folder.must_be_made(tmp_path / "index")  # it is new: made again, it would be as it is
    with pytest.raises(IndexDamaged):
        index_writing.put(tmp_path, Batch([document(2, "pluie")]))
    assert refs(made(tmp_path, document(1, "pluie")), "pluie") == {"p1"}
    assert not (tmp_path / "index" / index_folder.SUSPECT).exists()
    gc.collect()  # Whoosh leaves a file open that it cannot read, and its warning belongs to this test


def test_an_index_of_another_version_counts_as_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = made(tmp_path, document(1, "pluie"))
    monkeypatch.setattr(index_folder, "VERSION", index_folder.VERSION + 1)
    assert index.find(Lookup(read_query("pluie"), (HERE,))) is None


def test_one_process_of_a_host_writes(tmp_path: Path) -> None:
    with index_folder.written_alone(tmp_path) as first, index_folder.written_alone(tmp_path) as second:
        assert first and not second
    with index_folder.written_alone(tmp_path) as third:
        assert third
