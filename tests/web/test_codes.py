"""Coming in by a code or a link of a letter, through the door; refusals by row of the attack list."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from pop_forum.models import Attempt, Code, Mail, SignIn
from pop_forum.services import accounts, codes, mail
from pop_forum.settings import Mode
from pop_forum.tasks import sweep
from tests.web.letterbox import code_in, letters, link_in, other_code

MAIL = "karim@exemple.fr"
ASKED = "/connexion/code"


@pytest.fixture(autouse=True)
def karim(add_person: Callable[..., int]) -> int:
    """Somebody with an account."""
    return add_person("Karim B.", mail=MAIL)


def ask(browser: Any, address: str = MAIL, **fields: str) -> Any:
    return browser.send(ASKED, "/connexion", mail=address, **fields)


def verify(browser: Any, code: str) -> Any:
    return browser.send("/connexion/code/verifier", ASKED, code=code)


def press(browser: Any, link: str) -> Any:
    return browser.send(link, link)


def age(commune: Any, by: timedelta) -> None:
    """Everything asked for so far was asked for that much earlier."""
    with commune.transaction() as site:
        for row in site.session.scalars(select(Code)):
            row.created_at, row.expires_at = row.created_at - by, row.expires_at - by
        for act in site.session.scalars(select(Attempt)):
            act.at -= by


def purge(commune: Any) -> None:
    """What the sweep clears is gone."""
    with commune.transaction() as site:
        accounts.purge_expired(site)


def is_in(browser: Any) -> bool:
    return bool(browser.get("/mon-compte").status_code == 200)


def from_network(app: Any, number: int) -> Any:
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = f"10.{number}.0.1"
    return browser


def test_a_code_lets_in_and_leads_back(client: Any, commune: Any) -> None:
    answer = ask(client, next="/quotidien?page=1")
    assert answer.status_code == 303 and answer.headers["Location"] == ASKED
    page = client.get(ASKED).text
    assert MAIL in page and "Si cette adresse est inscrite, un courriel part" in page
    [letter] = letters(commune, MAIL)
    assert code_in(letter) in letter.subject and letter.perishable
    answer = verify(client, code_in(letter))
    assert answer.status_code == 303 and answer.headers["Location"] == "/quotidien?page=1"
    assert "Karim B." in client.get("/mon-compte").text


def test_a_code_is_read_with_any_spaces(client: Any, commune: Any) -> None:
    ask(client)
    digits = code_in(letters(commune)[0]).replace(" ", "")
    assert verify(client, f" {digits[:2]} {digits[2:]} ").status_code == 303


def test_a_code_is_of_no_use_in_another_browser(app: Any, client: Any, commune: Any) -> None:
    other = app.test_client()
    ask(client)
    ask(other, "inconnu@exemple.fr")
    assert verify(other, code_in(letters(commune)[0])).status_code == 401 and not is_in(other)
    assert app.test_client().get(ASKED).headers["Location"] == "/connexion"


def test_a_code_works_once(app: Any, client: Any, commune: Any) -> None:
    ask(client)
    code = code_in(letters(commune)[0])
    with client.session_transaction(base_url="http://valombre.localhost:8080") as kept:
        browser = kept["code_browser"]
    assert verify(client, code).status_code == 303
    again = app.test_client()
    again.get("/connexion")
    with again.session_transaction(base_url="http://valombre.localhost:8080") as kept:
        kept["code_browser"] = browser
    assert verify(again, code).status_code == 401 and not is_in(again)


def test_a_code_is_tried_five_times(client: Any, commune: Any) -> None:
    ask(client)
    letter = letters(commune)[0]
    for number in range(codes.TRIES):
        answer = verify(client, other_code(letter))
        assert answer.status_code == 401
        assert ("essayé trop de fois" in answer.text) is (number == codes.TRIES - 1)
    assert verify(client, code_in(letter)).status_code == 401 and not is_in(client)


def test_the_last_of_five_tries_may_be_right(client: Any, commune: Any) -> None:
    ask(client)
    letter = letters(commune)[0]
    for _ in range(codes.TRIES - 1):
        verify(client, other_code(letter))
    assert verify(client, code_in(letter)).status_code == 303


@pytest.mark.parametrize(("late", "status"), [(timedelta(seconds=-30), 303), (timedelta(seconds=1), 401)])
def test_a_code_and_its_link_are_valid_for_a_quarter_of_an_hour(
    client: Any, commune: Any, late: timedelta, status: int
) -> None:
    ask(client)
    age(commune, codes.VALID + late)
    assert verify(client, code_in(letters(commune)[0])).status_code == status


def test_a_link_expires_too(app: Any, client: Any, commune: Any) -> None:
    ask(client)
    link = link_in(letters(commune)[0])
    age(commune, codes.VALID)
    answer = client.get(link)
    assert answer.status_code == 401 and "Ce lien a expiré ou a déjà servi." in answer.text
    assert "Recevoir un code" in answer.text
    assert client.send(link, "/connexion").status_code == 401 and not is_in(client)


def test_a_new_code_voids_the_former_one(client: Any, commune: Any) -> None:
    ask(client)
    ask(client)
    first, second = letters(commune)
    assert client.get(link_in(first)).status_code == 401
    if code_in(first) != code_in(second):
        assert verify(client, code_in(first)).status_code == 401
    assert verify(client, code_in(second)).status_code == 303


def test_row_82_a_link_works_once_on_any_device_behind_a_button(app: Any, client: Any, commune: Any) -> None:
    ask(client)
    link, phone = link_in(letters(commune)[0]), app.test_client()
    for _ in range(3):  # a program that follows links uses nothing up
        answer = phone.get(link)
        assert answer.status_code == 200 and "Entrer comme Karim B." in answer.text
    assert not is_in(phone)
    assert press(phone, link).status_code == 303 and is_in(phone)
    assert client.send(link, "/connexion").status_code == 401 and not is_in(client)
    assert verify(client, code_in(letters(commune)[0])).status_code == 401


def test_row_82_a_new_password_voids_codes_and_links(app: Any, commune: Any, karim: int) -> None:
    thief = app.test_client()
    ask(thief)
    with commune.transaction() as site:
        accounts.change_password(site, karim, "another hash")
    assert thief.get(link_in(letters(commune)[0])).status_code == 401
    assert verify(thief, code_in(letters(commune)[0])).status_code == 401


def test_row_81_the_session_changes_with_a_code_and_with_a_link(app: Any, commune: Any) -> None:
    browser, tokens = app.test_client(), set()
    for enter in ("code", "link"):
        with browser.session_transaction(base_url="http://valombre.localhost:8080") as planted:
            planted["planted"] = "yes"
        ask(browser)
        letter = letters(commune)[-1]
        answer = verify(browser, code_in(letter)) if enter == "code" else press(browser, link_in(letter))
        assert answer.status_code == 303
        with browser.session_transaction(base_url="http://valombre.localhost:8080") as kept:
            assert "planted" not in kept and "code_browser" not in kept
            tokens.add(kept["_user_id"])
    assert len(tokens) == 2
    with commune.reading() as site:
        assert [row.method for row in site.session.scalars(select(SignIn))] == ["mail"]


def without_what_differs(page: str, address: str) -> str:
    """A page without its token and without the address that was typed."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page.replace(address, "…"))


