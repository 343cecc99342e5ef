"""A measure that one commune adds: who may, how it is revised, and what the other communes read and make of it."""

import re
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.permissions import Viewer
from pop_forum.federation import revisions
from pop_forum.federation.activities import LOCAL, LOCAL_ADAPTATION
from pop_forum.federation.identifiers import Host, ObjectId, commune_id
from pop_forum.models import Measure, Peer, Revision, Stance
from pop_forum.services import lineage, local_measures, measures
from pop_forum.services import programme_pages as pages
from pop_forum.services.local_measures import LocalDraft
from pop_forum.services.measures import MeasureDraft
from pop_forum.services.messages import Stamp
from pop_forum.web.measure_form import MAX_REASON_CHARS
from tests.web.neighbour import HOST, befriend, neighbour, neighbour_data
from tests.web.test_programme_writing import SignIn
from tests.web.test_taking import EDITOR, lines

__all__ = ["neighbour", "neighbour_data"]

FORM = "/programme/notre-programme/ajouter"
THEME = "mieux-se-deplacer"
TYPED = {
    "theme": THEME,
    "title": "Des bancs à l’ombre",
    "text": "Un banc tous les 200 mètres.\n\n\nUn arbre par banc.",
    "reason": "Demandé par le conseil des aînés.",
}


def add(browser: Any, **typed: str) -> Any:
    return browser.send(FORM, FORM, **{**TYPED, "action": "publier", **typed})


def ours(commune: Commune, viewer: Viewer = EDITOR) -> str:
    """The slug of a measure that Valombre added."""
    with commune.transaction() as site:
        draft = LocalDraft(THEME, "Des bancs", ("Un banc.",), "Les aînés.")
        return local_measures.add(site, viewer, draft).slug


def theirs(commune: Commune, text: str = "Une halle.", after: str = "", n: int = 5) -> str:
    """The URN of a measure that Pont-Hervel added, received here in this version."""
    urn = revisions.LocalName(HOST, THEME, "halle-abcd").urn
    blocks = (revisions.Block("b-1", "paragraph", text),)
    author = commune_id(Host(HOST))
    parents = (after,) if after else ()
    revision = revisions.Revision(urn, parents, "La halle", blocks, None, author, f"2026-11-0{n}T10:00:00Z")
    with commune.transaction() as site:
        now = site.clock.now()
        missing = lineage.put_revision(
            site, revision, host=HOST, role=LOCAL, summary="Le marché.", stamp=Stamp(1, n), at=now
        )
    assert missing is None
    return urn


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("resident", 403), ("moderator", 403)])
def test_only_who_writes_our_texts_adds_a_measure(
    client: Any, signed_in: SignIn, commune: Commune, role: str | None, status: int
) -> None:
    browser = signed_in(role) if role else client
    assert browser.get(FORM).status_code == status
    answer = browser.send(FORM, "/affichage" if role else "/connexion", action="publier", **TYPED)
    assert answer.status_code == (status if role else 303), "a visitor's words wait for them to sign in"
    assert FORM not in browser.get(f"/programme/themes/{THEME}").text
    with commune.reading() as site:
        assert site.session.query(Measure).count() == 40


def test_a_measure_is_read_again_then_published_and_stands_in_our_programme(signed_in: SignIn, client: Any) -> None:
    browser = signed_in("candidate")
    again = add(browser, action="relire")
    assert again.status_code == 200 and "Le texte compte 2 passages" in lines(again.text)
    assert TYPED["title"] not in client.get("/programme").text
    answer = add(browser)
    assert answer.status_code == 303 and re.search(r"/programme/des-bancs-a-l-ombre-[a-z2-7]{4}$", answer.location)
    page = client.get(answer.location).text
    assert ">locale</span>" in page and "Un arbre par banc." in page and TYPED["reason"] in page
    assert "<form method" not in page[page.index("<aside") : page.index("</aside")]
    for address in ("/programme", f"/programme/themes/{THEME}", "/programme/notre-programme"):
        shown = client.get(address).text
        assert answer.location in shown and ">locale</span>" in shown, address
    text = lines(client.get("/programme/notre-programme").text)
    assert "0 sur 40" in text and "S’y ajoute 1 mesure locale" in text
    for tab in ("budget", "discussion", "historique", "communes"):
        assert client.get(f"{answer.location}/{tab}").status_code == 200


def test_it_is_revised_set_aside_and_taken_up_like_any_other(signed_in: SignIn, client: Any, commune: Commune) -> None:
    browser, slug = signed_in("candidate"), ours(commune)
    place = f"/programme/{slug}"
    form = browser.get(f"{place}/adapter").text
    assert "Modifier notre mesure" in form
    base, block = (re.search(rf'name="{name}" value="([^"]*)"', form) for name in ("base", "block"))
    assert base and block
    sent = {"base": base[1], "block": block[1], "text": "Deux bancs.", "title": "Des bancs", "reason": "Plus."}
    assert browser.send(f"{place}/adapter", f"{place}/adapter", action="publier", **sent).status_code == 303
    history = lines(client.get(f"{place}/historique").text)
    assert "Notre version 2" in history and "Notre version 1" in history
    assert browser.send(f"{place}/reprendre", f"{place}/adapter", version=base[1]).status_code in (400, 409)
    assert browser.send(f"{place}/ecarter", f"{place}/ecarter", reason="Trop cher.").status_code == 303
    assert "a écarté cette mesure" in client.get(place).text
    assert browser.send(f"{place}/ecarter", place, action="revenir").status_code == 303
    page = client.get(place).text
    assert ">locale</span>" in page and "Deux bancs." in page


