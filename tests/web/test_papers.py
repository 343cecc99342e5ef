"""On paper: the programme, an edition and a measure as accessible PDF, made by the worker, and as a bare page."""

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from pop_forum.adapters import paper_shelf, typesetting
from pop_forum.adapters.clock import SystemClock
from pop_forum.adapters.paper_shelf import PAPER, PaperShelf
from pop_forum.commune import Commune
from pop_forum.domain.paper import FORMATS
from pop_forum.errors import Unavailable
from pop_forum.services import measures
from pop_forum.tasks import paper
from tests.web.test_taking import BASE, EDITOR, FIRST, write

MEASURE, OURS, EDITION = "/programme/navette-a-la-demande", "/programme/notre-programme", "/programme/editions/2026-1"
POINTS = {"a4": (595, 842), "a5": (420, 595), "grand": (595, 842)}
HOSTILE = "#panic[non] *gras* _penché_ $x$ @ref <étiquette> \\ // n’est pas une remarque"


def quick(job: Path, pdf: Path) -> None:
    """A typesetter that sets nothing."""
    pdf.write_bytes(b"%PDF " + job.read_bytes())


def refusing(job: Path, pdf: Path) -> None:
    raise Unavailable("no type left")


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "typeset", quick)


@pytest.fixture
def shelf(commune: Commune) -> PaperShelf:
    return PaperShelf(commune.settings.data)


@pytest.fixture
def made(client: Any, commune: Commune) -> Callable[[str], PdfReader]:
    """The PDF at an address, made for this test as the worker makes it."""

    def get(address: str) -> PdfReader:
        assert client.get(address).status_code == 202
        paper.run(commune)
        answer = client.get(address)
        assert (answer.status_code, answer.content_type) == (200, "application/pdf"), answer.text[:300]
        return PdfReader(io.BytesIO(answer.data))

    return get


def told(pdf: PdfReader) -> str:
    return " ".join("\n".join(page.extract_text() for page in pdf.pages).split())


def titles(outline: list[Any]) -> Iterator[str]:
    """The bookmarks, in their order."""
    for one in outline:
        if isinstance(one, list):
            yield from titles(one)
        else:
            yield one.title