@pytest.mark.parametrize("unknown", ["inconnu@exemple.fr", "rien du tout", "x" * 390])
def test_row_83_a_known_and_an_unknown_address_are_answered_alike(
    app: Any, client: Any, commune: Any, unknown: str
) -> None:
    other, answers = app.test_client(), []
    for browser, address in ((client, MAIL), (other, unknown)):
        asked = ask(browser, address)
        page = without_what_differs(browser.get(ASKED).text, address[: codes.MAIL_SHOWN])
        wrong = [verify(browser, "000 000x") for _ in range(codes.TRIES + 1)]
        texts = [without_what_differs(one.text, address[: codes.MAIL_SHOWN]) for one in wrong]
        answers.append((asked.status_code, asked.headers["Location"], page, [one.status_code for one in wrong], texts))
    assert answers[0] == answers[1]
    assert [row.recipient for row in letters(commune)] == [MAIL]


def test_row_83_the_same_statements_are_run_for_an_unknown_address(client: Any, commune: Any) -> None:
    """But one: the letter that was written for nothing is taken away again."""
    run: list[str] = []
    event.listen(
        commune.database.engine, "after_cursor_execute", lambda *args: run.append(" ".join(args[2].split()[:3]))
    )
    counts = []
    for address in (MAIL, "inconnu@exemple.fr"):
        token = client.csrf("/connexion")
        run.clear()
        client.post(ASKED, data={"csrf_token": token, "mail": address})
        counts.append(list(run))
    assert [one for one in counts[1] if one != "DELETE FROM mails"] == counts[0] and len(counts[0]) >= 8
    assert commune.wakeups.told.count(("valombre", mail.MAIL)) == 2


