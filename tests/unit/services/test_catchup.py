"""Pages of another commune's journal: what is taken, what is kept though refused, what ends in quarantine."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from pop_forum import tasks
from pop_forum.commune import Commune
from pop_forum.errors import Conflict, InvalidInput, Unauthenticated
from pop_forum.federation import journal as chain
from pop_forum.federation import pages, parse, proofs
from pop_forum.federation.activities import (
    Activity,
    Erase,
    KeyRegister,
    SupportGiven,
    SupportWithdrawn,
    ThreadOpened,
    Unsupported,
)
from pop_forum.federation.canonical import jcs
from pop_forum.federation.identifiers import EpochId, Fingerprint, Host, Seq, site_actor_id
from pop_forum.federation.journal import Epoch, Predecessor
from pop_forum.federation.keys import proof_key_id
from pop_forum.federation.strict_json import JsonObject
from pop_forum.models import Journal, JournalKey, Post, PostVersion, Support
from pop_forum.services import journal, unapplied
from pop_forum.services.verifying import WORTH_A_THREAD
from tests.network import START
from tests.unit.federation.samples import site_keys
from tests.unit.services.scribe import OTHER, PAPER, Scribe, entry, outcomes, take

THIRD_KEYS = site_keys(3)


@pytest.fixture
def scribe() -> Scribe:
    """A journal with its register, a thread and a reply."""
    written = Scribe()
    written.replies(written.opens())
    return written


def posts(commune: Commune) -> int:
    with commune.reading() as site:
        return site.session.scalar(select(func.count()).select_from(Post)) or 0


def quarantine(commune: Commune, scribe: Scribe) -> str | None:
    with commune.reading() as site:
        row = journal.find(site, scribe.host, scribe.journal)
        return None if row is None else row.quarantined


def test_a_page_from_the_beginning_is_taken_and_applied(commune: Commune, scribe: Scribe) -> None:
    taken = scribe.brought_to(commune)
    assert (taken.accepted, taken.new, taken.more, taken.divergence) == (True, 3, False, None)
    assert taken.position == scribe.positions[3]
    assert outcomes(commune, scribe) == {1: "applied", 2: "applied", 3: "applied"}


def test_a_page_that_was_taken_before_does_no_harm(commune: Commune, scribe: Scribe) -> None:
    scribe.brought_to(commune)
    taken = scribe.brought_to(commune)
    assert (taken.accepted, taken.new, taken.position) == (True, 0, scribe.positions[3])
    assert posts(commune) == 2


def test_an_old_page_does_no_harm(commune: Commune, scribe: Scribe) -> None:
    old = scribe.page()
    scribe.replies(scribe.at("/o/fil"), "suite")
    scribe.brought_to(commune)
    taken = take(commune, scribe, old)
    assert (taken.accepted, taken.new, taken.position) == (True, 0, scribe.positions[4])


def test_an_old_page_without_entries_does_no_harm(commune: Commune, scribe: Scribe) -> None:
    """Asked for while a push was on its way."""
    empty = scribe.page(since=3)
    scribe.replies(scribe.at("/o/fil"), "suite")
    scribe.brought_to(commune)
    taken = take(commune, scribe, empty)
    assert (taken.accepted, taken.new, taken.divergence) == (True, 0, None)
    assert quarantine(commune, scribe) is None


def test_a_page_that_overlaps_brings_only_what_is_new(commune: Commune, scribe: Scribe) -> None:
    scribe.brought_to(commune, until=2)
    taken = scribe.brought_to(commune, since=1)
    assert (taken.accepted, taken.new, taken.position) == (True, 1, scribe.positions[3])


def test_a_part_of_a_journal_tells_that_there_is_more(commune: Commune, scribe: Scribe) -> None:
    assert scribe.brought_to(commune, until=2).more


def test_a_gap_is_answered_with_our_position(commune: Commune, scribe: Scribe) -> None:
    scribe.brought_to(commune, until=1)
    taken = scribe.brought_to(commune, since=2)
    assert (taken.accepted, taken.new, taken.position) == (False, 0, scribe.positions[1])


def test_a_journal_we_know_nothing_of_must_be_brought_from_its_beginning(commune: Commune, scribe: Scribe) -> None:
    taken = scribe.brought_to(commune, since=2)
    assert (taken.accepted, taken.position) == (False, None)
    other = Scribe(journal="programme")
    other.brought_to(commune)  # its keys are known now
    taken = scribe.brought_to(commune, since=2)
    assert (taken.accepted, taken.position) == (False, None)


def forked(scribe: Scribe) -> Scribe:
    """The same journal as far as the thread, then another reply."""
    other = Scribe()
    other.replies(other.opens(), "autre")
    return other


def test_two_contents_for_one_place_put_the_journal_in_quarantine(
    commune: Commune, scribe: Scribe, caplog: pytest.LogCaptureFixture
) -> None:
    scribe.brought_to(commune)
    taken = forked(scribe).brought_to(commune)
    assert not taken.accepted
    assert taken.divergence is not None
    assert "fork" in taken.divergence
    assert "quarantined" in caplog.text
    scribe.replies(scribe.at("/o/fil"), "suite")
    again = scribe.brought_to(commune, since=3)
    assert (again.accepted, again.new, again.position) == (False, 0, scribe.positions[3])
    assert posts(commune) == 2


def test_a_page_that_follows_another_history_is_a_fork(commune: Commune, scribe: Scribe) -> None:
    scribe.brought_to(commune)
    other = forked(scribe)
    other.replies(other.at("/o/fil"), "suite")
    taken = other.brought_to(commune, since=3)
    assert taken.divergence is not None
    assert posts(commune) == 2


def test_an_older_head_with_another_hash_is_a_fork(commune: Commune, scribe: Scribe) -> None:
    scribe.brought_to(commune)
    assert forked(scribe).brought_to(commune, since=1, until=2).divergence is not None


def test_a_head_with_another_hash_is_a_fork_whatever_the_page_says(commune: Commune, scribe: Scribe) -> None:
    scribe.brought_to(commune)
    ours = scribe.positions[3].hash.hex()
    page = changed(forked(scribe).page(since=3), lambda document: document.update(previous=ours))
    assert take(commune, scribe, page).divergence is not None


def test_another_history_that_the_head_does_not_prove_is_refused_and_not_believed(
    commune: Commune, scribe: Scribe
) -> None:
    """Its page ends before its head: `previous` and `hashes` are anybody's words."""
    scribe.brought_to(commune)
    other = forked(scribe)
    other.replies(other.at("/o/fil"), "suite")
    with pytest.raises(Conflict):
        other.brought_to(commune, since=1, until=3)
    assert quarantine(commune, scribe) is None
    assert other.brought_to(commune, since=1).divergence is not None


