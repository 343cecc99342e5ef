"""Communes stay in step: what one writes reaches the others, in whatever order and after whatever absence."""

from sqlalchemy import func, select

from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Entry, Measure, Person, Post, Support, Thread
from pop_forum.services import accounts, digest, invitations, measures, peers, threads
from pop_forum.services.measures import MeasureDraft
from pop_forum.services.threads import ThreadDraft
from tests.network import ADMIN, Network, acting, confirm, peer_of, person

TEXT = "Le vendredi matin, il y a le **marché**."


def digests(network: Network) -> set[str]:
    found = set()
    for commune in network.communes.values():
        with commune.reading() as site:
            found.add(digest.shared_state(site)["all"])
    return found


def count(network: Network, slug: str, table: type) -> int:
    with network.communes[slug].reading() as site:
        return site.session.scalar(select(func.count()).select_from(table)) or 0


def open_one(network: Network, slug: str, *, shared: bool = True) -> tuple[int, str]:
    author = person(network.communes[slug], "Huguette P.")
    with acting(network.communes[slug], author) as (site, who):
        thread = threads.open_thread(site, who, ThreadDraft("La navette du marché ?", TEXT, None, shared))
        return author, thread.uri


def test_a_thread_reaches_the_other_communes(trio: Network) -> None:
    _, uri = open_one(trio, "valombre")
    trio.settle()
    for slug in ("pont-hervel", "sainte-aure"):
        with trio.communes[slug].reading() as site:
            thread = site.session.scalars(select(Thread).where(Thread.uri == uri)).one()
            assert (thread.title, thread.author.name) == ("La navette du marché ?", "Huguette P.")
    assert len(digests(trio)) == 1


def test_replies_edits_deletions_and_supports_reach_the_others(trio: Network) -> None:
    _, uri = open_one(trio, "valombre")
    trio.settle()
    neighbour = trio.communes["pont-hervel"]
    mireille = person(neighbour, "Mireille A.")
    with acting(neighbour, mireille) as (site, who):
        thread = site.session.scalars(select(Thread).where(Thread.uri == uri)).one()
        first = threads.reply(site, who, thread, "Onze personnes.")
        second = threads.reply(site, who, thread, "À retirer.")
        threads.edit(site, Viewer(who.id, Role.RESIDENT), first, "Douze personnes.")
        threads.delete(site, Viewer(who.id, Role.RESIDENT), second)
        karim = accounts.create_account(site, "Karim S.", "karim.s@exemple.fr", "-", Role.RESIDENT).person
        threads.support(site, karim, first)
        first_uri, second_uri = first.uri, second.uri
    trio.settle()
    for slug in ("valombre", "sainte-aure"):
        with trio.communes[slug].reading() as site:
            rows = {post.uri: post for post in site.session.scalars(select(Post))}
            assert rows[first_uri].source == "Douze personnes."
            assert rows[second_uri].deleted_by == "author"
            assert site.session.scalars(select(Support).where(Support.object_uri == first_uri)).one().active
    assert len(digests(trio)) == 1


def test_a_commune_that_was_away_catches_up(trio: Network) -> None:
    away = trio.communes["sainte-aure"].settings.host
    trio.wire.down.add(away)
    author, uri = open_one(trio, "valombre")
    home = trio.communes["valombre"]
    for number in range(30):
        with acting(home, author) as (site, who):
            thread = site.session.scalars(select(Thread).where(Thread.uri == uri)).one()
            threads.reply(site, who, thread, f"Réponse {number}")
    trio.settle()
    assert count(trio, "sainte-aure", Post) == 0
    trio.wire.down.clear()
    trio.clock.advance(days=2)
    trio.settle()
    assert count(trio, "sainte-aure", Post) == 31
    assert len(digests(trio)) == 1


def test_a_local_thread_stays_in_its_commune(trio: Network) -> None:
    open_one(trio, "valombre", shared=False)
    trio.settle()
    assert count(trio, "valombre", Thread) == 1
    assert count(trio, "pont-hervel", Thread) == 0
    with trio.communes["valombre"].reading() as site:
        kinds = set(site.session.scalars(select(Entry.type)))
    assert kinds == {"KeyRegister", "MemberListed"}


def test_adaptations_and_common_revisions_reach_the_others(trio: Network) -> None:
    home, neighbour = trio.communes["valombre"], trio.communes["pont-hervel"]
    with home.transaction() as site:
        measure = site.session.scalars(select(Measure).where(Measure.slug == "navette-a-la-demande")).one()
        base = measures.common_revision(site, measure.urn)
        draft = MeasureDraft(base.title, ((base.blocks[0]["id"], "Texte commun revu."),), "Plus clair", base.digest)
        revised = measures.revise_common(site, ADMIN, measure, draft).digest
    trio.settle()
    with neighbour.transaction() as site:
        measure = site.session.scalars(select(Measure).where(Measure.slug == "navette-a-la-demande")).one()
        base = measures.common_revision(site, measure.urn)
        assert base.digest == revised
        draft = MeasureDraft(
            base.title, ((base.blocks[0]["id"], base.blocks[0]["text"]), (None, "Le vendredi.")), "Marché", base.digest
        )
        measures.adapt(site, ADMIN, measure, draft)
        other = site.session.scalars(select(Measure).where(Measure.slug == "cantine-locale")).one()
        measures.adopt(site, ADMIN, other)
    trio.settle()
    assert len(digests(trio)) == 1
    with home.reading() as site:
        assert measures.current_revision(site, measure.urn).digest == revised


def test_a_reply_waits_for_a_thread_that_comes_later_by_another_way(network: Network) -> None:
    network.befriend("valombre", "pont-hervel")
    network.befriend("pont-hervel", "sainte-aure")
    _, uri = open_one(network, "valombre")
    network.settle()
    neighbour = network.communes["pont-hervel"]
    mireille = person(neighbour, "Mireille A.")
    with acting(neighbour, mireille) as (site, who):
        thread = site.session.scalars(select(Thread).where(Thread.uri == uri)).one()
        threads.reply(site, who, thread, "Nous l’avons depuis juillet.")
    network.settle()
    with network.communes["sainte-aure"].reading() as site:
        waiting = site.session.scalars(select(Entry).where(Entry.outcome == "waiting")).one()
        assert waiting.waiting_on == uri
    network.befriend("valombre", "sainte-aure")
    network.settle()
    assert count(network, "sainte-aure", Post) == 2
    assert len(digests(network)) == 1


def test_nobody_is_a_peer_before_both_admins_have_compared(network: Network) -> None:
    one, other = network.communes["valombre"], network.communes["pont-hervel"]
    with one.transaction() as site:
        invitations.invite(site, ADMIN, other.settings.host)
    network.settle()
    with one.reading() as site:
        peer = peer_of(site, other.settings.host)
        assert (peer.state, peer.confirmed_by) == ("invited", None)
        assert peers.short(peer)
    with other.reading() as site:
        assert site.session.scalars(select(Person)).all() == []
        assert peers.find(site, one.settings.host) is None
    confirm(one, other.settings.host)
    network.settle()
    with other.reading() as site:
        assert peer_of(site, one.settings.host).state == "invited"
    confirm(other, one.settings.host)
    network.settle()
    for here, there in ((one, other), (other, one)):
        with here.reading() as site:
            assert peer_of(site, there.settings.host).state == "active"
