"""« Mes données » through the door: what one sees, takes away, and how one leaves."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from pop_forum.models import (
    Account,
    Attempt,
    Entry,
    Mail,
    Person,
    Picture,
    Post,
    PostPicture,
    RetiredName,
    SignIn,
    Support,
)
from pop_forum.services import leaving, mail, my_data, my_data_readers
from pop_forum.services.my_data import SECTIONS
from pop_forum.services.sign_ins import FRESH
from tests.web.conftest import PASSWORD
from tests.web.test_discussions import hide, open_thread
from tests.web.test_pictures import photo, send

DATA, FILE, LEAVE = "/mon-compte/donnees", "/mon-compte/donnees/telecharger", "/mon-compte/quitter"
KEPT = re.compile(r'name="gardee-1" value="([0-9a-f]{64})"')
HOSTILE = '<script>alert(1)</script> =cmd|" /C calc"!A0 ../../etc/passwd {{7*7}}'


def files(answer: Any) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def go(browser: Any, messages: str = "laisser", **fields: str) -> Any:
    return browser.send(LEAVE, LEAVE, messages=messages, **{"sure": "y", **fields})


def age_session(commune: Any) -> None:
    """Everybody signed in longer ago than leaving allows without a password."""
    with commune.transaction() as site:
        site.session.execute(update(SignIn).values(created_at=site.clock.now() - FRESH))


def count(commune: Any, table: Any) -> int:
    with commune.reading() as site:
        return site.session.scalar(select(func.count()).select_from(table)) or 0


def test_one_sees_everything_in_plain_french(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser, "La navette", "Le mardi.")
    browser.send(f"{address}/repondre", address, text="Et le jeudi ?")
    page = browser.get(DATA).text
    assert "huguettep@exemple.fr" in page and "La navette" in page and "Et le jeudi ?" in page
    assert "Vos appareils connectés" in page and "Habitante ou habitant" in page
    assert "argon2" not in page
    assert "<dd>rien</dd>" not in page and "<dd></dd>" not in page


def test_the_file_has_a_page_and_json_with_the_same_data(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident", "Huguette P.")
    open_thread(browser, "La navette", HOSTILE)
    answer = browser.get(FILE)
    assert answer.mimetype == "application/zip" and answer.headers["Cache-Control"] == "no-store"
    found = files(answer)
    assert sorted(found) == ["mes-donnees.html", "mes-donnees.json"]
    sections = json.loads(found["mes-donnees.json"])["sections"]
    assert set(sections) == {section.code for section in SECTIONS}
    assert sections["messages"][0]["source"] == HOSTILE
    assert sections["account"][0]["mail"] == "huguettep@exemple.fr"
    assert "<script" not in found["mes-donnees.html"] and "&lt;script&gt;" in found["mes-donnees.html"]
    assert "{{7*7}}" in found["mes-donnees.html"] and "argon2" not in found["mes-donnees.json"]


def test_pictures_are_listed_and_taken_away(signed_in: Callable[..., Any], commune: Any) -> None:
    browser, other = signed_in("resident", "Huguette P."), signed_in("resident", "Karim B.")
    address = open_thread(browser, "La navette", "Le mardi.")
    send(browser, address, photo(), **{"alt-1": "Le car à l’arrêt"})
    send(other, address, photo(size=(30, 30)), **{"alt-1": "La mairie"})
    page, answer = browser.get(DATA).text, browser.get(FILE)
    with commune.reading() as site:
        digest = site.session.scalar(select(PostPicture.digest).where(PostPicture.alt == "Le car à l’arrêt"))
    name = f"images/{digest}.webp"
    assert "Le car à l’arrêt" in page and f'/{name}"' in page and "La mairie" not in page
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert sorted(archive.namelist()) == [name, "mes-donnees.html", "mes-donnees.json"]
        assert Image.open(io.BytesIO(archive.read(name))).size == (60, 40)
        listed = json.loads(archive.read("mes-donnees.json"))["sections"]["pictures"]
        assert "Le car à l’arrêt" in archive.read("mes-donnees.html").decode()
    assert [(one["alt"], one["file"], one["title"]) for one in listed] == [("Le car à l’arrêt", name, "La navette")]
    assert listed[0]["size"] > 0 and listed[0]["picture"].endswith(name) and listed[0]["published"]


def test_pictures_of_drafts_and_those_just_replaced_are_listed(signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser, "La navette", "Le mardi.")
    mine = send(browser, address, photo(), **{"alt-1": "Le car"}).headers["Location"].rsplit("#m-", 1)[1]
    edit = f"/messages/{mine}/modifier"
    browser.send(edit, edit, text="Sans image", **{"sans-1": "1"})
    digest = KEPT.search(send(browser, address, photo(size=(30, 30)), apercu="1", **{"alt-1": "Le bus"}).text)[1]
    place = f"{address}/repondre"
    browser.send("/brouillons", place, place=place, text="À finir", **{"gardee-1": digest, "alt-1": "Le bus"})
    with zipfile.ZipFile(io.BytesIO(browser.get(FILE).data)) as archive:
        listed = json.loads(archive.read("mes-donnees.json"))["sections"]["pictures"]
        assert len([name for name in archive.namelist() if name.startswith("images/")]) == 2
    assert [one["alt"] for one in listed] == ["Le car", "Le bus"]
    assert "replaced_at" in listed[0] and "saved_at" in listed[1]


def test_pictures_beyond_the_limit_are_given_by_their_address(
    signed_in: Callable[..., Any], commune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("resident", "Huguette P.")
    send(browser, open_thread(browser), photo(), **{"alt-1": "Le car"})
    with commune.reading() as site:
        size = site.session.scalars(select(Picture.size)).one()
    for most, files_in_it in ((size, 1), (size - 1, 0)):
        monkeypatch.setattr(my_data_readers, "PICTURE_BYTES", most)
        with zipfile.ZipFile(io.BytesIO(browser.get(FILE).data)) as archive:
            assert len(archive.namelist()) == 2 + files_in_it
            assert "/images/" in archive.read("mes-donnees.html").decode()


def test_row_92_nobody_reads_the_data_of_somebody_else(signed_in: Callable[..., Any], client: Any) -> None:
    open_thread(signed_in("resident", "Huguette P."), "Entre nous", "Le secret.", reach="local")
    other = signed_in("admin", "Karim B.")
    for query in ("", "?person_id=1", "?id=1"):
        assert "Le secret" not in "".join(files(other.get(FILE + query)).values())
        assert "huguettep@" not in other.get(DATA + query).text
    assert client.get(DATA).status_code == client.get(FILE).status_code == client.get(LEAVE).status_code == 401


def test_the_file_takes_so_many_rows_and_not_one_more(
    signed_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("resident", "Huguette P.")
    held = sum(
        len(section) for section in json.loads(files(browser.get(FILE))["mes-donnees.json"])["sections"].values()
    )
    monkeypatch.setattr(my_data, "EXPORT_ROWS", held)
    assert browser.get(FILE).status_code == 200
    monkeypatch.setattr(my_data, "EXPORT_ROWS", held - 1)
    answer = browser.get(FILE)
    assert answer.status_code == 413 and "Écrivez-nous" in answer.text


def test_the_page_shows_the_first_rows_of_each_section(
    signed_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(my_data, "SHOWN_ROWS", 1)
    browser = signed_in("resident", "Huguette P.")
    open_thread(browser, "La première", "Un.")
    open_thread(browser, "La seconde", "Deux.")
    page = browser.get(DATA).text
    assert "Voici les 1 premières lignes sur 2" in page and "La seconde" not in page
    assert "La seconde" in files(browser.get(FILE))["mes-donnees.html"]


def test_leaving_without_the_name_keeps_the_words_and_nothing_private(
    signed_in: Callable[..., Any], commune: Any, client: Any
) -> None:
    browser = signed_in("resident", "Huguette P.")
    address = open_thread(browser, "La navette", "Le mardi.")
    answer = go(browser)
    assert answer.status_code == 303
    page = client.get(address).text
    assert "Le mardi." in page and "Compte supprimé" in page and "Huguette" not in page
    assert "Huguette" not in client.get("/quotidien").text and "Huguette" not in client.get("/").text
    assert count(commune, Account) == count(commune, SignIn) == 0
    assert browser.get("/mon-compte").status_code == 401
    with commune.reading() as site:
        assert "huguette" not in " ".join(site.session.scalars(select(Attempt.subject)))
        assert site.session.scalars(select(RetiredName.key)).one() != "huguette p."


def test_the_supports_of_somebody_who_left_stay_counted_without_a_name(
    signed_in: Callable[..., Any], commune: Any, client: Any
) -> None:
    browser, other = signed_in("resident", "Huguette P."), signed_in("resident", "Karim B.")
    address = open_thread(other, "La navette", "Le mardi.")
    browser.send(f"/messages/{address.rsplit('/', 1)[1]}/soutenir", address)
    assert "1 soutien<" in client.get(address).text
    assert "Vos soutiens restent comptés" in browser.get(LEAVE).text
    assert go(browser).status_code == 303
    assert "1 soutien<" in client.get(address).text
    assert count(commune, Support) == 1 and "Huguette" not in client.get(address).text


def test_a_suspended_person_leaves_with_their_messages_and_supports(
    signed_in: Callable[..., Any], commune: Any, client: Any
) -> None:
    browser, other = signed_in("resident", "Huguette P."), signed_in("resident", "Karim B.")
    address = open_thread(other, "La navette", "Le mardi.")
    browser.send(f"/messages/{address.rsplit('/', 1)[1]}/soutenir", address)
    with commune.transaction() as site:
        site.session.execute(update(Account).values(suspended_until=site.clock.now() + FRESH))
    assert go(browser, "supprimer").status_code == 303
    assert "1 soutien<" not in client.get(address).text


def test_leaving_with_the_messages_leaves_tombstones(signed_in: Callable[..., Any], commune: Any, client: Any) -> None:
    browser, other = signed_in("resident", "Huguette P."), signed_in("resident", "Karim B.")
    address = open_thread(other, "La navette", "Le mardi.")
    browser.send(f"{address}/repondre", address, text="Le mot de trop.")
    opening = address.rsplit("/", 1)[1]
    browser.send(f"/messages/{opening}/soutenir", address)
    assert go(browser, "supprimer").status_code == 303
    page = client.get(address).text
    assert "Le mot de trop" not in page and "a retiré ce message" in page and "Le mardi." in page
    with commune.reading() as site:
        assert not any(site.session.scalars(select(Support.active)))


def test_a_message_that_a_moderator_removed_is_deleted_by_its_author_too(
    signed_in: Callable[..., Any], client: Any, commune: Any
) -> None:
    browser, moderator = signed_in("resident", "Huguette P."), signed_in("moderator", "Karim B.")
    address = open_thread(browser)
    key = address.rsplit("/", 1)[1]
    hide(moderator, key)
    assert go(browser, "supprimer").status_code == 303
    assert moderator.send(f"/messages/{key}/retablir", "/affichage").status_code == 303
    assert "Bonjour." not in client.get(address).text
    with commune.reading() as site:
        assert site.session.scalars(select(Post.deleted_by)).one() == "author"


def test_the_reason_of_the_moderation_stands_whatever_the_author_does(
    signed_in: Callable[..., Any], client: Any
) -> None:
    browser, moderator = signed_in("resident", "Huguette P."), signed_in("moderator", "Karim B.")
    first, second = open_thread(browser), open_thread(browser, "Le four à pain")
    hide(moderator, first.rsplit("/", 1)[1])
    browser.send(f"{second.replace('discussions', 'messages')}/supprimer", "/affichage")
    hide(moderator, second.rsplit("/", 1)[1])
    assert go(browser, "supprimer").status_code == 303
    for address in (first, second):
        page = client.get(address).text
        assert "La modération a retiré ce message" in page and "Raison\u00a0: Hors sujet." in page
        assert "a retiré ce message le" in page and "Son autrice" not in page


def test_messages_are_deleted_some_at_a_time_until_none_is_left(
    signed_in: Callable[..., Any], commune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "DELETED_AT_ONCE", 2)
    browser = signed_in("resident", "Huguette P.")
    for number in range(5):
        open_thread(browser, f"Numéro {number}")
    assert go(browser, "supprimer").status_code == 303
    with commune.reading() as site:
        assert all(site.session.scalars(select(Post.deleted_at)))


def test_the_name_of_somebody_who_left_is_given_to_nobody(signed_in: Callable[..., Any], client: Any) -> None:
    go(signed_in("resident", "Huguette P."))
    for name in ("Huguette P.", "HUGUETTE  P.", "Compte supprimé", "compte supprime"):
        answer = client.send(
            "/inscription", "/inscription", name=name, mail="autre@exemple.fr", password=PASSWORD, age="y", consent="y"
        )
        assert answer.status_code == 409 and "déjà porté" in answer.text, name


def test_the_address_of_somebody_who_left_may_register_again(signed_in: Callable[..., Any], commune: Any) -> None:
    go(signed_in("resident", "Huguette P."))
    again = signed_in("resident", "Huguette Ponthieu")
    with commune.transaction() as site:
        site.session.execute(update(Account).values(mail_key="huguettep@exemple.fr"))
    assert again.get("/mon-compte").status_code == 200


def test_leaving_asks_for_the_password_unless_one_has_just_signed_in(
    signed_in: Callable[..., Any], commune: Any
) -> None:
    browser = signed_in("resident", "Huguette P.")
    assert "Mot de passe" not in browser.get(LEAVE).text
    age_session(commune)
    assert "Mot de passe" in browser.get(LEAVE).text
    for password in ("", "un autre mot de passe"):
        assert go(browser, password=password).status_code == 400
    assert count(commune, Account) == 1
    assert go(browser, password=PASSWORD).status_code == 303
    assert count(commune, Account) == 0


@pytest.mark.parametrize("fields", [{"messages": ""}, {"messages": "autre"}, {"sure": ""}])
def test_leaving_needs_a_choice_and_a_confirmation(
    signed_in: Callable[..., Any], commune: Any, fields: dict[str, str]
) -> None:
    browser = signed_in("resident", "Huguette P.")
    assert go(browser, **fields).status_code == 400
    assert count(commune, Account) == 1


def test_row_88_leaving_is_a_form_of_ours_and_never_a_link(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    assert browser.post(LEAVE, data={"messages": "laisser", "sure": "y"}).status_code == 403
    assert browser.get(f"{LEAVE}?messages=laisser&sure=y").status_code == 200
    assert count(commune, Account) == 1


def test_row_90_leaving_takes_nobody_elses_account_with_it(signed_in: Callable[..., Any], commune: Any) -> None:
    signed_in("resident", "Huguette P.")
    other = signed_in("resident", "Karim B.")
    assert go(other, person_id="1", account_id="1", role="admin").status_code == 303
    with commune.reading() as site:
        assert [account.person.name for account in site.session.scalars(select(Account))] == ["Huguette P."]


def test_the_last_admin_cannot_leave_without_naming_another(signed_in: Callable[..., Any], commune: Any) -> None:
    admin = signed_in("admin", "Karim B.")
    answer = go(admin, "supprimer")
    assert answer.status_code == 409 and "seule personne qui administre" in answer.text
    signed_in("admin", "Huguette P.")
    assert go(admin).status_code == 303
    assert count(commune, Account) == 1


def test_row_94_letters_to_somebody_who_left_are_not_sent(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    with commune.transaction() as site:
        mail.post(site, "code", "HuguetteP@exemple.fr", "Votre code", "123456")
        mail.post(site, "code", "autre@exemple.fr", "Votre code", "123456")
    assert "Votre code" in files(browser.get(FILE))["mes-donnees.json"]
    go(browser)
    with commune.reading() as site:
        assert site.session.scalars(select(Mail.recipient)).all() == ["autre@exemple.fr"]


def test_row_94_no_door_tells_the_name_of_somebody_who_left(signed_in: Callable[..., Any], commune: Any) -> None:
    browser = signed_in("resident", "Huguette P.")
    open_thread(browser)
    with commune.reading() as site:
        uri = site.session.scalars(select(Person.uri)).one()
    key = uri.rsplit("/", 1)[1]
    go(browser)
    told = browser.get(f"/p/{key}", headers={"Accept": "application/activity+json"})
    assert told.json["name"] == "Compte supprimé" and "Huguette" not in told.text
    assert browser.get(f"/personnes/{key}").status_code == 410
    with commune.reading() as site:
        declared = site.session.scalars(select(Entry.activity_id).where(Entry.type == "PersonDeclared")).all()
    answers = [browser.get(address.split("8080", 1)[1]) for address in declared]
    assert [answer.status_code for answer in answers] == [404, 200]
    assert "Huguette" not in answers[1].text
