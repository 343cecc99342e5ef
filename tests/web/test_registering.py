"""Registering: what is asked, what is refused, and that nobody exists before their letter was answered."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from pop_forum.domain.consent import CURRENT, MINIMUM_AGE, TEXTS
from pop_forum.models import Account, Code, Consent, Person, Post, Registration
from pop_forum.services import codes, registrations
from pop_forum.tasks import sweep
from tests.web.letterbox import code_in, letters, link_in
from tests.web.test_codes import from_network, is_in, press, verify, without_what_differs

NEW = {
    "name": "Jeanne M.",
    "mail": "jeanne@exemple.fr",
    "password": "trois vaches au lavoir",
    "age": "y",
    "consent": "y",
}
WAIT = "/connexion/code"
AGREED = {"age": "y", "consent": "y", "shown": "1"}  # by who confirms an account that another browser asked for


def register(browser: Any, **changes: str) -> Any:
    fields = {name: value for name, value in {**NEW, **changes}.items() if value or name not in ("age", "consent")}
    return browser.send("/inscription", "/inscription", **fields)


def rows(commune: Any, table: Any) -> list[Any]:
    with commune.reading() as site:
        return list(site.session.scalars(select(table)))


def by_password(browser: Any, password: str, mail: str = NEW["mail"]) -> Any:
    return browser.send("/connexion", "/connexion/mot-de-passe", mail=mail, password=password)


def test_somebody_registers_confirms_and_is_in(app: Any, client: Any, commune: Any) -> None:
    answer = register(client, next="/quotidien")
    assert answer.status_code == 303 and answer.headers["Location"] == WAIT
    assert rows(commune, Account) == [] and rows(commune, Person) == []
    answer = verify(client, code_in(letters(commune)[0]))
    assert answer.status_code == 303 and answer.headers["Location"] == "/quotidien"
    assert "Votre compte est ouvert." in client.get("/quotidien").text
    [account] = rows(commune, Account)
    assert (account.person.name, account.mail, account.role) == ("Jeanne M.", NEW["mail"], "resident")
    assert account.person.uri.startswith("http://valombre.localhost:8080/p/") and account.age_declared_at
    assert rows(commune, Registration) == [] and rows(commune, Code) == []
    assert by_password(app.test_client(), NEW["password"]).status_code == 303


def test_a_password_is_not_needed(app: Any, client: Any, commune: Any) -> None:
    register(client, password="")
    assert verify(client, code_in(letters(commune)[0])).status_code == 303
    assert rows(commune, Account)[0].password_hash == ""
    for password in ("", " ", "quatre mots sans rapport"):
        assert by_password(app.test_client(), password).status_code == 401
    page = client.get("/mon-compte").text
    assert "Choisir un mot de passe" in page and 'name="current"' not in page


def test_the_agreement_is_kept_with_its_date_and_the_version_of_its_text(client: Any, commune: Any) -> None:
    register(client)
    asked = rows(commune, Registration)[0].created_at
    verify(client, code_in(letters(commune)[0]))
    [given] = rows(commune, Consent)
    assert (given.subject, given.version, given.digest) == ("opinions", CURRENT.version, CURRENT.digest)
    assert given.given_at == asked and given.withdrawn_at is None
    assert "donné le" in client.get("/mon-compte").text


@pytest.mark.parametrize("version", ["", *(f"/{one}" for one in TEXTS)])
def test_each_version_of_the_agreement_can_be_read_without_an_account(client: Any, version: str) -> None:
    answer = client.get(f"/consentement{version}")
    assert answer.status_code == 200 and "opinions politiques" in answer.text and "article" in answer.text
    assert client.get("/consentement/999").status_code == 404


def test_neither_box_is_ticked_beforehand(client: Any) -> None:
    page = client.get("/inscription").text
    assert page.count('type="checkbox"') == 2 and "checked" not in page
    assert f"au moins {MINIMUM_AGE} ans" in page and 'href="/consentement"' in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Ce champ est vide."),
        ("name", "x", "de 2 à 60 caractères"),
        ("name", "1234", "doit contenir des lettres"),
        ("name", "n" * 61, "la limite est de 60"),
        ("name", "Je\u0430nne", "un seul alphabet"),
        ("mail", "", "Ce champ est vide."),
        ("mail", "jeanne", "n’a pas la forme attendue"),
        ("mail", "jeanne@exemple", "n’a pas la forme attendue"),
        ("mail", "j" * 500 + "@exemple.fr", "la limite est de 400"),
        ("password", "court", "Ce mot de passe est trop court."),
        ("password", "jeanne@exemple.fr", "ni votre nom ni votre adresse"),
        ("password", "azertyuiop123", "trop facile à deviner"),
        ("age", "", f"au moins {MINIMUM_AGE} ans pour ouvrir un compte"),
        ("consent", "", "Sans votre accord"),
    ],
)
def test_each_field_is_refused_beside_itself(client: Any, commune: Any, field: str, value: str, sentence: str) -> None:
    answer = register(client, **{field: value})
    assert answer.status_code == 400
    assert sentence in answer.text and "Erreur" in answer.text
    assert rows(commune, Registration) == [] and letters(commune) == []
    assert NEW["password"] not in answer.text


def test_row_67_a_name_with_digits_for_letters_is_refused(
    client: Any, add_person: Callable[..., int], commune: Any
) -> None:
    add_person("Solène D.")
    answer = register(client, name="S0lène D.")
    assert answer.status_code == 409 and "presque le même nom" in answer.text
    assert rows(commune, Registration) == []


def test_row_67_a_name_taken_in_another_spelling_is_refused(
    client: Any, add_person: Callable[..., int], commune: Any
) -> None:
    add_person("Jéanne  m.")
    answer = register(client, name="Je\u0301anne M.")
    assert answer.status_code == 409 and "Ce nom est déjà porté ici." in answer.text
    assert rows(commune, Registration) == []


def test_row_67_an_address_in_another_spelling_is_the_same_account(
    client: Any, add_person: Callable[..., int], commune: Any
) -> None:
    add_person("Jeanne M.", mail="Jeanne@exemple.fr")
    assert register(client, name="Une autre", mail="JEANNE@Exemple.FR").status_code == 303
    assert rows(commune, Registration) == [] and "déjà un compte" in letters(commune)[0].subject


def test_row_77_a_line_end_in_a_name_is_refused(client: Any, commune: Any) -> None:
    assert register(client, name="Jeanne\r\nBcc: x@y.fr").status_code == 400
    assert register(client, mail="jeanne@exemple.fr\r\nBcc: x@y.fr").status_code == 400
    assert letters(commune) == []


def test_row_83_registering_a_known_address_looks_the_same_and_changes_nothing(
    app: Any, client: Any, add_person: Callable[..., int], commune: Any
) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    pages = []
    for browser, address in ((client, NEW["mail"]), (app.test_client(), "karim@exemple.fr")):
        answer = register(browser, name="Une autre", mail=address, password="un tout autre secret")
        assert answer.status_code == 303 and answer.headers["Location"] == WAIT
        pages.append(without_what_differs(browser.get(WAIT).text, address))
    assert pages[0] == pages[1]
    known = letters(commune, "karim@exemple.fr")[0]
    assert "déjà un compte" in known.subject and code_in(known)
    assert [account.person.name for account in rows(commune, Account)] == ["Karim B."]
    assert by_password(app.test_client(), "un tout autre secret", "karim@exemple.fr").status_code == 401


def test_the_owner_of_a_known_address_comes_in_by_that_letter(
    client: Any, add_person: Callable[..., int], commune: Any
) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    register(client, mail="karim@exemple.fr")
    assert verify(client, code_in(letters(commune)[0])).status_code == 303
    assert "Karim B." in client.get("/mon-compte").text


def test_a_password_chosen_by_somebody_else_opens_nothing(app: Any, client: Any, commune: Any) -> None:
    """A stranger registers with Jeanne's address and waits; she confirms from her own device."""
    register(client)
    jeanne, link = app.test_client(), link_in(letters(commune)[0])
    assert jeanne.send(link, link, **AGREED).status_code == 303
    assert "par prudence" in jeanne.get("/").text
    assert by_password(app.test_client(), NEW["password"]).status_code == 401
    assert not is_in(client)


