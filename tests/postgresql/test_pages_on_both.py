"""What pages ask on SQLite and on PostgreSQL: a discussion with everything on it, lists, a history."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.domain.moderation import Judgement, Reason
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Account, Post, PostPicture, Thread
from pop_forum.services import (
    accounts,
    arranging,
    indexing,
    message_history,
    moderation,
    open_lists,
    polls,
    readings,
    sign_ins,
    thread_pages,
    thread_readers,
    threads,
)
from pop_forum.services.network_pages import communes
from pop_forum.services.polls import PollDraft
from pop_forum.services.threads import ThreadDraft
from tests.network import Network, acting


@pytest.fixture
def commune(pair: Network) -> Commune:
    return pair.communes["valombre"]


@pytest.fixture
def people(commune: Commune) -> dict[str, int]:
    roles = {"Huguette P.": Role.RESIDENT, "Karim B.": Role.RESIDENT, "Nadège R.": Role.MODERATOR}
    with commune.transaction() as site:
        return {
            name: accounts.create_account(site, name, f"{role.value}{len(name)}@exemple.fr", "", role).person_id
            for name, role in roles.items()
        }


@pytest.fixture
def key(commune: Commune, people: dict[str, int]) -> str:
    """A shared discussion with supports, a picture, a mention, a hidden reply, a poll, a pin, and a reply not read."""
    reader, author, moderator = people.values()
    with acting(commune, author) as (site, who):
        thread = threads.open_thread(site, who, ThreadDraft("Le car", "Qui le prend ?", None, shared=True))
        draft = PollDraft("", ("Oui", "Non"), False, site.clock.now() + timedelta(days=1))
        polls.put(site, Viewer(who.id, Role.RESIDENT), thread, draft)
        found = thread.key
    with acting(commune, reader) as (site, who):
        thread = site.session.scalars(select(Thread)).one()
        threads.reply(site, who, thread, "Moi.")
        threads.support(site, who, site.session.scalars(select(Post).where(Post.opening)).one())
        polls.vote(site, Viewer(who.id, Role.RESIDENT), thread, (1,))
        page = thread_pages.thread_page(site, Viewer(reader, Role.RESIDENT), who.uri, found, 1)
        readings.note(site, reader, page)
    with acting(commune, author) as (site, who):
        thread = site.session.scalars(select(Thread)).one()
        pictured = threads.reply(site, who, thread, "Avec @Huguette P.")
        site.session.add(
            PostPicture(post_id=pictured.id, position=0, digest="a" * 64, alt="Le car", width=60, height=40)
        )
        pictured.pictures = 1
        hidden = threads.reply(site, who, thread, "Caché.")
        site.session.flush()
        there = Viewer(moderator, Role.MODERATOR)
        judged = Judgement(hide=True, warn=False, suspend=False, reason=Reason.OFF_TOPIC, sentence="Non.", seen=0)
        moderation.judge(site, there, hidden, judged)
        arranging.pin(site, there, thread, None)
    return found


def test_the_page_of_a_discussion_says_the_same_on_both(commune: Commune, people: dict[str, int], key: str) -> None:
    reader = people["Huguette P."]
    with commune.transaction() as site:
        token = sign_ins.new_token(site, reader)
    with commune.reading() as site:
        account = sign_ins.account_for_token(site, token)
        assert account is not None
        own = thread_pages.thread_page(site, account.viewer, account.uri, key, 1)
        many, supporters = thread_pages.for_many(site, Viewer(0, Role.RESIDENT), key, 1, communes(site))
        kept = thread_readers.kept(site, account, key, f"/discussions/{key}/repondre", many)
        assert kept is not None and supporters is not None
        put_in = thread_readers.own(site, account, many, kept)
    for page in (own, put_in):
        assert (page.unread, page.late, page.followed, page.poll.choices) == (1, 0, True, frozenset({1})), page
        assert page.opening.supports == 1 and [act.act for act in page.acts] == ["pinned"] and page.mark == own.mark
        mine, pictured, hidden = page.replies
        assert pictured.pictures[0].alt == "Le car" and 'class="mention"' in pictured.html
        assert (hidden.deleted_by, hidden.reason, hidden.deleted_at) == (
            "moderation",
            "hors-sujet",
            page.replies[2].deleted_at,
        )
        assert mine.author == "Huguette P."
    assert own.opening.supported and [len(tokens) for tokens in supporters.values()] == [1]


def test_lists_a_history_and_the_backlog_of_the_search_are_read_on_both(
    commune: Commune, people: dict[str, int], key: str
) -> None:
    with commune.reading() as site:
        account = site.session.get_one(Account, people["Karim B."])
        person = account.person.uri.rpartition("/")[2]
        assert [one["title"] for one in open_lists.daily(site, 1).items] == ["Le car"]
        assert len(open_lists.thread(site, 1, key).items) == 3 and len(open_lists.person(site, 1, person).items) == 2
        assert {one["act"] for one in open_lists.log(site, 1).items} == {"hide", "pinned"}
        assert not open_lists.network(site, 1).items and not open_lists.decisions(site, 1).items
        assert message_history.history(site, Viewer(0, Role.RESIDENT), key, 1).count == 1
        assert indexing.messages_owed(site) == 4
