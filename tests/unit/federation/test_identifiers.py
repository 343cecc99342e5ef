"""Ids and hosts have one spelling each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.errors import InvalidInput
from pop_forum.federation.identifiers import (
    MAX_ID_CHARS,
    authority,
    canonical_host,
    origin,
    parse_epoch_id,
    parse_object_id,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://victim.example/p/a", "https://victim.example/p/a"),
        ("https://VICTIM.example./p/A", "https://victim.example/p/A"),
        ("https://victim.example:443/p/a", "https://victim.example/p/a"),
        ("https://victim.example:8443/p/a?b=c", "https://victim.example:8443/p/a?b=c"),
        ("https://victim.example", "https://victim.example/"),
        ("https://mairie-éloi.example/a", "https://xn--mairie-loi-h7a.example/a"),
        ("http://valombre.localhost:8080/acteur", "http://valombre.localhost:8080/acteur"),
        ("http://127.0.0.1:80/a", "http://127.0.0.1/a"),
        ("http://[::1]:5000/a", "http://[::1]:5000/a"),
    ],
)
def test_an_id_has_one_spelling(text: str, expected: str) -> None:
    assert parse_object_id(text) == expected
    assert parse_object_id(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "/p/a", "//victim.example/a", "http://victim.example/a", "https://valombre.localhost/a"),
        *("https://user@victim.example/a", "https://user:word@victim.example/a", "https://victim.example/a#b"),
        *("https://victim.example/a b", "https://victim.example/é", "https://victim.example\\@evil.example/"),
        *("https://victim.example/a/../b", "https://victim.example/./a", "https://victim.example:0/a"),
        *("https://victim.example:99999/a", "https://victim.example:/a", "https://-a.example/", "https://a..b/"),
        *("ftp://victim.example/a", "javascript:alert(1)", "urn:pop:a", "https://", "https:///a", "HTTPS://a.example/"),
        *("https://a.example/\n", "https://a.example/\x00", "https://xn--zz-.example/", "https://[::1/a"),
        *("https://a_b.example/", "https://" + "a" * 64 + ".example/", "https://a.example/" + "a" * 2048),
    ],
)
def test_row_18_what_is_not_one_https_url_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_object_id(text)


@pytest.mark.parametrize(
    "text", ["VICTIM.example.", "victim.example:443", "victim.example", "Victim.Example:443", "ｖictim.example"]
)
def test_row_29_spellings_of_a_host_are_one_host(text: str) -> None:
    assert canonical_host(text) == "victim.example"


def test_row_29_an_international_name_and_its_xn_form_are_one_host() -> None:
    assert canonical_host("ÉLOI.example") == canonical_host("xn--loi-9la.example") == "xn--loi-9la.example"


def test_authority_is_host_and_port() -> None:
    assert authority(parse_object_id("https://a.example:8443/x/y")) == "a.example:8443"
    assert authority(parse_object_id("https://a.example/?a=/b")) == "a.example"


def test_a_host_stands_for_one_origin() -> None:
    assert origin("valombre.example") == "https://valombre.example"
    assert origin("valombre.localhost:8080") == "http://valombre.localhost:8080"
    assert origin("notlocalhost.example") == "https://notlocalhost.example"


@given(st.text(max_size=40))
def test_any_text_is_a_host_or_refused(text: str) -> None:
    try:
        host = canonical_host(text)
    except InvalidInput:
        return
    assert canonical_host(host) == host
    assert authority(parse_object_id(f"{origin(host)}/a")) == host


def test_an_epoch_id_is_32_hexadecimal_digits() -> None:
    assert parse_epoch_id("0f" * 16) == "0f" * 16
    for text in ("", "0F" * 16, "0f" * 15, "0f" * 17, "٠" * 32):
        with pytest.raises(InvalidInput):
            parse_epoch_id(text)


def test_an_id_may_have_four_hundred_characters_and_no_more() -> None:
    longest = "https://a.example/" + "a" * (MAX_ID_CHARS - 18)
    assert parse_object_id(longest) == longest
    with pytest.raises(InvalidInput):
        parse_object_id(longest + "a")
