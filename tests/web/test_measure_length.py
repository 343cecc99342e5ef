"""How long a measure may be is said while it is read again: which passage, how long, how much at most."""

import dataclasses
from html import unescape
from typing import Any

import pytest

from pop_forum.commune import Commune
from pop_forum.federation.revisions import MAX_BLOCK_CHARS, MAX_BLOCKS, MAX_TEXT_CHARS
from pop_forum.services import measures
from tests.web import test_improvements as improving
from tests.web import test_local_measures as local
from tests.web import test_taking as taking
from tests.web.test_programme_writing import ADAPT, REVISE, SignIn, current, fields
from tests.web.test_taking import lines

FULL = "é" * MAX_BLOCK_CHARS
OVER = FULL + "x"
OURS = ((None, FULL), (None, FULL), *taking.BASE)
THEIRS = (*taking.BASE, (None, FULL[1:] + "a"), (None, FULL[1:] + "b"))
WHOLE = [FULL] * (MAX_TEXT_CHARS // MAX_BLOCK_CHARS)
BOTH = pytest.mark.parametrize("address", [ADAPT, REVISE])


def send(browser: Any, address: str, texts: list[str], action: str = "relire") -> Any:
    ids = fields(browser, address)["block"][:1] + [""] * (len(texts) - 1)
    return browser.post(address, data={**fields(browser, address), "block": ids, "text": texts, "action": action})


def test_the_sentence_of_too_many_passages_names_the_limit() -> None:
    assert f" {MAX_BLOCKS} passages" in measures.TOO_MANY_PASSAGES


@BOTH
def test_a_text_at_its_limits_is_read_again_and_published(signed_in: SignIn, address: str) -> None:
    browser = signed_in("admin")
    assert "Rien n’est encore publié" in send(browser, address, WHOLE).text
    assert send(browser, address, WHOLE, "publier").status_code == 303


@BOTH
@pytest.mark.parametrize("action", ["relire", "publier"])
@pytest.mark.parametrize(
    ("texts", "field", "words"),
    [
        (["Un.", OVER], "bloc-2", "Le passage 2 compte 20 001 caractères, 20 000 au plus"),
        ([*WHOLE, "x"], "bloc-1", "Tous les passages ensemble comptent 60 001 caractères, 60 000 au plus"),
    ],
)
def test_a_text_beyond_a_limit_is_told_where_and_kept(
    signed_in: SignIn, commune: Commune, address: str, action: str, texts: list[str], field: str, words: str
) -> None:
    before = current(commune)
    answer = send(signed_in("admin"), address, texts, action)
    assert answer.status_code == 400 and f'<a href="#{field}">{words[:10]}' in answer.text
    assert words in lines(answer.text).replace("\u202f", " ") and f'<textarea id="{field}"' in answer.text
    assert all(f"\n{text}</textarea>" in unescape(answer.text) for text in texts)
    assert current(commune) == before


def test_a_text_is_measured_as_it_would_be_kept(signed_in: SignIn) -> None:
    decomposed = "e\u0301" * MAX_BLOCK_CHARS + "\r\n\r\n"
    assert "Rien n’est encore publié" in send(signed_in("admin"), ADAPT, [decomposed]).text


def test_a_commune_may_set_a_lower_limit(signed_in: SignIn, commune: Commune) -> None:
    limits = dataclasses.replace(commune.settings.limits, measure_chars=5_000)
    commune.settings = dataclasses.replace(commune.settings, limits=limits)
    browser = signed_in("candidate")
    assert "Rien n’est encore publié" in send(browser, ADAPT, ["x" * 2_500] * 2).text
    for texts in (["x" * 5_001], ["x" * 2_500, "x" * 2_501]):
        answer = send(browser, ADAPT, texts)
        assert answer.status_code == 400 and f"bloc-{len(texts)}" in answer.text
        assert "5 001 caractères, 5 000 au plus" in lines(answer.text).replace("\u202f", " ")


def test_one_passage_too_many_is_told_in_the_form(signed_in: SignIn) -> None:
    browser = signed_in("candidate")
    texts = [f"Passage {number}." for number in range(MAX_BLOCKS)]
    assert "Rien n’est encore publié" in send(browser, ADAPT, texts).text
    answer = send(browser, ADAPT, [*texts, "De trop."])
    assert answer.status_code == 400 and '<a href="#ajouter">Un texte compte au plus 200' in answer.text
    assert "De trop.</textarea>" in answer.text and 'id="ajouter"' in answer.text


@pytest.mark.parametrize("action", ["relire", "publier"])
def test_the_first_text_of_a_local_measure_has_the_same_limits(signed_in: SignIn, action: str) -> None:
    browser = signed_in("candidate")
    for texts, words in ((["Un.", OVER], "Le passage 2 compte"), ([*WHOLE, "x"], "Tous les passages ensemble")):
        answer = local.add(browser, text="\n\n".join(texts), action=action)
        assert answer.status_code == 400 and f'<a href="#text">{words}' in answer.text
        assert texts[-1] in answer.text
    assert local.add(browser, text="\n\n".join(WHOLE), action=action).status_code == (
        200 if action == "relire" else 303
    )


def grown(commune: Commune) -> None:
    """Ours and the common text each grew, at another place, by two passages as long as can be."""
    for blocks, common in ((taking.BASE, True), (OURS, False), (THEIRS, True)):
        taking.write(commune, blocks, common)


@pytest.mark.parametrize("action", ["relire", "publier"])
def test_what_is_taken_in_has_the_same_limits(signed_in: SignIn, commune: Commune, action: str) -> None:
    grown(commune)
    browser = signed_in("candidate")
    answer = browser.post(taking.TAKE, data={**taking.form(browser), "action": action})
    assert answer.status_code == 400 and "Tous les passages ensemble" in answer.text
    [field] = {one for one in ("p1", "reason") if f'<a href="#{one}">' in answer.text}
    assert f'id="{field}"' in answer.text and len(taking.merged(commune)) == 0


def test_another_text_written_there_is_one_passage(signed_in: SignIn, commune: Commune) -> None:
    for blocks, common in ((taking.BASE, True), (taking.OURS, False), (taking.THEIRS, True)):
        taking.write(commune, blocks, common)
    browser = signed_in("candidate")
    for typed, status in ((FULL, 200), (OVER, 400)):
        answer = browser.post(
            taking.TAKE, data={**taking.form(browser, pick="written", other=typed), "action": "relire"}
        )
        assert answer.status_code == status and typed in answer.text
        assert ('<a href="#p1">Le passage 1 compte' in answer.text) == (typed == OVER)


@pytest.mark.parametrize("action", ["relire", "publier"])
def test_an_improvement_has_the_same_limits(signed_in: SignIn, commune: Commune, action: str) -> None:
    grown(commune)
    answer = improving.propose(signed_in("candidate"), action=action)
    assert answer.status_code == 400 and '<a href="#coche-1">Tous les passages ensemble' in answer.text


def test_what_an_improvement_would_make_today_is_told_to_who_answers(signed_in: SignIn, commune: Commune) -> None:
    taking.write(commune, taking.BASE, True)
    taking.write(commune, OURS, False)
    place = improving.propose(signed_in("candidate")).location
    taking.write(commune, THEIRS, True)
    answer = improving.reply(signed_in("admin"), place)
    assert answer.status_code == 400 and '<a href="#coche-1">Tous les passages ensemble' in answer.text
