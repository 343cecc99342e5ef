"""State is a function of the set of entries: any interleaving of journals, with repetitions, ends in the same state."""

import tempfile
from collections.abc import Callable
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pop_forum.federation.activities import (
    PersonDeclared,
    PollOpened,
    PostRestored,
    SupportGiven,
    SupportWithdrawn,
    ThreadOpened,
)
from pop_forum.federation.identifiers import EpochId, Host
from pop_forum.federation.images import Image
from pop_forum.federation.journal import Epoch, Predecessor
from pop_forum.federation.pages import Kept
from pop_forum.models import Post
from pop_forum.services import digest
from tests.network import START, Network
from tests.unit.services.scribe import FIRST, OTHER, Scribe, outcomes

THIRD = Host("tierce.localhost:8080")
TOKEN = "cd" * 32
BENCH, TREE = Image("ab" * 32, "Le banc", 60, 40), Image("ba" * 32, "", 60, 40)


@cache
def journals() -> tuple[Scribe, ...]:
    """Three communes that write in each other's threads, and to places that do not exist yet when they do."""
    one, two, three = Scribe(), Scribe(OTHER), Scribe(THIRD)
    thread = one.opens()
    reply = two.replies(thread, "deux", images=(BENCH, TREE))
    answer = three.replies(thread, "trois", parent=reply)
    late = one.replies(thread, "quatre", parent=answer)
    two.say(PersonDeclared(two.person(), "Bernadette", "resident"))
    two.edits(reply, "Plutôt non.", images=(TREE,))
    three.say(SupportGiven(reply, TOKEN), three.commune)
    one.say(SupportGiven(answer, TOKEN), one.commune)
    one.say(SupportWithdrawn(answer, TOKEN), one.commune)
    three.deletes(answer)
    one.edits(thread, "Le banc, plutôt.", title="Le banc")
    one.say(PollOpened(thread))
    two.say(PollOpened(two.at("/o/jamais")))
    two.deletes(reply, two.commune)
    two.say(PostRestored(reply, two.commune, START), two.commune)
    one.deletes(late, one.commune)
    two.edits(reply, "Enfin oui.", images=(TREE, BENCH))
    three.edits(three.replies(thread, "six", images=(BENCH,)), "Sans image.")
    three.replies(three.at("/o/jamais"), "cinq")
    three.replies(thread, "trois", by="bob")  # a second message under one id: refused everywhere
    return one, two, three


STEPS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 8), st.booleans()), max_size=14)


def state_after(steps: list[tuple[int, int, bool]]) -> str:
    """The digest after these prefixes in this order, some twice, and then whatever is left of each journal."""
    with tempfile.TemporaryDirectory() as folder:
        network = Network(Path(folder))
        commune = network.add("valombre")
        try:
            for which, until, again in steps:
                scribe = journals()[which]
                for _ in range(1 + again):
                    scribe.brought_to(commune, until=min(until, len(scribe.entries)))
            for scribe in journals():
                assert scribe.brought_to(commune).accepted
            with commune.reading() as site:
                return digest.shared_state(site)["all"]
        finally:
            network.close()


@cache
def expected() -> str:
    return state_after([])


@settings(max_examples=20)
@given(STEPS)
def test_any_order_and_repetition_end_in_one_state(steps: list[tuple[int, int, bool]]) -> None:
    assert state_after(steps) == expected()


def in_a_circle() -> tuple[Scribe, ...]:
    """Three communes whose messages answer each other in a circle, and one that answers what is in it."""
    one, two, three = Scribe(), Scribe(OTHER), Scribe(THIRD)
    thread = one.opens()
    first = one.replies(thread, "deux", parent=two.at("/o/trois"))
    two.replies(thread, "trois", parent=three.at("/o/un"))
    three.replies(thread, "un", parent=first)
    two.replies(thread, "feuille", parent=three.at("/o/un"))
    return one, two, three


def order_after(order: tuple[int, ...]) -> list[tuple[str, str]]:
    """The messages of the circle as they are shown, once the journals came in this order."""
    with tempfile.TemporaryDirectory() as folder:
        network = Network(Path(folder))
        commune = network.add("valombre")
        try:
            for which in order:
                in_a_circle()[which].brought_to(commune)
            with commune.reading() as site:
                posts = site.session.scalars(select(Post).order_by(Post.order_key))
                return [(post.uri.rpartition("/")[2], post.order_key) for post in posts]
        finally:
            network.close()


