"""« Reprendre les changements »: who may, one choice for each passage, nothing before the last button, nothing lost."""

import re
from html import unescape
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.domain.lineage.taking import taking
from pop_forum.domain.lineage.texts import Text
from pop_forum.domain.permissions import Role, Viewer
from pop_forum.models import Draft, KeptText, Revision
from pop_forum.services import measures
from pop_forum.services.measures import MeasureDraft
from pop_forum.web.taking_cards import cards
from pop_forum.web.taking_form import TakingForm
from tests.web.test_discussions import rows
from tests.web.test_programme_writing import MEASURE, SLUG, SignIn, current

TAKE, KEEP = f"{MEASURE}/changements", f"{MEASURE}/garder"
EDITOR = Viewer(1, Role.ADMIN, agreed=True)
FIRST = "navette-a-la-demande-1"
BASE = ((FIRST, "Une navette relie les hameaux à la gare."), ("b", "On réserve la veille avant midi."))
OURS = (BASE[0], ("b", "On réserve la veille avant 17 h."), (None, "Une place est gardée."))
THEIRS = ((FIRST, "Une navette relie tous les hameaux à la gare."), ("b", "On réserve deux heures avant."))


def write(commune: Commune, blocks: Any, common: bool, title: str = "Navette locale à la demande") -> Revision:
    """A version of our text, or of the common one; the blocks named `b` keep one id."""
    with commune.transaction() as site:
        measure = measures.by_slug(site, SLUG)
        publish = measures.revise_common if common else measures.adapt
        before = measures.common_revision(site, measure.urn) if common else measures.current_revision(site, measure.urn)
        ids = [str(block["id"]) for block in before.blocks]
        named = tuple((ids[1] if name == "b" and len(ids) > 1 else name, text) for name, text in blocks)
        return publish(site, EDITOR, measure, MeasureDraft(title, named, "Parce que.", before.digest))


@pytest.fixture
def evolved(commune: Commune) -> Commune:
    """A measure adapted here, whose common text went on: one passage to choose, one that comes in by itself."""
    for blocks, common in ((BASE, True), (OURS, False), (THEIRS, True)):
        write(commune, blocks, common)
    return commune


def form(browser: Any, address: str = TAKE, **choices: str) -> dict[str, str]:
    """The form of this page as a browser would send it back; `pick` and `other` are of the passage to choose."""
    return fields(browser.get(address).text, **choices)


def fields(page: str, **choices: str) -> dict[str, str]:
    """The same of a page that is open."""
    hidden = dict(re.findall(r'<input type="hidden" name="(csrf_token|base|head)" value="([^"]+)"', page))
    picked = dict(re.findall(r'name="(choix-[^"]+)" value="([^"]+)" checked', page))
    others = re.findall(r'name="(autre-[^"]+)"[^>]*>\n([^<]*)</textarea>', page)
    typed = {name: unescape(text) for name, text in others}
    pick = next(iter(re.findall(r'name="(choix-texte:[^"]+)"', page)), "")
    names = {"pick": pick, "other": pick.replace("choix", "autre")}
    made = {names[name]: value for name, value in choices.items()}
    return {**hidden, **picked, **typed, "reason": "Le texte commun progresse.", **made}


def merged(commune: Commune) -> list[Revision]:
    """The versions with two parents."""
    with commune.reading() as site:
        return [row for row in site.session.query(Revision) if len(row.parents) == 2]


