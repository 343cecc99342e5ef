"""Anti-entropy: sites that read the same and show otherwise find out in the night, mend it, or say so."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, update

from pop_forum.adapters.remote import Answer
from pop_forum.domain.health import Trouble, findings
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import NotFound
from pop_forum.models import (
    Measure,
    Person,
    Post,
    PostVersion,
    Stance,
    StateComparison,
    StateDifference,
    StateDigest,
    StateRepair,
    Support,
    Thread,
)
from pop_forum.services import accounts, digest, health, measures, nightly, refolding, state_parts, threads
from pop_forum.services.measures import MeasureDraft
from pop_forum.services.site import Site
from pop_forum.services.threads import ThreadDraft
from tests.network import ADMIN, Network, acting, peer_of, person

HERE, OTHER = "valombre.localhost:8080", "pont-hervel.localhost:8080"
Damage = Callable[[Site], object]


@pytest.fixture
def lively(trio: Network) -> Network:
    """Three communes in step, of which Pont-Hervel has said something of every kind."""
    commune = trio.communes["pont-hervel"]
    with acting(commune, person(commune, "Karim B.")) as (site, who):
        thread = threads.open_thread(site, who, ThreadDraft("La passerelle", "Bonjour.", None, True))
        first = threads.reply(site, who, thread, "Elle glisse.")
        second = threads.reply(site, who, thread, "À retirer.")
        threads.edit(site, Viewer(who.id, Role.RESIDENT), first, "Elle glisse encore.")
        threads.delete(site, Viewer(who.id, Role.RESIDENT), second)
        karim = accounts.create_account(site, "Karim S.", "karim.s@exemple.fr", "-", Role.RESIDENT).person
        threads.support(site, karim, first)
        measure = site.session.scalars(select(Measure).where(Measure.slug == "navette-a-la-demande")).one()
        base = measures.common_revision(site, measure.urn)
        draft = MeasureDraft(base.title, ((base.blocks[0]["id"], "Notre texte."),), "Marché", base.digest)
        measures.adapt(site, ADMIN, measure, draft)
        other = site.session.scalars(select(Measure).where(Measure.slug == "cantine-locale")).one()
        measures.adopt(site, ADMIN, other)
    trio.settle(1)
    trio.clock.advance(minutes=15)  # what was withdrawn is erased ten minutes later
    trio.settle(2)
    return trio


def a_night(network: Network) -> None:
    """The hour of the digests, and two comparisons: what the first has mended is seen in the second."""
    network.clock.advance(days=1)
    for minutes in (60, 5, 5):
        network.settle(1)
        network.clock.advance(minutes=minutes)


def states(network: Network) -> set[str]:
    found = set()
    for commune in network.communes.values():
        with commune.reading() as site:
            found.add(digest.shared_state(site)["all"])
    return found


def compared(network: Network, slug: str = "valombre", host: str = OTHER) -> StateComparison:
    with network.communes[slug].reading() as site:
        found = nightly.comparison(site, peer_of(site, host))
        assert found is not None
        site.session.expunge(found)
        return found


def differing(network: Network, slug: str = "valombre") -> set[tuple[str, str]]:
    with network.communes[slug].reading() as site:
        return {(row.host, row.board) for row in site.session.scalars(select(StateDifference))}


def test_sites_that_show_the_same_find_no_difference_and_ask_once_a_night(lively: Network) -> None:
    lively.clock.advance(days=1)
    lively.settle(1)
    lively.wire.requests.clear()
    lively.clock.advance(minutes=29)
    lively.settle(1)
    assert asked(lively) == 0, "before the others had time to work out theirs"
    for _ in range(3):
        lively.clock.advance(minutes=2)
        lively.settle(1)
    assert asked(lively) == 6, "each of three sites asks two peers"
    found = compared(lively)
    assert (found.answered, found.different, found.same) == (True, 0, 10)
    assert differing(lively) == set()
    with lively.communes["valombre"].reading() as site:
        assert site.session.scalars(select(StateRepair)).all() == []


def asked(network: Network) -> int:
    return sum(url.endswith("/empreintes") for _, url in network.wire.requests)


def other_words(site: Site) -> object:
    return site.session.execute(
        update(Post).where(Post.host == OTHER, Post.source.contains("encore")).values(source="Elle est sûre.")
    )


def other_title(site: Site) -> object:
    return site.session.execute(update(Thread).where(Thread.host == OTHER).values(title="Autre chose"))


def lost_message(site: Site) -> object:
    lost = site.session.scalars(select(Post).where(Post.host == OTHER, Post.source.contains("encore"))).one()
    site.session.execute(delete(PostVersion).where(PostVersion.post_id == lost.id))
    return site.session.execute(delete(Post).where(Post.id == lost.id))


def lost_support(site: Site) -> object:
    return site.session.execute(delete(Support))


def support_taken_back(site: Site) -> object:
    return site.session.execute(update(Support).values(active=False))


def other_name(site: Site) -> object:
    return site.session.execute(update(Person).where(Person.host == OTHER).values(name="Quelqu’un"))


def other_choice(site: Site) -> object:
    return site.session.execute(update(Stance).where(Stance.host == OTHER).values(kind="aside"))


def lost_choice(site: Site) -> object:
    return site.session.execute(delete(Stance).where(Stance.host == OTHER))


DAMAGES: tuple[Damage, ...] = (
    other_words,
    other_title,
    lost_message,
    lost_support,
    support_taken_back,
    other_name,
    other_choice,
    lost_choice,
)


def test_what_was_changed_here_is_found_and_mended_in_the_night(lively: Network) -> None:
    before = states(lively)
    with lively.communes["valombre"].transaction() as site:
        other_words(site)
    assert len(states(lively)) == 2
    a_night(lively)
    assert states(lively) == before and len(before) == 1
    assert differing(lively) == differing(lively, "pont-hervel") == set()
    with lively.communes["valombre"].reading() as site:
        assert [(row.host, row.mended) for row in site.session.scalars(select(StateRepair))] == [(OTHER, 1)]


def test_every_damage_changes_the_digests_and_is_mended_by_the_entries(lively: Network) -> None:
    commune = lively.communes["valombre"]
    with commune.reading() as site:
        right = state_parts.digests(site)
    for damage in DAMAGES:
        with commune.transaction() as site:
            damage(site)
            site.session.flush()
            site.session.expire_all()
            assert state_parts.digests(site) != right, damage.__name__
            for name in ("forum", "programme"):
                refolding.ask(site, OTHER, name, since=site.clock.now())
            while refolding.go_on(site):
                pass
            assert state_parts.digests(site) == right, damage.__name__
    assert len(states(lively)) == 1


def test_what_no_entry_tells_stays_and_is_told_to_the_admins(lively: Network) -> None:
    with lively.communes["valombre"].transaction() as site:
        row = site.session.scalars(select(Support)).one()
        site.session.add(
            Support(object_uri=row.object_uri, host=OTHER, token="ab" * 32, active=True, epoch=1, n=3, at=row.at)
        )
    a_night(lively)
    assert differing(lively) == {(OTHER, "soutiens")}
    assert (OTHER, "soutiens") in differing(lively, "pont-hervel"), "it shows otherwise what we said ourselves"
    assert troubles(lively) == set(), "the first night mends, and says nothing"
    a_night(lively)
    assert troubles(lively) == {f"{OTHER} ({OTHER})", f"sainte-aure.localhost:8080 ({OTHER})"}
    with lively.communes["valombre"].transaction() as site:
        site.session.execute(delete(Support).where(Support.token == "ab" * 32))
    a_night(lively)
    assert differing(lively) == set() and troubles(lively) == set()


def troubles(network: Network) -> set[str]:
    with network.communes["valombre"].reading() as site:
        facts = health.facts(site, mail_leaves=False)
        found = findings(facts, site.clock.now())
    return {one.subject for one in found if one.trouble is Trouble.DIFFERENT}


def test_what_moved_in_between_is_not_compared(lively: Network) -> None:
    a_night(lively)
    before = compared(lively, "sainte-aure")
    lively.clock.advance(days=1)
    lively.settle()
    commune = lively.communes["pont-hervel"]
    with acting(commune, person(commune, "Odile R.")) as (site, who):
        threads.open_thread(site, who, ThreadDraft("La nuit", "Je ne dors pas.", None, True))
    lively.settle()
    with commune.transaction() as site:
        nightly.keep(site, nightly.work_out(site))
    lively.clock.advance(hours=2)
    lively.settle()
    found = compared(lively, "sainte-aure")
    assert (found.different, found.same) == (0, before.same - 3), "its people, its daily life, and supports there"


def test_a_peer_that_tells_no_digests_is_asked_again_the_next_night_only(lively: Network) -> None:
    url = f"http://{OTHER}/empreintes"
    lively.wire.answers["GET", url] = Answer(404, {}, b"", url)
    a_night(lively)
    assert not compared(lively).answered
    lively.wire.requests.clear()
    lively.clock.advance(minutes=5)
    lively.settle()
    assert ("GET", url) not in lively.wire.requests
    del lively.wire.answers["GET", url]
    a_night(lively)
    assert compared(lively).answered


def test_a_journal_is_applied_over_again_once_a_night_some_entries_at_a_time(
    lively: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pont-Hervel's forum has nine entries; a batch that is full may not be the last."""
    commune = lively.communes["valombre"]
    for at_once, steps in ((8, 2), (9, 2), (10, 1)):
        monkeypatch.setattr(refolding, "AT_ONCE", at_once)
        with commune.transaction() as site:
            other_words(site)
            since = site.clock.now()
            refolding.ask(site, OTHER, "forum", since=since)
            assert [refolding.go_on(site) for _ in range(steps + 1)] == [True] * steps + [False]
            refolding.ask(site, OTHER, "forum", since=since)
            assert not refolding.go_on(site)
        assert len(states(lively)) == 1
    with commune.transaction() as site:
        site.session.execute(delete(StateDigest))
        with pytest.raises(NotFound):
            nightly.document(site)
