"""« Proposer une amélioration »: ticked, published, answered in public, credited; the author is told."""

import re
from datetime import timedelta
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.federation import activities as a
from pop_forum.federation import build, parse, revisions
from pop_forum.federation.identifiers import Host
from pop_forum.federation.strict_json import load_object
from pop_forum.models import Entry, Improvement, ImprovementAnswer, Revision
from pop_forum.services import improvement_pages, inbox, measures
from pop_forum.services import programme_pages as pages
from pop_forum.services.drafting import DAYS
from pop_forum.services.known import Known
from pop_forum.services.messages import Stamp
from pop_forum.web.measure_form import MAX_REASON_CHARS
from tests.web.neighbour import befriend, neighbour, neighbour_data
from tests.web.test_programme_writing import MEASURE, SLUG, SignIn
from tests.web.test_taking import BASE, OURS, lines, write

__all__ = ["neighbour", "neighbour_data"]

FORM, LIST = f"{MEASURE}/ameliorer", f"{MEASURE}/ameliorations"
WHY = "Le mardi est jour de marché."


@pytest.fixture
def adapted(commune: Commune) -> Commune:
    """A common text, and an adaptation of it."""
    write(commune, BASE, True)
    write(commune, OURS, False)
    return commune


def fields(page: str) -> dict[str, Any]:
    """What the form of this page sends when nothing is changed in it, but for choices."""
    hidden = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("common", "ours")}
    ticked = re.findall(r'name="passage" value="([^"]*)"', page)
    return {**{name: found[1] for name, found in hidden.items() if found}, "passage": ticked}


def propose(browser: Any, **typed: Any) -> Any:
    sent = {**fields(browser.get(FORM).text), "choice": "essential", "reason": WHY, "action": "publier", **typed}
    return browser.send(FORM, FORM, **sent)


def reply(browser: Any, place: str, **typed: Any) -> Any:
    sent = {**fields(browser.get(place).text), "choice": "whole", "reason": "Merci, c’est plus clair.", **typed}
    return browser.send(place, place, **sent)


def common(commune: Commune) -> list[str]:
    """The passages of the common text."""
    with commune.reading() as site:
        head = measures.common_revision(site, measures.by_slug(site, SLUG).urn)
        return [str(block["text"]) for block in head.blocks]


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("resident", 403), ("moderator", 403)])
def test_only_who_writes_our_text_proposes(
    client: Any, signed_in: SignIn, adapted: Commune, role: str | None, status: int
) -> None:
    browser = signed_in(role) if role else client
    assert browser.get(FORM).status_code == status and FORM not in browser.get(MEASURE).text
    assert browser.send(FORM, "/affichage" if role else "/connexion", action="publier").status_code == status


def test_an_improvement_is_read_again_published_integrated_and_its_author_told(
    signed_in: SignIn, client: Any, adapted: Commune
) -> None:
    candidate, admin = signed_in("candidate"), signed_in("admin")
    assert FORM in candidate.get(MEASURE).text
    preview = propose(candidate, action="relire")
    assert preview.status_code == 200 and "Rien n’est encore publié" in preview.text
    with adapted.reading() as site:
        assert site.session.query(Improvement).count() == 0
    place = propose(candidate).location
    page = client.get(place).text
    assert WHY in page and ">indispensable</span>" in page and "en attente" in page and "<form method" not in page
    for address in (LIST, "/ameliorations"):
        assert place in client.get(address).text and "attend une réponse" in client.get(address).text
    before = client.get(MEASURE).text
    assert reply(admin, place).status_code == 303
    assert common(adapted) == [text for _, text in OURS]
    page = client.get(place).text
    assert "intégrée" in page and "Merci, c’est plus clair." in page and "Réponse attendue" not in page
    assert "d’après une amélioration de Valombre-sur-Lys" in lines(client.get(f"{MEASURE}/historique").text)
    told = lines(candidate.get("/notifications").text)
    assert "Réponses à vos améliorations" in told and "non lue" in told
    candidate.get(place), candidate.get(MEASURE)
    assert "Tout est lu" in lines(candidate.get("/notifications").text)
    assert ">adaptée</span>" in before and ">adaptée</span>" in client.get(MEASURE).text, "our text is never changed"
    again = admin.send(place, "/affichage", choice="refused", reason="Non.")
    assert again.status_code == 400 and "intégrée" in again.text, "it has its answer"


def test_a_part_of_it_is_integrated_and_the_rest_is_not(signed_in: SignIn, client: Any, adapted: Commune) -> None:
    candidate, admin = signed_in("candidate"), signed_in("admin")
    place, before = propose(candidate).location, common(adapted)
    ticked = fields(admin.get(place).text)["passage"]
    assert len(ticked) > 1
    assert reply(admin, place, passage=ticked[:1]).status_code == 303
    after = common(adapted)
    assert after != before and after != [text for _, text in OURS]
    assert "intégrée en partie" in client.get(place).text


@pytest.mark.parametrize(("choice", "words"), [("refused", "non retenue"), ("rework", "à retravailler")])
def test_a_refusal_says_why_and_changes_no_text(
    signed_in: SignIn, client: Any, adapted: Commune, choice: str, words: str
) -> None:
    place, before = propose(signed_in("candidate")).location, common(adapted)
    admin = signed_in("admin")
    assert reply(admin, place, choice=choice, reason=" ").status_code == 400
    assert reply(admin, place, choice=choice, reason="Trop local.").status_code == 303
    page = client.get(place).text
    assert words in page and "Trop local." in page and common(adapted) == before
    assert "garde son texte" in page


