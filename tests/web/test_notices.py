"""Notices through the door: the page, the count beside it, and what marking them as read does."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.models import Account, Notice, Post
from pop_forum.services.notice_pages import NOTICES_PER_PAGE
from pop_forum.services.notices import REPLY
from pop_forum.tasks import notify
from tests.web.test_discussions import open_thread

Enter = Callable[..., Any]


def unseen(commune: Any) -> int:
    with commune.reading() as site:
        return len(site.session.scalars(select(Notice).where(Notice.seen_at.is_(None))).all())


def answered(signed_in: Enter, commune: Any) -> Any:
    """Huguette's browser; Karim has answered her."""
    huguette = signed_in("resident", "Huguette P.")
    address = open_thread(huguette, title="La navette")
    karim = signed_in("resident", "Karim B.")
    karim.send(f"{address}/repondre", address, text="Oui.")
    notify.run(commune)
    return huguette


def test_who_is_answered_finds_it_in_the_masthead_and_on_the_page(signed_in: Enter, commune: Any) -> None:
    huguette = answered(signed_in, commune)
    assert '1<span class="vh"> non lue</span>' in huguette.get("/").text
    page = huguette.get("/notifications").text
    assert "Karim B. répond à votre message" in page and "Dans « La navette »" in page
    link = page.split('href="/messages/', 1)[1].split('"', 1)[0]
    assert huguette.get(f"/messages/{link}").status_code == 303


def test_marking_all_as_read_leaves_what_came_since(signed_in: Enter, commune: Any) -> None:
    huguette = answered(signed_in, commune)
    until = huguette.get("/notifications").text.split('name="jusqua" value="', 1)[1].split('"', 1)[0]
    with commune.transaction() as site:
        who, post = site.session.scalars(select(Account.person_id)).first(), site.session.scalars(select(Post)).first()
        site.session.add(Notice(account_id=who, kind="mention", thread_id=1, post_id=post.id, made_at=site.clock.now()))
    answer = huguette.send("/notifications/lues", "/notifications", jusqua=until)
    assert answer.status_code == 303 and unseen(commune) == 1
    page = huguette.get("/notifications").text
    assert "1 notification non lue" in page


def test_notices_of_another_are_neither_shown_nor_marked(signed_in: Enter, commune: Any) -> None:
    answered(signed_in, commune)
    other = signed_in("resident", "Solène D.")
    assert "Karim B." not in other.get("/notifications").text
    assert "Aucune notification" in other.get("/notifications").text
    other.send("/notifications/lues", jusqua="9998-01-01T00:00:00+00:00")
    assert unseen(commune) == 1


@pytest.mark.parametrize("moment", ["", "hier", "9" * 400, "2026-03-14T00:00:00+99:99", "0001-01-01T00:00:00+14:00"])
def test_a_strange_moment_is_refused(signed_in: Enter, commune: Any, moment: str) -> None:
    huguette = answered(signed_in, commune)
    assert huguette.send("/notifications/lues", jusqua=moment).status_code == 400
    assert unseen(commune) == 1


def test_a_visitor_has_no_notices(client: Any) -> None:
    assert client.get("/notifications").status_code == 401
    assert client.send("/notifications/lues", jusqua="2026-03-14").status_code == 401
    assert "Notifications" not in client.get("/").text


def test_a_notice_of_a_commune_no_longer_shown_has_no_link(signed_in: Enter, commune: Any) -> None:
    huguette = answered(signed_in, commune)
    with commune.transaction() as site:
        for post in site.session.scalars(select(Post).where(~Post.opening)):
            post.host = "ailleurs.example"
    page = huguette.get("/notifications").text
    assert "ce message n’est plus affiché ici" in page and 'href="/messages/' not in page


def test_notices_at_the_limit_fill_a_page_and_one_more_starts_another(signed_in: Enter, commune: Any) -> None:
    huguette = answered(signed_in, commune)
    with commune.transaction() as site:
        row = site.session.scalars(select(Notice)).one()
        for _ in range(NOTICES_PER_PAGE - 1):
            site.session.add(
                Notice(
                    account_id=row.account_id,
                    kind=REPLY,
                    thread_id=row.thread_id,
                    post_id=row.post_id,
                    actor_id=row.actor_id,
                    made_at=site.clock.now(),
                )
            )
    assert "Page suivante" not in huguette.get("/notifications").text
    assert huguette.get("/notifications?page=2").status_code == 404
    with commune.transaction() as site:
        site.session.add(Notice(account_id=row.account_id, kind="mention", thread_id=1, post_id=1, made_at=row.made_at))
    assert "Page suivante" in huguette.get("/notifications").text
    assert huguette.get("/notifications?page=2").status_code == 200
