"""The key register: its keys read, checked and ordered."""

from typing import Any

import pytest

from pop_forum.errors import InvalidInput
from pop_forum.federation import register
from pop_forum.federation.activities import KeyRegister
from pop_forum.federation.keys import MAX_KEY_NUMBER, proof_key_id, proof_key_number

from .samples import EPOCH, PUBLIC_KEYS, SECOND_EPOCH, at, site_keys

SECOND = site_keys(2).public()


def test_a_register_is_read_back_with_its_keys_in_order() -> None:
    document = register.members(SECOND_EPOCH, [SECOND, PUBLIC_KEYS])
    found = register.read(document)
    assert found == KeyRegister(SECOND_EPOCH, (PUBLIC_KEYS, SECOND))
    assert register.by_number(found) == {1: PUBLIC_KEYS, 2: SECOND}


def test_the_greatest_number_of_a_key_is_read_in_a_register_and_in_the_name_of_the_key() -> None:
    found = register.read({**register.members(EPOCH, []), "pop:keys": [{**ENTRY, "number": MAX_KEY_NUMBER}]})
    assert found.keys[0].number == MAX_KEY_NUMBER
    assert proof_key_number(proof_key_id(at("/acteur"), MAX_KEY_NUMBER)) == MAX_KEY_NUMBER


ENTRY = {"number": 1, "ed25519": PUBLIC_KEYS.ed25519, "rsa": PUBLIC_KEYS.rsa_pem}


@pytest.mark.parametrize(
    "keys",
    [
        None,
        [],
        [1],
        [ENTRY, ENTRY],
        [{**ENTRY, "number": 0}],
        [{**ENTRY, "number": 10_000}],
        [{**ENTRY, "ed25519": "z6Mk"}],
        [{**ENTRY, "rsa": "x"}],
        [{**ENTRY, "rsa": None}],
        [{**ENTRY, "number": n} for n in range(1, 10)],
    ],
)
def test_malformed_registers_are_refused(keys: Any) -> None:
    with pytest.raises(InvalidInput):
        register.read({**register.members(EPOCH, []), "pop:keys": keys})
