"""Another mail address: proven at the new one, told to the former one, and given to one account only."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from pop_forum.models import Account, SignIn
from pop_forum.services import codes
from pop_forum.services.sign_ins import FRESH
from tests.web.letterbox import code_in, letters, link_in, other_code
from tests.web.test_codes import press

PAGE, WAIT = "/mon-compte/adresse", "/mon-compte/adresse/code"
OLD, NEW = "karimb@exemple.fr", "nouvelle@exemple.fr"


@pytest.fixture
def karim(signed_in: Callable[..., Any]) -> Any:
    """Karim's browser."""
    return signed_in("resident", "Karim B.")


def ask(browser: Any, mail: str = NEW, **fields: str) -> Any:
    return browser.send(PAGE, PAGE, mail=mail, **fields)


def mails(commune: Any) -> list[str]:
    with commune.reading() as site:
        return list(site.session.scalars(select(Account.mail).order_by(Account.person_id)))


def test_the_address_changes_once_the_new_one_is_proven(karim: Any, commune: Any) -> None:
    assert ask(karim).headers["Location"] == WAIT
    assert mails(commune) == [OLD]
    [letter] = letters(commune, NEW)
    assert NEW in karim.get(WAIT).text
    assert karim.send(WAIT, WAIT, code=code_in(letter)).status_code == 303
    assert mails(commune) == [NEW]
    [notice] = letters(commune, OLD)
    assert NEW in notice.text and "Ce n’était pas vous" in notice.text and not notice.perishable
    assert NEW in karim.get("/mon-compte").text


def test_the_link_works_on_any_device_behind_a_button(karim: Any, app: Any, commune: Any) -> None:
    ask(karim)
    phone, link = app.test_client(), link_in(letters(commune, NEW)[0])
    assert NEW in phone.get(link).text and mails(commune) == [OLD]
    assert press(phone, link).status_code == 303 and mails(commune) == [NEW]
    assert phone.get("/mon-compte").status_code == 401, "it proves an address and lets nobody in"
    answer = phone.get(link)
    assert answer.status_code == 401 and "déjà servi" in answer.text
    assert phone.send(link, "/connexion").status_code == 401


def test_row_82_a_new_address_voids_codes_sent_to_the_former_one(karim: Any, app: Any, commune: Any) -> None:
    thief = app.test_client()
    thief.send("/connexion/code", "/connexion", mail=OLD)
    code = link_in(letters(commune, OLD)[0])
    ask(karim)
    karim.send(WAIT, WAIT, code=code_in(letters(commune, NEW)[0]))
    assert thief.get(code).status_code == 401


def test_row_83_an_address_of_somebody_else_is_answered_alike_and_stays_theirs(
    karim: Any, commune: Any, add_person: Callable[..., int]
) -> None:
    add_person("Jeanne M.", mail="jeanne@exemple.fr")
    assert ask(karim, "jeanne@exemple.fr").headers["Location"] == WAIT
    [letter] = letters(commune, "jeanne@exemple.fr")
    assert "Quelqu’un a voulu utiliser cette adresse" in letter.text and "/lien/" not in letter.text
    assert karim.send(WAIT, WAIT, code="000000").status_code == 401
    assert mails(commune) == [OLD, "jeanne@exemple.fr"]


def test_an_address_taken_meanwhile_is_not_given_twice(
    karim: Any, commune: Any, add_person: Callable[..., int]
) -> None:
    ask(karim)
    add_person("Jeanne M.", mail=NEW)
    assert karim.send(WAIT, WAIT, code=code_in(letters(commune, NEW)[0])).status_code == 401
    assert mails(commune) == [OLD, NEW]


def test_the_password_is_asked_for_again_after_a_quarter_of_an_hour(karim: Any, commune: Any) -> None:
    assert 'name="current"' not in karim.get(PAGE).text
    with commune.transaction() as site:
        site.session.execute(update(SignIn).values(created_at=site.clock.now() - FRESH))
    assert 'name="current"' in karim.get(PAGE).text
    for wrong in ("", "faux faux faux"):
        answer = ask(karim, current=wrong)
        assert answer.status_code == 400 and "Ce n’est pas votre mot de passe actuel." in answer.text
    assert letters(commune) == []
    assert ask(karim, current="quatre mots sans rapport").status_code == 303


def test_a_code_for_the_address_is_tried_five_times(karim: Any, commune: Any) -> None:
    ask(karim)
    letter = letters(commune, NEW)[0]
    for _ in range(codes.TRIES):
        assert karim.send(WAIT, WAIT, code=other_code(letter)).status_code == 401
    assert karim.send(WAIT, WAIT, code=code_in(letter)).status_code == 401 and mails(commune) == [OLD]


def test_a_later_wish_voids_the_earlier_one(karim: Any, commune: Any) -> None:
    ask(karim)
    ask(karim, "encore@exemple.fr")
    assert karim.get(link_in(letters(commune, NEW)[0])).status_code == 401


def test_a_code_to_come_in_changes_no_address_and_the_other_way_round(karim: Any, app: Any, commune: Any) -> None:
    ask(karim)
    token = link_in(letters(commune, NEW)[0]).rsplit("/", 1)[1]
    assert app.test_client().get(f"/connexion/lien/{token}").status_code == 401
    other = app.test_client()
    other.send("/connexion/code", "/connexion", mail=OLD)
    token = link_in(letters(commune, OLD)[0]).rsplit("/", 1)[1]
    assert other.get(f"{PAGE}/lien/{token}").status_code == 401


def test_row_96_three_letters_a_day_leave_for_a_new_address(karim: Any, commune: Any) -> None:
    for _ in range(codes.SIGN_UP_MAILS):
        assert ask(karim).status_code == 303
    assert ask(karim).status_code == 429
    assert len(letters(commune, NEW)) == codes.SIGN_UP_MAILS


@pytest.mark.parametrize(
    ("mail", "sentence"),
    [(OLD.upper(), "déjà votre adresse"), ("rien", "forme attendue"), ("", "vide"), ("a@b.fr\r\nBcc: c@d.fr", "ligne")],
)
def test_a_mistyped_address_is_refused(karim: Any, commune: Any, mail: str, sentence: str) -> None:
    answer = ask(karim, mail)
    assert answer.status_code == 400 and sentence in answer.text and letters(commune) == []


@pytest.mark.parametrize("address", [PAGE, WAIT])
def test_a_visitor_has_no_address_to_change(client: Any, address: str) -> None:
    assert client.get(address).status_code == 401
    assert client.send(address, mail=NEW, code="000000").status_code == 401