def test_row_83_nothing_is_kept_of_an_unknown_address(client: Any, commune: Any) -> None:
    ask(client, "inconnu@exemple.fr")
    with commune.reading() as site:
        row = site.session.scalars(select(Code)).one()
        assert row.account_id is None and row.mail is None and "inconnu" not in row.subject
        assert site.session.scalars(select(Mail)).all() == []


def test_row_84_a_stranger_who_asks_does_not_lock_the_owner_out(app: Any, commune: Any) -> None:
    owner = from_network(app, 200)
    ask(owner)
    assert verify(owner, code_in(letters(commune)[-1])).status_code == 303
    age(commune, codes.DAY * 31)
    purge(commune)
    statuses = [ask(from_network(app, number)).status_code for number in range(codes.CODES_FROM_STRANGERS + 1)]
    assert statuses == [303] * codes.CODES_FROM_STRANGERS + [429]
    owner.send("/deconnexion")
    assert ask(owner).status_code == 303


def test_row_84_a_stranger_who_asks_does_not_lock_the_owner_out_of_a_network_that_is_new_to_her(
    app: Any, commune: Any
) -> None:
    statuses = [ask(from_network(app, 9)).status_code for _ in range(codes.CODES_PER_STRANGER + 7)]
    assert statuses == [303] * codes.CODES_PER_STRANGER + [429] * 7
    owner = from_network(app, 44)
    assert ask(owner).status_code == 303
    assert verify(owner, code_in(letters(commune)[-1])).status_code == 303 and is_in(owner)


def test_row_84_a_stranger_who_asks_takes_neither_the_code_nor_the_link_of_the_owner_away(
    app: Any, commune: Any
) -> None:
    first, second = from_network(app, 1), from_network(app, 2)
    ask(first)
    ask(second)
    ask(from_network(app, 3))
    assert verify(first, code_in(letters(commune)[0])).status_code == 303 and is_in(first)
    assert press(second, link_in(letters(commune)[1])).status_code == 303 and is_in(second)


@pytest.mark.parametrize(("since", "status"), [(timedelta(hours=-1), 303), (timedelta(hours=1), 429)])
def test_a_network_is_the_owner_s_for_ninety_days_after_she_came_in_from_it(
    app: Any, commune: Any, since: timedelta, status: int
) -> None:
    assert timedelta(days=90) == codes.KNOWN_FOR
    owner = from_network(app, 200)
    ask(owner)
    assert verify(owner, code_in(letters(commune)[-1])).status_code == 303
    owner.send("/deconnexion")
    age(commune, codes.KNOWN_FOR + since)
    purge(commune)
    for _ in range(codes.CODES_PER_STRANGER):
        assert ask(owner).status_code == 303
    assert ask(owner).status_code == status


def test_ten_codes_a_day_leave_for_one_address_at_home(app: Any, commune: Any) -> None:
    owner = from_network(app, 200)
    ask(owner)
    verify(owner, code_in(letters(commune)[-1]))
    owner.send("/deconnexion")
    statuses = [ask(owner).status_code for _ in range(codes.CODES_PER_ADDRESS + 1)]
    assert statuses == [303] * codes.CODES_PER_ADDRESS + [429]


@pytest.mark.parametrize("address", [MAIL, "inconnu@exemple.fr"])
def test_twenty_codes_a_day_leave_for_one_address_that_strangers_ask_for(app: Any, commune: Any, address: str) -> None:
    for number in range(codes.CODES_FROM_STRANGERS):
        assert ask(from_network(app, number), address).status_code == 303
    answer = ask(from_network(app, 99), address)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 80_000
    assert "Trop de courriels ont été demandés pour cette adresse." in answer.text
    assert len(letters(commune)) in (codes.CODES_FROM_STRANGERS, 0)
    age(commune, codes.DAY)
    assert ask(from_network(app, 99), address).status_code == 303


def test_thirty_codes_an_hour_leave_for_one_network(client: Any, commune: Any) -> None:
    for number in range(codes.CODES_PER_NETWORK):
        assert ask(client, f"personne{number}@exemple.fr").status_code == 303
    assert ask(client, "encore@exemple.fr").status_code == 429
    age(commune, codes.HOUR)
    assert ask(client, "encore@exemple.fr").status_code == 303


