"""Integrity proofs: the public vectors, an independent signer, and what is refused."""

import hashlib

import base58
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from pop_forum.errors import Unauthenticated
from pop_forum.federation import proofs
from pop_forum.federation.canonical import jcs
from pop_forum.federation.keys import ed25519_key
from pop_forum.federation.strict_json import JsonObject
from pop_forum.federation.timestamps import from_text

from .samples import KEYS, NOW, PERSON

# The key of the vectors that W3C vc-di-eddsa and FEP-8b32 print.
VECTOR_KEY = ed25519_key("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
VECTOR_SECRET = Ed25519PrivateKey.from_private_bytes(
    base58.b58decode("3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")[2:]
)
VECTOR_TIME = from_text("2023-02-24T23:36:38Z")
DID = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
W3C_DOCUMENT: JsonObject = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
W3C_VALUE = "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
FEP_DOCUMENT: JsonObject = {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": "https://server.example/users/alice",
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": "https://server.example/users/alice",
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
    },
}
FEP_METHOD = "https://server.example/users/alice#ed25519-key"
FEP_VALUE = "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"

METHOD = f"{PERSON}#ed25519-1"
DOCUMENT: JsonObject = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    "id": "x",
    "object": {"a": [1, "é"]},
    "type": "Create",
}
PUBLIC = KEYS.ed25519.public_key()


def test_the_vector_of_the_w3c_is_made_and_verified() -> None:
    signed = proofs.attach(W3C_DOCUMENT, VECTOR_SECRET, f"{DID}#{DID[8:]}", VECTOR_TIME)
    proof = signed["proof"]
    assert isinstance(proof, dict)
    assert proof["proofValue"] == W3C_VALUE
    assert proof["@context"] == W3C_DOCUMENT["@context"]
    proofs.verify(signed, VECTOR_KEY)


def test_the_vector_of_fep_8b32_is_made_and_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds floats, which our own formats never do: they are encoded by the other implementation here."""
    monkeypatch.setattr(proofs, "jcs", rfc8785.dumps)
    signed = proofs.attach(FEP_DOCUMENT, VECTOR_SECRET, FEP_METHOD, VECTOR_TIME)
    proof = signed["proof"]
    assert isinstance(proof, dict)
    assert proof["proofValue"] == FEP_VALUE
    proofs.verify(signed, VECTOR_KEY)


def test_floats_make_a_document_that_cannot_be_verified() -> None:
    proof = proofs.make_proof({"@context": FEP_DOCUMENT["@context"]}, VECTOR_SECRET, FEP_METHOD, VECTOR_TIME)
    with pytest.raises(Unauthenticated, match="cannot be signed"):
        proofs.verify({**FEP_DOCUMENT, "proof": proof}, VECTOR_KEY)


def test_an_independent_signer_is_understood() -> None:
    proof: JsonObject = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-11-23T10:00:00Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
    }
    hashed = b"".join(hashlib.sha256(rfc8785.dumps(part)).digest() for part in (proof, DOCUMENT))  # type: ignore[arg-type]
    proof["proofValue"] = "z" + base58.b58encode(KEYS.ed25519.sign(hashed)).decode()
    proofs.verify({**DOCUMENT, "proof": proof}, PUBLIC)


def signed_sample() -> tuple[JsonObject, JsonObject]:
    """A signed document and its proof."""
    signed = proofs.attach(DOCUMENT, KEYS.ed25519, METHOD, NOW)
    proof = signed["proof"]
    assert isinstance(proof, dict)
    return signed, proof


@pytest.mark.parametrize(
    "change",
    [
        {"id": "y"},
        {"extra": 1},
        {"object": {"a": [1, "e"]}},
        {"@context": ["https://evil.example/"]},
        {"@context": ["https://www.w3.org/ns/activitystreams", "https://evil.example/"]},
    ],
)
def test_a_changed_document_is_refused(change: JsonObject) -> None:
    with pytest.raises(Unauthenticated):
        proofs.verify({**signed_sample()[0], **change}, PUBLIC)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "RsaSignature2017"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"proofPurpose": "authentication"},
        {"created": "2026-11-23T10:00:01Z"},
        {"verificationMethod": f"{PERSON}#ed25519-2"},
        {"proofValue": 1},
        {"proofValue": ""},
        {"proofValue": "u00"},
        {"proofValue": "z0OIl"},
        {"proofValue": "zé"},
        {"proofValue": "z" + "1" * 64},
        {"proofValue": "z" + "2" * 500},
        {"expires": "2000-01-01T00:00:00Z"},
    ],
)
def test_a_changed_proof_is_refused(change: JsonObject) -> None:
    signed, proof = signed_sample()
    with pytest.raises(Unauthenticated):
        proofs.verify({**signed, "proof": {**proof, **change}}, PUBLIC)


@pytest.mark.parametrize("proof", [None, [], "z", 1, [{}]])
def test_no_proof_and_several_proofs_are_refused(proof: object) -> None:
    with pytest.raises(Unauthenticated):
        proofs.verify({**DOCUMENT, "proof": proof}, PUBLIC)  # type: ignore[dict-item]


def test_a_space_after_the_signature_is_refused() -> None:
    signed, proof = signed_sample()
    with pytest.raises(Unauthenticated, match="base58btc"):
        proofs.verify({**signed, "proof": {**proof, "proofValue": f"{proof['proofValue']} "}}, PUBLIC)


def test_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="does not fit"):
        proofs.verify(signed_sample()[0], VECTOR_KEY)


MEMBERS = st.dictionaries(
    st.sampled_from(["@context", "a", "proof", "proofValue", "z", "type"]),
    st.recursive(
        st.integers(0, 3) | st.just("proof"), lambda inner: st.dictionaries(st.sampled_from(["a", "proof", "z"]), inner)
    ),
    max_size=5,
)


@settings(max_examples=60)
@given(MEMBERS, st.booleans())
def test_cutting_the_proof_out_is_the_same_as_encoding_again(members: JsonObject, nested: bool) -> None:
    document = proofs.unsigned(members)
    signed = proofs.attach(document, KEYS.ed25519, METHOD, NOW)
    if nested:
        signed = proofs.attach({**document, "a": signed}, KEYS.ed25519, METHOD, NOW)
    proofs.verify_canonical(jcs(signed), signed, PUBLIC)
    with pytest.raises(Unauthenticated):
        changed = {**signed, "zz": 1}
        proofs.verify_canonical(jcs(changed), changed, PUBLIC)


def test_a_copy_of_the_proof_deeper_down_is_not_cut_instead() -> None:
    """The nested member is the only one between two commas: cutting it would verify what was never signed."""
    signed, proof = signed_sample()
    forged: JsonObject = {"a": {"a": 1, "proof": proof, "z": 2}, "proof": proof}
    with pytest.raises(Unauthenticated):
        proofs.verify_canonical(jcs(forged), forged, PUBLIC)
