"""« Discuter ce passage »: from a passage of a measure to a discussion that every commune ties to it."""

import re
from html import unescape
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.errors import InvalidInput
from pop_forum.federation import parse
from pop_forum.federation.identifiers import Host
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Entry, Thread
from pop_forum.services import reading
from tests.web.test_programme_writing import MEASURE, SignIn
from tests.web.test_taking import BASE, lines, write

OPEN = f"{MEASURE}/ouvrir"
PASSAGE = "navette-a-la-demande-1"


def begun(browser: Any, passage: str = PASSAGE) -> dict[str, Any]:
    """The form of a discussion on a passage as a browser would send it back."""
    page = browser.get(f"{OPEN}?passage={passage}").text
    named = dict(re.findall(r'<input[^>]* name="(title|passage|envoi)"[^>]* value="([^"]*)"', page))
    named |= {name: value for value, name in re.findall(r'<input[^>]* value="([^"]*)"[^>]* name="(title)"', page)}
    words = re.search(r"<textarea[^>]*>([^<]*)</textarea>", page)
    return {**{k: unescape(v) for k, v in named.items()}, "text": unescape(words[1] if words else "").strip()}


def test_a_passage_leads_to_a_discussion_that_quotes_it_and_stands_under_it(
    signed_in: SignIn, client: Any, commune: Commune
) -> None:
    write(commune, BASE, True)
    assert f"{OPEN}?passage={PASSAGE}" in client.get(MEASURE).text
    resident = signed_in("resident")
    form = begun(resident)
    assert form["passage"] == PASSAGE and form["text"].startswith(f"> {BASE[0][1]}")
    assert "Je propose d’écrire plutôt" in form["text"] and "Sur ce passage" in lines(
        resident.get(f"{OPEN}?passage={PASSAGE}").text
    )
    title = "Et les hameaux du haut ?"
    answer = resident.send(OPEN, OPEN, **{**form, "title": title, "reach": "shared"})
    assert answer.status_code == 303
    assert title in client.get(MEASURE).text.split('id="')[1] or title in client.get(MEASURE).text
    assert title in client.get(f"{MEASURE}/discussion").text
    with commune.reading() as site:
        [thread] = site.session.query(Thread)
        entry = site.session.query(Entry).order_by(Entry.id.desc()).first()
        document = load_object(entry.activity)
    assert thread.block == PASSAGE and document["object"]["pop:block"] == PASSAGE


def test_what_is_no_passage_of_ours_begins_nothing(signed_in: SignIn, client: Any, commune: Commune) -> None:
    resident = signed_in("resident")
    page = resident.get(f"{OPEN}?passage=inconnu").text
    assert "Sur ce passage" not in lines(page) and 'name="passage"' not in page
    sent = {"title": "Un titre", "text": "Bonjour.", "reach": "shared", "passage": "Pas un passage"}
    assert resident.send(OPEN, OPEN, **sent).status_code == 400
    daily = resident.send("/quotidien/ouvrir", "/quotidien/ouvrir", **{**sent, "passage": PASSAGE})
    assert daily.status_code == 303
    with commune.reading() as site:
        assert [row.block for row in site.session.query(Thread)] == [None]


def test_a_passage_names_its_newest_discussions(
    signed_in: SignIn, client: Any, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = signed_in("resident")
    for n in range(reading.PASSAGE_THREADS + 1):
        sent = {"title": f"Avis numéro {n}", "text": f"Bonjour {n}.", "reach": "local", "passage": PASSAGE}
        assert resident.send(OPEN, OPEN, **sent).status_code == 303
    page = client.get(MEASURE).text
    assert "Avis numéro 0" not in page and page.count("Avis numéro") == reading.PASSAGE_THREADS
    monkeypatch.setattr(reading, "PASSAGES_AT_ONCE", 1)
    with commune.reading() as site:
        [thread] = site.session.query(Thread).filter_by(title="Avis numéro 3")
        assert reading.on_passages(site, thread.measure or "") == {PASSAGE: [(thread.key, thread.title)]}


@pytest.mark.parametrize("change", [{"pop:block": "PAS UN"}, {"pop:board": "quotidien", "pop:measure": ...}])
def test_a_passage_of_no_measure_is_refused(signed_in: SignIn, commune: Commune, change: dict[str, Any]) -> None:
    resident = signed_in("resident")
    sent = {"title": "Un titre", "text": "Bonjour.", "reach": "shared", "passage": PASSAGE}
    resident.send(OPEN, OPEN, **sent)
    with commune.reading() as site:
        document = load_object(site.session.query(Entry).order_by(Entry.id.desc()).first().activity)
    host = Host(commune.settings.host)
    whole = {name: value for name, value in document.items() if name != "proof"}
    assert parse.parse(whole, host=host).content.block == PASSAGE  # type: ignore[union-attr]
    page = {name: value for name, value in {**whole["object"], **change}.items() if value is not ...}  # type: ignore[dict-item]
    with pytest.raises(InvalidInput):
        parse.parse({**whole, "object": page}, host=host)
