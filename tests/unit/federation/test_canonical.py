"""JCS: the same bytes as an independent implementation."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.errors import InvalidInput
from pop_forum.federation.canonical import jcs, jcs_of_read
from pop_forum.federation.strict_json import MAX_INTEGER, Json, loads

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=25,
)


@given(VALUES)
def test_it_writes_what_rfc8785_writes(value: object) -> None:
    assert jcs(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(VALUES)
def test_the_strict_reader_reads_it_back_to_the_same_bytes(value: object) -> None:
    assert jcs(loads(jcs(value))) == jcs(value)


@given(VALUES)
def test_what_the_strict_reader_read_is_written_the_same_without_checking_again(value: object) -> None:
    read = loads(jcs(value))
    assert jcs_of_read(read) == jcs(value)


@pytest.mark.parametrize("text", ["\ufb33", "é", "\U0001f600", "\uffff\U00010000"])
def test_that_shortcut_sorts_keys_by_utf16_code_units_too(text: str) -> None:
    value: Json = {"\ufb33": 1, text: 2, "\U00010000": [text], "e": {"\uffff": text, "\U0001f600": 1}}
    assert jcs_of_read(value) == rfc8785.dumps(value)


def test_keys_are_sorted_by_utf16_code_units() -> None:
    value = {"\ufb33": 1, "\U0001f600": {"\uffff": 2, "\U00010000": 3}, "é": 4}
    assert jcs(value) == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert list(value) != sorted(value)


def test_control_characters_are_written_as_the_rfc_says() -> None:
    assert (
        jcs('\x00\b\t\n\x0b\f\r\x1f"\\/\x7f\u2028') == b'"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\"\\\\/\x7f\xe2\x80\xa8"'
    )


@pytest.mark.parametrize(
    "value",
    [1.0, [0.5], {"a": float("nan")}, MAX_INTEGER + 1, {"a": -MAX_INTEGER - 1}, "\ud800", {"\udc00": 1}, {1: 2}]
    + [{"a": (1, 2)}, b"a", {"a": object()}, {"\U00010000": "\ud800"}],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        jcs(value)
