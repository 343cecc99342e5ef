"""« Mes données » in words: no code of ours reaches the page, in French or in English."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Boolean, String, Text, update

from pop_forum.app import create_app
from pop_forum.domain.arrangement import Act as Arranged
from pop_forum.domain.consent import OPINIONS
from pop_forum.domain.moderation import Act, Reason
from pop_forum.domain.permissions import Role, Visibility
from pop_forum.federation.activities import BOARD_DAILY, BOARD_MEASURE
from pop_forum.models import Account, Base, Person, Thread
from pop_forum.services import codes, my_data, notices, sign_ins
from pop_forum.services.my_data import SECTIONS
from pop_forum.web.display import LANGUAGES
from pop_forum.web.my_data_values import PLAIN, Say, UnknownCode, speaker
from tests.web.conftest import FAST
from tests.web.test_discussions import hide, open_thread

MEASURE = "navette-a-la-demande"
DATA, FILE = "/mon-compte/donnees", "/mon-compte/donnees/telecharger"
SCOPES = ("site", "quotidien", f"mesure:{MEASURE}", "theme:theme-disparu", "mesure:mesure-disparue")
NOTICES = (notices.REPLY, notices.FOLLOWED, notices.MENTION, notices.MODERATION)
CODES: dict[str, tuple[str, ...]] = {
    "person.role": tuple(Role),
    "person.form": ("f", "m"),
    "account.role": tuple(Role),
    "account.grants": ("admin@site", f"moderator@quotidien moderator@mesure:{MEASURE} candidate@site"),
    "account.language": LANGUAGES,
    "sessions.device": ("Firefox/Linux", "Firefox/", "/Linux", "/"),
    "sessions.method": (sign_ins.BY_MAIL, sign_ins.BY_PASSWORD, sign_ins.BY_PASSKEY),
    "consents.subject": (OPINIONS,),
    "threads.board": (BOARD_DAILY, BOARD_MEASURE),
    "threads.measure": (f"urn:pop:programme-commun:{MEASURE}", "urn:pop:autre.example:inconnue"),
    "threads.category": ("idees", "rubrique-disparue"),
    "messages.deleted_by": ("author", "moderation"),
    "grants.role": tuple(Role),
    "grants.scope": SCOPES,
    "grants.form": ("f", "m"),
    "measure_follows.measure": (f"urn:pop:programme-commun:{MEASURE}", "urn:pop:autre.example:inconnue"),
    "version_notices.measure": (f"urn:pop:programme-commun:{MEASURE}", "urn:pop:autre.example:inconnue"),
    "notices.kind": NOTICES,
    "decisions.act": tuple(Act),
    "decisions.reason": tuple(Reason),
    "acts.act": tuple(Arranged),
    "reports.reason": tuple(Reason),
    "drafts.reach": tuple(Visibility),
    "drafts.category": ("idees", "rubrique-disparue"),
    "attempts.kind": (sign_ins.SIGN_IN, codes.CODE, codes.SIGN_UP, "message"),
}


def string_fields() -> Iterator[tuple[str, str]]:
    for section in SECTIONS:
        table: type[Base] | None = section.table
        for name in section.columns if table is not None and section.read is None else ():
            assert table is not None
            kind = table.__table__.c[name].type
            if isinstance(kind, String | Text) and not isinstance(kind, Boolean):
                yield section.code, name


@pytest.fixture
def say(app: Any, commune: Any) -> Iterator[Say]:
    with app.test_request_context(base_url="http://valombre.localhost:8080"):
        with commune.reading() as site:
            titles = my_data.titles(site)
        yield speaker(titles)


def test_every_text_field_is_words_of_people_or_has_its_words() -> None:
    fields = {(section, field) for section, field in string_fields()}
    plain = {(section, field) for section, field in fields if field in PLAIN or f"{section}.{field}" in PLAIN}
    coded = {tuple(name.split(".")) for name in CODES}
    assert fields - plain == coded & fields
    assert not plain & coded


@pytest.mark.parametrize("name", CODES)
def test_each_code_has_words(say: Say, name: str) -> None:
    section, field = name.split(".")
    for code in CODES[name]:
        words = say(section, field, code)
        assert words and words != code and "@" not in words and ":" not in words, code
        assert "_" not in words and "/" not in words


def test_a_reason_that_somebody_wrote_is_shown_as_written(say: Say) -> None:
    assert say("grants", "reason", "autre") == "autre"
    assert say("reports", "reason", "autre") == "Autre raison"


def test_a_role_is_told_with_how_far_it_reaches(say: Say) -> None:
    words = say("account", "grants", f"moderator@mesure:{MEASURE} admin@site")
    assert words.startswith("Modération (la mesure «") and words.endswith("Administration (tout le site)")


@pytest.mark.parametrize("name", CODES)
def test_a_code_without_words_is_an_error_in_tests(say: Say, name: str) -> None:
    if name.endswith((".measure", ".category")) or name == "sessions.device":  # may name what is gone
        return
    with pytest.raises(UnknownCode):
        say(*name.split("."), "nouveau_code")


def test_a_field_that_nobody_thought_of_is_an_error_in_tests(say: Say) -> None:
    with pytest.raises(UnknownCode):
        say("account", "nouveau_champ", "x")


def test_who_runs_a_newer_database_is_still_shown_their_data(commune: Any, signed_in: Callable[..., Any]) -> None:
    browser = signed_in("resident", "Huguette P.")
    open_thread(browser)
    with commune.transaction() as site:
        site.session.execute(update(Thread).values(board="nouveau_code"))
    assert browser.get(DATA).status_code == 500
    lenient = create_app(commune, PASSWORDS=FAST, RATES_ENABLED=False).test_client()
    cookie = browser.get_cookie("session", domain="valombre.localhost")
    lenient.set_cookie("session", cookie.value, domain="valombre.localhost")
    answer = lenient.get(DATA, base_url="http://valombre.localhost:8080")
    assert answer.status_code == 200 and "nouveau_code" in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_reads_a_code_on_their_page(signed_in: Callable[..., Any], commune: Any, language: str) -> None:
    browser, moderator = signed_in("resident", "Huguette P."), signed_in("moderator", "Nadège R.")
    address = open_thread(browser, "La navette", "Le mardi.", category="idees")
    page = f"/programme/{MEASURE}/ouvrir"
    browser.send(page, page, title="Sur la mesure", text="Bonjour.", reach="shared")
    browser.send(f"/messages/{address.rsplit('/', 1)[1]}/soutenir", address)
    hide(moderator, address.rsplit("/", 1)[1])
    with commune.transaction() as site:
        huguette = site.session.query(Person).filter_by(name="Huguette P.").one().id
        site.session.execute(update(Account).where(Account.person_id == huguette).values(language=language))
    for shown in (browser.get(DATA).text, moderator.get(DATA).text):
        for code in ("@site", "urn:pop", ">idees<", ">opinions<", ">site<", ">hide<", ">injure<", ">password<"):
            assert code not in shown, code
    assert browser.get(FILE).status_code == 200
