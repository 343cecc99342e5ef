"""Headers, CSRF, hosts and error pages: what every door of the site does, by row of the attack list."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from pop_forum.app import MAX_BODY_BYTES, MAX_FORM_PARTS, create_app
from pop_forum.commune import Commune
from pop_forum.errors import (
    Conflict,
    Forbidden,
    ForumError,
    Gone,
    InvalidInput,
    NotFound,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from pop_forum.models import Post
from pop_forum.web.bodies import WRITTEN_BYTES
from pop_forum.web.pictures import UPLOAD_BYTES

COPY_IT = "Votre texte est ci-dessous : copiez-le si vous y tenez."
LOST_NOT = "Nous n’avons pas pu enregistrer. Votre texte est toujours là : réessayez."
PAGES = ["/", "/quotidien", "/connexion", "/inconnue", "/accent.css", "/livez", "/acteur", "/journal/forum"]
FAILING = "/quotidien/ouvrir"  # whose views are made to fail
HERE = "http://valombre.localhost:8080"


@pytest.mark.parametrize("address", PAGES)
def test_row_89_every_answer_forbids_frames_and_inline_code(client: Any, address: str) -> None:
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_session_cookie_cannot_be_read_or_sent_elsewhere(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident")
    cookies = browser.send("/deconnexion").headers.getlist("Set-Cookie")
    [cookie] = [line for line in cookies if line.startswith("session=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Domain" not in cookie


def test_on_https_the_cookie_is_bound_to_the_host(commune: Commune) -> None:
    settings = dataclasses.replace(commune.settings, scheme="https", host="valombre.example")
    commune.settings = settings
    browser = create_app(commune, RATES_ENABLED=False).test_client()
    answer = browser.get("/connexion", base_url="https://valombre.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=") and "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie


def test_a_page_seen_signed_in_stays_out_of_shared_caches(signed_in: Callable[..., Any]) -> None:
    headers = signed_in("resident").get("/").headers
    assert headers["Cache-Control"] == "private, no-cache" and "Cookie" in headers["Vary"]


@pytest.mark.parametrize("host", ["evil.example", "valombre.localhost.evil.example:8080", "127.0.0.1", ""])
def test_row_86_another_host_is_not_answered(app: Flask, host: str) -> None:
    answer = app.test_client().get("/inscription", base_url=HERE, headers={"Host": host})
    assert answer.status_code == 400 and "evil" not in answer.text


def test_row_86_forwarded_headers_are_ignored(client: Any, commune: Commune) -> None:
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "203.0.113.9", "Forwarded": "host=evil.example"}
    assert "evil" not in client.get("/inscription", headers=forwarded).text
    limit = commune.settings.limits.sign_in_attempts
    for number in range(limit):
        fields = {"csrf_token": client.csrf("/connexion"), "mail": "k@exemple.fr", "password": "faux faux faux"}
        client.post("/connexion", data=fields, headers={"X-Forwarded-For": f"203.0.{number}.9"})
    fields["csrf_token"] = client.csrf("/connexion")
    assert client.post("/connexion", data=fields, headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 429


SIGNED = {"journal.push", "journal.inbox"}  # no cookie counts there: the signature says who asks
PARTS = {"<name>": "forum", "<host>": "x", "<slug>": "navette-a-la-demande", "<digest>": "Qm" + "a" * 44}


def state_changing(app: Flask) -> list[str]:
    """Every address of the app that takes a POST from a browser, with its parts filled in."""
    rules = [
        rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()) and rule.endpoint not in SIGNED
    ]
    found = []
    for rule in rules:
        address = re.sub(r"<int:[a-z_]+>", "1", rule.rule)
        found.append(re.sub(r"<[a-z_:]+>", lambda part: PARTS.get(part[0], "a" * 12), address))
    return sorted(found)


def test_row_88_a_post_without_its_token_is_refused_at_every_address(app: Flask, signed_in: Callable[..., Any]) -> None:
    browser, addresses = signed_in("admin"), state_changing(app)
    assert len(addresses) > 50
    for address in addresses:
        answer = browser.post(address, data={"text": "Mon texte", "title": "Titre"})
        assert answer.status_code == 403, address
        assert LOST_NOT in answer.text and "Mon texte</textarea>" in answer.text, address


def test_row_88_the_token_of_another_person_is_refused(signed_in: Callable[..., Any], commune: Commune) -> None:
    theirs = signed_in("resident", "Karim B.").csrf("/affichage")
    browser = signed_in("resident", "Jeanne M.")
    answer = browser.post("/quotidien/ouvrir", data={"csrf_token": theirs, "title": "T", "text": "x", "reach": "local"})
    assert answer.status_code == 403
    with commune.reading() as site:
        assert site.session.query(Post).count() == 0


def test_row_88_json_sent_as_plain_text_is_refused(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident")
    answer = browser.post("/quotidien/ouvrir", data='{"title": "T", "text": "x"}', content_type="text/plain")
    assert answer.status_code == 403


def test_row_88_the_text_of_a_refused_form_can_be_sent_again(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident")
    fields = {"title": "Titre gardé", "text": "Un texte\navec « guillemets » & <chevrons>", "reach": "local"}
    page = browser.post("/quotidien/ouvrir", data=fields).text
    assert 'value="Titre gardé"' in page and 'name="reach" value="local"' in page
    assert "&lt;chevrons&gt;</textarea>" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    again = browser.post("/quotidien/ouvrir", data={**fields, "csrf_token": token[1]})
    assert again.status_code == 303
    assert "avec « guillemets »" in browser.get(again.headers["Location"]).text


def test_row_88_no_page_changes_anything_when_read(signed_in: Callable[..., Any], app: Flask) -> None:
    browser = signed_in("admin")
    rules = [rule for rule in app.url_map.iter_rules() if not rule.arguments]
    readable = {str(rule) for rule in rules if "GET" in (rule.methods or ())}
    for address in {str(rule) for rule in rules} - readable:
        assert browser.get(address).status_code == 405, address


@pytest.mark.parametrize("address", ["/mon-compte", "/administration/personnes"])
def test_a_visitor_is_asked_to_sign_in_and_comes_back(client: Any, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 401
    assert f"/connexion?next={address}" in answer.text.replace("%2F", "/")


def fails(app: Flask, view: Callable[[], str]) -> None:
    """Nothing; the page and the form at FAILING do this instead of their work."""
    for rule in app.url_map.iter_rules():
        if str(rule) == FAILING:
            app.view_functions[rule.endpoint] = view


@pytest.mark.parametrize(
    "error", [InvalidInput, Unauthenticated, Forbidden, NotFound, Conflict, Gone, TooLarge, TooMany, Unavailable]
)
def test_each_error_has_its_page_and_gives_the_text_back(app: Flask, client: Any, error: type[ForumError]) -> None:
    def fail() -> str:
        raise error("a cause that nobody outside reads")

    fails(app, fail)
    read = client.get(FAILING)
    assert read.status_code == error.status and "<h1>" in read.text and LOST_NOT not in read.text
    if error is Unauthenticated:  # the text waits for its writer in its own form: test_session_ended.py
        return
    sent = client.send(FAILING, text="Mes mots\nsur deux lignes", reach="local")
    assert sent.status_code == error.status
    told = COPY_IT if error in (NotFound, Conflict, Gone) else LOST_NOT  # sent again, it would be refused again
    assert told in sent.text and "sur deux lignes</textarea>" in sent.text
    for answer in (read, sent):
        assert "nobody outside" not in answer.text and answer.headers["Cache-Control"] == "no-store"


def test_a_busy_database_gives_the_text_back(app: Flask, client: Any) -> None:
    def fail() -> str:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    fails(app, fail)
    answer = client.send(FAILING, text="Mes mots")
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert LOST_NOT in answer.text and "Mes mots</textarea>" in answer.text and "locked" not in answer.text


def test_a_mistake_of_ours_gives_the_text_back_with_a_reference(app: Flask, client: Any) -> None:
    def fail() -> str:
        raise KeyError("a secret detail")

    fails(app, fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.send(FAILING, text="Mes mots")
    assert answer.status_code == 500 and "Mes mots</textarea>" in answer.text
    assert re.search(r"repère :</?\w* ?\s*<code>[A-Z2-7]{6}</code>|<code>[A-Z2-7]{6}</code>", answer.text)
    assert "secret detail" not in answer.text and "Traceback" not in answer.text


def test_an_error_page_needs_no_database(app: Flask, signed_in: Callable[..., Any], commune: Commune) -> None:
    browser = signed_in("resident")
    commune.database.close()
    (commune.settings.data / "forum.sqlite").rename(commune.settings.data / "away.sqlite")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = browser.get("/quotidien")
    assert answer.status_code == 503 and "Le site n’a pas pu répondre" in answer.text


def test_a_body_over_the_limit_is_refused(client: Any) -> None:
    answer = client.post("/quotidien/ouvrir", data={"text": "x" * 1_100_000, "csrf_token": "x"})
    assert answer.status_code == 413 and "C’est trop long" in answer.text


def test_a_form_of_many_parts_is_refused(client: Any) -> None:
    answer = client.post("/connexion", data={f"f{number}": "x" for number in range(1_500)},
                         content_type="multipart/form-data")  # fmt: skip
    assert answer.status_code == 413


def test_a_wrong_method_says_which_are_allowed(client: Any) -> None:
    answer = client.get("/deconnexion")
    assert answer.status_code == 405 and "POST" in answer.headers["Allow"]


def test_software_is_answered_in_json(client: Any) -> None:
    answer = client.get("/journal/forum")
    assert answer.mimetype == "application/json" and answer.json["error"]


def test_too_many_forms_in_a_minute_are_refused(commune: Commune) -> None:
    browser = create_app(commune, RATES_ENABLED=True).test_client()
    statuses = {browser.post("/connexion", base_url=HERE, data={}).status_code for _ in range(130)}
    assert statuses == {403, 429}


def test_row_73_markup_in_settings_and_documents_is_inert(commune: Commune) -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    commune.settings = dataclasses.replace(
        commune.settings, name=f"Valombre {bad}", keeper=bad, charter=f"# Charte\n\n{bad}\n\n[x](javascript:alert(1))"
    )
    browser = create_app(commune, RATES_ENABLED=False).test_client()
    for address in ("/", "/charte", "/aide", "/inconnue"):
        shown = browser.get(address, base_url=HERE).text
        assert "<script>alert" not in shown and "<img" not in shown and 'href="javascript' not in shown


def test_row_68_a_hostile_name_is_inert_on_the_admin_page(signed_in: Callable[..., Any]) -> None:
    signed_in("resident", "<script>alert(1)</script>")
    shown = signed_in("admin", "Nadège R.").get("/administration/personnes").text
    assert "<script>alert" not in shown and "&lt;script&gt;alert(1)" in shown


def test_static_files_are_cached_by_content(client: Any) -> None:
    page = client.get("/").text
    for address in re.findall(r'(?:href|src)="((?:/static|/accent)[^"]+)"', page):
        answer = client.get(address)
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"], address
    assert "immutable" not in client.get("/static/pop.css?v=0").headers["Cache-Control"]


@pytest.mark.parametrize("name", ["../setup.cfg", "..%2fsetup.cfg", "..%5csetup.cfg", "no.css", "pop.css/x", "%00"])
def test_only_static_files_are_served(client: Any, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_the_accent_is_the_communes(client: Any, commune: Commune) -> None:
    answer = client.get("/accent.css")
    assert answer.mimetype == "text/css" and commune.settings.accent.day in answer.text


def multipart(parts: int) -> bytes:
    """A form of so many fields of one letter."""
    part = b'--limite\r\nContent-Disposition: form-data; name="a%d"\r\n\r\nx\r\n'
    return b"".join(part % number for number in range(parts)) + b"--limite--\r\n"


@pytest.mark.parametrize(
    "body",
    [
        multipart(100_000),
        multipart(MAX_FORM_PARTS + 1),
        b'--limite\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\r' + b"x" * 50_000_000,
    ],
    ids=["100,000 parts", "one part too many", "50 MB after a CR"],
)
def test_row_63_a_form_of_too_many_parts_or_bytes_is_refused(signed_in: Callable[..., Any], body: bytes) -> None:
    browser = signed_in("resident")
    for address in ("/quotidien/ouvrir", "/connexion"):
        answer = browser.post(address, data=body, content_type="multipart/form-data; boundary=limite")
        assert answer.status_code == 413


def form_of(size: int, kind: str) -> tuple[bytes, str]:
    """A form of exactly so many bytes, and its type: one field, or one file that begins with a CR."""
    if kind == "field":
        return b"text=" + b"x" * (size - 5), "application/x-www-form-urlencoded"
    head = b'--limite\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\r'
    end = b"\r\n--limite--\r\n"
    return head + b"x" * (size - len(head) - len(end)) + end, "multipart/form-data; boundary=limite"


@pytest.mark.parametrize("kind", ["field", "file"])
def test_row_63_a_body_is_read_at_its_limit_and_refused_one_byte_past_it(
    signed_in: Callable[..., Any], kind: str
) -> None:
    browser = signed_in("resident")
    pictures = UPLOAD_BYTES if kind == "file" else WRITTEN_BYTES  # where messages are written, with their pictures
    for address, limit in (("/quotidien/ouvrir", pictures), ("/connexion", MAX_BODY_BYTES)):
        for size, status in ((limit, 403), (limit + 1, 413)):
            data, content_type = form_of(size, kind)
            assert len(data) == size
            answer = browser.post(address, data=data, content_type=content_type)
            assert answer.status_code == status, "read, and then refused for want of the token, or not read at all"


def test_row_63_a_form_at_the_limit_of_parts_is_read(signed_in: Callable[..., Any]) -> None:
    answer = signed_in("resident").post(
        "/quotidien/ouvrir", data=multipart(MAX_FORM_PARTS), content_type="multipart/form-data; boundary=limite"
    )
    assert answer.status_code == 403  # read, and then refused: none of its fields is the token
