"""Integrity proofs: FEP-8b32 with the cryptosuite eddsa-jcs-2022 of W3C vc-di-eddsa."""

import hashlib
from datetime import datetime

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pop_forum.errors import BadSignature, InvalidInput
from pop_forum.federation.canonical import jcs, jcs_of_read
from pop_forum.federation.strict_json import Json, JsonObject
from pop_forum.federation.timestamps import to_text

PROOF_TYPE = "DataIntegrityProof"
CRYPTOSUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"
MAX_PROOF_CHARS = 100  # 64 bytes are at most 88 characters of base58, and a prefix


def attach(
    document: JsonObject, private_key: Ed25519PrivateKey, verification_method: str, created: datetime
) -> JsonObject:
    """A copy of `document` with its proof; a document that has one already must be stripped first."""
    return {**document, "proof": make_proof(document, private_key, verification_method, created)}


def make_proof(
    document: JsonObject, private_key: Ed25519PrivateKey, verification_method: str, created: datetime
) -> JsonObject:
    """The proof of `document` (without any `proof`); the document's @context is copied into it (vc-di-eddsa 3.3.1)."""
    proof: JsonObject = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "verificationMethod": verification_method,
        "proofPurpose": PURPOSE,
        "created": to_text(created),
    }
    if "@context" in document:
        proof["@context"] = document["@context"]
    signature = private_key.sign(_hash_data(jcs(proof), jcs(document)))
    proof["proofValue"] = "z" + base58.b58encode(signature).decode("ascii")
    return proof


def verify(document: JsonObject, public_key: Ed25519PublicKey) -> None:
    """Returns when the one proof of `document` is right; raises BadSignature with the cause."""
    proof = only_proof(document)
    verify_proof(unsigned(document), proof, public_key)


def verify_canonical(data: bytes, document: JsonObject, public_key: Ed25519PublicKey) -> None:
    """The same as verify for a document whose JCS is `data`: what is hashed is cut out instead of encoded again."""
    proof = only_proof(document)
    _check_shape(document, proof)
    value = proof.get("proofValue")
    signature = _signature(value)
    proof_bytes = jcs_of_read(proof)  # a part of what has a canonical form has one
    bare = _without("proof", proof_bytes, document, data)
    configuration = _without("proofValue", b'"%b"' % str(value).encode("ascii"), proof, proof_bytes)
    if bare is None or configuration is None:
        verify(document, public_key)
    else:
        _check_signature(public_key, signature, configuration, bare)


def verify_proof(document: JsonObject, proof: JsonObject, public_key: Ed25519PublicKey) -> None:
    """Returns when `proof` is right for `document` (without its proofs); raises BadSignature with the cause."""
    _check_shape(document, proof)
    configuration = {key: value for key, value in proof.items() if key != "proofValue"}
    _check_signature(public_key, _signature(proof.get("proofValue")), _encoded(configuration), _encoded(document))


def unsigned(document: JsonObject) -> JsonObject:
    """The document without its proof or proofs."""
    return {key: value for key, value in document.items() if key != "proof"}


def only_proof(document: JsonObject) -> JsonObject:
    """The one proof of the document. Raises BadSignature when there is none, or several."""
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise BadSignature("there is no proof" if proof is None else "one proof was expected")
    return proof


def _check_shape(document: JsonObject, proof: JsonObject) -> None:
    """Refuses another kind of proof, and one whose @context is not the document's.

    vc-di-eddsa would let contexts be added after signing; we do not, so that one proof fits one document only.
    """
    for key, expected in (("type", PROOF_TYPE), ("cryptosuite", CRYPTOSUITE), ("proofPurpose", PURPOSE)):
        if proof.get(key) != expected:
            raise BadSignature(f"proof with {key} other than {expected}")
    if "@context" in proof and proof["@context"] != document.get("@context"):
        raise BadSignature("the proof has another @context than the document")


def _signature(value: Json) -> bytes:
    """The 64 bytes that a proofValue spells (base58btc with its multibase prefix z)."""
    if not isinstance(value, str) or not value.startswith("z") or len(value) > MAX_PROOF_CHARS:
        raise BadSignature("proofValue is not base58btc text")
    if not value.isalnum():  # the decoder passes over a final space: the same signature in other bytes
        raise BadSignature("proofValue is not base58btc text")
    try:
        return base58.b58decode(value[1:])
    except ValueError as error:
        raise BadSignature("proofValue is not base58btc text") from error


def _encoded(document: JsonObject) -> bytes:
    try:
        return jcs(document)
    except InvalidInput as error:
        raise BadSignature(f"the document cannot be signed: {error}") from error


def _without(key: str, value: bytes, document: JsonObject, data: bytes) -> bytes | None:
    """The JCS of `document` without one member, cut out of its JCS `data`; None when the cut would not be certain.

    Members are sorted, so with one before and one after, the member stands between two commas; found exactly once,
    it is that one and not another, deeper in the document.
    """
    member = f',"{key}":'.encode() + value + b","
    start = data.find(member)
    certain = min(document) < key < max(document) and start >= 0 and data.find(member, start + 1) < 0
    return data[:start] + data[start + len(member) - 1 :] if certain else None


def _check_signature(public_key: Ed25519PublicKey, signature: bytes, configuration: bytes, document: bytes) -> None:
    try:
        public_key.verify(signature, _hash_data(configuration, document))
    except InvalidSignature as error:
        raise BadSignature("the proof does not fit the document") from error


def _hash_data(configuration: bytes, document: bytes) -> bytes:
    """What is signed: SHA-256 of the configuration, then SHA-256 of the document (vc-di-eddsa 3.3.4)."""
    return hashlib.sha256(configuration).digest() + hashlib.sha256(document).digest()
