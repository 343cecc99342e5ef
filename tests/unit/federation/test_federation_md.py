"""Every vector that FEDERATION.md prints is what this code computes."""

import json

import pytest

from pop_forum.federation import (
    activities,
    authenticity,
    identifiers,
    images,
    journal,
    keys,
    pages,
    parse,
    register,
    revisions,
    shapes,
    strict_json,
    timestamps,
)
from pop_forum.federation.identifiers import Fingerprint
from pop_forum.federation.strict_json import load_object

from .printed import DOCUMENT, computed, printed
from .samples import HOST, JOURNAL

TEXT = DOCUMENT.read_text("utf-8")
PRINTED = printed(TEXT)
LIMITS = [  # as the document writes them
    f"at most\n{identifiers.MAX_ID_CHARS} characters",
    f"any id {identifiers.MAX_ID_CHARS};",
    f"at most {strict_json.MAX_BYTES // 2**20} MiB and {strict_json.MAX_DEPTH} levels",
    f"from {timestamps.EARLIEST:%Y-%m-%d} to before {timestamps.END:%Y-%m-%d}",
    f"title {activities.MAX_TITLE_CHARS} characters, source {activities.MAX_SOURCE_CHARS:,}, "
    f"HTML {activities.MAX_HTML_CHARS:,}, name {activities.MAX_NAME_CHARS}, role {parse.MAX_ROLE_CHARS},\n"
    f"summary {activities.MAX_SUMMARY_CHARS:,}",
    f"at most 2^{shapes.MAX_NUMBER.bit_length()} − 1, of keys at most {keys.MAX_KEY_NUMBER:,}",
    f"at most {register.MAX_KEYS} keys",
    f"one line of 1 to {images.MAX_ALT_CHARS} characters",
    f"integers from 1 to {images.MAX_SIDE:,}",
    f"at most {images.MAX_IMAGE_BYTES // 2**20} MiB of type",
    f"At most {revisions.MAX_BLOCKS} blocks of {revisions.MAX_BLOCK_CHARS:,} characters "
    f"and {revisions.MAX_TEXT_CHARS:,} in all; "
    f"title {revisions.MAX_TITLE_CHARS} characters",
    f"at most {revisions.MAX_BUDGET_BYTES // 1024} KiB of JCS",
    f"Parents: 0 to {revisions.MAX_PARENTS}",
]


def test_federation_md_prints_every_vector() -> None:
    assert set(PRINTED) == set(computed())


@pytest.mark.parametrize("limit", LIMITS)
def test_the_limits_it_states_are_those_of_the_code(limit: str) -> None:
    assert limit in TEXT


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
