"""The common ancestors of two versions."""

import pytest
from hypothesis import strategies as st

from pop_forum.domain.lineage.ancestry import common_bases
from tests.proofs import proved

CROSSED = {"b": ["a"], "c": ["a"], "d": ["b", "c"], "e": ["c", "b"], "f": ["d"]}
graphs = st.lists(st.lists(st.integers(0, 11), max_size=2, unique=True), min_size=12, max_size=12).map(
    lambda rows: {str(at): [str(parent) for parent in parents if parent < at] for at, parents in enumerate(rows)}
)


@pytest.mark.parametrize(
    ("one", "other", "bases"),
    [
        ("b", "c", ("a",)),
        ("a", "f", ("a",)),
        ("f", "f", ("f",)),
        ("d", "e", ("b", "c")),  # each took in the other
        ("f", "e", ("b", "c")),
        ("a", "x", ()),
    ],
)
def test_the_lowest_common_ancestors_are_found(one: str, other: str, bases: tuple[str, ...]) -> None:
    assert common_bases(CROSSED, one, other) == bases
    assert common_bases(CROSSED, other, one) == bases


def above(graph: dict[str, list[str]], version: str) -> set[str]:
    """The version and all that it comes from, the slow way."""
    return {version}.union(*(above(graph, parent) for parent in graph[version]))


@proved(graphs, st.integers(0, 11), st.integers(0, 11))
def test_a_base_is_common_and_none_comes_after_it(graph: dict[str, list[str]], one: int, other: int) -> None:
    bases = common_bases(graph, str(one), str(other))
    common = above(graph, str(one)) & above(graph, str(other))
    assert set(bases) == {each for each in common if not any(each in above(graph, on) - {on} for on in common)}
    assert bool(common) == bool(bases)


def test_a_long_line_is_no_trouble() -> None:
    line = {str(number): [str(number - 1)] for number in range(1, 10_000)}
    assert common_bases(line, "9999", "5000") == ("5000",)
