"""Verified values: only for canonical bytes, signed by the actor's own key, of the journal's own site."""

import json
from dataclasses import replace
from typing import Any

import pytest

from pop_forum.errors import InvalidInput, Unauthenticated
from pop_forum.federation import authenticity, build, pages, proofs, register
from pop_forum.federation.activities import KeyRegister
from pop_forum.federation.authenticity import Verified, verify_entry, verify_first_register, verify_rotation
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import Fingerprint, site_actor_id
from pop_forum.federation.keys import fingerprint
from pop_forum.federation.strict_json import load_object

from .samples import (
    DECLARED,
    EPOCH,
    HOST,
    JOURNAL,
    KEYS,
    NOW,
    OPENED,
    OTHER,
    PERSON,
    PUBLIC_KEYS,
    REGISTER,
    activity,
    at,
    chain_of,
    page_of,
    signed,
    site_keys,
)

VALID = {1: PUBLIC_KEYS}
ENTRY = signed(OPENED)[0]
NEW_KEYS = site_keys(2)
ROTATION = activity(KeyRegister(EPOCH, (PUBLIC_KEYS, NEW_KEYS.public())), site_actor_id(HOST), 9)


def changed(**members: Any) -> bytes:
    """The entry with members replaced, canonical again."""
    return jcs({**json.loads(ENTRY), **members})


def test_a_signed_entry_is_verified() -> None:
    verified = verify_entry(ENTRY, host=HOST, keys=VALID)
    assert verified.value == json.loads(ENTRY)
    assert verified.host == HOST


def test_an_entry_of_a_page_is_verified_without_reading_it_again() -> None:
    page = pages.parse_page(page_of(chain_of([ENTRY])), host=HOST, journal=JOURNAL)
    entry = page.entries[0]
    assert isinstance(entry, pages.Kept)
    for kept in (entry, replace(entry, document=None)):
        assert authenticity.verify_kept(kept, host=HOST, keys=VALID).value == json.loads(ENTRY)


def test_nobody_else_makes_verified_values() -> None:
    with pytest.raises(TypeError):
        Verified({}, HOST, object())


@pytest.mark.parametrize(
    "data", [ENTRY + b" ", b" " + ENTRY, json.dumps(json.loads(ENTRY)).encode(), ENTRY[:-1], b"", b"[]"]
)
def test_bytes_that_are_not_canonical_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        verify_entry(data, host=HOST, keys=VALID)


def test_row_2_the_key_of_another_actor_of_the_same_site_is_refused() -> None:
    forged = proofs.attach(build.build(OPENED), KEYS.ed25519, f"{at('/p/somebodyelse')}#ed25519-1", NOW)
    with pytest.raises(Unauthenticated, match="not the actor's"):
        verify_entry(jcs(forged), host=HOST, keys=VALID)


def test_an_entry_of_another_site_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="in the journal of"):
        verify_entry(ENTRY, host=OTHER, keys=VALID)


def test_a_key_that_is_not_in_the_register_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="not in the register"):
        verify_entry(ENTRY, host=HOST, keys={2: PUBLIC_KEYS})
    with pytest.raises(Unauthenticated, match="does not fit"):
        verify_entry(ENTRY, host=HOST, keys={1: NEW_KEYS.public()})


@pytest.mark.parametrize("members", [{"published": "2026-11-24T10:00:00Z"}, {"cc": []}, {"zz": 1}, {"@context": []}])
def test_a_changed_entry_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        verify_entry(changed(**members), host=HOST, keys=VALID)


@pytest.mark.parametrize(
    "proof",
    [None, [], {}, {"verificationMethod": 1}, {"verificationMethod": f"{PERSON}#main-key"}]
    + [{"verificationMethod": f"{PERSON}#ed25519-1"}, {"verificationMethod": "did:key:z6Mk"}],
)
def test_a_missing_or_foreign_proof_is_refused(proof: object) -> None:
    with pytest.raises(Unauthenticated):
        verify_entry(changed(proof=proof), host=HOST, keys=VALID)


def test_an_actor_that_is_no_url_is_refused() -> None:
    with pytest.raises(InvalidInput):
        verify_entry(changed(actor=["https://valombre.example/p/a"]), host=HOST, keys=VALID)


def test_the_first_register_is_trusted_by_its_root_fingerprint_only() -> None:
    data = signed(REGISTER)[0]
    root = fingerprint(PUBLIC_KEYS)
    verified = verify_first_register(data, host=HOST, root=root)
    assert register.read(verified.value) == REGISTER.content
    with pytest.raises(Unauthenticated, match="fingerprint"):
        verify_first_register(data, host=HOST, root=fingerprint(NEW_KEYS.public()))
    with pytest.raises(Unauthenticated, match="fingerprint"):
        verify_first_register(data, host=HOST, root=Fingerprint(""))


def test_a_register_that_lists_the_root_but_is_signed_by_another_is_refused() -> None:
    both = activity(KeyRegister(EPOCH, (PUBLIC_KEYS, NEW_KEYS.public())), site_actor_id(HOST))
    with pytest.raises(Unauthenticated):
        verify_first_register(build.signed(both, NEW_KEYS, NOW), host=HOST, root=fingerprint(PUBLIC_KEYS))


def test_what_is_not_a_register_of_the_site_is_refused() -> None:
    by_person = replace(REGISTER, actor=PERSON)
    for data in (signed(DECLARED)[0], signed(by_person)[0]):
        with pytest.raises(InvalidInput, match="register"):
            verify_first_register(data, host=HOST, root=fingerprint(PUBLIC_KEYS))


def test_a_rotation_needs_the_old_and_the_new_key() -> None:
    data = build.rotation(ROTATION, KEYS, NEW_KEYS, NOW)
    verified = verify_rotation(data, host=HOST, keys=VALID)
    assert sorted(register.by_number(register.read(verified.value))) == [1, 2]


def test_a_rotation_by_one_side_alone_is_refused() -> None:
    document = load_object(build.rotation(ROTATION, KEYS, NEW_KEYS, NOW))
    listed = document["proof"]
    assert isinstance(listed, list)
    stranger = site_keys(3)
    for data in (
        jcs({**document, "proof": listed[:1]}),
        jcs({**document, "proof": listed[::-1]}),
        jcs({**document, "proof": [listed[0], listed[0]]}),
        jcs({**document, "proof": [listed[1], listed[1]]}),
        build.rotation(ROTATION, stranger, NEW_KEYS, NOW),
        build.rotation(ROTATION, KEYS, stranger, NOW),
    ):
        with pytest.raises(Unauthenticated):
            verify_rotation(data, host=HOST, keys=VALID)


def test_a_rotation_does_not_pass_for_an_ordinary_entry() -> None:
    with pytest.raises(Unauthenticated, match="one proof"):
        verify_entry(build.rotation(ROTATION, KEYS, NEW_KEYS, NOW), host=HOST, keys=VALID)