def changed(page: bytes, change: Callable[[dict[str, object]], object]) -> bytes:
    document = json.loads(page)
    change(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"type":"OrderedCollectionPage"}',
        b"[" * 100_000,
        b'{"type":"OrderedCollectionPage","type":"OrderedCollectionPage"}',
    ],
)
def test_malformed_pages_are_refused_and_leave_nothing(commune: Commune, scribe: Scribe, page: bytes) -> None:
    with pytest.raises(InvalidInput):
        take(commune, scribe, page)
    assert outcomes(commune, scribe) == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.update(hashes=page["hashes"][:2]),
        lambda page: page.update(hashes=[]),
        lambda page: page.update(hashes=page["hashes"] + page["hashes"][:1]),
        lambda page: page["hashes"].reverse(),
        lambda page: page["orderedItems"].reverse(),
        lambda page: page["orderedItems"][1].update(n=7),
        lambda page: page["orderedItems"][1].update(salt="00" * 32),
        lambda page: page["orderedItems"][1].update(salt="00"),
        lambda page: page["orderedItems"][1]["activity"].update(id="http://papier.localhost:8080/a/x"),
        lambda page: page.update(startIndex=-1),
        lambda page: page.update(startIndex="0"),
        lambda page: page.update(orderedItems=page["orderedItems"] * 167),
        lambda page: page["head"].update(n=2),
        lambda page: page["head"].update(host="autre.localhost:8080"),
        lambda page: page["head"].update(journal="programme"),
        lambda page: page.pop("head"),
        lambda page: page["epoch"].update(number=2),
    ],
)
@pytest.mark.parametrize("known", [False, True])
def test_altered_pages_are_refused_and_change_nothing(
    commune: Commune, scribe: Scribe, known: bool, change: Callable[[dict[str, object]], object]
) -> None:
    if known:
        scribe.brought_to(commune)
    before = outcomes(commune, scribe)
    try:
        taken = take(commune, scribe, changed(scribe.page(), change))
    except (InvalidInput, Unauthenticated):
        pass
    else:
        assert taken.new == 0
    assert outcomes(commune, scribe) == before