@pytest.mark.parametrize("role", ["candidate", "resident"])
def test_only_who_keeps_the_common_text_answers(signed_in: SignIn, adapted: Commune, role: str) -> None:
    place = propose(signed_in("candidate", "Une autre")).location
    browser = signed_in(role)
    assert "Publier la réponse" not in browser.get(place).text
    assert browser.send(place, "/affichage", choice="refused", reason="Non.").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "link"),
    [
        ({"passage": []}, "#coche-1"),
        ({"choice": ""}, "#choice"),
        ({"reason": "x" * (MAX_REASON_CHARS + 1)}, "#reason"),
    ],
)
def test_what_is_missing_is_said(signed_in: SignIn, adapted: Commune, wrong: dict[str, Any], link: str) -> None:
    answer = propose(signed_in("candidate"), **wrong)
    assert answer.status_code == 400 and f'href="{link}"' in answer.text


def test_a_text_that_moved_on_meanwhile_is_shown_and_nothing_is_published(signed_in: SignIn, adapted: Commune) -> None:
    browser = signed_in("candidate")
    assert propose(browser, common="Qmautre").status_code == 409
    with adapted.reading() as site:
        assert site.session.query(Improvement).count() == 0


def test_an_improvement_is_overdue_after_thirty_days(signed_in: SignIn, client: Any, adapted: Commune) -> None:
    place = propose(signed_in("candidate")).location
    assert "en retard" not in client.get(place).text
    with adapted.transaction() as site:
        row = site.session.query(Improvement).one()
        row.at = site.clock.now() - timedelta(days=DAYS, seconds=1)
    assert "en retard" in client.get(place).text and "en retard" in client.get(LIST).text


def test_another_commune_reads_the_same_whatever_came_first(
    signed_in: SignIn, adapted: Commune, neighbour: Commune
) -> None:
    place = propose(signed_in("candidate")).location
    reply(signed_in("admin"), place)
    befriend(neighbour, adapted)
    with adapted.reading() as site:
        said = [load_object(row.activity) for row in site.session.query(Entry).order_by(Entry.id) if row.activity]
        urn = measures.by_slug(site, SLUG).urn
        edition = site.session.query(Revision).filter_by(measure=urn, role="edition").one()
        value = {column.key: getattr(edition, column.key) for column in Revision.__table__.columns}
    host, found = Host(adapted.settings.host), []
    for order in (1, -1):
        with neighbour.transaction() as there:
            there.session.query(Improvement).delete(), there.session.query(ImprovementAnswer).delete()
            there.session.query(Revision).delete()
            there.session.add(Revision(**value))
            waiting = list(enumerate(said, start=1))[::order]
            for _ in said:  # what waits for another entry is tried again
                waiting = [(n, one) for n, one in waiting if _apply(there, host, one, n) == "waiting"]
            assert waiting == []
            [row], [answer] = there.session.query(Improvement).all(), there.session.query(ImprovementAnswer).all()
            found.append((row.digest, row.reason, answer.outcome, answer.sentence, answer.result))
            assert there.session.get(Revision, answer.result) is not None
    assert found[0] == found[1] and found[0][1:3] == (WHY, "whole")


def _apply(site: Any, host: Host, document: Any, n: int) -> str:
    activity = parse.parse({name: value for name, value in document.items() if name != "proof"}, host=host)
    if not isinstance(activity.content, a.RevisionPublished | a.ImprovementProposed | a.ImprovementDecided):
        return "applied"
    return inbox.handle(site, Known(site), host, activity, Stamp(1, n)).state


def test_what_is_no_offer_of_ours_is_kept_for_later(adapted: Commune, signed_in: SignIn) -> None:
    propose(signed_in("candidate"))
    host = Host(adapted.settings.host)
    with adapted.reading() as site:
        entry = site.session.query(Entry).order_by(Entry.id.desc()).first()
        document = {name: value for name, value in load_object(entry.activity).items() if name != "proof"}
        page = pages.measure_page(site, SLUG)
        assert improvement_pages.lines(site, page.measure.urn).waiting
    activity = parse.parse(document, host=host)
    assert isinstance(activity.content, a.ImprovementProposed)
    assert revisions.digest(activity.content.revision) and build.build(activity)["type"] == "Offer"
    later = parse.parse({**document, "pop:need": "urgent"}, host=host)
    assert isinstance(later.content, a.Unsupported)


def test_improvements_and_their_answers_are_there_as_data(signed_in: SignIn, client: Any, adapted: Commune) -> None:
    admin = signed_in("admin")
    place = propose(admin).headers["Location"]
    [waiting] = client.get("/ameliorations.json").json["improvements"]
    assert (waiting["reason"], waiting["outcome"]) == (WHY, None) and waiting["url"].endswith(place)
    reply(admin, place)
    for page in ("/ameliorations", LIST):
        [answered] = client.get(f"{page}.json").json["improvements"]
        assert answered["outcome"] == "whole" and answered["sentence"] == "Merci, c’est plus clair."
        assert WHY in client.get(f"{page}.csv").text and f'href="{page}.csv"' in client.get(page).text
