"""What the page of a discussion asks of the database when there is everything on it: ten statements at most.

Every statement of the request counts: who is signed in, whether what was kept still holds, the page, and what is
written of its having been read.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.models import Notice, Person, Thread
from pop_forum.services import threads
from pop_forum.web import shared_pages
from pop_forum.web.shared_pages import Shelf
from tests.web.test_discussions import hide, open_thread
from tests.web.test_long_threads import statements
from tests.web.test_pictures import photo
from tests.web.test_polls import ask, vote
from tests.web.test_undo import reply

MOST = 10
Enter = Callable[..., Any]


class Discussion:
    """One with a picture, a mention, supports, a hidden message, a poll and an act of the moderation, and its reader.

    She has read it before; since then somebody answered her, and she has not seen the notice.
    """

    def __init__(self, commune: Commune, signed_in: Enter, replies: int) -> None:
        self._commune = commune
        author, self.reader = signed_in("resident", f"Karim {replies}"), signed_in("resident", f"Huguette {replies}")
        moderator = signed_in("moderator", f"Modératrice {replies}")
        self.address = open_thread(author, f"Le car {replies}", reach="local")
        ask(author, self.address)
        self.own = reply(self.reader, self.address, "Le mien.")
        pictured = {"text": "Voici.", "image-1": (BytesIO(photo()), "p.jpg"), "alt-1": "Le car"}
        author.send(f"{self.address}/repondre", f"{self.address}/repondre", **pictured)
        hide(moderator, reply(author, self.address, "Caché."))
        moderator.send(f"{self.address}/epingler", until="")
        with commune.transaction() as site:
            thread = site.session.scalars(select(Thread).order_by(Thread.id.desc())).first()
            assert thread is not None
            who = site.session.get(Person, thread.author_id)
            assert who is not None
            for number in range(replies):
                threads.reply(site, who, thread, f"n° {number}")
        vote(self.reader, self.address, 0)
        self.reader.send(f"/messages/{self.address.rpartition('/')[2]}/soutenir")
        author.send(f"/messages/{self.own}/soutenir")
        for browser in (author, moderator, self.reader):
            browser.get("/")
        self.reader.get(self.address)
        self._author = author
        self.says(f"Merci @Huguette {replies} !")

    def says(self, text: str) -> None:
        """Somebody answers her."""
        page = f"{self.address}/repondre"
        assert self._author.send(page, text=text, to=self.own).status_code == 303

    def count(self) -> int:
        with statements(self._commune) as said:
            page = self.reader.get(self.address)
        assert page.status_code == 200
        assert all(each in page.text for each in ("/images/", "Soutenu", "/voter", "Le car")), page.text
        return len(said)


@pytest.mark.parametrize("replies", [3, 90, 260])
def test_the_page_of_a_discussion_with_everything_on_it_takes_ten_statements_at_most_however_many_replies(
    signed_in: Enter, commune: Commune, app: Flask, replies: int
) -> None:
    full = Discussion(commune, signed_in, replies)
    with commune.reading() as site:
        assert site.session.scalars(select(Notice).where(Notice.seen_at.is_(None))).all()
    shared_pages.install(app, Shelf())  # as after a restart: nothing is kept
    said = [full.count()]
    full.says("Encore @Huguette.")
    said.append(full.count())  # what was kept does not hold
    full.reader.send("/brouillons", place=f"{full.address}/repondre", text="Je")
    full.says("Et encore @Huguette.")
    assert "Je" in full.reader.get(full.address).text
    full.says("Toujours @Huguette.")
    said.append(full.count())  # a draft of hers waits: built for her alone
    full.reader.send(f"/messages/{full.own}/supprimer")
    full.reader.get(full.address)
    full.says("Enfin @Huguette.")
    shared_pages.install(app, Shelf())
    said.append(full.count())  # words of hers that only she sees
    assert max(said) <= MOST, said
