"""The list of every public page as JSON and as a table: what a journalist counts, and nothing that may not leave."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role
from pop_forum.models import Post
from pop_forum.services import open_lists
from pop_forum.services.moderation_log import LOG_PER_PAGE
from pop_forum.web.open_lists import LISTS
from tests.web.neighbour import HERE, answer, befriend, neighbour, neighbour_data, write
from tests.web.test_discussions import hide, open_thread
from tests.web.test_feeds import MEASURE, SECRET, adapt, remove
from tests.web.test_long_threads import statements

__all__ = ["neighbour", "neighbour_data"]

Enter = Callable[..., Any]
CATEGORY = "voirie-et-travaux"
IMPROVEMENTS = ("improvements", "improvements_of_measure")  # the tests of improvements have some


def table(client: Any, address: str) -> list[dict[str, str]]:
    """The rows of this table by the names of their columns."""
    file = client.get(address)
    assert file.status_code == 200 and file.mimetype == "text/csv", address
    return list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"), newline="")))


def key_of(commune: Commune, uri: str) -> str:
    """The key in the address of the page of who wrote this message."""
    with commune.reading() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        return post.author.uri.rpartition("/")[2]


@pytest.fixture
def pages(commune: Commune, neighbour: Commune, signed_in: Enter, client: Any) -> dict[str, str]:
    """The page of each list by its name, in a commune that has something to say on each."""
    befriend(commune, neighbour)
    adapt(commune, "La navette passe aussi le vendredi.")
    uri = write(commune, "=1+1", "Un banc manque.")
    answer(commune, uri, "Je m’en charge.", "Karim B.")
    author, moderator = signed_in("resident", "Lucie M."), signed_in("moderator", "Modératrice M.")
    on = f"/programme/{MEASURE}/ouvrir"
    author.send(on, on, title="Le car du soir", text="À 19 h ?", reach="shared")
    open_thread(author, "Un trou", category=CATEGORY)
    hide(moderator, answer(commune, uri, "Hors sujet.").rpartition("/")[2])
    theme = client.get("/programme").text.partition("/programme/themes/")[2].partition('"')[0]
    values = {"<key>": uri.rpartition("/")[2], "themes/<slug>": f"themes/{theme}", "<slug>": MEASURE}
    found = {}
    for name, (address, _) in LISTS.items():
        special = {"category": {"<slug>": CATEGORY}, "person": {"<key>": key_of(commune, uri)}}
        for part, value in {**values, **special.get(name, {})}.items():
            address = address.replace(part, value)
        found[name] = address
    return found


def test_each_list_is_there_as_json_and_as_a_table_and_its_page_leads_there(client: Any, pages: dict[str, str]) -> None:
    for name, page in pages.items():
        json, rows = client.get(f"{page}.json"), table(client, f"{page}.csv")
        document = json.json
        assert json.status_code == 200 and document["url"] == f"{HERE}{page}" and document["next"] is None, page
        [items] = [value for value in document.values() if isinstance(value, list)]
        assert len(rows) == len(items) and (items or name in ("decisions", *IMPROVEMENTS)), page
        shown = client.get(page).text
        for kind, suffix in (("application/json", "json"), ("text/csv", "csv")):
            assert f'<link rel="alternate" type="{kind}" href="{page}.{suffix}">' in shown, page
            assert f'<a class="tap" href="{page}.{suffix}"' in shown, page
            etag = client.get(f"{page}.{suffix}").headers["ETag"]
            answered = client.get(f"{page}.{suffix}", headers={"If-None-Match": etag})
            assert answered.status_code == 304 and "must-revalidate" in answered.headers["Cache-Control"]


def test_what_the_lists_say(client: Any, pages: dict[str, str]) -> None:
    daily = client.get("/quotidien.json").json["discussions"]
    assert [line["title"] for line in daily] == ["=1+1", "Un trou"] and daily[0]["replies"] == 1
    assert client.get(daily[0]["data"].removeprefix(HERE)).json["title"] == "=1+1"
    [street] = table(client, f"{pages['category']}.csv")
    assert street["titre"] == "Un trou" and street["rubrique"] and street["close"] == "non"
    assert [row["titre"] for row in table(client, f"{pages['of_measure']}.csv")] == ["Le car du soir"]
    named = client.get(f"{pages['of_measure']}.csv").headers["Content-Disposition"]
    assert named == f'attachment; filename="programme-{MEASURE}-discussion-valombre.csv"'
    versions = table(client, f"{pages['measure']}.csv")
    assert versions[0]["texte"] == "La navette passe aussi le vendredi." and versions[0]["texte_commun"] == "non"
    assert [row["auteur"] for row in table(client, f"{pages['thread']}.csv")] == ["Mireille A.", "Karim B."]
    [hidden] = client.get(f"{pages['log']}.json").json["acts"]
    assert hidden["reason"] == "hors-sujet" and hidden["sentence"] == "Ce n’est pas le sujet."
    assert [one["host"] for one in client.get("/reseau.json").json["communes"]] == ["pont-hervel.localhost:8080"]
    person = client.get(f"{pages['person']}.json").json
    assert person["name"] == "Mireille A." and [one["opening"] for one in person["messages"]] == [True]


def test_row_76_a_title_is_no_formula_in_a_table(client: Any, pages: dict[str, str]) -> None:
    for page in ("/quotidien", pages["person"]):
        assert "'=1+1" in [row["titre"] for row in table(client, f"{page}.csv")], page


def test_row_91_what_stays_here_and_what_was_removed_is_in_no_list(
    client: Any, commune: Commune, signed_in: Enter, pages: dict[str, str]
) -> None:
    moderator = signed_in("moderator", "Autre M.")
    local = write(commune, f"Local {SECRET}", SECRET, shared=False, name="Reste Ici")
    uri = write(commune, f"Retiré {SECRET}", "Ouvert")
    reply = answer(commune, f"{HERE}/o/{pages['thread'].rpartition('/')[2]}", SECRET)
    judged = f"/moderation/messages/{local.rpartition('/')[2]}"
    moderator.send(judged, decision="hide", reason="hors-sujet", sentence=SECRET)
    remove(commune, reply, Role.MODERATOR)
    remove(commune, uri, Role.RESIDENT)
    for page in pages.values():
        for suffix in ("json", "csv"):
            file = client.get(f"{page}.{suffix}")
            assert file.status_code == 200 and SECRET not in file.text and "Reste Ici" not in file.text, page
    acts = client.get("/moderation/journal.json").json["acts"]
    assert {(one["discussion"], one["url"]) for one in acts if not one["sentence"]} == {(None, None)}
    nowhere = "aaaaaaaaaaaa"
    for page, other in (("/discussions", local), ("/discussions", uri), ("/personnes", "")):
        key = key_of(commune, local) if not other else other.rpartition("/")[2]
        for suffix in ("json", "csv"):
            found, absent = client.get(f"{page}/{key}.{suffix}"), client.get(f"{page}/{nowhere}.{suffix}")
            assert found.status_code == absent.status_code == 404 and found.data == absent.data, page


@pytest.mark.parametrize(("rows", "pages"), [(2, 1), (3, 2)])
def test_a_long_list_has_pages_and_says_where_the_next_one_is(
    client: Any, commune: Commune, monkeypatch: pytest.MonkeyPatch, rows: int, pages: int
) -> None:
    monkeypatch.setattr(open_lists, "PER_PAGE", 2)
    uri = write(commune, "Un banc")
    for number in range(rows - 1):
        write(commune, f"Banc {number}")
        answer(commune, uri, f"Réponse {number}")
    thread = f"/discussions/{uri.rpartition('/')[2]}"
    for page, name in (("/quotidien", "discussions"), (thread, "messages"), (f"/personnes/{key_of(commune, uri)}", "")):
        first, seen = client.get(f"{page}.json"), []
        document, following = first.json, first.json["next"]
        assert document["pages"] == pages or not name
        assert document["complete"] is (document["pages"] == 1)
        address = f"{page}.json"
        while address:
            answered = client.get(address)
            seen += [one["id"] for one in answered.json[name or "messages"]]
            following = answered.json["next"]
            assert answered.headers.get("Link") == (f'<{following}>; rel="next"' if following else None)
            address = (following or "").removeprefix(HERE)
        assert len(set(seen)) == len(seen) == (rows if name else 2 * rows - 1)
        assert client.get(f"{page}.json?page={document['pages'] + 1}").status_code == 404
        assert client.get(f"{page}.csv").headers.get("Link", "").count("page=2") == (document["pages"] > 1)
        assert [client.get(f"{page}.csv?page={odd}").status_code for odd in ("0", "x", "9" * 9)] == [404] * 3


def test_a_list_costs_the_same_however_long_it_is(client: Any, commune: Commune, pages: dict[str, str]) -> None:
    def cost(page: str) -> int:
        with statements(commune) as said:
            assert client.get(f"{page}.json").status_code == 200
        return len(said)

    named = {name: pages[name] for name in ("daily", "thread", "person", "log")}
    before = {name: cost(page) for name, page in named.items()}
    uri = f"{HERE}/o/{pages['thread'].rpartition('/')[2]}"
    for number in range(6):
        write(commune, f"Banc {number}")
        remove(commune, answer(commune, uri, f"Réponse {number}"), Role.MODERATOR)
        answer(commune, uri, f"Autre {number}")
    assert {name: cost(page) for name, page in named.items()} == before
    assert max(before.values()) <= 12, before
    assert LOG_PER_PAGE < open_lists.PER_PAGE
