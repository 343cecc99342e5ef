"""The same on SQLite and on PostgreSQL: order, lost races, values that do not fit, what arrives at once."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.errors import Conflict, ForumError
from pop_forum.federation.activities import KeyRegister, PersonDeclared
from pop_forum.federation.identifiers import site_actor_id
from pop_forum.models import Attempt, Person, Post
from pop_forum.services import catchup, drafts, messages, threads
from pop_forum.services.drafts import Holder, Source
from pop_forum.services.known import Known
from pop_forum.services.threads import ThreadDraft
from tests.network import START, Network, acting, person
from tests.unit.services.scribe import OTHER, Scribe, outcomes

SORTED = sorted(["Zoé", "abc", "É", "a b", "a-b", "a_b", "A", "z", "é", "10", "9", "~"], key=str.encode)


@pytest.fixture
def commune(pair: Network) -> Commune:
    return pair.communes["valombre"]


def test_messages_are_ordered_by_the_bytes_of_their_key(commune: Commune) -> None:
    author = person(commune, "Huguette P.")
    with acting(commune, author) as (site, who):
        thread = threads.open_thread(site, who, ThreadDraft("Ordre", "Texte.", None, shared=False))
        for number, key in enumerate(reversed(SORTED)):
            uri = site.url(f"/o/{number:012d}")
            post = messages.put_post(
                site,
                Known(site),
                uri=uri,
                thread=thread,
                parent_uri=thread.uri,
                author=who,
                writing=messages.Writing("x", "x"),
                published=START,
            )
            post.order_key = key
    with commune.reading() as site:
        replies = select(Post.order_key).where(~Post.opening).order_by(Post.order_key)
        assert list(site.session.scalars(replies)) == SORTED


def test_two_rows_for_one_thing_are_a_conflict(commune: Commune) -> None:
    with pytest.raises(Conflict), commune.transaction() as site:
        for _ in range(2):
            site.session.add(
                Person(uri=site.url("/p/a"), host="x", name="x", role="resident", created_at=site.clock.now())
            )


def test_a_reading_cannot_write(commune: Commune) -> None:
    with pytest.raises(RuntimeError), commune.reading() as site:
        site.session.add(Attempt(kind="x", subject="x", network="x", succeeded=True, at=START))
        site.session.flush()


def test_a_value_that_does_not_fit_is_an_error_of_ours_or_kept(commune: Commune) -> None:
    try:
        with commune.transaction() as site:
            site.session.add(Attempt(kind="x" * 21, subject="x", network="x", succeeded=True, at=START))
    except ForumError as error:
        assert error.status == 400
    with commune.reading() as site:
        assert site.session.scalar(text("SELECT 1")) == 1


def at_once(commune: Commune, first: Scribe, second: Scribe) -> None:
    """Two pages that arrive together: the second one while the first is taken and not yet committed."""
    started = threading.Event()

    def take_second() -> None:
        started.set()
        second.brought_to(commune)

    other = threading.Thread(target=take_second)
    with commune.transaction() as site:
        catchup.receive_page(site, first.host, first.root, first.journal, first.page(), first.host)
        site.session.flush()
        other.start()
        started.wait(5)
        other.join(0.3)
    other.join(30)
    assert not other.is_alive()


def test_a_reply_that_arrives_together_with_its_thread_does_not_miss_it(commune: Commune) -> None:
    home, neighbour = Scribe(), Scribe(OTHER)
    neighbour.replies(home.opens())
    at_once(commune, home, neighbour)
    assert set(outcomes(commune, neighbour).values()) == {"applied"}


def test_a_thread_that_arrives_together_with_its_reply_does_not_miss_it(commune: Commune) -> None:
    home, neighbour = Scribe(), Scribe(OTHER)
    neighbour.replies(home.opens())
    at_once(commune, neighbour, home)
    assert set(outcomes(commune, neighbour).values()) == {"applied"}


def test_a_deletion_from_here_and_one_that_arrives_do_not_miss_each_other(commune: Commune) -> None:
    author, neighbour = person(commune, "Huguette P."), Scribe(OTHER)
    with acting(commune, author) as (site, who):
        thread = threads.open_thread(site, who, ThreadDraft("Le banc", "Texte.", None, shared=True)).uri
    uri = neighbour.replies(thread)
    neighbour.brought_to(commune)
    neighbour.deletes(uri)
    arriving = threading.Thread(target=neighbour.brought_to, args=(commune,))
    with commune.transaction() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        threads.delete(site, Viewer(author, Role.MODERATOR), post)
        site.session.flush()
        arriving.start()
        arriving.join(0.3)
    arriving.join(30)
    with commune.reading() as site:
        assert site.session.scalars(select(Post).where(Post.uri == uri)).one().deleted_by == "author"


def test_a_draft_that_is_kept_while_its_message_is_published_is_gone_afterwards(commune: Commune) -> None:
    author, name = person(commune, "Huguette P."), "a" * 26
    with acting(commune, author) as (site, who):
        thread = threads.open_thread(site, who, ThreadDraft("Le banc", "Texte.", None, shared=False))
        place = f"/discussions/{thread.key}/repondre"

    def keep() -> None:
        with commune.transaction() as other:
            drafts.save(other, author, place, {"text": "Presque"}, Source(name))

    late = threading.Thread(target=keep)
    with acting(commune, author) as (site, who):
        reply = threads.reply(site, who, site.session.merge(thread), "Envoyé")
        reply.submission = name
        site.session.flush()
        drafts.forget(site, Holder(author), place)
        late.start()
        late.join(0.3)
    late.join(30)
    with commune.reading() as site:
        assert drafts.find(site, Holder(author), place) is None


@pytest.mark.parametrize("strange", ["id", "role", "number"])
def test_a_strange_entry_stops_no_journal(commune: Commune, strange: str) -> None:
    scribe = Scribe()
    if strange == "id":
        scribe.opens("x" * 600)
    elif strange == "role":
        scribe.say(PersonDeclared(scribe.person(), "Alice", "r" * 32))
    else:
        other = replace(scribe.keys.public(), number=2**40)
        scribe.say(KeyRegister(scribe.epoch, (other,)), site_actor_id(scribe.host))
    assert scribe.brought_to(commune).accepted
