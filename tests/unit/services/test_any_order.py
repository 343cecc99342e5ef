"""State is a function of the set of entries: any interleaving of journals, with repetitions, ends in the same state."""

import tempfile
from functools import cache
from itertools import permutations
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pop_forum.federation.activities import PersonDeclared, PollOpened, PostRestored, SupportGiven, SupportWithdrawn
from pop_forum.federation.identifiers import Host
from pop_forum.federation.images import Image
from pop_forum.models import Post
from pop_forum.services import digest
from tests.network import START, Network
from tests.unit.services.scribe import OTHER, Scribe

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
