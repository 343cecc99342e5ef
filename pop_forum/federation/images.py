"""Images of a message on the wire: named by the SHA-256 of their bytes, in the form of FEP-1311.

The name decides the address at the origin, so the two cannot disagree. What a later version may attach (another type,
another format) is not refused: the message is then kept until this version knows it.
"""

import re
from dataclasses import dataclass

import base58

from pop_forum.errors import InvalidInput
from pop_forum.federation import shapes
from pop_forum.federation.identifiers import Host, ObjectId, origin
from pop_forum.federation.strict_json import Json, JsonObject

MAX_IMAGES = 4  # of one message
MAX_ALT_CHARS = 300
MAX_SIDE = 5_000  # pixels; a reader may agree to decode less than both at their most
MAX_IMAGE_BYTES = 8 * 1024 * 1024
IMAGE = "Image"
WEBP = "image/webp"

_SHA256_MULTIHASH = b"\x12\x20"  # the hash function's code and its length of 32 bytes
_DIGEST = re.compile(r"zQm[1-9A-HJ-NP-Za-km-z]{44}", re.ASCII)


@dataclass(frozen=True)
class Image:
    """An image by the SHA-256 of its bytes, in lower-case hexadecimal; `alt` is empty for one that only decorates."""

    sha256: str
    alt: str
    width: int
    height: int


def address(host: str, sha256: str) -> ObjectId:
    """Where a site serves the image of this name."""
    return ObjectId(f"{origin(host)}/images/{sha256}.webp")


def attachment(images: tuple[Image, ...], host: Host) -> JsonObject:
    """The member that names these images of a message of this host; no member at all without images."""
    return {"attachment": [_document(image, host) for image in images]} if images else {}


def unknown(found: JsonObject) -> str | None:
    """The kind of something attached that this version does not know, or None. Raises InvalidInput."""
    for item in _items(found):
        kind = shapes.type_at(item)
        media = shapes.string_at(item, "mediaType", 64) if kind == IMAGE else kind
        if media != WEBP:
            return media
    return None


def read(found: JsonObject, host: Host) -> tuple[Image, ...]:
    """The images that a message of this host shows, of kinds that are known. Raises InvalidInput."""
    return tuple(_read(item, host) for item in _items(found))


def multibase(sha256: str) -> str:
    """The digest as `digestMultibase` tells it: base58btc of the SHA-256 multihash, with its prefix z."""
    return "z" + base58.b58encode(_SHA256_MULTIHASH + bytes.fromhex(sha256)).decode("ascii")


def _document(image: Image, host: Host) -> Json:
    return {
        "type": IMAGE,
        "mediaType": WEBP,
        "url": address(host, image.sha256),
        **({"name": image.alt} if image.alt else {}),
        "digestMultibase": multibase(image.sha256),
        "width": image.width,
        "height": image.height,
    }


def _items(found: JsonObject) -> list[JsonObject]:
    if "attachment" not in found:
        return []
    return [shapes.as_object(item, "attachment") for item in shapes.list_at(found, "attachment", MAX_IMAGES)]


def _read(item: JsonObject, host: Host) -> Image:
    sha256 = _sha256(shapes.string_at(item, "digestMultibase", 64))
    if shapes.id_at(item, "url") != address(host, sha256):
        raise InvalidInput(f"the url of an image must be {address(host, sha256)}")
    alt = shapes.line_at(item, "name", MAX_ALT_CHARS) if "name" in item else ""
    return Image(sha256, alt, _side(item, "width"), _side(item, "height"))


def _sha256(text: str) -> str:
    raw = base58.b58decode(text[1:]) if _DIGEST.fullmatch(text) else b""
    if len(raw) != len(_SHA256_MULTIHASH) + 32 or not raw.startswith(_SHA256_MULTIHASH):
        raise InvalidInput("digestMultibase must be a SHA-256 multihash in base58btc")
    return raw[len(_SHA256_MULTIHASH) :].hex()


def _side(item: JsonObject, key: str) -> int:
    side = shapes.integer_at(item, key, least=1)
    if side > MAX_SIDE:
        raise InvalidInput(f"{key} must be at most {MAX_SIDE}")
    return side
