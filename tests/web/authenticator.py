"""A device with passkeys, in software: what a browser would answer to a page (W3C Web Authentication)."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ORIGIN = "http://valombre.localhost:8080"


@dataclass
class Device:
    """Keys by credential id, each with the account it is for and how often it signed."""

    origin: str = ORIGIN
    counts: bool = True  # a synchronised passkey always says 0
    keys: dict[bytes, ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    handles: dict[bytes, bytes] = field(default_factory=dict)
    signed: dict[bytes, int] = field(default_factory=dict)

    def create(self, options: dict[str, Any]) -> str:
        """The answer to the options of a registration."""
        credential, key = os.urandom(32), ec.generate_private_key(ec.SECP256R1())
        self.keys[credential], self.handles[credential] = key, base64url_to_bytes(options["user"]["id"])
        self.signed[credential] = 0
        numbers = key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(credential).to_bytes(2, "big") + credential + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], PRESENT | VERIFIED | ATTESTED, 0) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._answer(credential, {"clientDataJSON": client, "attestationObject": attestation})

    def get(self, options: dict[str, Any], credential: bytes | None = None, handle: bytes | None = None) -> str:
        """The answer to the options of a sign-in, by the one key of the device unless another is named."""
        credential = credential or next(iter(self.keys))
        self.signed[credential] += 1 if self.counts else 0
        data = self._data(options["rpId"], PRESENT | VERIFIED, self.signed[credential])
        client = self._client("webauthn.get", options)
        signature = self.keys[credential].sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        told = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer(credential, {**told, "userHandle": handle or self.handles[credential]})

    def _data(self, domain: str, flags: int, count: int) -> bytes:
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _client(self, type_: str, options: dict[str, Any]) -> bytes:
        told = {"type": type_, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _answer(self, credential: bytes, response: dict[str, bytes]) -> str:
        name = bytes_to_base64url(credential)
        told = {key: bytes_to_base64url(value) for key, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": told})