def test_an_edition_of_forty_measures_is_an_accessible_pdf(made: Callable[[str], PdfReader]) -> None:
    pdf = made(f"{EDITION}/papier/a4.pdf")
    catalog: Any = pdf.trailer["/Root"]
    assert catalog["/Lang"] == "fr" and catalog["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in catalog
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "<pdfuaid:part>1</pdfuaid:part>" in catalog["/Metadata"].get_data().decode()
    assert pdf.metadata is not None and pdf.metadata.title == "Programme commun\u00a0: Première édition (2026-1)"
    bookmarks = list(titles(pdf.outline))
    assert len(bookmarks) == 11 + 40 and bookmarks[:2] == ["1. Mieux se déplacer", "Navette locale à la demande"]
    text = told(pdf)
    assert f"1 / {len(pdf.pages)}" in text and "Ne pas jeter sur la voie publique." in text
    assert "valombre.localhost:8080/programme/editions/2026-1" in text and "Coût : pas encore chiffré." in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_measure_has_three_formats(made: Callable[[str], PdfReader], name: str) -> None:
    box = made(f"{MEASURE}/papier/{name}.pdf").pages[0].mediabox
    assert (round(box.width), round(box.height)) == POINTS[name]


def test_what_looks_like_markup_is_set_as_it_was_written(commune: Commune, made: Callable[[str], PdfReader]) -> None:
    write(commune, ((FIRST, HOSTILE),), False)
    pdf = made(f"{OURS}/papier/a5.pdf")
    assert HOSTILE in told(pdf) and "Notre commune a adapté le texte commun." in told(pdf)


@pytest.mark.usefixtures("quickly")
def test_the_first_reader_waits_a_moment_and_the_others_do_not(client: Any, commune: Commune) -> None:
    address = f"{MEASURE}/papier/a4.pdf"
    first = client.get(address)
    assert first.status_code == 202 and "Le PDF se prépare" in first.text
    assert first.headers["Refresh"] == "2" and first.headers["Cache-Control"] == "no-store"
    assert client.get(address).status_code == 202
    assert commune.wakeups.told.count(("valombre", PAPER)) == 1  # type: ignore[attr-defined]
    paper.run(commune)
    ready = client.get(address)
    assert ready.status_code == 200
    assert ready.headers["Content-Disposition"] == 'inline; filename="navette-a-la-demande-a4-valombre.pdf"'
    assert client.get(address, headers={"If-None-Match": ready.headers["ETag"]}).status_code == 304


@pytest.mark.usefixtures("quickly")
def test_another_text_makes_another_pdf_and_the_same_text_none(client: Any, commune: Commune) -> None:
    address = f"{MEASURE}/papier/a4.pdf"
    client.get(address)
    paper.run(commune)
    before = client.get(address)
    write(commune, BASE, False)
    assert client.get(address).status_code == 202, "our commune has adapted it meanwhile"
    paper.run(commune)
    after = client.get(address)
    assert after.status_code == 200 and after.data != before.data
    assert BASE[0][1] in json.loads(after.data.removeprefix(b"%PDF "))["groups"][0]["parts"][0]["passages"][0]


@pytest.mark.usefixtures("quickly")
def test_the_sweep_finds_what_a_lost_wake_up_left(client: Any, commune: Commune) -> None:
    client.get(f"{MEASURE}/papier/a4.pdf")
    commune.wakeups.told.clear()  # type: ignore[attr-defined]
    paper.sweep(commune)
    assert ("valombre", PAPER) in commune.wakeups.told  # type: ignore[attr-defined]


def test_a_pdf_that_cannot_be_made_is_said_so_and_tried_again_later(
    client: Any, commune: Commune, shelf: PaperShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "typeset", refusing)
    address = f"{MEASURE}/papier/a4.pdf"
    client.get(address)
    paper.run(commune)
    answer = client.get(address)
    assert answer.status_code == 503 and "n’a pas pu être fait" in answer.text and "Refresh" not in answer.headers
    assert shelf.waiting() == []
    [failed] = (commune.settings.data / paper_shelf.FOLDER).glob("*.failed")
    long_ago = SystemClock().now().timestamp() - paper_shelf.AGAIN_SECONDS
    os.utime(failed, (long_ago, long_ago))
    assert client.get(address).status_code == 202 and len(shelf.waiting()) == 1


def test_a_typesetter_that_ends_badly_is_no_pdf(tmp_path: Path) -> None:
    (tmp_path / "job").write_text("{}")
    with pytest.raises(Unavailable, match="KeyError"):
        typesetting.typeset(tmp_path / "job", tmp_path / "pdf")
    assert not (tmp_path / "pdf").exists()


def test_at_most_so_many_documents_wait(client: Any, shelf: PaperShelf) -> None:
    for number in range(paper_shelf.MOST_WAITING - 1):
        shelf.want(f"{number:064x}", b"{}")
    assert client.get(f"{MEASURE}/papier/a4.pdf").status_code == 202
    answer = client.get(f"{MEASURE}/papier/a5.pdf")
    assert answer.status_code == 503 and "Réessayez dans quelques minutes" in answer.text
    assert len(shelf.waiting()) == paper_shelf.MOST_WAITING


def test_the_document_asked_for_the_longest_ago_makes_room(
    shelf: PaperShelf, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper_shelf, "MOST_KEPT", 2)
    folder = commune.settings.data / paper_shelf.FOLDER
    for number in range(2):
        shelf.want(str(number), b"{}")
        shelf.make(str(number), quick)
        os.utime(folder / f"{number}.pdf", (number, number))
    assert shelf.find("0") is not None, "asked for again: now it is the newest"
    shelf.want("2", b"{}")
    shelf.make("2", quick)
    assert sorted(path.stem for path in folder.glob("*.pdf")) == ["0", "2"]


def test_only_one_worker_sets_type(shelf: PaperShelf, commune: Commune, client: Any) -> None:
    client.get(f"{MEASURE}/papier/a4.pdf")
    with shelf.alone() as alone:
        assert alone
        paper.run(commune)
    assert len(shelf.waiting()) == 1


def test_without_the_library_the_page_says_how_to_print(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "LIBRARIES", ("typst", "not_installed_here"))
    page = client.get(f"{MEASURE}/papier")
    assert "imprimez la page depuis le navigateur" in page.text.lower() and ".pdf" not in page.text
    assert client.get(f"{MEASURE}/papier/a4.pdf").status_code == 404
    assert client.get(f"{MEASURE}/papier.html").status_code == 200


@pytest.mark.parametrize("address", ["papier/a3.pdf", "papier/A4.pdf", "papier/.pdf"])
def test_an_unknown_format_is_said_so(client: Any, address: str) -> None:
    assert client.get(f"{MEASURE}/{address}").status_code == 404


@pytest.mark.parametrize("page", [MEASURE, OURS, EDITION])
def test_pages_lead_to_paper(client: Any, commune: Commune, page: str) -> None:
    with commune.transaction() as site:
        measures.adopt(site, EDITOR, measures.by_slug(site, "cantine-locale"))
    assert f'href="{page}/papier"' in client.get(page).text
    choice = client.get(f"{page}/papier").text
    for name in FORMATS:
        assert f'href="{page}/papier/{name}.pdf"' in choice
    assert f'href="{page}/papier.html"' in choice


def test_the_bare_page_has_the_words_and_nothing_else(client: Any, commune: Commune) -> None:
    write(commune, BASE, False)
    text = client.get(f"{OURS}/papier.html").text
    assert BASE[0][1] in text and "<h1>Notre programme</h1>" in text
    assert not re.search(r"<(nav|script|style|form|header|footer)|stylesheet|class=|style=", text)


def test_a_programme_without_measures_is_said_so(client: Any) -> None:
    assert "n’a encore repris ni adapté aucune mesure" in client.get(f"{OURS}/papier.html").text


def test_a_digest_can_be_broken_on_a_telephone(client: Any) -> None:
    page = client.get(f"{EDITION}/papier.html").text
    digest = re.search(r"Empreinte\s:\s(.*?)</p>", page)
    assert digest and max(map(len, digest[1].split("<wbr>"))) <= 12
    assert digest[1].replace("<wbr>", "") in client.get(EDITION).text
