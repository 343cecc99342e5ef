"""A draft that comes late is not kept, and what the back button brings back is published once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from pop_forum.models import Draft, DraftSave, Post, Thread
from pop_forum.services import drafts
from pop_forum.tasks import sweep
from pop_forum.web import sent
from tests.web.test_discussions import open_thread, rows
from tests.web.test_drafts import WORDS, enter, name_of_form, typed


def numbers(commune: Any) -> list[int]:
    """The newest save of each page."""
    with commune.reading() as site:
        return list(site.session.scalars(select(DraftSave.number)))


def test_a_late_draft_does_not_overtake_a_newer_one(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    form = f"{open_thread(browser)}/repondre"
    for number, text in ((2, "Le car de 7 h"), (1, "Le"), (2, "Encore le même")):
        assert browser.send("/brouillons", form, place=form, text=text, saisie=f"onglet.{number}").status_code == 204
    assert typed(browser.get(form).text) == "Le car de 7 h"
    browser.send("/brouillons", form, place=form, text="D’une autre page", saisie="autre.1")
    browser.send("/brouillons", form, place=form, text="Le car", saisie="onglet.1")
    assert typed(browser.get(form).text) == "D’une autre page"


def test_a_late_draft_does_not_fill_an_emptied_form(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    form = f"{open_thread(browser)}/repondre"
    browser.send("/brouillons", form, place=form, text="Le car", saisie="onglet.1")
    browser.send("/brouillons", form, place=form, text="", saisie="onglet.3")
    browser.send("/brouillons", form, place=form, text="Le", saisie="onglet.2")
    assert rows(commune, Draft) == []
    browser.send("/brouillons", form, place=form, text="Le bus", saisie="onglet.4")
    browser.send("/brouillons/effacer", form, place=form, saisie="onglet.6")
    browser.send("/brouillons", form, place=form, text="Le", saisie="onglet.5")
    assert rows(commune, Draft) == []


def test_the_numbers_of_two_people_on_one_device_do_not_meet(signed_in: Callable[..., Any], commune: Any) -> None:
    form = "/quotidien/ouvrir"
    for name, number in (("Huguette P.", 9), ("Karim B.", 1)):
        signed_in("resident", name).send("/brouillons", form, place=form, text=name, saisie=f"onglet.{number}")
    assert {row.text for row in rows(commune, Draft)} == {"Huguette P.", "Karim B."}


def test_a_late_draft_of_a_reply_is_not_kept_and_what_is_typed_after_it_is(
    signed_in: Callable[..., Any], commune: Any
) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    form, name = f"{address}/repondre", name_of_form(browser, address)

    def keep(text: str, number: int) -> list[str]:
        browser.send("/brouillons", form, place=form, text=text, envoi=name, saisie=f"onglet.{number}")
        return [row.text for row in rows(commune, Draft)]

    keep("Le car", 1)
    browser.send(form, address, text="Le car est plein", envoi=name, saisie="onglet.3")
    assert keep("Le car est", 2) == [], "typed before it was sent"
    assert keep("Le car est plein\r\n", 4) == [], "the words that are published"
    assert keep("Et demain ?", 5) == ["Et demain ?"], "gone back, and typed since"


def test_the_numbers_of_saves_are_forgotten_when_nothing_can_come_late(
    signed_in: Callable[..., Any], commune: Any
) -> None:
    signed_in("resident").send("/brouillons", place="/quotidien/ouvrir", text="x", saisie="onglet.1")

    def age(waited: timedelta) -> int:
        with commune.transaction() as site:
            site.session.execute(update(DraftSave).values(saved_at=site.clock.now() - waited))
        sweep.run(commune)
        return len(numbers(commune))

    assert age(timedelta(hours=drafts.LATE_HOURS) - timedelta(seconds=1)) == 1
    assert age(timedelta(hours=drafts.LATE_HOURS)) == 0


@pytest.mark.parametrize(
    "saisie", ["", "x", ".1", "x.", "x.-1", "X.1", "x.1 ", f"x.{'9' * 16}", f"{'x' * 27}.1", "x.١"]
)
def test_row_74_a_strange_number_of_a_save_is_as_good_as_none(
    signed_in: Callable[..., Any], commune: Any, saisie: str
) -> None:
    browser, form = signed_in("resident"), "/quotidien/ouvrir"
    for text in ("Un", "Deux"):
        assert browser.send("/brouillons", form, place=form, text=text, saisie=saisie).status_code == 204
    assert typed(browser.get(form).text) == "Deux" and numbers(commune) == []


def test_the_longest_number_of_a_save_is_kept(signed_in: Callable[..., Any], commune: Any) -> None:
    signed_in("resident").send("/brouillons", place="/quotidien/ouvrir", text="x", saisie=f"{'x' * 26}.{'9' * 15}")
    assert numbers(commune) == [10**15 - 1]


def test_going_back_and_sending_the_same_words_publishes_them_once(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    form = f"{address}/repondre"
    first = browser.send(form, address, text=WORDS, envoi=name_of_form(browser, address))
    again = browser.send(form, address, text=WORDS, envoi=name_of_form(browser, address))
    assert again.headers["Location"] == first.headers["Location"]
    assert "déjà publié" in browser.get(again.headers["Location"]).text
    assert len(rows(commune, Post)) == 2


def test_going_back_after_opening_a_discussion_opens_it_once(signed_in: Callable[..., Any], commune: Any) -> None:
    browser, form = signed_in("resident"), "/quotidien/ouvrir"
    fields = {"title": "T", "text": WORDS, "reach": "local"}
    for _ in range(2):
        assert browser.send(form, form, **fields, envoi=name_of_form(browser, form)).status_code == 303
    assert len(rows(commune, Thread)) == 1
    browser.send(form, form, **fields | {"title": "Autre"}, envoi=name_of_form(browser, form))
    assert len(rows(commune, Thread)) == 2


@pytest.mark.parametrize("change", ["withdrawn", "edited", "an hour ago", "another browser", "an answer to another"])
def test_the_same_words_are_published_again_when_they_are_meant(
    signed_in: Callable[..., Any], app: Any, commune: Any, change: str
) -> None:
    browser, more = signed_in("resident", "Huguette P."), {}
    address = open_thread(browser)
    form = f"{address}/repondre"
    place = browser.send(form, address, text=WORDS, envoi=name_of_form(browser, address)).headers["Location"]
    key = place.rsplit("#m-", 1)[1]
    if change == "withdrawn":
        assert browser.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer").status_code == 303
    elif change == "edited":
        assert browser.send(f"/messages/{key}/modifier", f"/messages/{key}/modifier", text="Autre").status_code == 303
    elif change == "an hour ago":
        with commune.transaction() as site:
            site.session.execute(update(Post).values(published=site.clock.now() - sent.WITHIN))
    elif change == "another browser":
        browser = app.test_client()
        enter(browser, "Huguette P.")
    else:
        more = {"to": key}
    browser.send(form, address, text=WORDS, envoi=name_of_form(browser, address), **more)
    assert len(rows(commune, Post)) == 3


def test_a_browser_remembers_its_last_messages(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    texts = [f"n° {number}" for number in range(sent.MOST + 1)]
    for text in [*texts, texts[1], texts[0]]:
        browser.send(f"{address}/repondre", address, text=text, envoi=name_of_form(browser, address))
    assert [post.source for post in rows(commune, Post)][1:] == [*texts, texts[0]]
