"""What the index is told, and when: every change of what can be found, and nothing that may not be."""

from pathlib import Path

import pytest
from sqlalchemy import text

from pop_forum.adapters import index_folder
from pop_forum.cli import indexing as writing
from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.domain.searching import Kind
from pop_forum.errors import NotFound
from pop_forum.models import Person, Post
from pop_forum.services import indexing, measures, search, threads
from pop_forum.services.search import Found, Place, Search
from pop_forum.services.threads import ThreadDraft
from tests.network import ADMIN, Network, acting, peer_of, person


def tell(commune: Commune) -> None:
    """The index of a commune knows everything."""
    turns = writing.Turns([commune])
    while turns.take():
        pass


def find(commune: Commune, words: str, **more: object) -> Found:
    with commune.reading() as site:
        return search.query(site, commune.index, Search(words, **more))  # type: ignore[arg-type]


def titles(found: Found) -> list[str]:
    return ["".join(piece.text for piece in hit.title) for hit in found.hits]


def opened(commune: Commune, title: str, words: str = "Bonjour.", *, shared: bool = True, by: int | None = None) -> str:
    """The id of a new discussion."""
    with acting(commune, by or person(commune, "Huguette P.")) as (site, who):
        return threads.open_thread(site, who, ThreadDraft(title, words, None, shared)).uri


def owed(commune: Commune) -> set[str]:
    with commune.reading() as site:
        return {subject[0] for subject in indexing.owed(site, 1_000).subjects}


def post_of(site: object, uri: str) -> Post:
    return site.session.query(Post).filter_by(uri=uri).one()  # type: ignore[attr-defined,no-any-return]


def test_the_index_is_made_of_what_was_there_before_it(commune: Commune) -> None:
    opened(commune, "La déchetterie")
    assert find(commune, "dechetteries").scanned
    tell(commune)
    found = find(commune, "dechetteries")
    assert (titles(found), found.scanned, found.behind, found.total) == (["La déchetterie"], False, None, 1)


def test_every_kind_of_change_is_noted_and_told(commune: Commune) -> None:
    author = person(commune, "Huguette P.")
    tell(commune)
    uri = opened(commune, "Le lavoir", "Il fuit.", by=author)
    assert find(commune, "lavoir").behind == 1
    tell(commune)
    assert titles(find(commune, "fuit")) == ["Le lavoir"]
    viewer = Viewer(author, Role.RESIDENT)
    with commune.transaction() as site:
        threads.edit(site, viewer, post_of(site, uri), "Il est réparé.", "Le vieux lavoir")
    assert owed(commune) == {"p", "t"}
    tell(commune)
    assert titles(find(commune, "fuit")) == [] and titles(find(commune, "vieux")) == ["Le vieux lavoir"]
    with commune.transaction() as site:
        threads.delete(site, viewer, post_of(site, uri))
    assert titles(find(commune, "vieux")) == []  # at once: the database has the last word
    tell(commune)
    with commune.transaction() as site:
        threads.restore(site, viewer, post_of(site, uri))
    tell(commune)
    assert titles(find(commune, "vieux")) == ["Le vieux lavoir"]
    with commune.transaction() as site:
        site.session.get_one(Person, author).name = "Huguette Perrin"
    tell(commune)
    assert titles(find(commune, "perrin")) == ["Huguette Perrin"]


def test_a_reply_is_found_by_its_words_and_named_by_its_discussion(commune: Commune) -> None:
    author = person(commune, "Huguette P.")
    uri = opened(commune, "Le lavoir", by=author)
    with acting(commune, author) as (site, who):
        threads.reply(
            site, who, post_of(site, uri).thread, "Appelons le **fontainier** du [syndicat](https://a.fr/xyz)."
        )
    tell(commune)
    [hit] = find(commune, "fontainiers").hits
    assert (hit.kind, [piece.text for piece in hit.excerpt if piece.hit]) == (Kind.REPLY, ["fontainier"])
    assert not find(commune, "xyz").hits


