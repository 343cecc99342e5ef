"""What a journal may not say of its keys, and what a key that was dropped may not sign."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from pop_forum.commune import Commune
from pop_forum.errors import BadSignature, Conflict
from pop_forum.federation import build, proofs
from pop_forum.federation.activities import Activity, KeyRegister, PersonDeclared
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import ObjectId, site_actor_id
from pop_forum.federation.keys import PublicKeys, SiteKeys, proof_key_id
from pop_forum.federation.register import MAX_KEYS
from pop_forum.models import Journal
from pop_forum.services import key_registers
from tests.network import START
from tests.unit.federation.samples import site_keys
from tests.unit.services.scribe import PAPER, Scribe, entry, take

TWO, THREE, FOUR = (site_keys(number + 10) for number in (2, 3, 4))
TWO, THREE, FOUR = (SiteKeys(key.number - 10, key.rsa, key.ed25519) for key in (TWO, THREE, FOUR))


def bare(scribe: Scribe, *keys: PublicKeys) -> Activity:
    number = len(scribe.entries) + 1
    return Activity(
        scribe.at(f"/a/{number:016d}"), site_actor_id(scribe.host), START, KeyRegister(scribe.epoch, tuple(keys))
    )


def rotates(scribe: Scribe, *keys: SiteKeys, old: SiteKeys | None = None, new: SiteKeys = TWO) -> int:
    """The number of an entry that lists these keys, by these two."""
    activity = bare(scribe, *(key.public() for key in keys))
    return scribe.write(build.rotation(activity, old or scribe.keys, new, START))


def drops(scribe: Scribe, *left: SiteKeys, by: SiteKeys) -> int:
    return scribe.say(KeyRegister(scribe.epoch, tuple(key.public() for key in left)), site_actor_id(scribe.host), by)


def valid(commune: Commune) -> list[int]:
    with commune.reading() as site:
        return sorted(key_registers.valid_now(site, PAPER))


def quarantined(commune: Commune) -> str | None:
    with commune.reading() as site:
        return site.session.scalars(select(Journal.quarantined).where(Journal.host == PAPER)).one()


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()


def test_a_rotation_in_the_middle_of_a_page_counts_from_its_entry_on(commune: Commune, scribe: Scribe) -> None:
    one = scribe.keys
    early = scribe.say(*_named(scribe, "tot"), keys=TWO)
    rotates(scribe, one, TWO)
    both = scribe.opens("avec-une"), scribe.say(*_named(scribe, "avec-deux"), keys=TWO)
    drops(scribe, TWO, by=TWO)
    late = scribe.say(*_named(scribe, "tard"), keys=one)
    last = scribe.say(*_named(scribe, "enfin"), keys=TWO)
    assert take(commune, scribe, scribe.page(keys=TWO)).accepted
    assert valid(commune) == [2]
    assert [entry(commune, scribe, n).outcome for n in (both[1], last)] == ["applied", "applied"]
    refused = [entry(commune, scribe, n) for n in (early, late)]
    assert [each.outcome for each in refused] == ["refused", "refused"]
    assert "key 2 is not in the register" in (refused[0].reason or "")
    assert "key 1 is not in the register" in (refused[1].reason or "")
    assert "here key 2 may sign" in (refused[1].reason or "")


def test_the_same_journal_entry_by_entry_ends_the_same(commune: Commune, scribe: Scribe) -> None:
    one = scribe.keys
    rotates(scribe, one, TWO)
    middle = scribe.page(keys=TWO)
    late = drops(scribe, TWO, by=TWO) + 1
    scribe.say(*_named(scribe, "tard"), keys=one)
    first = Scribe()
    assert take(commune, first, first.page()).accepted
    assert take(commune, scribe, middle).accepted
    assert valid(commune) == [1, 2]
    assert take(commune, scribe, scribe.page(keys=TWO)).accepted
    assert (valid(commune), entry(commune, scribe, late).outcome) == ([2], "refused")


def _named(scribe: Scribe, name: str) -> tuple[PersonDeclared, ObjectId]:
    uri = scribe.person(name)
    return PersonDeclared(uri, "Alice", "resident"), uri


def by_one_proof(scribe: Scribe) -> None:
    scribe.write(build.signed(bare(scribe, scribe.keys.public(), TWO.public()), scribe.keys, START))


def by_the_new_key_alone(scribe: Scribe) -> None:
    scribe.write(build.signed(bare(scribe, TWO.public()), TWO, START))


def by_a_stranger(scribe: Scribe) -> None:
    rotates(scribe, scribe.keys, TWO, old=SiteKeys(1, THREE.rsa, THREE.ed25519))


def with_the_number_of_another_key(scribe: Scribe) -> None:
    other = SiteKeys(1, TWO.rsa, TWO.ed25519)
    rotates(scribe, other, THREE, new=THREE)


def with_two_new_keys(scribe: Scribe) -> None:
    rotates(scribe, scribe.keys, TWO, THREE)


def with_the_same_proof_twice(scribe: Scribe) -> None:
    document = build.build(bare(scribe, scribe.keys.public(), TWO.public()))
    method = proof_key_id(site_actor_id(scribe.host), 1)
    proof = proofs.make_proof(document, scribe.keys.ed25519, method, START)
    scribe.write(jcs({**document, "proof": [proof, proof]}))


def with_three_proofs(scribe: Scribe) -> None:
    document = build.build(bare(scribe, scribe.keys.public(), TWO.public()))
    pairs = ((scribe.keys, 1), (TWO, 2), (TWO, 2))
    actor = site_actor_id(scribe.host)
    made = [proofs.make_proof(document, key.ed25519, proof_key_id(actor, n), START) for key, n in pairs]
    scribe.write(jcs({**document, "proof": [*made]}))


def with_too_many_keys(scribe: Scribe) -> None:
    others = [SiteKeys(number, TWO.rsa, TWO.ed25519) for number in range(2, MAX_KEYS + 2)]
    rotates(scribe, scribe.keys, *others)


def by_a_person(scribe: Scribe) -> None:
    activity = Activity(
        scribe.at("/a/0"), scribe.person(), START, bare(scribe, scribe.keys.public(), TWO.public()).content
    )
    scribe.write(build.rotation(activity, scribe.keys, TWO, START))


@pytest.mark.parametrize(
    "wrong",
    [
        by_one_proof,
        by_the_new_key_alone,
        by_a_stranger,
        with_the_number_of_another_key,
        with_two_new_keys,
        with_the_same_proof_twice,
        with_three_proofs,
        with_too_many_keys,
        by_a_person,
    ],
)
def test_a_register_that_only_the_site_could_not_have_made_is_refused_and_changes_nothing(
    commune: Commune, scribe: Scribe, wrong: Callable[[Scribe], None]
) -> None:
    wrong(scribe)
    bad = len(scribe.entries)
    scribe.opens("apres")
    assert scribe.brought_to(commune).accepted
    assert (valid(commune), entry(commune, scribe, bad).outcome) == ([1], "refused")
    assert entry(commune, scribe, bad + 1).outcome == "applied"


def test_numbers_come_in_order_and_are_never_another_key_s(commune: Commune, scribe: Scribe) -> None:
    rotates(scribe, scribe.keys, THREE, new=THREE)
    before = rotates(scribe, scribe.keys, THREE, TWO)
    drops(scribe, THREE, by=THREE)
    reused = SiteKeys(1, TWO.rsa, TWO.ed25519)
    again = rotates(scribe, THREE, reused, old=THREE, new=reused)
    itself = drops(scribe, THREE, by=FOUR)
    assert take(commune, scribe, scribe.page(keys=THREE)).accepted
    told = [entry(commune, scribe, n) for n in (before, again, itself)]
    assert [each.outcome for each in told] == ["refused"] * 3
    assert "out of order" in (told[0].reason or "")
    assert "another one than before" in (told[1].reason or "")
    assert valid(commune) == [3]


def test_a_register_is_signed_by_a_key_that_it_lists(commune: Commune, scribe: Scribe) -> None:
    rotates(scribe, scribe.keys, TWO)
    wrong = drops(scribe, TWO, by=scribe.keys)
    assert take(commune, scribe, scribe.page(keys=TWO)).accepted
    assert "which it does not list" in (entry(commune, scribe, wrong).reason or "")
    assert valid(commune) == [1, 2]


def test_a_head_by_a_key_that_was_dropped_is_refused_by_its_number(commune: Commune, scribe: Scribe) -> None:
    rotates(scribe, scribe.keys, TWO)
    drops(scribe, TWO, by=TWO)
    with pytest.raises(BadSignature, match="head is not signed by a key"):
        take(commune, scribe, scribe.page())
    assert take(commune, scribe, scribe.page(keys=TWO)).accepted


def test_what_a_dropped_key_signed_of_another_past_puts_nobody_in_quarantine(commune: Commune, scribe: Scribe) -> None:
    stolen, forged = scribe.keys, Scribe()
    scribe.opens("vrai")
    forged.opens("faux")
    rotates(scribe, stolen, TWO)
    drops(scribe, TWO, by=TWO)
    assert take(commune, scribe, scribe.page(keys=TWO)).accepted
    with pytest.raises(Conflict, match="by key 1, which was dropped since"):
        take(commune, forged, forged.page())
    assert quarantined(commune) is None
    honest = Scribe()
    honest.opens("vrai")
    assert take(commune, honest, honest.page()).accepted


def test_two_histories_by_a_key_that_may_sign_are_still_a_fork(commune: Commune, scribe: Scribe) -> None:
    forged = Scribe()
    scribe.opens("vrai")
    forged.opens("faux")
    assert take(commune, scribe, scribe.page()).accepted
    assert take(commune, forged, forged.page()).divergence
    assert "fork" in (quarantined(commune) or "")


def test_a_register_that_cannot_be_read_counts_neither_in_its_page_nor_later(commune: Commune, scribe: Scribe) -> None:
    document = build.build(bare(scribe, scribe.keys.public(), TWO.public()))
    document["published"] = "demain"
    actor = site_actor_id(scribe.host)
    made = [
        proofs.make_proof(document, key.ed25519, proof_key_id(actor, key.number), START) for key in (scribe.keys, TWO)
    ]
    unread = scribe.write(jcs({**document, "proof": [*made]}))
    late = scribe.say(*_named(scribe, "tard"), keys=TWO)
    assert scribe.brought_to(commune).accepted
    assert [entry(commune, scribe, n).outcome for n in (unread, late)] == ["refused", "refused"]
    assert valid(commune) == [1]
