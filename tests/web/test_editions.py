"""Editions: published at the programme's home, frozen, cited, compared, as data, and the same at every commune."""

import csv
import io
from datetime import date
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput, TooLarge
from pop_forum.federation import editions, parse, revisions
from pop_forum.federation.activities import EditionPublished, RevisionPublished
from pop_forum.federation.editions import MAX_EDITION_TITLE_CHARS, MAX_TEXTS
from pop_forum.federation.identifiers import Host
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Edition, Entry, Revision
from pop_forum.services import editions as service
from pop_forum.services import inbox, translation
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp
from pop_forum.web.measure_form import MAX_REASON_CHARS
from tests.web.neighbour import befriend, neighbour, neighbour_data
from tests.web.test_programme_writing import SLUG, SignIn
from tests.web.test_taking import BASE, EDITOR, lines, write

__all__ = ["neighbour", "neighbour_data"]

LIST, FORM = "/programme/editions", "/programme/editions/publier"
FIRST = f"{LIST}/2026-1"
WHY = "La navette dit où elle passe."
URN = revisions.measure_urn(SLUG)
TEXTS = ((URN, "Qm" + "a" * 44),)


def publish(browser: Any, **typed: Any) -> Any:
    page = browser.get(FORM).text
    read = page.partition('name="read" value="')[2].partition('"')[0]
    return browser.send(FORM, FORM, **{"title": "Deuxième édition", "reason": WHY, "read": read, **typed})


def test_the_first_edition_comes_with_the_programme_and_is_cited_with_its_digest(client: Any) -> None:
    listed = client.get(LIST).text
    assert FIRST in listed and "40 mesures" in lines(listed)
    page = lines(client.get(FIRST).text)
    assert "Programme commun, édition 2026-1 du 23 novembre 2026, http://valombre" in page
    document = client.get(f"{FIRST}.json").json
    assert document["digest"] in page and len(document["texts"]) == document["measures"] == 40
    assert document["since"] is None and "C’est la première édition" in lines(client.get(f"{FIRST}/changements").text)
    one = client.get(f"{FIRST}/{SLUG}").text
    assert "Pour citer" in one and document["texts"][0]["digest"].startswith("Qm")
    assert client.get(f"{FIRST}/inconnue").status_code == client.get(f"{LIST}/1999-1").status_code == 404


def test_without_a_programme_there_is_no_edition(neighbour: Commune) -> None:
    with neighbour.reading() as site:
        assert service.shown(site) == []
        with pytest.raises(InvalidInput):
            service.draft(site)


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("resident", 403), ("candidate", 403)])
def test_only_who_keeps_the_common_text_publishes(
    client: Any, signed_in: SignIn, commune: Commune, role: str | None, status: int
) -> None:
    browser = signed_in(role) if role else client
    assert browser.get(FORM).status_code == status and FORM not in browser.get(LIST).text
    answer = browser.send(FORM, "/affichage" if role else "/connexion", title="T", reason="R")
    assert answer.status_code == (status if role else 303), "what a visitor typed waits until she has signed in"
    with commune.transaction() as site, pytest.raises(Forbidden):
        service.publish(site, Viewer(1, Role.CANDIDATE), "T", "R")


def test_an_edition_freezes_the_common_texts_and_says_what_changes(
    signed_in: SignIn, client: Any, commune: Commune
) -> None:
    admin = signed_in("admin")
    assert "il n’y a rien à publier" in lines(admin.get(FORM).text)
    with commune.transaction() as site, pytest.raises(InvalidInput):
        service.publish(site, EDITOR, "T", "R")
    write(commune, BASE, True, title="La navette")
    answer = publish(admin)
    assert answer.status_code == 303
    place = answer.location
    said = lines(client.get(f"{place}/changements").text)
    assert "1 mesure change, 39 restent les mêmes." in said
    assert "le titre, 1 passage modifié, 1 passage ajouté" in said
    page = client.get(place).text
    assert WHY in lines(page) and BASE[1][1] in page and BASE[1][1] not in client.get(FIRST).text
    write(commune, (BASE[0],), True, title="La navette")
    assert BASE[1][1] in client.get(place).text and BASE[1][1] in client.get(f"{place}/{SLUG}").text
    document = client.get(f"{place}.json").json
    assert document["since"]["same"] == 39 and document["since"]["changed"][0]["passages"] == {"changed": 1, "added": 1}
    assert f"{place}/changements" in client.get(LIST).text
    back = lines(client.get(f"{FIRST}/changements?depuis={place.rpartition('/')[2]}").text)
    assert "1 passage retiré" in back