def test_the_link_in_the_same_browser_keeps_the_password(app: Any, client: Any, commune: Any) -> None:
    register(client)
    assert press(client, link_in(letters(commune)[0])).status_code == 303
    assert by_password(app.test_client(), NEW["password"]).status_code == 303


def test_an_address_that_is_not_confirmed_gives_no_way_in(app: Any, client: Any, commune: Any) -> None:
    register(client)
    assert by_password(app.test_client(), NEW["password"]).status_code == 401
    assert client.get("/mon-compte").status_code == 401
    client.send("/quotidien/ouvrir", title="Un titre", text="Bonjour.", reach="local")  # kept for later, at most
    assert rows(commune, Post) == []


def test_a_later_code_confirms_too(app: Any, client: Any, commune: Any) -> None:
    register(client)
    other = app.test_client()
    other.send(WAIT, "/connexion", mail=NEW["mail"])
    code = code_in(letters(commune)[-1])
    assert other.send(f"{WAIT}/verifier", WAIT, code=code, **AGREED).status_code == 303
    assert rows(commune, Account)[0].person.name == "Jeanne M."


@pytest.mark.parametrize("way", ["code", "link"])
def test_row_90_a_letter_completes_nobody_else_s_registration_without_their_agreement(
    app: Any, commune: Any, way: str
) -> None:
    thief, victim = app.test_client(), app.test_client()
    register(thief, name="Voleur De Poules")
    victim.send(WAIT, "/connexion", mail=NEW["mail"])
    letter = letters(commune)[-1]
    assert "Un compte au nom de « Voleur De Poules »" in letter.text and "/consentement" in letter.text
    if way == "code":
        address, fields = f"{WAIT}/verifier", {"code": code_in(letter)}
        shown = victim.send(address, WAIT, **fields)
    else:
        address, fields = link_in(letter), {}
        shown = victim.get(address)
        assert victim.send(address, WAIT).status_code == 200
    assert shown.status_code == 200 and "Ouvrir un compte au nom de « Voleur De Poules »" in shown.text
    assert "checked" not in shown.text.split("<main", 1)[1]
    assert rows(commune, Account) == [] and rows(commune, Consent) == [] and not is_in(victim)
    for half in ({"age": "y"}, {"consent": "y"}, {}):
        refused = victim.send(address, WAIT, **fields, **half, shown="1")
        assert refused.status_code == 400 and "Erreur" in refused.text and rows(commune, Account) == []
    then = rows(commune, Registration)[0].created_at
    assert victim.send(address, WAIT, **fields, **AGREED).status_code == 303 and is_in(victim)
    [account], [consent] = rows(commune, Account), rows(commune, Consent)
    assert account.password_hash == "" and account.age_declared_at > then
    assert (consent.version, consent.given_at > then) == (CURRENT.version, True)
    assert not is_in(thief) and by_password(app.test_client(), NEW["password"]).status_code == 401


