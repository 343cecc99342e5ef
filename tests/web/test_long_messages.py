"""Long messages in a discussion: what its page weighs, and where the rest of their words is."""

import gzip
import random
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from pop_forum import paths
from pop_forum.commune import Commune
from pop_forum.models import Person, Post, Thread
from pop_forum.services.page_weights import TEXT_BYTES
from pop_forum.services.reading import REPLIES_PER_PAGE
from tests.web.test_discussions import hide
from tests.web.test_long_threads import FIRST, add, fill

Enter = Callable[..., Any]
FIRST_VIEW = 100 * 1024  # bytes that docs/design/product.md allows a page in all
LONG = 19_900  # characters, near the limit of a message
CUT = "Lire la suite"


@pytest.fixture
def author(signed_in: Enter) -> Any:
    return signed_in("resident", "Karim B.")


def words() -> list[str]:
    """French words, of which no two follow each other as they do in a text."""
    text = (paths.templates().parent / "pop_forum" / "data" / "programme.yaml").read_text("utf-8").lower()
    return sorted(set(re.findall(r"[a-zàâçéèêëîïôûù’]+", text)))


def long_text(chance: random.Random, known: list[str]) -> str:
    return " ".join(chance.choices(known, k=LONG // 5))[:LONG]


def lengthen(commune: Commune, address: str, text: Callable[[], str]) -> None:
    """Nothing; every message of the discussion has another text."""
    with commune.transaction() as site:
        where = select(Thread.id).where(Thread.key == address.rsplit("/", 1)[1]).scalar_subquery()
        for number in site.session.scalars(select(Post.id).where(Post.thread_id == where)).all():
            site.session.execute(update(Post).where(Post.id == number).values(html=f"<p>{text()}</p>"))
        site.touched_thread(address.rsplit("/", 1)[1])


def one_more(commune: Commune, address: str) -> None:
    with commune.transaction() as site:
        thread = site.session.scalars(select(Thread).where(Thread.key == address.rsplit("/", 1)[1])).one()
        opening = site.session.scalars(select(Post).where(Post.thread_id == thread.id, Post.opening)).one()
        who = site.session.scalars(select(Person).where(Person.id == opening.author_id)).one()
        add(site, thread, opening, who, REPLIES_PER_PAGE + 1, FIRST + timedelta(days=300))


def test_a_page_of_a_hundred_long_replies_is_light_and_so_is_that_of_one_more(
    author: Any, client: Any, commune: Any, add_person: Callable[..., int]
) -> None:
    chance, known = random.Random(1), words()
    address = fill(commune, REPLIES_PER_PAGE)
    one_more(commune, address)
    lengthen(commune, address, lambda: long_text(chance, known))
    assets = sum(len(gzip.compress(client.get(f"/static/{name}").data)) for name in ("pop.css", "pop.js"))
    for reader in (client, author):
        first, second = reader.get(address), reader.get(f"{address}?page=2")
        assert first.text.count(CUT) == REPLIES_PER_PAGE + 1 and second.text.count(CUT) == 0
        assert len(gzip.compress(first.data)) + assets <= FIRST_VIEW
        assert len(gzip.compress(second.data)) + assets <= FIRST_VIEW


def test_messages_stay_whole_up_to_the_weight_of_a_page_and_one_byte_more_shortens_the_longest(
    author: Any, client: Any, commune: Any
) -> None:
    address = fill(commune, 2)
    for over in (0, 1):
        lengths = iter([100, 200, TEXT_BYTES - 300 + over])
        lengthen(commune, address, lambda lengths=lengths: "a" * (next(lengths) - len("<p></p>")))
        assert client.get(address).text.count(CUT) == author.get(address).text.count(CUT) == over


def test_the_rest_of_a_message_is_on_its_own_page(author: Any, client: Any, commune: Any) -> None:
    address = fill(commune, 20)
    lengthen(commune, address, lambda: "mot " * 4_000 + "et fin.")
    for reader in (client, author, author):
        page = reader.get(address).text
        assert "et fin." not in page
        link = re.findall(r'href="(/messages/[^"]+/entier)">Lire la suite', page)[-1]
        whole = reader.get(link).text
        assert "et fin." in whole and CUT not in whole and "Message de Karim" in whole
        back = re.search(r'href="(/messages/[^"]+)">Le lire', whole)
        assert back is not None and reader.get(back[1]).headers["Location"] == f"{address}#m-{link.split('/')[2]}"


def test_a_removed_message_is_read_whole_by_who_may_restore_it_only(
    author: Any, client: Any, commune: Any, signed_in: Enter
) -> None:
    key = fill(commune, 1).rsplit("/", 1)[1]
    moderator = signed_in("moderator", "Nadège R.")
    assert client.get(f"/messages/{key}/entier").status_code == 200
    assert hide(moderator, key).status_code == 303
    assert client.get(f"/messages/{key}/entier").status_code == 410
    assert "On en parle" in moderator.get(f"/messages/{key}/entier").text
    assert client.get("/messages/inconnu/entier").status_code == 404
