"""Every kept page is what it would be if it were built now: after each write through the real doors, and after a
process that was killed before it could tell."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Peer, Post
from pop_forum.services import accounts, threads
from pop_forum.web import truth
from tests.web.conftest import Browser
from tests.web.neighbour import HERE, answer, befriend, neighbour, neighbour_data, page, signed, write
from tests.web.page_readers import Visitor
from tests.web.test_programme_writing import ADAPT, ADOPT, REVISE, fields

__all__ = ["neighbour", "neighbour_data"]

LINK = re.compile(r'href="(/[^"#]*)')
FIRST = ("/", "/flux.atom", "/quotidien/flux.atom", "/programme/flux.atom", "/recherche")
MEASURES = re.compile(r"/programme/(?!flux|themes/[a-c]|navette|comparaison)")  # the others are pages of the same views
RELATIVE = re.compile(r"\b(il y a \d|hier|à l’instant|demain|ago\b|yesterday)", re.IGNORECASE)


class Site:
    """Everything a visitor can reach, from the cache and built anew."""

    def __init__(self, visitor: Visitor, fresh: Any) -> None:
        self.visitor, self._fresh = visitor, fresh

    def walk(self) -> Iterator[tuple[str, Any]]:
        """Each page that links lead to, as the door gives it."""
        waiting, seen = list(FIRST), set(FIRST)
        while waiting:
            path = waiting.pop(0)
            found = self.visitor.get(path)
            yield path, found
            if found.mimetype == "text/html":
                links = {link.replace("&amp;", "&") for link in LINK.findall(found.text)} - seen
                new = sorted(
                    link for link in links if not (link.startswith(("/static/", "/accent.css")) or MEASURES.match(link))
                )
                seen |= set(new)
                waiting += new

    def kept(self) -> list[str]:
        """The addresses of the pages in the cache."""
        return [f"{path}?{query}" if query else path for _, path, query, *_ in self.visitor.pages._pages]

    def check(self, after: str) -> int:
        """How many kept pages were compared with their fresh rendering."""
        addresses = self.kept()
        for address in addresses:
            given, fresh = self.visitor.get(address), self._fresh.get(address)
            assert given.status_code == fresh.status_code, f"{address} after: {after}"
            if fresh.status_code == 200:
                assert given.text == fresh.text, f"{address} after: {after}"
        return len(addresses)


@pytest.fixture
def visitor(app: Flask, commune: Commune) -> Visitor:
    return Visitor(app, commune)


@pytest.fixture
def site(visitor: Visitor, client: Browser) -> Site:
    return Site(visitor, client)


def post_key(commune: Commune, words: str) -> str:
    with commune.reading() as reading:
        return reading.session.query(Post).filter(Post.source.contains(words)).one().key


Deed = tuple[str, Callable[[], Any]]


def deeds(commune: Commune, there: Commune, signed_in: Callable[..., Browser], client: Browser) -> Iterator[Deed]:
    """One write after the other, each through its door; the page of the first thread is in the cache."""
    author, other, admin = signed_in("resident", "Autrice R."), signed_in("resident", "Lecteur L."), signed_in("admin")
    first, second = (f"/discussions/{post_key(commune, word)}" for word in ("Premier sujet", "Second sujet"))

    def sent(browser: Browser, address: str, form: str = "/connexion", **typed: str) -> Callable[[], Any]:
        return lambda: browser.send(address, form, **typed)

    def act(browser: Browser, words: str, deed: str, **typed: str) -> Callable[[], Any]:
        return lambda: browser.send(f"/messages/{post_key(commune, words)}/{deed}", **typed)

    def pushed() -> Any:
        body = page(there)
        return client.post("/journal/forum", data=body, headers=signed(there, "POST", f"{HERE}/journal/forum", body))

    yield "a reply", sent(author, f"{first}/repondre", first, text="Une réponse.")
    yield "a support", act(other, "Une réponse.", "soutenir")
    yield "a support withdrawn", act(other, "Une réponse.", "soutenir", retirer="1")
    yield "an edit", act(author, "Une réponse.", "modifier", text="Une autre réponse.")
    yield "a removal by its author", act(author, "Une autre réponse.", "supprimer")
    yield "its return", act(author, "Une autre réponse.", "retablir")
    yield (
        "a report by a visitor",
        lambda: client.send(
            f"/messages/{post_key(commune, 'Une autre réponse.')}/signaler",
            f"/messages/{post_key(commune, 'Une autre réponse.')}/signaler",
            reason="injure",
        ),
    )
    yield (
        "a removal by an admin",
        lambda: admin.send(
            f"/moderation/messages/{post_key(commune, 'Une autre réponse.')}",
            decision="hide",
            reason="injure",
            sentence="Trop vif.",
        ),
    )
    yield "a reply elsewhere", sent(other, f"{second}/repondre", second, text="Ailleurs.")
    form = "/quotidien/ouvrir"
    yield "a new discussion", sent(author, form, form, title="Tout neuf", text="Troisième sujet", reach="shared")
    yield "a title that changes", act(author, "Troisième sujet", "modifier", title="Moins neuf", text="Troisième sujet")
    yield "a discussion removed", act(author, "Troisième sujet", "supprimer")
    yield (
        "a measure adapted",
        lambda: admin.post(ADAPT, data={**fields(admin), "text": ["Le jeudi."], "action": "publier"}),
    )
    adopted = re.compile(r'name="version"[^>]*value="([^"]+)"')
    yield (
        "a measure adopted",
        lambda: admin.send(
            ADOPT,
            ADOPT,
            version=adopted.search(admin.get(ADOPT).text)[1],  # type: ignore[index]
        ),
    )
    yield (
        "a common text revised",
        lambda: admin.post(REVISE, data={**fields(admin, REVISE), "text": ["Pour tous."], "action": "publier"}),
    )
    person = f"/administration/personnes/{_person(commune, 'Lecteur L.')}"
    role = {"role": "candidate", "scope": "site", "reason": "Troisième de la liste.", "name": "Lecteur L."}
    yield "a new role", lambda: admin.send(f"{person}/roles", person, **role)
    yield "a neighbour's journal", pushed
    shared = f"/discussions/{post_key(commune, 'Premier sujet')}"
    yield "a reply that leaves", sent(author, f"{shared}/repondre", shared, text="Pour les voisins.")
    yield "a neighbour that is suspended", lambda: _suspend(commune, client)
    yield "a visitor's own choice", lambda: client.send("/affichage", theme="light", language="fr")


def _person(commune: Commune, name: str) -> int:
    with commune.reading() as reading:
        return next(one.person_id for one in accounts.list_people(reading, 1).accounts if one.person.name == name)


def _suspend(commune: Commune, client: Browser) -> Any:
    with commune.transaction() as writing:
        writing.session.query(Peer).one().state = "suspended"
    return client.get("/reseau")


def test_after_any_write_every_kept_page_is_what_it_would_be_now(
    commune: Commune, neighbour: Commune, site: Site, signed_in: Callable[..., Browser], app: Flask
) -> None:
    befriend(commune, neighbour)
    befriend(neighbour, commune)
    write(commune, "Un", "Premier sujet")
    write(commune, "Deux", "Second sujet", shared=False)
    thread = write(neighbour, "D’à côté", "Sujet voisin")
    answer(neighbour, thread, "Réponse voisine")
    browser: Any = app.test_client()
    for name, deed in deeds(commune, neighbour, signed_in, browser):
        assert sum(1 for _ in site.walk()) > 30
        done = deed()
        assert done.status_code in (200, 303), f"{name}: {done.status_code} {done.text[:2000]}"
        assert site.check(name) > 25


def test_kept_pages_hold_no_form_to_send_and_no_relative_date(
    commune: Commune, site: Site, add_person: Callable[..., int]
) -> None:
    number = add_person("Jeanne M.")
    with commune.transaction() as here:
        author = accounts.person(here, number)
        draft = threads.ThreadDraft("Le préau", "Il pleut dedans.", None, True)
        thread = threads.open_thread(here, author, draft)
        reply = threads.reply(here, author, thread, "Une réponse.")
        threads.delete(here, Viewer(number, Role.RESIDENT), reply)
    list(site.walk())
    assert len(site.kept()) > 25
    for address in site.kept():
        text = site.visitor.get(address).text
        assert not re.search(r"<form[^>]*method=[\"']?post", text, re.IGNORECASE), address
        assert "csrf_token" not in text, address
        assert RELATIVE.search(re.sub(r"<[^>]*>", " ", text)) is None or address.startswith("/charte"), address


# Other processes

SCRIPT = """
import os, signal, sys
from pathlib import Path
from tests.web.conftest import open_test_commune
from pop_forum.models import Person, Thread
from pop_forum.services import threads

