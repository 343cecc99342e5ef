"""The test vectors of FEDERATION.md, computed from fixed keys; run as a module to write them into that file.

python -m federation.printed        (in tests/unit)
"""

import re
from pathlib import Path

from pop_forum.federation import build, http_signatures, journal, keys, pages, revisions, vectors
from pop_forum.federation.activities import KeyRegister, MemberListed, MemberRemoved, PollOpened, PostWritten
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import commune_id, site_actor_id
from pop_forum.federation.images import Image
from pop_forum.federation.strict_json import load_object
from pop_forum.federation.supports import support_token

from .samples import (
    DECLARED,
    EPOCH,
    GROUP,
    HOST,
    JOURNAL,
    KEYS,
    NOW,
    OTHER,
    PERSON,
    PUBLIC_KEYS,
    REGISTER,
    SECOND_EPOCH,
    THREAD,
    Chain,
    activity,
    at,
    chain_of,
    head_of,
    page_of,
    salt,
    signed,
    site_keys,
)

DOCUMENT = Path(__file__).parents[3] / "FEDERATION.md"
BLOCK = re.compile(r"(<!-- vector: ([a-z0-9-]+) -->\n```[a-z]*\n)(.*?)(\n```)", re.DOTALL)
JCS_INPUT = '{"é": [true, null, -7], "a": "line\\nend \\u20ac", "\\ud83d\\ude00": 1, "\\ufb33": 2}'
WITH_IMAGE = activity(
    PostWritten(
        at("/o/gggghhhhiiii"),
        THREAD,
        None,
        PERSON,
        "Le banc.",
        "<p>Le banc.</p>",
        NOW,
        images=(Image("ab" * 32, "Le banc, sous le tilleul", 1_600, 1_200),),
    ),
    number=3,
    audience=GROUP,
)
POLL = activity(PollOpened(THREAD), number=4, audience=GROUP)
ROOT = keys.fingerprint(PUBLIC_KEYS)
MEMBER = activity(MemberListed(OTHER, "Pont-Hervel", "partisane", ROOT), site_actor_id(HOST), 5)
MEMBER_REMOVED = activity(MemberRemoved(OTHER), site_actor_id(HOST), 6)
SECOND = site_keys(2)
ROTATION = activity(KeyRegister(EPOCH, (PUBLIC_KEYS, SECOND.public())), site_actor_id(HOST), 7)
DROPPED = activity(KeyRegister(EPOCH, (SECOND.public(),)), site_actor_id(HOST), 8)
SECRET = b"a secret of this site, 32 bytes."


def computed() -> dict[str, str]:
    """Every vector by name, as text."""
    register, declared = signed(REGISTER, DECLARED)
    chain = chain_of([register, declared])
    return {
        **_key_vectors(),
        "jcs-input": JCS_INPUT,
        "jcs-output": jcs(load_object(JCS_INPUT.encode())).decode(),
        "activity-1": register.decode(),
        "activity-2": declared.decode(),
        "activity-with-image": signed(WITH_IMAGE)[0].decode(),
        "activity-poll": signed(POLL)[0].decode(),
        "activity-member": signed(MEMBER)[0].decode(),
        "activity-member-removed": signed(MEMBER_REMOVED)[0].decode(),
        "rotation-multikey": SECOND.public().ed25519,
        "activity-rotation": build.rotation(ROTATION, KEYS, SECOND, NOW).decode(),
        "activity-first-key-dropped": build.signed(DROPPED, SECOND, NOW).decode(),
        **_chain_vectors(chain),
        **_revision_vectors(),
        "support-secret": SECRET.decode(),
        "support-token": support_token(SECRET, PERSON, THREAD),
        "http-signature": _http_signature(),
    }


def printed(text: str) -> dict[str, str]:
    """Every vector that a document prints, by name."""
    return {match[2]: match[3] for match in BLOCK.finditer(text)}


def rewritten(text: str) -> str:
    """The document with its vectors computed again."""
    values = computed()
    return BLOCK.sub(lambda match: match[1] + values[match[2]] + match[4], text)


def _key_vectors() -> dict[str, str]:
    return {
        "ed25519-seed": KEYS.ed25519.private_bytes_raw().hex(),
        "ed25519-multikey": PUBLIC_KEYS.ed25519,
        "rsa-public-key": PUBLIC_KEYS.rsa_pem.strip(),
        "fingerprint": keys.fingerprint(PUBLIC_KEYS),
        "fingerprint-short": keys.short_fingerprint(PUBLIC_KEYS),
    }


def _chain_vectors(chain: Chain) -> dict[str, str]:
    return {
        "genesis-hash": chain.start.hash.hex(),
        "genesis-hash-second-epoch": journal.start_of(HOST, JOURNAL, SECOND_EPOCH).hash.hex(),
        "salt-1": salt(1).hex(),
        "leaf-1": chain.entries[0].leaf().hex(),
        "hash-1": chain.hashes[0].hex(),
        "leaf-2": chain.entries[1].leaf().hex(),
        "hash-2": chain.hashes[1].hex(),
        "head": jcs(head_of(chain)).decode(),
        "page": page_of(chain).decode(),
        "etag": pages.etag(chain.end.hash, 0),
        "answer": pages.answer(chain.end).decode(),
        "position-vector": vectors.build_vector([vectors.Held(HOST, JOURNAL, chain.end)]).decode(),
    }


def _revision_vectors() -> dict[str, str]:
    first = revisions.first_edition_revision("navette-a-la-demande", "Navette", "Un transport.", "2026-11-23")
    second = revisions.Revision(
        measure=first.measure,
        parents=(revisions.digest(first),),
        title="Navette du samedi",
        blocks=(revisions.Block("navette-a-la-demande-1", "paragraph", "Un transport,\naussi le samedi."),),
        budget=None,
        author=commune_id(HOST),
        created="2026-11-23T10:00:00Z",
    )
    return {
        "revision-1": jcs(revisions.to_document(first)).decode(),
        "revision-1-digest": revisions.digest(first),
        "revision-2": jcs(revisions.to_document(second)).decode(),
        "revision-2-digest": revisions.digest(second),
    }


def _http_signature() -> str:
    key_id = keys.rsa_key_id(at("/acteur"))
    headers = http_signatures.sign("POST", at("/journal/forum"), b"{}", key_id, KEYS.rsa, NOW)
    return "\n".join(f"{name}: {value}" for name, value in headers.items())


if __name__ == "__main__":
    DOCUMENT.write_text(rewritten(DOCUMENT.read_text("utf-8")), "utf-8")
