"""The keys of the simulated sites: the same in every run, public, and of no other use.

A trace names hashes and tokens, so that keys drawn anew would make each run another one. Five primes of 1,024 bits
make ten RSA keys of 2,048; no real site may share a prime with another.
"""

import hashlib
from itertools import combinations

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pop_forum.federation.keys import SiteKeys

EXPONENT = 65537
PRIMES = (
    "ee33c4364f0461dd8e829e4b998d3fe68188e9f52d68ce184e5dd4aac224624a5cd4b8d70482dd3348d1f5"
    "393b9a91041ce78e1f621914d2c2ea381c19858bb8967f3e739e44e974374a574775795c67da24e45ed171"
    "85dcd16bc12e98df31d26ee46eec9fe10c0f1646c58992e7aa37373cb351d37b24cc60fa702e57029ccb",
    "c7fc2a250e858181cdb1649b0bcc74e077702c6c4eb36ab91b80a7f21d5355f6015c533c3c74432ee58170"
    "ac8288f24d3465aff6dd3963be63e4811b1733add0f346f6c98d0adfc5780b43d0f84a4a5c921037be9885"
    "3cc65ac61c991ec0e2b318b7c8ec7821bd16b7659f005946655562751882130814ac93ef8e9ca55d88fd",
    "fcaf7a4fec572633d71fba02e37329c8b953c31fffaf610f205dd24e8c27b0f69236934de27eaac9ab7d53"
    "1f5dbad14dd264e7d38804b16e4b089e6d4e013d83c6f2d824169f1228e9d3891cd8cd07a490a5664715e5"
    "6020a8be360abfd8d855977b1b5611d08c8c386f8b90f56bcbe603b652ebd7f83446600a96a516b0016d",
    "cd618dcdf0630a706cd948276f795bb068f1c176154f97cf6f22e3c2002e65e543fde8067165311fc9f84e"
    "f22643218f001e4b54c92adb1a4641de687839529e30d02c37b00a4fa8c925006cd32da48f321aebf7b977"
    "cca9e81e38bac9d65f9ce6ed7740b3354e11edaf925031beab3f96f8995f133460412140e6f6922ac2cf",
    "f613391ef67a04ff31529ca6b955e4d676e2d546de9411c8a9cdcbfef0933a1c4c601896622e82c884132e"
    "bd65297740ad3e8f4dfe6224447e5795b5f9da68d9a68fa493225369fd7f418395bac70fb76883e53c5061"
    "9bcd8fec77c35b0dff3746ca0c285272ec679419cdb9d43036037bb1f035a99beeb763ad4b18ddaa5813",
)
MOST = 10


def keys_of(number: int) -> SiteKeys:
    """The keys of the site with this number, from 0 to 9."""
    first, second = list(combinations(PRIMES, 2))[number]
    p, q = int(first, 16), int(second, 16)
    private = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, private, private % (p - 1), private % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(EXPONENT, p * q)
    )
    seed = hashlib.sha256(f"simulated site {number}".encode()).digest()
    return SiteKeys(
        1, numbers.private_key(unsafe_skip_rsa_key_validation=True), Ed25519PrivateKey.from_private_bytes(seed)
    )