def test_who_was_registered_by_a_stranger_registers_under_their_own_name(app: Any, client: Any, commune: Any) -> None:
    register(app.test_client(), name="Voleur De Poules")
    register(client)
    assert verify(client, code_in(letters(commune)[-1])).status_code == 303
    assert [row.person.name for row in rows(commune, Account)] == ["Jeanne M."]


def test_another_code_asked_for_in_the_same_browser_confirms_without_more(client: Any, commune: Any, app: Any) -> None:
    register(client)
    client.send(WAIT, "/connexion", mail=NEW["mail"])
    assert verify(client, code_in(letters(commune)[-1])).status_code == 303
    assert by_password(app.test_client(), NEW["password"]).status_code == 303


def test_who_registered_reads_that_a_letter_leaves(client: Any) -> None:
    register(client)
    page = client.get(WAIT).text
    assert "Un courriel part à votre adresse" in page and "Si cette adresse est inscrite" not in page
    client.send(WAIT, "/connexion", mail="inconnu@exemple.fr")
    assert "Si cette adresse est inscrite" in client.get(WAIT).text


def test_who_registers_again_replaces_what_was_asked_before(app: Any, client: Any, commune: Any) -> None:
    register(app.test_client(), name="Un fâcheux")
    register(client)
    assert [row.name for row in rows(commune, Registration)] == ["Jeanne M."]
    register(app.test_client(), mail="autre@exemple.fr")  # nobody holds a name back by asking first
    assert [row.mail for row in rows(commune, Registration)] == ["autre@exemple.fr"]


