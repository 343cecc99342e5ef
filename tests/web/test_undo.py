"""One's own act can be undone for ten minutes; quoting; seeing a text before it is published."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select, update

from pop_forum.adapters.pictures import PictureFiles
from pop_forum.domain import permissions, quoting
from pop_forum.domain.permissions import UNDO_FOR
from pop_forum.federation.images import MAX_IMAGES
from pop_forum.models import Deletion, Post, PostVersion
from pop_forum.services import erasing, pictures, threads
from pop_forum.services.draft_fields import above
from tests.web.test_discussions import HOSTILE, Shown, open_thread, rows
from tests.web.test_drafts import typed
from tests.web.test_pictures import photo


def reply(browser: Any, address: str, text: str) -> str:
    """The key of a new reply."""
    answer = browser.send(f"{address}/repondre", address, text=text)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"]).rsplit("#m-", 1)[1]


def undo(browser: Any, key: str, act: str) -> Any:
    return browser.send(f"/messages/{key}/annuler", acte=act)


def age(commune: Any, key: str, column: str, since: timedelta) -> None:
    with commune.transaction() as site:
        then = site.clock.now() - since
        if column == "deleted_at":
            uri = site.session.scalars(select(Post.uri).where(Post.key == key)).one()
            site.session.execute(update(Deletion).where(Deletion.object_uri == uri).values(at=then))
        site.session.execute(update(Post).where(Post.key == key).values({column: then}))


def test_a_message_just_published_is_withdrawn_and_its_text_given_back(
    signed_in: Callable[..., Any], client: Any
) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser)
    key = reply(browser, address, "Trop vite")
    page = browser.get(address).text
    assert f"/messages/{key}/annuler" in page and "Retirer cette réponse" in page
    told = page.partition('<ol class="thread">')[2].partition("</ol>")[0]
    assert "Votre réponse est publiée." in told and "Possible pendant dix minutes." in told, "where the reader lands"
    assert page.count("Votre réponse est publiée.") == 1
    assert f"/messages/{key}/annuler" not in browser.get(address).text
    assert undo(browser, key, "publication").status_code == 303
    assert "Trop vite" not in client.get(address).text
    assert typed(browser.get(f"{address}/repondre").text) == "Trop vite"


def test_what_was_begun_meanwhile_stays_below_the_text_that_is_given_back(
    signed_in: Callable[..., Any], commune: Any
) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser)
    form, answered = f"{address}/repondre", reply(browser, address, "Et le car ?")
    first = {"image-1": (BytesIO(photo()), "a.jpg"), "alt-1": "Le car"}
    posted = browser.send(form, form, text="Trop vite", to=answered, **first)
    second = {"image-1": (BytesIO(photo(size=(9, 9))), "b.jpg"), "deco-1": "1", "apercu": "1"}
    browser.send(form, form, text="La deuxième,\r\nlongue", **second)
    assert undo(browser, posted.headers["Location"].rsplit("#m-", 1)[1], "publication").status_code == 303
    page = browser.get(form).text
    assert typed(page) == "Trop vite\n\nLa deuxième,\nlongue" and f'name="to" value="{answered}"' in page
    assert 'value="Le car"' in page and len(set(re.findall(r'name="gardee-[12]" value="[0-9a-f]{64}"', page))) == 2
    assert re.search(r'name="deco-2" value="1" checked', page) and 'name="deco-1" value="1" checked' not in page


def test_a_picture_that_is_given_back_outlives_the_words_that_are_erased(
    signed_in: Callable[..., Any], commune: Any
) -> None:
    browser = signed_in("resident", "Huguette P.")
    form = f"{open_thread(browser)}/repondre"
    picture = {"image-1": (BytesIO(photo()), "a.jpg"), "alt-1": "Le car"}
    key = browser.send(form, form, text="Trop vite", **picture).headers["Location"].rsplit("#m-", 1)[1]
    undo(browser, key, "publication")
    age(commune, key, "deleted_at", UNDO_FOR)
    with commune.transaction() as site:
        erasing.erase_due(site)
    assert rows(commune, Post)[1].source == ""
    with commune.transaction() as site:
        pictures.purge(site, PictureFiles(commune.settings.data))
    assert 'name="gardee-1"' in browser.get(form).text


def test_two_drafts_of_a_discussion_lose_no_word() -> None:
    four = {f"{name}-{n}": f"{name}{n}" for name in ("gardee", "alt") for n in range(1, MAX_IMAGES + 1)}
    waiting = {"title": "Un autre titre", "text": "B", "category": "c", "gardee-1": "x", "alt-1": "Le train"}
    both = above({"title": "Un titre", "text": "A", "category": "", **four}, waiting)
    assert both == {**four, "title": "Un titre", "text": "A\n\nUn autre titre\n\nB\n\nLe train", "category": "c"}
    assert above({"text": "A", **four}, {"text": "A\r\n", **four}) == {"text": "A", **four}


def test_a_discussion_just_opened_is_withdrawn(signed_in: Callable[..., Any], client: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser, title="Un titre", text="Trop vite", reach="local")
    assert undo(browser, address.rsplit("/", 1)[1], "publication").status_code == 303
    assert "Trop vite" not in client.get(address).text
    page = browser.get("/quotidien/ouvrir").text
    assert typed(page) == "Trop vite" and 'value="Un titre"' in page


def test_a_change_is_taken_back_as_one_more_version(signed_in: Callable[..., Any], client: Any, commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser, title="Avant", text="Avant tout")
    key, form = address.rsplit("/", 1)[1], f"{address.replace('discussions', 'messages')}/modifier"
    browser.send(form, form, title="Après", text="Après tout")
    assert "modification" in browser.get(address).text
    assert undo(browser, key, "modification").status_code == 303
    page = client.get(address).text
    assert "Avant tout" in page and "<h1>Avant</h1>" in page and "Après tout" not in page
    assert [row.source for row in rows(commune, PostVersion)] == ["Avant tout", "Après tout", "Avant tout"]


def test_a_removal_is_taken_back(signed_in: Callable[..., Any], client: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser)
    key = reply(browser, address, "Je regrette")
    browser.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    assert "Rétablir le message" in browser.get(address).text
    assert undo(browser, key, "retrait").status_code == 303
    assert "Je regrette" in client.get(address).text


@pytest.mark.parametrize(
    ("act", "column"), [("publication", "published"), ("modification", "edited_at"), ("retrait", "deleted_at")]
)
def test_ten_minutes_later_an_act_stands(
    signed_in: Callable[..., Any], commune: Any, monkeypatch: pytest.MonkeyPatch, act: str, column: str
) -> None:
    browser = signed_in("resident", "Huguette P.")
    key = reply(browser, open_thread(browser), "Un texte")
    if act == "modification":
        browser.send(f"/messages/{key}/modifier", f"/messages/{key}/modifier", text="Un autre")
    if act == "retrait":
        browser.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    age(commune, key, column, UNDO_FOR + timedelta(seconds=1))
    answer = undo(browser, key, act)
    assert answer.status_code == 409 and "dix minutes" in answer.text
    age(commune, key, column, UNDO_FOR - timedelta(seconds=20))
    assert undo(browser, key, act).status_code == 303


def test_the_tenth_minute_is_the_last() -> None:
    somebody = permissions.Viewer(1, permissions.Role.RESIDENT)
    assert timedelta(minutes=10) == UNDO_FOR and permissions.may_undo(somebody, 1, UNDO_FOR)
    assert not permissions.may_undo(somebody, 1, UNDO_FOR + timedelta(milliseconds=1))
    assert not permissions.may_undo(somebody, 2, timedelta(0))


@pytest.mark.parametrize("act", ["publication", "modification", "retrait"])
def test_nobody_undoes_the_act_of_another(signed_in: Callable[..., Any], client: Any, commune: Any, act: str) -> None:
    key = open_thread(signed_in("resident", "Huguette P.")).rsplit("/", 1)[1]
    assert undo(signed_in("admin", "Nadège R."), key, act).status_code == 403
    assert undo(client, key, act).status_code == 401
    assert rows(commune, Post)[0].deleted_at is None


@pytest.mark.parametrize(("act", "status"), [("modification", 409), ("retrait", 409), ("autre", 400), ("", 400)])
def test_what_was_not_done_cannot_be_undone(signed_in: Callable[..., Any], act: str, status: int) -> None:
    browser = signed_in("resident")
    assert undo(browser, open_thread(browser).rsplit("/", 1)[1], act).status_code == status


def test_what_the_moderation_removed_is_not_the_authors_to_take_back(
    signed_in: Callable[..., Any], commune: Any
) -> None:
    browser = signed_in("resident", "Huguette P.")
    key = reply(browser, open_thread(browser), "Insulte")
    with commune.transaction() as site:
        moderator = permissions.Viewer(0, permissions.Role.MODERATOR)
        threads.delete(site, moderator, site.session.scalars(select(Post).where(Post.key == key)).one())
    for act in ("retrait", "publication"):
        assert undo(browser, key, act).status_code in (403, 409)


def test_a_message_is_quoted_under_its_authors_name(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Huguette *P.*")
    address = open_thread(browser, text="> d’un autre\n\nLe car est **plein**.\nEncore.")
    key = address.rsplit("/", 1)[1]
    page = browser.get(f"{address}/repondre?a={key}&citer=1").text
    head = f"> [**Huguette \\*P.\\*** a écrit\u00a0:](http://valombre.localhost:8080/o/{key})"
    assert typed(page).replace("&gt;", ">") == f"{head}\n>\n> Le car est **plein**.\n> Encore."
    reply(browser, address, typed(page).replace("&gt;", ">") + "\n\nD’accord.")
    shown = browser.get(address).text
    assert "<blockquote>" in shown and "<strong>Huguette *P.*</strong> a écrit" in shown


def test_a_selected_passage_is_quoted_and_words_that_were_not_said_are_not(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser, text="Le car est **plein**. Le train aussi.")
    form = f"{address}/repondre"
    query = {"a": address.rsplit("/", 1)[1], "citer": "1"}
    said = typed(browser.get(form, query_string={**query, "passage": "car est plein."}).text)
    assert said.endswith("&gt; car est plein.")
    false = typed(browser.get(form, query_string={**query, "passage": "Je démissionne"}).text)
    assert "Je démissionne" not in false and "Le train aussi" in false


def test_a_quotation_is_added_to_what_was_typed_before_once(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser)
    form = f"{address}/repondre"
    browser.send("/brouillons", form, place=form, text="Mon début")
    quoting_form = f"{form}?a={address.rsplit('/', 1)[1]}&citer=1"
    text = typed(browser.get(quoting_form).text)
    assert text.startswith("Mon début\n\n&gt; [**Huguette P.**")
    browser.send("/brouillons", form, place=form, text=text.replace("&gt;", ">").replace("\n", "\r\n"))
    assert typed(browser.get(quoting_form).text) == text
    assert "citent un message" in browser.get(quoting_form).text and "citent un message" in browser.get(address).text


def test_a_removed_message_is_not_quoted(signed_in: Callable[..., Any]) -> None:
    author = signed_in("resident", "Huguette P.")
    address = open_thread(author)
    key = reply(author, address, "Je regrette")
    author.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    assert "Je regrette" not in signed_in("resident", "Karim B.").get(f"{address}/repondre?a={key}&citer=1").text


def test_a_quotation_at_the_limit_is_whole_and_a_longer_one_is_cut() -> None:
    whole = quoting.quotation("H.", "x" * quoting.QUOTE_CHARS, "{author}", "https://x.fr/o/a")
    assert "x" * quoting.QUOTE_CHARS in whole and "…" not in whole
    cut = quoting.quotation("H.", "x " * quoting.QUOTE_CHARS, "{author}", "https://x.fr/o/a")
    assert cut.strip().endswith("…") and len(cut) < quoting.QUOTE_CHARS + 80
    assert quoting.passage("<p>" + "x" * 700, "x" * quoting.PASSAGE_CHARS) is not None
    assert quoting.passage("<p>" + "x" * 700, "x" * (quoting.PASSAGE_CHARS + 1)) is None


@pytest.mark.parametrize("who", ["visitor", "resident"])
def test_a_text_is_seen_before_it_is_published_and_waits_in_its_form(
    signed_in: Callable[..., Any], client: Any, commune: Any, who: str
) -> None:
    author = signed_in("resident", "Huguette P.")
    address = open_thread(author)
    browser = client if who == "visitor" else author
    for form, more in ((f"{address}/repondre", {}), ("/quotidien/ouvrir", {"title": "T", "reach": "local"})):
        answer = browser.send(form, form, text="Je suis **pour**.", apercu="1", **more)
        assert answer.status_code == 200 and "Je suis <strong>pour</strong>." in answer.text
        assert typed(answer.text) == "Je suis **pour**."
        assert f'formaction="{form}#apercu"' in answer.text and '<h2 id="apercu" tabindex="-1">' in answer.text
    assert len(rows(commune, Post)) == 1
    assert "Je suis **pour**" in browser.get(f"{address}/repondre").text


def test_a_change_is_seen_before_it_is_published(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    form = f"/messages/{open_thread(browser).rsplit('/', 1)[1]}/modifier"
    answer = browser.send(form, form, title="T", text="*Autre*", apercu="1")
    assert "<em>Autre</em>" in answer.text and rows(commune, Post)[0].source == "Bonjour."


@pytest.mark.parametrize("text", HOSTILE)
def test_row_68_markup_in_a_preview_a_quotation_and_a_draft_is_inert(signed_in: Callable[..., Any], text: str) -> None:
    browser = signed_in("resident", "Zoé <b>X</b>")
    address = open_thread(browser, text=text)
    form = f"{address}/repondre"
    browser.send("/brouillons", form, place=form, text=text)
    pages = [
        browser.send("/apercu", form, text=text).text,
        browser.send(form, form, text=text, apercu="1").text,
        browser.get(f"{form}?a={address.rsplit('/', 1)[1]}&citer=1&passage={text}").text,
        browser.get(address).text,
    ]
    for page in pages:
        shown = Shown(page)
        assert shown.tags.isdisjoint({"svg", "math", "img", "iframe", "style"}) and shown.inline_scripts == 0
        assert not [name for name in shown.attributes if name.startswith("on")] and "<b>X</b>" not in page


@pytest.mark.parametrize("text", ["[" * 5_000, "> " * 5_000, "*a" * 5_000, "![" * 5_000, "|a" * 5_000, "<" * 5_000])
def test_row_60_a_markdown_bomb_is_previewed_and_published_without_delay(
    signed_in: Callable[..., Any], text: str, commune: Any
) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    assert browser.send("/apercu", address, text=text).status_code == 200
    reply(browser, address, text)
    with commune.reading() as site:
        html = site.session.scalars(select(Post.html).order_by(Post.id.desc())).first()
    assert html is not None and len(html) < 20 * len(text)


def test_a_preview_longer_than_a_message_is_refused(signed_in: Callable[..., Any], commune: Any) -> None:
    browser, most = signed_in("resident"), commune.settings.limits.message_chars
    assert browser.send("/apercu", text="x" * most).status_code == 200
    assert browser.send("/apercu", text="x" * (most + 1)).status_code == 413
    assert browser.send("/apercu", text=" \u200b").text == ""
