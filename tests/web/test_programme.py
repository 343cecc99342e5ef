"""The programme as visitors read it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Revision
from pop_forum.services import measures
from pop_forum.services.measures import MeasureDraft
from tests.web.neighbour import HOST, befriend, neighbour, neighbour_data

__all__ = ["neighbour", "neighbour_data"]

SLUG = "navette-a-la-demande"
MEASURE = f"/programme/{SLUG}"
TABS = ["", "/budget", "/discussion", "/historique", "/communes"]
ADMIN = Viewer(1, Role.ADMIN)


def publish(commune: Commune, text: str, reason: str = "Parce que.", *, common: bool = False) -> Revision:
    """A new version of the shuttle's text, ours or common, with one more passage."""
    with commune.transaction() as site:
        measure = measures.by_slug(site, SLUG)
        find = measures.common_revision if common else measures.current_revision
        base = find(site, measure.urn)
        blocks = tuple((str(block["id"]), str(block["text"])) for block in base.blocks)
        draft = MeasureDraft(base.title, (*blocks, (None, text)), reason, base.digest)
        return (measures.revise_common if common else measures.adapt)(site, ADMIN, measure, draft)


def test_the_programme_shows_eleven_themes_and_forty_measures(client: Any) -> None:
    text = client.get("/programme").text
    assert len(re.findall(r'<section class="band" id=', text)) == 11
    assert len(set(re.findall(r'href="/programme/([a-z0-9-]+)"', text)) - {"notre-programme", "editions"}) == 40


def test_a_theme_lists_its_measures_and_leads_to_the_next(client: Any) -> None:
    text = client.get("/programme/themes/mieux-se-deplacer").text
    assert "Navette locale à la demande" in text
    assert 'href="/programme/themes/mieux-securiser"' in text


def test_the_head_of_a_measure_names_the_common_text_once(client: Any) -> None:
    head = client.get(MEASURE).text.split("<h1", 1)[1].split('class="tabs"', 1)[0]
    assert head.lower().count("texte commun") == 1 and "version 1" in head


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_has_an_address_and_says_where_one_is(client: Any, tab: str) -> None:
    text = client.get(MEASURE + tab).text
    assert re.search(rf'href="{MEASURE}{tab}" aria-current="page"', text)
    assert text.count("<h1") == 1
    assert f'href="/m/{SLUG}"' in text  # the alternate for other software


