"""Discussions through the door: what people may do, what is refused, and that no typed text is lost."""

import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.domain import permissions
from pop_forum.domain.french import in_paris
from pop_forum.models import Entry, Person, Post, PostVersion, Support, Thread
from pop_forum.services import threads

LOST_NOT = "Nous n’avons pas pu enregistrer. Votre texte est toujours là : réessayez."


class Shown(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.inline_scripts = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.inline_scripts += tag == "script" and "src" not in dict(attrs)


def open_thread(browser: Any, title: str = "La navette du vendredi", text: str = "Bonjour.", **fields: str) -> str:
    answer = browser.send(
        "/quotidien/ouvrir", "/quotidien/ouvrir", title=title, text=text, **{"reach": "shared", **fields}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def hide(moderator: Any, key: str) -> Any:
    judgement = {"decision": "hide", "reason": "hors-sujet", "sentence": "Ce n’est pas le sujet."}
    return moderator.send(f"/moderation/messages/{key}", **judgement)


def rows(commune: Any, table: Any) -> list[Any]:
    with commune.reading() as site:
        return list(site.session.scalars(select(table).order_by(table.id)))


def test_a_resident_opens_a_discussion_and_another_replies(signed_in: Callable[..., Any], commune: Any) -> None:
    address = open_thread(signed_in("resident", "Huguette P."))
    other = signed_in("resident", "Karim B.")
    answer = other.send(f"{address}/repondre", address, text="Je suis **pour**.")
    assert answer.status_code == 303
    page = other.get(answer.headers["Location"]).text
    assert "Huguette P." in page and "Je suis <strong>pour</strong>." in page and "1 réponse" in page
    assert [post.opening for post in rows(commune, Post)] == [True, False]


def test_a_visitor_reads_and_is_told_how_to_answer(client: Any, signed_in: Callable[..., Any]) -> None:
    address = open_thread(signed_in("resident"))
    page = client.get(address).text
    assert "vous écrivez d’abord" in page and f"{address}/repondre" in page and "<form" not in page
    assert "Set-Cookie" not in client.get(address).headers


def test_a_reply_goes_to_the_message_it_answers(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Solène D.")
    address = open_thread(browser)
    first = browser.send(f"{address}/repondre", address, text="Première").headers["Location"]
    key = first.rsplit("#m-", 1)[1]
    assert 'name="to"' in browser.get(f"{address}/repondre?a={key}").text
    browser.send(f"{address}/repondre", address, text="Seconde", to=key)
    posts = rows(commune, Post)
    assert posts[2].parent_uri == posts[1].uri
    assert "en réponse à" in browser.get(address).text


def test_a_reply_to_a_message_of_another_discussion_is_refused(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    one, two = open_thread(browser, "Un fil"), open_thread(browser, "Deux fils")
    answer = browser.send(f"{one}/repondre", one, text="Perdue ?", to=two.rsplit("/", 1)[1])
    assert answer.status_code == 404 and "Perdue ?" in answer.text
    assert len(rows(commune, Post)) == 2


REFUSED = [("may_open_thread", "/quotidien/ouvrir"), ("may_reply", "{}/repondre"), ("may_support", "{}/soutenir")]


@pytest.mark.parametrize(("rule", "door"), REFUSED)
def test_who_may_not_write_is_refused_by_what_writes(
    signed_in: Callable[..., Any], commune: Any, monkeypatch: pytest.MonkeyPatch, rule: str, door: str
) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    before = [len(rows(commune, kind)) for kind in (Post, Support, Entry)]
    monkeypatch.setattr(permissions, rule, lambda *_, **__: False)
    message = address.replace("/discussions/", "/messages/")
    answer = browser.send(
        door.format(message if rule == "may_support" else address), title="T", text="Mon texte", reach="shared"
    )
    assert answer.status_code == 403
    assert "Mon texte" in answer.text or rule == "may_support"
    assert [len(rows(commune, kind)) for kind in (Post, Support, Entry)] == before


@pytest.mark.parametrize(("rule", "door"), REFUSED)
def test_a_visitor_writes_nothing(
    signed_in: Callable[..., Any], client: Any, commune: Any, rule: str, door: str
) -> None:
    address = open_thread(signed_in("resident"))
    message = address.replace("/discussions/", "/messages/")
    answer = client.send(
        door.format(message if rule == "may_support" else address), title="T", text="Mon texte", reach="shared"
    )
    assert answer.status_code == (401 if rule == "may_support" else 303)  # her text waits for her to sign in
    assert len(rows(commune, Post)) == 1 and rows(commune, Support) == []


@pytest.mark.parametrize("text", ["", "   \n", "\u200b\u2060"])
def test_an_empty_reply_is_refused_beside_the_field(signed_in: Callable[..., Any], text: str, commune: Any) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    answer = browser.send(f"{address}/repondre", address, text=text)
    assert answer.status_code == 400
    assert "Erreur : Ce champ est vide." in answer.text and 'aria-invalid="true"' in answer.text
    assert len(rows(commune, Post)) == 1


def test_a_text_at_the_limit_passes_and_one_over_comes_back(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    limit = commune.settings.limits.message_chars
    assert browser.send(f"{address}/repondre", address, text="é" * limit).status_code == 303
    answer = browser.send(f"{address}/repondre", address, text="é" * (limit + 1))
    assert answer.status_code == 400
    assert "é" * (limit + 1) in answer.text and "Raccourcissez-le de 1" in answer.text
    counted = [f"{number:,}".replace(",", "\u202f") for number in (limit + 1, limit)]
    assert all(number in answer.text for number in counted) and "\u202f" in counted[0]


def test_a_title_over_the_limit_comes_back(signed_in: Callable[..., Any], commune: Any) -> None:
    limit = commune.settings.limits.title_chars
    answer = signed_in("resident").send(
        "/quotidien/ouvrir", "/quotidien/ouvrir", title="T" * (limit + 1), text="Mon texte", reach="local"
    )
    assert answer.status_code == 400 and "Mon texte" in answer.text and "T" * (limit + 1) in answer.text
    assert rows(commune, Thread) == []


def test_an_unknown_reach_is_refused(signed_in: Callable[..., Any], commune: Any) -> None:
    answer = signed_in("resident").send("/quotidien/ouvrir", "/quotidien/ouvrir", title="T", text="x", reach="monde")
    assert answer.status_code == 400 and rows(commune, Thread) == []


def test_a_discussion_opens_on_a_measure(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    page = "/programme/navette-a-la-demande/ouvrir"
    answer = browser.send(page, page, title="Et le vendredi ?", text="Oui.", reach="shared")
    assert answer.status_code == 303
    shown = browser.get(answer.headers["Location"]).text
    assert "La mesure" in shown and "/programme/navette-a-la-demande" in shown
    assert rows(commune, Thread)[0].measure == "urn:pop:programme-commun:navette-a-la-demande"


def test_an_unknown_measure_takes_no_discussion(signed_in: Callable[..., Any]) -> None:
    assert signed_in("resident").get("/programme/inconnue/ouvrir").status_code == 404


def test_an_edit_keeps_the_former_text_in_a_public_history(
    signed_in: Callable[..., Any], client: Any, commune: Any
) -> None:
    browser = signed_in("resident", "Yves G.")
    address = open_thread(browser, text="Premier jet")
    key = address.rsplit("/", 1)[1]
    form = f"/messages/{key}/modifier"
    assert "Premier jet" in browser.get(form).text
    assert browser.send(form, form, title="Un autre titre", text="Second jet").status_code == 303
    page = client.get(address).text
    assert "Second jet" in page and "Premier jet" not in page and "Un autre titre" in page and "modifié" in page
    history = client.get(f"/messages/{key}/historique").text
    assert "Premier jet" in history and "Second jet" in history
    assert len(rows(commune, PostVersion)) == 2


def test_names_elide_in_sentences(signed_in: Callable[..., Any], client: Any, commune: Any) -> None:
    author = signed_in("resident", "Armelle")
    address = open_thread(author)
    key = address.rsplit("/", 1)[1]
    assert "Historique du message d’Armelle" in client.get(f"/messages/{key}/historique").text
    assert "le message d’Armelle" in author.get(address).text
    assert "of Armelle" in client.get(f"/messages/{key}/historique", headers={"Accept-Language": "en"}).text


def test_a_large_count_is_written_as_its_language_does(app: Any) -> None:
    page = "{{ ngettext('%(num)s réponse', '%(num)s réponses', 30000) }} {{ _('page %(page)s', page=2000) }}"
    for language, expected in (("fr", "30\u202f000 réponses page 2\u202f000"), ("en", "30,000 replies page 2,000")):
        with app.test_request_context(headers={"Accept-Language": language}, base_url="http://valombre.localhost:8080"):
            assert app.jinja_env.from_string(page).render() == expected


def test_a_template_sentence_escapes_what_it_is_given(app: Any) -> None:
    with app.test_request_context(base_url="http://valombre.localhost:8080"):
        page = app.jinja_env.from_string("{% autoescape true %}{{ _('de %(name)s', name='<b>') }}{% endautoescape %}")
        assert page.render() == "de &lt;b&gt;"


def test_an_empty_edit_is_refused(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    form = "/messages/" + open_thread(browser).rsplit("/", 1)[1] + "/modifier"
    assert browser.send(form, form, title="", text=" ").status_code == 400
    assert rows(commune, Post)[0].source == "Bonjour."


@pytest.mark.parametrize("act", ["modifier", "supprimer"])
def test_nobody_changes_the_message_of_another(signed_in: Callable[..., Any], act: str, commune: Any) -> None:
    key = open_thread(signed_in("resident", "Huguette P.")).rsplit("/", 1)[1]
    other = signed_in("resident", "Karim B.")
    assert other.get(f"/messages/{key}/{act}").status_code == 403
    answer = other.send(f"/messages/{key}/{act}", title="À moi", text="À moi")
    assert answer.status_code == 403 and "À moi" in answer.text
    assert rows(commune, Post)[0].source == "Bonjour." and rows(commune, Post)[0].deleted_at is None


def test_a_moderator_cannot_edit_but_removes(signed_in: Callable[..., Any], client: Any) -> None:
    address = open_thread(signed_in("resident", "Huguette P."))
    key = address.rsplit("/", 1)[1]
    moderator = signed_in("moderator", "Nadège R.")
    assert moderator.get(f"/messages/{key}/modifier").status_code == 403
    assert hide(moderator, key).status_code == 303
    page = client.get(address).text
    assert "La modération a retiré ce message" in page and "Bonjour." not in page


def test_a_removed_message_leaves_a_tombstone_and_comes_back(signed_in: Callable[..., Any], client: Any) -> None:
    author = signed_in("resident", "Huguette P.")
    address = open_thread(author)
    location = author.send(f"{address}/repondre", address, text="Je regrette ces mots").headers["Location"]
    key = location.rsplit("#m-", 1)[1]
    author.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    page = client.get(address).text
    assert "Je regrette ces mots" not in page and "a retiré ce message" in page
    assert client.get(f"/messages/{key}/historique").status_code == 410
    assert author.send(f"/messages/{key}/retablir").status_code == 303
    assert "Je regrette ces mots" in client.get(address).text


def test_only_who_removed_may_restore(signed_in: Callable[..., Any]) -> None:
    author = signed_in("resident", "Huguette P.")
    key = open_thread(author).rsplit("/", 1)[1]
    moderator = signed_in("moderator", "Nadège R.")
    hide(moderator, key)
    assert author.send(f"/messages/{key}/retablir").status_code == 403
    assert moderator.send(f"/messages/{key}/retablir").status_code == 303


def test_a_removed_discussion_takes_no_reply(signed_in: Callable[..., Any], commune: Any) -> None:
    author = signed_in("resident")
    address = open_thread(author)
    key = address.rsplit("/", 1)[1]
    author.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    answer = author.send(f"{address}/repondre", text="Trop tard ?")
    assert answer.status_code == 409 and "Trop tard ?" in answer.text
    assert len(rows(commune, Post)) == 1


def test_a_support_counts_once_and_can_be_withdrawn(signed_in: Callable[..., Any], commune: Any) -> None:
    key = open_thread(signed_in("resident", "Huguette P.")).rsplit("/", 1)[1]
    other = signed_in("resident", "Karim B.")
    for _ in range(2):
        assert other.send(f"/messages/{key}/soutenir").status_code == 303
    assert [row.active for row in rows(commune, Support)] == [True]
    assert "Karim" not in rows(commune, Support)[0].token
    assert "Soutenu" in other.get(f"/discussions/{key}").text
    other.send(f"/messages/{key}/soutenir", retirer="1")
    assert [row.active for row in rows(commune, Support)] == [False]


def test_a_visitor_cannot_support(client: Any, signed_in: Callable[..., Any], commune: Any) -> None:
    key = open_thread(signed_in("resident")).rsplit("/", 1)[1]
    assert client.send(f"/messages/{key}/soutenir").status_code == 401
    assert rows(commune, Support) == []


def test_too_many_messages_wait_and_keep_the_text(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    address = open_thread(browser)
    most = commune.settings.limits.messages
    for number in range(most - 1):
        assert browser.send(f"{address}/repondre", address, text=f"n° {number}").status_code == 303
    answer = browser.send(f"{address}/repondre", address, text="Celui-ci attend")
    assert answer.status_code == 429 and "Celui-ci attend" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert len(rows(commune, Post)) == most


def test_a_long_discussion_has_pages(signed_in: Callable[..., Any], commune: Any, client: Any) -> None:
    address = open_thread(signed_in("resident", "Huguette P."))
    with commune.transaction() as site:
        thread, author = site.session.scalars(select(Thread)).one(), site.session.scalars(select(Person)).one()
        keys = [threads.reply(site, author, thread, f"Réponse {number}").key for number in range(101)]
    assert "Page\u00a01 sur\u00a02" in client.get(address).text
    second = client.get(f"{address}?page=2").text
    assert "Réponse 100" in second and "réponse 101" in second
    assert client.get(f"/messages/{keys[-1]}").headers["Location"].endswith(f"?page=2#m-{keys[-1]}")
    assert client.get(f"{address}?page=3").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "1;DROP", "1' OR 1=1", "９", "9" * 30, ""])
def test_row_74_a_page_that_is_no_number_is_not_found(client: Any, page: str) -> None:
    assert client.get("/quotidien", query_string={"page": page}).status_code == 404


@pytest.mark.parametrize("key", ["' OR 1=1 --", "%00", "a" * 500, "..%2f..%2fetc%2fpasswd"])
def test_row_74_a_strange_key_is_not_found(client: Any, key: str) -> None:
    assert client.get(f"/discussions/{key}").status_code == 404
    assert client.get(f"/messages/{key}/historique").status_code == 404


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<svg onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_row_68_markup_in_a_message_a_title_and_a_name_is_inert(
    signed_in: Callable[..., Any], client: Any, text: str
) -> None:
    browser = signed_in("resident", "Zoé <b>X</b>")
    address = open_thread(browser, title=text[:100], text=text)
    for page in (address, "/", "/quotidien"):
        shown = Shown(client.get(page).text)
        assert shown.tags.isdisjoint({"svg", "math", "img", "iframe", "style"})
        assert not [name for name in shown.attributes if name.startswith("on")]
        assert shown.inline_scripts == 0
        assert "<b>X</b>" not in client.get(page).text


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:x",
        "&#106;avascript:x",
        "data:text/html,x",
        "vbscript:x",
    ],
)
def test_row_69_a_dangerous_link_has_no_address(signed_in: Callable[..., Any], client: Any, link: str) -> None:
    address = open_thread(signed_in("resident"), text=f"[ici]({link})")
    shown = client.get(address).text
    assert not re.search(r'href="\s*(?:javascript|data|vbscript|java)', shown, re.IGNORECASE)


def test_row_72_a_title_is_escaped_in_the_head_of_the_page(signed_in: Callable[..., Any], client: Any) -> None:
    address = open_thread(signed_in("resident"), title="</title><script>alert(1)</script>")
    assert "<title></title>" not in client.get(address).text
    assert "&lt;/title&gt;" in client.get(address).text


def test_row_75_a_template_in_a_text_is_printed(signed_in: Callable[..., Any], client: Any) -> None:
    address = open_thread(signed_in("resident", "N {{7*7}} %(x)s"), title="{{7*7}} %s", text="{{7*7}} {% x %} %(y)s")
    shown = client.get(address).text
    assert "<h1>{{7*7}} %s</h1>" in shown and "N {{7*7}} %(x)s" in shown and "{{7*7}} {% x %} %(y)s" in shown


def test_row_77_a_line_end_in_a_title_is_refused(signed_in: Callable[..., Any], commune: Any) -> None:
    answer = signed_in("resident").send(
        "/quotidien/ouvrir", "/quotidien/ouvrir", title="Un\r\nSet-Cookie: x=1", text="x", reach="local"
    )
    assert answer.status_code == 400 and rows(commune, Thread) == []


def test_a_title_that_is_too_long_is_told_its_length_and_its_limit(signed_in: Callable[..., Any]) -> None:
    for length in (151, 500):
        answer = signed_in("resident", f"Huguette P{length}").send(
            "/quotidien/ouvrir", "/quotidien/ouvrir", title="x" * length, text="Bonjour.", reach="local"
        )
        assert answer.status_code == 400 and "tient sur une ligne" not in answer.text.split("Votre message", 1)[0]
        assert f"Votre texte compte {length} caractères" in answer.text and "la limite est de 150" in answer.text


def test_lists_give_the_last_message_the_date_that_its_discussion_gives(
    signed_in: Callable[..., Any], commune: Any, client: Any
) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser)
    browser.send(f"{address}/repondre", address, text="Écrit avant-hier dans une autre commune, et arrivé ce matin.")
    late, ahead = timedelta(days=2), timedelta(hours=1)
    for shift, uncertain in ((-late, False), (late + ahead, True)):
        with commune.transaction() as site:
            reply = site.session.scalars(select(Post).where(~Post.opening)).one()
            reply.published += shift
            said = reply.published
        time = f'<time datetime="{in_paris(said).isoformat(timespec="minutes")}">'
        for page in (address, "/", "/quotidien"):
            shown = client.get(page).text
            assert time in shown, page
            assert ("date incertaine" in shown) == uncertain, page


def test_who_reads_a_discussion_is_never_taken_for_granted(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    for reach in ({}, {"reach": ""}, {"reach": "everybody"}):
        answer = browser.send("/quotidien/ouvrir", "/quotidien/ouvrir", title="Le lavoir", text="Il fuit.", **reach)
        assert answer.status_code == 400 and "Il fuit.</textarea>" in answer.text and 'href="#reach' in answer.text
    with commune.reading() as site:
        assert site.session.query(Thread).count() == 0


def test_nobody_supports_their_own_message(signed_in: Callable[..., Any], commune: Any) -> None:
    author = signed_in("resident", "Huguette P.")
    address = open_thread(author)
    key = address.rpartition("/")[2]
    assert f"/messages/{key}/soutenir" not in author.get(address).text
    answer = author.send(f"/messages/{key}/soutenir")
    assert answer.status_code == 403 and "un soutien vient de quelqu’un d’autre" in answer.text
    assert rows(commune, Support) == []