def test_measures_are_found_in_the_text_held_here(commune: Commune) -> None:
    tell(commune)
    [first] = find(commune, "navette marché", kind=Kind.MEASURE).hits[:1] or [None]
    with commune.transaction() as site:
        measure = site.session.execute(text("SELECT slug FROM measures ORDER BY slug")).scalars().first()
        row = measures.by_slug(site, str(measure))
        base = measures.current_revision(site, row.urn)
        draft = measures.MeasureDraft(base.title, ((None, "Un hydravion sur le lac."),), "Pour ici", base.digest)
        measures.adapt(site, ADMIN, row, draft)
    assert owed(commune) == {"m"}
    tell(commune)
    [hit] = find(commune, "hydravions").hits
    assert (hit.kind, hit.key) == (Kind.MEASURE, measure)
    assert first is None or first.kind is Kind.MEASURE


def test_nobody_is_found_who_has_written_nothing(commune: Commune) -> None:
    person(commune, "Zélie Quiet")
    opened(commune, "Le lavoir")
    tell(commune)
    assert titles(find(commune, "zélie")) == []
    assert titles(find(commune, "huguette", kind=Kind.PERSON)) == ["Huguette P."]


def test_a_question_with_a_mistake_gets_another_spelling(commune: Commune) -> None:
    opened(commune, "La déchetterie", "Ouverte samedi.")
    tell(commune)
    assert find(commune, "dechteterie samedi").did_you_mean == "déchetterie samedi"
    assert find(commune, "déchetterie").did_you_mean is None


def test_row_91_no_spelling_is_proposed_from_what_was_withdrawn(commune: Commune) -> None:
    author = person(commune, "Huguette P.")
    uri = opened(commune, "Le lavoir", "Un tapioca.", by=author)
    tell(commune)
    assert find(commune, "tapiocaa").did_you_mean == "tapioca"
    with commune.transaction() as site:
        threads.delete(site, Viewer(author, Role.RESIDENT), post_of(site, uri))
    assert find(commune, "tapiocaa").did_you_mean is None
    tell(commune)
    assert find(commune, "tapiocaa").did_you_mean is None


def test_row_91_replies_of_a_discussion_that_was_withdrawn_are_not_found(commune: Commune) -> None:
    author = person(commune, "Huguette P.")
    uri = opened(commune, "Le lavoir", by=author)
    with acting(commune, author) as (site, who):
        threads.reply(site, who, post_of(site, uri).thread, "Un tapioca.")
    tell(commune)
    with commune.transaction() as site:
        threads.delete(site, Viewer(author, Role.RESIDENT), post_of(site, uri))
    assert titles(find(commune, "tapioca")) == []
    index_folder.forget(writing.folder_of(commune))
    found = find(commune, "tapioca")
    assert found.scanned and titles(found) == []


def test_what_the_network_shares_is_found_until_its_commune_is_suspended(trio: Network) -> None:
    here, there = trio.communes["valombre"], trio.communes["pont-hervel"]
    opened(there, "La tyrolienne", by=person(there, "Yann T."))
    opened(there, "Le secret", shared=False, by=person(there, "Maud R."))
    opened(here, "Notre tyrolienne")
    trio.settle()
    tell(here)
    assert set(titles(find(here, "tyrolienne"))) == {"La tyrolienne", "Notre tyrolienne"}
    assert titles(find(here, "tyrolienne", place=Place.HERE)) == ["Notre tyrolienne"]
    assert titles(find(here, "tyrolienne", place=Place.NETWORK)) == ["La tyrolienne"]
    assert titles(find(here, "yann")) == ["Yann T."]
    assert titles(find(here, "secret")) == [] and titles(find(here, "maud")) == []
    with here.transaction() as site:
        peer_of(site, there.settings.host).state = "suspended"
    assert titles(find(here, "tyrolienne")) == ["Notre tyrolienne"]
    assert titles(find(here, "yann")) == []


