"""Passkeys through the door: registering, signing in, and every answer that is not right."""

import hashlib
import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from pop_forum.adapters import passkeys as adapter
from pop_forum.models import Account, Challenge, Passkey, SignIn
from pop_forum.services import accounts, leaving, passkeys
from tests.web.authenticator import Device

KEYS, ADD = "/mon-compte/cles", "/mon-compte/cles/ajouter"
ASK, ENTER = "/connexion/cle", "/connexion/cle/entrer"
OPTIONS = re.compile(r'data-options="([^"]+)"')


def options(page: str) -> Any:
    found = OPTIONS.search(page)
    assert found, page
    return json.loads(html.unescape(found[1]))


def asked_new(browser: Any, name: str = "mon téléphone") -> Any:
    return options(browser.send(KEYS, KEYS, name=name).text)


def registered(browser: Any, device: Device, name: str = "mon téléphone") -> None:
    answer = device.create(asked_new(browser, name))
    assert browser.send(ADD, "/connexion", name=name, answer=answer).status_code == 303


def asked(browser: Any) -> Any:
    return options(browser.send(ASK, "/connexion").text)


def entered(browser: Any, answer: str, **fields: str) -> Any:
    return browser.send(ENTER, "/connexion", answer=answer, **fields)


def is_in(browser: Any) -> bool:
    return bool(browser.get("/mon-compte").status_code == 200)


