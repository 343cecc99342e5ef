"""The strict JSON reader: what it accepts is what everybody reads the same way."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.errors import InvalidInput
from pop_forum.federation.strict_json import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, load_object, loads

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_it_reads_what_was_written(value: object, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8")) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        loads(data)
    except InvalidInput as error:
        assert str(error)


@pytest.mark.parametrize(
    "data",
    [
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1.0",
        b"1e3",
        b"1e999",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        b"{}{}",
        b"{'a':1}",
        b"[1,]",
        b"",
        b'"a\nb"',
        b"\xfe\xff\x00{\x00}",
    ],
)
def test_row_53_what_readers_disagree_on_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        loads(data)


def test_numbers_stop_at_two_to_the_53_minus_one() -> None:
    assert loads(str(MAX_INTEGER).encode()) == MAX_INTEGER
    assert loads(str(-MAX_INTEGER).encode()) == -MAX_INTEGER
    for text in (str(MAX_INTEGER + 1), str(-MAX_INTEGER - 1), "9" * 5000, "-" + "9" * 17):
        with pytest.raises(InvalidInput):
            loads(text.encode())


def test_depth_stops_at_its_limit() -> None:
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(InvalidInput, match="nested"):
        loads(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    text = '\\"[[[{{{"[' * 100
    assert loads(json.dumps([text, "\\", {"[" * 99: "{" * 99}]).encode()) == [text, "\\", {"[" * 99: "{" * 99}]


@given(st.text(alphabet='[]{}"\\ab', max_size=200))
def test_strings_of_brackets_quotes_and_backslashes_are_not_taken_for_depth(text: str) -> None:
    assert loads(json.dumps({"a": [text] * 70}).encode()) == {"a": [text] * 70}


def test_depth_hidden_behind_an_escaped_quote_is_seen() -> None:
    with pytest.raises(InvalidInput, match="nested"):
        loads(b'["\\\\",' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"]")


def test_size_stops_at_its_limit() -> None:
    assert loads(b'"' + b"a" * (MAX_BYTES - 2) + b'"')
    with pytest.raises(InvalidInput, match="bytes"):
        loads(b'"' + b"a" * (MAX_BYTES - 1) + b'"')


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 1_000_000, b"[" + b"[]," * 300_000, b'"' + b'\\"[' * 300_000]
)
def test_row_53_bombs_are_refused_quickly(data: bytes) -> None:
    started = time.process_time()
    with pytest.raises(InvalidInput):
        loads(data)
    assert time.process_time() - started < 5


def test_floats_are_read_only_where_they_are_asked_for() -> None:
    assert loads(b"[1.5,-2e3]", floats=True) == [1.5, -2000.0]
    for text in (b"1e999", b"0." + b"1" * 40):
        with pytest.raises(InvalidInput):
            loads(text, floats=True)


def test_an_object_is_asked_for_by_name() -> None:
    assert load_object(b'{"a":null}') == {"a": None}
    with pytest.raises(InvalidInput, match="object"):
        load_object(b"[]")