def test_what_one_commune_holds_is_never_found_in_another(network: Network) -> None:
    here, there = network.communes["valombre"], network.communes["pont-hervel"]
    opened(here, "La tyrolienne")
    for commune in (here, there):
        tell(commune)
    assert titles(find(here, "tyrolienne")) == ["La tyrolienne"]
    assert titles(find(there, "tyrolienne")) == []
    assert here.index is not there.index


def test_changes_that_were_told_before_a_kill_are_told_again_and_found_once(commune: Commune) -> None:
    tell(commune)
    opened(commune, "Le lavoir")
    with commune.reading() as site:
        told = indexing.told(site, indexing.owed(site, 10).subjects)
    for _ in range(2):  # told, and killed before the rows were settled
        writing.index_writing.put(commune.settings.data, writing.Batch(told.documents, told.authors, told.gone))
    tell(commune)
    assert titles(find(commune, "lavoir")) == ["Le lavoir"]
    assert not owed(commune)


def test_an_index_made_anew_keeps_what_is_written_meanwhile(commune: Commune) -> None:
    opened(commune, "Le lavoir")
    making = writing.made_anew(commune)
    next(making)
    opened(commune, "Le four", by=person(commune, "Maud R."))
    assert list(making)
    assert titles(find(commune, "lavoir")) == ["Le lavoir"]
    assert owed(commune) == {"p"} and find(commune, "four").behind == 1
    tell(commune)
    assert titles(find(commune, "four")) == ["Le four"]


def test_a_broken_index_is_made_anew_at_the_next_change(commune: Commune) -> None:
    opened(commune, "Le lavoir")
    tell(commune)
    generation = index_folder.current(writing.folder_of(commune))
    assert generation is not None
    for path in generation.glob("_MAIN_*.toc"):
        path.unlink()
    found = find(commune, "lavoir")
    assert found.scanned and titles(found) == ["Le lavoir"]
    opened(commune, "Le four", by=person(commune, "Maud R."))
    tell(commune)
    assert not find(commune, "four").scanned


@pytest.mark.parametrize("gone", ["index", "none"])
def test_without_an_index_filters_and_exclusions_hold_too(commune: Commune, gone: str) -> None:
    opened(commune, "La pétanque de Noël", "Du pain bio.")
    opened(commune, "La pétanque", "Du pain, bio ou non.", by=person(commune, "Maud R."))
    if gone == "none":
        tell(commune)
    assert titles(find(commune, "pétanque -Noël")) == ["La pétanque"]
    assert set(titles(find(commune, '"pain bio"'))) == {"La pétanque de Noël", "La pétanque"}
    assert set(titles(find(commune, "pétan*", kind=Kind.DISCUSSION))) == {"La pétanque de Noël", "La pétanque"}
    assert titles(find(commune, "pétanque", kind=Kind.REPLY)) == titles(find(commune, "pétanque", theme="rien")) == []
    assert titles(find(commune, "pétanque", place=Place.NETWORK)) == []


def test_a_search_has_so_many_pages(commune: Commune) -> None:
    assert find(commune, "rien", page=search.MAX_PAGES).page == search.MAX_PAGES
    with pytest.raises(NotFound):
        find(commune, "rien", page=search.MAX_PAGES + 1)


def test_pages_follow_each_other_without_a_gap(commune: Commune) -> None:
    author = person(commune, "Huguette P.")
    for number in range(search.HITS_PER_PAGE + 3):
        opened(commune, f"Le lavoir {number}", by=author)
    tell(commune)
    first, second = find(commune, "lavoir"), find(commune, "lavoir", page=2)
    assert (first.total, first.more, second.total, second.more) == (None, True, search.HITS_PER_PAGE + 3, False)
    assert len({*titles(first), *titles(second)}) == search.HITS_PER_PAGE + 3


def test_the_folder_of_an_index_is_private_and_beside_the_database(commune: Commune, tmp_path: Path) -> None:
    opened(commune, "Le lavoir")
    tell(commune)
    generation = index_folder.current(commune.settings.data / "index")
    assert generation is not None and generation.stat().st_mode & 0o077 == 0
