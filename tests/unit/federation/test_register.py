"""The key register: its keys read, checked and ordered."""

from typing import Any

import pytest

from pop_forum.errors import InvalidInput
from pop_forum.federation import register
from pop_forum.federation.activities import KeyRegister

from .samples import EPOCH, PUBLIC_KEYS, SECOND_EPOCH, site_keys

SECOND = site_keys(2).public()


def test_a_register_is_read_back_with_its_keys_in_order() -> None:
    document = register.members(SECOND_EPOCH, [SECOND, PUBLIC_KEYS])
    found = register.read(document)
    assert found == KeyRegister(SECOND_EPOCH, (PUBLIC_KEYS, SECOND))
    assert register.by_number(found) == {1: PUBLIC_KEYS, 2: SECOND}


ENTRY = {"number": 1, "ed25519": PUBLIC_KEYS.ed25519, "rsa": PUBLIC_KEYS.rsa_pem}


@pytest.mark.parametrize(
    "keys",
    [
        None,
        [],
        [1],
        [ENTRY, ENTRY],
        [{**ENTRY, "number": 0}],
        [{**ENTRY, "ed25519": "z6Mk"}],
        [{**ENTRY, "rsa": "x"}],
        [{**ENTRY, "rsa": None}],
        [{**ENTRY, "number": n} for n in range(1, 10)],
    ],
)
def test_malformed_registers_are_refused(keys: Any) -> None:
    with pytest.raises(InvalidInput):
        register.read({**register.members(EPOCH, []), "pop:keys": keys})
