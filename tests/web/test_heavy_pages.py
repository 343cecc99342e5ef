"""The heaviest page of each kind: at every limit of what people may write, no first view weighs more than promised."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.domain import moderation as rule
from pop_forum.models import Account, Decision, Draft, Notice, Person, Post, PostVersion, Report, ThreadAct
from pop_forum.services import message_history, moderation
from tests.web.test_discussions import hide, open_thread
from tests.web.test_long_messages import FIRST_VIEW, long_text, words
from tests.web.test_long_threads import fill
from tests.web.test_page_weight import first_view
from tests.web.test_undo import reply

Enter = Callable[..., Any]
MANY = 60  # more than any of these pages shows


class Heavy:
    """A commune in which one person has written, and been told, as much as there is room for."""

    def __init__(self, commune: Commune) -> None:
        self._chance, self._words = random.Random(7), words()
        self.thread = fill(commune, MANY)
        with commune.transaction() as site:
            self._fill(site)

    def text(self, chars: int) -> str:
        return long_text(self._chance, self._words)[:chars]

    def _fill(self, site: Any) -> None:
        author = site.session.scalars(select(Person).where(Person.name == "Karim B.")).one()
        judge = site.session.scalars(select(Account).where(Account.role == "moderator")).one().person_id
        posts, limit = site.session.scalars(select(Post).order_by(Post.id)).all(), site.settings.limits.message_chars
        self.key, thread = posts[1].key, posts[0].thread_id
        for post in posts:
            post.source = self.text(limit)
            post.html = f"<p>{post.source}</p>"
        for number in range(MANY):
            at, common = site.clock.now() + timedelta(minutes=number), {"reason": "hors-sujet", "moderator_id": judge}
            text = self.text(limit)
            details, sentence = self.text(rule.DETAILS_CHARS), self.text(rule.SENTENCE_CHARS)
            uri = posts[1].uri
            post_version = PostVersion(post_id=posts[1].id, title=None, source=text, html=f"<p>{text}</p>")
            post_version.written_at = at
            decided = Decision(act="hide", object_uri=uri, person_id=author.id, sentence=sentence, at=at, **common)
            acted = ThreadAct(thread_id=thread, moderator_id=author.id, act="closed", sentence=sentence[:300], at=at)
            told = Notice(account_id=author.id, kind="mention", thread_id=thread, post_id=posts[number].id, made_at=at)
            draft = Draft(
                account_id=author.id, place=f"/messages/{posts[number].key}/modifier", text=text, title="", saved_at=at
            )
            said = Report(
                receipt=f"{number:012d}", object_uri=posts[1].uri, reason="autre", details=details, at=at,
                reporter_id=author.id,
            )  # fmt: skip
            site.session.add_all((post_version, decided, acted, told, draft, said))


@pytest.fixture
def author(signed_in: Enter) -> Any:
    return signed_in("resident", "Karim B.")


def test_the_heaviest_page_of_each_kind_stays_light(
    signed_in: Enter, author: Any, client: Any, commune: Commune
) -> None:
    moderator = signed_in("moderator", "Solène D.")
    heavy = Heavy(commune)
    person = f"/personnes/{key_of_author(commune)}"
    message = f"/messages/{heavy.key}"
    asked = {
        client: (heavy.thread, f"{message}/historique", f"{message}/historique/1", f"{message}/entier", person,
                 "/moderation/journal", "/quotidien", "/"),
        author: (heavy.thread, "/mon-compte/donnees", "/mon-compte/moderation", "/notifications", "/mes-discussions"),
        moderator: ("/moderation", f"/moderation{message}"),
    }  # fmt: skip
    weights = {}
    for browser, addresses in asked.items():
        for address in addresses:
            weights[address] = sum(first_view(browser, address))
    assert max(weights.values()) <= FIRST_VIEW, weights
    history = client.get(f"{message}/historique").text
    assert history.count("Lire la suite") == message_history.VERSIONS_PER_PAGE
    assert f"Voici les {moderation.REPORTS_SHOWN} premiers" in moderator.get(f"/moderation{message}").text
    assert f"Voici les {moderation.DECISIONS_SHOWN} dernières" in author.get("/mon-compte/moderation").text


def key_of_author(commune: Commune) -> str:
    with commune.reading() as site:
        uri = site.session.scalars(select(Person.uri).where(Person.name == "Karim B.")).one()
    return uri.rpartition("/")[2]


@pytest.mark.parametrize(("changes", "pages"), [(19, 1), (20, 2)])
def test_the_history_of_a_message_has_pages_and_each_text_an_address(
    author: Any, client: Any, commune: Commune, changes: int, pages: int
) -> None:
    key = fill(commune, 0).rpartition("/")[2]
    with commune.transaction() as site:
        post = site.session.scalars(select(Post)).one()
        for number in range(changes):
            source = f"Texte {number + 2}."
            version = PostVersion(post_id=post.id, title=None, source=source, html=f"<p>{source}</p>")
            version.written_at = site.clock.now() + timedelta(days=number + 1)
            site.session.add(version)
    address = f"/messages/{key}/historique"
    newest = client.get(address).text
    assert f"Texte {changes + 1}." in newest and f"{changes + 1} textes" in newest and "Lire la suite" not in newest
    assert "On en parle" in client.get(f"{address}?page={pages}").text
    assert client.get(f"{address}?page={pages + 1}").status_code == 404
    for number in (1, 2, changes + 1):
        alone = client.get(f"{address}/{number}").text
        assert (f"Texte {number}." if number > 1 else "On en parle") in alone and f"sur {changes + 1}" in alone
    assert [client.get(f"{address}/{each}").status_code for each in (0, changes + 2, 10**20)] == [404] * 3


def test_row_91_a_former_text_of_a_hidden_message_is_gone(author: Any, client: Any, signed_in: Enter) -> None:
    address = open_thread(author)
    key = reply(author, address, "Une adresse privée.")
    hide(signed_in("moderator"), key)
    for page in (f"/messages/{key}/historique", f"/messages/{key}/historique/1"):
        assert client.get(page).status_code == 410 and "adresse privée" not in client.get(page).text
