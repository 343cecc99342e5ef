"""Categories of daily life; pinning, closing and moving discussions, through the door."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from pop_forum.domain.arrangement import PINNED_MOST, REASON_CHARS
from pop_forum.models import Journal, Post, Thread, ThreadAct
from pop_forum.services import threads
from pop_forum.services.reading import THREADS_PER_PAGE
from pop_forum.services.threads import ThreadDraft
from tests.web.test_discussions import open_thread, rows

Enter = Callable[..., Any]
MEASURE = "navette-a-la-demande"


def acts(commune: Any) -> list[tuple[str, str]]:
    return [(row.act, row.sentence) for row in rows(commune, ThreadAct)]


def test_a_discussion_opens_in_a_category_and_is_listed_there(signed_in: Enter, client: Any, commune: Any) -> None:
    browser = signed_in("resident")
    assert '<option selected value="idees">' in browser.get("/quotidien/ouvrir?rubrique=idees").text
    open_thread(browser, title="Un banc à l’ombre", category="idees")
    open_thread(browser, title="Sans rubrique", category="")
    listed = client.get("/quotidien/idees").text
    assert "Un banc à l’ombre" in listed and "Sans rubrique</a>" not in listed
    both = client.get("/quotidien").text
    assert (
        '<a href="/quotidien/idees">Boîte à idées</a></p>' in both and "Un banc" in both and "Sans rubrique</a>" in both
    )
    assert "Rien encore dans cette rubrique" in client.get("/quotidien/entraide").text
    assert [row.category for row in rows(commune, Thread)] == ["idees", None]


def test_the_printed_address_leads_to_the_idea_box(client: Any) -> None:
    answer = client.get("/idees")
    assert answer.status_code == 301 and answer.headers["Location"].endswith("/quotidien/idees")


@pytest.mark.parametrize("slug", ["rien", "a" * 300, "' OR 1=1 --", "%00"])
def test_row_74_an_unknown_category_is_not_found(client: Any, slug: str) -> None:
    assert client.get(f"/quotidien/{slug}").status_code == 404


def test_a_discussion_is_not_opened_in_an_unknown_category(signed_in: Enter, commune: Any) -> None:
    page = "/quotidien/ouvrir"
    answer = signed_in("resident").send(page, page, title="T", text="Gardé", reach="local", category="inconnue")
    assert answer.status_code == 400 and "Gardé" in answer.text and rows(commune, Thread) == []


def test_a_closed_discussion_refuses_everybody_and_says_why(signed_in: Enter, client: Any, commune: Any) -> None:
    resident, moderator = signed_in("resident", "Huguette P."), signed_in("moderator", "Nadège R.")
    address = open_thread(resident)
    form = f"{address}/ranger"
    assert moderator.send(f"{address}/clore", form, raison="La question a sa réponse.").status_code == 303
    page = client.get(address).text
    assert "Close le" in page and "La question a sa réponse." in page and "elle n’accepte plus de réponse" in page
    for browser in (resident, moderator):
        answer = browser.send(f"{address}/repondre", text="Encore un mot")
        assert answer.status_code == 409 and "Encore un mot" in answer.text
    assert len(rows(commune, Post)) == 1
    assert "close" in client.get("/quotidien").text
    assert moderator.send(f"{address}/clore", form, raison="Du nouveau.", rouvrir="1").status_code == 303
    assert resident.send(f"{address}/repondre", address, text="Merci").status_code == 303
    assert acts(commune) == [("closed", "La question a sa réponse."), ("reopened", "Du nouveau.")]


@pytest.mark.parametrize(("reason", "status"), [("r" * REASON_CHARS, 303), ("r" * (REASON_CHARS + 1), 413), (" ", 400)])
def test_a_reason_is_given_and_bounded(signed_in: Enter, commune: Any, reason: str, status: int) -> None:
    moderator = signed_in("moderator")
    address = open_thread(moderator)
    assert moderator.send(f"{address}/clore", f"{address}/ranger", raison=reason).status_code == status
    assert len(acts(commune)) == (status == 303)


@pytest.mark.parametrize(("reason", "status"), [("r" * REASON_CHARS, 303), ("r" * (REASON_CHARS + 1), 413), (" ", 400)])
def test_a_move_has_its_reason_too(signed_in: Enter, commune: Any, reason: str, status: int) -> None:
    moderator = signed_in("moderator")
    address = open_thread(moderator)
    target = {"ou": "quotidien:idees", "raison": reason}
    assert moderator.send(f"{address}/deplacer", f"{address}/ranger", **target).status_code == status
    assert len(acts(commune)) == (status == 303)


def test_the_public_log_tells_what_was_done_with_a_discussion_by_whom_and_why(
    signed_in: Enter, client: Any, commune: Any
) -> None:
    moderator = signed_in("moderator", "Nadège R.")
    address = open_thread(moderator, title="Le car", reach="local")
    form = f"{address}/ranger"
    moderator.send(f"{address}/epingler", form, raison="La réunion est demain.")
    moderator.send(f"{address}/epingler", form, detacher="1")
    moderator.send(f"{address}/deplacer", form, ou="quotidien:entraide", raison="C’est une demande d’aide.")
    moderator.send(f"{address}/clore", form, raison="La question a sa réponse.")
    moderator.send(f"{address}/clore", form, raison="Du nouveau.", rouvrir="1")
    log = client.get("/moderation/journal").text
    headings = re.findall(r"<h2>(Discussion[^<]*)</h2>", log)
    assert headings == [
        "Discussion rouverte",
        "Discussion close",
        "Discussion déplacée dans «\u202fEntraide\u202f»",
        "Discussion remise parmi les autres",
        "Discussion épinglée en tête de sa liste",
    ]
    assert log.count("décidé par Nadège R.") == 5 and log.count(f'href="{address}"') == 5
    for reason in ("La réunion est demain.", "C’est une demande d’aide.", "La question a sa réponse.", "Du nouveau."):
        assert reason in log and reason in client.get(address).text


def test_pinned_discussions_stand_at_the_head_up_to_the_limit(signed_in: Enter, client: Any, commune: Any) -> None:
    moderator = signed_in("moderator")
    addresses = [open_thread(moderator, title=f"Fil {number}") for number in range(PINNED_MOST + 1)]
    for address in addresses[:PINNED_MOST]:
        assert moderator.send(f"{address}/epingler", f"{address}/ranger").status_code == 303
    refused = moderator.send(f"{addresses[-1]}/epingler", f"{addresses[-1]}/ranger")
    assert refused.status_code == 409 and "Détachez-en une" in refused.text
    page = client.get("/quotidien").text
    head, others = page.split('id="tete"', 1)[1].split('id="liste"', 1)
    assert "Fil 0" in head and "Fil 3" not in head and "Fil 3" in others and "Fil 0" not in others
    moderator.send(f"{addresses[0]}/epingler", f"{addresses[0]}/ranger", detacher="1")
    assert moderator.send(f"{addresses[-1]}/epingler", f"{addresses[-1]}/ranger").status_code == 303
    assert [act for act, _ in acts(commune)] == ["pinned"] * 3 + ["unpinned", "pinned"]


def test_a_pinned_discussion_goes_back_after_its_last_day(signed_in: Enter, client: Any, commune: Any) -> None:
    moderator = signed_in("moderator")
    address = open_thread(moderator)
    form = f"{address}/ranger"
    assert moderator.send(f"{address}/epingler", form, jusqua="2020-01-01").status_code == 400
    assert moderator.send(f"{address}/epingler", form, jusqua="demain").status_code == 400
    assert moderator.send(f"{address}/epingler", form, jusqua="2999-12-31").status_code == 303
    assert 'id="tete"' in client.get("/quotidien").text
    with commune.transaction() as site:
        site.session.scalars(select(Thread)).one().pinned_until = site.clock.now() - timedelta(seconds=1)
    assert 'id="tete"' not in client.get("/quotidien").text


def test_a_discussion_that_stays_here_moves_to_a_measure_and_back(signed_in: Enter, client: Any, commune: Any) -> None:
    moderator = signed_in("moderator")
    address = open_thread(moderator, title="Le car", reach="local")
    form = f"{address}/ranger"
    assert moderator.send(f"{address}/deplacer", form, ou=f"mesure:{MEASURE}", raison="Sa place.").status_code == 303
    assert "Le car" in client.get(f"/programme/{MEASURE}/discussion").text
    assert "Le car" not in client.get("/quotidien").text
    assert moderator.send(f"{address}/deplacer", form, ou="quotidien:entraide", raison="Sa place.").status_code == 303
    assert "Le car" in client.get("/quotidien/entraide").text
    assert "Entraide" in client.get(address).text and [act for act, _ in acts(commune)] == ["moved", "moved"]


def test_a_shared_discussion_changes_its_category_only(signed_in: Enter, client: Any, commune: Any) -> None:
    moderator = signed_in("moderator")
    address = open_thread(moderator, title="Partagée", reach="shared")
    form = f"{address}/ranger"
    assert "partagée avec le réseau" in moderator.get(form).text and "mesure:" not in moderator.get(form).text
    assert moderator.send(f"{address}/deplacer", form, ou=f"mesure:{MEASURE}", raison="Sa place.").status_code == 409
    assert moderator.send(f"{address}/deplacer", form, ou="quotidien:idees", raison="Sa place.").status_code == 303
    assert "Partagée" in client.get("/quotidien/idees").text


@pytest.mark.parametrize("target", ["", "ailleurs:x", "quotidien:inconnue", "mesure:inconnue"])
def test_a_discussion_moves_to_no_strange_place(signed_in: Enter, commune: Any, target: str) -> None:
    moderator = signed_in("moderator")
    address = open_thread(moderator, reach="local")
    answer = moderator.send(f"{address}/deplacer", f"{address}/ranger", ou=target, raison="Sa place.")
    assert answer.status_code in (400, 404)
    assert acts(commune) == []


@pytest.mark.parametrize("act", ["epingler", "clore", "deplacer"])
def test_only_the_moderation_arranges(signed_in: Enter, client: Any, commune: Any, act: str) -> None:
    resident = signed_in("resident", "Huguette P.")
    address = open_thread(resident, reach="local")
    fields = {"raison": "Parce que", "ou": "quotidien:idees"}
    assert resident.send(f"{address}/{act}", **fields).status_code == 403
    assert resident.get(f"{address}/ranger").status_code == 403
    answer = client.send(f"{address}/{act}", **fields)
    assert answer.status_code == 303 and client.get(answer.headers["Location"]).status_code == 401
    assert acts(commune) == [] and rows(commune, Thread)[0].category is None
    assert "Ranger" not in resident.get(address).text


def test_nothing_of_it_goes_to_the_network(signed_in: Enter, commune: Any) -> None:
    moderator = signed_in("moderator")
    address = open_thread(moderator, category="idees")
    before = [(row.name, row.n) for row in rows(commune, Journal)]
    form = f"{address}/ranger"
    moderator.send(f"{address}/epingler", form)
    moderator.send(f"{address}/deplacer", form, ou="quotidien:entraide", raison="Sa place.")
    moderator.send(f"{address}/clore", form, raison="Fini.")
    assert [(row.name, row.n) for row in rows(commune, Journal)] == before


def test_the_discussions_of_a_measure_have_the_marks_of_daily_life(signed_in: Enter, client: Any, commune: Any) -> None:
    resident, moderator = signed_in("resident", "Huguette P."), signed_in("moderator", "Nadège R.")
    form, tab = f"/programme/{MEASURE}/ouvrir", f"/programme/{MEASURE}/discussion"
    first, second = (
        resident.send(form, form, title=title, text="Quand ?", reach="local").headers["Location"]
        for title in ("La plus ancienne", "La plus récente")
    )
    page = client.get(tab).text
    assert "En tête" not in page and page.index("La plus récente") < page.index("La plus ancienne")
    moderator.send(f"{first}/epingler", f"{first}/ranger")
    page = client.get(tab).text
    assert page.index("En tête") < page.index("La plus ancienne") < page.index("Les dernières discussions")
    assert page.count("La plus ancienne</a>") == 1
    moderator.get(second)
    resident.send(f"{second}/repondre", second, text="Demain.")
    assert f"{second}/non-lu" in moderator.get(tab).text and "1 message non lu" in moderator.get(tab).text
    assert "non lu" not in client.get(tab).text and "non lu" not in resident.get(tab).text


def test_the_discussions_of_a_measure_have_pages(signed_in: Enter, client: Any, commune: Any) -> None:
    resident = signed_in("resident", "Huguette P.")
    form, tab = f"/programme/{MEASURE}/ouvrir", f"/programme/{MEASURE}/discussion"
    address = resident.send(form, form, title="Fil 0", text="x", reach="local").headers["Location"]
    with commune.transaction() as site:
        author, measure = site.session.scalars(select(Thread)).one().author, site.session.scalars(select(Thread)).one()
        for number in range(1, THREADS_PER_PAGE + 1):
            draft = ThreadDraft(f"Fil {number}", "x", measure.measure, shared=False)
            threads.open_thread(site, author, draft)
    assert "Fil 0</a>" not in client.get(tab).text and "Fil 0</a>" in client.get(f"{tab}?page=2").text
    assert client.get(f"{tab}?page=3").status_code == 404
    assert client.get(address).status_code == 200
