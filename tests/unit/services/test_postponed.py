"""How much of one origin may wait at once, and that what is beyond is applied all the same (attack row 33)."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from pop_forum import db, tasks
from pop_forum.commune import Commune
from pop_forum.errors import InvalidInput
from pop_forum.federation.activities import Activity, RevisionPublished
from pop_forum.federation.revisions import Block, Revision, digest, measure_urn
from pop_forum.models import Entry, Post
from pop_forum.services import digest as state
from pop_forum.services import inbox, measures, unapplied
from pop_forum.services.known import Known
from tests.network import Network
from tests.unit.services.scribe import OTHER, Scribe, outcomes

URN = measure_urn("navette-a-la-demande")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three entries of an origin may wait, and two are applied at once."""
    assert (unapplied.MOST_WAITING, unapplied.AT_ONCE) == (500, 500)
    monkeypatch.setattr(unapplied, "MOST_WAITING", 3)
    monkeypatch.setattr(unapplied, "AT_ONCE", 2)


def replied(scribe: Scribe, other: Scribe, count: int) -> None:
    """Nothing; so many replies are written to a thread that the other commune has not told yet."""
    for number in range(count):
        scribe.replies(other.at("/o/fil"), f"reponse-{number}")


def tally(commune: Commune, scribe: Scribe) -> Counter[str]:
    """How many entries of that journal, its register apart, came to what."""
    return Counter(outcome for n, outcome in outcomes(commune, scribe).items() if n > 1)


def told(commune: Commune) -> str:
    with commune.reading() as site:
        return state.shared_state(site)["all"]


def edition(commune: Commune) -> str:
    with commune.reading() as site:
        return measures.common_revision(site, URN).digest


def version(scribe: Scribe, number: int, parent: str) -> Revision:
    block = Block("b-1", "paragraph", f"Version {number}.")
    return Revision(URN, (parent,), "La navette", (block,), None, scribe.commune, "2026-11-23T09:00:00Z")


def awaited(commune: Commune) -> set[str | None]:
    with commune.reading() as site:
        return set(site.session.scalars(select(Entry.waiting_on).where(Entry.outcome == "postponed")))


def test_row_33_as_much_as_may_wait_is_applied_with_what_it_waits_for(commune: Commune) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    replied(scribe, other, 3)
    scribe.brought_to(commune)
    assert tally(commune, scribe) == {"waiting": 3}
    other.opens()
    other.brought_to(commune)
    assert tally(commune, scribe) == {"applied": 3}


def test_row_33_one_more_is_postponed_and_applied_by_the_task_that_is_woken(commune: Commune) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    replied(scribe, other, 4)
    scribe.brought_to(commune)
    assert tally(commune, scribe) == {"waiting": 3, "postponed": 1}
    assert awaited(commune) == {other.at("/o/fil")}
    other.opens()
    other.brought_to(commune)
    assert tally(commune, scribe) == {"applied": 3, "postponed": 1}
    tasks.run(commune, unapplied.APPLY)
    assert tally(commune, scribe) == {"applied": 4}


def test_row_33_what_was_left_by_a_lost_wake_up_is_found_by_the_sweep(commune: Commune) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    replied(scribe, other, 9)
    scribe.brought_to(commune)
    other.opens()
    other.brought_to(commune)
    assert tally(commune, scribe) == {"applied": 3, "postponed": 6}
    with commune.transaction() as site:
        unapplied.sweep(site)
        assert unapplied.APPLY in site.session.info[db.WAKE]
    tasks.run(commune, unapplied.APPLY)
    assert tally(commune, scribe) == {"applied": 9}


def test_row_33_each_origin_has_its_own_places_whatever_the_pages(commune: Commune) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    replied(scribe, other, 5)
    for number in range(5):
        other.replies(scribe.at("/o/place"), f"avis-{number}")
    for number in range(6):
        scribe.brought_to(commune, number, number + 1)
    other.brought_to(commune)
    assert tally(commune, scribe) == tally(commune, other) == {"waiting": 3, "postponed": 2}


def test_row_33_a_postponed_version_comes_after_its_parents(commune: Commune) -> None:
    scribe = Scribe(journal="programme")
    versions = [version(scribe, 0, edition(commune))]
    for number in range(1, 8):
        versions.append(version(scribe, number, digest(versions[-1])))
    for one in (*versions[1:], versions[0]):
        scribe.say(RevisionPublished(one, "adaptation", "Plus clair"), scribe.commune)
    scribe.brought_to(commune, 0, 8)
    assert tally(commune, scribe) == {"waiting": 3, "postponed": 4}
    scribe.brought_to(commune, 8)
    assert tally(commune, scribe) == {"applied": 4, "postponed": 4}
    tasks.run(commune, unapplied.APPLY)
    assert tally(commune, scribe) == {"applied": 8}


def test_the_state_is_the_one_of_a_site_where_nothing_had_to_wait(network: Network) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    replied(scribe, other, 6)
    for number in range(6):
        scribe.edits(scribe.at(f"/o/reponse-{number}"), f"Mieux {number}.")
    other.opens()
    early, late = network.communes["valombre"], network.communes["pont-hervel"]
    for commune, order in ((early, (other, scribe)), (late, (scribe, other))):
        for one in order:
            one.brought_to(commune)
        tasks.run(commune, unapplied.APPLY)
        assert tally(commune, scribe) == {"applied": 12}
    assert told(early) == told(late)
    with late.reading() as site:
        assert site.session.scalar(select(func.count()).select_from(Post)) == 7


def test_what_waits_and_is_refused_by_another_version_holds_up_nobody(
    commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    scribe, other = Scribe(), Scribe(OTHER)
    replied(scribe, other, 4)
    scribe.brought_to(commune)

    def stricter(verified: object) -> Activity:
        raise InvalidInput("no longer allowed")

    other.opens()
    with commune.transaction() as site, monkeypatch.context() as later:
        later.setattr(inbox, "read", stricter)
        unapplied.apply_waiting(site, Known(site), [other.at("/o/fil")])
        assert not unapplied.apply_postponed(site)
    assert tally(commune, scribe) == {"refused": 4}
    assert other.brought_to(commune).accepted
