"""Sheets for the tests: any that a form could say, and any object that a revision could carry."""

from typing import Any

from hypothesis import strategies as st

from pop_forum.domain.budget.amounts import MOST_EUROS, Range
from pop_forum.domain.budget.sheet import (
    AIDS_MOST,
    AMOUNTS,
    Aid,
    AidState,
    Competence,
    Confidence,
    Method,
    Sheet,
    Term,
)
from pop_forum.domain.budget.wire import AID_MEMBERS, members

euros = st.integers(0, 200_000) | st.integers(0, MOST_EUROS)
ranges = st.tuples(euros, euros).map(lambda pair: Range(min(pair), max(pair)))
lines = st.text("aé €", min_size=1, max_size=12).filter(str.strip)
aids = st.builds(Aid, lines, euros, st.sampled_from(Term), st.sampled_from(AidState), st.booleans())
sheets: st.SearchStrategy[Sheet] = st.builds(
    Sheet,
    known=st.booleans(),
    **{name: st.none() | ranges for name in AMOUNTS},
    aids=st.lists(aids, max_size=AIDS_MOST).map(tuple),
    fctva=st.sampled_from([None, True, False]),
    use_years=st.none() | st.integers(1, 60),
    launch_year=st.none() | st.integers(2020, 2040),
    population=st.none() | st.integers(1, 3_000_000),
    competence=st.none() | st.sampled_from(Competence),
    method=st.none() | st.sampled_from(Method),
    confidence=st.none() | st.sampled_from(Confidence),
    by=st.just("") | lines,
    date=st.sampled_from(["", "2026-01-12"]),
    hypotheses=st.just("") | lines,
    sources=st.just("") | lines,
    others=st.sampled_from([(), (("zone", "rurale"),)]),
)
names = st.sampled_from(
    [*members(), "sheet", "zone", *(f"aid_{place}_{name}" for place in (1, 2, 9) for name in AID_MEMBERS)]
)
values: st.SearchStrategy[Any] = (
    st.sampled_from(
        [0, 1, 2, -1, 12_000, 10**9, "", " ", "once", "granted", "quote", "commune", "2026-01-12", "e\u0301"]
    )
    | st.integers()
    | st.text(max_size=5)
)
objects = st.dictionaries(names, values, max_size=20).map(lambda found: found | {"sheet": 1})
