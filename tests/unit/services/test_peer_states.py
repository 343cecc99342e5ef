"""Suspension and withdrawal between sites that run: everything comes back, once, and a return needs both admins."""

import pytest
from sqlalchemy import func, select

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Conflict, Forbidden, InvalidInput, NotFound
from pop_forum.models import Journal, Link, Mail, NetworkAct, Notice, Peer, Post, Thread
from pop_forum.services import deliveries, digest, front, invitations, peer_states, reading, threads
from pop_forum.services.threads import ThreadDraft
from tests.network import ADMIN, Network, acting, confirm, peer_of, person

ONE, OTHER = "valombre.localhost:8080", "pont-hervel.localhost:8080"
WHY = "Son site est repris par des inconnus."


def decide(network: Network, slug: str, host: str, state: str, reason: str = WHY) -> None:
    with network.communes[slug].transaction() as site:
        peer_states.decide(site, ADMIN, peer_of(site, host), state, reason)


def opened(commune: Commune, author: int, title: str) -> str:
    with acting(commune, author) as (site, who):
        return threads.open_thread(site, who, ThreadDraft(title, "Bonjour.", None, True)).uri


def answered(commune: Commune, author: int, uri: str, text: str) -> None:
    with acting(commune, author) as (site, who):
        thread = site.session.scalars(select(Post).where(Post.uri == uri)).one().thread
        threads.reply(site, who, thread, text)


def state_of(commune: Commune) -> str:
    with commune.reading() as site:
        return digest.shared_state(site)["all"]


def test_a_suspension_loses_nothing_on_either_side(trio: Network) -> None:
    one, other = trio.communes["valombre"], trio.communes["pont-hervel"]
    ours, theirs = person(one, "Huguette P."), person(other, "Karim B.")
    uri = opened(one, ours, "La passerelle")
    trio.settle()
    decide(trio, "valombre", OTHER, "suspended")
    for text in ("Un.", "Deux.", "Trois."):
        answered(other, theirs, uri, text)
    opened(one, ours, "Pendant ce temps")
    trio.clock.advance(days=3)
    trio.settle()
    decide(trio, "valombre", OTHER, "active", "")
    trio.settle()
    assert state_of(one) == state_of(other) == state_of(trio.communes["sainte-aure"])
    with one.reading() as site:
        texts = site.session.scalars(select(Post.source).where(Post.host == OTHER)).all()
        assert sorted(texts) == ["Deux.", "Trois.", "Un."]
        assert site.session.scalar(select(func.count()).select_from(Mail)) == 0
        assert site.session.scalar(select(func.count()).select_from(Notice)) <= 1


def test_a_peer_that_withdrew_is_accepted_again_after_its_invitation(trio: Network) -> None:
    decide(trio, "valombre", OTHER, "withdrawn")
    with trio.communes["valombre"].transaction() as site:
        invitations.invite(site, ADMIN, OTHER)
    trio.settle()
    confirm(trio.communes["valombre"], OTHER)
    trio.settle()
    for slug, host in (("valombre", OTHER), ("pont-hervel", ONE)):
        with trio.communes[slug].reading() as site:
            assert peer_of(site, host).state == "active"
            assert site.session.scalar(select(func.count()).select_from(Link)) == 4
    uri = opened(trio.communes["valombre"], person(trio.communes["valombre"], "Huguette P."), "De retour")
    trio.settle()
    with trio.communes["pont-hervel"].reading() as site:
        assert site.session.scalar(select(Post.id).where(Post.uri == uri)) is not None


def test_a_commune_that_we_withdrew_waits_for_us_again_when_it_invites(trio: Network) -> None:
    for slug, host in (("valombre", OTHER), ("pont-hervel", ONE)):
        decide(trio, slug, host, "withdrawn")
    for inviter, inviting, invited in (("valombre", OTHER, "pont-hervel"), ("pont-hervel", ONE, "valombre")):
        with trio.communes[inviter].transaction() as site:
            invitations.invite(site, ADMIN, inviting)
        trio.settle()
        confirm(trio.communes[inviter], inviting)
        trio.settle()
        back = ONE if invited == "pont-hervel" else OTHER
        with trio.communes[invited].reading() as site:
            assert peer_of(site, back).state == "invited"
        for slug, host in (("valombre", OTHER), ("pont-hervel", ONE)):
            with trio.communes[slug].transaction() as site:
                peer_of(site, host).state = "active"
                peer_states.decide(site, ADMIN, peer_of(site, host), "withdrawn", WHY)