def test_the_table_of_an_edition_is_safe_to_open(client: Any, commune: Commune, signed_in: SignIn) -> None:
    write(commune, ((BASE[0][0], "=1+1"),), True)
    place = publish(signed_in("admin")).location
    rows = list(csv.DictReader(io.StringIO(client.get(f"{place}.csv").text.removeprefix("\ufeff"))))
    [row] = [row for row in rows if row["mesure"] == SLUG]
    assert len(rows) == 40 and row["texte"] == "'=1+1" and row["adresse"].endswith(f"{place}/{SLUG}")


@pytest.mark.parametrize(
    ("wrong", "link"),
    [
        ({"title": " "}, "#title"),
        ({"title": "x" * (MAX_EDITION_TITLE_CHARS + 1)}, "#title"),
        ({"reason": ""}, "#reason"),
        ({"reason": "x" * (MAX_REASON_CHARS + 1)}, "#reason"),
        ({"read": "autre"}, "#texts"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    signed_in: SignIn, commune: Commune, wrong: dict[str, str], link: str
) -> None:
    write(commune, BASE, True)
    answer = publish(signed_in("admin"), **wrong)
    assert answer.status_code == (409 if "read" in wrong else 400)
    assert f'href="{link}"' in answer.text and (WHY in answer.text or "reason" in wrong)
    with commune.reading() as site:
        assert site.session.query(Edition).count() == 1


def test_a_title_of_the_longest_is_published(signed_in: SignIn, commune: Commune) -> None:
    write(commune, BASE, True)
    longest = {"title": "x" * MAX_EDITION_TITLE_CHARS, "reason": "y" * MAX_REASON_CHARS}
    assert publish(signed_in("admin"), **longest).status_code == 303


def test_a_long_edition_leaves_the_texts_to_the_pages_of_its_measures(
    client: Any, monkeypatch: pytest.MonkeyPatch, commune: Commune
) -> None:
    with commune.reading() as site:
        page = service.page(site, "2026-1")
        letters = sum(len(b["text"]) for group in page.groups for one in group.texts for b in one.revision.blocks)
        first = page.groups[0].texts[0].revision.blocks[0]["text"]
        for most, whole in ((letters, True), (letters - 1, False)):
            monkeypatch.setattr(service, "WHOLE_CHARS", most)
            assert service.page(site, "2026-1").whole is whole
    assert first[:30] not in client.get(FIRST).text


def test_another_commune_has_the_same_edition_once_its_versions_came(
    signed_in: SignIn, commune: Commune, neighbour: Commune
) -> None:
    write(commune, BASE, True)
    place = publish(signed_in("admin")).location
    befriend(neighbour, commune)
    with commune.reading() as site:
        name = place.rpartition("/")[2]
        digest = service.digest_of(service.find(site, name))
        said = [load_object(row.activity) for row in site.session.query(Entry).order_by(Entry.id) if row.activity]
        firsts = [
            {column.key: getattr(row, column.key) for column in Revision.__table__.columns}
            for row in site.session.query(Revision).filter_by(role="edition")
        ]
    host, kinds = Host(commune.settings.host), (RevisionPublished, EditionPublished)
    with neighbour.transaction() as there:
        there.session.add_all(Revision(**values) for values in firsts)
        bare = [{name: value for name, value in one.items() if name != "proof"} for one in said]
        read = [(n, parse.parse(one, host=host)) for n, one in enumerate(bare)]
        told = [(n, one) for n, one in read if isinstance(one.content, kinds)][::-1]
        states = [inbox.handle(there, Known(there), host, one, Stamp(1, n)).state for n, one in [*told, *told]]
        assert states == ["waiting", "applied", "applied", "applied"]
        assert [service.digest_of(row) for row in service.shown(there)] == [digest]
        row = there.session.query(Edition).one()
        row.host = "autre.localhost:8080"
        there.session.flush()
        assert service.shown(there) == [], "only the home's are shown"


def test_of_two_editions_by_one_name_the_first_stands_whatever_came_first(commune: Commune) -> None:
    host = Host(commune.settings.host)
    found = []
    for order in ((1, 2), (2, 1)):
        with commune.transaction() as site:
            site.session.query(Edition).filter_by(host=host).delete()
            text = service.find(site, "2026-1").texts[0]
            texts = ((text["measure"], text["digest"]),)
            for n in order:
                frozen = editions.Edition("2099-1", date(2099, 1, 1), f"Titre {n}", texts)
                activity = _activity(site, EditionPublished(frozen, "Un mot."))
                assert inbox.handle(site, Known(site), host, activity, Stamp(1, n)).state == "applied"
            found.append(site.session.query(Edition).filter_by(host=host).one().title)
    assert found == ["Titre 1", "Titre 1"]


def _activity(site: Any, content: EditionPublished) -> Any:
    return translation.said_by_commune(site, content)


def test_a_version_of_another_measure_is_refused(commune: Commune) -> None:
    with commune.transaction() as site:
        texts = service.find(site, "2026-1").texts
        swapped = ((str(texts[0]["measure"]), str(texts[1]["digest"])),)
        wrong = EditionPublished(editions.Edition("2099-1", date(2099, 1, 1), "T", swapped), "Un mot.")
        with pytest.raises(InvalidInput):
            inbox.handle(site, Known(site), Host(commune.settings.host), _activity(site, wrong), Stamp(1, 9))


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "2026"},
        {"id": "2026-0"},
        {"title": " "},
        {"title": "e\u0301"},
        {"texts": ((URN.replace("programme-commun", "autre.example"), TEXTS[0][1]),)},
        {"texts": (("urn:autre", TEXTS[0][1]),)},
        {"texts": ((URN, "Qm"),)},
        {"texts": TEXTS * 2},
    ],
)
def test_an_edition_that_breaks_a_rule_is_refused(wrong: dict[str, Any]) -> None:
    whole = {"id": "2026-2", "date": date(2026, 1, 1), "title": "T", "texts": TEXTS, **wrong}
    with pytest.raises(InvalidInput):
        editions.validated(editions.Edition(**whole))


