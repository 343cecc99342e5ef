"""Limits reached, and passed by one, where the tests of their subject do not come near them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pop_forum.domain import excerpts, letters, markdown, spelling
from pop_forum.errors import InvalidInput
from pop_forum.federation import acknowledgements, handshake, identifiers, keys
from pop_forum.federation.canonical import jcs
from pop_forum.settings import files, shapes
from pop_forum.settings.reading import Problems
from tests.unit.federation.samples import site_keys


def test_a_hit_is_shown_up_to_the_last_word_that_is_looked_at() -> None:
    def marked(place: int) -> bool:
        text = "mot " * (place - 1) + "lavoir" + " mot" * 50
        return any(segment.hit for segment in excerpts.excerpt(text, lambda word: word == "lavoir"))

    assert marked(excerpts.MOST_TOKENS) and not marked(excerpts.MOST_TOKENS + 1)


@pytest.mark.parametrize("past", [0, 1, 500])
def test_an_answer_of_a_mail_server_is_kept_up_to_its_longest(past: int) -> None:
    said = "x" * (letters.LONGEST_ANSWER + past)
    assert letters.one_line(said) == said[: letters.LONGEST_ANSWER]


def test_a_longer_word_may_have_one_mistake_more_than_a_short_one() -> None:
    assert [spelling.tolerance("m" * length) for length in (spelling.SHORT, spelling.SHORT + 1)] == [1, spelling.MOST]


@pytest.mark.parametrize(("items", "is_list"), [(1_999, True), (2_000, False)])
def test_a_text_that_would_grow_beyond_measure_is_shown_as_it_was_typed(items: int, is_list: bool) -> None:
    source = "mot\n\n" + "-\n" * items
    rough = len("<p>mot</p>\n<ul>\n</ul>\n") + items * len("<li></li>\n")
    assert (rough <= markdown.GROWTH_FLOOR + markdown.MAX_GROWTH * len(source)) is is_list
    assert ("<li>" in markdown.render(source)) is is_list


LONGEST_HOST = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])


@pytest.mark.parametrize("accepts", [shapes.is_host_name, lambda name: identifiers.canonical_host(name) == name])
def test_a_host_name_has_253_characters_at_most(accepts: Callable[[str], bool]) -> None:
    assert len(LONGEST_HOST) == identifiers.MAX_HOST_CHARS == shapes.LONGEST_NAME
    assert accepts(LONGEST_HOST)
    try:
        assert not accepts(LONGEST_HOST + "e")
    except InvalidInput as error:
        assert "host name" in str(error)


@pytest.mark.parametrize(("past", "is_read"), [(0, True), (1, False)])
def test_a_file_of_a_commune_is_read_up_to_its_largest_size(tmp_path: Path, past: int, is_read: bool) -> None:
    path = tmp_path / "exemple"
    for read, largest in ((files.toml, files.LARGEST_TOML), (files.page, files.LARGEST_PAGE)):
        path.write_text("#" * (largest + past))
        problems = Problems("exemple")
        read(path, problems)
        assert (problems.lines == []) is is_read


def test_a_key_is_read_up_to_its_longest_text() -> None:
    pem = site_keys(1).public().rsa_pem
    padded = pem + "\n" * (keys.MAX_PEM_CHARS - len(pem))
    assert keys.rsa_key(padded).key_size == keys.RSA_BITS
    with pytest.raises(InvalidInput, match="too long"):
        keys.rsa_key(padded + "\n")


def test_as_many_acknowledgements_are_read_as_a_link_may_carry_journals() -> None:
    assert acknowledgements.MAX_LISTED == handshake.MAX_JOURNALS
    assert (
        len(acknowledgements.read_listed(jcs({"erased": [{}] * acknowledgements.MAX_LISTED})))
        == acknowledgements.MAX_LISTED
    )
    with pytest.raises(InvalidInput):
        acknowledgements.read_listed(jcs({"erased": [{}] * (acknowledgements.MAX_LISTED + 1)}))
