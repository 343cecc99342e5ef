"""The search page through the door: what is found, what is not, what any address answers."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pop_forum.cli import indexing
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.federation import revisions
from pop_forum.federation.activities import ADAPTATION
from pop_forum.federation.identifiers import Host, commune_id
from pop_forum.federation.revisions import Block
from pop_forum.federation.timestamps import to_text
from pop_forum.models import Peer, Person, Post, Revision
from pop_forum.services import lineage, measures, threads
from pop_forum.services.messages import Stamp
from tests.web.neighbour import ACTIVITY, HOST, answer, befriend, neighbour, neighbour_data, write

__all__ = ["neighbour", "neighbour_data"]

SECRET = "tapioca"


def tell(commune: Commune) -> None:
    turns = indexing.Turns([commune])
    while turns.take():
        pass


@pytest.fixture
def filled(commune: Commune) -> Commune:
    """A commune with an index of some discussions."""
    uri = write(commune, "La déchetterie", "Elle <b>ferme</b> à midi & « trop tôt ».")
    answer(commune, uri, "Les dechetteries voisines ouvrent l’été.", "Karim B.")
    write(commune, "Entre nous", SECRET, shared=False)
    tell(commune)
    return commune


def test_an_empty_search_says_how_to_search(client: Any) -> None:
    page = client.get("/recherche").text
    assert "Comment chercher" in page and "Aucun résultat" not in page
    assert 'name="robots" content="noindex"' in page
    assert "csrf_token" not in page


@pytest.mark.parametrize("words", ["dechetterie", "D%C3%89CHETTERIES"])
def test_words_are_found_and_marked_with_place_and_date(client: Any, filled: Commune, words: str) -> None:
    page = client.get(f"/recherche?q={words}").text
    assert "2 résultats" in page
    assert "La <mark>déchetterie</mark>" in page and "<mark>dechetteries</mark>" in page
    assert "Mireille A." in page and "<time" in page
    assert "Vouliez-vous dire" not in page


def test_row_61_a_question_of_ten_kilobytes_is_cut_with_a_message(client: Any, filled: Commune) -> None:
    start = time.process_time()
    answer = client.get("/recherche", query_string={"q": "a* OR b* " * 1_100})
    assert answer.status_code == 200 and "nous avons cherché ses premiers mots" in answer.text
    assert time.process_time() - start < 5


def test_what_was_typed_is_never_markup(client: Any, filled: Commune) -> None:
    page = client.get("/recherche", query_string={"q": '"><script>alert(1)</script> ferme'}).text
    assert "<script>alert" not in page
    page = client.get("/recherche", query_string={"q": "ferme"}).text
    assert "Elle &lt;b&gt;<mark>ferme</mark>&lt;/b&gt;" in page


@pytest.mark.parametrize(
    "query", ["quoi=tout", "lieu=1%27--", "depuis=hier", "theme=%00", "theme=rien", "quoi=discussion&depuis=1"]
)
def test_row_74_a_filter_that_does_not_exist_is_refused(client: Any, query: str) -> None:
    assert client.get(f"/recherche?q=car&{query}").status_code == 400


@pytest.mark.parametrize(("page", "status"), [("1", 200), ("10", 200), ("11", 404), ("0", 404), ("x", 404)])
def test_row_74_pages_are_whole_numbers_up_to_the_last(client: Any, filled: Commune, page: str, status: int) -> None:
    assert client.get(f"/recherche?q=midi&page={page}").status_code == status


@pytest.mark.parametrize(
    ("query", "count"),
    [("quoi=reponse", 1), ("quoi=mesure", 0), ("lieu=ici", 2), ("lieu=reseau", 0), ("depuis=mois", 2)],
)
def test_filters_narrow_the_search(client: Any, filled: Commune, query: str, count: int) -> None:
    page = client.get(f"/recherche?q=dechetterie&{query}").text
    assert page.count("<mark>dechetteries</mark>") == (1 if count else 0)
    assert ("Aucun résultat" in page) == (count == 0)


def test_operators_of_other_engines_are_no_words_to_correct(client: Any, filled: Commune) -> None:
    page = client.get("/recherche?q=déchetterie+AND+dechetteries").text
    assert "<mark>dechetteries</mark>" in page and "Vouliez-vous dire" not in page


def test_another_spelling_is_a_link(client: Any, filled: Commune) -> None:
    page = client.get("/recherche?q=dechteteries&quoi=discussion").text
    assert "Vouliez-vous dire" in page and "q=dechetteries&amp;quoi=discussion" in page


def test_a_late_index_says_by_how_much(client: Any, filled: Commune) -> None:
    uri = write(filled, "Le four")
    assert "Recherche en retard de 1 message" in client.get("/recherche?q=midi").text
    with filled.transaction() as site:  # changed twice: still one message
        for text in ("Le four à pain", "Le four à pain du bourg"):
            site.session.scalars(select(Post).where(Post.uri == uri)).one().source = text
            site.session.flush()
    assert "Recherche en retard de 1 message" in client.get("/recherche?q=midi").text
    answer(filled, uri, "Une fournée le samedi.")
    assert "Recherche en retard de 2 messages" in client.get("/recherche?q=midi").text


def test_an_index_that_misses_no_message_counts_none(client: Any, filled: Commune) -> None:
    with filled.transaction() as site:
        site.session.scalars(select(Person)).first().name = "Autrement"
    page = client.get("/recherche?q=midi").text
    assert "Recherche en retard\u00a0: ce qui vient de changer" in page and "en retard de" not in page


def test_a_missing_index_is_told_and_the_newest_messages_are_looked_through(client: Any, commune: Commune) -> None:
    write(commune, "La déchetterie")
    page = client.get("/recherche?q=dechetteries").text
    assert "La recherche complète est en préparation" in page and "<mark>déchetterie</mark>" in page
    assert "Les 1 premiers" not in page


def test_local_discussions_are_found_here_by_anybody_as_they_are_read(client: Any, filled: Commune) -> None:
    assert "Entre nous" in client.get(f"/recherche?q={SECRET}").text


def test_row_91_a_search_is_no_door_to_other_sites(client: Any, filled: Commune) -> None:
    answer = client.get(f"/recherche?q={SECRET}", headers={"Accept": ACTIVITY})
    assert answer.mimetype == "text/html" or SECRET not in answer.text


def test_row_91_a_withdrawn_message_answers_as_if_it_had_never_been(client: Any, filled: Commune) -> None:
    with filled.transaction() as site:
        post = site.session.query(Post).filter_by(source=SECRET).one()
        threads.delete(site, Viewer(post.author_id, Role.RESIDENT), post)
    for _ in range(2):
        gone, never = (client.get(f"/recherche?q={word}").text for word in (SECRET, "zzyzx"))
        without = [text.replace(SECRET, "X").replace("zzyzx", "X") for text in (gone, never)]
        assert without[0] == without[1]
        tell(filled)


@given(st.text(max_size=80))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_row_61_any_text_is_answered(client: Any, filled: Commune, text: str) -> None:
    assert client.get("/recherche", query_string={"q": text}).status_code == 200


MEASURE, THEME = "navette-a-la-demande", "mieux-se-deplacer"


def hold(commune: Commune, word: str) -> str:
    """The digest of what the neighbour holds of a measure, as it stands here after a round of the network."""
    with commune.transaction() as site:
        urn = measures.by_slug(site, MEASURE).urn
        parent = measures.common_revision(site, urn)
        text = revisions.Revision(
            measure=urn,
            parents=(parent.digest,),
            title="Navette d’à côté",
            blocks=(Block("bloc", "paragraph", f"Une navette {word}."),),
            budget=None,
            author=commune_id(Host(HOST)),
            created=to_text(site.clock.now()),
        )
        stamp = Stamp(1, site.session.query(Revision).count())
        lineage.put_revision(site, text, host=HOST, role=ADAPTATION, summary="", stamp=stamp, at=site.clock.now())
        return revisions.digest(text)


def test_the_measures_of_the_neighbours_are_found_with_their_commune(
    client: Any, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    digest = hold(commune, "zygomatique")
    tell(commune)
    for query in ("q=zygomatique", "q=zygomatique&quoi=mesure&lieu=reseau", f"q=zygomatique&theme={THEME}"):
        page = client.get(f"/recherche?{query}").text
        assert "1 résultat" in page and f'href="/programme/{MEASURE}/versions/{digest}"' in page
        assert "Pont-Hervel" in page and "texte de cette commune" in page
    assert "Aucun résultat" in client.get("/recherche?q=zygomatique&lieu=ici").text
    assert client.get(f"/programme/{MEASURE}/versions/{digest}").status_code == 200
    hold(commune, "vespertine")
    tell(commune)
    assert "Aucun résultat" in client.get("/recherche?q=zygomatique").text
    assert "1 résultat" in client.get("/recherche?q=vespertine").text


@pytest.mark.parametrize("indexed", [True, False])
def test_row_91_the_measures_of_a_suspended_commune_are_not_found(
    client: Any, commune: Commune, neighbour: Commune, indexed: bool
) -> None:
    befriend(commune, neighbour)
    hold(commune, "zygomatique")
    if indexed:
        tell(commune)
    assert "1 résultat" in client.get("/recherche?q=zygomatique").text
    with commune.transaction() as site:
        site.session.query(Peer).one().state = "suspended"
    assert "Aucun résultat" in client.get("/recherche?q=zygomatique").text


def test_the_page_is_in_english_too(client: Any, filled: Commune) -> None:
    page = client.get("/recherche?q=dechetterie", headers={"Accept-Language": "en"}).text
    assert "2 results" in page


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("q=se déplacer", True),
        ("q=deplac*", True),
        ("q=VOITURES", True),  # of its summary
        ("q=déplacer -voiture", False),
        ("q=déplacer tapioca", False),
        ("q=déplacer&lieu=ici", False),
        ("q=déplacer&quoi=personne", False),
    ],
)
def test_a_theme_is_found_by_its_title_and_summary(client: Any, asked: str, there: bool) -> None:
    assert ("/programme/themes/mieux-se-deplacer" in client.get(f"/recherche?{asked}").text) is there


def test_a_single_word_that_finds_nothing_is_not_to_be_shortened(client: Any) -> None:
    one, two = (client.get(f"/recherche?q={words}").text for words in ("zyx", "zyx wvu"))
    assert "un mot de moins" not in one and "un mot de moins" in two
    assert "thème par thème" in one
