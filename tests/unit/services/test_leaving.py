"""Somebody leaves one of three communes: what the others show afterwards, also one that was away."""

from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.domain.badges import DEPARTED
from pop_forum.domain.permissions import Role
from pop_forum.models import Person, Post, Support
from pop_forum.services import accounts, leaving, threads
from pop_forum.services.threads import ThreadDraft
from tests.network import Network

SLUGS = ("valombre", "pont-hervel", "sainte-aure")


def somebody(commune: Commune) -> int:
    with commune.transaction() as site:
        site_account = accounts.create_account(site, "Huguette P.", "huguette@exemple.fr", "-", Role.RESIDENT)
        return site_account.person_id


def writes(commune: Commune, person_id: int, *, shared: bool = True) -> str:
    with commune.transaction() as site:
        author = site.session.get_one(Person, person_id)
        return threads.open_thread(site, author, ThreadDraft("La navette", "Le mardi.", None, shared)).uri


def leaves(commune: Commune, person_id: int, *, with_messages: bool) -> None:
    more = with_messages
    while more:
        with commune.transaction() as site:
            more = leaving.delete_some_messages(site, person_id)
    with commune.transaction() as site:
        leaving.leave(site, person_id, withdraw_supports=with_messages)


def seen(commune: Commune, uri: str) -> tuple[str, bool]:
    """The author's name and whether the words stand, as this commune has them."""
    with commune.reading() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        return post.author.name, post.deleted_at is None


def test_the_neighbours_show_a_deleted_account_and_keep_the_words(trio: Network) -> None:
    home = trio.communes["valombre"]
    uri = writes(home, huguette := somebody(home))
    trio.settle()
    assert seen(trio.communes["pont-hervel"], uri) == ("Huguette P.", True)
    leaves(home, huguette, with_messages=False)
    trio.settle()
    assert {seen(trio.communes[slug], uri) for slug in SLUGS} == {(DEPARTED, True)}


def test_with_the_messages_the_neighbours_keep_tombstones_only(trio: Network) -> None:
    home = trio.communes["valombre"]
    uri = writes(home, huguette := somebody(home))
    trio.settle()
    leaves(home, huguette, with_messages=True)
    trio.settle()
    assert {seen(trio.communes[slug], uri) for slug in SLUGS} == {(DEPARTED, False)}


def test_a_commune_that_was_away_learns_it_when_it_is_back(trio: Network) -> None:
    home, away = trio.communes["valombre"], trio.communes["sainte-aure"]
    uri = writes(home, huguette := somebody(home))
    trio.settle()
    trio.wire.down.add(away.settings.host)
    leaves(home, huguette, with_messages=False)
    trio.settle()
    assert seen(away, uri) == ("Huguette P.", True)
    trio.wire.down.clear()
    trio.clock.advance(days=2)
    trio.settle(8)
    assert seen(away, uri) == (DEPARTED, True)


def test_somebody_who_shared_nothing_leaves_without_a_word_to_the_network(trio: Network) -> None:
    home = trio.communes["valombre"]
    writes(home, huguette := somebody(home), shared=False)
    leaves(home, huguette, with_messages=False)
    trio.settle()
    with trio.communes["pont-hervel"].reading() as site:
        assert not site.session.scalars(select(Person)).all()


def test_the_supports_of_somebody_who_left_stay_counted_in_every_commune(trio: Network) -> None:
    home = trio.communes["valombre"]
    huguette = somebody(home)
    with home.transaction() as site:
        karim = accounts.create_account(site, "Karim B.", "karim@exemple.fr", "-", Role.RESIDENT).person_id
    uri = writes(home, karim)
    with home.transaction() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        threads.support(site, site.session.get_one(Person, huguette), post)
    trio.settle()
    leaves(home, huguette, with_messages=False)
    trio.settle()
    for slug in SLUGS:
        with trio.communes[slug].reading() as site:
            assert [row.active for row in site.session.scalars(select(Support))] == [True], slug