@pytest.mark.parametrize(
    ("wrong", "link"),
    [
        ({"theme": ""}, "#theme"),
        ({"theme": "inconnu"}, "#text"),
        ({"title": " "}, "#title"),
        ({"text": " \n\n "}, "#text"),
        ({"text": "\n\n".join("x" * 201)}, "#text"),
        ({"reason": "x" * (MAX_REASON_CHARS + 1)}, "#reason"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    signed_in: SignIn, wrong: dict[str, str], link: str
) -> None:
    answer = add(signed_in("candidate"), **wrong)
    assert answer.status_code == 400 and f'href="{link}"' in answer.text
    assert "title" in wrong or TYPED["title"] in answer.text


def test_the_name_of_a_measure_tells_whose_it_is_and_its_theme() -> None:
    name = revisions.local_name(f"urn:pop:{HOST}:{THEME}:halle-abcd")
    assert name == revisions.LocalName(HOST, THEME, "halle-abcd")
    assert revisions.slug_at(name.urn, HOST) == "halle-abcd"
    assert re.fullmatch(r"halle-abcd~[0-9a-f]{8}", revisions.slug_at(name.urn, "valombre.example"))
    for other in (f"{revisions.PROGRAMME}:navette:a", "urn:pop:a.example:a1", f"urn:pop:{HOST}:thème:a"):
        assert revisions.local_name(other) is None


def test_a_measure_of_a_neighbour_is_read_adapted_and_followed(
    signed_in: SignIn, client: Any, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    urn = theirs(commune)
    slug = revisions.slug_at(urn, commune.settings.host)
    place, browser = f"/programme/{slug}", signed_in("candidate")
    theme = client.get(f"/programme/themes/{THEME}").text
    assert "Ajoutées par d’autres communes" in theme and place in theme
    assert place not in client.get("/programme").text
    page = client.get(place).text
    assert "Une mesure de Pont-Hervel" in lines(page) and "texte commun" not in lines(page.split("<main")[1])
    assert "locale" in lines(client.get(f"{place}/communes").text)
    with commune.transaction() as site:
        measure = measures.by_slug(site, slug)
        base = measures.current_revision(site, urn)
        draft = MeasureDraft("La halle", (("b-1", "Une halle, ici."),), "Chez nous.", base.digest)
        own = measures.adapt(site, EDITOR, measure, draft)
        assert (own.role, own.parents, own.measure) == (LOCAL_ADAPTATION, [base.digest], urn)
    page = lines(client.get(place).text)
    assert "1 différence avec le texte de départ" in page and "À jour avec le texte d’origine" in page
    assert place in client.get("/programme/notre-programme").text
    theirs(commune, "Une grande halle.", base.digest, 6)
    assert "Le texte d’origine a évolué" in browser.get(place).text
    assert browser.get(f"{place}/changements").status_code == 200
    assert client.get(f"{place}/communes").status_code == 200


def test_a_measure_of_a_commune_that_is_not_shown_is_not_found_until_it_is_ours(
    client: Any, commune: Commune, neighbour: Commune
) -> None:
    befriend(commune, neighbour)
    urn = theirs(commune)
    place = f"/programme/{revisions.slug_at(urn, commune.settings.host)}"
    with commune.transaction() as site:
        site.session.query(Peer).one().state = "suspended"
    assert client.get(place).status_code == 404 and place not in client.get(f"/programme/themes/{THEME}").text
    with commune.transaction() as site:
        measures.adopt(site, EDITOR, measures.by_slug(site, place.rsplit("/", 1)[1]))
    assert ">reprise</span>" in client.get(place).text


def test_who_adds_it_and_who_receives_it_hold_the_same(commune: Commune, neighbour: Commune) -> None:
    slug = ours(commune)
    with commune.reading() as site:
        row = pages.measure_page(site, slug).standing.current
        value, stamp, at = lineage.to_value(row), Stamp(row.epoch, row.n), row.received_at
    with neighbour.transaction() as there:
        lineage.put_revision(there, value, host=commune.settings.host, role=LOCAL, summary="", stamp=stamp, at=at)
        held = there.session.query(Stance).one()
        assert (held.host, held.kind, held.digest) == (commune.settings.host, "adapted", revisions.digest(value))
        assert there.session.query(Measure).count() == 0, "the theme is not known yet"


def test_it_has_no_common_text_to_revise(signed_in: SignIn) -> None:
    admin = signed_in("admin")
    assert admin.get(f"{add(admin).location}/reviser").status_code == 400


def test_another_commune_does_not_revise_it(commune: Commune) -> None:
    urn = theirs(commune)
    with commune.transaction() as site:
        base = site.session.query(Revision).filter_by(measure=urn).one()
        author = commune_id(Host("autre.example"))
        forged = revisions.Revision(
            urn, (base.digest,), "La halle", (revisions.Block("b-1", "paragraph", "Non."),), None, author, base.created
        )
        for role in (LOCAL, "adaptation", "common"):
            with pytest.raises(Exception, match="measure of another commune"):
                lineage.put_revision(
                    site, forged, host="autre.example", role=role, summary="", stamp=Stamp(1, 9), at=site.clock.now()
                )
        assert ObjectId(author) == forged.author
