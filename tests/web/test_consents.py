"""Consent to publish opinions through the door: withdrawn as simply as it was given, and what follows."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from pop_forum.domain.consent import CURRENT, TEXTS
from pop_forum.models import Ballot, Consent, Post, Support
from pop_forum.services import leaving
from tests.web.conftest import PASSWORD
from tests.web.test_discussions import hide, open_thread, rows
from tests.web.test_polls import ask as ask_poll
from tests.web.test_polls import vote

PAGE, ACCOUNT = "/mon-compte/accord", "/mon-compte"
MEASURE = "navette-a-la-demande"
RENEWAL = f"{PAGE}/nouveau"
REFUSED = "Vous avez retiré votre accord"


@pytest.fixture
def browser(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


def withdraw(browser: Any, messages: str = "laisser") -> Any:
    return browser.send(f"{PAGE}/retirer", PAGE, messages=messages)


def agree(browser: Any, **fields: str) -> Any:
    return browser.send(PAGE, PAGE, **{"version": CURRENT.version, "consent": "y", **fields})


def test_consent_is_withdrawn_from_the_account_and_both_dates_are_kept(browser: Any, commune: Any) -> None:
    assert f'href="{PAGE}">Retirer mon accord</a>' in browser.get(ACCOUNT).text
    assert "vous ne pouvez plus écrire" in browser.get(PAGE).text
    assert withdraw(browser).status_code == 303
    [kept] = rows(commune, Consent)
    assert kept.version == CURRENT.version and kept.digest == CURRENT.digest
    assert kept.given_at <= kept.withdrawn_at
    page = browser.get(ACCOUNT).text
    assert "retiré le" in page and f'href="{PAGE}">Donner mon accord</a>' in page
    assert "Accord retiré le" in browser.get("/mon-compte/donnees").text


def test_without_consent_one_reads_and_takes_back_and_publishes_nothing(
    browser: Any, signed_in: Callable[..., Any], commune: Any
) -> None:
    theirs = open_thread(signed_in("resident", "Karim B."), "Autre chose")
    opening = f"/messages/{theirs.rsplit('/', 1)[1]}"
    mine = browser.send(f"{theirs}/repondre", theirs, text="Avant").headers["Location"].rsplit("#m-", 1)[1]
    browser.send(f"{opening}/soutenir", theirs)
    own = open_thread(browser, "La mienne")
    withdraw(browser)
    before = len(rows(commune, Post))
    assert REFUSED in browser.get(theirs).text and f'href="{PAGE}"' in browser.get(theirs).text
    assert REFUSED in browser.get(f"{theirs}/repondre").text and REFUSED in browser.get("/quotidien/ouvrir").text
    answers = [
        browser.send(f"{theirs}/repondre", text="Je réponds quand même"),
        browser.send("/quotidien/ouvrir", title="Quand même", text="Un texte", reach="local"),
        browser.send(f"/programme/{MEASURE}/ouvrir", title="Quand même", text="Un texte", reach="shared"),
        browser.send(f"/messages/{mine}/modifier", text="Autre"),
    ]
    assert REFUSED in browser.get(f"{own}/sondage").text
    for answer in answers:
        assert answer.status_code == 403 and REFUSED in answer.text
        assert "</textarea>" in answer.text  # what was typed is given back
    assert browser.send(f"{opening}/soutenir").status_code == 403 or rows(commune, Support)[0].active
    assert len(rows(commune, Post)) == before
    assert browser.send(f"{opening}/soutenir", retirer="1").status_code == 303
    assert [row.active for row in rows(commune, Support)] == [False]
    assert browser.send(f"{opening}/soutenir").status_code == 403
    assert browser.send(f"/messages/{mine}/supprimer").status_code == 303
    assert browser.send(f"/messages/{mine}/retablir").status_code == 403
    assert browser.get("/mon-compte/donnees/telecharger").status_code == 200


def test_what_was_published_stays_when_its_author_says_so(browser: Any, client: Any) -> None:
    address = open_thread(browser, "La navette", "Le mardi.")
    withdraw(browser)
    page = client.get(address).text
    assert "Le mardi." in page and "Huguette P." in page


def test_what_was_published_goes_when_its_author_says_so(
    browser: Any, client: Any, signed_in: Callable[..., Any], commune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "DELETED_AT_ONCE", 1)
    theirs = open_thread(signed_in("resident", "Karim B."), "Autre chose")
    browser.send(f"/messages/{theirs.rsplit('/', 1)[1]}/soutenir", theirs)
    addresses = [open_thread(browser, f"Numéro {number}", "Le mardi.") for number in range(3)]
    assert withdraw(browser, "supprimer").status_code == 303
    for address in addresses:
        assert "Le mardi." not in client.get(address).text
    assert [row.active for row in rows(commune, Support)] == [False]
    assert browser.get(ACCOUNT).status_code == 200


def test_messages_that_were_left_can_go_later_and_only_without_consent(browser: Any, client: Any) -> None:
    address = open_thread(browser, "La navette", "Le mardi.")
    assert browser.send(f"{PAGE}/messages", PAGE).status_code == 409
    assert "Le mardi." in client.get(address).text
    withdraw(browser)
    assert browser.send(f"{PAGE}/messages", PAGE).status_code == 303
    assert "Le mardi." not in client.get(address).text


def test_consent_is_given_again_with_a_new_date_and_one_writes_again(browser: Any, commune: Any) -> None:
    withdraw(browser)
    page = browser.get(PAGE).text
    assert "opinions politiques" in page and "Donner de nouveau votre accord" in page
    assert agree(browser, consent="").status_code == 400
    assert agree(browser).status_code == agree_twice(browser)
    first, second = rows(commune, Consent)
    assert first.withdrawn_at is not None and second.withdrawn_at is None and second.given_at >= first.withdrawn_at
    assert browser.send("/quotidien/ouvrir", title="De retour", text="x", reach="local").status_code == 303


def agree_twice(browser: Any) -> int:
    """The status of a form that was sent once more."""
    again = {"csrf_token": browser.csrf("/affichage"), "version": CURRENT.version, "consent": "y"}
    return int(browser.post(PAGE, data=again).status_code)


def test_nobody_agrees_to_a_text_they_did_not_see(browser: Any, commune: Any) -> None:
    withdraw(browser)
    for version in ("1", "2", "", "4"):
        answer = agree(browser, version=version)
        assert answer.status_code == 409 and "Relisez-le" in answer.text
    assert [row.withdrawn_at is None for row in rows(commune, Consent)] == [False]


@pytest.fixture(params=["1", "2"])
def former(browser: Any, commune: Any, request: Any) -> Any:
    """Somebody signed in who agreed to a text that did not name all that travels."""
    with commune.transaction() as site:
        site.session.execute(update(Consent).values(version=request.param, digest=TEXTS[request.param].digest))
    return browser


def test_who_agreed_to_a_former_text_writes_what_stays_here_and_shares_nothing_more(
    former: Any, signed_in: Callable[..., Any], commune: Any
) -> None:
    shared = open_thread(signed_in("resident", "Karim B."))
    local = open_thread(signed_in("resident", "Nadège R."), reach="local")
    assert former.send(f"{local}/repondre", text="Entre nous").status_code == 303
    assert former.send("/quotidien/ouvrir", title="Titre", text="x", reach="local").status_code == 303
    assert former.send(f"/messages/{shared.rsplit('/', 1)[1]}/soutenir").status_code == 303
    before = len(rows(commune, Post))
    page = former.get(shared).text
    assert "le texte de votre accord a changé" in page and f"{RENEWAL}?next=" in page and "<textarea" not in page
    for place, fields in (
        (f"{shared}/repondre", {"text": "Ce que je voulais dire"}),
        ("/quotidien/ouvrir", {"title": "Titre", "text": "Ce que je voulais dire", "reach": "shared"}),
    ):
        answer = former.send(place, **fields)
        assert answer.status_code == 403 and "Lire ce qui change" in answer.text
        assert "Ce que je voulais dire</textarea>" in answer.text and "gardé avec vos brouillons" in answer.text
    assert len(rows(commune, Post)) == before


def test_one_agrees_to_the_new_text_and_finds_what_was_typed(
    former: Any, signed_in: Callable[..., Any], commune: Any
) -> None:
    place = f"{open_thread(signed_in('resident', 'Karim B.'))}/repondre"
    former.send(place, text="Ce que je voulais dire")
    page = former.get(f"{RENEWAL}?next={place}").text
    assert "Vos images et leurs descriptions" in page and f'href="{place}">Pas maintenant</a>' in page
    assert former.send(RENEWAL, version=CURRENT.version, next=place).status_code == 400
    answer = former.send(RENEWAL, version=CURRENT.version, consent="y", next=place)
    assert answer.status_code == 303 and answer.headers["Location"] == place
    assert "Ce que je voulais dire</textarea>" in former.get(place).text
    assert former.send(place, text="Ce que je voulais dire").status_code == 303
    assert [row.version for row in rows(commune, Consent) if row.account_id == 1][-1] == CURRENT.version
    withdraw(former)
    assert all(row.withdrawn_at for row in rows(commune, Consent) if row.account_id == 1)


def test_one_s_own_shared_message_is_not_changed_either(browser: Any, commune: Any) -> None:
    place = f"/messages/{open_thread(browser).rsplit('/', 1)[1]}/modifier"
    with commune.transaction() as site:
        site.session.execute(update(Consent).values(version="2", digest=TEXTS["2"].digest))
    assert browser.get(place).status_code == 403 and "Lire ce qui change" in browser.get(place).text
    assert browser.send(place, title="Titre", text="Autre").status_code == 403


def test_who_comes_in_is_asked_each_time_until_they_agree_or_withdraw(former: Any, app: Any) -> None:
    again = app.test_client()
    entering = {"mail": "huguettep@exemple.fr", "password": PASSWORD, "next": "/programme"}
    answer = again.send("/connexion", "/connexion", **entering)
    assert answer.headers["Location"] == f"{RENEWAL}?next=/programme"
    assert again.get("/programme").status_code == 200
    assert again.send("/connexion", "/connexion", **entering).headers["Location"].startswith(RENEWAL)
    again.send(RENEWAL, version=CURRENT.version, consent="y")
    assert again.get(f"{RENEWAL}?next=/programme").headers["Location"] == "/programme"
    assert again.get(f"{RENEWAL}?next=https://ailleurs.example").headers["Location"] == PAGE
    assert app.test_client().send("/connexion", "/connexion", **entering).headers["Location"] == "/programme"


def test_the_text_in_force_names_all_that_travels(client: Any) -> None:
    page = client.get("/consentement").text
    assert "vos images avec leurs" in page and "rien d’autre" not in page and "sauf si vous le demandez" not in page
    assert "rien d’autre" in client.get("/consentement/2").text


def test_an_account_that_never_agreed_publishes_nothing(browser: Any, commune: Any) -> None:
    with commune.transaction() as site:
        site.session.execute(delete(Consent))
    assert "pas donné" in browser.get(ACCOUNT).text
    assert browser.send("/quotidien/ouvrir", title="Titre", text="x", reach="local").status_code == 403
    assert agree(browser).status_code == 303
    assert browser.send("/quotidien/ouvrir", title="Titre", text="x", reach="local").status_code == 303


@pytest.mark.parametrize("messages", ["", "autre"])
def test_withdrawing_asks_what_becomes_of_the_messages(browser: Any, commune: Any, messages: str) -> None:
    answer = withdraw(browser, messages)
    assert answer.status_code == 400 and (messages or "Choisissez ce que deviennent vos messages." in answer.text)
    assert rows(commune, Consent)[0].withdrawn_at is None


def test_who_keeps_order_still_does_without_consent_and_publishes_no_text_of_measures(
    signed_in: Callable[..., Any], browser: Any
) -> None:
    key = open_thread(browser).rsplit("/", 1)[1]
    admin = signed_in("admin", "Nadège R.")
    withdraw(admin)
    assert admin.get("/moderation").status_code == 200
    assert hide(admin, key).status_code == 303
    for act in ("adapter", "reprendre", "reviser"):
        assert admin.get(f"/programme/{MEASURE}/{act}").status_code == 403


def test_row_90_nobody_withdraws_the_consent_of_another(
    browser: Any, signed_in: Callable[..., Any], commune: Any, client: Any
) -> None:
    other = signed_in("resident", "Karim B.")
    other.send(f"{PAGE}/retirer", PAGE, messages="laisser", account_id="1", person_id="1")
    assert [row.withdrawn_at is None for row in rows(commune, Consent)] == [True, False]
    assert client.get(PAGE).status_code == 401
    for act in ("", "/retirer", "/messages"):
        assert client.send(f"{PAGE}{act}").status_code == 401


def test_row_93_a_page_kept_for_people_who_agree_is_not_given_to_who_withdrew(
    browser: Any, signed_in: Callable[..., Any]
) -> None:
    theirs = open_thread(signed_in("resident", "Karim B."), "Autre chose")
    assert 'id="repondre"' in browser.get(theirs).text
    withdraw(browser)
    browser.get(PAGE)  # the sentence that says so is shown once
    assert 'id="repondre"' not in browser.get(theirs).text
    assert agree(browser).status_code == 303
    browser.get(PAGE)
    assert 'id="repondre"' in browser.get(theirs).text


def test_the_text_says_how_to_withdraw(client: Any) -> None:
    page = re.sub(r"\s+", " ", client.get("/consentement").text)
    assert "d’un bouton, sur la page de votre compte" in page
    assert "en supprimant votre compte" in re.sub(r"\s+", " ", client.get("/consentement/1").text)


def ballots(commune: Any) -> int:
    with commune.reading() as site:
        return site.session.scalar(select(func.count()).select_from(Ballot)) or 0


def test_votes_follow_the_consent(browser: Any, signed_in: Callable[..., Any], commune: Any) -> None:
    other = signed_in("resident", "Karim B.")
    address = open_thread(other, "Le car", reach="local")
    assert ask_poll(other, address).status_code == 303
    assert vote(browser, address, 0).status_code == 303
    withdraw(browser)
    assert ballots(commune) == 1, "left as it was"
    browser.get(PAGE)  # the sentence that says so is shown once
    for _ in range(2):  # built, then kept for all who stand so
        page = browser.get(address).text
        box = page.split('id="sondage"', 1)[1].split("</section>", 1)[0]
        assert REFUSED in box and f'href="{PAGE}"' in box and "suspendu" not in page and "Retirer mon vote" in box
    answers = vote(browser, address, 1), browser.send(f"{address}/repondre", text="Quand même")
    for refused in answers:
        said = refused.text.split("<main", 1)[1]
        assert refused.status_code == 403 and REFUSED in said and f'href="{PAGE}"' in said
        assert "Seules certaines personnes" not in said
    mine = open_thread(other, "Autre", reach="local")
    withdraw(other)
    assert ask_poll(other, mine).status_code == 403
    assert browser.send(f"{PAGE}/messages", PAGE).status_code == 303
    assert ballots(commune) == 0


def test_what_was_decided_in_another_tab_is_shown_and_asks_nothing_again(browser: Any) -> None:
    for fields in ({"consent": ""}, {"version": "0"}):
        answer = agree(browser, **fields)
        assert answer.status_code == 303 and answer.headers["Location"] == RENEWAL
        assert browser.get(RENEWAL).headers["Location"] == PAGE
    withdraw(browser)
    assert withdraw(browser, "").headers["Location"] == PAGE
