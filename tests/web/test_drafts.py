"""Rank 1 of what users ask for: what was typed is never lost, and what was sent is published once."""

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Thread as Worker
from typing import Any

import pytest
from sqlalchemy import select, update

from pop_forum.models import Draft, Post, SignIn, Thread
from pop_forum.services import drafts
from pop_forum.tasks import sweep
from tests.web.conftest import PASSWORD
from tests.web.test_discussions import open_thread, rows

ENVOI = re.compile(r'name="envoi" value="([a-z2-7]{26})"')
WORDS = "Le car de 7 h 10\nétait plein."


def name_of_form(browser: Any, page: str) -> str:
    found = ENVOI.search(browser.get(page).text)
    assert found, page
    return found[1]


def typed(page: str) -> str:
    """What stands in the field for a text."""
    return page.split("<textarea", 1)[1].split(">", 1)[1].split("</textarea>", 1)[0].strip()


def end_every_session(commune: Any) -> None:
    with commune.transaction() as site:
        site.session.execute(update(SignIn).values(expires_at=site.clock.now()))


def enter(browser: Any, name: str) -> None:
    """Signs this very browser in again."""
    mail = "".join(c for c in name.lower() if c.isascii() and c.isalnum()) + "@exemple.fr"
    assert browser.send("/connexion", "/connexion", mail=mail, password=PASSWORD).status_code == 303


def test_a_visitor_writes_first_and_says_who_she_is_afterwards(
    client: Any, signed_in: Callable[..., Any], commune: Any
) -> None:
    address = open_thread(signed_in("resident", "Huguette P."))
    form = f"{address}/repondre"
    assert "Écrivez d’abord" in client.get(form).text
    answer = client.send(form, form, text=WORDS)
    assert answer.status_code == 303 and answer.headers["Location"] == form
    page = client.get(form).text
    assert typed(page) == WORDS and "Il reste à dire qui vous êtes" in page and f"/connexion?next={form}" in page
    assert len(rows(commune, Post)) == 1
    enter(client, "Huguette P.")
    filled = client.get(form).text
    assert typed(filled) == WORDS and "Envoyer la réponse" in filled
    answer = client.send(form, form, text=WORDS, envoi=name_of_form(client, form))
    assert answer.status_code == 303
    assert [post.source for post in rows(commune, Post)][1:] == [WORDS]
    assert rows(commune, Draft) == [] and typed(client.get(form).text) == ""


@pytest.mark.parametrize("form", ["/quotidien/ouvrir", "/programme/navette-a-la-demande/ouvrir"])
def test_a_visitor_writes_a_discussion_first(client: Any, signed_in: Callable[..., Any], form: str) -> None:
    signed_in("resident", "Huguette P.")
    assert client.send(form, form, title="Un titre", text=WORDS, reach="local").status_code == 303
    page = client.get(form).text
    assert typed(page) == WORDS and 'value="Un titre"' in page and re.search(r'<input checked[^>]*value="local"', page)
    enter(client, "Huguette P.")
    assert typed(client.get(form).text) == WORDS


def test_a_session_that_ended_loses_nothing(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser)
    form = f"{address}/repondre"
    token = browser.csrf(form)
    end_every_session(commune)
    assert browser.post(form, data={"csrf_token": token, "text": WORDS}).status_code == 303
    assert typed(browser.get(form).text) == WORDS
    enter(browser, "Huguette P.")
    assert typed(browser.get(form).text) == WORDS


def test_row_92_the_text_of_a_visitor_is_nobody_elses(
    app: Any, client: Any, signed_in: Callable[..., Any], commune: Any
) -> None:
    other = signed_in("admin", "Nadège R.")
    form = f"{open_thread(other)}/repondre"
    client.send(form, form, text="Entre nous")
    assert "Entre nous" not in app.test_client().get(form).text and "Entre nous" not in other.get(form).text
    assert rows(commune, Draft)[0].browser not in client.get(form).headers.get("Set-Cookie", "")


def test_who_signs_out_leaves_no_text_behind(client: Any, signed_in: Callable[..., Any]) -> None:
    form = f"{open_thread(signed_in('resident', 'Huguette P.'))}/repondre"
    client.send(form, form, text="Entre nous")
    enter(client, "Huguette P.")
    client.send("/deconnexion")
    assert "Entre nous" not in client.get(form).text


