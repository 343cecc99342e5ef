"""Data files: the same facts as the pages, for programs, and nothing that may not leave the site."""

import csv
import io
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role
from pop_forum.services import open_data
from tests.web.neighbour import HERE, answer, write
from tests.web.test_feeds import MEASURE, SECRET, adapt, remove


def data_of(uri: str) -> str:
    """The data of the discussion with this id, opened at this site."""
    return f"/discussions/{uri.rsplit('/', 1)[1]}.json"


def test_the_programme_as_json_has_every_measure(client: Any, commune: Commune) -> None:
    adapt(commune, "La navette passe aussi le vendredi.")
    found = client.get("/programme.json").json
    assert len(found["measures"]) == 40 and found["edition"]["id"] == "2026-1"
    [ours] = [line for line in found["measures"] if line["url"] == f"{HERE}/programme/{MEASURE}"]
    assert (ours["state"], ours["version"]) == ("adapted", 1) and ours["differences"] >= 1
    assert client.get(ours["data"].removeprefix(HERE)).json["digest"] == ours["digest"]


def test_the_programme_as_a_table_has_the_same(client: Any) -> None:
    file = client.get("/programme.csv")
    assert file.mimetype == "text/csv" and "programme-valombre.csv" in file.headers["Content-Disposition"]
    header, *rows = csv.reader(io.StringIO(file.text.removeprefix("\ufeff"), newline=""))
    assert tuple(header) == open_data.COLUMNS and len(rows) == 40
    json = client.get("/programme.json").json["measures"]
    assert [row[7] for row in rows] == [line["digest"] for line in json]


def test_row_76_a_title_is_no_formula_in_the_table(client: Any, commune: Commune) -> None:
    adapt(commune, "Le texte.", title="=cmd|' /C calc'!A0")
    assert "'=cmd" in client.get("/programme.csv").text


def test_a_measure_has_all_its_versions_with_date_author_and_digest(client: Any, commune: Commune) -> None:
    adapt(commune, "La navette passe aussi le vendredi.")
    found = client.get(f"/programme/{MEASURE}.json").json
    ours, edition = found["versions"]
    assert ours["text"] == ["La navette passe aussi le vendredi."] and ours["reason"] == "Parce que."
    assert (ours["commune"], ours["common"], ours["number"]) == ("Valombre-sur-Lys", False, 1)
    assert ours["digest"] == found["digest"] and ours["parents"] == [edition["digest"]]
    assert ours["published"].endswith("Z") and edition["common"] is True
    for version in (ours, edition):
        assert client.get(version["url"].removeprefix(HERE)).status_code == 200


def test_a_discussion_has_its_messages_in_their_order(client: Any, commune: Commune) -> None:
    uri = write(commune, "Un banc au lavoir", "Deux *lattes* manquent.\u2028Fin.")
    reply = answer(commune, uri, "Je m’en charge.", "Karim B.")
    file = client.get(data_of(uri))
    assert "\u2028" not in file.text, "row 72: safe to put into a script"
    opening, first = file.json["messages"]
    assert opening["id"] == uri and "<em>lattes</em>" in opening["html"] and opening["author"] == "Mireille A."
    assert (first["id"], first["author"], first["markdown"]) == (reply, "Karim B.", "Je m’en charge.")
    assert file.json["complete"] is True
    assert client.get(first["url"].removeprefix(HERE)).status_code == 303


def test_row_91_local_and_removed_messages_are_in_no_file(client: Any, commune: Commune) -> None:
    local = write(commune, f"Local {SECRET}", SECRET, shared=False)
    assert client.get(data_of(local)).status_code == 404
    assert client.get(data_of(local)).data == client.get("/discussions/aaaaaaaaaaaa.json").data
    uri = write(commune, "Un banc au lavoir")
    reply = answer(commune, uri, SECRET)
    remove(commune, reply, Role.MODERATOR)
    assert SECRET not in client.get(data_of(uri)).text
    remove(commune, uri, Role.RESIDENT)
    assert client.get(data_of(uri)).status_code == 404


@pytest.mark.parametrize("address", ["/programme.json", "/programme.csv", f"/programme/{MEASURE}.json"])
def test_who_has_the_file_is_told_so(client: Any, address: str) -> None:
    known = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": known}).status_code == 304


@pytest.mark.parametrize("address", ["/programme/nulle-part.json", "/discussions/x.json", "/programme/.json"])
def test_what_is_not_there_is_not_found(client: Any, address: str) -> None:
    assert client.get(address).status_code == 404


def test_the_page_of_data_leads_to_every_file_and_feed(client: Any) -> None:
    page = client.get("/donnees").text
    for address in ("/programme.csv", "/programme.json", "/dates.ics", "/flux.atom", "/programme/flux.atom"):
        assert f'href="{address}"' in page and client.get(address).status_code == 200
    assert 'href="/donnees"' in client.get("/").text