def lines(page: str) -> str:
    """The words of a page alone."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)))


def test_a_visitor_and_a_resident_take_nothing_in(client: Any, signed_in: SignIn, evolved: Commune) -> None:
    before = current(evolved)
    assert client.get(TAKE).status_code == 401
    assert client.send(TAKE, action="publier").status_code == 401
    browser = signed_in("resident")
    assert browser.get(TAKE).status_code == 403
    assert browser.send(TAKE, action="publier").status_code == 403
    assert current(evolved) == before


def test_the_page_shows_three_texts_and_chooses_nothing_for_anybody(signed_in: SignIn, evolved: Commune) -> None:
    page = signed_in("candidate").get(TAKE).text
    for words in ("Version de départ (2)", "Texte commun aujourd’hui (3)", "Notre texte (1)", "Un passage à choisir"):
        assert words in lines(page), words
    assert "Un changement se reprend sans difficulté" in lines(page)
    assert not re.search(r'name="choix-texte:[^>]*checked', page)
    assert re.search(r'name="choix-repris:[^>]*value="theirs" checked', page)


@pytest.mark.parametrize(
    ("pick", "made"),
    [("ours", "On réserve la veille avant 17 h."), ("theirs", "On réserve deux heures avant.")],
)
def test_a_choice_makes_a_version_with_two_parents(signed_in: SignIn, evolved: Commune, pick: str, made: str) -> None:
    browser = signed_in("candidate")
    sent = form(browser, pick=pick)
    read = browser.post(TAKE, data={**sent, "action": "relire"})
    assert read.status_code == 200 and "Rien n’est encore publié" in read.text
    review, again = read.text.split('<details class="again">')
    assert set(re.findall(r"Passage (\d)", lines(review))) <= set(re.findall(r"Passage (\d)", lines(again)))
    assert again.index("</details>") < again.index('value="publier"'), "the last step stands last"
    assert current(evolved)[1][1] == "On réserve la veille avant 17 h."
    assert browser.post(TAKE, data={**fields(read.text), "action": "publier"}).status_code == 303
    kind, texts = current(evolved)
    assert (kind, texts) == ("adapted", [THEIRS[0][1], made, OURS[2][1]])
    [newest] = merged(evolved)
    assert newest.parents == [sent["base"], sent["head"]] and newest.summary == "Le texte commun progresse."
    assert rows(evolved, Draft) == [] and "À jour avec le texte commun" in browser.get(MEASURE).text
    assert "Il n’y a rien à reprendre" in browser.get(TAKE).text


def test_another_text_may_be_written_and_what_came_in_refused(signed_in: SignIn, evolved: Commune) -> None:
    browser = signed_in("candidate")
    sent = form(browser, pick="written", other="On réserve trois heures avant, ou à l’épicerie.")
    sent |= {name: "ours" for name in sent if name.startswith("choix-repris")}
    assert browser.post(TAKE, data={**sent, "action": "publier"}).status_code == 303
    assert current(evolved)[1] == [BASE[0][1], "On réserve trois heures avant, ou à l’épicerie.", OURS[2][1]]


def test_what_is_left_to_choose_is_said_and_what_was_chosen_is_kept(signed_in: SignIn, evolved: Commune) -> None:
    browser = signed_in("candidate")
    answer = browser.post(TAKE, data={**form(browser), "reason": "", "action": "publier"})
    assert answer.status_code == 400 and 'role="alert"' in answer.text
    assert 'href="#p1"' in answer.text and 'id="p1"' in answer.text and 'href="#reason"' in answer.text
    empty = browser.post(TAKE, data={**form(browser, pick="written", other=" "), "action": "publier"})
    assert empty.status_code == 400 and "écrivez votre autre texte" in empty.text
    long = {**form(browser, pick="ours"), "reason": "x" * 501, "action": "publier"}
    assert browser.post(TAKE, data=long).status_code == 400
    assert browser.post(TAKE, data={**form(browser), "action": "exploser"}).status_code == 400
    assert merged(evolved) == []


def test_choices_wait_for_another_day(signed_in: SignIn, evolved: Commune) -> None:
    browser = signed_in("candidate")
    later = browser.post(TAKE, data={**form(browser, pick="written", other="À revoir."), "action": "plus-tard"})
    assert later.status_code == 303 and later.location.endswith(MEASURE)
    page = browser.get(TAKE).text
    assert "Brouillon du " in page and "À revoir.</textarea>" in page
    assert re.search(r'name="choix-texte:[^>]*value="written" checked', page)
    assert "À revoir." not in signed_in("admin").get(TAKE).text, "row 92"


def test_choices_that_change_nothing_are_not_a_version(signed_in: SignIn, evolved: Commune) -> None:
    browser = signed_in("candidate")
    sent = form(browser, pick="ours")
    sent |= {name: "ours" for name in sent if name.startswith("choix-repris")}
    read = browser.post(TAKE, data={**sent, "action": "relire"}).text
    assert 'value="publier"' not in read and f'formaction="{KEEP}"' in read
    answer = browser.post(TAKE, data={**sent, "action": "publier"})
    assert answer.status_code == 400 and "laissent notre texte tel quel" in lines(answer.text)


def test_the_second_of_two_editors_sees_both_texts(signed_in: SignIn, evolved: Commune) -> None:
    first, second = signed_in("candidate", "Karim B."), signed_in("candidate", "Solène D.")
    early = form(first, pick="theirs")
    late = form(second, pick="written", other="On réserve au comptoir.")
    assert first.post(TAKE, data={**early, "action": "publier"}).status_code == 303
    answer = second.post(TAKE, data={**late, "action": "publier"})
    assert answer.status_code == 409 and "Quelqu’un a publié entre-temps" in answer.text
    assert "On réserve au comptoir." in lines(answer.text)
    assert current(evolved)[1][1] == "On réserve deux heures avant."
    mine = answer.text[answer.text.index(f'action="{MEASURE}/adapter"') :]
    typed = re.findall(r'name="text"[^>]*>\n([^<]*)</textarea>', mine)
    assert unescape(typed[1]) == "On réserve au comptoir."


def test_a_version_published_beside_keeps_the_choices_that_still_hold(signed_in: SignIn, evolved: Commune) -> None:
    browser = signed_in("candidate")
    sent = form(browser, pick="theirs")
    write(evolved, (*((b["id"], b["text"]) for b in _blocks(evolved)), (None, "Gratuit le dimanche.")), False)
    answer = browser.post(TAKE, data={**sent, "action": "publier"})
    assert answer.status_code == 409 and re.search(r'name="choix-texte:[^>]*value="theirs" checked', answer.text)
    assert browser.post(TAKE, data={**fields(answer.text), "action": "publier"}).status_code == 303
    assert current(evolved)[1][1:] == ["On réserve deux heures avant.", OURS[2][1], "Gratuit le dimanche."]


def test_a_choice_between_other_words_is_made_again(signed_in: SignIn, evolved: Commune) -> None:
    browser = signed_in("candidate")
    browser.post(TAKE, data={**form(browser, pick="theirs"), "action": "plus-tard"})
    write(evolved, (THEIRS[0], ("b", "On réserve une heure avant.")), True)
    page = browser.get(TAKE).text
    assert "Un texte a changé depuis votre brouillon" in lines(page)
    assert not re.search(r'name="choix-texte:[^>]*checked', page) and "commun aujourd’hui (4)" in lines(page)


def test_several_common_versions_are_said_and_taken_one_by_one(signed_in: SignIn, evolved: Commune) -> None:
    with evolved.transaction() as site:
        measure = measures.by_slug(site, SLUG)
        head = measures.common_revision(site, measure.urn)
        site.session.add(_beside(head))
    browser = signed_in("candidate")
    page = browser.get(TAKE).text
    assert "plusieurs versions actuelles" in lines(page)
    other = re.search(r'href="(/programme/[^"]+\?version=[^"]+)"', page)
    assert other
    for address, words in (
        (unescape(other[1]), "On réserve au marché, ou la veille."),
        (TAKE, "On réserve quand on veut."),
    ):
        sent = form(browser, address, pick="written", other=words)
        assert browser.post(TAKE, data={**sent, "action": "publier"}).status_code == 303, address
    assert "À jour avec le texte commun" in browser.get(MEASURE).text


def test_a_commune_without_a_text_of_its_own_has_nothing_to_choose(signed_in: SignIn, commune: Commune) -> None:
    page = signed_in("candidate").get(TAKE)
    assert page.status_code == 200 and "il n’y a pas de passage à choisir" in lines(page.text)


def test_two_budgets_are_chosen_between_in_words(app: Any) -> None:
    sheets = [{"sheet": 1, "investment_low": low, "investment_high": 9_000} for low in (1_000, 2_000, 3_000)]
    base, ours, theirs = (Text("La navette", (), sheet) for sheet in sheets)
    form = TakingForm({}, {}, "", "", "")
    with app.test_request_context("/"):
        [card] = cards(taking([base], ours, theirs), form)
    said = ["".join(piece.text for piece in column[0]) for column in (card.base, card.ours, card.theirs)]
    assert card.other is None and [value for value, _ in card.options] == ["ours", "theirs"]
    assert all("9\u202f000" in words for words in said) and "3\u202f000" in said[2] and "1\u202f000" in said[0]


def test_keeping_our_text_is_said_to_everybody_once_and_can_be_taken_back(
    signed_in: SignIn, client: Any, evolved: Commune
) -> None:
    browser = signed_in("candidate")
    head = form(browser)["head"]
    assert "Le texte commun a évolué" in client.get(MEASURE).text and "<form method" not in aside(client)
    assert browser.send(KEEP, MEASURE, version=head).status_code == 303
    for page in (client.get(MEASURE).text, browser.get(MEASURE).text):
        assert "Nous gardons notre texte" in page and "Le texte commun a évolué" not in page
    assert "<form method" not in aside(client)
    assert browser.send(KEEP, MEASURE, version=head).status_code == 303, "twice is once"
    assert browser.send(KEEP, MEASURE, version=head, action="revoir").status_code == 303
    assert "Le texte commun a évolué" in client.get(MEASURE).text


def test_the_next_common_version_is_told_again(signed_in: SignIn, evolved: Commune) -> None:
    browser = signed_in("candidate")
    browser.send(KEEP, MEASURE, version=form(browser)["head"])
    write(evolved, (THEIRS[0], ("b", "On réserve une heure avant.")), True)
    assert "Le texte commun a évolué" in browser.get(MEASURE).text


def test_who_may_not_adapt_decides_nothing(signed_in: SignIn, client: Any, evolved: Commune) -> None:
    head = form(signed_in("candidate"))["head"]
    assert client.send(KEEP, version=head).status_code == 401
    assert signed_in("resident").send(KEEP, "/affichage", version=head).status_code == 403
    answer = signed_in("admin").send(KEEP, MEASURE, version="Qm" + "x" * 44)
    assert answer.status_code == 409 and rows_kept(evolved) == []


def rows_kept(commune: Commune) -> list[KeptText]:
    """The decisions to keep our text."""
    with commune.reading() as site:
        return list(site.session.query(KeptText))


def aside(browser: Any) -> str:
    """The note beside the text of the measure."""
    page = browser.get(MEASURE).text
    return str(page[page.index("<aside") : page.index("</aside")])


def _blocks(commune: Commune) -> list[dict[str, Any]]:
    with commune.reading() as site:
        return list(measures.current_revision(site, measures.by_slug(site, SLUG).urn).blocks)


def _beside(head: Revision) -> Revision:
    """Another version of the common text with the same parents, as a home restored from a backup may publish."""
    values = {name: getattr(head, name) for name in Revision.__table__.columns.keys()}  # noqa: SIM118
    blocks = [*head.blocks[:1], {**head.blocks[1], "text": "On réserve au marché."}]
    return Revision(**{**values, "digest": "Qm" + "a" * 44, "blocks": blocks, "n": head.n + 1})
