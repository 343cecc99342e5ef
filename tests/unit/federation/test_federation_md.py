"""Every vector that FEDERATION.md prints is what this code computes."""

import json

import pytest

from pop_forum.federation import authenticity, journal, pages, register, revisions
from pop_forum.federation.identifiers import Fingerprint
from pop_forum.federation.strict_json import load_object

from .printed import DOCUMENT, computed, printed
from .samples import HOST, JOURNAL

PRINTED = printed(DOCUMENT.read_text("utf-8"))


def test_federation_md_prints_every_vector() -> None:
    assert set(PRINTED) == set(computed())


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_a_printed_vector_is_the_computed_one(name: str) -> None:
    assert PRINTED[name] == computed()[name]


def test_the_printed_page_is_accepted_with_the_printed_fingerprint_alone() -> None:
    """As a stranger would: from the document, without our private keys."""
    page = pages.parse_page(PRINTED["page"].encode(), host=HOST, journal=JOURNAL)
    first, second = page.entries
    assert isinstance(first, pages.Kept)
    assert isinstance(second, pages.Kept)
    root = Fingerprint(PRINTED["fingerprint"])
    declared = register.read(authenticity.verify_first_register(first.activity, host=HOST, root=root).value)
    valid = register.by_number(declared)
    start = journal.start_of(HOST, JOURNAL, page.epoch)
    assert [digest.hex() for digest in pages.verify_chain(page, start)] == [PRINTED["hash-1"], PRINTED["hash-2"]]
    assert journal.verify_head(page.head_document, valid).n == 2
    assert authenticity.verify_kept(second, host=HOST, keys=valid).value == json.loads(PRINTED["activity-2"])


def test_the_printed_revisions_have_the_printed_digests() -> None:
    for name in ("revision-1", "revision-2"):
        revision = revisions.from_document(load_object(PRINTED[name].encode()))
        assert revisions.digest(revision) == PRINTED[f"{name}-digest"]
