"""Documents for paper: what a sheet says, in which format, and the digest by which its PDF is known."""

import hashlib
import json
from dataclasses import asdict, dataclass

TEMPLATE = 2  # of data/paper.typ: raised whenever the same words would be set otherwise


@dataclass(frozen=True, slots=True)
class Look:
    """How a format is set. `size` is in points, `margin` and `code` (the side of the QR code) in millimetres."""

    paper: str
    size: float
    margin: int
    code: int
    large: bool = False


FORMATS = {
    "a4": Look("a4", 11, 22, 24),
    "a5": Look("a5", 9.5, 15, 20),
    "grand": Look("a4", 18, 20, 32, large=True),  # for who sees badly: 16 points at least, no divided word
}


@dataclass(frozen=True, slots=True)
class Part:
    """One measure: its passages, a remark about what its text is, and where it is read online."""

    title: str
    note: str
    passages: tuple[str, ...]
    closing: tuple[str, ...]
    url: str
    address: str


@dataclass(frozen=True, slots=True)
class Group:
    """Measures below one title; without one when it is empty."""

    title: str
    summary: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document in words, as one commune shows it in one language; `address` is `url` as a person types it."""

    title: str
    subtitle: str
    author: str
    language: str
    lines: tuple[str, ...]
    groups: tuple[Group, ...]
    contents: str  # the title of the table of contents; empty for none
    code: str  # what is said beside the QR code
    code_alt: str
    url: str
    address: str
    imprint: str
    imprint_lines: tuple[str, ...]


def job(sheet: Sheet, look: Look) -> bytes:
    """All that the typesetter must know, as JSON: the same words in the same format give the same bytes."""
    told = {"template": TEMPLATE, "look": asdict(look), **asdict(sheet)}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(work: bytes) -> str:
    """The name of the PDF that this job makes: SHA-256 in hexadecimal."""
    return hashlib.sha256(work).hexdigest()