def test_an_invitation_ends_no_suspension(trio: Network) -> None:
    decide(trio, "pont-hervel", ONE, "suspended")
    decide(trio, "valombre", OTHER, "withdrawn")
    with trio.communes["valombre"].transaction() as site:
        invitations.invite(site, ADMIN, OTHER)
    trio.settle()
    confirm(trio.communes["valombre"], OTHER)
    trio.settle()
    with trio.communes["pont-hervel"].reading() as site:
        assert peer_of(site, ONE).state == "suspended"
    with trio.communes["valombre"].reading() as site:
        assert peer_of(site, OTHER).state == "invited"


def test_what_cannot_be_decided_changes_nothing(trio: Network) -> None:
    with trio.communes["valombre"].transaction() as site:
        peer = peer_of(site, OTHER)
        with pytest.raises(Forbidden):
            peer_states.decide(site, Viewer(1, Role.MODERATOR), peer, "suspended", WHY)
        for state, reason in (("suspended", " "), ("contacting", WHY)):
            with pytest.raises(InvalidInput):
                peer_states.decide(site, ADMIN, peer, state, reason)
        with pytest.raises(Conflict):
            peer_states.decide(site, ADMIN, peer, "active", WHY)
        assert (peer.state, site.session.scalar(select(func.count()).select_from(NetworkAct))) == ("active", 0)


def test_a_decision_is_told_as_long_as_it_stands(trio: Network) -> None:
    decide(trio, "valombre", OTHER, "limited", "Trop de messages.")
    decide(trio, "valombre", OTHER, "suspended", "Encore plus.")
    with trio.communes["valombre"].reading() as site:
        assert [act.reason for act in peer_states.standing(site).values()] == ["Encore plus."]
    decide(trio, "valombre", OTHER, "active", "")
    with trio.communes["valombre"].reading() as site:
        assert peer_states.standing(site) == {}
        assert len(peer_states.acts_of(site, peer_of(site, OTHER))) == 3


def test_a_pause_sends_nothing_and_loses_nothing(trio: Network) -> None:
    one, other = trio.communes["valombre"], trio.communes["pont-hervel"]
    author = person(one, "Huguette P.")
    with one.transaction() as site:
        peer_states.pause(site, ADMIN, peer_of(site, OTHER))
        with pytest.raises(Conflict):
            peer_states.pause(site, ADMIN, peer_of(site, OTHER))
        with pytest.raises(Forbidden):
            peer_states.unpause(site, Viewer(1, Role.MODERATOR), peer_of(site, OTHER))
    opened(one, author, "Pendant la pause")
    trio.wire.requests.clear()
    trio.work(one)
    assert not [url for method, url in trio.wire.requests if method == "POST" and OTHER in url]
    with one.reading() as site:
        assert deliveries.claim(site) == []
    with one.transaction() as site:
        peer_states.unpause(site, ADMIN, peer_of(site, OTHER))
        with pytest.raises(Conflict):
            peer_states.unpause(site, ADMIN, peer_of(site, OTHER))
    trio.work(one)
    assert [url for method, url in trio.wire.requests if method == "POST" and OTHER in url]
    assert state_of(one) == state_of(other)


def test_a_comparison_says_whether_both_sites_hold_the_same(trio: Network) -> None:
    one = trio.communes["valombre"]
    opened(one, person(one, "Huguette P."), "La passerelle")
    trio.clock.advance(hours=1)
    trio.settle()

    def agreements() -> set[bool | None]:
        with one.reading() as site:
            return set(site.session.scalars(select(Link.agrees).join(Peer).where(Peer.host == OTHER)))

    assert agreements() == {True}
    with trio.communes["pont-hervel"].transaction() as site:
        row = site.session.scalars(select(Journal).where(Journal.host == ONE, Journal.name == "forum")).one()
        row.hash = "0" * 64
    trio.clock.advance(hours=1)
    trio.work(one)
    assert agreements() == {True, False}


def test_row_98_what_a_suspended_commune_says_is_not_shown_whoever_passes_it_on(trio: Network) -> None:
    one, other = trio.communes["valombre"], trio.communes["pont-hervel"]
    decide(trio, "valombre", OTHER, "suspended")
    uri = opened(other, person(other, "Karim B."), "Par un détour")
    for _ in range(2):
        trio.clock.advance(hours=1)
        trio.settle()
    with one.reading() as site:
        thread = site.session.scalars(select(Thread).where(Thread.uri == uri)).one_or_none()
        assert thread is not None  # kept: it came by Sainte-Aure, and passes on unchanged
        with pytest.raises(NotFound):
            reading.find_thread(site, thread.key)
        assert thread.title not in str(reading.daily(site, 1)) + str(front.front_page(site))
    decide(trio, "valombre", OTHER, "active", "")
    with one.reading() as site:
        assert reading.find_thread(site, thread.key).title == "Par un détour"
