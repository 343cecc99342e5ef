"""Fixed keys, two sites and a small journal, from which the tests and the vectors are made."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pop_forum.federation import build, journal, pages
from pop_forum.federation.activities import Activity, Content, KeyRegister, PersonDeclared, ThreadOpened
from pop_forum.federation.identifiers import EpochId, Host, ObjectId, Seq, canonical_host, origin, site_actor_id
from pop_forum.federation.journal import Epoch, Head, Position, Predecessor
from pop_forum.federation.keys import SiteKeys
from pop_forum.federation.strict_json import JsonObject

RSA_PEM = (Path(__file__).parent / "rsa_for_tests.pem").read_bytes()  # of no other use: it is public
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOST = canonical_host("valombre.example")
OTHER = canonical_host("pont-hervel.example")
EPOCH = Epoch(1, EpochId("000102030405060708090a0b0c0d0e0f"))
JOURNAL = "forum"


def site_keys(number: int = 1) -> SiteKeys:
    """Keys that are the same in every run: the Ed25519 seed is 32 bytes of the key's number."""
    return SiteKeys.from_pem(number, RSA_PEM, ed25519_pem(number))


def ed25519_pem(number: int) -> bytes:
    """The PEM of the key whose seed is 32 times this number."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


KEYS = site_keys(1)
PUBLIC_KEYS = KEYS.public()


def at(path: str, host: Host = HOST) -> ObjectId:
    """The id of this path at a site."""
    return ObjectId(origin(host) + path)


PERSON = at("/p/aaaabbbbcccc")
THREAD = at("/o/ddddeeeeffff")
GROUP = at("/g/quotidien")


def activity(content: Content, actor: ObjectId = PERSON, number: int = 1, audience: ObjectId | None = None) -> Activity:
    """An activity of the site, whose id tells its number."""
    return Activity(at(f"/a/{number:016d}"), actor, NOW, content, audience)


def opened(title: str = "Éclairage de la place") -> ThreadOpened:
    """A thread of daily life."""
    html = "<p>La lampe clignote.</p>"
    return ThreadOpened(THREAD, PERSON, title, "La lampe clignote.", html, "quotidien", None, NOW)


REGISTER = activity(KeyRegister(EPOCH, (PUBLIC_KEYS,)), site_actor_id(HOST), 1)
DECLARED = activity(PersonDeclared(PERSON, "Une habitante", "habitante"), PERSON, 2)
OPENED = activity(opened(), PERSON, 3, GROUP)


@dataclass(frozen=True)
class Chain:
    """A journal: where it starts, its entries, the hash after each."""

    start: Position
    entries: tuple[pages.Entry, ...]
    hashes: tuple[bytes, ...]

    @property
    def end(self) -> Position:
        """The position after the last entry."""
        n = self.start.n + len(self.entries)
        return Position(self.start.epoch, self.start.epoch_id, n, (self.start.hash, *self.hashes)[-1])


def salt(n: int) -> bytes:
    """The salt of entry n: 32 times its number."""
    return bytes([n % 256]) * 32


def chain_of(activities: list[bytes], epoch: Epoch = EPOCH, erased: dict[int, int] | None = None) -> Chain:
    """The journal of these activities; `erased` tells which are erased, and by which entry."""
    position = start = journal.start_of(HOST, JOURNAL, epoch)
    entries: list[pages.Entry] = []
    hashes: list[bytes] = []
    for n, data in enumerate(activities, 1):
        kept = pages.Kept(Seq(n), salt(n), data)
        by = (erased or {}).get(n)
        entries.append(kept if by is None else pages.Erased(Seq(n), kept.leaf(), Seq(by)))
        position = journal.after(HOST, JOURNAL, position, kept.leaf())
        hashes.append(position.hash)
    return Chain(start, tuple(entries), tuple(hashes))


def head_of(chain: Chain, epoch: Epoch = EPOCH) -> JsonObject:
    """The signed head of a journal."""
    return journal.sign_head(Head(HOST, JOURNAL, epoch, chain.end.n, chain.end.hash, NOW), KEYS)


def page_of(chain: Chain, *, since: int = 0, until: int | None = None, epoch: Epoch = EPOCH) -> bytes:
    """The page of a journal's entries after `since` up to `until`."""
    upto = len(chain.entries) if until is None else until
    previous = chain.start.hash if since == 0 else chain.hashes[since - 1]
    return pages.build_page(
        host=HOST,
        journal=JOURNAL,
        start=Position(chain.start.epoch, chain.start.epoch_id, since, previous),
        entries=chain.entries[since:upto],
        hashes=chain.hashes[since:upto],
        epoch=epoch,
        head_document=head_of(chain, epoch),
        more=upto < len(chain.entries),
    )


def signed(*activities: Activity) -> list[bytes]:
    """The bytes of these activities, signed by the site."""
    return [build.signed(item, KEYS, NOW) for item in activities]


SECOND_EPOCH = Epoch(2, EpochId("f0" * 16), Predecessor(EPOCH.id, 3, b"\x07" * 32))