def count(commune: Any, table: Any) -> int:
    with commune.reading() as site:
        return site.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def huguette(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.fixture
def device(huguette: Any) -> Device:
    """A device with a key of Huguette's."""
    made = Device()
    registered(huguette, made)
    return made


def test_a_key_signs_its_owner_in_without_a_word_typed(device: Device, client: Any, commune: Any) -> None:
    answer = entered(client, device.get(asked(client)), next="/programme")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/programme")
    assert "Huguette P." in client.get("/mon-compte").text
    with commune.reading() as site:
        key = site.session.scalars(select(Passkey)).one()
        assert key.sign_count == 1 and key.used_at is not None
    assert count(commune, Challenge) == 0


def test_the_options_ask_for_a_key_that_the_device_offers_by_itself(huguette: Any, client: Any, commune: Any) -> None:
    new = asked_new(huguette)
    assert new["rp"] == {"name": "Valombre-sur-Lys", "id": "valombre.localhost"}
    chosen = new["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "preferred")
    assert "Huguette" not in str(new["user"]["id"]) and "exemple.fr" not in json.dumps(new)
    assert asked(client)["allowCredentials"] == []


def test_several_keys_have_a_name_each_and_one_can_go(huguette: Any, client: Any, commune: Any) -> None:
    phone, tablet = Device(), Device()
    registered(huguette, phone, "mon téléphone")
    registered(huguette, tablet, "la tablette du salon")
    page = huguette.get(KEYS).text
    assert "mon téléphone" in page and "la tablette du salon" in page
    with commune.reading() as site:
        first = site.session.scalars(select(Passkey.id).order_by(Passkey.id)).first()
    assert huguette.send(f"{KEYS}/{first}/retirer", KEYS).status_code == 303
    entered(client, phone.get(asked(client)))
    assert not is_in(client)
    entered(client, tablet.get(asked(client)))
    assert is_in(client)


def test_a_key_that_never_counts_signs_in_again_and_again(huguette: Any, client: Any) -> None:
    device = Device(counts=False)
    registered(huguette, device)
    for _ in range(2):
        entered(client, device.get(asked(client)))
        assert is_in(client)
        client.send("/deconnexion")


def test_row_81_a_key_gives_a_new_session_and_ends_the_former_one(device: Device, huguette: Any, commune: Any) -> None:
    before = count(commune, SignIn)
    entered(huguette, device.get(asked(huguette)))
    assert is_in(huguette) and count(commune, SignIn) == before


def refused(client: Any, answer: str) -> None:
    back = entered(client, answer)
    assert back.status_code == 303 and back.headers["Location"].startswith("/connexion")
    assert "n’a pas pu être vérifiée" in client.get("/connexion").text
    assert not is_in(client)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://valombre.localhost:8080", "http://valombre.localhost", "null"]
)
def test_an_answer_made_for_another_site_is_refused(device: Device, client: Any, origin: str) -> None:
    device.origin = origin
    refused(client, device.get(asked(client)))


def test_an_answer_for_another_domain_is_refused(device: Device, client: Any) -> None:
    refused(client, device.get({**asked(client), "rpId": "localhost"}))


def test_a_replayed_answer_is_refused(device: Device, client: Any) -> None:
    answer = device.get(asked(client))
    entered(client, answer)
    client.send("/deconnexion")
    refused(client, answer)
    asked(client)
    refused(client, answer)


def test_a_challenge_is_spent_by_a_wrong_answer_too(device: Device, client: Any, commune: Any) -> None:
    challenge = asked(client)
    with client.session_transaction(base_url="http://valombre.localhost:8080") as cookie:
        kept = cookie["challenge"]
    refused(client, "{}")
    assert count(commune, Challenge) == 0
    with client.session_transaction(base_url="http://valombre.localhost:8080") as cookie:
        cookie["challenge"] = kept
    refused(client, device.get(challenge))


def test_an_answer_to_the_challenge_of_another_browser_is_refused(device: Device, client: Any, app: Any) -> None:
    other = app.test_client()
    theirs = asked(other)
    asked(client)
    refused(client, device.get(theirs))


def test_a_challenge_lasts_five_minutes_and_not_more(device: Device, client: Any, commune: Any) -> None:
    late = asked(client)
    with commune.transaction() as site:
        site.session.execute(update(Challenge).values(expires_at=site.clock.now()))
    refused(client, device.get(late))
    soon = asked(client)
    with commune.transaction() as site:
        end = site.session.scalars(select(Challenge.expires_at)).one()
        assert timedelta(minutes=4) < end - site.clock.now() <= passkeys.CHALLENGE_LASTS
    entered(client, device.get(soon))
    assert is_in(client)


def test_an_unknown_key_is_refused(device: Device, client: Any) -> None:
    stranger = Device()
    stranger.create({"user": {"id": "AAAA"}, "rp": {"id": "valombre.localhost"}, "challenge": "AAAA"})
    refused(client, stranger.get(asked(client)))


def test_a_key_that_names_another_account_is_refused(
    device: Device, client: Any, signed_in: Callable[..., Any]
) -> None:
    theirs = Device()
    registered(signed_in("admin", "Nadège R."), theirs)
    admin_handle = next(iter(theirs.handles.values()))
    refused(client, device.get(asked(client), handle=admin_handle))


def test_a_signature_by_another_key_is_refused(device: Device, client: Any) -> None:
    thief = Device()
    thief.create({"user": {"id": "AAAA"}, "rp": {"id": "valombre.localhost"}, "challenge": "AAAA"})
    credential = next(iter(device.keys))
    device.keys[credential] = next(iter(thief.keys.values()))
    refused(client, device.get(asked(client)))


def test_a_copied_key_whose_count_falls_behind_is_refused(device: Device, client: Any) -> None:
    entered(client, device.get(asked(client)))
    client.send("/deconnexion")
    device.signed = dict.fromkeys(device.signed, 0)
    refused(client, device.get(asked(client)))


@pytest.mark.parametrize("answer", ["", "{}", "null", "[]", "{", '"x"', '{"id": 1}', "x" * 100_000, "é\x00"])
def test_what_is_no_answer_is_refused(device: Device, client: Any, answer: str) -> None:
    asked(client)
    refused(client, answer)


def test_an_answer_takes_so_many_characters_and_not_one_more(
    device: Device, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = device.get(asked(client))
    monkeypatch.setattr(adapter, "ANSWER_CHARS", len(answer) - 1)
    refused(client, answer)
    answer = device.get(asked(client))
    monkeypatch.setattr(adapter, "ANSWER_CHARS", len(answer))
    entered(client, answer)
    assert is_in(client)


def test_an_answer_that_registers_does_not_sign_in_and_the_other_way_round(
    device: Device, huguette: Any, client: Any, commune: Any
) -> None:
    refused(client, device.create({**asked(client), "user": {"id": "AAAA"}, "rp": {"id": "valombre.localhost"}}))
    asked_new(huguette)
    with huguette.session_transaction(base_url="http://valombre.localhost:8080") as cookie:
        taken = cookie["challenge"]
    asked(client)
    with client.session_transaction(base_url="http://valombre.localhost:8080") as cookie:
        cookie["challenge"] = taken
    refused(client, device.get({"challenge": taken.rstrip("="), "rpId": "valombre.localhost"}))


def test_a_challenge_of_one_account_registers_no_key_of_another(
    huguette: Any, signed_in: Callable[..., Any], commune: Any
) -> None:
    other, device = signed_in("resident", "Karim B."), Device()
    answer = device.create(asked_new(huguette))
    with huguette.session_transaction(base_url="http://valombre.localhost:8080") as cookie:
        taken = cookie["challenge"]
    with other.session_transaction(base_url="http://valombre.localhost:8080") as cookie:
        cookie["challenge"] = taken
    other.send(ADD, "/connexion", name="clé", answer=answer)
    assert count(commune, Passkey) == 0


def test_a_key_made_for_another_site_is_not_registered(huguette: Any, commune: Any) -> None:
    device = Device(origin="http://evil.example")
    huguette.send(ADD, "/connexion", name="clé", answer=device.create(asked_new(huguette)))
    assert count(commune, Passkey) == 0


def test_a_key_known_already_is_not_registered_twice(huguette: Any, commune: Any) -> None:
    twin = Device()
    answer = twin.create(asked_new(huguette))
    with commune.transaction() as site:
        held = site.session.scalars(select(Account.person_id)).one()
        known = {"credential": b"x", "credential_hash": hashlib.sha256(next(iter(twin.keys))).hexdigest()}
        now = site.clock.now()
        site.session.add(Passkey(account_id=held, name="x", public_key=b"", sign_count=0, created_at=now, **known))
    huguette.send(ADD, "/connexion", name="clé", answer=answer)
    assert "déjà enregistrée" in huguette.get(KEYS).text
    assert count(commune, Passkey) == 1


def test_an_account_has_so_many_keys_and_not_one_more(
    huguette: Any, commune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "PASSKEYS_PER_ACCOUNT", 2)
    registered(huguette, Device(), "un")
    registered(huguette, Device(), "deux")
    assert count(commune, Passkey) == 2
    answer = huguette.send(KEYS, "/connexion", name="trois")
    assert answer.status_code == 409 and "Retirez-en une" in answer.text


@pytest.mark.parametrize(("name", "status"), [("", 400), ("x" * 61, 400), ("a\nb", 400), ("x" * 60, 200)])
def test_a_key_has_a_name_of_one_short_line(huguette: Any, name: str, status: int) -> None:
    assert huguette.send(KEYS, KEYS, name=name).status_code == status


def test_row_92_nobody_removes_the_key_of_somebody_else(
    device: Device, signed_in: Callable[..., Any], commune: Any
) -> None:
    other = signed_in("admin", "Nadège R.")
    assert other.send(f"{KEYS}/1/retirer", KEYS).status_code == 404
    assert "<b>mon téléphone</b>" not in other.get(KEYS).text
    assert count(commune, Passkey) == 1


def test_a_network_asks_for_so_many_challenges_and_not_one_more(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passkeys, "CHALLENGES_PER_NETWORK", 2)
    assert [client.send(ASK, "/connexion").status_code for _ in range(3)] == [200, 200, 429]


def test_challenges_that_nobody_answered_are_cleared(client: Any, commune: Any) -> None:
    asked(client)
    with commune.transaction() as site:
        assert accounts.purge_expired(site) == 0
        site.session.execute(update(Challenge).values(expires_at=site.clock.now()))
    with commune.transaction() as site:
        assert accounts.purge_expired(site) == 1
    assert count(commune, Challenge) == 0


def test_keys_go_with_the_account(device: Device, client: Any, commune: Any) -> None:
    with commune.transaction() as site:
        leaving.leave(site, site.session.scalars(select(Account.person_id)).one(), withdraw_supports=False)
    assert count(commune, Passkey) == 0
    refused(client, device.get(asked(client)))


def test_row_87_a_key_leads_to_our_own_pages_only(device: Device, client: Any) -> None:
    assert entered(client, device.get(asked(client)), next="//evil.example").headers["Location"] == "/"


def test_row_68_the_name_of_a_key_is_printed_and_never_run(huguette: Any) -> None:
    registered(huguette, Device(), '"><script>alert(1)</script>')
    assert "<script>alert" not in huguette.get(KEYS).text


def test_the_button_is_hidden_until_a_script_finds_that_the_browser_has_keys(client: Any, huguette: Any) -> None:
    for page in (client.get("/connexion").text, huguette.get(KEYS).text):
        assert re.search(r"<form[^>]*data-passkeys hidden", page) and "passkeys.js" in page
    assert "passkeys.js" not in client.get("/").text