def test_a_name_given_meanwhile_is_refused_at_the_end(
    client: Any, commune: Any, add_person: Callable[..., int]
) -> None:
    register(client)
    add_person("Jeanne M.")
    answer = verify(client, code_in(letters(commune)[0]))
    assert answer.status_code == 409 and "Ce nom est déjà porté ici." in answer.text and not is_in(client)


def test_row_90_nothing_but_the_form_is_taken(client: Any, commune: Any) -> None:
    register(client, role="admin", verified="1", commune_id="2", person_id="1", consent_version="x", created_at="0")
    assert rows(commune, Account) == []
    verify(client, code_in(letters(commune)[0]))
    [account] = rows(commune, Account)
    assert account.role == account.person.role == "resident"
    assert rows(commune, Consent)[0].version == CURRENT.version


def test_row_96_a_stranger_gets_three_letters_a_day_whoever_asks(app: Any, commune: Any) -> None:
    for number in range(codes.SIGN_UP_MAILS):
        assert register(from_network(app, number)).status_code == 303
    assert register(from_network(app, 99)).status_code == 429
    for number in range(codes.CODES_FROM_STRANGERS):  # nor does asking for a code bring them a fourth
        assert from_network(app, 100 + number).send(WAIT, "/connexion", mail=NEW["mail"]).status_code == 303
    assert len(letters(commune, NEW["mail"])) == codes.SIGN_UP_MAILS


def test_too_many_accounts_from_one_network_wait(client: Any, commune: Any) -> None:
    for number in range(commune.settings.limits.accounts):
        answer = register(client, name=f"Personne {chr(97 + number)}", mail=f"p{number}@exemple.fr")
        assert answer.status_code == 303
    assert register(client).status_code == 429
    assert len(rows(commune, Registration)) == commune.settings.limits.accounts


def test_what_is_not_confirmed_in_seven_days_is_forgotten(client: Any, commune: Any) -> None:
    register(client)
    for left, kept in ((timedelta(minutes=1), 1), (timedelta(0), 0)):
        with commune.transaction() as site:
            for row in site.session.scalars(select(Registration)):
                row.created_at = site.clock.now() - registrations.KEPT + left
        sweep.run(commune)
        assert len(rows(commune, Registration)) == kept


def test_a_site_may_open_no_accounts(client: Any, commune: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    closed = replace(commune.settings, roles=replace(commune.settings.roles, open_registration=False))
    monkeypatch.setattr(commune, "settings", closed)
    assert "n’ouvre pas de compte en ligne" in client.get("/inscription").text
    token = client.csrf("/connexion")
    assert client.post("/inscription", data={"csrf_token": token, **NEW}).status_code == 403


def test_row_83_as_many_statements_are_run_for_a_known_address_as_for_an_unknown_one(
    app: Any, add_person: Callable[..., int], commune: Any
) -> None:
    add_person("Karim B.", mail="karim@exemple.fr")
    run: list[str] = []
    event.listen(commune.database.engine, "after_cursor_execute", lambda *args: run.append(args[2]))
    counts = []
    for address in (NEW["mail"], "karim@exemple.fr"):
        browser = app.test_client()
        fields = {**NEW, "name": "Une autre", "mail": address, "csrf_token": browser.csrf("/inscription")}
        run.clear()
        assert browser.post("/inscription", data=fields).status_code == 303
        counts.append(len(run))
    assert abs(counts[0] - counts[1]) <= 2, counts


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"])
def test_row_87_a_new_account_leads_only_to_own_pages(client: Any, commune: Any, target: str) -> None:
    assert register(client, next=target).status_code == 303
    answer = verify(client, code_in(letters(commune)[0]))
    assert answer.status_code == 303 and answer.headers["Location"] == "/"


@pytest.mark.parametrize(("length", "status"), [(200, 303), (201, 400)])
def test_a_password_of_two_hundred_characters_is_the_longest(client: Any, length: int, status: int) -> None:
    answer = register(client, password=("trois vaches au lavoir et 4 chevaux " * 6)[:length])
    assert answer.status_code == status
    assert ("doit compter de 10 à 200 caractères" in answer.text) is (status == 400)
