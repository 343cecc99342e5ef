"""The pictures of a message, for who decides on it: seen also when it is hidden, and refused to everybody else."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from pop_forum.adapters.pictures import PictureFiles
from pop_forum.models import Picture, Post
from pop_forum.services import pictures
from tests.web.test_discussions import open_thread
from tests.web.test_pictures import LONG_AGO, photo, send

Enter = Callable[..., Any]
JUDGED = re.compile(r'src="(/moderation/messages/[^"/]+/images/[0-9a-f]{64}\.webp)"')
HIDE = {"decision": "hide", "reason": "vie-privee", "sentence": "Un visage."}


@pytest.fixture
def author(signed_in: Enter) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.fixture
def key(author: Any) -> str:
    """The key of a reply with a picture."""
    answer = send(author, open_thread(author), photo(), **{"alt-1": "Mon voisin, saoul"})
    return str(answer.headers["Location"].rsplit("#m-", 1)[1])


def case_of(key: str) -> str:
    return f"/moderation/messages/{key}"


def report(browser: Any, key: str) -> Any:
    form = f"/messages/{key}/signaler"
    return browser.send(form, form, reason="vie-privee")


def test_who_decides_sees_the_picture_and_reads_its_description_also_once_it_is_hidden(
    signed_in: Enter, client: Any, key: str
) -> None:
    moderator = signed_in("moderator", "Modératrice M.")
    assert 'alt="Mon voisin, saoul"' in client.get(f"/messages/{key}/signaler").text
    for _ in range(2):
        page = moderator.get(case_of(key)).text
        assert 'alt="Mon voisin, saoul"' in page
        assert "Description de l’image\u00a0: Mon voisin, saoul</figcaption>" in page
        [look] = JUDGED.findall(page)
        answer = moderator.get(look)
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        moderator.send(case_of(key), case_of(key), **HIDE)
    digest = look.rsplit("/", 1)[1]
    assert moderator.get(f"/images/{digest}").status_code == 404


def test_row_91_nobody_else_is_shown_the_picture_of_a_hidden_message(
    signed_in: Enter, author: Any, client: Any, key: str
) -> None:
    moderator = signed_in("moderator", "Modératrice M.")
    [look] = JUDGED.findall(moderator.get(case_of(key)).text)
    for hidden in (False, True):
        assert client.get(look).status_code == 401, hidden
        assert author.get(look).status_code == 403, hidden
        for number, role in enumerate(("resident", "candidate")):
            assert signed_in(role, f"Personne {number} {hidden}").get(look).status_code == 403, role
        moderator.send(case_of(key), case_of(key), **HIDE)


def test_row_92_a_case_shows_no_picture_but_those_of_its_message(signed_in: Enter, author: Any, key: str) -> None:
    moderator = signed_in("moderator", "Modératrice M.")
    [look] = JUDGED.findall(moderator.get(case_of(key)).text)
    other = open_thread(author).rsplit("/", 1)[1]
    assert moderator.get(look.replace(key, other)).status_code == 404
    for name in ("0" * 64, "x", "A" * 64, "..%2f..%2fsecret"):
        assert moderator.get(f"{case_of(key)}/images/{name}.webp").status_code == 404


@pytest.mark.parametrize(("reported", "days", "left"), [(False, 7, 0), (True, 29, 1), (True, 30, 0)])
def test_the_picture_of_a_withdrawn_message_waits_for_its_judgement(
    client: Any, commune: Any, key: str, reported: bool, days: int, left: int
) -> None:
    assert pictures.REMOVED_DAYS == 7
    if reported:
        assert report(client, key).status_code == 303
    with commune.transaction() as site:
        withdrawn = site.clock.now() - timedelta(days=days)
        site.session.execute(update(Post).where(Post.key == key).values(deleted_at=withdrawn, deleted_by="author"))
        site.session.execute(update(Picture).values(kept_at=LONG_AGO, looked_at=LONG_AGO))
    with commune.transaction() as site:
        pictures.purge(site, PictureFiles(commune.settings.data))
        assert len(site.session.scalars(select(Picture)).all()) == left