@pytest.mark.parametrize(
    "address",
    [
        "/programme/rien",
        "/programme/rien/budget",
        "/programme/themes/rien",
        f"{MEASURE}/versions/QmRien",
        f"{MEASURE}/versions/..%2f..%2fetc",
        f"{MEASURE}/comparaison?de=QmRien",
        f"{MEASURE}/comparaison?a=%27%20OR%201=1",
    ],
)
def test_what_does_not_exist_is_said_in_a_sentence(client: Any, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "n’existe pas" in answer.text


def test_a_version_of_another_measure_is_not_found_under_this_one(client: Any, commune: Commune) -> None:
    revision = publish(commune, "Le jeudi aussi.")
    assert client.get(f"{MEASURE}/versions/{revision.digest}").status_code == 200
    other = f"/programme/maison-de-sante/versions/{revision.digest}"
    assert client.get(other).status_code == 404


def test_the_words_of_a_theme_are_explained_where_they_stand(client: Any) -> None:
    for address in ("/programme", client.get("/programme").text.split('<h2 id="t-1"><a href="')[1].split('"')[0]):
        page = client.get(address).text
        assert "Ce que veulent dire" in page and "La commune a décidé de porter le texte commun tel quel." in page


def test_nothing_decided_is_called_the_common_text(client: Any) -> None:
    text = client.get(MEASURE).text
    assert "texte commun" in text
    assert "n’a encore rien décidé" in text


def test_an_adaptation_says_how_many_differences_it_has(client: Any, commune: Commune) -> None:
    publish(commune, "Le jeudi aussi.")
    assert "1 différence avec le texte commun" in client.get(MEASURE).text
    assert "1 adaptée" in client.get("/programme").text


def test_a_newer_common_text_is_announced_and_ours_stays(client: Any, commune: Commune) -> None:
    publish(commune, "Le jeudi aussi.")
    publish(commune, "Un bilan au bout d’un an.", common=True)
    text = client.get(MEASURE).text
    assert "Le texte commun a évolué" in text
    assert "Le jeudi aussi." in text
    assert "Un bilan au bout d’un an." not in text


def test_every_version_stays_readable(client: Any, commune: Commune) -> None:
    first = publish(commune, "Le jeudi aussi.", "Le jeudi, jour du marché.")
    publish(commune, "Et le samedi.")
    common = publish(commune, "Un bilan.", common=True)
    history = client.get(f"{MEASURE}/historique").text
    assert "Le jeudi, jour du marché." in history
    for revision in (first, common):
        assert revision.digest in history
        assert client.get(f"{MEASURE}/versions/{revision.digest}").status_code == 200


def document_of(client: Any, digest: str) -> str:
    page = client.get(f"{MEASURE}/versions/{digest}")
    assert page.status_code == 200
    return str(re.search(r'<link rel="alternate" type="application/activity\+json" href="([^"]+)"', page.text)[1])


def test_a_version_leads_to_its_document_where_it_was_published(
    client: Any, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    ours, theirs = publish(commune, "Le jeudi aussi."), publish(commune, "Et le samedi.")
    with commune.transaction() as site:
        site.session.get_one(Revision, theirs.digest).host = HOST
    for digest in (ours.digest, ours.parents[0]):
        here = document_of(client, digest).split("localhost:8080", 1)[1]
        assert client.get(here, headers={"Accept": "application/activity+json"}).json["pop:digest"] == digest
    assert document_of(client, theirs.digest) == f"http://{HOST}/v/{theirs.digest}"


def test_two_communes_are_not_told_that_one_took_out_what_it_never_had(
    client: Any, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    ours, theirs = publish(commune, "Le jeudi aussi."), publish(commune, "Et le samedi.")
    with commune.transaction() as site:
        site.session.get_one(Revision, theirs.digest).host = HOST
    for one, other in ((ours, theirs), (theirs, ours)):
        page = client.get(f"{MEASURE}/comparaison?de={one.digest}&a={other.digest}").text
        assert "retiré" not in page and "n’y est plus" not in page and "ajouté" not in page
        assert re.search("dans le (premier|second) seulement</span>", page) and not re.search(
            "<(del|ins)>[^<]*Et le", page
        )
    back = client.get(f"{MEASURE}/comparaison?de={ours.parents[0]}&a={ours.digest}").text
    assert "dans le second seulement" not in back


def chosen(page: str) -> list[str]:
    """The two versions that the form of comparison proposes."""
    return re.findall(r'<option value="(\w+)" selected', page)


def test_the_history_proposes_to_compare_the_previous_version_with_the_newest(client: Any, commune: Commune) -> None:
    revised = publish(commune, "Un bilan.", common=True)
    assert chosen(client.get(f"{MEASURE}/historique").text) == [revised.parents[0], revised.digest]
    first = publish(commune, "Le jeudi aussi.")
    assert chosen(client.get(f"{MEASURE}/historique").text) == [revised.digest, first.digest]
    second = publish(commune, "Et le samedi.")
    publish(commune, "Un second bilan.", common=True)
    assert chosen(client.get(f"{MEASURE}/historique").text) == [first.digest, second.digest]


def test_the_count_says_which_text_it_is_counted_against(client: Any, commune: Commune) -> None:
    publish(commune, "Le jeudi aussi.")
    publish(commune, "Un bilan au bout d’un an.", common=True)
    for page in (MEASURE, "/programme"):
        assert "1 différence avec le texte commun de départ" in client.get(page).text


def test_two_versions_compare_in_words_that_a_screen_reader_speaks(client: Any, commune: Commune) -> None:
    revision = publish(commune, "Le jeudi aussi.")
    base = revision.parents[0]
    text = client.get(f"{MEASURE}/comparaison?de={base}&a={revision.digest}").text
    assert re.search(r'<ins><span class="vh">ajouté.: </span>Le jeudi aussi\.', text)
    assert "<details" in text  # the passages that are the same fold away
    back = client.get(f"{MEASURE}/comparaison?de={revision.digest}&a={base}&vue=suivi").text
    assert re.search(r'<del><span class="vh">retiré.: </span>Le jeudi aussi\.', back)


def test_a_comparison_with_itself_says_that_nothing_differs(client: Any) -> None:
    assert "la même chose" in client.get(f"{MEASURE}/comparaison").text


def test_the_budget_is_not_priced_and_names_no_amount(client: Any) -> None:
    text = client.get(f"{MEASURE}/budget").text
    assert "Pas encore chiffré" in text
    assert "jamais promises" in text
    assert "€" not in text


def test_markup_in_a_measure_is_shown_as_text(client: Any, commune: Commune) -> None:
    revision = publish(commune, "<script>alert(1)</script> {{ 7*7 }}", "<b>raison</b>")  # rows 68 and 75
    version = f"{MEASURE}/versions/{revision.digest}"
    for address in (MEASURE, f"{MEASURE}/historique", version, f"{MEASURE}/comparaison"):
        text = client.get(address).text
        assert "<script>alert" not in text
        assert "<b>raison</b>" not in text
    assert "{{ 7*7 }}" in client.get(MEASURE).text


def test_a_common_version_from_another_site_than_the_home_is_never_shown(client: Any, commune: Commune) -> None:
    revision = publish(commune, "Le texte d’un imposteur.", common=True)
    with commune.transaction() as site:
        site.session.get_one(Revision, revision.digest).host = "imposteur.example"
    assert "imposteur" not in client.get(f"{MEASURE}/historique").text
    assert client.get(f"{MEASURE}/versions/{revision.digest}").status_code == 404


def test_a_visitor_is_offered_a_discussion_and_no_button_of_the_team(client: Any) -> None:
    text = client.get(MEASURE).text
    assert f'href="{MEASURE}/ouvrir"' in text
    assert "/adapter" not in text
    assert "/reviser" not in text


def test_an_admin_of_the_home_is_offered_all_three(signed_in: Callable[..., Any]) -> None:
    text = signed_in("admin").get(MEASURE).text
    for address in ("/adapter", "/reviser", "/reprendre"):
        assert MEASURE + address in text


def test_measures_are_shown_as_in_print_and_handed_out_as_typed(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("admin")
    page, form = browser.get(MEASURE).text, browser.get(f"{MEASURE}/adapter").text
    assert "d’abord pour les personnes qui n’ont pas de voiture" in page
    assert "d&#39;abord" not in page
    assert "d&#39;abord pour les personnes" in re.findall(r"<textarea.*?</textarea>", form, re.DOTALL)[0]
    note = browser.get(f"/m/{SLUG}", headers={"Accept": "application/activity+json"})
    assert "d’abord" not in note.text


def test_the_first_edition_stands_before_an_adaptation_whatever_its_date(client: Any, commune: Commune) -> None:
    publish(commune, "Un arrêt de plus.", "Pour l'arrêt de la gare.")
    history = client.get(f"{MEASURE}/historique").text
    common = history.partition('id="common"')[2].partition("</ol>")[0]
    assert "première édition" in common and "<time" not in common
    assert "ce qui a changé depuis la première édition" in history
    assert "Pour l’arrêt de la gare." in history
