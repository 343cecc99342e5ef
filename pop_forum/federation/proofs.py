"""Integrity proofs: FEP-8b32 with the cryptosuite eddsa-jcs-2022 of W3C vc-di-eddsa."""

import hashlib
from datetime import datetime

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pop_forum.errors import InvalidInput, Unauthenticated
from pop_forum.federation.canonical import jcs
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
    signature = private_key.sign(_hash_data(document, proof))
    proof["proofValue"] = "z" + base58.b58encode(signature).decode("ascii")
    return proof


def verify(document: JsonObject, public_key: Ed25519PublicKey) -> None:
    """Returns when the one proof of `document` is right; raises Unauthenticated with the cause."""
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise Unauthenticated("the document has no proof" if proof is None else "one proof was expected")
    verify_proof(unsigned(document), proof, public_key)


def verify_proof(document: JsonObject, proof: JsonObject, public_key: Ed25519PublicKey) -> None:
    """Returns when `proof` is right for `document` (without its proofs); raises Unauthenticated with the cause."""
    _check_shape(document, proof)
    configuration = {key: value for key, value in proof.items() if key != "proofValue"}
    try:
        public_key.verify(_signature(proof.get("proofValue")), _hash_data(document, configuration))
    except InvalidSignature as error:
        raise Unauthenticated("the proof does not fit the document") from error
    except InvalidInput as error:
        raise Unauthenticated(f"the document cannot be signed: {error}") from error


def unsigned(document: JsonObject) -> JsonObject:
    """The document without its proof or proofs."""
    return {key: value for key, value in document.items() if key != "proof"}


def _check_shape(document: JsonObject, proof: JsonObject) -> None:
    """Refuses another kind of proof, and one whose @context is not the document's.

    vc-di-eddsa would let contexts be added after signing; we do not, so that one proof fits one document only.
    """
    for key, expected in (("type", PROOF_TYPE), ("cryptosuite", CRYPTOSUITE), ("proofPurpose", PURPOSE)):
        if proof.get(key) != expected:
            raise Unauthenticated(f"proof with {key} other than {expected}")
    if "@context" in proof and proof["@context"] != document.get("@context"):
        raise Unauthenticated("the proof has another @context than the document")


def _signature(value: Json) -> bytes:
    """The 64 bytes that a proofValue spells (base58btc with its multibase prefix z)."""
    if not isinstance(value, str) or not value.startswith("z") or len(value) > MAX_PROOF_CHARS:
        raise Unauthenticated("proofValue is not base58btc text")
    try:
        return base58.b58decode(value[1:])
    except ValueError as error:
        raise Unauthenticated("proofValue is not base58btc text") from error


def _hash_data(document: JsonObject, configuration: JsonObject) -> bytes:
    """What is signed: SHA-256 of the configuration, then SHA-256 of the document (vc-di-eddsa 3.3.4)."""
    return hashlib.sha256(jcs(configuration)).digest() + hashlib.sha256(jcs(document)).digest()
