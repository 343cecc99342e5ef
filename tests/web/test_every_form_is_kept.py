"""Rank 1 of what users ask for, for every form: whatever holds more than a word is kept while it is typed."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pop_forum import paths
from pop_forum.models import Draft
from tests.web.neighbour import befriend, neighbour, neighbour_data
from tests.web.test_discussions import open_thread, rows
from tests.web.test_improvements import FORM, LIST, adapted, propose
from tests.web.test_polls import ask
from tests.web.test_programme_writing import MEASURE

__all__ = ["adapted", "neighbour", "neighbour_data"]

Enter = Callable[..., Any]
WORDS = "Une demi-heure de travail, écrite dans le car."
WEB = Path(paths.__file__).parent / "web"

# Macros that write a field for more than a word, and what is called so in templates without being one.
WRITING = frozenset(("editor", "reason"))
# Forms that hold what was typed and are no place to type: why.
NOT_KEPT = {
    ("templates/errors/page.html", "action"): "it gives back what a form held: that form's own draft is kept",
    (
        "templates/programme/take.html",
        "programme.adaptation.adapt",
    ): "its hidden fields hold our text as it is",
}


def written_fields() -> set[str]:
    """The names of all fields of several lines."""
    found = set()
    for file in WEB.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            value = getattr(node, "value", None)
            called = isinstance(node, ast.Assign) and isinstance(value, ast.Call)
            if called and getattr(value.func, "id", "") == "TextAreaField":  # type: ignore[union-attr]
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}  # type: ignore[attr-defined]
    return found


def writing_forms() -> Iterator[tuple[str, str]]:
    """Every form of a template in which more than a word is typed: the template, and how the form begins."""
    names = "|".join(sorted(written_fields()))
    written = re.compile(
        rf"<textarea|name=\"(?:reason|title)\"|\b(?:{'|'.join(WRITING)})\(|field\(\w+\.(?:{names}|title)\b|_budget"
    )
    for file in sorted(paths.templates().rglob("*.html")):
        if file.parent.name == "_macros":
            continue
        for begun in re.split(r"(?=<form\b)", file.read_text("utf-8"))[1:]:
            form = begun.partition("</form>")[0]
            if 'method="post"' in form.partition("\n")[0] and written.search(form):
                yield str(file.relative_to(paths.templates().parent)), form.partition("\n")[0]


def test_every_form_in_which_one_writes_keeps_what_is_typed() -> None:
    found = list(writing_forms())
    assert len(found) > 15 and {"text", "details", "sentence", "reason"} <= written_fields()
    allowed = [each for each in found if any(each[0] == name and part in each[1] for name, part in NOT_KEPT)]
    missing = [each for each in found if "watched(" not in each[1] and each not in allowed]
    assert not missing, "give it watched(), filled() and draft() of _macros/writing.html, and a place in drafts._PLACE"


def test_no_other_macro_writes_a_field_of_several_lines() -> None:
    holds = {file.name for file in paths.templates().rglob("*.html") if "<textarea" in file.read_text("utf-8")}
    assert holds == {
        "drafting_group.html",
        "page.html",
        "add.html",
        "write.html",
        "take.html",
        "_budget.html",
        "reply.html",
        "writing.html",
    }


def saved_and_found(browser: Any, place: str, page: str, **typed: Any) -> None:
    """Nothing; what is typed in the form of this page is there again."""
    shown = browser.get(page).text
    assert f'action="{place}"' in shown and 'data-keep="/brouillons"' in shown, place
    answer = browser.send("/brouillons", place=place, **typed)
    assert answer.status_code == 204, (place, answer.text)
    assert WORDS in browser.get("/mon-compte/donnees").text, place
    again = browser.get(page).text
    assert WORDS in again and "Brouillon du " in again and 'name="brouillon"' in again, place


def test_a_report_is_kept_until_it_is_sent(signed_in: Enter, client: Any, commune: Any) -> None:
    address = open_thread(signed_in("resident", "Karim B."))
    place = f"/messages/{address.rpartition('/')[2]}/signaler"
    reader = signed_in("resident", "Huguette P.")
    saved_and_found(reader, place, place, details=WORDS, reason="hors-sujet")
    assert WORDS not in client.get(place).text, "row 92"
    assert reader.send(place, place, details=WORDS, reason="hors-sujet").status_code == 303
    assert rows(commune, Draft) == [] and WORDS not in reader.get(place).text


def test_a_judgement_is_kept_while_it_is_typed(signed_in: Enter, commune: Any) -> None:
    author, moderator = signed_in("resident", "Karim B."), signed_in("moderator")
    address = open_thread(author, reach="local")
    ask(author, address)
    place = f"/moderation/messages/{address.rpartition('/')[2]}"
    saved_and_found(moderator, place, place, sentence=WORDS, decision="keep")
    saved_and_found(moderator, f"{place}/sondage", place, **{"sondage-sentence": WORDS})
    assert len(rows(commune, Draft)) == 2


def test_why_a_measure_is_set_aside_is_kept_until_it_is_said(signed_in: Enter, commune: Any) -> None:
    editor, place = signed_in("candidate"), f"{MEASURE}/ecarter"
    saved_and_found(editor, place, place, reason=WORDS)
    assert editor.send(place, place, reason=WORDS).status_code == 303 and rows(commune, Draft) == []


def test_an_improvement_and_its_answer_are_kept_with_what_was_ticked(
    signed_in: Enter, commune: Any, adapted: Any
) -> None:
    editor = signed_in("admin")
    ticked = re.findall(r'name="passage" value="([^"]*)"', editor.get(FORM).text)
    assert len(ticked) > 1
    saved_and_found(editor, FORM, FORM, reason=WORDS, choice="wished", passage=ticked[:1])
    page = editor.get(FORM).text
    assert re.findall(r'name="passage" value="([^"]*)" checked', page) == ticked[:1]
    assert 'value="wished" checked' in page
    place = propose(editor, passage=ticked).headers["Location"]
    assert rows(commune, Draft) == [] and place.startswith(LIST)
    saved_and_found(editor, place, place, reason=WORDS, choice="rework")
    typed = {"choice": "rework", "reason": WORDS, "common": re.search(r'name="common" value="([^"]*)"', page)[1]}
    assert editor.send(place, place, **typed).status_code == 303
    assert rows(commune, Draft) == []


def test_the_words_of_an_edition_are_kept(signed_in: Enter, adapted: Any) -> None:
    admin, place = signed_in("admin"), "/programme/editions/publier"
    saved_and_found(admin, place, place, title="Printemps", reason=WORDS)
    assert 'value="Printemps"' in admin.get(place).text


def test_looking_over_an_improvement_keeps_it_without_a_script(signed_in: Enter, adapted: Any) -> None:
    editor = signed_in("admin")
    propose(editor, reason=WORDS, action="relire")
    assert WORDS in editor.get(FORM).text


def test_the_reasons_of_an_admin_are_kept(signed_in: Enter, add_person: Any, commune: Any, neighbour: Any) -> None:
    admin, person = signed_in("admin"), add_person("Huguette P.")
    page = f"/administration/personnes/{person}"
    saved_and_found(admin, f"{page}/roles", page, reason=WORDS, role="moderator")
    given = {"role": "moderator", "scope": "site", "form": "f", "reason": WORDS, "name": "Huguette P."}
    assert admin.send(f"{page}/roles", page, **given).status_code == 303 and rows(commune, Draft) == []
    befriend(commune, neighbour)
    page = "/administration/reseau/1"
    saved_and_found(admin, f"{page}/decider", page, reason=WORDS, state="limited")
    assert admin.send(f"{page}/decider", page, reason=WORDS, state="limited").status_code == 303
    assert rows(commune, Draft) == []


def test_an_erased_draft_leads_back_to_its_page(signed_in: Enter, add_person: Any) -> None:
    admin, person = signed_in("admin"), add_person("Huguette P.")
    answer = admin.send("/brouillons/effacer", place=f"/administration/personnes/{person}/roles")
    assert answer.headers["Location"] == f"/administration/personnes/{person}"
