"""Who leaves takes name and words out of what others quoted, at every commune, whatever came first (row 94)."""

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.domain.badges import DEPARTED
from pop_forum.domain.quoting import REMOVED, quotation
from pop_forum.errors import NotFound
from pop_forum.models import Entry, Person, Post, PostVersion, Thread
from pop_forum.services import quotations, threads
from pop_forum.services.objects import activity
from tests.network import Network, acting, person
from tests.unit.services.test_leaving import SLUGS, leaves, somebody, writes

WORDS = "Message bergamasque"
ANSWER = "Je ne suis pas d’accord."


def quotes(commune: Commune, author: int, uri: str) -> str:
    """A reply to that message, which quotes it as the form does."""
    with acting(commune, author) as (site, who):
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        address = quotations.address_of(site, post.uri, post.key, shared=post.thread.shared)
        quoted = quotation(post.author.name, post.source, "{author} a écrit :", address)
        return threads.reply(site, who, post.thread, f"{quoted}{ANSWER}", post).uri


def text_of(commune: Commune, uri: str) -> str:
    with commune.reading() as site:
        return site.session.scalars(select(Post.source).where(Post.uri == uri)).one()


def everything(commune: Commune) -> str:
    """Every title, name and text that this commune holds, former ones as well."""
    with commune.reading() as site:
        columns = (Post.source, Post.html, PostVersion.source, PostVersion.html, PostVersion.title, Thread.title)
        held = [text for column in (*columns, Person.name) for text in site.session.scalars(select(column))]
    return "\n".join(text or "" for text in held)


def same_everywhere(trio: Network) -> bool:
    """Whether the three communes hold the same shared texts."""
    found = set()
    for commune in trio.communes.values():
        with commune.reading() as site:
            rows = site.session.execute(select(Post.uri, Post.source, Post.deleted_by).order_by(Post.uri)).all()
            found.add(tuple(tuple(row) for row in rows))
    return len(found) == 1


def say(commune: Commune, author: int) -> str:
    with acting(commune, author) as (site, who):
        thread = threads.open_thread(site, who, threads.ThreadDraft("Un titre bergamasque", WORDS, None, True))
        return thread.uri


def test_row_94_with_the_messages_their_words_and_the_name_go_from_quotations_everywhere(trio: Network) -> None:
    home, away = trio.communes["valombre"], trio.communes["pont-hervel"]
    uri = say(home, huguette := somebody(home))
    trio.settle()
    there = quotes(away, person(away, "Karim B."), uri)
    here = quotes(home, person(home, "Zoé L."), uri)
    trio.settle()
    assert all("Huguette P." in text_of(commune, there) for commune in trio.communes.values())
    leaves(home, huguette, with_messages=True)
    trio.settle()
    for slug in SLUGS:
        commune = trio.communes[slug]
        held = everything(commune)
        assert "bergamasque" not in held and "Huguette" not in held, slug
        for answer in (there, here):
            assert REMOVED in text_of(commune, answer) and ANSWER in text_of(commune, answer)
    assert same_everywhere(trio)


def test_row_94_without_the_messages_the_name_goes_from_quotations_and_the_words_stay(trio: Network) -> None:
    home, away = trio.communes["valombre"], trio.communes["pont-hervel"]
    uri = say(home, huguette := somebody(home))
    trio.settle()
    answer = quotes(away, person(away, "Karim B."), uri)
    trio.settle()
    leaves(home, huguette, with_messages=False)
    trio.settle()
    for slug in SLUGS:
        held = everything(trio.communes[slug])
        assert "Huguette" not in held and WORDS in held
        assert f"[**{DEPARTED}** a écrit" in text_of(trio.communes[slug], answer)
    assert same_everywhere(trio)


def test_row_94_a_quotation_that_comes_after_its_author_left_holds_neither(trio: Network) -> None:
    """Written at a commune that was away, and so did not know."""
    home, away = trio.communes["valombre"], trio.communes["sainte-aure"]
    uri = say(home, huguette := somebody(home))
    karim = person(away, "Karim B.")
    trio.settle()
    trio.wire.down.add(away.settings.host)
    answer = quotes(away, karim, uri)
    leaves(home, huguette, with_messages=True)
    trio.settle()
    trio.wire.down.clear()
    trio.clock.advance(days=2)
    trio.settle(8)
    for slug in SLUGS:
        held = everything(trio.communes[slug])
        assert "bergamasque" not in held and "Huguette" not in held, slug
        assert ANSWER in text_of(trio.communes[slug], answer)
    assert same_everywhere(trio)


def test_row_94_what_is_posted_from_an_older_draft_quotes_nobody_who_left(commune: Commune) -> None:
    uri = writes(commune, huguette := somebody(commune), shared=False)
    with commune.reading() as site:
        post = site.session.scalars(select(Post).where(Post.uri == uri)).one()
        draft = quotation("Huguette P.", WORDS, "{author} a écrit :", site.url(f"/messages/{post.key}"))
    leaves(commune, huguette, with_messages=True)
    zoe = person(commune, "Zoé L.")
    with acting(commune, zoe) as (site, who):
        threads.open_thread(site, who, threads.ThreadDraft("Un rappel", f"{draft}{ANSWER}", None, False))
    held = everything(commune)
    assert "bergamasque" not in held and "Huguette" not in held and ANSWER in held


def test_row_94_the_activity_that_told_a_quotation_answers_as_if_it_did_not_exist(commune: Commune) -> None:
    uri = writes(commune, huguette := somebody(commune))
    quotes(commune, person(commune, "Zoé L."), uri)
    with commune.reading() as site:
        told = [
            row.rsplit("/", 1)[1] for row in site.session.scalars(select(Entry.activity_id)) if row and "/a/" in row
        ]
        shown = [key for key in told if "Huguette" in activity(site, key).decode()]
    assert shown
    leaves(commune, huguette, with_messages=True)
    for key in shown:
        with commune.reading() as site, pytest.raises(NotFound):
            activity(site, key)