def test_what_is_being_typed_is_found_on_another_device(signed_in: Callable[..., Any], app: Any, commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser)
    form = f"{address}/repondre"
    assert browser.send("/brouillons", form, place=form, text="Commencé dans le car").status_code == 204
    elsewhere = app.test_client()
    enter(elsewhere, "Huguette P.")
    page = elsewhere.get(form).text
    assert typed(page) == "Commencé dans le car" and "restauré" in page
    assert "Commencé dans le car" in elsewhere.get(address).text
    assert elsewhere.send("/brouillons/effacer", form, place=form).status_code == 303
    assert typed(browser.get(form).text) == "" and rows(commune, Draft) == []


def test_a_draft_of_a_change_comes_back_over_the_published_text(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    key = open_thread(browser).rsplit("/", 1)[1]
    form = f"/messages/{key}/modifier"
    browser.send("/brouillons", form, place=form, title="Un autre titre", text="En cours")
    page = browser.get(form).text
    assert typed(page) == "En cours" and "Un autre titre" in page
    browser.send(form, form, title="Un autre titre", text="Fini")
    assert typed(browser.get(form).text) == "Fini" and rows(commune, Draft) == []


def test_row_92_a_draft_is_nobody_elses(signed_in: Callable[..., Any], client: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    form = f"{open_thread(browser)}/repondre"
    browser.send("/brouillons", form, place=form, text="Entre nous")
    for other in (signed_in("admin", "Nadège R."), client):
        assert "Entre nous" not in other.get(form).text
        other.send("/brouillons/effacer", form, place=form)
    assert typed(browser.get(form).text) == "Entre nous"


def test_row_88_a_draft_needs_the_token_of_our_form(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    assert browser.post("/brouillons", data={"place": "/quotidien/ouvrir", "text": "x"}).status_code == 403
    for act in ("/brouillons", "/brouillons/effacer"):
        assert browser.get(act).status_code == 405
    assert rows(commune, Draft) == []


@pytest.mark.parametrize("place", ["", "//evil.example", "/administration/personnes", "/quotidien/ouvrir\n", "/" * 500])
def test_a_draft_has_a_form_of_ours(signed_in: Callable[..., Any], commune: Any, place: str) -> None:
    browser = signed_in("resident")
    for act in ("/brouillons", "/brouillons/effacer"):
        assert browser.send(act, place=place, text="x").status_code == 400
    assert rows(commune, Draft) == []


def test_a_visitor_saves_no_draft_while_typing(client: Any, commune: Any) -> None:
    assert client.send("/brouillons", place="/quotidien/ouvrir", text="x").status_code == 401
    assert rows(commune, Draft) == []


def test_a_draft_at_the_limit_is_kept_and_one_byte_more_is_refused(signed_in: Callable[..., Any], commune: Any) -> None:
    browser, place = signed_in("resident"), "/quotidien/ouvrir"
    assert browser.send("/brouillons", place, place=place, text="x" * drafts.DRAFT_BYTES).status_code == 204
    assert browser.send("/brouillons", place, place=place, text="y" * (drafts.DRAFT_BYTES + 1)).status_code == 413
    assert rows(commune, Draft)[0].text == "x" * drafts.DRAFT_BYTES


def test_beyond_the_most_drafts_of_an_account_the_oldest_goes(
    signed_in: Callable[..., Any], commune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "DRAFTS_PER_ACCOUNT", 3)
    browser = signed_in("resident")
    places = [f"/discussions/{letter * 12}/repondre" for letter in "abcd"]
    for place in places:
        browser.send("/brouillons", place=place, text="x")
    assert {row.place for row in rows(commune, Draft)} == set(places[1:])


@pytest.mark.parametrize("page", ["{}/repondre", "/quotidien/ouvrir", "/messages/{}/modifier"])
def test_a_text_that_was_previewed_without_a_script_waits_in_its_form(
    signed_in: Callable[..., Any], commune: Any, page: str
) -> None:
    author = signed_in("resident", "Huguette P.")
    address = open_thread(author)
    form = page.format(address if page.startswith("{") else address.rsplit("/", 1)[1])
    envoi = re.search(r'name="envoi" value="(\w+)"', author.get(form).text)
    fields = {"title": "Titre", "text": WORDS, "reach": "local"} | ({"envoi": envoi[1]} if envoi else {})
    assert "Aperçu" in author.send(form, form, apercu="1", **fields).text
    assert typed(author.get(form).text).replace("\r", "") == WORDS
    assert author.send(form, form, **fields).status_code == 303
    assert rows(commune, Draft) == [] and "Brouillon du" not in author.get(form).text


def test_a_visitor_may_preview_as_often_as_she_likes_and_go_back(
    client: Any, signed_in: Callable[..., Any], commune: Any
) -> None:
    form = f"{open_thread(signed_in('resident', 'Huguette P.'))}/repondre"
    for number in range(drafts.PENDING_PER_NETWORK + 1):
        assert client.send(form, text=f"{WORDS} {number}", apercu="1").status_code == 200
    assert typed(client.get(form).text).replace("\r", "") == f"{WORDS} {drafts.PENDING_PER_NETWORK}"
    assert len(rows(commune, Draft)) == 1 and client.send(form, text=WORDS).status_code == 303


def test_the_texts_that_wait_are_counted_by_browser_network_and_in_all(
    app: Any, signed_in: Callable[..., Any], commune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = f"{open_thread(signed_in('resident'))}/repondre"
    visitor = app.test_client()
    for number in range(drafts.PENDING_PER_NETWORK):
        assert visitor.send(form, form, text=f"n° {number}").status_code == 303
    answer = visitor.send(form, form, text="Un de trop")
    assert answer.status_code == 429 and "Un de trop" in answer.text
    assert len(rows(commune, Draft)) == 1
    monkeypatch.setattr(drafts, "PENDING_PER_NETWORK", 1_000)
    monkeypatch.setattr(drafts, "PENDING_IN_ALL", 2)
    assert app.test_client().send(form, form, text="Le second").status_code == 303
    answer = app.test_client().send(form, form, text="Le troisième")
    assert answer.status_code == 429 and "Le troisième" in answer.text


def test_a_browser_leaves_five_texts_at_most(client: Any, commune: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with commune.transaction() as site:
        for letter in "abcdef":
            drafts.hold(site, "t" * 26, "192.0.2.1", f"/discussions/{letter * 12}/repondre", {"text": letter})
    assert sorted(row.text for row in rows(commune, Draft)) == list("bcdef")
    assert drafts.PENDING_PER_BROWSER == 5


def test_the_sweep_clears_drafts_after_their_time(signed_in: Callable[..., Any], client: Any, commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    form = f"{open_thread(browser)}/repondre"
    browser.send("/brouillons", form, place=form, text="À moi")
    client.send(form, form, text="De passage")

    def age(days: timedelta) -> set[str]:
        with commune.transaction() as site:
            site.session.execute(update(Draft).values(saved_at=site.clock.now() - days))
        sweep.run(commune)
        return {row.text for row in rows(commune, Draft)}

    minute = timedelta(minutes=1)
    assert age(timedelta(days=drafts.PENDING_DAYS) - minute) == {"À moi", "De passage"}
    assert age(timedelta(days=drafts.PENDING_DAYS)) == {"À moi"}
    assert age(timedelta(days=drafts.DRAFT_DAYS) - minute) == {"À moi"}
    assert age(timedelta(days=drafts.DRAFT_DAYS)) == set()


def test_a_double_click_publishes_one_reply(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    fields = {"text": WORDS, "envoi": name_of_form(browser, address)}
    first = browser.send(f"{address}/repondre", address, **fields)
    again = browser.send(f"{address}/repondre", address, **fields)
    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    assert len(rows(commune, Post)) == 2


def test_two_clicks_at_once_publish_one_reply(signed_in: Callable[..., Any], app: Any, commune: Any) -> None:
    address = open_thread(signed_in("resident", "Huguette P."))
    browsers = [app.test_client(), app.test_client()]
    for browser in browsers:
        enter(browser, "Huguette P.")
    fields = {"text": WORDS, "envoi": name_of_form(browsers[0], address)}
    answers: list[str] = []

    def click(browser: Any) -> None:
        answers.append(browser.send(f"{address}/repondre", address, **fields).headers["Location"])

    clicks = [Worker(target=click, args=(browser,)) for browser in browsers]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len(set(answers)) == 1 and len(rows(commune, Post)) == 2


def test_a_double_click_opens_one_discussion(signed_in: Callable[..., Any], commune: Any) -> None:
    browser, form = signed_in("resident"), "/quotidien/ouvrir"
    fields = {"title": "T", "text": WORDS, "reach": "shared", "envoi": name_of_form(browser, form)}
    first, again = browser.send(form, form, **fields), browser.send(form, form, **fields)
    assert first.headers["Location"] == again.headers["Location"].split("#")[0]
    assert len(rows(commune, Thread)) == 1


def test_going_back_and_sending_another_text_keeps_it(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    name = name_of_form(browser, address)
    browser.send(f"{address}/repondre", address, text="Première", envoi=name)
    answer = browser.send(f"{address}/repondre", address, text="Tout autre chose", envoi=name)
    assert answer.status_code == 409 and typed(answer.text) == "Tout autre chose"
    fresh = ENVOI.search(answer.text)
    assert fresh and fresh[1] != name
    assert "Vous avez déjà envoyé" in answer.text and "Envoyer comme nouveau message</button>" in answer.text
    assert browser.send(f"{address}/repondre", address, text="Tout autre chose", envoi=fresh[1]).status_code == 303
    assert [post.source for post in rows(commune, Post)][1:] == ["Première", "Tout autre chose"]


def test_the_form_of_another_person_publishes_too(signed_in: Callable[..., Any], commune: Any) -> None:
    one, two = signed_in("resident", "Huguette P."), signed_in("resident", "Karim B.")
    address = open_thread(one)
    name = name_of_form(one, address)
    for browser in (one, two):
        assert browser.send(f"{address}/repondre", address, text="x", envoi=name).status_code == 303
    assert len(rows(commune, Post)) == 3


@pytest.mark.parametrize("name", ["", "x", "A" * 26, "a" * 27, "' OR 1=1"])
def test_row_74_a_strange_name_of_a_form_is_as_good_as_none(
    signed_in: Callable[..., Any], commune: Any, name: str
) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    for _ in range(2):
        assert browser.send(f"{address}/repondre", address, text="x", envoi=name).status_code == 303
    assert len(rows(commune, Post)) == 3


def test_a_double_click_at_the_limit_of_messages_answers_as_the_first(
    signed_in: Callable[..., Any], commune: Any
) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    for number in range(commune.settings.limits.messages - 2):
        browser.send(f"{address}/repondre", address, text=f"n° {number}")
    fields = {"text": "La dernière", "envoi": name_of_form(browser, address)}
    first = browser.send(f"{address}/repondre", address, **fields)
    assert browser.send(f"{address}/repondre", address, **fields).headers["Location"] == first.headers["Location"]


def test_a_late_draft_of_a_message_that_is_published_is_not_kept(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    form, name = f"{address}/repondre", name_of_form(browser, address)
    browser.send(form, address, text="Publié", envoi=name)
    assert browser.send("/brouillons", address, place=form, text="Publié", envoi=name).status_code == 204
    assert rows(commune, Draft) == []


def test_a_late_draft_of_a_change_that_is_saved_is_not_kept(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    form = f"/messages/{address.rsplit('/', 1)[1]}/modifier"
    version = re.search(r'name="version" value="(\d+)"', browser.get(form).text)[1]
    browser.send(form, form, title="La navette", text="Changé")
    late = browser.send("/brouillons", form, place=form, text="Chan", version=version)
    assert late.status_code == 204 and rows(commune, Draft) == []
    assert typed(browser.get(form).text) == "Changé"
    newer = re.search(r'name="version" value="(\d+)"', browser.get(form).text)[1]
    browser.send("/brouillons", form, place=form, text="Changé encore", version=newer)
    assert typed(browser.get(form).text) == "Changé encore"


@pytest.mark.parametrize("version", ["", "0", "9" * 60, "1' OR 1=1"])
def test_row_74_a_strange_version_keeps_no_draft(signed_in: Callable[..., Any], commune: Any, version: str) -> None:
    browser = signed_in("resident")
    form = f"/messages/{open_thread(browser).rsplit('/', 1)[1]}/modifier"
    assert browser.send("/brouillons", form, place=form, text="x", version=version).status_code == 204
    assert rows(commune, Draft) == []


def test_the_page_after_a_message_tells_the_script_which_draft_to_forget(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    name = name_of_form(browser, address)
    place = browser.send(f"{address}/repondre", address, text="x", envoi=name).headers["Location"]
    assert f'data-sent="{name}"' in browser.get(place).text
    assert f'data-sent="{name}"' not in browser.get(place).text


def test_the_names_of_forms_are_forgotten(commune: Any, signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    browser.send(f"{address}/repondre", address, text="x", envoi=name_of_form(browser, address))

    def age(waited: timedelta) -> str | None:
        with commune.transaction() as site:
            site.session.execute(update(Post).values(received_at=site.clock.now() - waited))
        sweep.run(commune)
        with commune.reading() as site:
            return site.session.scalars(select(Post.submission).order_by(Post.id.desc())).first()

    assert age(timedelta(days=drafts.SUBMISSION_DAYS) - timedelta(minutes=1)) is not None
    assert age(timedelta(days=drafts.SUBMISSION_DAYS)) is None
