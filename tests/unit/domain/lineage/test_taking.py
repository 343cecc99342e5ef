"""Taking in changes: what is asked, what came in by itself and may be refused, and what nobody can lose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.domain.lineage.passages import Choice, TextPassage, TitlePassage
from pop_forum.domain.lineage.taking import Taking, key_of, result, still_asked, taking, written
from pop_forum.domain.lineage.texts import Block, Text
from pop_forum.errors import InvalidInput
from tests.unit.domain.lineage.test_merging import DOCTOR, LIBRARY, SHUTTLE, text
from tests.unit.domain.lineage.writing import Trio, trios

BASE = text(SHUTTLE, LIBRARY)
OURS = text(SHUTTLE.replace("samedi", "jeudi"), LIBRARY)


def lines(found: Text) -> list[str]:
    """The blocks, written « id: words »."""
    return [f"{block.id}: {block.text}" for block in found.blocks]


def kinds(found: Taking) -> list[str]:
    """What came in by itself."""
    return [change.kind for change in found.taken]


def test_a_change_beside_ours_comes_in_and_may_be_refused() -> None:
    found = taking([BASE], OURS, text(SHUTTLE, LIBRARY.replace("soir", "matin"), f"d: {DOCTOR}"))
    assert found.asked == () and kinds(found) == ["changed", "added"]
    taken = result(found, {}, ())
    assert [block.id for block in taken.blocks] == ["a", "b", "d"]
    keys = [key_of(change) for change in found.taken]
    assert lines(result(found, {}, keys)) == lines(OURS)
    assert lines(result(found, {}, keys[1:])) == [lines(OURS)[0], f"b: {LIBRARY.replace('soir', 'matin')}"]


def test_a_passage_that_was_taken_out_comes_back_to_its_place_when_that_is_refused() -> None:
    base = text(SHUTTLE, LIBRARY, DOCTOR)
    ours = text(SHUTTLE, LIBRARY, DOCTOR.replace("médecin", "docteur"))
    found = taking([base], ours, text(f"c: {DOCTOR}"))
    assert kinds(found) == ["removed", "removed"]
    assert lines(result(found, {}, ())) == [lines(ours)[2]]
    assert lines(result(found, {}, [key_of(change) for change in found.taken])) == lines(ours)
    assert lines(result(found, {}, [key_of(found.taken[1])])) == lines(ours)[1:]


def test_a_move_that_is_refused_leaves_our_order() -> None:
    base = text(SHUTTLE, LIBRARY, DOCTOR)
    ours = text(SHUTTLE.replace("samedi", "jeudi"), LIBRARY, DOCTOR)
    found = taking([base], ours, text(f"c: {DOCTOR}", f"a: {SHUTTLE}", f"b: {LIBRARY}"))
    assert kinds(found) == ["moved"]
    assert [block.id for block in result(found, {}, ()).blocks] == ["c", "a", "b"]
    assert lines(result(found, {}, [key_of(found.taken[0])])) == lines(ours)


def test_what_both_changed_is_asked_and_nothing_is_chosen_for_anybody() -> None:
    found = taking([BASE], OURS, text(SHUTTLE.replace("samedi", "mardi"), LIBRARY))
    [passage] = found.asked
    with pytest.raises(InvalidInput):
        result(found, {}, ())
    assert "mardi" in lines(result(found, {passage.key: "theirs"}, ()))[0]
    assert "jeudi" in lines(result(found, {passage.key: "ours"}, ()))[0]


def test_what_we_alone_changed_is_not_asked_again() -> None:
    ours = text("Le trajet coûte 2 €.", LIBRARY, title="Notre navette")
    base = text("Le trajet coûte 1 €.", LIBRARY)
    assert not taking([base], ours, base).brings
    theirs = Text("La navette", (*base.blocks, Block("z", DOCTOR)))
    found = taking([base], ours, theirs)
    assert found.asked == () and result(found, {}, ()) == Text("Notre navette", (*ours.blocks, Block("z", DOCTOR)))


def test_another_title_is_asked_for_even_when_our_text_is_as_its_base() -> None:
    found = taking([BASE], BASE, text(SHUTTLE, LIBRARY, title="Le minibus"))
    [passage] = found.asked
    assert isinstance(passage, TitlePassage) and passage.theirs == "Le minibus"
    assert result(found, {"titre": "ours"}, ()) == BASE


def test_another_budget_is_asked_for() -> None:
    found = taking([BASE], BASE, text(SHUTTLE, LIBRARY, budget={"low": 1}))
    assert [passage.key for passage in found.asked] == ["budget"]
    assert result(found, {"budget": "theirs"}, ()).budget == {"low": 1}


def test_several_bases_are_a_choice_where_they_differ() -> None:
    other = text(SHUTTLE.replace("gare", "mairie"), LIBRARY)
    found = taking([BASE, other], OURS, text(SHUTTLE.replace("samedi", "mardi"), LIBRARY))
    assert [passage.why for passage in found.asked] == ["bases"]


def test_an_empty_text_is_refused_with_a_sentence() -> None:
    found = taking([text(SHUTTLE)], text(SHUTTLE.replace("samedi", "jeudi")), Text("La navette", ()))
    with pytest.raises(InvalidInput, match="empty"):
        result(found, {passage.key: "theirs" for passage in found.asked}, ())


def test_a_name_that_is_not_asked_is_refused() -> None:
    found = taking([BASE], OURS, text(SHUTTLE, DOCTOR))
    with pytest.raises(InvalidInput):
        result(found, {"texte:zzz": "ours"}, ())
    with pytest.raises(InvalidInput):
        result(found, {}, ["repris:zzz"])


def test_what_somebody_writes_keeps_the_ids_of_the_passage() -> None:
    one = TextPassage((), (Block("a", "Un."),), (Block("a", "Une."),), "both")
    assert written(one, " Les deux.\n\nEt plus. ", str).blocks == (Block("a", "Les deux.\n\nEt plus."),)
    several = TextPassage((), (Block("a", "Un."), Block("b", "Deux.")), (Block("c", "Trois."),), "both")
    found = written(several, "Neuf.\n\nTrois.\n\nDix.\n\nOnze.", lambda: "b-neuf")
    assert [block.id for block in found.blocks] == ["a", "c", "b", "b-neuf"]
    assert written(one, "  ", str).blocks == ()


def test_a_choice_holds_where_the_passages_stayed_as_they_were() -> None:
    theirs = text(SHUTTLE.replace("samedi", "mardi"), LIBRARY.replace("soir", "matin"))
    before = taking([BASE], OURS, theirs)
    now = taking([BASE], Text(OURS.title, (*OURS.blocks, Block("d", DOCTOR))), theirs)
    assert still_asked(before, now) == {"texte:a", "repris:b"}
    other = taking([BASE], text(SHUTTLE.replace("samedi", "lundi"), LIBRARY), theirs)
    assert still_asked(before, other) == {"repris:b"}


@given(trios(), st.sampled_from(["ours", "theirs"]))
def test_keeping_ours_everywhere_and_refusing_the_rest_leaves_our_text(trio: Trio, side: Choice) -> None:
    found = taking([trio.base], trio.ours, trio.theirs)
    refused = [key_of(change) for change in found.taken]
    assert len(set(refused)) == len(refused)
    try:
        kept = result(found, {passage.key: "ours" for passage in found.asked}, refused)
        result(found, {passage.key: side for passage in found.asked}, refused[::2])
    except InvalidInput as error:
        assert "empty" in str(error)
        return
    assert kept == trio.ours