def test_a_page_of_another_commune_or_journal_is_refused(commune: Commune, scribe: Scribe) -> None:
    with pytest.raises(InvalidInput):
        take(commune, Scribe(OTHER), scribe.page())
    with pytest.raises(InvalidInput):
        take(commune, scribe, Scribe(journal="programme").page())


def test_a_journal_whose_first_key_has_another_fingerprint_is_refused(commune: Commune, scribe: Scribe) -> None:
    with pytest.raises(Unauthenticated, match="fingerprint"):
        take(commune, scribe, scribe.page(), root=Fingerprint("a" * 52))
    assert outcomes(commune, scribe) == {}


def test_a_journal_that_does_not_begin_with_its_keys_is_refused(commune: Commune, scribe: Scribe) -> None:
    scribe.hide(1, by=4)
    with pytest.raises(InvalidInput):
        scribe.brought_to(commune)
    with pytest.raises(InvalidInput):
        scribe.brought_to(commune, until=0)


def test_a_head_signed_by_another_key_is_refused(commune: Commune, scribe: Scribe) -> None:
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            take(commune, scribe, scribe.page(keys=THIRD_KEYS))
        scribe.brought_to(commune, until=1)
    assert outcomes(commune, scribe) == {1: "applied"}


def test_an_entry_with_a_wrong_proof_is_kept_as_refused_and_the_journal_goes_on(
    commune: Commune, scribe: Scribe
) -> None:
    wrong = json.loads(scribe.entries[2].activity)  # type: ignore[union-attr]
    wrong["object"]["source"]["content"] = "Non."
    n = scribe.write(jcs(wrong))
    after = scribe.replies(scribe.at("/o/fil"), "suite")
    taken = scribe.brought_to(commune)
    assert (taken.accepted, taken.new) == (True, 5)
    refused = entry(commune, scribe, n)
    assert (refused.outcome, refused.activity) == ("refused", jcs(wrong))
    assert refused.reason
    with commune.reading() as site:
        assert site.session.scalars(select(Post).where(Post.uri == after)).one()


def test_an_entry_signed_by_another_key_or_not_at_all_is_kept_as_refused(commune: Commune, scribe: Scribe) -> None:
    foreign = scribe.edits(scribe.at("/o/reponse"), "Non.")
    scribe.entries.pop(), scribe.positions.pop()
    author = scribe.person()
    bare = proofs.unsigned(json.loads(scribe.entries[2].activity))  # type: ignore[union-attr]
    method = proof_key_id(author, 1)
    scribe.write(jcs(proofs.attach(bare, THIRD_KEYS.ed25519, method, START)))
    scribe.write(jcs(bare))
    scribe.brought_to(commune)
    assert outcomes(commune, scribe) == {1: "applied", 2: "applied", 3: "applied", foreign: "refused", 5: "refused"}


def test_a_wrong_proof_is_refused_wherever_it_stands_in_a_page_long_enough_for_two_threads(
    commune: Commune, scribe: Scribe
) -> None:
    wrong: set[int] = set()
    for number in range(2 * WORTH_A_THREAD):
        scribe.replies(scribe.at("/o/fil"), f"longue{number}")
        if number % 5 == 0:
            forged = json.loads(scribe.entries[-1].activity)  # type: ignore[union-attr]
            forged["object"]["source"]["content"] = "Non."
            wrong.add(scribe.write(jcs(forged)))
    scribe.brought_to(commune)
    kept = outcomes(commune, scribe)
    assert list(kept) == list(range(1, len(scribe.entries) + 1))
    assert {n for n, outcome in kept.items() if outcome == "refused"} == wrong


