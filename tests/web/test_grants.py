"""Roles with a scope through the door: who gives and ends them, where they reach, and what the public reads of them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Account, Entry, Grant, Measure, Person
from pop_forum.services import accounts, grants, reports
from pop_forum.services.grants import REASON_CHARS
from tests.web.conftest import FAST, PASSWORD
from tests.web.test_discussions import hide, open_thread

OPERATOR = Viewer(0, Role.ADMIN)
PEOPLE = "/administration/personnes"
MEASURE = "navette-a-la-demande"


def id_of(commune: Any, name: str) -> int:
    with commune.reading() as site:
        return site.session.scalars(select(Person.id).where(Person.name == name)).one()


def key_of(commune: Any, name: str) -> str:
    with commune.reading() as site:
        return str(site.session.scalars(select(Person.uri).where(Person.name == name)).one().rsplit("/", 1)[1])


def give(admin: Any, person: int, role: str, scope: str = "site", reason: str = "Volontaire.", **fields: str) -> Any:
    page = f"{PEOPLE}/{person}"
    return admin.send(f"{page}/roles", page, role=role, scope=scope, reason=reason, **fields)


def again(app: Any, name: str) -> Any:
    """The same person, signed in anew: a new role ended their sessions."""
    browser = app.test_client()
    mail = f"{''.join(c for c in name.lower() if c.isascii() and c.isalnum())}@exemple.fr"
    assert browser.send("/connexion", "/connexion", mail=mail, password=PASSWORD).status_code == 303
    return browser


def removes(browser: Any, address: str) -> int:
    return int(hide(browser, address.rsplit("/", 1)[1]).status_code)


@pytest.fixture
def admin(signed_in: Callable[..., Any]) -> Any:
    return signed_in("admin", "Nadège R.")


@pytest.fixture
def karim(signed_in: Callable[..., Any], commune: Any) -> int:
    signed_in("resident", "Karim B.")
    return id_of(commune, "Karim B.")


def test_a_moderator_of_daily_life_keeps_order_there_and_nowhere_else(
    app: Any, admin: Any, karim: int, commune: Any
) -> None:
    daily = open_thread(admin, "Au quotidien")
    page = f"/programme/{MEASURE}/ouvrir"
    on_measure = admin.send(page, page, title="Sur la mesure", text="Bonjour.", reach="shared").headers["Location"]
    assert give(admin, karim, "moderator", "quotidien").status_code == 303
    browser = again(app, "Karim B.")
    assert "Retirer" in browser.get(daily).text and "Retirer" not in browser.get(on_measure).text
    assert removes(browser, on_measure) == 403
    assert removes(browser, daily) == 303
    assert "Relire le message retiré" in browser.get(daily).text
    assert browser.send(f"/messages/{daily.rsplit('/', 1)[1]}/retablir", "/affichage").status_code == 303


@pytest.mark.parametrize(("scope", "allowed"), [("mesure", True), ("theme", True), ("autre", False)])
def test_a_moderator_of_a_measure_or_of_its_theme_keeps_order_on_it(
    app: Any, admin: Any, karim: int, commune: Any, scope: str, allowed: bool
) -> None:
    with commune.reading() as site:
        measures = list(site.session.scalars(select(Measure)))
    mine = next(row for row in measures if row.slug == MEASURE)
    other = next(row for row in measures if row.theme != mine.theme)
    scopes = {"mesure": f"mesure:{MEASURE}", "theme": f"theme:{mine.theme}", "autre": f"theme:{other.theme}"}
    page = f"/programme/{MEASURE}/ouvrir"
    thread = admin.send(page, page, title="Sur la mesure", text="Bonjour.", reach="shared").headers["Location"]
    assert give(admin, karim, "moderator", scopes[scope]).status_code == 303
    assert removes(again(app, "Karim B."), thread) == (303 if allowed else 403)


def test_a_scoped_moderator_sees_the_reports_of_their_part_and_suspends_nobody(
    app: Any, admin: Any, karim: int, signed_in: Callable[..., Any]
) -> None:
    author, page = signed_in("resident", "Huguette P."), f"/programme/{MEASURE}/ouvrir"
    daily = open_thread(author, "Au quotidien").rsplit("/", 1)[1]
    on_measure = author.send(page, page, title="Sur la mesure", text="Bonjour.", reach="shared").headers["Location"]
    for key in (daily, on_measure.rsplit("/", 1)[1]):
        admin.send(f"/messages/{key}/signaler", "/affichage", reason="injure", details="")
    give(admin, karim, "moderator", "quotidien")
    browser = again(app, "Karim B.")
    queue = browser.get("/moderation").text
    assert "Au quotidien" in queue and "Sur la mesure" not in queue
    assert 'href="/moderation"' in browser.get("/").text
    penalty = {"decision": "hide", "reason": "injure", "sentence": "Non.", "suspend": "y"}
    assert browser.send(f"/moderation/messages/{daily}", "/affichage", **penalty).status_code == 403
    assert admin.send(f"/moderation/messages/{daily}", "/affichage", **penalty).status_code == 303


@pytest.mark.parametrize("scope", ["mesure", "theme", "quotidien"])
def test_reports_of_other_parts_push_none_of_theirs_out_of_a_scoped_moderators_queue(
    app: Any, admin: Any, karim: int, commune: Any, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    monkeypatch.setattr(reports, "QUEUE_LENGTH", 1)
    page = f"/programme/{MEASURE}/ouvrir"
    with commune.reading() as site:
        theme = site.session.scalars(select(Measure.theme).where(Measure.slug == MEASURE)).one()
    daily = open_thread(admin, "Au quotidien")
    on_measure = admin.send(page, page, title="Sur la mesure", text="Bonjour.", reach="shared").headers["Location"]
    mine, others = (daily, on_measure) if scope == "quotidien" else (on_measure, daily)
    for address in (others, mine):  # theirs is reported last
        key = address.rsplit("/", 1)[1]
        app.test_client().send(f"/messages/{key}/signaler", "/connexion", reason="injure", details="")
    give(admin, karim, "moderator", {"mesure": f"mesure:{MEASURE}", "theme": f"theme:{theme}"}.get(scope, scope))
    queue = again(app, "Karim B.").get("/moderation").text
    assert f"/moderation/messages/{mine.rsplit('/', 1)[1]}" in queue and "page=2" not in queue
    assert others.rsplit("/", 1)[1] not in queue


def test_a_role_that_ended_gives_nothing_any_more_and_stays_in_the_history(
    app: Any, admin: Any, karim: int, commune: Any
) -> None:
    thread = open_thread(admin)
    give(admin, karim, "moderator", "quotidien", form="m")
    browser = again(app, "Karim B.")
    with commune.reading() as site:
        grant = site.session.scalars(select(Grant).where(Grant.person_id == karim)).one()
    assert admin.send(f"{PEOPLE}/{karim}/roles/{grant.id}/fin", "/affichage").status_code == 303
    assert browser.get("/mon-compte").status_code == 401
    assert removes(again(app, "Karim B."), thread) == 403
    assert admin.send(f"{PEOPLE}/{karim}/roles/{grant.id}/fin", "/affichage").status_code == 404
    page = admin.get(f"/personnes/{key_of(commune, 'Karim B.')}").text
    assert "Modérateur du quotidien du" in " ".join(page.split()) and "Rôle donné par Nadège R." in page


def test_the_profile_tells_each_role_its_scope_since_when_and_why(
    admin: Any, karim: int, client: Any, commune: Any
) -> None:
    give(admin, karim, "moderator", "quotidien", reason="Elle s’est proposée le 2 mars.", form="f")
    page = " ".join(client.get(f"/personnes/{key_of(commune, 'Karim B.')}").text.split())
    assert "<b>Modératrice du quotidien</b> depuis le <time" in page
    assert "Elle s’est proposée le 2 mars." in page and "<form" not in page


@pytest.mark.parametrize(
    ("role", "form", "badge"),
    [
        ("candidate", "f", "Candidate"),
        ("candidate", "m", "Candidat"),
        ("candidate", "", "Candidate ou candidat"),
        ("elected", "f", "Élue"),
        ("elected", "m", "Élu"),
    ],
)
def test_a_badge_is_beside_the_name_wherever_it_stands(
    app: Any, admin: Any, karim: int, client: Any, commune: Any, role: str, form: str, badge: str
) -> None:
    give(admin, karim, role, form=form, name="Karim Benali")
    browser = again(app, "Karim B.")
    thread = open_thread(browser)
    shown = f'<span class="tag own">{badge}</span>'
    for page in (thread, "/quotidien", f"/personnes/{key_of(commune, 'Karim Benali')}"):
        assert "Karim Benali" in client.get(page).text and shown in client.get(page).text, page


def test_a_person_under_a_badge_cannot_change_their_name_and_others_can(app: Any, admin: Any, karim: int) -> None:
    free = again(app, "Karim B.")
    assert free.send("/mon-compte/nom", "/mon-compte/nom", name="Karim Bé").status_code == 303
    give(admin, karim, "candidate", name="Karim Benali")
    bound = again(app, "Karim B.")
    answer = bound.send("/mon-compte/nom", "/mon-compte/nom", name="Le Vrai Maire")
    assert answer.status_code == 403 and "vrai nom" in answer.text
    assert "Karim Benali" in bound.get("/mon-compte").text


def test_a_name_of_somebody_else_or_without_letters_is_refused(app: Any, admin: Any, karim: int) -> None:
    browser = again(app, "Karim B.")
    assert browser.send("/mon-compte/nom", "/mon-compte/nom", name="NADÈGE R.").status_code == 409
    assert browser.send("/mon-compte/nom", "/mon-compte/nom", name="123").status_code == 400
    assert give(admin, karim, "candidate", name="Nadège R.").status_code == 409


def test_an_elected_person_is_no_candidate_any_more(admin: Any, karim: int, commune: Any) -> None:
    give(admin, karim, "candidate", form="m")
    give(admin, karim, "elected", form="m")
    with commune.reading() as site:
        ended = {
            row.role: row.ended_at is not None for row in site.session.scalars(select(Grant)) if row.person_id == karim
        }
        assert ended == {"candidate": True, "elected": False}


def test_several_roles_are_held_at_once_and_each_counts(app: Any, admin: Any, karim: int, commune: Any) -> None:
    give(admin, karim, "moderator")
    give(admin, karim, "candidate", form="m")
    with commune.reading() as site:
        account = site.session.get_one(Account, karim)
        assert (account.role, account.person.role) == ("moderator", "candidate")
        assert account.grants == "candidate@site moderator@site"
    browser = again(app, "Karim B.")
    assert browser.get(f"/programme/{MEASURE}/adapter").status_code == 200
    assert removes(browser, open_thread(admin)) == 303


def test_the_titles_of_themes_and_measures_are_written_as_in_print(admin: Any, karim: int, commune: Any) -> None:
    give(admin, karim, "moderator", "mesure:referent-egalite")
    assert "Personne référente pour l’égalité</option>" in admin.get(f"{PEOPLE}/{karim}").text
    for page in (f"{PEOPLE}/{karim}", f"/personnes/{key_of(commune, 'Karim B.')}"):
        text = admin.get(page).text
        assert "mesure « Personne référente pour l’égalité" in text.replace("\u202f", " ")
        assert not re.search(r"\w(?:'|&#39;)\w", text)


@pytest.mark.parametrize("role", ["resident", "candidate", "moderator"])
def test_only_an_admin_gives_and_ends_roles(signed_in: Callable[..., Any], karim: int, commune: Any, role: str) -> None:
    browser = signed_in(role, "Jeanne M.")
    assert browser.get(f"{PEOPLE}/{karim}").status_code == 403
    fields = {"role": "admin", "scope": "site", "reason": "Moi."}
    assert browser.send(f"{PEOPLE}/{karim}/roles", **fields).status_code == 403
    assert browser.send(f"{PEOPLE}/{karim}/roles/1/fin").status_code == 403
    with commune.reading() as site:
        assert site.session.get_one(Account, karim).role == "resident"


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("empereur", "site"),
        ("resident", "site"),
        ("admin", "quotidien"),
        ("candidate", f"mesure:{MEASURE}"),
        ("moderator", "mesure:nulle-part"),
        ("moderator", "theme:"),
        ("moderator", "' OR 1=1 --"),
        ("", ""),
    ],
)
def test_a_role_or_a_scope_that_is_none_is_refused(admin: Any, karim: int, commune: Any, role: str, scope: str) -> None:
    assert give(admin, karim, role, scope).status_code in (400, 403)
    with commune.reading() as site:
        assert not site.session.scalars(select(Grant).where(Grant.person_id == karim)).all()


def test_a_reason_is_needed_and_stays_short(admin: Any, karim: int) -> None:
    assert give(admin, karim, "moderator", reason=" ").status_code == 400
    assert give(admin, karim, "moderator", reason="x" * (REASON_CHARS + 1)).status_code == 400
    assert give(admin, karim, "moderator", reason="x" * REASON_CHARS).status_code == 303


def test_the_same_role_is_not_given_twice(admin: Any, karim: int) -> None:
    assert give(admin, karim, "moderator", "quotidien").status_code == 303
    assert give(admin, karim, "moderator", "quotidien").status_code == 409


def test_a_person_holds_so_many_roles_and_not_one_more(admin: Any, karim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "GRANTS_PER_PERSON", 2)
    assert give(admin, karim, "moderator", "quotidien").status_code == 303
    assert give(admin, karim, "moderator", f"mesure:{MEASURE}").status_code == 303
    assert give(admin, karim, "moderator").status_code == 409


def test_the_last_admin_stays_one(admin: Any, commune: Any) -> None:
    me = id_of(commune, "Nadège R.")
    with commune.reading() as site:
        grant = site.session.scalars(select(Grant.id).where(Grant.person_id == me)).one()
    assert admin.send(f"{PEOPLE}/{me}/roles/{grant}/fin", "/affichage").status_code == 303
    assert "au moins une personne qui administre" in admin.get(f"{PEOPLE}/{me}").text
    with commune.reading() as site:
        assert site.session.get_one(Account, me).role == "admin"
    assert admin.get(f"{PEOPLE}/9999").status_code == 404


def test_row_90_nothing_but_the_fields_of_the_form_counts(admin: Any, karim: int, commune: Any) -> None:
    extra = {"given_by": "999", "given_at": "0", "ended_at": "1", "person_id": "1", "id": "77", "verified": "1"}
    assert give(admin, karim, "moderator", **extra).status_code == 303
    with commune.reading() as site:
        grant = site.session.scalars(select(Grant).where(Grant.person_id == karim)).one()
        assert grant.id != 77 and grant.ended_at is None and grant.given_at.year > 2000
        assert grant.given_by == id_of(commune, "Nadège R.")


def test_row_90_no_form_of_members_gives_a_role_or_a_badge(app: Any, client: Any, karim: int, commune: Any) -> None:
    extra = {"role": "admin", "grants": "admin@site", "form": "m", "badge": "elected", "person_id": "1"}
    browser = again(app, "Karim B.")
    browser.send("/mon-compte/nom", "/mon-compte/nom", name="Karim Bé", **extra)
    browser.send("/mon-compte/langue", "/mon-compte", language="fr", **extra)
    fields = {"name": "Zoé P.", "mail": "zoe@exemple.fr", "password": PASSWORD, "consent": "y"}
    client.send("/inscription", "/inscription", **fields, **extra)
    with commune.reading() as site:
        assert {(row.role, row.grants) for row in site.session.scalars(select(Account))} == {("resident", "")}
        assert {(row.role, row.form) for row in site.session.scalars(select(Person))} == {("resident", "")}
        assert not site.session.scalars(select(Grant)).all()


def test_row_68_a_reason_is_printed_and_never_run(admin: Any, karim: int, client: Any, commune: Any) -> None:
    give(admin, karim, "moderator", reason="<script>alert(1)</script> {{7*7}}")
    for page in (f"/personnes/{key_of(commune, 'Karim B.')}", f"{PEOPLE}/{karim}"):
        text = admin.get(page).text
        assert "<script>alert" not in text and "{{7*7}}" in text


def test_other_communes_are_told_of_a_badge_when_they_know_the_person(
    app: Any, admin: Any, karim: int, commune: Any
) -> None:
    open_thread(again(app, "Karim B."))
    give(admin, karim, "candidate", name="Karim Benali")
    with commune.reading() as site:
        told = site.session.scalars(
            select(Entry.activity).where(Entry.type == "PersonDeclared").order_by(Entry.id)
        ).all()
    assert len(told) == 2 and b'"pop:role":"candidate"' in told[1] and b"Karim Benali" in told[1]


def test_an_account_made_with_a_role_has_it_as_its_first_grant(commune: Any) -> None:
    with commune.transaction() as site:
        made = accounts.create_account(site, "Zoé P.", "zoe@exemple.fr", FAST.hash(PASSWORD), Role.CANDIDATE)
        assert (made.role, made.grants, made.person.role) == ("candidate", "candidate@site", "candidate")
        assert [row.scope for row in site.session.scalars(select(Grant))] == ["site"]
        again_ = grants.set_role(site, OPERATOR, made.person_id, "moderator")
        assert (again_.role, again_.grants) == ("moderator", "moderator@site")
