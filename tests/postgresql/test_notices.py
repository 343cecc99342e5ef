"""Notices on both kinds of database: who is told of what, once, and never of what is still on its way."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role
from pop_forum.models import Notice, Peer, Person, Position, Post, PostVersion, Thread
from pop_forum.services import accounts, follows, notices, threads
from pop_forum.services.threads import ThreadDraft
from pop_forum.tasks import notify, sweep
from tests.network import Network, acting
from tests.network import person as stranger
from tests.unit.services.scribe import OTHER, Scribe


@pytest.fixture
def commune(pair: Network) -> Commune:
    return pair.communes["valombre"]


@pytest.fixture
def clock(pair: Network) -> Network:
    return pair.clock


def account(commune: Commune, name: str) -> int:
    with commune.transaction() as site:
        return accounts.create_account(site, name, f"{sum(map(ord, name))}@exemple.fr", "x", Role.RESIDENT).person_id


def opened(commune: Commune, author: int, title: str = "Le banc") -> int:
    with acting(commune, author) as (site, who):
        return threads.open_thread(site, who, ThreadDraft(title, "Texte.", None, shared=True)).id


def replied(commune: Commune, author: int, thread: int, to: int | None = None) -> int:
    with acting(commune, author) as (site, who):
        place = site.session.get_one(Thread, thread)
        return threads.reply(site, who, place, "Oui.", site.session.get_one(Post, to) if to else None).id


def followed(commune: Commune, who: int, thread: int) -> None:
    with commune.transaction() as site:
        follows.follow(site, who, thread, active=True)


def told(commune: Commune, who: int) -> list[tuple[str, int, int]]:
    """Kind, first message and number of messages of each notice of this person."""
    notify.run(commune)
    with commune.reading() as site:
        rows = site.session.scalars(select(Notice).where(Notice.account_id == who).order_by(Notice.id))
        return [(row.kind, row.post_id, row.messages) for row in rows]


def test_who_is_answered_is_told_once(commune: Commune) -> None:
    huguette, karim = account(commune, "Huguette P."), account(commune, "Karim B.")
    thread = opened(commune, huguette)
    first = replied(commune, karim, thread)
    assert told(commune, huguette) == [("reply", first, 1)]
    assert told(commune, huguette) == [("reply", first, 1)]
    assert told(commune, karim) == []


def test_answers_that_nobody_has_seen_yet_share_one_notice(commune: Commune) -> None:
    huguette, karim = account(commune, "Huguette P."), account(commune, "Karim B.")
    thread = opened(commune, huguette)
    first = replied(commune, karim, thread)
    notify.run(commune)
    replied(commune, karim, thread)
    assert told(commune, huguette) == [("reply", first, 2)]
    with commune.transaction() as site:
        notices.see_all(site, huguette, site.clock.now())
    third = replied(commune, karim, thread)
    assert told(commune, huguette) == [("reply", first, 2), ("reply", third, 1)]


def test_who_answers_themselves_is_not_told(commune: Commune) -> None:
    huguette = account(commune, "Huguette P.")
    replied(commune, huguette, opened(commune, huguette))
    assert told(commune, huguette) == []


def test_who_follows_is_told_of_others_but_not_of_what_came_before(commune: Commune) -> None:
    huguette, karim, solene = (account(commune, name) for name in ("Huguette P.", "Karim B.", "Solène D."))
    thread = opened(commune, huguette)
    replied(commune, karim, thread)
    followed(commune, solene, thread)
    later = replied(commune, karim, thread)
    replied(commune, solene, thread)
    assert told(commune, solene) == [("followed", later, 1)]


def test_an_answer_in_a_followed_thread_is_told_as_an_answer_only(commune: Commune) -> None:
    huguette, karim = account(commune, "Huguette P."), account(commune, "Karim B.")
    thread = opened(commune, huguette)
    followed(commune, huguette, thread)
    first = replied(commune, karim, thread)
    assert told(commune, huguette) == [("reply", first, 1)]


def test_a_mention_is_told_at_once_and_only_as_such(commune: Commune) -> None:
    huguette, karim = account(commune, "Huguette P."), account(commune, "Karim B.")
    first = replied(commune, karim, opened(commune, huguette))
    with commune.transaction() as site:
        post = site.session.get_one(Post, first)
        for _ in range(2):
            notices.tell(site, huguette, notices.MENTION, post)
        notices.tell(site, karim, notices.MENTION, post)
    assert told(commune, huguette) == [("mention", first, 1)]
    assert told(commune, karim) == []


def test_a_person_without_an_account_here_is_not_told(commune: Commune) -> None:
    huguette, remote = account(commune, "Huguette P."), stranger(commune, "Alice")
    first = opened(commune, huguette)
    with commune.transaction() as site:
        post = site.session.scalars(select(Post).where(Post.thread_id == first)).one()
        notices.tell(site, remote, notices.MENTION, post)
        assert site.session.scalars(select(Notice)).all() == []


def test_a_decision_is_told_to_the_author_without_a_name(commune: Commune) -> None:
    huguette = account(commune, "Huguette P.")
    thread = opened(commune, huguette)
    with commune.transaction() as site:
        notices.tell(site, huguette, "removed", site.session.scalars(select(Post)).one())
    with commune.reading() as site:
        row = site.session.scalars(select(Notice)).one()
        assert (row.kind, row.actor_id, row.thread_id) == ("removed", None, thread)


def test_rank_18_an_answer_from_another_commune_is_told(commune: Commune) -> None:
    huguette, neighbour = account(commune, "Huguette P."), Scribe(OTHER)
    with acting(commune, huguette) as (site, who):
        uri = threads.open_thread(site, who, ThreadDraft("Le banc", "Texte.", None, shared=True)).uri
    answers = [neighbour.replies(uri, name=name) for name in ("un", "deux", "trois")]
    neighbour.brought_to(commune)
    show_all_hosts(commune, neighbour.host)
    with commune.reading() as site:
        first = site.session.scalars(select(Post.id).where(Post.uri == answers[0])).one()
    assert told(commune, huguette) == [("reply", first, 3)]


def show_all_hosts(commune: Commune, host: str) -> None:
    """The other commune noted as one we exchange with."""
    with commune.transaction() as site:
        site.session.add(
            Peer(host=host, base_url=f"https://{host}", state="active", invited_by="us", created_at=site.clock.now())
        )


def renumber(commune: Commune, number: int, other: int) -> None:
    with commune.transaction() as site:
        site.session.execute(delete(PostVersion).where(PostVersion.post_id == number))
        site.session.execute(update(Post).where(Post.id == number).values(id=other))


def test_a_message_on_its_way_is_waited_for_and_told(commune: Commune, clock: Network) -> None:
    """PostgreSQL numbers rows before they are committed: a gap may be a message that is still on its way."""
    huguette, karim = account(commune, "Huguette P."), account(commune, "Karim B.")
    thread = opened(commune, huguette)
    notify.run(commune)
    first, _ = replied(commune, karim, thread), replied(commune, karim, thread)
    renumber(commune, first, first + 1000)  # as if the first were not committed yet
    assert told(commune, huguette) == []
    renumber(commune, first + 1000, first)
    assert told(commune, huguette) == [("reply", first, 2)]
    third = replied(commune, karim, thread)
    renumber(commune, third, third + 1)  # a transaction that was rolled back leaves its gap for good
    assert told(commune, huguette) == [("reply", first, 2)]
    clock.advance(seconds=notices.SETTLING.total_seconds() + 1)
    assert told(commune, huguette) == [("reply", first, 3)]


def test_a_catch_up_is_gone_through_in_turns(commune: Commune, monkeypatch: pytest.MonkeyPatch) -> None:
    huguette, karim = account(commune, "Huguette P."), account(commune, "Karim B.")
    thread = opened(commune, huguette)
    first = [replied(commune, karim, thread) for _ in range(7)][0]
    monkeypatch.setattr(notices, "BATCH", 3)
    assert told(commune, huguette) == [("reply", first, 7)]


def test_the_sweep_finds_what_is_owed_and_clears_what_is_old(commune: Commune, clock: Network) -> None:
    huguette, karim = account(commune, "Huguette P."), account(commune, "Karim B.")
    replied(commune, karim, opened(commune, huguette))
    with commune.transaction() as site:
        notices.sweep(site)
        assert notices.NOTIFY in site.session.info["wake"]
    assert len(told(commune, huguette)) == 1
    with commune.transaction() as site:
        notices.sweep(site)
        assert notices.NOTIFY not in site.session.info.get("wake", ())
    clock.advance(seconds=(notices.KEPT - timedelta(minutes=1)).total_seconds())
    sweep.run(commune)
    assert len(told(commune, huguette)) == 1
    clock.advance(minutes=2)
    sweep.run(commune)
    assert told(commune, huguette) == []
    with commune.reading() as site:
        assert site.session.scalars(select(Position.post_id)).one() == site.session.scalar(
            select(Post.id).order_by(Post.id.desc()).limit(1)
        )
        assert site.session.scalars(select(Person)).all()