def test_a_page_writes_what_its_own_entries_make_of_each_other(commune: Commune, scribe: Scribe) -> None:
    """Thread, reply, answer to it, edit, deletion and support in one page: none of them is in the database before."""
    thread = scribe.opens("neuf", "Avant.")
    reply = scribe.replies(thread, "premiere", by="bob")
    answer = scribe.replies(thread, "seconde", reply)
    scribe.edits(reply, "Mieux.", by="bob")
    scribe.edits(thread, "Après.", title="Autre titre")
    scribe.deletes(answer)
    token = "ab" * 32
    scribe.say(SupportGiven(reply, token), scribe.commune)
    scribe.say(SupportWithdrawn(reply, token), scribe.commune)
    scribe.brought_to(commune)
    with commune.reading() as site:
        rows = {post.uri: post for post in site.session.scalars(select(Post)) if post.thread.uri == thread}
        assert set(rows) == {thread, reply, answer}
        assert (rows[thread].source, rows[thread].thread.title) == ("Après.", "Autre titre")
        assert (rows[reply].source, rows[reply].author.uri) == ("Mieux.", scribe.person("bob"))
        assert rows[answer].deleted_by == "author"
        assert rows[thread].order_key < rows[reply].order_key < rows[answer].order_key
        versions = site.session.scalars(select(PostVersion).order_by(PostVersion.id)).all()
        assert [one.source for one in versions if one.post.uri == reply] == ["Oui.", "Mieux."]
        assert [row.active for row in site.session.scalars(select(Support))] == [False]


def test_an_unknown_kind_of_entry_is_kept_for_a_later_version(commune: Commune, scribe: Scribe) -> None:
    n = scribe.write(strange(scribe))
    assert scribe.brought_to(commune).accepted
    kept = entry(commune, scribe, n)
    assert (kept.outcome, kept.type) == ("unsupported", Unsupported.__name__)
    assert kept.activity is not None