def test_an_edition_has_at_most_so_many_texts_and_letters() -> None:
    many = tuple((f"{URN}-{n}", TEXTS[0][1]) for n in range(MAX_TEXTS + 1))
    longest = "x" * MAX_EDITION_TITLE_CHARS
    assert editions.validated(editions.Edition("2026-2", date(2026, 1, 1), longest, many[:-1])).texts
    for title, texts in ((longest, many), (f"{longest}x", many[:1]), (longest, ())):
        with pytest.raises(TooLarge):
            editions.validated(editions.Edition("2026-2", date(2026, 1, 1), title, texts))


@pytest.mark.parametrize(
    "change",
    [
        {"date": "2026-13-01"},
        {"date": "hier"},
        {"more": 1},
        {"texts": [{"measure": URN}]},
        {"texts": ""},
        {"schema": 2},
    ],
)
def test_a_document_that_tells_no_edition_is_refused(change: dict[str, Any]) -> None:
    document = editions.to_document(editions.Edition("2026-2", date(2026, 1, 1), "T", TEXTS))
    assert editions.from_document(document).texts == TEXTS
    with pytest.raises(InvalidInput):
        editions.from_document({**document, **change})


def test_the_next_name_counts_within_the_year() -> None:
    names = ["2026-1", "2026-2", "2025-7"]
    assert (
        service.next_name(date(2026, 5, 1), names) == "2026-3"
        and service.next_name(date(2027, 1, 1), names) == "2027-1"
    )


def test_publishing_what_was_not_read_is_a_conflict(commune: Commune) -> None:
    write(commune, BASE, True)
    with commune.transaction() as site, pytest.raises(Conflict):
        service.publish(site, EDITOR, "T", "R", "autre")


def test_the_page_of_the_programme_names_the_last_edition(signed_in: SignIn, client: Any, commune: Commune) -> None:
    write(commune, BASE, True)
    place = publish(signed_in("admin")).location
    assert place in client.get("/programme").text
