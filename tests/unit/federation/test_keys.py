"""A site's keys: read, written, named and recognised."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pop_forum.errors import InvalidInput
from pop_forum.federation import keys
from pop_forum.federation.keys import SiteKeys

from .samples import KEYS, PERSON, PUBLIC_KEYS, RSA_PEM, ed25519_pem


def test_keys_come_back_from_their_files() -> None:
    files = KEYS.to_files()
    assert sorted(files) == ["ed25519-1.pem", "rsa-1.pem"]
    again = SiteKeys.from_pem(1, files["rsa-1.pem"], files["ed25519-1.pem"])
    assert again.public() == PUBLIC_KEYS


def test_generated_keys_have_the_promised_sizes() -> None:
    made = SiteKeys.generate(3)
    assert (made.number, made.rsa.key_size) == (3, 2048)
    assert made.public().ed25519.startswith("z6Mk")


def test_files_in_the_wrong_order_or_broken_are_refused() -> None:
    for first, second in ((ed25519_pem(1), RSA_PEM), (b"", ed25519_pem(1)), (RSA_PEM, b"-----BEGIN")):
        with pytest.raises(InvalidInput):
            SiteKeys.from_pem(1, first, second)


def test_a_fingerprint_is_the_hash_of_the_raw_key() -> None:
    text = keys.fingerprint(PUBLIC_KEYS)
    raw = KEYS.ed25519.public_key().public_bytes_raw()
    assert len(text) == 52
    assert text == text.lower()
    assert keys.base64.b32decode(text.upper() + "====") == hashlib.sha256(raw).digest()
    assert keys.short_fingerprint(PUBLIC_KEYS).replace(" ", "") == text[:16]
    assert len(keys.short_fingerprint(PUBLIC_KEYS)) == 19


def test_a_multikey_of_another_kind_is_refused() -> None:
    assert keys.ed25519_key(PUBLIC_KEYS.ed25519) == KEYS.ed25519.public_key()
    p256 = "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP"
    for text in (
        "",
        "z",
        "6Mk",
        p256,
        PUBLIC_KEYS.ed25519[:-1],
        PUBLIC_KEYS.ed25519 + "0",
        PUBLIC_KEYS.ed25519 + " ",
        "z" + "1" * 99,
    ):
        with pytest.raises(InvalidInput):
            keys.ed25519_key(text)


def test_rsa_keys_too_small_too_large_or_of_another_kind_are_refused() -> None:
    assert keys.rsa_key(PUBLIC_KEYS.rsa_pem) == KEYS.rsa.public_key()
    small = rsa.generate_private_key(65537, 1024).public_key()
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    large = rsa.RSAPublicNumbers(65537, (1 << 8191) + 1).public_key()
    for key in (small, curve, large):
        with pytest.raises(InvalidInput):
            keys.rsa_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
    for text in ("", "not a key", "é" * 5000, RSA_PEM.decode()):
        with pytest.raises(InvalidInput):
            keys.rsa_key(text)


def test_key_ids_name_their_actor() -> None:
    assert keys.rsa_key_id(PERSON) == f"{PERSON}#main-key"
    assert keys.proof_key_id(PERSON, 2) == f"{PERSON}#ed25519-2"
    assert keys.key_owner(f"{PERSON}#main-key") == PERSON
    assert keys.proof_key_number(f"{PERSON}#ed25519-12") == 12


def test_malformed_key_ids_are_refused() -> None:
    for text in (PERSON, f"{PERSON}#", "#main-key", "did:key:z6Mk#z6Mk", "http://127.0.0.1.evil.example/#k"):
        with pytest.raises(InvalidInput):
            keys.key_owner(text)
    for text in (f"{PERSON}#main-key", f"{PERSON}#ed25519-0", f"{PERSON}#ed25519-01", f"{PERSON}#ed25519-99999"):
        with pytest.raises(InvalidInput):
            keys.proof_key_number(text)