def test_what_one_version_did_not_know_is_read_by_another_with_what_waited_for_it(
    commune: Commune, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = parse.parse

    def older(document: JsonObject, *, host: Host) -> Activity:
        told = really(document, host=host)
        return replace(told, content=Unsupported("Create/Page")) if isinstance(told.content, ThreadOpened) else told

    with monkeypatch.context() as before:
        before.setattr(parse, "parse", older)
        assert scribe.brought_to(commune).accepted
        assert outcomes(commune, scribe) == {1: "applied", 2: "unsupported", 3: "waiting"}
    tasks.start(commune)  # the same version: it asked already
    assert outcomes(commune, scribe)[2] == "unsupported"
    monkeypatch.setattr(unapplied, "OTHER_KINDS", "kinds other than those of a later version")
    tasks.start(commune)
    assert outcomes(commune, scribe) == {1: "applied", 2: "applied", 3: "applied"}
    assert (entry(commune, scribe, 2).type, posts(commune)) == ("ThreadOpened", 2)


def test_what_no_version_knows_yet_is_asked_once_by_each(
    commune: Commune, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = scribe.write(strange(scribe))
    scribe.brought_to(commune)
    monkeypatch.setattr(unapplied, "OTHER_KINDS", "kinds other than those of a later version")
    asked: list[str] = []
    really = parse.parse
    monkeypatch.setattr(parse, "parse", lambda document, host: asked.append(host) or really(document, host=host))
    for _ in range(2):
        tasks.start(commune)
    assert (len(asked), entry(commune, scribe, n).outcome) == (1, "unsupported")


def strange(scribe: Scribe) -> bytes:
    """A well signed entry of a kind that nobody knows."""
    document = proofs.unsigned(json.loads(scribe.entries[2].activity))  # type: ignore[union-attr]
    document["type"] = "pop:Vote"
    return jcs(proofs.attach(document, scribe.keys.ed25519, proof_key_id(scribe.person(), 1), START))


def test_keys_that_are_declared_twice_do_not_stop_the_journal(commune: Commune, scribe: Scribe) -> None:
    for _ in range(2):
        scribe.say(KeyRegister(scribe.epoch, (scribe.keys.public(),)), site_actor_id(scribe.host))
    assert scribe.brought_to(commune).accepted
    with commune.reading() as site:
        rows = site.session.scalars(select(JournalKey).join(Journal).where(Journal.host == PAPER)).all()
    assert [row.number for row in rows] == [1]


def erase(scribe: Scribe, erased: int, **named: object) -> int:
    told = {"journal": "forum", "epoch_id": scribe.epoch.id, "n": Seq(erased), **named}
    return scribe.say(Erase(**told), site_actor_id(scribe.host))  # type: ignore[arg-type]


def test_an_erased_entry_is_taken_when_its_erasure_follows(commune: Commune, scribe: Scribe) -> None:
    scribe.hide(3, by=erase(scribe, 3))
    taken = scribe.brought_to(commune)
    assert (taken.accepted, taken.divergence) == (True, None)
    assert outcomes(commune, scribe)[3] == "erased"
    assert quarantine(commune, scribe) is None


def test_an_erasure_may_come_in_a_later_page(commune: Commune, scribe: Scribe) -> None:
    scribe.hide(3, by=erase(scribe, 3))
    assert scribe.brought_to(commune, until=3).divergence is None
    assert scribe.brought_to(commune, since=3).divergence is None
    assert quarantine(commune, scribe) is None


@pytest.mark.parametrize("named", [{"n": 2}, {"journal": "programme"}, {"epoch_id": "ff" * 16}])
def test_an_entry_withheld_without_its_erasure_puts_the_journal_in_quarantine(
    commune: Commune, scribe: Scribe, named: dict[str, object]
) -> None:
    scribe.hide(3, by=erase(scribe, 3, **named))
    taken = scribe.brought_to(commune)
    assert taken.divergence is not None
    assert quarantine(commune, scribe) == taken.divergence
    assert not scribe.brought_to(commune).accepted


def test_an_entry_withheld_behind_something_else_puts_the_journal_in_quarantine(
    commune: Commune, scribe: Scribe
) -> None:
    scribe.edits(scribe.at("/o/fil"), "Autre chose.", title="La place")
    scribe.hide(3, by=4)
    assert scribe.brought_to(commune).divergence is not None


def second_epoch(scribe: Scribe, number: int = 2) -> Scribe:
    end = scribe.positions[-1]
    before = Predecessor(end.epoch_id, end.n, end.hash)
    return Scribe(keys=scribe.keys, epoch=Epoch(number, EpochId("f0" * 16), before))


def test_an_epoch_that_continues_from_our_position_is_followed(commune: Commune, scribe: Scribe) -> None:
    scribe.brought_to(commune)
    following = second_epoch(scribe)
    following.opens("nouveau")
    taken = following.brought_to(commune)
    assert (taken.accepted, taken.new, taken.position) == (True, 2, following.positions[2])
    following.replies(following.at("/o/nouveau"), "suite")
    assert following.brought_to(commune, since=2).position == following.positions[3]
    assert posts(commune) == 4


def test_a_past_epoch_is_served_with_the_last_head_that_was_signed_in_it(commune: Commune, scribe: Scribe) -> None:
    scribe.brought_to(commune)
    second_epoch(scribe).brought_to(commune)
    with commune.reading() as site:
        past = pages.parse_page(journal.page(site, "forum", 0, 1, PAPER), host=PAPER, journal="forum")
        present = pages.parse_page(journal.page(site, "forum", 0, None, PAPER), host=PAPER, journal="forum")
    keys = {1: scribe.keys.public()}
    assert chain.verify_head(past.head_document, keys).position() == scribe.positions[3]
    assert chain.verify_head(present.head_document, keys).epoch.number == 2
    assert pages.verify_chain(past, chain.start_of(PAPER, "forum", past.epoch)) == past.hashes


def test_an_epoch_may_begin_with_an_empty_page(commune: Commune, scribe: Scribe) -> None:
    scribe.brought_to(commune)
    following = second_epoch(scribe)
    assert following.brought_to(commune, until=0).position == following.positions[0]
    assert following.brought_to(commune).position == following.positions[1]


@pytest.mark.parametrize("number", [3, 2**31 - 1])
def test_an_epoch_that_skips_numbers_is_not_followed(commune: Commune, scribe: Scribe, number: int) -> None:
    scribe.brought_to(commune)
    taken = second_epoch(scribe, number).brought_to(commune)
    assert (taken.accepted, taken.position) == (False, scribe.positions[3])


def test_an_epoch_that_continues_from_elsewhere_is_answered_with_our_position(commune: Commune, scribe: Scribe) -> None:
    scribe.brought_to(commune, until=2)
    taken = second_epoch(scribe).brought_to(commune)
    assert (taken.accepted, taken.position) == (False, scribe.positions[2])
