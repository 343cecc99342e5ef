"""HTTP signatures, each refusal named by its row in the list of attacks."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from pop_forum.errors import Unauthenticated
from pop_forum.federation import http_signatures as signatures
from pop_forum.federation.keys import rsa_key_id

from .samples import HOST, KEYS, NOW, at

URL = at("/journal/forum")
PATH = "/journal/forum"
KEY_ID = rsa_key_id(at("/acteur"))
BODY = b'{"type":"OrderedCollectionPage"}'
PUBLIC = KEYS.rsa.public_key()
OTHER_KEY = rsa.generate_private_key(65537, 2048)


def post(**changes: str) -> dict[str, str]:
    """The headers of a signed POST, some changed afterwards."""
    return {**signatures.sign("POST", URL, BODY, KEY_ID, KEYS.rsa, NOW), **changes}


def check(headers: dict[str, str], *, body: bytes = BODY, path: str = PATH, method: str = "POST") -> None:
    """Verifies as the server does."""
    signatures.verify(method, path, headers, body, PUBLIC, NOW)


def signed_by_hand(covered: str, parameters: str = "", body: bytes = BODY, **more: str) -> dict[str, str]:
    """Headers with a right signature over just the `covered` parts, made without our signer."""
    headers = {"host": str(HOST), "date": "Mon, 23 Nov 2026 10:00:00 GMT", "digest": signatures.digest_header(body)}
    headers |= more
    lines = [
        f"{name}: post {PATH}" if name == "(request-target)" else f"{name}: {headers[name]}" for name in covered.split()
    ]
    value = KEYS.rsa.sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
    text = f'keyId="{KEY_ID}",headers="{covered}",signature="{base64.b64encode(value).decode()}"{parameters}'
    return {**headers, "signature": text}


FULL = "(request-target) host date digest"


def test_a_signed_post_is_accepted_and_names_its_key() -> None:
    headers = post()
    check(headers)
    parameters = signatures.parse(headers)
    assert (parameters.key_id, parameters.algorithm) == (KEY_ID, "rsa-sha256")
    assert parameters.covered == tuple(FULL.split())
    assert headers["Host"] == HOST
    assert headers["Date"] == "Mon, 23 Nov 2026 10:00:00 GMT"


def test_a_signed_get_covers_its_query() -> None:
    headers = signatures.sign("GET", URL + "?since=12", b"", KEY_ID, KEYS.rsa, NOW)
    assert "Digest" not in headers
    check(headers, body=b"", path=PATH + "?since=12", method="GET")
    with pytest.raises(Unauthenticated):
        check(headers, body=b"", path=PATH + "?since=13", method="GET")
    with pytest.raises(Unauthenticated):
        check(headers, body=b"", path=PATH + "?since=12", method="DELETE")


def test_a_signature_made_by_hand_is_understood() -> None:
    check(signed_by_hand(FULL))
    check(signed_by_hand(FULL, ',algorithm="hs2019"'))
    check(signed_by_hand(FULL, ",expires=99999999999"))


def test_row_1_no_signature_is_refused() -> None:
    headers = post()
    del headers["Signature"]
    with pytest.raises(Unauthenticated, match="no Signature"):
        check(headers)


def test_row_2_the_key_of_another_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="does not fit the request"):
        signatures.verify("POST", PATH, post(), BODY, OTHER_KEY.public_key(), NOW)


@pytest.mark.parametrize("missing", ["(request-target)", "host", "date", "digest"])
def test_row_3_a_signature_that_covers_too_little_is_refused(missing: str) -> None:
    covered = " ".join(name for name in FULL.split() if name != missing)
    with pytest.raises(Unauthenticated, match="does not cover"):
        check(signed_by_hand(covered))
    with pytest.raises(Unauthenticated, match="does not cover"):
        check(post(Signature=post()["Signature"].replace('headers="(request-target) host date digest",', "")))


def test_a_signature_over_a_missing_header_is_refused() -> None:
    headers = signed_by_hand(FULL + " x-more", **{"x-more": "1"})
    check(headers)
    del headers["x-more"]
    with pytest.raises(Unauthenticated, match="missing"):
        check(headers)


def test_row_5_a_body_altered_by_one_space_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="Digest"):
        check(post(), body=BODY + b" ")


def test_row_5_a_digest_exchanged_with_the_body_is_refused() -> None:
    other = BODY + b" "
    with pytest.raises(Unauthenticated, match="does not fit the request"):
        check(post(Digest=signatures.digest_header(other)), body=other)


def test_a_digest_without_sha256_is_refused() -> None:
    weak = "MD5=" + base64.b64encode(hashlib.md5(BODY).digest()).decode()
    with pytest.raises(Unauthenticated, match="SHA-256"):
        check(signed_by_hand(FULL, digest=weak))
    both = f"{weak}, sha-256={signatures.digest_header(BODY)[8:]}"
    check(signed_by_hand(FULL, digest=both))


def test_row_8_a_replay_to_another_host_or_path_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        check(post(Host="pont-hervel.example"))
    with pytest.raises(Unauthenticated):
        check(post(), path="/journal/programme")


@pytest.mark.parametrize("hours", [-25, -13, 13, 25])
def test_row_9_another_day_is_refused_and_tells_clock_skew(hours: int) -> None:
    headers = signatures.sign("POST", URL, BODY, KEY_ID, KEYS.rsa, NOW + timedelta(hours=hours))
    with pytest.raises(Unauthenticated, match="clock skew"):
        check(headers)


def test_row_9_twelve_hours_are_still_accepted() -> None:
    for hours in (-12, 12):
        check(signatures.sign("POST", URL, BODY, KEY_ID, KEYS.rsa, NOW + timedelta(hours=hours)))


def test_row_9_an_expired_signature_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="expired"):
        check(signed_by_hand(FULL, ",expires=1000"))


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 10:00:00 GMT", "2026-11-23T10:00:00Z"])
def test_a_malformed_date_is_refused(date: str) -> None:
    with pytest.raises(Unauthenticated, match="Date"):
        check(signed_by_hand(FULL, date=date))


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "none", "rsa-sha1", "ed25519", ""])
def test_row_10_the_header_does_not_choose_the_algorithm(algorithm: str) -> None:
    with pytest.raises(Unauthenticated, match="algorithm"):
        check(signed_by_hand(FULL, f',algorithm="{algorithm}"'))


def test_row_10_the_public_key_is_no_hmac_secret() -> None:
    headers = signed_by_hand(FULL)
    secret = b"-----BEGIN PUBLIC KEY-----"
    forged = base64.b64encode(hmac.new(secret, b"x", hashlib.sha256).digest()).decode()
    text = f'keyId="{KEY_ID}",algorithm="hs2019",headers="{FULL}",signature="{forged}"'
    with pytest.raises(Unauthenticated, match="does not fit"):
        check({**headers, "signature": text})


@pytest.mark.parametrize(
    "text",
    [
        *("", "keyId", 'keyId="a"', 'signature="YQ=="', 'keyId="a",signature="???"', 'keyId="a",signature="é"'),
        *(
            'keyId="a",keyId="b",signature="YQ=="',
            'keyId="a" signature="YQ=="',
            'keyId="a",signature="YQ==",expires="x"',
        ),
        *('keyId="a",signature="YQ==",expires=' + "9" * 30, 'keyId="' + "a" * 5000 + '",signature="YQ=="'),
    ],
)
def test_a_malformed_signature_header_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        check(post(Signature=text))


numbers = st.integers(-(10**25), 10**25).map(str)
words = st.sampled_from(
    ["Mon,", "Nov", "23", "2026", "10:00:00", "GMT", "(", ")", ",", ":", "-", "+0000", "+9999", "."]
)


@given(st.one_of(st.text(max_size=80), st.lists(st.one_of(numbers, words), max_size=8).map(" ".join)))
def test_row_9_no_date_is_odd_enough_to_be_an_error_of_ours(date: str) -> None:
    with pytest.raises(Unauthenticated):
        check(post(Date=date + " (1)"))
