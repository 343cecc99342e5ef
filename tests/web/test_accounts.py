"""Registering, signing in, passwords and roles through the door; refusals by row of the attack list."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from pop_forum.models import Account, Attempt, SignIn
from pop_forum.services import accounts
from pop_forum.services.passwords import Passwords
from pop_forum.services.sign_ins import FRESH, account_for_token

PASSWORD = "quatre mots sans rapport"  # the one conftest.py gives to everybody


def all_accounts(commune: Any) -> list[Any]:
    with commune.reading() as site:
        return list(site.session.scalars(select(Account).order_by(Account.person_id)))


def enter(browser: Any, mail: str, password: str = PASSWORD, **fields: str) -> Any:
    return browser.send("/connexion", "/connexion", mail=mail, password=password, **fields)


def cookie(browser: Any) -> str:
    with browser.session_transaction(base_url="http://valombre.localhost:8080") as kept:
        return str(kept.get("_user_id", ""))


def let_time_pass(commune: Any) -> None:
    """Nobody came in a moment ago any more: what protects an account asks for the password again."""
    with commune.transaction() as site:
        site.session.execute(update(SignIn).values(created_at=site.clock.now() - FRESH))


def test_somebody_signs_in_and_out(client: Any, add_person: Callable[..., int]) -> None:
    add_person("Jeanne M.", mail="jeanne@exemple.fr")
    assert enter(client, "jeanne@exemple.fr").status_code == 303
    assert "Jeanne M." in client.get("/mon-compte").text
    client.send("/deconnexion")
    assert client.get("/mon-compte").status_code == 401


def test_row_81_the_session_changes_when_entering_and_leaving(app: Any, add_person: Callable[..., int]) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    browser = app.test_client()
    with browser.session_transaction(base_url="http://valombre.localhost:8080") as planted:
        planted["_user_id"], planted["planted"] = "chosen-by-somebody-else", "yes"
    assert enter(browser, "karim@exemple.fr").status_code == 303
    first = cookie(browser)
    assert first and first != "chosen-by-somebody-else"
    with browser.session_transaction(base_url="http://valombre.localhost:8080") as kept:
        assert "planted" not in kept
    enter(browser, "karim@exemple.fr")
    assert cookie(browser) != first
    last = cookie(browser)
    browser.send("/deconnexion")
    assert cookie(browser) == ""
    with browser.session_transaction(base_url="http://valombre.localhost:8080") as stolen:
        stolen["_user_id"] = last
    assert browser.get("/mon-compte").status_code == 401


def test_row_81_a_new_role_ends_the_sessions_of_the_person(signed_in: Callable[..., Any], commune: Any) -> None:
    resident, admin = signed_in("resident", "Karim B."), signed_in("admin", "Nadège R.")
    karim = all_accounts(commune)[0].person_id
    page = "/administration/personnes"
    fields = {"role": "moderator", "scope": "site", "reason": "Volontaire."}
    assert admin.send(f"{page}/{karim}/roles", f"{page}/{karim}", **fields).status_code == 303
    assert resident.get("/mon-compte").status_code == 401
    assert all_accounts(commune)[0].role == "moderator"


def test_row_82_a_new_password_ends_every_other_session(app: Any, commune: Any, signed_in: Callable[..., Any]) -> None:
    here = signed_in("resident", "Karim B.")
    elsewhere = app.test_client()
    assert enter(elsewhere, "karimb@exemple.fr").status_code == 303
    let_time_pass(commune)
    before = cookie(here)
    answer = here.send("/mon-compte/mot-de-passe", "/mon-compte", current=PASSWORD, password="un tout autre secret")
    assert answer.status_code == 303
    assert here.get("/mon-compte").status_code == 200 and cookie(here) != before
    assert elsewhere.get("/mon-compte").status_code == 401
    assert enter(app.test_client(), "karimb@exemple.fr").status_code == 401
    assert enter(app.test_client(), "karimb@exemple.fr", "un tout autre secret").status_code == 303


@pytest.mark.parametrize(
    ("current", "password", "sentence"),
    [
        ("faux", "un tout autre secret", "Ce n’est pas votre mot de passe actuel."),
        (PASSWORD, "court", "Ce mot de passe est trop court."),
        (PASSWORD, "", "Ce champ est vide."),
    ],
)
def test_a_wrong_change_of_password_is_refused(
    signed_in: Callable[..., Any], commune: Any, current: str, password: str, sentence: str
) -> None:
    browser = signed_in("resident")
    let_time_pass(commune)
    before = all_accounts(commune)[0].password_hash
    answer = browser.send("/mon-compte/mot-de-passe", "/mon-compte", current=current, password=password)
    assert answer.status_code == 400 and sentence in answer.text
    assert all_accounts(commune)[0].password_hash == before


def test_row_83_signing_in_says_the_same_for_known_and_unknown(client: Any, add_person: Callable[..., int]) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    answers = [enter(client, mail, "faux faux faux") for mail in ("karim@exemple.fr", "inconnu@exemple.fr", "rien")]
    assert {answer.status_code for answer in answers} == {401}
    pages = [
        answer.text.replace(mail, "…")
        for answer, mail in zip(answers, ("karim@exemple.fr", "inconnu@exemple.fr", "rien"), strict=True)
    ]
    assert "Cette adresse et ce mot de passe ne vont pas ensemble." in pages[0]
    without_tokens = {hashlib.sha256("".join(page.split("csrf_token")[0]).encode()).hexdigest() for page in pages}
    assert len(without_tokens) == 1


def test_row_83_the_same_hashing_work_is_done_for_an_unknown_address(app: Any, add_person: Callable[..., int]) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    asked: list[bool] = []

    class Counting(Passwords):
        def verify(self, password: str, kept: str | None) -> tuple[bool, str | None]:
            asked.append(kept is None)
            return super().verify(password, kept)

    app.config["PASSWORDS"] = Counting(1, 8, 1)
    for mail in ("karim@exemple.fr", "inconnu@exemple.fr"):
        enter(app.test_client(), mail, "faux faux faux")
    assert asked == [False, True]
    assert Passwords(1, 8, 1).verify("x", None) == (False, None)


def test_row_84_guesses_from_one_network_wait(client: Any, add_person: Callable[..., int], commune: Any) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    for _ in range(commune.settings.limits.sign_in_attempts):
        assert enter(client, "karim@exemple.fr", "faux faux faux").status_code == 401
    answer = enter(client, "karim@exemple.fr")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert enter(client, "inconnu@exemple.fr").status_code == 401


@pytest.mark.parametrize(("ago", "status"), [(0, 303), (31, 303), (89, 303), (90, 429)])
def test_row_84_many_networks_do_not_lock_the_owner_out(
    app: Any, add_person: Callable[..., int], commune: Any, ago: int, status: int
) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    owner = app.test_client()
    owner.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert enter(owner, "karim@exemple.fr").status_code == 303
    with commune.transaction() as site:  # that long ago, and the sweep cleared what it does each day
        site.session.scalars(select(Attempt)).one().at -= timedelta(days=ago)
        accounts.purge_expired(site)
    statuses = []
    for number in range(60):
        thief = app.test_client()
        thief.environ_base["REMOTE_ADDR"] = f"10.{number}.0.1"
        statuses.append(enter(thief, "karim@exemple.fr", "faux faux faux").status_code)
    assert statuses[:50] == [401] * 50 and set(statuses[50:]) == {429}
    assert enter(owner, "karim@exemple.fr").status_code == status


def test_one_network_trying_many_accounts_waits(client: Any, commune: Any) -> None:
    for number in range(100):
        assert enter(client, f"personne{number}@exemple.fr", "faux faux faux").status_code == 401
    assert enter(client, "personne100@exemple.fr").status_code == 429


def test_the_address_of_a_connection_is_not_kept(client: Any, commune: Any) -> None:
    enter(client, "jeanne@exemple.fr", "faux faux faux")
    with commune.reading() as site:
        row = site.session.scalars(select(Attempt)).one()
    assert "127" not in row.network[:4] and len(row.network) == 64 and "jeanne" not in row.subject


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example", "javascript:alert(1)",
     "/ok\r\nSet-Cookie: a=b", "\\\\evil", "quotidien", "/\t/evil.example", ""],
)  # fmt: skip
def test_row_87_only_own_pages_are_returned_to(client: Any, add_person: Callable[..., int], target: str) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    answer = enter(client, "karim@exemple.fr", next=target)
    assert answer.status_code == 303 and answer.headers["Location"] == "/"
    for form in ("/connexion", "/connexion/mot-de-passe", "/inscription"):
        assert "evil" not in client.get(form, query_string={"next": target}).text


def test_row_87_one_returns_to_the_page_one_came_from(client: Any, add_person: Callable[..., int]) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    for form in ("/connexion", "/connexion/mot-de-passe", "/inscription"):
        page = client.get(form, query_string={"next": "/discussions/abc?page=2"}).text
        assert 'value="/discussions/abc?page=2"' in page
    answer = enter(client, "karim@exemple.fr", next="/discussions/abc?page=2")
    assert answer.headers["Location"] == "/discussions/abc?page=2"


@pytest.mark.parametrize("target", ["/deconnexion", "/mon-compte/mot-de-passe", "/nulle-part", "/%64econnexion"])
def test_what_a_button_does_is_no_page_to_return_to(client: Any, add_person: Callable[..., int], target: str) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    assert f'value="{target}"' not in client.get("/connexion", query_string={"next": target}).text
    assert enter(client, "karim@exemple.fr", next=target).headers["Location"] == "/"


@pytest.mark.parametrize("role", ["resident", "candidate", "moderator"])
def test_only_an_admin_sees_and_gives_roles(signed_in: Callable[..., Any], commune: Any, role: str) -> None:
    browser = signed_in(role)
    me = all_accounts(commune)[0].person_id
    assert browser.get("/administration/personnes").status_code == 403
    fields = {"role": "admin", "scope": "site", "reason": "Moi."}
    assert browser.send(f"/administration/personnes/{me}/roles", **fields).status_code == 403
    assert all_accounts(commune)[0].role == role


def test_a_session_ends_by_itself_and_lives_on_when_used(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    with commune.transaction() as site:
        now, hour = site.clock.now(), timedelta(hours=1)
        site.session.execute(update(SignIn).values(seen_at=now - 2 * hour, expires_at=now + hour))
    answer = browser.get("/mon-compte")
    assert answer.status_code == 200 and "session=" in answer.headers["Set-Cookie"]
    with commune.transaction() as site:
        row = site.session.scalars(select(SignIn)).one()
        assert row.expires_at > now + timedelta(days=80)
        row.expires_at = now
    assert browser.get("/mon-compte").status_code == 401
    with commune.transaction() as site:
        assert accounts.purge_expired(site) == 1
        assert account_for_token(site, cookie(browser)) is None


def test_the_language_and_the_theme_are_kept(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident")
    assert browser.send("/mon-compte/langue", "/mon-compte", language="en").status_code == 303
    assert '<html lang="en"' in browser.get("/").text
    assert all_accounts(commune)[0].language == "en"
    assert browser.send("/affichage", theme="dark", language="fr").status_code == 303
    assert '<html lang="fr" data-theme="dark"' in browser.get("/").text
    assert browser.send("/mon-compte/langue", "/mon-compte", language="en").status_code == 303
    assert '<html lang="en" data-theme="dark"' in browser.get("/").text, "the last choice is the one that holds"
    browser.send("/deconnexion")
    assert 'data-theme="dark"' in browser.get("/").text


@pytest.mark.parametrize("fields", [{"theme": "neon", "language": "fr"}, {"theme": "dark", "language": "de"}, {}])
def test_an_unknown_theme_or_language_is_refused(client: Any, fields: dict[str, str]) -> None:
    assert client.send("/affichage", **fields).status_code == 400
    assert "data-theme" not in client.get("/").text


def test_an_unknown_language_of_an_account_is_refused(signed_in: Callable[..., Any], commune: Any) -> None:
    assert signed_in("resident").send("/mon-compte/langue", "/mon-compte", language="xx").status_code == 400
    assert all_accounts(commune)[0].language is None