def test_row_84_wrong_codes_count_as_wrong_passwords_do(client: Any, commune: Any) -> None:
    allowed = commune.settings.limits.sign_in_attempts
    for number in range(allowed):
        if number % codes.TRIES == 0:
            ask(client)
        assert verify(client, other_code(letters(commune)[-1])).status_code == 401
    ask(client)
    answer = verify(client, code_in(letters(commune)[-1]))
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0 and not is_in(client)


def test_the_digits_and_the_link_are_not_in_the_database(client: Any, commune: Any) -> None:
    ask(client)
    letter = letters(commune)[0]
    digits, token = code_in(letter).replace(" ", ""), link_in(letter).rsplit("/", 1)[1]
    with commune.reading() as site:
        row = site.session.scalars(select(Code)).one()
        kept = " ".join(str(getattr(row, column.name)) for column in Code.__table__.columns)
    assert digits not in (row.code_hash, row.link_hash) and token not in kept and len(row.code_hash) == 64


def test_row_86_the_link_names_the_configured_site(client: Any, commune: Any) -> None:
    token = client.csrf("/connexion")
    headers = {"X-Forwarded-Host": "evil.example"}
    client.post(ASKED, data={"csrf_token": token, "mail": MAIL}, headers=headers)
    assert "evil" not in letters(commune)[0].text and link_in(letters(commune)[0])
    assert client.post(ASKED, data={"mail": MAIL}, base_url="http://evil.example").status_code == 400


def test_row_87_a_code_leads_only_to_own_pages(client: Any, commune: Any) -> None:
    for target in ("//evil.example", "https:evil.example", "/\\evil.example", "javascript:alert(1)"):
        ask(client, next=target)
        assert verify(client, code_in(letters(commune)[-1])).headers["Location"] == "/"
        client.send("/deconnexion")


def test_row_88_neither_asking_nor_entering_works_without_a_token(client: Any, commune: Any) -> None:
    assert client.post(ASKED, data={"mail": MAIL}).status_code == 403 and letters(commune) == []
    ask(client)
    assert client.post(link_in(letters(commune)[0])).status_code == 403
    assert client.post("/connexion/code/verifier", data={"code": "000000"}).status_code == 403


def test_a_mistyped_form_says_so(client: Any, commune: Any) -> None:
    assert ask(client, "").status_code == 400
    assert ask(client, "a@b.fr\r\nBcc: c@d.fr").status_code == 400
    ask(client)
    assert verify(client, "").status_code == 400
    assert letters(commune) and client.get("/connexion/lien/rien").status_code == 401


def test_a_forgotten_password_is_replaced_after_coming_in_by_a_code(app: Any, client: Any, commune: Any) -> None:
    ask(client)
    verify(client, code_in(letters(commune)[0]))
    assert 'name="current"' not in client.get("/mon-compte").text
    answer = client.send("/mon-compte/mot-de-passe", "/mon-compte", password="un tout autre secret")
    assert answer.status_code == 303
    other = app.test_client()
    answer = other.send("/connexion", "/connexion/mot-de-passe", mail=MAIL, password="un tout autre secret")
    assert answer.status_code == 303
    with commune.transaction() as site:
        quarter = site.clock.now() - timedelta(minutes=15)
        site.session.execute(update(SignIn).values(created_at=quarter))
    assert 'name="current"' in client.get("/mon-compte").text
    answer = client.send("/mon-compte/mot-de-passe", "/mon-compte", password="encore un autre secret")
    assert answer.status_code == 400


def test_codes_that_expired_are_forgotten(client: Any, commune: Any) -> None:
    ask(client)
    ask(client, "inconnu@exemple.fr")
    sweep.run(commune)
    with commune.reading() as site:
        assert len(site.session.scalars(select(Code)).all()) == 2
    age(commune, codes.VALID)
    sweep.run(commune)
    with commune.reading() as site:
        assert site.session.scalars(select(Code)).all() == []


def test_the_demonstration_says_where_its_letters_are(client: Any, commune: Any) -> None:
    ask(client)
    assert "/demonstration/courrier" not in client.get(ASKED).text
    commune.mode = Mode.DEMO
    assert "/demonstration/courrier" in client.get(ASKED).text


def test_the_address_of_a_refused_code_leads_to_the_form_when_it_is_opened_again(client: Any) -> None:
    answer = client.get("/connexion/code/verifier")
    assert answer.status_code == 303 and answer.headers["Location"].endswith("/connexion/code")