def test_row_37_replies_in_a_circle_stand_in_one_order_whatever_arrived_first() -> None:
    first, *others = [order_after(order) for order in permutations(range(3))]
    assert all(other == first for other in others)
    names = [name for name, _ in first]
    assert names.index("un") < names.index("feuille")
    assert len(names) == 5


def a_reply_in_two_threads() -> tuple[Scribe, ...]:
    """A reply that waits for a thread elsewhere, and then another one of the same id, in its own commune's thread."""
    one, two = Scribe(), Scribe(OTHER)
    thread, own = one.opens(), two.opens("filb")
    two.replies(thread, "deux")
    two.replies(own, "deux")
    return one, two


def a_reply_and_a_thread() -> tuple[Scribe, ...]:
    """A reply that waits, and then a thread of the same id."""
    one, two = Scribe(), Scribe(OTHER)
    two.replies(one.opens(), "deux")
    two.replies(two.opens("deux"), "trois")
    return one, two


def two_authors_of_one_id() -> tuple[Scribe, ...]:
    """A reply that waits, and then one of the same id by somebody else, who edits it."""
    one, two = Scribe(), Scribe(OTHER)
    thread, own = one.opens(), two.opens("filb")
    two.replies(thread, "deux")
    two.edits(two.replies(own, "deux", by="bob"), "Changé.", by="bob")
    return one, two


def a_poll_and_two_messages() -> tuple[Scribe, ...]:
    """A poll on what is first a reply that waits, and then a thread."""
    one, two = Scribe(), Scribe(OTHER)
    two.say(PollOpened(two.at("/o/deux")))
    two.replies(one.opens(), "deux")
    two.opens("deux")
    return one, two


def again(scribe: Scribe, *entries: int) -> Scribe:
    """The next epoch of a journal, which says these of its entries again, byte for byte."""
    end = scribe.positions[-1]
    following = Scribe(scribe.host, epoch=Epoch(2, EpochId("1f" * 16), Predecessor(FIRST.id, end.n, end.hash)))
    for n in entries:
        entry = scribe.entries[n - 1]
        assert isinstance(entry, Kept)
        following.write(entry.activity)
    return following


def said_again() -> tuple[Scribe, ...]:
    """A reply that waits and is said again in the next epoch of its journal."""
    one, two = Scribe(), Scribe(OTHER)
    two.replies(one.opens(), "deux")
    return one, two, again(two, 2)


def edited_and_said_again() -> tuple[Scribe, ...]:
    """A reply and its edit that wait, of which only the edit is said again."""
    one, two = Scribe(), Scribe(OTHER)
    two.edits(two.replies(one.opens(), "deux"), "Plutôt non.")
    return one, two, again(two, 3)


@pytest.mark.parametrize(
    "written",
    [
        a_reply_in_two_threads,
        a_reply_and_a_thread,
        two_authors_of_one_id,
        a_poll_and_two_messages,
        said_again,
        edited_and_said_again,
    ],
    ids=lambda written: written.__name__,
)
def test_an_id_is_of_the_first_entry_that_gives_it_whatever_arrived_first(
    written: Callable[[], tuple[Scribe, ...]],
) -> None:
    scribes = written()
    orders = [order for order in permutations(range(len(scribes))) if in_turn(scribes, order)]
    assert len({digest_after(scribes, order) for order in orders}) == 1
    assert len(orders) > 1


def in_turn(scribes: tuple[Scribe, ...], order: tuple[int, ...]) -> bool:
    """Whether this order brings the epochs of one journal one after the other."""
    epochs = [scribes[which].epoch.number for which in order if scribes[which].host == OTHER]
    return epochs == sorted(epochs)


def digest_after(scribes: tuple[Scribe, ...], order: tuple[int, ...]) -> str:
    """The digest once the journals came in this order."""
    with tempfile.TemporaryDirectory() as folder:
        network = Network(Path(folder))
        commune = network.add("valombre")
        try:
            for which in order:
                assert scribes[which].brought_to(commune).accepted
            with commune.reading() as site:
                return digest.shared_state(site)["all"]
        finally:
            network.close()


def test_a_message_that_this_version_does_not_know_keeps_its_id(network: Network) -> None:
    commune, scribe = network.add("valombre"), Scribe()
    uri, thread = scribe.at("/o/deux"), scribe.opens()
    unknown = ThreadOpened(uri, scribe.person(), "La place", "Bonjour.", "<p>x</p>", "autre", None, START)
    first = scribe.say(unknown)
    scribe.replies(thread, "deux")
    second = len(scribe.entries)
    assert scribe.brought_to(commune).accepted
    assert outcomes(commune, scribe)[first] == "unsupported"
    assert outcomes(commune, scribe)[second] == "refused"