commune = open_test_commune(Path(sys.argv[1]))
if sys.argv[2] == "killed":
    commune.database.pages_changed = lambda: os.kill(os.getpid(), signal.SIGKILL)
with commune.transaction() as site:
    thread = site.session.query(Thread).one()
    threads.reply(site, site.session.query(Person).first(), thread, "Écrite ailleurs.")
"""


def reply_from_another_process(data: Path, how: str) -> int:
    command = [sys.executable, "-c", SCRIPT, str(data), how]
    return subprocess.run(command, cwd=Path(__file__).parents[2], timeout=60, check=False).returncode


class Hand:
    """A steady clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def steady(visitor: Visitor) -> Hand:
    moved = Hand()
    visitor.door._monotonic = moved
    return moved


def test_what_another_process_writes_shows_at_once(
    commune: Commune, visitor: Visitor, steady: Hand, tmp_path: Path
) -> None:
    write(commune, "Le car", "Complet.")
    path = f"/discussions/{post_key(commune, 'Complet.')}"
    visitor.get(path)
    assert visitor.is_warm(path)
    assert reply_from_another_process(tmp_path / "data", "alive") == 0
    assert "Écrite ailleurs." in visitor.get(path).text


def test_what_a_process_wrote_that_was_killed_before_it_told_shows_within_a_second(
    commune: Commune, visitor: Visitor, steady: Hand, tmp_path: Path
) -> None:
    write(commune, "Le car", "Complet.")
    path = f"/discussions/{post_key(commune, 'Complet.')}"
    visitor.get(path)
    assert visitor.is_warm(path)
    assert reply_from_another_process(tmp_path / "data", "killed") == -signal.SIGKILL
    assert "Écrite ailleurs." not in visitor.get(path).text, "it was committed, and nobody was told"
    assert truth.TRUST_SECONDS < 1
    steady.seconds += truth.TRUST_SECONDS
    assert "Écrite ailleurs." in visitor.get(path).text
