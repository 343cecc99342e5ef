"""A site's keys: RSA-2048 for HTTP signatures, Ed25519 for proofs and heads, and how they are named and recognised."""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

import base58
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pop_forum.errors import InvalidInput
from pop_forum.federation.identifiers import Fingerprint, ObjectId, parse_object_id

RSA_BITS = 2048  # what every other ActivityPub software uses and accepts
MAX_RSA_BITS = 4096  # verifying with a larger foreign key would cost us, not them
MAX_PEM_CHARS = 4096
MAX_KEY_ID_CHARS = 2100  # an id and a fragment
_ED25519_PREFIX = b"\xed\x01"  # multicodec ed25519-pub, as an unsigned varint
MAX_KEY_NUMBER = 9999  # a rotation a day for 27 years
_PROOF_FRAGMENT = re.compile(r"ed25519-([1-9][0-9]{0,3})", re.ASCII)


@dataclass(frozen=True)
class PublicKeys:
    """What a site tells the others: the number of its key pair, the Ed25519 key as a Multikey, the RSA key as PEM."""

    number: int
    ed25519: str
    rsa_pem: str


@dataclass(frozen=True)
class SiteKeys:
    """The private keys of a site; `number` counts rotations from 1."""

    number: int
    rsa: rsa.RSAPrivateKey
    ed25519: Ed25519PrivateKey

    @classmethod
    def generate(cls, number: int = 1) -> "SiteKeys":
        """New keys, from the entropy of the cryptographic library itself."""
        return cls(number, rsa.generate_private_key(65537, RSA_BITS), Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, number: int, rsa_pem: bytes, ed25519_pem: bytes) -> "SiteKeys":
        """The keys read from two PEM files. Raises InvalidInput."""
        return _load_private(number, rsa_pem, ed25519_pem)

    def to_files(self) -> dict[str, bytes]:
        """The two PEM files (PKCS #8, not encrypted), by name: `rsa-N.pem` and `ed25519-N.pem`."""
        return {
            f"rsa-{self.number}.pem": _private_pem(self.rsa),
            f"ed25519-{self.number}.pem": _private_pem(self.ed25519),
        }

    def public(self) -> PublicKeys:
        """The public halves."""
        rsa_pem = self.rsa.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return PublicKeys(self.number, multikey(self.ed25519.public_key()), rsa_pem.decode("ascii"))


def multikey(key: Ed25519PublicKey) -> str:
    """The key as a Multikey: `z6Mk…` (base58btc of the multicodec prefix and the 32 bytes)."""
    return "z" + base58.b58encode(_ED25519_PREFIX + key.public_bytes_raw()).decode("ascii")


@lru_cache(maxsize=2048)
def ed25519_key(text: str) -> Ed25519PublicKey:
    """The key that a Multikey spells. Raises InvalidInput."""
    if not text.startswith("z") or not text.isalnum() or len(text) > 60:
        raise InvalidInput("not an Ed25519 Multikey")
    try:
        raw = base58.b58decode(text[1:])
    except ValueError as error:
        raise InvalidInput("not an Ed25519 Multikey: not base58") from error
    if raw[:2] != _ED25519_PREFIX or len(raw) != 34:
        raise InvalidInput("not an Ed25519 Multikey: another kind of key")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


@lru_cache(maxsize=2048)
def rsa_key(pem: str) -> rsa.RSAPublicKey:
    """The RSA key of this PEM text, 2048 to 4096 bits. Raises InvalidInput."""
    if len(pem) > MAX_PEM_CHARS:
        raise InvalidInput("PEM too long")
    try:
        key = serialization.load_pem_public_key(pem.encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput("not a public key in PEM") from error
    if not isinstance(key, rsa.RSAPublicKey) or not RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise InvalidInput(f"not an RSA key of {RSA_BITS} to {MAX_RSA_BITS} bits")
    return key


def fingerprint(public: PublicKeys) -> Fingerprint:
    """What two people compare by telephone: SHA-256 of the raw Ed25519 key in lower-case base32, 52 characters."""
    digest = hashlib.sha256(ed25519_key(public.ed25519).public_bytes_raw()).digest()
    return Fingerprint(base64.b32encode(digest).decode("ascii").rstrip("=").lower())


def short_fingerprint(public: PublicKeys) -> str:
    """The first 16 characters of the fingerprint in groups of four: 80 bits, enough to be read aloud."""
    return grouped(fingerprint(public)[:16])


def grouped(text: str) -> str:
    """A fingerprint, or its beginning, in groups of four."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def rsa_key_id(actor: ObjectId) -> str:
    """The id of the key that signs HTTP requests for this actor."""
    return f"{actor}#main-key"


def proof_key_id(actor: ObjectId, number: int) -> str:
    """The id of the key that signs this actor's activities; `number` is that of the site's key pair."""
    return f"{actor}#ed25519-{number}"


def key_owner(key_id: str) -> ObjectId:
    """The actor whose document lists this key. Raises InvalidInput when the id is not an actor's URL and a fragment."""
    actor, mark, fragment = key_id.partition("#")
    if not mark or not fragment:
        raise InvalidInput(f"not the id of a key: {key_id[:80]!r}")
    return parse_object_id(actor)


def proof_key_number(key_id: str) -> int:
    """The number N of `…#ed25519-N`. Raises InvalidInput."""
    match = _PROOF_FRAGMENT.fullmatch(key_id.partition("#")[2])
    if match is None:
        raise InvalidInput(f"not the id of an Ed25519 key: {key_id[:80]!r}")
    return int(match[1])


@lru_cache(maxsize=64)  # reading an RSA key checks its primes: 31 ms
def _load_private(number: int, rsa_pem: bytes, ed25519_pem: bytes) -> SiteKeys:
    try:
        first = serialization.load_pem_private_key(rsa_pem, password=None)
        second = serialization.load_pem_private_key(ed25519_pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidInput("not a private key in PEM") from error
    if not isinstance(first, rsa.RSAPrivateKey) or not isinstance(second, Ed25519PrivateKey):
        raise InvalidInput("an RSA and an Ed25519 key were expected, in this order")
    return SiteKeys(number, first, second)


def _private_pem(key: rsa.RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
