"""Moderation through the door: reports with or without an account, decisions with a reason, a log for everybody."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.adapters.speech import Speech
from pop_forum.domain import moderation as rule
from pop_forum.models import Account, Attempt, Decision, Mail, Post, Report, Support
from pop_forum.services import moderation_log, reports, reports_waiting
from tests.web.test_discussions import LOST_NOT, hide, open_thread, rows

JUDGEMENT = {"decision": "hide", "reason": "injure", "sentence": "On parle des choses, pas des personnes."}


@pytest.fixture
def author(signed_in: Callable[..., Any]) -> Any:
    return signed_in("resident", "Huguette P.")


@pytest.fixture
def key(author: Any) -> str:
    """A message to complain about."""
    return open_thread(author, text="Bougre d’andouille.").rsplit("/", 1)[1]


def report(browser: Any, key: str, **fields: str) -> Any:
    return browser.send(f"/messages/{key}/signaler", **{"reason": "injure", "details": "", **fields})


def suspended(commune: Any) -> Any:
    with commune.reading() as site:
        return site.session.scalar(select(Account.suspended_until).where(Account.suspended_until.is_not(None)))


def test_a_visitor_reports_and_follows_the_receipt(
    client: Any, key: str, signed_in: Callable[..., Any], commune: Any
) -> None:
    assert "/messages/" + key + "/signaler" in client.get(f"/discussions/{key}").text
    answer = report(client, key, details="Tout le monde a compris de qui il s’agit.")
    assert answer.status_code == 303
    receipt = answer.headers["Location"]
    assert "ne l’a pas encore examiné" in client.get(receipt).text
    moderator = signed_in("moderator", "Nadège R.")
    assert "Tout le monde a compris" in moderator.get(f"/moderation/messages/{key}").text
    moderator.send(f"/moderation/messages/{key}", **JUDGEMENT)
    after = client.get(receipt).text
    assert "Le message a été retiré." in after and JUDGEMENT["sentence"] in after
    assert "Rien à examiner" in moderator.get("/moderation").text
    assert rows(commune, Report)[0].decision_id == rows(commune, Decision)[0].id


def test_an_unknown_receipt_is_not_found(client: Any) -> None:
    answer = client.get("/signalements/aaaaaaaaaaaa")
    assert answer.status_code == 404 and "Aucun signalement ne porte ce numéro." in answer.text


def test_a_reason_of_another_kind_needs_words_and_nothing_typed_is_lost(client: Any, key: str, commune: Any) -> None:
    answer = report(client, key, reason="autre", details="  ")
    assert answer.status_code == 400 and "Dites en quelques mots ce qui ne va pas" in answer.text
    assert report(client, key, reason="bidon", details="Mes mots").status_code == 400
    long = report(client, key, details="x" * (rule.DETAILS_CHARS + 1))
    assert long.status_code == 400 and "x" * (rule.DETAILS_CHARS + 1) in long.text
    assert rows(commune, Report) == []
    assert report(client, key, details="x" * rule.DETAILS_CHARS).status_code == 303


def test_nobody_reports_their_own_message_nor_one_that_is_gone(author: Any, client: Any, key: str) -> None:
    assert author.get(f"/messages/{key}/signaler").status_code == 403
    assert report(author, key).status_code == 403
    author.send(f"/messages/{key}/supprimer", f"/messages/{key}/supprimer")
    assert report(client, key).status_code == 403


def test_a_network_reports_as_often_as_a_household_and_no_more(client: Any, key: str, commune: Any) -> None:
    for _ in range(rule.REPORTS_PER_NETWORK):
        assert report(client, key).status_code == 303
    answer = report(client, key, details="Encore une fois.\nVraiment.")
    assert answer.status_code == 429 and LOST_NOT in answer.text and "Vraiment." in answer.text
    assert len(rows(commune, Report)) == rule.REPORTS_PER_NETWORK
    assert {act.kind for act in rows(commune, Attempt)} >= {"report"}


@pytest.mark.parametrize(("since", "status"), [(timedelta(minutes=-1), 429), (timedelta(seconds=1), 303)])
def test_a_network_reports_again_after_an_hour(
    client: Any, key: str, commune: Any, since: timedelta, status: int
) -> None:
    assert timedelta(hours=1) == rule.REPORTS_WINDOW
    for _ in range(rule.REPORTS_PER_NETWORK):
        report(client, key)
    with commune.transaction() as site:
        for act in site.session.scalars(select(Attempt).where(Attempt.kind == "report")):
            act.at -= rule.REPORTS_WINDOW + since
    assert report(client, key).status_code == status


def test_who_reports_without_choosing_is_told_to_choose(client: Any, key: str) -> None:
    answer = client.send(f"/messages/{key}/signaler", details="Mes mots")
    assert answer.status_code == 400 and "Mes mots" in answer.text
    assert "Qu’est-ce qui ne va pas ? Choisissez une des réponses proposées." in answer.text.replace("\u202f", " ")
    assert "choix valide" not in answer.text and "valid choice" not in answer.text


def test_no_rule_is_chosen_before_the_moderator_chose_it(key: str, signed_in: Callable[..., Any], commune: Any) -> None:
    moderator = signed_in("moderator", "Nadège R.")
    case = f"/moderation/messages/{key}"
    rules = re.findall(r"<select.*?</select>", moderator.get(case).text, re.DOTALL)
    assert rules and all(re.match(r'<select[^>]*><option value="">Choisissez une règle<', each) for each in rules)
    assert not any("selected" in each for each in rules)
    for left in ({"reason": ""}, {}):
        fields = {name: value for name, value in JUDGEMENT.items() if name != "reason"}
        answer = moderator.send(case, **fields, **left)
        assert answer.status_code == 400 and "Choisissez la règle sur laquelle repose votre décision." in answer.text
        assert JUDGEMENT["sentence"] in answer.text
    assert rows(commune, Decision) == []


def test_who_is_suspended_and_writes_reads_until_when_and_keeps_the_text(
    author: Any, signed_in: Callable[..., Any], key: str
) -> None:
    signed_in("moderator", "Nadège R.").send(f"/moderation/messages/{key}", **{**JUDGEMENT, "suspend": "y"})
    answer = author.send("/quotidien/ouvrir", "/affichage", title="Titre", text="Mes mots à moi", reach="local")
    assert answer.status_code == 403 and "Mes mots à moi" in answer.text
    assert "Votre compte est suspendu jusqu’au" in answer.text and "/mon-compte/moderation" in answer.text
    assert "Vous n’avez pas le droit" not in answer.text
    assert "réessayez" not in answer.text and "Réessayer" not in answer.text and "à envoyer" not in answer.text
    assert "Copiez-le" in answer.text and re.search(r'name="text"[^>]* readonly>', answer.text)


@pytest.mark.parametrize("replies", [False, True])
def test_who_is_suspended_is_told_until_when_instead_of_a_form(
    author: Any, signed_in: Callable[..., Any], key: str, commune: Any, replies: bool
) -> None:
    place = f"{open_thread(signed_in('resident', 'Karim B.'))}/repondre" if replies else "/quotidien/ouvrir"
    author.send("/brouillons", place, place=place, text="Commencé avant")
    assert "Commencé avant</textarea>" in author.get(place).text and 'name="envoi"' in author.get(place).text
    signed_in("moderator", "Nadège R.").send(f"/moderation/messages/{key}", **JUDGEMENT, suspend="y")
    page = author.get(place).text
    assert "Votre compte est suspendu jusqu’au" in page and 'href="/mon-compte/moderation"' in page
    assert 'name="envoi"' not in page and "readonly>Commencé avant</textarea>" in page


def test_row_68_markup_in_a_report_is_inert_in_the_queue(client: Any, key: str, signed_in: Callable[..., Any]) -> None:
    report(client, key, details="<script>alert(1)</script><img src=x onerror=alert(1)>")
    moderator = signed_in("moderator", "Nadège R.")
    for page in ("/moderation", f"/moderation/messages/{key}"):
        shown = moderator.get(page).text
        assert "<script>alert" not in shown and "<img src=x" not in shown


@pytest.mark.parametrize("role", ["visitor", "resident", "candidate"])
def test_only_who_keeps_order_sees_the_queue_and_decides(
    client: Any, signed_in: Callable[..., Any], key: str, role: str, commune: Any
) -> None:
    browser = client if role == "visitor" else signed_in(role, "Karim B.")
    expected = 401 if role == "visitor" else 403
    assert browser.get("/moderation").status_code == expected
    assert browser.get(f"/moderation/messages/{key}").status_code == expected
    answer = browser.send(f"/moderation/messages/{key}", **JUDGEMENT)
    assert answer.status_code == (303 if role == "visitor" else expected)  # a visitor's words wait for who she is
    assert browser.send(f"/moderation/messages/{key}/lever").status_code == expected
    assert rows(commune, Decision) == [] and rows(commune, Post)[0].deleted_at is None


def test_nobody_decides_on_their_own_message(signed_in: Callable[..., Any], client: Any, commune: Any) -> None:
    moderator = signed_in("moderator", "Nadège R.")
    key = open_thread(moderator, text="Un mot de trop.").rsplit("/", 1)[1]
    report(client, key)
    assert "quelqu’un d’autre décide" in moderator.get("/moderation").text
    assert moderator.send(f"/moderation/messages/{key}", **JUDGEMENT).status_code == 403
    assert rows(commune, Decision) == []
    assert signed_in("admin", "Paul G.").send(f"/moderation/messages/{key}", **JUDGEMENT).status_code == 303


def test_a_message_of_another_is_removed_with_a_reason_only(
    signed_in: Callable[..., Any], key: str, client: Any
) -> None:
    moderator = signed_in("moderator", "Nadège R.")
    assert moderator.get(f"/messages/{key}/supprimer").headers["Location"].endswith(f"/moderation/messages/{key}")
    assert moderator.send(f"/messages/{key}/supprimer").status_code == 403
    answer = moderator.send(f"/moderation/messages/{key}", **{**JUDGEMENT, "sentence": " "})
    assert answer.status_code == 400
    long = {**JUDGEMENT, "sentence": "x" * (rule.SENTENCE_CHARS + 1)}
    assert moderator.send(f"/moderation/messages/{key}", **long).status_code == 400
    at_limit = {**JUDGEMENT, "sentence": "x" * rule.SENTENCE_CHARS}
    assert moderator.send(f"/moderation/messages/{key}", **at_limit).status_code == 303
    page = client.get(f"/discussions/{key}").text
    assert "La modération a retiré ce message" in page
    assert "Raison : Injure, moquerie ou procès d’intention." in page.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_message_that_stays_earns_no_penalty(signed_in: Callable[..., Any], key: str, commune: Any) -> None:
    moderator = signed_in("moderator", "Nadège R.")
    keep = {**JUDGEMENT, "decision": "keep"}
    assert "Si vous retirez le message, et seulement dans ce cas" in moderator.get(f"/moderation/messages/{key}").text
    answer = moderator.send(f"/moderation/messages/{key}", **keep, suspend="y")
    assert answer.status_code == 400 and JUDGEMENT["sentence"] in answer.text
    assert suspended(commune) is None
    assert moderator.send(f"/moderation/messages/{key}", **keep).status_code == 303
    assert rows(commune, Post)[0].deleted_at is None


def test_the_log_tells_everybody_what_was_removed_and_nobody_who_was_warned(
    client: Any, signed_in: Callable[..., Any], key: str
) -> None:
    assert "Rien n’a encore été décidé." in client.get("/moderation/journal").text
    moderator = signed_in("moderator", "Nadège R.")
    moderator.send(f"/moderation/messages/{key}", **JUDGEMENT, warn="y", suspend="y")
    page = client.get("/moderation/journal").text
    assert JUDGEMENT["sentence"] in page and "Nadège R." in page
    assert "Avertissement" not in page and "Suspension" not in page  # its hour beside the removal's would say whom
    assert "Huguette P." not in page and page.count(f"/messages/{key}") == 1
    assert client.get("/moderation/journal?page=2").status_code == 404


def test_the_log_counts_who_was_warned_once_the_month_is_over(
    client: Any, signed_in: Callable[..., Any], key: str, commune: Any
) -> None:
    signed_in("moderator", "Nadège R.").send(f"/moderation/messages/{key}", **JUDGEMENT, warn="y", suspend="y")
    assert "fin du mois dernier" not in client.get("/moderation/journal").text
    with commune.transaction() as site:
        for row in site.session.scalars(select(Decision)):
            row.at -= timedelta(days=40)
    page = client.get("/moderation/journal?page=1").text
    assert "1 avertissement, 1 suspension." in page


def test_nothing_is_decided_in_advance(signed_in: Callable[..., Any], key: str) -> None:
    moderator = signed_in("moderator", "Nadège R.")
    page = moderator.get(f"/moderation/messages/{key}").text
    assert not re.search(r'name="decision"[^>]*checked', page)
    chosen = {name: value for name, value in JUDGEMENT.items() if name != "decision"}
    answer = moderator.send(f"/moderation/messages/{key}", **chosen)
    assert answer.status_code == 400 and JUDGEMENT["sentence"] in answer.text


def test_a_person_reads_why_and_until_when(author: Any, signed_in: Callable[..., Any], key: str) -> None:
    assert "n’a rien eu à dire" in author.get("/mon-compte/moderation").text
    signed_in("moderator", "Nadège R.").send(f"/moderation/messages/{key}", **JUDGEMENT, warn="y", suspend="y")
    page = author.get("/mon-compte/moderation").text
    assert JUDGEMENT["sentence"] in page and "Votre compte est suspendu" in page


def test_a_person_is_told_that_something_was_decided(author: Any, signed_in: Callable[..., Any], key: str) -> None:
    signed_in("moderator", "Nadège R.").send(f"/moderation/messages/{key}", **JUDGEMENT)
    page = author.get("/notifications").text
    assert "La modération a pris une décision sur votre message" in page and "/mon-compte/moderation" in page


def test_a_suspended_person_reads_and_withdraws_but_does_not_write(
    author: Any, signed_in: Callable[..., Any], key: str, commune: Any
) -> None:
    other = signed_in("resident", "Karim B.")
    theirs = open_thread(other, title="Autre chose")
    mine = author.send(f"{theirs}/repondre", theirs, text="Avant").headers["Location"].rsplit("#m-", 1)[1]
    signed_in("moderator", "Nadège R.").send(f"/moderation/messages/{key}", **JUDGEMENT, suspend="y")
    before = len(rows(commune, Post))
    assert "Votre compte est suspendu" in author.get(theirs).text
    answer = author.send(f"{theirs}/repondre", text="Je réponds quand même")
    assert answer.status_code == 403 and "Je réponds quand même" in answer.text
    opening = author.send("/quotidien/ouvrir", title="T", text="x", reach="local")
    assert opening.status_code == 403
    other_key = theirs.rsplit("/", 1)[1]
    assert author.send(f"/messages/{other_key}/soutenir").status_code == 403
    assert author.send(f"/messages/{mine}/modifier", text="Autre").status_code == 403
    assert len(rows(commune, Post)) == before
    assert author.send(f"/messages/{mine}/supprimer").status_code == 303


def test_a_suspended_person_takes_a_support_back_and_gives_none(
    author: Any, signed_in: Callable[..., Any], key: str, commune: Any
) -> None:
    theirs = open_thread(signed_in("resident", "Karim B."), title="Autre chose")
    opening = f"/messages/{theirs.rsplit('/', 1)[1]}/soutenir"
    author.send(opening)
    signed_in("moderator", "Nadège R.").send(f"/moderation/messages/{key}", **JUDGEMENT, suspend="y")
    assert f'formaction="{opening}" name="retirer"' in author.get(theirs).text
    assert author.send(opening, retirer="1").status_code == 303
    assert [row.active for row in rows(commune, Support)] == [False]
    assert f'formaction="{opening}"' not in author.get(theirs).text
    assert author.send(opening).status_code == 403


def complaints(client: Any, author: Any, commune: Any, many: int) -> None:
    """So many reported messages of daily life, after the limits that count them."""
    address = open_thread(author, title="Au quotidien")
    with commune.transaction() as site:
        opening = site.session.scalars(select(Post).where(Post.key == address.rsplit("/", 1)[1])).one()
        same = {c.key: getattr(opening, c.key) for c in Post.__table__.columns if c.key not in ("id", "submission")}
        for number in range(many):
            mine = {"uri": f"{opening.uri}x{number}", "key": f"k{number}", "source": f"Propos {number}."}
            site.session.add(Post(**{**same, **mine, "opening": False}))
            about = {"object_uri": mine["uri"], "reason": "injure", "details": "", "reporter_id": None}
            site.session.add(Report(receipt=f"r{number}", at=site.clock.now(), **about))


def test_the_queue_has_pages_so_that_nothing_is_out_of_reach(
    client: Any, author: Any, signed_in: Callable[..., Any], commune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "QUEUE_LENGTH", 3)
    moderator = signed_in("moderator", "Nadège R.")
    complaints(client, author, commune, 3)
    page = moderator.get("/moderation").text
    assert page.count('href="/moderation/messages/') == 3 and "page=2" not in page
    assert moderator.get("/moderation?page=2").status_code == 404
    report(client, open_thread(author, title="Une de trop").rsplit("/", 1)[1])
    assert "page=2" in moderator.get("/moderation").text and "Une de trop" not in moderator.get("/moderation").text
    after = moderator.get("/moderation?page=2").text
    assert after.count('href="/moderation/messages/') == 1 and "Une de trop" in after
    assert moderator.get("/moderation?page=3").status_code == 404


def test_a_suspension_ends_by_itself_after_seven_days(
    author: Any, signed_in: Callable[..., Any], key: str, commune: Any
) -> None:
    signed_in("moderator", "Nadège R.").send(f"/moderation/messages/{key}", **JUDGEMENT, suspend="y")
    decided = next(each for each in rows(commune, Decision) if each.act == "suspend")
    assert decided.ends_at - decided.at == rule.SUSPENSION == timedelta(days=7)
    with commune.transaction() as site:
        account = site.session.scalars(select(Account).where(Account.suspended_until.is_not(None))).one()
        account.suspended_until = site.clock.now()
    assert author.send("/quotidien/ouvrir", title="De retour", text="x", reach="local").status_code == 303


def test_a_suspension_is_lifted_once(author: Any, signed_in: Callable[..., Any], key: str) -> None:
    moderator = signed_in("moderator", "Nadège R.")
    moderator.send(f"/moderation/messages/{key}", **JUDGEMENT, suspend="y")
    assert "Lever la suspension" in moderator.get(f"/moderation/messages/{key}").text
    assert moderator.send(f"/moderation/messages/{key}/lever").status_code == 303
    assert author.send("/quotidien/ouvrir", title="De retour", text="x", reach="local").status_code == 303
    assert moderator.send(f"/moderation/messages/{key}/lever").status_code == 409


@pytest.mark.parametrize(
    ("judge", "judged", "status"),
    [
        ("moderator", "moderator", 403),
        ("moderator", "admin", 403),
        ("admin", "admin", 403),
        ("admin", "moderator", 303),
    ],
)
def test_who_keeps_order_is_suspended_by_an_admin_and_an_admin_by_nobody(
    signed_in: Callable[..., Any], commune: Any, judge: str, judged: str, status: int
) -> None:
    key = open_thread(signed_in(judged, "Paul G.")).rsplit("/", 1)[1]
    answer = signed_in(judge, "Nadège R.").send(f"/moderation/messages/{key}", **JUDGEMENT, suspend="y")
    assert answer.status_code == status
    assert (suspended(commune) is None) == (status == 403)
    assert (rows(commune, Post)[0].deleted_at is None) == (status == 403)


def test_what_moderation_restores_is_in_the_log(client: Any, signed_in: Callable[..., Any], key: str) -> None:
    moderator = signed_in("moderator", "Nadège R.")
    hide(moderator, key)
    assert moderator.send(f"/messages/{key}/retablir").status_code == 303
    assert "Message rétabli" in client.get("/moderation/journal").text
    assert "Bougre" in client.get(f"/discussions/{key}").text


def test_settled_reports_are_forgotten_after_a_year_and_decisions_are_not(
    client: Any, signed_in: Callable[..., Any], key: str, commune: Any
) -> None:
    report(client, key)
    hide(signed_in("moderator", "Nadège R."), key)
    with commune.transaction() as site:
        settled = site.session.scalars(select(Report)).one()
        settled.at = site.clock.now() - reports.KEPT_FOR + timedelta(minutes=1)  # the test itself takes a moment
        reports.purge(site)
        assert site.session.scalar(select(Report.id)) is not None
        settled.at -= timedelta(minutes=2)
        site.session.flush()
        reports.purge(site)
    assert rows(commune, Report) == [] and len(rows(commune, Decision)) == 1


def test_the_log_has_pages(signed_in: Callable[..., Any], key: str, client: Any, commune: Any) -> None:
    hide(signed_in("moderator", "Nadège R."), key)
    with commune.transaction() as site:
        one = site.session.scalars(select(Decision)).one()
        for _ in range(moderation_log.LOG_PER_PAGE):
            same = {c.key: getattr(one, c.key) for c in Decision.__table__.columns if c.key != "id"}
            site.session.add(Decision(**same))
    assert len(re.findall("Message retiré", client.get("/moderation/journal").text)) == moderation_log.LOG_PER_PAGE
    assert len(re.findall("Message retiré", client.get("/moderation/journal?page=2").text)) == 1


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_who_keeps_order_sees_on_every_page_how_many_messages_wait(
    client: Any, author: Any, key: str, signed_in: Callable[..., Any], role: str
) -> None:
    keeper, page = signed_in(role, "Nadège R."), f"/discussions/{key}"
    waits = '1<span class="vh"> message à examiner'
    assert "message à examiner" not in keeper.get("/").text + keeper.get(page).text
    report(client, key)
    report(client, key)
    assert all(waits in keeper.get(where).text for where in ("/", page, page, "/moderation"))
    assert "examiner" not in author.get(page).text + client.get(page).text
    keeper.send(f"/moderation/messages/{key}", **JUDGEMENT)
    assert "message à examiner" not in keeper.get("/").text + keeper.get(page).text


@pytest.mark.parametrize(
    ("grants", "count"),
    [("moderator@quotidien", 1), ("moderator@theme:transports", 0), ("candidate@quotidien", 0), ("moderator@q", 0)],
)
def test_who_keeps_order_in_a_part_is_told_of_that_part(
    key: str, client: Any, add_person: Callable[..., int], commune: Any, grants: str, count: int
) -> None:
    keeper = add_person("Nadège R.")
    with commune.transaction() as site:
        site.session.get_one(Account, keeper).grants = grants
    report(client, key)
    with commune.reading() as site:
        waiting = select(reports_waiting.for_account()).select_from(Account).where(Account.person_id == keeper)
        assert site.session.scalar(waiting, {reports_waiting.HERE: site.settings.host}) == count


def test_who_keeps_order_has_one_letter_a_day_while_reports_wait(
    key: str, client: Any, add_person: Callable[..., int], commune: Any
) -> None:
    add_person("Nadège R.", "moderator")
    assert timedelta(days=1) == reports_waiting.AGAIN

    def letters() -> int:
        with commune.transaction() as site:
            return reports_waiting.write(site, Speech)

    assert letters() == 0
    report(client, key, details="Tout le monde a compris.")
    assert [letters(), letters()] == [1, 0]
    [letter] = [each for each in rows(commune, Mail) if each.kind == reports_waiting.REPORTS]
    assert "Un message signalé attend votre décision." in letter.text and "/moderation" in letter.text
    assert "Bougre" not in letter.text and "compris" not in letter.text
    for since, owed in ((timedelta(minutes=1), 0), (timedelta(), 1)):
        with commune.transaction() as site:
            for each in site.session.scalars(select(Mail)):
                each.created_at = site.clock.now() - reports_waiting.AGAIN + since
        assert letters() == owed
