"""The forty texts of the first edition have the same address on every site: these ones, for ever."""

import hashlib
import json
from pathlib import Path

import base58

from pop_forum.domain.programme import Programme, load_programme
from pop_forum.federation.revisions import digest, first_edition_revision

DATA = Path(__file__).parents[2] / "pop_forum" / "data"
EXPECTED: dict[str, str] = json.loads((DATA / "programme_digests.json").read_text("utf-8"))


def programme() -> Programme:
    return load_programme((DATA / "programme.yaml").read_bytes())


def by_hand(slug: str, title: str, summary: str, day: str) -> str:
    """The digest written out without our own code; such an object's JCS is plain sorted JSON (RFC 8785 §3.2)."""
    document = {
        "schema": 1,
        "measure": f"urn:pop:programme-commun:{slug}",
        "parents": [],
        "title": title,
        "blocks": [{"id": f"{slug}-1", "type": "paragraph", "text": summary}],
        "budget": None,
        "author": "urn:pop:programme-commun",
        "created": day,
    }
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return base58.b58encode(b"\x12\x20" + hashlib.sha256(canonical).digest()).decode()


def test_the_forty_digests_are_the_committed_ones() -> None:
    edition = programme()
    day = edition.edition.date.isoformat()
    computed = {m.slug: digest(first_edition_revision(m.slug, m.title, m.summary, day)) for m in edition.measures}
    assert computed == EXPECTED
    assert len(set(EXPECTED.values())) == 40


def test_the_forty_digests_can_be_computed_by_anybody() -> None:
    edition = programme()
    day = edition.edition.date.isoformat()
    assert {m.slug: by_hand(m.slug, m.title, m.summary, day) for m in edition.measures} == EXPECTED
