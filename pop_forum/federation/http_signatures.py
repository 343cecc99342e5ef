"""HTTP signatures as the fediverse writes them today: draft-cavage-http-signatures-12 with RSA-SHA256."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pop_forum.errors import BadSignature, ClockSkew

MAX_SKEW = timedelta(hours=12)  # what Mastodon allows; village servers do have wrong clocks
MAX_SIGNATURE_CHARS = 4096
ALGORITHMS = frozenset({None, "rsa-sha256", "hs2019"})  # a hint only: the type of the key decides
UNSIGNED = "Cette requête n’est pas signée. Les autres sites signent ce qu’ils demandent ici."
UNREADABLE = "L’en-tête Signature n’est pas lisible. La méthode attendue est « draft-cavage » avec RSA et SHA-256."
UNCOVERED = "La signature doit couvrir (request-target), host et date, et digest quand il y a un corps."
OTHER_BODY = "Le corps de cette requête n’est pas celui que son en-tête Digest annonce."

_PARAMETER = re.compile(r'\s*([a-zA-Z]+)=(?:"([^"]*)"|([0-9]+))\s*(?:,|$)')
_COVERED_ALWAYS = ("(request-target)", "host", "date")


@dataclass(frozen=True)
class SignatureParameters:
    """What a Signature header says: who signed which parts, how, until when."""

    key_id: str
    algorithm: str | None
    covered: tuple[str, ...]
    signature: bytes
    expires: int | None


def sign(
    method: str, url: str, body: bytes, key_id: str, private_key: rsa.RSAPrivateKey, date: datetime
) -> dict[str, str]:
    """The headers Host, Date, Signature and, when there is a body, Digest for this request."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc, "Date": format_datetime(date.astimezone(UTC), usegmt=True)}
    covered: tuple[str, ...] = _COVERED_ALWAYS
    if body:
        headers["Digest"] = digest_header(body)
        covered = (*_COVERED_ALWAYS, "digest")
    text = _signing_text(covered, method, target, {name.lower(): value for name, value in headers.items()})
    signature = base64.b64encode(private_key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode("ascii")
    headers["Signature"] = (
        f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(covered)}",signature="{signature}"'
    )
    return headers


def digest_header(body: bytes) -> str:
    """The value of the Digest header of this body (RFC 3230 with SHA-256)."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def parse(headers: Mapping[str, str]) -> SignatureParameters:
    """The parameters of the Signature header. Raises BadSignature when it is missing or malformed."""
    text = _lower(headers).get("signature")
    if text is None:
        raise BadSignature("no Signature header", UNSIGNED)
    parameters = _parameters(text)
    if "keyId" not in parameters or "signature" not in parameters:
        raise BadSignature("Signature header without keyId or signature", UNREADABLE)
    expires = parameters.get("expires", "")
    if expires and not (expires.isdigit() and len(expires) <= 12):
        raise BadSignature("Signature header with a malformed expires", UNREADABLE)
    return SignatureParameters(
        key_id=parameters["keyId"],
        algorithm=parameters.get("algorithm"),
        covered=tuple(parameters.get("headers", "date").lower().split()),
        signature=_decode_signature(parameters["signature"]),
        expires=int(expires) if expires else None,
    )


def check(headers: Mapping[str, str], body: bytes, now: datetime) -> SignatureParameters:
    """What the Signature header says, when all that needs no key is right: parts, body, time. Raises BadSignature."""
    parameters = parse(headers)
    if parameters.algorithm not in ALGORITHMS:
        raise BadSignature(f"algorithm {parameters.algorithm!r} is not accepted", UNREADABLE)
    lower = _lower(headers)
    _check_covered(parameters.covered, lower, body)
    _check_digest(lower.get("digest"), body)
    _check_time(lower["date"], parameters.expires, now)
    return parameters


def verify(
    method: str, path: str, headers: Mapping[str, str], body: bytes, public_key: rsa.RSAPublicKey, now: datetime
) -> None:
    """Returns when the request (path with its query, body as received) is signed by `public_key`.

    Raises BadSignature with the cause. Who owns the key is the caller's next question.
    """
    parameters = check(headers, body, now)
    try:
        text = _signing_text(parameters.covered, method, path, _lower(headers))
        public_key.verify(parameters.signature, text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise BadSignature("the signature does not fit the request") from error


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _parameters(text: str) -> dict[str, str]:
    """The name="value" pairs of a Signature header; a repeated name could be read in two ways and is refused."""
    if len(text) > MAX_SIGNATURE_CHARS:
        raise BadSignature("Signature header too long", UNREADABLE)
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None or match[1] in found:
            raise BadSignature("malformed Signature header", UNREADABLE)
        found[match[1]] = match[2] if match[2] is not None else match[3]
        position = match.end()
    return found


def _decode_signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignature("the signature is not base64", UNREADABLE) from error


def _check_covered(covered: tuple[str, ...], headers: Mapping[str, str], body: bytes) -> None:
    """Refuses a signature that leaves target, host, date or body free to be exchanged, or covers what is absent."""
    required = (*_COVERED_ALWAYS, "digest") if body else _COVERED_ALWAYS
    for name in required:
        if name not in covered:
            raise BadSignature(f"the signature does not cover {name}", UNCOVERED)
    for name in covered:
        if name != "(request-target)" and name not in headers:
            raise BadSignature(f"the signature covers {name[:40]!r}, which is missing", UNCOVERED)


def _check_digest(header: str | None, body: bytes) -> None:
    """Refuses a body that is not the one whose digest was signed."""
    if header is None:  # only possible without a body: _check_covered asks for it otherwise
        return
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "sha-256":
            if not hmac.compare_digest(value.encode(), digest_header(body).partition("=")[2].encode()):
                raise BadSignature("the body does not fit its Digest", OTHER_BODY)
            return
    raise BadSignature("Digest header without SHA-256", OTHER_BODY)


def _check_time(date: str, expires: int | None, now: datetime) -> None:
    """Refuses requests of another day, telling clock skew from replay as well as can be."""
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError, IndexError) as error:  # what the standard library raises for odd dates
        raise ClockSkew("malformed Date header") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    skew = moment - now
    if abs(skew) > MAX_SKEW:
        hours = round(skew.total_seconds() / 3600)
        raise ClockSkew(f"Date is {hours:+d} h from our clock (at most ±12 h): clock skew or a replay")
    if expires is not None and expires < now.timestamp():
        raise ClockSkew("the signature has expired: clock skew or a replay")


def _signing_text(covered: tuple[str, ...], method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """The lines that are signed (draft-cavage-12, section 2.3)."""
    lines = (
        f"{name}: {method.lower()} {target}" if name == "(request-target)" else f"{name}: {headers[name].strip()}"
        for name in covered
    )
    return "\n".join(lines).encode("utf-8", "surrogateescape")
